"""Writes the new corpus, the key and the roster, and files that got their names back."""

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from pipeline.errors import ErrorCode, PipelineError
from pipeline.files import files_below, write_bytes
from pipeline.privacy.key import Key, write_key
from pipeline.privacy.leaks import Leak, Watch, leaks_in
from pipeline.privacy.pseudonymising import NewDocument, Result
from pipeline.privacy.reversing import reversed_file

_INSTRUMENTS: Final = ("codebook.yaml", "rubric.yaml")


def check_free(folder: Path, corpus: Path, key: Key) -> None:
    """Refuse to write where other things lie: only what an earlier run with this key wrote is replaced.

    Raises:
        PipelineError: the folder is, holds or lies in the corpus, or holds other files.
    """
    one, other = folder.resolve(), corpus.resolve()
    if one == other or one.is_relative_to(other) or other.is_relative_to(one):
        raise _taken(f"{folder}, which holds the documents with their names, or lies among them")
    known = {folder / written.written for written in key.files} | {folder / name for name in _INSTRUMENTS}
    strange = [path for path in files_below(folder) if path not in known] if folder.is_dir() else []
    if strange:
        raise _taken(f"{folder} with files of another origin, such as {strange[0].name}")


def write_corpus(result: Result, folder: Path, corpus: Path, key_path: Path) -> None:
    """Write the key first, so that no pseudonym is ever without its name, then the documents."""
    write_key(key_path, result.key)
    for one in result.documents:
        write_bytes(folder / one.path, one.text.encode())
    for name in _INSTRUMENTS:
        if (corpus / name).is_file():
            shutil.copyfile(corpus / name, folder / name)


def leaks_of(documents: Iterable[NewDocument], folder: Path, watch: Watch) -> list[tuple[str, Leak]]:
    """Read the new documents again, and return what should not stand in them."""
    return [(one.path, leak) for one in documents for leak in leaks_in(folder / one.path, watch)]


def write_reversed(files: Sequence[Path], key: Key, folder: Path) -> list[Path]:
    """Write files with their names back into a folder; a document as it was written gets its old path.

    Raises:
        PipelineError: a file cannot be read, or would be written over itself.
    """
    written = []
    for path in files:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise PipelineError(
                ErrorCode.MISSING_FILE,
                found=f"{path} ({error.strerror or error})",
                expected="a file with pseudonyms",
                do="check the name of the file",
            ) from error
        old, restored = reversed_file(content, path.suffix.lower(), key)
        target = folder / (_text_form(old, path) if old else path.name)
        if target.resolve() == path.resolve():
            raise _taken(f"{target}, the file itself")
        write_bytes(target, restored)
        written.append(target)
    return written


def _text_form(old: str, path: Path) -> str:
    """Return the old path with the ending of the text that it holds: that of a PDF was written as Markdown."""
    return old if Path(old).suffix.lower() == path.suffix.lower() else f"{old}{path.suffix}"


def _taken(found: str) -> PipelineError:
    return PipelineError(
        ErrorCode.NOT_WRITABLE,
        found=found,
        expected="a new or empty folder",
        do="name another folder with --into",
    )
