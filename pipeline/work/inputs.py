"""What lies in a corpus."""

import os
from collections.abc import Iterator
from pathlib import Path

from pipeline.config import RESERVED
from pipeline.errors import ErrorCode, PipelineError
from pipeline.kept import Kept
from pipeline.manifest import InputFile


def list_inputs(corpus: Path, outputs: Path, kept: Kept) -> list[InputFile]:
    """List the documents of a corpus in a fixed order; a file that cannot be read has the hash of nothing.

    Raises:
        PipelineError: there are none.
    """
    found = [InputFile(_printable(path), kept.sha256(corpus / path)) for path in _paths(corpus, outputs.resolve())]
    if not found:
        raise PipelineError(
            ErrorCode.MISSING_FILE,
            found=f"no documents in {corpus}",
            expected="files ending in .txt, .md, .html, .docx, .pdf, .vtt or .srt",
            do="copy some there, or name another folder with --corpus (CORPUS= for make)",
        )
    return sorted(found, key=lambda entry: entry.path)


def n_bytes(corpus: Path, inputs: list[InputFile]) -> int:
    """Return how large some inputs are together."""
    paths = [corpus / entry.path for entry in inputs]
    return sum(path.stat().st_size for path in paths if path.is_file())


def _paths(corpus: Path, outputs: Path, below: str = "") -> Iterator[str]:
    """Yield the paths of what may be a document, relative to the corpus; linked folders are not followed."""
    folder = corpus / below
    if folder.resolve() == outputs:
        return
    try:
        entries = list(os.scandir(folder))
    except OSError:
        yield below.rstrip("/")  # it cannot be read, and ingest says so
        return
    for entry in entries:
        path = f"{below}{entry.name}"
        if entry.name.startswith((".", "~$")) or (not below and entry.name in RESERVED):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _paths(corpus, outputs, f"{path}/")
        elif entry.is_file() or _is_broken_link(entry):
            yield path


def _is_broken_link(entry: "os.DirEntry[str]") -> bool:
    return entry.is_symlink() and not Path(entry.path).exists()


def _printable(path: str) -> str:
    """Write bytes of a name that are no UTF-8 with their number; no such file is found, and so it is refused."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
