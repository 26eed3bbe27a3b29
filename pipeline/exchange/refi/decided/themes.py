"""Themes that were added to passages, or taken off; and those that were sought and not found, if that was said.

A coding of the model that stands where it stood is neither: whoever read the passage may have agreed or not.
"""

from dataclasses import dataclass, field

from pipeline.corrections.decisions import Judgement
from pipeline.exchange import returning
from pipeline.exchange.refi.comparing import Known
from pipeline.exchange.refi.decided.work import GRADE, Work, own, shown, who
from pipeline.exchange.returning import UNKNOWN_TIME, Verdict
from pipeline.learning.labels import Grade
from pipeline.records import is_coded


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
    if work.setting.all_themes:
        _complete(work, votes)
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


def _complete(work: Work, votes: dict[tuple[str, str], _Vote]) -> None:
    """Let everybody who coded in the document have judged all themes of all its passages."""
    own_codings = [known for known in [*work.changes.kept, *work.changes.moved] if known.sent.code.startswith("theme:")]
    theirs = [one for one in own_codings if one.sent.source == "human"]
    models = {(one.sent.passage_id, own(one.sent.code)) for one in own_codings if one.sent.source == "model"}
    people = {one.coder for one in work.added("theme")} | {one.sent.coder for one in theirs}
    for coder in sorted(people):
        for passage in filter(is_coded, work.bundle.passages):
            vote = votes.setdefault((coder, passage.id), _Vote())
            kept = {own(one.sent.code): one.sent.grade or GRADE for one in theirs if _is_on(one, coder, passage.id)}
            vote.themes = {**kept, **vote.themes}
            left = {theme for theme in work.setting.all_themes if (passage.id, theme) not in models}
            vote.asked |= left | set(vote.themes)
            vote.at = max(vote.at, work.setting.at or UNKNOWN_TIME)


def _is_on(one: Known, coder: str, passage_id: str) -> bool:
    return (one.sent.coder, one.sent.passage_id) == (coder, passage_id)
