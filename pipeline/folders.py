"""Folders: replaced whole or not at all, such as a model, whose files belong together.

    .themes.part   being written          1  written and brought to the disk
    .themes.new    complete               2  renamed from .part
    .themes.old    the one before         3  themes → .old, and at once .new → themes; then .old is deleted

Whoever is killed before 3 leaves the old folder, in the middle of it none: then whoever looks for it next puts the new
one there.
"""

import contextlib
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pipeline.files import disk_of, not_writable, sync_folder, write_bytes

_PART: Final = "part"
_NEW: Final = "new"
_OLD: Final = "old"


def replace_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put these files, and no others, in the place of a folder. One at a time may do so: see `locking`.

    Raises:
        PipelineError: the folder cannot be written, or the disk is full.
    """
    settle(folder)
    part, new = _beside(folder, _PART), _beside(folder, _NEW)
    try:
        with disk_of(folder.parent):
            part.mkdir(parents=True)
            for name, content in files.items():
                write_bytes(part / name, content)
            part.rename(new)
            sync_folder(folder.parent)
            _swap(folder)
    except OSError as error:
        raise not_writable(folder.parent, error) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def complete(folder: Path) -> None:
    """Put a folder there whose writer was killed between taking the old one away and putting the new one there."""
    if not folder.is_dir() and _beside(folder, _NEW).is_dir():
        with contextlib.suppress(OSError):  # somebody else was quicker, or may write here and we may not
            _beside(folder, _NEW).rename(folder)
            sync_folder(folder.parent)


def settle(folder: Path) -> None:
    """Do the same, and delete what is left beside the folder; only for who is alone in writing there."""
    complete(folder)
    if not folder.is_dir() and _beside(folder, _OLD).is_dir():
        _beside(folder, _OLD).rename(folder)
    for what in (_PART, _NEW, _OLD):
        shutil.rmtree(_beside(folder, what), ignore_errors=True)


def left_beside(folder: Path) -> list[Path]:
    """Return what a killed writer has left beside a folder."""
    return [path for what in (_PART, _NEW, _OLD) if (path := _beside(folder, what)).exists()]


def _swap(folder: Path) -> None:
    old = _beside(folder, _OLD)
    if folder.is_dir():
        folder.rename(old)
    try:
        _beside(folder, _NEW).rename(folder)
    except FileNotFoundError:
        if not folder.is_dir():  # else a reader has put it there
            raise
    sync_folder(folder.parent)
    shutil.rmtree(old, ignore_errors=True)


def _beside(folder: Path, what: str) -> Path:
    return folder.with_name(f".{folder.name}.{what}")
