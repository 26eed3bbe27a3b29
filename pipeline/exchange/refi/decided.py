"""Changes of codings as decisions, each in the words of its kind; what can be none is named, never dropped.

    added: collaboration by ana on p0004; taken off: succession (model)  → ana on p0004: themes {collaboration: 2},
    asked [collaboration, succession]
    the quotation of the model, from its second word on  → ana: is_quote, parts [the new stretch]
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

import msgspec

from pipeline.corrections.decisions import (
    AnatomyWords,
    Judgement,
    PracticesDecision,
    QuoteDecision,
    SegmentDecision,
    SpeakerWords,
    Words,
    anchor_of,
)
from pipeline.exchange import returning
from pipeline.exchange.codings import Coding
from pipeline.exchange.refi.comparing import Back, Changes, Known, trimmed
from pipeline.exchange.refi.described import of_codings, speaker_in
from pipeline.exchange.returning import UNKNOWN_TIME, Verdict
from pipeline.files import sha256_text
from pipeline.learning.labels import Grade
from pipeline.records import Bundle, Passage, Quote, Segment
from pipeline.rubric import Rubric

GRADE: Final[Grade] = 2
"""Of a theme that a person coded: these programs have no grades."""

_J = TypeVar("_J", QuoteDecision, PracticesDecision, SegmentDecision)

_HALF: Final = 0.5
_FEW: Final = 2
"""So many codings a person may have moved in a text of which most stand on other words."""

_SHOWN: Final = 60


@dataclass(frozen=True)
class Setting:
    """What decisions of a document are made with. `by`: who took codings off; `at`: when; `None`: nobody can tell.

    `counts_removed`: whether what is missing was sent for certain.
    """

    rubric: Rubric
    standing: Sequence[Judgement]
    by: str | None
    at: str | None
    counts_removed: bool


@dataclass
class Decided:
    """The decisions about a document. `left`: why not → the words of codings of which nothing could be made."""

    decisions: list[Judgement] = field(default_factory=list)
    left: dict[str, list[str]] = field(default_factory=dict)

    def leave(self, why: str, words: str) -> None:
        """Name a coding of which no decision can be made."""
        joined = " ".join(words.split())
        shown = joined if len(joined) <= _SHOWN else joined[:_SHOWN].rstrip() + "…"
        self.left.setdefault(why, []).append(shown)


def decided(bundle: Bundle, changes: Changes, setting: Setting) -> Decided:
    """Return what the changes to a document say."""
    found = Decided()
    removed = [one for one in changes.removed if _who(one, setting) is not None and setting.counts_removed]
    for one in changes.removed:
        if one not in removed:
            why = "nobody is known who took it off (--by)" if setting.counts_removed else _UNSURE
            found.leave(why, f"{one.code.partition(':')[2] or one.code}: {one.text}")
    if _drifted(changes):
        for known in changes.moved:
            found.leave(_DRIFT, f"{known.sent.code}: {bundle.document.text[known.back.start : known.back.end]}")
        changes = replace(changes, moved=[])
    for two in changes.strange:
        found.leave(_STRANGE, f"{two.code}: {bundle.document.text[two.start : two.end]}")
    work = _Work(bundle, changes, removed, setting, found)
    made = [*_themes(work), *_quotes(work), *_practices(work), *_segments(work)]
    found.decisions = [one for one in made if not _stands(one, setting.standing)]
    return found


def _drifted(changes: Changes) -> bool:
    """Tell codings that slid off their words when the text was edited from those that a person moved."""
    return len(changes.moved) > _FEW and len(changes.moved) >= len(changes.kept)


_DRIFT: Final = "drifted off its words, as most in this text: was the text edited?"
_UNSURE: Final = "missing, and the outputs are not the ones that were sent (--sent FILE tells what was)"
_STRANGE: Final = "new, and under the name of a model (--coder 'NAME=initials' tells who it was)"


@dataclass(frozen=True)
class _Work:
    """A document and what happened to it. `removed`: what was taken off for certain, by somebody who is known."""

    bundle: Bundle
    changes: Changes
    removed: list[Coding]
    setting: Setting
    found: Decided

    def added(self, kind: str) -> list[Back]:
        """Return the codings of a kind of code that people added."""
        return [one for one in self.changes.added if one.code.partition(":")[0] == kind]

    def taken_off(self, kind: str) -> list[Coding]:
        """Return the codings of a kind of code that people took off."""
        return [one for one in self.removed if one.code.partition(":")[0] == kind]

    def moved(self, kind: str) -> list[Known]:
        """Return the codings of a kind of code that stand on other words now."""
        return [one for one in self.changes.moved if one.sent.code.partition(":")[0] == kind]

    def words(self, start: int, end: int) -> Words | None:
        """Return the words of a stretch; `None`: there are none."""
        first, after = trimmed(self.bundle.document.text, start, end)
        text = self.bundle.document.text[first:after]
        return Words(start=first, end=after, text=text) if text else None


def _who(one: Coding, setting: Setting) -> str | None:
    return one.coder if one.source == "human" else setting.by


# --- themes


@dataclass
class _Vote:
    themes: dict[str, Grade] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    at: str = UNKNOWN_TIME
    model_version: str | None = None


def _themes(work: _Work) -> list[Judgement]:
    votes: dict[tuple[str, str], _Vote] = {}
    for one in work.added("theme"):
        passages = returning.passages_at(work.bundle, one.start, one.end)
        for passage in passages:
            vote = votes.setdefault((one.coder, passage.id), _Vote())
            vote.themes[_own(one.code)] = GRADE
            vote.asked.add(_own(one.code))
            vote.at = max(vote.at, one.at or UNKNOWN_TIME)
        if not passages:
            work.found.leave("a theme where no passage is coded (a heading, a table)", _text(work, one))
    for gone in work.taken_off("theme"):
        vote = votes.setdefault((_who(gone, work.setting) or "", gone.passage_id or ""), _Vote())
        vote.asked.add(_own(gone.code))
        vote.at = max(vote.at, work.setting.at or UNKNOWN_TIME)
        vote.model_version = gone.model_version
    for known in work.moved("theme"):
        inside = returning.passages_at(work.bundle, known.back.start, known.back.end)
        if known.sent.passage_id not in {one.id for one in inside}:
            work.found.leave("moved to another passage: code it there under your own name", _text(work, known.back))
    verdicts = [
        Verdict(
            passage_id=passage,
            coder=coder,
            themes=dict(vote.themes),
            asked=sorted(vote.asked),
            at=vote.at,
            model_version=vote.model_version,
        )
        for (coder, passage), vote in sorted(votes.items())
    ]
    return list(returning.decisions(work.bundle, verdicts, work.setting.standing))


# --- quotes


def _quotes(work: _Work) -> list[Judgement]:
    made: list[Judgement] = []
    replaced: set[str] = set()
    for one in work.added("quote"):
        quote = _quote_at(work.bundle, one.start, one.end)
        passage = _passage_around(work, one.start, one.end)
        words = work.words(one.start, one.end)
        if passage is None or words is None:
            work.found.leave("a quote that does not lie in one passage", _text(work, one))
            continue
        told = speaker_in(one.description)
        speaker = _speaker(work, passage, told) if told else _speaker_of(quote)
        replaced |= {quote.id} if quote is not None else set()
        made.append(_quote(work, passage, quote, [words], speaker, (one.coder, one.at)))
    for gone in work.taken_off("quote"):
        quote = _by_id(work.bundle, gone.record_id)
        if quote is not None and quote.id not in replaced:
            made.append(_struck(work, quote, _who(gone, work.setting) or ""))
    for known in [*work.moved("quote"), *work.changes.kept]:
        made += _recoded(work, known)
    return made


def _recoded(work: _Work, known: Known) -> list[Judgement]:
    """Return the decision on a quote whose words or speaker a person changed; nothing if neither did change."""
    quote = _by_id(work.bundle, known.sent.record_id) if known.sent.code == "quote" else None
    if quote is None:
        return []
    told, before = speaker_in(known.back.description), speaker_in(of_codings([known.sent]))
    is_moved = known in work.changes.moved
    if not is_moved and told in {before, None}:
        return []
    passage = _passage_around(work, known.back.start, known.back.end)
    words = work.words(known.back.start, known.back.end)
    who = work.setting.by if known.sent.source == "model" else known.sent.coder
    if passage is None or words is None or who is None:
        work.found.leave(
            "a quote whose words or speaker were changed, by nobody who is known (--by), or beyond its passage",
            _text(work, known.back),
        )
        return []
    parts = [words] if is_moved else [_words_of(work.bundle, part.start, part.end) for part in quote.parts]
    speaker = _speaker(work, passage, told) if told not in {before, None} else _speaker_of(quote)
    return [_quote(work, passage, quote, parts, speaker, (who, work.setting.at))]


def _quote(
    work: _Work,
    passage: Passage,
    quote: Quote | None,
    parts: list[Words],
    speaker: SpeakerWords | None,
    made: tuple[str, str | None],
) -> QuoteDecision:
    return _signed(
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


def _struck(work: _Work, quote: Quote, coder: str) -> QuoteDecision:
    passage = next(one for one in work.bundle.passages if one.id == quote.passage_id)
    return _signed(
        QuoteDecision(
            id="-",
            coder=coder,
            at=work.setting.at or UNKNOWN_TIME,
            record_id=quote.id,
            anchor=anchor_of(work.bundle, passage.start, passage.end),
            is_quote=False,
            parts=[_words_of(work.bundle, part.start, part.end) for part in quote.parts],
        )
    )


def _speaker(work: _Work, passage: Passage, told: str | None) -> SpeakerWords | None:
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


# --- practices


@dataclass
class _Claim:
    start: int
    end: int
    record_id: str
    given: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    at: str = UNKNOWN_TIME
    model_version: str | None = None


def _practices(work: _Work) -> list[Judgement]:
    claims: dict[tuple[str, int, int], _Claim] = {}
    for one in work.added("indicator"):
        target = _quoted(work, one)
        if target is None:
            work.found.leave("a practice where no quote is: code the words as Quote, too", _text(work, one))
            continue
        claim = claims.setdefault((one.coder, target.start, target.end), target)
        claim.given.add(_own(one.code))
        claim.at = max(claim.at, one.at or UNKNOWN_TIME)
    for gone in work.taken_off("indicator"):
        quote = _quote_at(work.bundle, gone.start, gone.end)
        if quote is not None:
            key = (_who(gone, work.setting) or "", quote.start, quote.end)
            claim = claims.setdefault(key, _Claim(quote.start, quote.end, quote.id))
            claim.refused.add(_own(gone.code))
            claim.at = max(claim.at, work.setting.at or UNKNOWN_TIME)
            claim.model_version = gone.model_version
    for known in work.moved("indicator"):
        quote = _quote_at(work.bundle, known.sent.start, known.sent.end)
        if quote is None or _shared(quote, known.back.start, known.back.end) <= 0:
            work.found.leave("moved to another quote: code it there under your own name", _text(work, known.back))
    return [_claimed(work, coder, claim) for (coder, _, _), claim in sorted(claims.items(), key=lambda entry: entry[0])]


def _claimed(work: _Work, coder: str, claim: _Claim) -> PracticesDecision:
    """Return the decision; what a person decided of the quote before, and does not speak of now, stays."""
    anchor = anchor_of(work.bundle, claim.start, claim.end)
    before = [
        one
        for one in work.setting.standing
        if isinstance(one, PracticesDecision)
        and (one.coder, one.rubric, one.anchor.document) == (coder, work.setting.rubric.name, anchor.document)
        and (one.anchor.start, one.anchor.text) == (anchor.start, anchor.text)
    ]
    kept = before[-1].practices if before else {}
    said = claim.given | claim.refused
    practices: dict[str, Grade] = {name: grade for name, grade in kept.items() if name not in said}
    practices |= dict.fromkeys(sorted(claim.given), GRADE)
    was_open = before[-1].open if before else work.setting.rubric.indicators
    return _signed(
        PracticesDecision(
            id="-",
            coder=coder,
            at=claim.at,
            record_id=claim.record_id,
            anchor=anchor,
            model_version=claim.model_version,
            rubric=work.setting.rubric.name,
            practices=dict(sorted(practices.items())),
            levels={name: level for name, level in (before[-1].levels if before else {}).items() if name in practices},
            open=[name for name in was_open if name not in said],
        )
    )


def _quoted(work: _Work, one: Back) -> _Claim | None:
    """Return what a practice is said of: a quote of ours, or one that was added in the same file."""
    quote = _quote_at(work.bundle, one.start, one.end)
    if quote is not None:
        return _Claim(quote.start, quote.end, quote.id)
    for other in work.added("quote"):
        words = work.words(other.start, other.end)
        if words is not None and other.start < one.end and one.start < other.end:
            passage = _passage_around(work, words.start, words.end)
            return _Claim(words.start, words.end, passage.id) if passage is not None else None
    return None


# --- segments


def _segments(work: _Work) -> list[Judgement]:
    kinds: dict[str, tuple[str, str, str | None]] = {}
    for one in work.added("segment"):
        segment = _segment_at(work.bundle, one.start, one.end)
        if segment is None:
            work.found.leave("a section that is none of ours: boundaries stay as they are", _text(work, one))
        else:
            kinds[segment.id] = (_own(one.code), one.coder, one.at)
    for gone in work.taken_off("segment"):
        if gone.record_id not in kinds:
            work.found.leave("a section that lost its kind: code it as what it is", gone.text)
    for known in work.moved("segment"):
        work.found.leave("a section whose extent was changed: boundaries stay as they are", _text(work, known.back))
    parts = _parts_changed(work)
    made: list[Judgement] = []
    for segment in work.bundle.segments:
        told = kinds.get(segment.id) or parts.get(segment.id)
        if told is not None:
            kind, coder, at = told
            made.append(_segment(work, segment, kind, coder, at))
    return made


def _segment(work: _Work, segment: Segment, kind: str, coder: str, at: str | None) -> SegmentDecision:
    is_problem = kind == "problem_of_practice"
    return _signed(
        SegmentDecision(
            id="-",
            coder=coder,
            at=at or UNKNOWN_TIME,
            record_id=segment.id,
            anchor=anchor_of(work.bundle, segment.start, segment.end),
            kind=kind,  # type: ignore[arg-type]  # the names of codes are those of kinds
            anatomy=_anatomy(work, segment) if is_problem else [],
        )
    )


def _parts_changed(work: _Work) -> dict[str, tuple[str, str, str | None]]:
    """Return the problems of practice in which sentences got another role: their kind, by whom, when."""
    found: dict[str, tuple[str, str, str | None]] = {}
    for gone in [*work.taken_off("anatomy"), *(known.sent for known in work.moved("anatomy"))]:
        segment = next((one for one in work.bundle.segments if one.id == gone.segment_id), None)
        who = _who(gone, work.setting)
        if segment is not None and who is not None:
            found[segment.id] = (segment.kind, who, work.setting.at)
    for one in work.added("anatomy"):
        around = [
            two
            for two in work.bundle.segments
            if two.kind == "problem_of_practice" and two.start <= one.start and one.end <= two.end
        ]
        if around:
            found[around[-1].id] = (around[-1].kind, one.coder, one.at)
        else:
            work.found.leave("a part of a problem of practice outside of any", _text(work, one))
    return found


def _anatomy(work: _Work, segment: Segment) -> list[AnatomyWords]:
    found: dict[tuple[int, int], AnatomyWords] = {}
    for one in work.changes.back:
        if one.code.startswith("anatomy:") and segment.start <= one.start and one.end <= segment.end:
            words = work.words(one.start, one.end)
            # Of two roles of a sentence, that of a person.
            if words is not None and (one.is_person or (words.start, words.end) not in found):
                role = _own(one.code)
                found[words.start, words.end] = AnatomyWords(
                    role=role,  # type: ignore[arg-type]
                    start=words.start,
                    end=words.end,
                    text=words.text,
                )
    return [found[place] for place in sorted(found)]


# --- what they share


def _own(code: str) -> str:
    return code.partition(":")[2]


def _text(work: _Work, one: Back) -> str:
    name = _own(one.code) or one.code
    return f"{name}: {work.bundle.document.text[one.start : one.end]}"


def _words_of(bundle: Bundle, start: int, end: int) -> Words:
    return Words(start=start, end=end, text=bundle.document.text[start:end])


def _by_id(bundle: Bundle, own: str) -> Quote | None:
    return next((one for one in bundle.quotes if one.id == own), None)


def _passage_around(work: _Work, start: int, end: int) -> Passage | None:
    first, after = trimmed(work.bundle.document.text, start, end)
    return next((one for one in work.bundle.passages if one.start <= first < after <= one.end), None)


def _quote_at(bundle: Bundle, start: int, end: int) -> Quote | None:
    """Return the quote that shares most with a stretch, if that is half of the shorter of them."""
    best = max(bundle.quotes, key=lambda one: (_shared(one, start, end), -one.start), default=None)
    if best is None:
        return None
    shorter = max(1, min(end - start, best.end - best.start))
    return best if _shared(best, start, end) >= _HALF * shorter else None


def _segment_at(bundle: Bundle, start: int, end: int) -> Segment | None:
    """Return the segment that a stretch means: it shares half of what either of them covers."""
    best = max(bundle.segments, key=lambda one: _overlap(one, start, end), default=None)
    return best if best is not None and _overlap(best, start, end) >= _HALF else None


def _overlap(one: Segment, start: int, end: int) -> float:
    both = max(one.end, end) - min(one.start, start)
    return _shared(one, start, end) / both if both else 0.0


def _shared(one: Quote | Segment, start: int, end: int) -> int:
    return min(one.end, end) - max(one.start, start)


def _signed(one: _J) -> _J:
    """Give a decision its id, which follows from what it says."""
    facts = msgspec.json.encode(one).decode()
    return msgspec.structs.replace(one, id=f"{one.coder}:{sha256_text(facts)[:12]}")


def _stands(one: Judgement, standing: Iterable[Judgement]) -> bool:
    """Tell a decision that its coder has made already, at whatever time."""
    return any(_content(one) == _content(other) for other in standing if other.coder == one.coder)


def _content(one: Judgement) -> Judgement:
    return msgspec.structs.replace(one, id="-", at="-", model_version=None)
