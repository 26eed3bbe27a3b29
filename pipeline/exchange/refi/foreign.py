"""A project that never was ours, as a corpus: its texts as files, what people coded in it as their decisions.

    Interview 1 (text), coded "Leadership succession" by Ana Ruiz
    → new/interview-1.txt; labels/ana-ruiz.jsonl: succession on the passages that she coded

What nobody coded is not judged: nobody says that a theme is absent there.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from pipeline.config import Settings
from pipeline.corrections.anchoring import fold
from pipeline.errors import ErrorCode, PipelineError
from pipeline.exchange.codings import Code
from pipeline.exchange.refi import reading
from pipeline.exchange.refi.coming_back import Came, taken
from pipeline.exchange.refi.people import Asked
from pipeline.exchange.refi.reading import ForeignText
from pipeline.files import write_bytes
from pipeline.records import Bundle
from pipeline.rubric import Rubric
from pipeline.stages.ingest import ingest_content

_LONGEST: Final = 60


def as_corpus(
    path: Path, folder: Path, codes: Sequence[Code], rubric: Rubric, asked: Asked, *, dry_run: bool = False
) -> Came:
    """Write the texts of a project into a new folder, and return what people coded in it with our codes.

    Raises:
        PipelineError: it is no project, holds no text, or there is something in the folder.
    """
    _require_new(folder)
    project = reading.read(path)
    names = _names(project.texts)
    pairs: list[tuple[ForeignText, Bundle]] = []
    refused: list[str] = []
    for text in project.texts:
        content = (text.raw or "").encode("utf-8", "replace")
        read = ingest_content(partial(bytes, content), names[text.guid], Settings())
        if read.document is None:
            refused.append(text.name)
            continue
        pairs.append((text, Bundle(document=read.document, passages=read.passages)))
        if not dry_run:
            write_bytes(folder / names[text.guid], content)
    if not pairs:
        raise PipelineError(
            ErrorCode.INVALID_EXCHANGE,
            found=f"{path}: {len(project.texts)} texts, none of which holds any words",
            expected="a project with texts in it",
            do="export it again with its documents; pictures and sounds cannot be used",
        )
    came = taken(project, pairs, codes, rubric, (), replace(asked, original=None), {})
    came.missing = refused
    return came


def _names(texts: Sequence[ForeignText]) -> dict[str, str]:
    """Return GUID → name of a file, each used once."""
    names: dict[str, str] = {}
    for text in texts:
        bare = text.name.removesuffix(".txt")
        kept = "".join(sign if sign.isalnum() else "-" for sign in bare.lower())
        name = "-".join(part for part in kept.split("-") if part)[:_LONGEST] or "text"
        taken_names = {fold(one) for one in names.values()}
        n, free = 2, f"{name}.txt"
        while fold(free) in taken_names:
            free, n = f"{name}-{n}.txt", n + 1
        names[text.guid] = free
    return names


def _require_new(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise PipelineError(
            ErrorCode.NOT_WRITABLE,
            found=f"{folder}, in which there is something already",
            expected="a new or empty folder",
            do="choose another name with --new-corpus",
        )
