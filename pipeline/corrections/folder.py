"""The folder of labels, read: what holds of all coders, and what is wrong with their files.

A damaged line, or a file that cannot be read, is named in a warning; all others count.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from pipeline.corrections import log
from pipeline.corrections.decisions import Decision, Judgement
from pipeline.errors import ErrorCode, PipelineError
from pipeline.files import sha256_text
from pipeline.records import Refusal, Severity
from pipeline.refusals import refusal

_MOST_LINES = 10


@dataclass(frozen=True)
class Recorded:
    """A judgement that holds. `file`: where it stands, as errors.jsonl names it."""

    file: str
    judgement: Judgement


@dataclass(frozen=True)
class Labels:
    """What people decided. `doubts`: what is wrong with the files; `code`, message."""

    recorded: list[Recorded] = field(default_factory=list)
    doubts: list[tuple[str, str]] = field(default_factory=list)

    def of(self, target: str) -> list[Recorded]:
        """Return the judgements of one kind: "passage", "quote", "practices" or "segment"."""
        return [one for one in self.recorded if target_of(one.judgement) == target]

    def warnings(self, stage: str) -> list[Refusal]:
        """Return the doubts as entries of errors.jsonl."""
        return [warning(file, stage, ErrorCode.INVALID_LABELS, message) for file, message in self.doubts]


def read(folder: Path) -> Labels:
    """Read the files of all coders; a folder that is not there holds none."""
    return read_files(log.files(folder))


def read_files(paths: Iterable[Path]) -> Labels:
    """Read some files of decisions."""
    logs: list[log.Log] = []
    doubts: list[tuple[str, str]] = []
    for path in paths:
        try:
            logs.append(log.read(path))
        except PipelineError as error:
            doubts.append((_named(path), str(error)))
    doubts += [(_named(one.path), _damage(one.damaged)) for one in logs if one.damaged]
    coders = _files_of(logs)
    doubts += [_scattered(coder, files) for coder, files in coders.items() if len(files) > 1]
    recorded = [found for files in coders.values() for found in _current(files)]
    return Labels(recorded, doubts)


def target_of(one: Decision) -> str:
    """Return what a decision is about, as its line says."""
    return str(one.__struct_config__.tag)


def fingerprint(recorded: Iterable[Recorded]) -> str:
    """Return a hash of judgements and of the files that they stand in."""
    return sha256_text(*(part for one in recorded for part in (one.file, msgspec.json.encode(one.judgement).decode())))


def warning(file: str, stage: str, code: ErrorCode, message: str) -> Refusal:
    """Make an entry of errors.jsonl about a file of decisions, which is used all the same."""
    return refusal(file, stage, code, message, Severity.WARNING)


def _named(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _files_of(logs: Sequence[log.Log]) -> dict[str, dict[str, list[Decision]]]:
    """Return coder → file → decisions, coders by name. A decision that stands in two files counts in the first."""
    found: dict[str, dict[str, list[Decision]]] = {}
    for one in logs:
        for decision in one.decisions:
            files = found.setdefault(decision.coder, {})
            if not any(decision in others for file, others in files.items() if file != _named(one.path)):
                files.setdefault(_named(one.path), []).append(decision)
    return dict(sorted(found.items()))


def _current(files: dict[str, list[Decision]]) -> list[Recorded]:
    """Return what holds of a coder; decisions of several files are taken in the order of their times."""
    placed = [(decision, file) for file, decisions in files.items() for decision in decisions]
    if len(files) > 1:
        placed.sort(key=lambda entry: entry[0].at)
    file_of = {id(decision): file for decision, file in placed}
    return [Recorded(file_of[id(one)], one) for one in log.current([decision for decision, _ in placed])]


def _damage(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:_MOST_LINES])) + (", …" if len(numbers) > _MOST_LINES else "")
    lines = f"line {shown}, which is" if len(numbers) == 1 else f"lines {shown}, which are"
    return (
        f"Found: {lines} no decision. Expected: one decision a line, as pop review writes it. "
        "What to do: judge again what is missing; the other lines are used"
    )


def _scattered(coder: str, files: Iterable[str]) -> tuple[str, str]:
    names = sorted(files)
    return names[0], (
        f"Found: decisions of {coder} in {' and '.join(names)}. Expected: one file for each coder. "
        "What to do: check that these are one person; all are used, in the order of their times"
    )
