"""The files of decisions, one a coder: corpus/labels/<coder>.jsonl. Lines are only ever added.

A line that a crash cut short is left out, with a warning, and the next line begins on a line of its own: one decision
may be lost at most, the one that was being written.
"""

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from pipeline.corrections.decisions import Decision, Judgement, QuoteDecision, Undo
from pipeline.errors import ErrorCode, ExitCode, PipelineError
from pipeline.files import append_line
from pipeline.safe_json import decode, decode_with

SHIPPED: Final = frozenset({"themes", "practices", "anatomy"})
"""Names of label files that are no coder's."""

_CODER: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,47}")
_FIRST_LINES: Final = 20


@dataclass(frozen=True)
class Log:
    """The decisions of a file in their order. `damaged`: numbers of lines that are none."""

    path: Path
    decisions: list[Decision]
    damaged: list[int]


def path_of(folder: Path, coder: str) -> Path:
    """Return the file of a coder.

    Raises:
        PipelineError: a name that cannot be a file's on every computer, or that of a shipped label file.
    """
    if not _CODER.fullmatch(coder) or coder.endswith(".") or coder in SHIPPED:
        raise PipelineError(
            ErrorCode.INVALID_LABELS,
            found=f"a coder called {coder!r}",
            expected="small letters, digits, '-', '_' and '.', at most 48, and not " + ", ".join(sorted(SHIPPED)),
            do="choose a short name or initials, such as ana",
            exit_code=ExitCode.USAGE,
        )
    return folder / f"{coder}.jsonl"


def files(folder: Path) -> list[Path]:
    """Return the files of decisions in a folder of labels, by name; what its first line is tells them from others."""
    if not folder.is_dir():
        return []
    return [path for path in sorted(folder.glob("*.jsonl")) if path.stem not in SHIPPED and is_log(path)]


def read(path: Path) -> Log:
    """Read a file of decisions; lines that are none are numbered, from 1.

    Raises:
        PipelineError: the file cannot be opened.
    """
    decoder = msgspec.json.Decoder(Decision)
    decisions: list[Decision] = []
    damaged: list[int] = []
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise PipelineError(
            ErrorCode.UNREADABLE,
            found=f"{path} ({error.strerror or error})",
            expected="the decisions of a coder",
            do="check the folder of labels",
        ) from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            decisions.append(decode_with(decoder, line))
        except msgspec.DecodeError:
            damaged.append(number)
    return Log(path, decisions, damaged)


def add(folder: Path, decision: Decision) -> None:
    """Add a decision to the file of its coder; it is on the disk when this returns. Several may add at once.

    Raises:
        PipelineError: a coder's name that will not do, or a folder that cannot be written.
    """
    append_line(path_of(folder, decision.coder), msgspec.json.encode(decision))


def current(decisions: Sequence[Decision]) -> list[Judgement]:
    """Return what holds: what was undone is left out, and of each coder's judgements of the same words the last."""
    undone = {(one.coder, one.undoes) for one in decisions if isinstance(one, Undo)}
    last: dict[tuple[str, ...], Judgement] = {}
    for one in decisions:
        if isinstance(one, Undo) or (one.coder, one.id) in undone:
            continue
        key = _subject(one)
        last.pop(key, None)
        last[key] = one
    return list(last.values())


def _subject(one: Judgement) -> tuple[str, ...]:
    """Return what a judgement is about: another one about the same takes its place."""
    target = type(one).__name__
    if isinstance(one, QuoteDecision):  # a passage may hold several quotes
        place = str(one.parts[0].start) if one.added and one.parts else ""
        return (one.coder, target, one.record_id, place)
    return (one.coder, target, one.anchor.document, str(one.anchor.start), one.anchor.text)


def is_log(path: Path) -> bool:
    """Tell a file of decisions from a file of labels. One that cannot be opened counts as one: `read` says why."""
    try:
        with path.open("rb") as stream:
            return b'"target"' in _first_whole(stream)
    except OSError:
        return True


def _first_whole(lines: Iterable[bytes]) -> bytes:
    """Return the first line that is an object of JSON, all of them if none is: a crash may have cut the first short."""
    first = list(itertools.islice(lines, _FIRST_LINES))
    return next((line for line in first if _is_object(line)), b"".join(first))


def _is_object(line: bytes) -> bool:
    try:
        decode(line, dict[str, msgspec.Raw])
    except msgspec.DecodeError:
        return False
    return True
