"""Practices that were added to quotes, or taken off."""

from dataclasses import dataclass, field

from pipeline.corrections.decisions import Judgement, PracticesDecision, anchor_of
from pipeline.exchange.refi.comparing import Back
from pipeline.exchange.refi.decided.work import GRADE, Work, own, passage_around, quote_at, shared, shown, signed, who
from pipeline.exchange.returning import UNKNOWN_TIME
from pipeline.learning.labels import Grade


@dataclass
class _Claim:
    start: int
    end: int
    record_id: str
    given: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    at: str = UNKNOWN_TIME
    model_version: str | None = None


def practices(work: Work) -> list[Judgement]:
    """Return what was decided of practices."""
    claims: dict[tuple[str, int, int], _Claim] = {}
    for one in work.added("indicator"):
        target = _quoted(work, one)
        if target is None:
            work.found.leave("a practice where no quote is: code the words as Quote, too", shown(work, one))
            continue
        claim = claims.setdefault((one.coder, target.start, target.end), target)
        claim.given.add(own(one.code))
        claim.at = max(claim.at, one.at or UNKNOWN_TIME)
    for gone in work.taken_off("indicator"):
        quote = quote_at(work.bundle, gone.start, gone.end)
        if quote is not None:
            key = (who(gone, work.setting) or "", quote.start, quote.end)
            claim = claims.setdefault(key, _Claim(quote.start, quote.end, quote.id))
            claim.refused.add(own(gone.code))
            claim.at = max(claim.at, work.setting.at or UNKNOWN_TIME)
            claim.model_version = gone.model_version
    for known in work.moved("indicator"):
        quote = quote_at(work.bundle, known.sent.start, known.sent.end)
        if quote is None or shared(quote, known.back.start, known.back.end) <= 0:
            work.found.leave("moved to another quote: code it there under your own name", shown(work, known.back))
    return [_claimed(work, coder, claim) for (coder, _, _), claim in sorted(claims.items(), key=lambda entry: entry[0])]


def _claimed(work: Work, coder: str, claim: _Claim) -> PracticesDecision:
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
    return signed(
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


def _quoted(work: Work, one: Back) -> _Claim | None:
    """Return what a practice is said of: a quote of ours, or one that was added in the same file."""
    quote = quote_at(work.bundle, one.start, one.end)
    if quote is not None:
        return _Claim(quote.start, quote.end, quote.id)
    for other in work.added("quote"):
        words = work.words(other.start, other.end)
        if words is not None and other.start < one.end and one.start < other.end:
            passage = passage_around(work, words.start, words.end)
            return _Claim(words.start, words.end, passage.id) if passage is not None else None
    return None
