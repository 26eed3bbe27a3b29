"""Labels of several files and coders made one: what they agree on is learned, what they differ on is left open.

ana: p1 {equity: 2}               ben: p1 {equity: 1, succession: 2}
→ p1 {equity: 1}, open: succession
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from pipeline import jsonl
from pipeline.corrections import log
from pipeline.errors import ErrorCode, PipelineError
from pipeline.learning import decided
from pipeline.learning.labels import ThemeLabel, check_folds, contradictory
from pipeline.learning.voting import merge

SHOWN = 5
"""How many offending labels an error names."""


def label_files(path: Path) -> list[Path]:
    """Return the files of theme labels and of decisions: the file itself, or those of a folder, by name.

    A folder may hold labels of other kinds (quotes, accounts); the first record tells.

    Raises:
        PipelineError: a folder without any theme labels.
    """
    if not path.is_dir():
        return [path]
    logs = log.files(path)
    found = [file for file in sorted(path.glob("*.jsonl")) if file in logs or "themes" in _first(file)]
    if not found:
        raise PipelineError(
            ErrorCode.INVALID_LABELS,
            found=f"no theme labels in {path}",
            expected='a file *.jsonl of records with "id", "text" and "themes", or of decisions (pop review)',
            do="check the path given with --labels",
        )
    return found


def read(files: Sequence[Path], passages: Mapping[str, str]) -> list[ThemeLabel]:
    """Read the theme labels of some files, one after another.

    Args:
        files: JSONL, of labels or of decisions.
        passages: the texts of passages by id, for labels that name a passage and leave its text out.

    Raises:
        PipelineError: no labels, a broken line, an id that stands twice without coders to tell apart, an unknown
            passage, a queue of pop suggest that nobody has filled in, a group in two folds, or labels that contradict
            each other.
    """
    logs = [file for file in files if decided.logs(file)]
    own = decided.theme_labels(logs)
    labels = [*own, *(label for file in files if file not in logs for label in _read(file, passages))]
    merged = [merge(same) for same in _by_id(labels).values()]
    if not merged:
        raise PipelineError(
            ErrorCode.INVALID_LABELS,
            found=f"{', '.join(map(str, files)) or 'no file'}: it holds no labels",
            expected="at least one theme label",
            do="check the path given with --labels",
        )
    check_folds(merged, ", ".join(map(str, files)))
    judged = {label.id for label in own}  # in their documents, where the same words may mean different things
    _refuse_contradictions([label for label in merged if label.id not in judged])
    return merged


def _read(file: Path, passages: Mapping[str, str]) -> list[ThemeLabel]:
    lines = list(jsonl.read(file, dict[str, Any], code=ErrorCode.INVALID_LABELS))
    lacking = [str(line.get("id")) for line in lines if "text" not in line and line.get("id") not in passages]
    if lacking:
        raise PipelineError(
            ErrorCode.INVALID_LABELS,
            found=f"{file}: {len(lacking)} labels without a text, for passages that are not known: {_some(lacking)}",
            expected='labels with "text", or with the id of a passage in the output folder',
            do="name the output folder that the labels were made from with --outputs, or add the texts",
        )
    if all("text" in line for line in lines):
        labels = list(jsonl.read(file, ThemeLabel, code=ErrorCode.INVALID_LABELS))
    else:
        labels = [_with_text(line, passages, f"{file}, record {i}") for i, line in enumerate(lines, start=1)]
    _refuse_unfilled(file, lines)
    return labels


def _with_text(line: dict[str, Any], passages: Mapping[str, str], where: str) -> ThemeLabel:
    try:
        return msgspec.convert({"text": passages.get(str(line.get("id"))), **line}, ThemeLabel)
    except msgspec.ValidationError as error:
        raise PipelineError(
            ErrorCode.INVALID_LABELS,
            found=f"{where}: {error}",
            expected="a theme label (pop schema theme_labels)",
            do="correct the record",
        ) from error


def _refuse_unfilled(file: Path, lines: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a queue of pop suggest as it was written: its empty themes would all be learned as "not about it"."""
    if lines and all("reason" in line and not line.get("themes") and not line.get("open") for line in lines):
        raise PipelineError(
            ErrorCode.INVALID_LABELS,
            found=f"{file}: a queue of {len(lines)} passages, none of them with a theme",
            expected="the themes that a person gave the passages",
            do="fill in the field themes of its records",
        )


def _by_id(labels: Iterable[ThemeLabel]) -> dict[str, list[ThemeLabel]]:
    """Gather the labels of each id, one a coder: what a coder said later counts.

    Raises:
        PipelineError: an id twice where no coder is named.
    """
    found: dict[str, dict[str | None, ThemeLabel]] = {}
    for label in labels:
        of_coder = found.setdefault(label.id, {})
        if label.coder is None and None in of_coder:
            raise PipelineError(
                ErrorCode.INVALID_LABELS,
                found=f"the id {label.id!r} stands more than once",
                expected='a different id for every label, or a "coder" for each where several people labelled a text',
                do="remove or rename one of them",
            )
        of_coder[label.coder] = label
    return {label_id: list(of_coder.values()) for label_id, of_coder in found.items()}


def _refuse_contradictions(labels: Sequence[ThemeLabel]) -> None:
    """Refuse texts that stand twice on their own, once as substantially about a theme and once as not about it.

    In a document the same words may mean different things in different places, so those are not compared.
    """
    first: dict[str, ThemeLabel] = {}
    clashes = []
    for label in labels:
        if label.document is not None:
            continue
        other = first.setdefault(" ".join(label.text.split()).casefold(), label)
        themes = contradictory(label.themes, other.themes, {*label.open, *other.open})
        if themes:
            clashes.append(f"{other.id} and {label.id} ({', '.join(themes)})")
    if clashes:
        raise PipelineError(
            ErrorCode.INVALID_LABELS,
            found=f"{len(clashes)} labels that contradict another one of the same text: {_some(clashes)}",
            expected="one judgement of a text, or the coders' names with each (what they differ on is left out)",
            do="decide which one is right and remove the other",
        )


def coders(labels: Iterable[ThemeLabel]) -> dict[str, int]:
    """Return how many labels each coder gave; those without a name stand under "unnamed"."""
    return dict(sorted(Counter(label.coder or "unnamed" for label in labels).items()))


def _first(file: Path) -> dict[str, Any]:
    return next(iter(jsonl.read(file, dict[str, Any], code=ErrorCode.INVALID_LABELS)), {})


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
