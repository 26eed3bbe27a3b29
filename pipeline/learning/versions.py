"""The versions of a model: none is lost when another takes its place, and the one before can be brought back.

    models/themes/                     the model in use
    models/versions/themes-0123abcd/   every model that was ever in use
    models/versions/history.jsonl      who took whose place when, what was refused, what was forced

The history is append-only. Bringing a model back is an entry like any other, so that nothing is rewritten.
"""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

from pipeline.errors import ErrorCode, PipelineError
from pipeline.files import append_line
from pipeline.folders import replace_folder
from pipeline.learning import model_files
from pipeline.safe_json import decode

FOLDER = "versions"
HISTORY = "history.jsonl"

Event = Literal["promoted", "forced", "refused", "rolled back"]


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to a model. `before`: the version that was in use until then. `reason`: why, for people."""

    target: str
    event: Event
    version: str
    before: str | None
    reason: str
    when: str


def version_of(folder: Path) -> str | None:
    """Return the version of the model in a folder; `None`: there is none."""
    try:
        return str(decode((folder / model_files.CONFIG).read_bytes(), dict[str, object])["version"])
    except (OSError, msgspec.DecodeError, KeyError, TypeError):
        return None


def keep(models: Path, target: str) -> None:
    """Copy the model in use to its version's folder; a damaged one never takes the place of what is kept there."""
    version = version_of(models / target)
    if version is None:
        return
    kept = models / FOLDER / version
    if not kept.is_dir() or model_files.is_whole(models / target):
        _copy(models / target, kept)


def record(models: Path, target: str, event: Event, version: str, before: str | None, reason: str) -> None:
    """Append to the history."""
    entry = Entry(
        target=target,
        event=event,
        version=version,
        before=before,
        reason=reason,
        when=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    append_line(models / FOLDER / HISTORY, msgspec.json.encode(entry))


def history(models: Path, target: str) -> list[Entry]:
    """Return what happened to a target's models, oldest first."""
    path = models / FOLDER / HISTORY
    if not path.is_file():
        return []
    return [entry for entry in _entries(path) if entry.target == target]


def _entries(path: Path) -> Iterator[Entry]:
    """Yield the lines of the history, but for one that a crash cut short."""
    for line in path.read_bytes().split(b"\n"):
        with contextlib.suppress(msgspec.DecodeError):
            yield decode(line, Entry)


def roll_back(models: Path, target: str) -> Entry:
    """Bring back the model that was in use before the present one.

    Rolling back twice goes one step further back each time, to the first model that is kept.

    Raises:
        PipelineError: no model was in use before, or it is not kept.
    """
    now = version_of(models / target)
    before = _before(history(models, target), now)
    kept = models / FOLDER / str(before)
    if before is None or not kept.is_dir():
        raise PipelineError(
            ErrorCode.INVALID_MODEL,
            found=f"no model that was in use before {now or 'the present one'} in {models / FOLDER}",
            expected="a model that pop train has replaced",
            do="train again from the labels of that time",
        )
    keep(models, target)
    _copy(kept, models / target)
    reason = f"asked for with --rollback; {now} is kept in {FOLDER}/"
    record(models, target, "rolled back", before, now, reason)
    return history(models, target)[-1]


def _before(entries: list[Entry], now: str | None) -> str | None:
    """Return the version that was in use before `now`: what was rolled back is as if it had never been."""
    line: list[str | None] = []
    for entry in entries:
        if entry.event == "rolled back":
            line = _until(entry.version, line)
        elif entry.event != "refused":
            line = line or [entry.before]
            line += [entry.version] if line[-1] != entry.version else []
    if now not in line:
        return line[-1] if line else None
    return next(iter(_until(now, line)[-2:-1]), None)


def _until(version: str | None, line: list[str | None]) -> list[str | None]:
    """Return a line of versions up to the last time that one was in use."""
    return line[: len(line) - line[::-1].index(version)] if version in line else [*line, version]


def _copy(source: Path, target: Path) -> None:
    """Copy a model's files; what another model had beside it and this one has not is removed."""
    replace_folder(target, {path.name: path.read_bytes() for path in sorted(source.iterdir()) if path.is_file()})
