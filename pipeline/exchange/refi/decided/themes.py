"""Themes that were added to passages, or taken off."""

from dataclasses import dataclass, field

from pipeline.corrections.decisions import Judgement
from pipeline.exchange import returning
from pipeline.exchange.refi.decided.work import GRADE, Work, own, shown, who
from pipeline.exchange.returning import UNKNOWN_TIME, Verdict
from pipeline.learning.labels import Grade


@dataclass
class _Vote:
    themes: dict[str, Grade] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    at: str = UNKNOWN_TIME
    model_version: str | None = None


def themes(work: Work) -> list[Judgement]:
    """Return what was decided of themes."""
    votes: dict[tuple[str, str], _Vote] = {}
    for one in work.added("theme"):
        passages = returning.passages_at(work.bundle, one.start, one.end)
        for passage in passages:
            vote = votes.setdefault((one.coder, passage.id), _Vote())
            vote.themes[own(one.code)] = GRADE
            vote.asked.add(own(one.code))
            vote.at = max(vote.at, one.at or UNKNOWN_TIME)
        if not passages:
            work.found.leave("a theme where no passage is coded (a heading, a table)", shown(work, one))
    for gone in work.taken_off("theme"):
        vote = votes.setdefault((who(gone, work.setting) or "", gone.passage_id or ""), _Vote())
        vote.asked.add(own(gone.code))
        vote.at = max(vote.at, work.setting.at or UNKNOWN_TIME)
        vote.model_version = gone.model_version
    for known in work.moved("theme"):
        inside = returning.passages_at(work.bundle, known.back.start, known.back.end)
        if known.sent.passage_id not in {one.id for one in inside}:
            work.found.leave("moved to another passage: code it there under your own name", shown(work, known.back))
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
