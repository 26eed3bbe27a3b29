"""How decisions reach a stage: which of them it needs, which document each belongs to, and which are orphaned.

Nothing is deleted from the files: an orphan finds its place again when its words come back.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pipeline.corrections import practices, themes
from pipeline.corrections.dealing import Dealt, deal
from pipeline.corrections.folder import Labels, Recorded, fingerprint, warning
from pipeline.errors import ErrorCode
from pipeline.files import sha256_text
from pipeline.records import Document, Refusal
from pipeline.stages import Stage
from pipeline.tools import Tools

_SHOWN: Final = 60
"""Characters of an orphan's words that its entry in errors.jsonl shows."""

_SOUGHT: Final = {"segment": "segment", "quote": "passage or quote", "tag": "passage", "map": "quote"}

_STRUCK: Final = {"map": " or are no quote any more (pop review strikes out what is none)"}


@dataclass(frozen=True)
class Decisions:
    """What people decided of the records of a stage. `doubts`: warnings about the files."""

    recorded: list[Recorded] = field(default_factory=list)
    doubts: list[Refusal] = field(default_factory=list)

    def fingerprint(self) -> str:
        """Return a hash of all of it."""
        return sha256_text(fingerprint(self.recorded), *(doubt.id for doubt in self.doubts))


def of_stage(stage: Stage, labels: Labels, tools: Tools) -> Decisions:
    """Return the decisions that a stage needs. What is wrong with the files as such is told by the stage `tag`."""
    if stage.decides is None:
        return Decisions()
    recorded = labels.of(stage.decides)
    if stage.decides == "passage":
        lacking = themes.unknown(recorded, tools.codebook)
        return Decisions(recorded, [*labels.warnings(stage.name), *_unknown(lacking, stage.name, "codebook")])
    if stage.decides == "practices":
        return Decisions(recorded, _unknown(practices.unknown(recorded, tools.rubric), stage.name, "rubric"))
    return Decisions(recorded)


def dealt(decisions: Decisions, ids: Mapping[str, str], documents: Callable[[], Iterable[Document]]) -> Dealt:
    """Deal the decisions out to the documents of the corpus, as `deal` does."""
    return deal(decisions.recorded, ids, documents) if decisions.recorded else Dealt({}, [])


def orphans(lost: Sequence[Recorded], stage: str) -> list[Refusal]:
    """Return an entry of errors.jsonl for each decision whose words are gone."""
    return [warning(one.file, stage, ErrorCode.ORPHANED_LABEL, _orphan(one, stage)) for one in lost]


def _orphan(one: Recorded, stage: str) -> str:
    judgement = one.judgement
    words = " ".join(judgement.anchor.text.split())
    shown = words[:_SHOWN].rstrip() + ("…" if len(words) > _SHOWN else "")
    return (
        f"Found: no {_SOUGHT[stage]} with the words that {judgement.coder} judged in {judgement.anchor.document}: "
        f"“{shown}” (decision {judgement.id}). Expected: the document as it was, or with small changes. What to do: "
        f"judge the words anew if they were rewritten, nothing if they were deleted{_STRUCK.get(stage, '')}; the "
        "decision stays in the file"
    )


def _unknown(lacking: dict[str, dict[str, int]], stage: str, instrument: str) -> list[Refusal]:
    return [
        warning(
            file,
            stage,
            ErrorCode.INVALID_LABELS,
            f"Found: {', '.join(_counted(name, n) for name, n in counts.items())}. Expected: what the {instrument} "
            f"has. What to do: name the {instrument} that the decisions were made with, or add to it what is missing "
            "(for a theme, `was` tells what it became); the rest is used",
        )
        for file, counts in lacking.items()
    ]


def _counted(name: str, n: int) -> str:
    return f"{name} in {n} decision" + ("" if n == 1 else "s")
