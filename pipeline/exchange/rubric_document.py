"""A rubric from the document in which it was published: text, CSV, TSV, Excel or Word.

leadership.txt → lines → Rubric(name="Leadership", levels=["first_steps", "mastery"], areas=[…])
"""

import re
from pathlib import Path

from pipeline.config import Settings
from pipeline.errors import ErrorCode, PipelineError
from pipeline.exchange.delimited import read_delimited
from pipeline.exchange.lines import Line, fold
from pipeline.exchange.rubric_table import Imported, read_table

DELIMITERS = {".txt": "\t;,|", ".text": "\t;,|", ".tsv": "\t;,", ".tab": "\t;,", ".csv": ",;\t"}
FORMATS = (*DELIMITERS, ".xlsx", ".docx")
_DO = {
    **dict.fromkeys([".doc", ".odt", ".rtf", ".pages"], "open it in a word processor and save it as .docx"),
    **dict.fromkeys([".xls", ".ods", ".numbers"], "open it in a spreadsheet program and save it as .xlsx"),
    **dict.fromkeys([".pdf", ".html", ".htm"], "copy its table into a spreadsheet and save that as .xlsx"),
    **dict.fromkeys([".yaml", ".yml"], "give a rubric in YAML to --rubric as it is"),
}


def read_rubric(path: Path, settings: Settings, name: str | None = None) -> Imported:
    """Read a rubric from a document.

    Args:
        path: the document; its ending tells the format.
        settings: the largest size that is read.
        name: of the rubric. `None`: the title of the document, or else the name of the file in words.

    Raises:
        PipelineError: the file cannot be read, is of another format, or holds no sound rubric.
    """
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise PipelineError(
            ErrorCode.UNKNOWN_FORMAT,
            found=f"{path}, whose name ends in {path.suffix!r}" if suffix else f"{path}, a name without an ending",
            expected=f"one of {', '.join(FORMATS)}",
            do=_DO.get(suffix, "save the rubric's table in one of these formats"),
        )
    content = _content(path, settings.max_text_bytes)
    try:
        lines = _lines(content, suffix)
    except PipelineError as error:
        found = f"{path}: {error.found}"
        raise PipelineError(error.code, found=found, expected=error.expected, do=error.do) from error
    return read_table(lines, source=str(path), name=name, untitled=_in_words(path.stem))


def _in_words(stem: str) -> str:
    """Return the name of a file as words.

    >>> _in_words("leadership_rubric-2014")
    'Leadership rubric 2014'
    """
    words = fold(re.sub("[-_]+", " ", stem)) or "Rubric"
    return words[0].upper() + words[1:]


def _lines(content: bytes, suffix: str) -> list[Line]:
    """Hand the bytes to the reader of their format; each reader is imported only when it is needed."""
    if suffix == ".xlsx":
        from pipeline.exchange.workbooks import read_workbook  # noqa: PLC0415

        return read_workbook(content)
    if suffix == ".docx":
        from pipeline.exchange.word_tables import read_docx_lines  # noqa: PLC0415

        return read_docx_lines(content)
    from pipeline.stages.ingest.healing import decode  # noqa: PLC0415

    return read_delimited(decode(content)[0], DELIMITERS[suffix])


def _content(path: Path, max_bytes: int) -> bytes:
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= max_bytes else b""
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        raise PipelineError(
            ErrorCode.MISSING_FILE if missing else ErrorCode.UNREADABLE,
            found=f"{path} ({error.strerror or error})",
            expected="the document of a rubric, which you may read",
            do="check the path" if missing else "check the path and the file's permissions, or copy it again",
        ) from error
    if size > max_bytes:
        raise PipelineError(
            ErrorCode.TOO_LARGE,
            found=f"{path}, a file of {size:,} bytes",
            expected=f"at most {max_bytes:,} bytes",
            do="copy the rubric's table into a document of its own",
        )
    if not content.strip():
        raise PipelineError(
            ErrorCode.EMPTY_FILE,
            found=f"{path}, an empty file ({size} bytes)",
            expected="the document of a rubric",
            do="copy or export it again",
        )
    return content
