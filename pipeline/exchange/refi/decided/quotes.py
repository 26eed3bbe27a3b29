"""Quotes that were added, struck out, got other ends or another speaker."""

from pipeline.corrections.decisions import Judgement, QuoteDecision, SpeakerWords, Words, anchor_of
from pipeline.exchange.refi.comparing import Known
from pipeline.exchange.refi.decided.work import Work, passage_around, quote_at, quote_of, shown, signed, who, words_of
from pipeline.exchange.refi.described import of_codings, speaker_in
from pipeline.exchange.returning import UNKNOWN_TIME
from pipeline.records import Passage, Quote


def quotes(work: Work) -> list[Judgement]:
    """Return what was decided of quotes."""
    made: list[Judgement] = []
    replaced: set[str] = set()
    for one in work.added("quote"):
        quote = quote_at(work.bundle, one.start, one.end)
        passage = passage_around(work, one.start, one.end)
        words = work.words(one.start, one.end)
        if passage is None or words is None:
            work.found.leave("a quote that does not lie in one passage", shown(work, one))
            continue
        told = speaker_in(one.description)
        speaker = _speaker(work, passage, told) if told else _speaker_of(quote)
        replaced |= {quote.id} if quote is not None else set()
        made.append(_quote(work, passage, quote, [words], speaker, (one.coder, one.at)))
    for gone in work.taken_off("quote"):
        quote = quote_of(work.bundle, gone.record_id)
        if quote is not None and quote.id not in replaced:
            made.append(_struck(work, quote, who(gone, work.setting) or ""))
    for known in [*work.moved("quote"), *work.changes.kept]:
        made += _recoded(work, known)
    return made


def _recoded(work: Work, known: Known) -> list[Judgement]:
    """Return the decision on a quote whose words or speaker a person changed; nothing if neither did change."""
    quote = quote_of(work.bundle, known.sent.record_id) if known.sent.code == "quote" else None
    if quote is None:
        return []
    told, before = speaker_in(known.back.description), speaker_in(of_codings([known.sent]))
    is_moved = known in work.changes.moved
    if not is_moved and told in {before, None}:
        return []
    passage = passage_around(work, known.back.start, known.back.end)
    words = work.words(known.back.start, known.back.end)
    who = work.setting.by if known.sent.source == "model" else known.sent.coder
    if passage is None or words is None or who is None:
        work.found.leave(
            "a quote whose words or speaker were changed, by nobody who is known (--by), or beyond its passage",
            shown(work, known.back),
        )
        return []
    parts = [words] if is_moved else [words_of(work.bundle, part.start, part.end) for part in quote.parts]
    speaker = _speaker(work, passage, told) if told not in {before, None} else _speaker_of(quote)
    return [_quote(work, passage, quote, parts, speaker, (who, work.setting.at))]


def _quote(
    work: Work,
    passage: Passage,
    quote: Quote | None,
    parts: list[Words],
    speaker: SpeakerWords | None,
    made: tuple[str, str | None],
) -> QuoteDecision:
    return signed(
        QuoteDecision(
            id="-",
            coder=made[0],
            at=made[1] or UNKNOWN_TIME,
            record_id=quote.id if quote is not None else passage.id,
            anchor=anchor_of(work.bundle, passage.start, passage.end),
            is_quote=True,
            added=quote is None,
            parts=parts,
            speaker=speaker,
        )
    )


def _struck(work: Work, quote: Quote, coder: str) -> QuoteDecision:
    passage = next(one for one in work.bundle.passages if one.id == quote.passage_id)
    return signed(
        QuoteDecision(
            id="-",
            coder=coder,
            at=work.setting.at or UNKNOWN_TIME,
            record_id=quote.id,
            anchor=anchor_of(work.bundle, passage.start, passage.end),
            is_quote=False,
            parts=[words_of(work.bundle, part.start, part.end) for part in quote.parts],
        )
    )


def _speaker(work: Work, passage: Passage, told: str | None) -> SpeakerWords | None:
    """Return who speaks, from "Ana Ruiz, principal, Elm School"; `None`: nobody is told."""
    name, role, organization = [*(part.strip() or None for part in (told or "").split(",", 2)), None, None, None][:3]
    if name is None or name.lower() in {"not told", "unknown"}:
        return None
    at = passage.text.find(name)
    words = work.words(passage.start + at, passage.start + at + len(name)) if at >= 0 else None
    return SpeakerWords(name=name, role=role, organization=organization, words=words)


def _speaker_of(quote: Quote | None) -> SpeakerWords | None:
    if quote is None or quote.speaker is None:
        return None
    one = quote.speaker
    words = Words(start=one.start, end=one.end, text=one.text) if one.text else None
    return SpeakerWords(name=one.name, role=one.role, organization=one.organization, words=words)
