"""The folders that commands read and write: permissions, locks, what is left over, what is old."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pipeline import locking, manifest
from pipeline.doctor.finding import Finding
from pipeline.errors import PipelineError
from pipeline.files import files_below
from pipeline.folders import left_beside
from pipeline.records import RECORD_TYPES, SCHEMA_VERSION
from pipeline.tools import MODELS, Tools
from pipeline.verify.files import LEFT, check_outputs, others
from pipeline.version import __version__

ENOUGH_ROOM: Final = 500_000_000
"""Bytes that should be free where results are written."""


def findings(tools: Tools, corpus: Path, outputs: Path) -> Iterator[Finding]:
    """Look at corpus, decisions, outputs and models."""
    yield _readable(corpus)
    yield _writable("outputs", outputs, "choose another with --outputs")
    labels = tools.labels_path
    if labels is not None:
        do = "decisions of pop review cannot be saved there: change its permissions, or name another with --labels"
        yield _writable("labels", labels, do, optional=True)
    do = "models cannot be trained there: change its permissions, or name another with --models"
    yield _writable("models", tools.models_path, do, optional=True)
    yield _room(outputs)
    yield _lock("lock of outputs", outputs)
    yield _lock("lock of models", tools.models_path)
    yield _left(tools, outputs)
    yield _version(outputs)
    yield from _intact(outputs)


def _readable(corpus: Path) -> Finding:
    if not corpus.is_dir():
        return Finding("corpus", f"no folder {corpus}", "name the folder of your documents with --corpus")
    paths = files_below(corpus)
    closed = [path for path in paths if not os.access(path, os.R_OK)]
    if closed:
        first = closed[0].relative_to(corpus)
        return Finding("corpus", f"{len(closed)} files cannot be read, such as {first}", "change their permissions")
    return Finding("corpus", f"{corpus} can be read ({len(paths)} files)")


def _writable(what: str, folder: Path, do: str, *, optional: bool = False) -> Finding:
    try:
        tempfile.TemporaryFile(dir=_existing(folder)).close()
    except OSError as error:
        return Finding(what, f"{folder} cannot be written ({error.strerror})", do, optional)
    return Finding(what, f"{folder} can be written")


def _room(outputs: Path) -> Finding:
    free = shutil.disk_usage(_existing(outputs)).free
    state = f"{free / 1e9:,.1f} GB free for {outputs}"
    return Finding("disk", state, "make room, or choose another with --outputs" if free < ENOUGH_ROOM else "")


def _lock(what: str, folder: Path) -> Finding:
    held = locking.holder(folder)
    if locking.is_held(folder):
        return Finding(what, f"{held or 'another command'} is at work")
    if held is not None:
        return Finding(
            what, f"{held} did not end as it should", "nothing: the next command goes on there", optional=True
        )
    return Finding(what, "free")


def _left(tools: Tools, outputs: Path) -> Finding:
    left = [note for note in others(manifest.Manifest(), outputs) if note.endswith(LEFT)]
    left += [str(path) for name in MODELS.values() for path in left_beside(tools.models_path / name)]
    if left and not locking.is_held(outputs):
        state = f"{len(left)} unfinished file{'' if len(left) == 1 else 's'} of a command that was killed"
        return Finding(
            "left-overs", state, "nothing: the next command that writes there clears them away", optional=True
        )
    return Finding("left-overs", "none")


def _version(outputs: Path) -> Finding:
    what = "version of outputs"
    try:
        state = manifest.load(outputs)
    except PipelineError as error:
        return Finding(what, error.found, error.do)
    if not state.stages:
        return Finding(what, "nothing was run yet", "pop run writes outputs there", optional=True)
    if state.schema_version > SCHEMA_VERSION:
        return Finding(what, f"written by a newer pop, {state.version}", "install that version, or choose --outputs")
    if state.version != __version__:
        return Finding(
            what, f"written by pop {state.version}", f"pop run brings them up to {__version__}", optional=True
        )
    return Finding(what, f"pop {state.version}")


def _intact(outputs: Path) -> Iterator[Finding]:
    """Compare the files with the hashes that the run noted; nothing is told where none was noted, or one is at work."""
    what = "files of outputs"
    try:
        state = manifest.load(outputs)
    except PipelineError:
        return
    if locking.is_held(outputs):
        return
    if not state.stages and any((outputs / f"{kind}.jsonl").is_file() for kind in RECORD_TYPES):
        yield Finding(what, f"no {manifest.FILE} beside them", "run pop run again: it writes them anew")
    elif state.stages:
        problems = [*_of_manifest(state, outputs), *check_outputs(state, outputs)]
        more = f" and {len(problems) - 1} more" if problems[1:] else ""
        do = "see pop verify, which looks at every record and says what to do" if problems else ""
        yield Finding(what, problems[0] + more if problems else "as the run wrote them", do)


def _of_manifest(state: manifest.Manifest, outputs: Path) -> Iterator[str]:
    is_ours = (state.version, state.schema_version) == (__version__, SCHEMA_VERSION)
    if is_ours and not manifest.is_as_saved(outputs):
        yield f"{manifest.FILE}: changed since it was written"


def _existing(folder: Path) -> Path:
    """Return a folder, or the nearest one above it that is there."""
    return next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
