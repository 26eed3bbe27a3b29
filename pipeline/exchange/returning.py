"""Work that was done in another program, as decisions: one home for what a coding there means here.

A program of another kind tells which codes stand where. What a person changed there against what was sent out is a
decision; what was left as it was says nothing, unless the program tells that the passage was looked at.

    sent: equity (model); came back: succession, equity taken off  → themes {succession: 2}, asked [equity, succession]
    a task of an annotation tool, submitted with "succession"  → themes {succession: 2}, asked: all themes of the task

The decisions go the way of all others (`corrections.importing.take_all`): into the file of their coder, and from there
into outputs and training.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from pipeline.corrections import log
from pipeline.corrections.decisions import Judgement, PassageDecision, anchor_of
from pipeline.files import sha256_text
from pipeline.learning.labels import Grade
from pipeline.records import Bundle, Passage, is_coded

UNKNOWN_TIME = "1970-01-01T00:00:00Z"
"""The time of a decision whose program does not tell when it was made; the same file gives the same decisions."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a person said of the themes of a passage in another program.

    `asked`: the themes that the person decided on, present or not; those of `themes` are among them. `at`: UTC.
    `model_version`: of the model whose suggestions were shown; `None`: none were. `blind`: nothing of it was shown.
    """

    passage_id: str
    coder: str
    themes: dict[str, Grade]
    asked: list[str]
    at: str = UNKNOWN_TIME
    model_version: str | None = None
    blind: bool = False


def decisions(bundle: Bundle, verdicts: Iterable[Verdict], standing: Sequence[Judgement] = ()) -> list[PassageDecision]:
    """Return the decisions that say what the verdicts say.

    Args:
        bundle: the document with its passages.
        verdicts: on its passages; one on a passage that it has not is left out.
        standing: what the coders have decided before; what a verdict does not speak of stays as it was decided.
    """
    passages = {one.id: one for one in bundle.passages}
    made = [
        _decision(bundle, passages[one.passage_id], one, standing) for one in verdicts if one.passage_id in passages
    ]
    return [one for one in made if one is not None]


def by_document(judgements: Iterable[Judgement]) -> dict[str, list[Judgement]]:
    """Return judgements by the path of their document, so that each document only looks through its own."""
    found: dict[str, list[Judgement]] = {}
    for one in judgements:
        found.setdefault(one.anchor.document, []).append(one)
    return found


def passages_at(bundle: Bundle, start: int, end: int, least: float = 0.5) -> list[Passage]:
    """Return the coded passages that a stretch means: those of which it covers a share, or the one that it lies in."""
    touched = [one for one in bundle.passages if is_coded(one) and one.start < end and start < one.end]
    covered = [one for one in touched if _shared(one, start, end) >= least * (one.end - one.start)]
    if covered:
        return covered
    return sorted(touched, key=lambda one: (-_shared(one, start, end), one.start))[:1]


def coder_name(name: str) -> str:
    """Return a name of a person as that of a coder's file: "Ana María R." → "ana-mar-a-r".

    Raises:
        PipelineError: nothing of it can be used.
    """
    kept = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in name.lower())
    joined = "-".join(part for part in kept.split("-") if part)[:48].strip("-")
    log.path_of(Path(), joined)
    return joined


def _decision(
    bundle: Bundle, passage: Passage, verdict: Verdict, standing: Sequence[Judgement]
) -> PassageDecision | None:
    before = _before(passage, verdict.coder, bundle.document.path, standing)
    kept = {name: grade for name, grade in before.themes.items() if name not in verdict.asked} if before else {}
    themes = dict(sorted({**kept, **verdict.themes}.items()))
    # A decision that asked for nothing by name asked for all themes, and goes on to do so.
    asks_all = before is not None and not before.asked
    asked = [] if asks_all else sorted({*verdict.asked, *(before.asked if before else [])})
    left_open = [name for name in before.open if name not in verdict.asked] if before else []
    if before is not None and (before.themes, sorted(before.asked), before.open) == (themes, asked, left_open):
        return None
    facts = msgspec.json.encode([passage.id, verdict.coder, themes, left_open, asked, verdict.at]).decode()
    return PassageDecision(
        id=f"{verdict.coder}:{sha256_text(facts)[:12]}",
        coder=verdict.coder,
        at=verdict.at,
        record_id=passage.id,
        anchor=anchor_of(bundle, passage.start, passage.end),
        model_version=verdict.model_version,
        blind=verdict.blind,
        themes=themes,
        open=left_open,
        asked=asked,
    )


def _before(passage: Passage, coder: str, path: str, standing: Sequence[Judgement]) -> PassageDecision | None:
    found = [
        one
        for one in standing
        if isinstance(one, PassageDecision)
        and (one.coder, one.anchor.document, one.anchor.text) == (coder, path, passage.text)
        and (one.record_id == passage.id or one.anchor.start == passage.start)
    ]
    return found[-1] if found else None


def _shared(passage: Passage, start: int, end: int) -> int:
    return min(passage.end, end) - max(passage.start, start)
