"""The texts of a file that we wrote, whatever its form, each with its place: what a reader of the file could find.

Archives are opened, member by member. Tables give their cells, JSON its strings and keys, pages their text with and
without tags, databases their columns; and what programs put beside the content: properties of documents, labels of
variables, the names of members.
"""

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from pipeline import safe_json
from pipeline.errors import ErrorCode, PipelineError
from pipeline.safe_zip import Limits, open_container

Text = tuple[str, str]
"""A place in a file, and the words that stand there."""

_TEXT: Final = frozenset(
    "txt text md markdown csv tsv bib ris tex yaml yml toml vtt srt log sql r py ipynb css js enw rtf".split()
)
_MARKUP: Final = frozenset("html htm xhtml xml svg qde qdc rels kml opf".split())
_ARCHIVES: Final = frozenset("xlsx qdpx docx pptx odt ods zip epub xlsm nvpx".split())
_PICTURES: Final = frozenset("png jpg jpeg gif tif tiff webp ico woff woff2 ttf".split())
_TAG: Final = re.compile(r"<(?:!--.*?(?:-->|\Z)|[^<>]*>)", re.DOTALL)
_TAG_ALONE: Final = re.compile(r"<[^<>]*>")
_INLINE: Final = re.compile(
    r"</?(?:a|abbr|b|big|cite|code|del|em|font|i|ins|mark|q|s|small|span|strong|sub|sup|tt|u|wbr|r|t|rPr|text:span|"
    r"a:r|a:t|w:(?!p\b|br\b|tab\b|tc\b|cr\b)\w+)\b[^<>]*>"
)
"""Tags that may stand in the middle of a word."""
_LINE: Final = "\v"
"""Stands where a tag ends a line: it moves no line of the file itself."""
_OPENED: Final = re.compile(r"<(script|style)\b", re.IGNORECASE)
_CLOSED: Final = {name: re.compile(f"</{name}>", re.IGNORECASE) for name in ("script", "style")}
_ESCAPES: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|[nrtbf])")
"""In what is nearly JSON, such as that with NaN."""
_STRINGS: Final = re.compile(rb"[\x20-\x7e\x80-\xff]{4,}")
_LIMITS: Final = Limits(unpacked=2_000_000_000, markup=2_000_000_000)
"""Of an archive: its markup is read as text, not parsed."""
_DEEPEST: Final = 3


class _Script(NamedTuple):
    """Where a script or a style of a page opens, what it holds starts and stops, and where it closes."""

    opens: int
    start: int
    stop: int
    closes: int


def texts_in(path: Path) -> Iterator[Text]:
    """Yield the texts of a file.

    Raises:
        PipelineError: it cannot be opened as what its ending says.
    """
    ending = _ending(path.name)
    if ending in _OF_FILES:
        yield from _guarded(path, _OF_FILES[ending](path))
        return
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error
    yield from _guarded(path, _of_bytes(content, ending, depth=0))


def _of_bytes(content: bytes, ending: str, depth: int) -> Iterator[Text]:
    if ending in _ARCHIVES or (content.startswith(b"PK\x03\x04") and ending not in _TEXT):
        return _of_archive(content, depth)
    if ending == "pdf":
        return _of_pdf(content)
    if ending in _PICTURES or b"\0" in content[:4096]:
        return iter([("its bytes", "\n".join(one.decode("latin-1") for one in _STRINGS.findall(content)))])
    return _OF_TEXTS.get(ending, _as_it_stands)(_decoded(content))


def _as_it_stands(text: str) -> Iterator[Text]:
    yield "", text


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _of_json_lines(text: str) -> Iterator[Text]:
    for number, line in enumerate(text.split("\n"), 1):
        yield from ((f"line {number}{place}", words) for place, words in _strings_of(line))


def _strings_of(text: str) -> Iterator[Text]:
    """Yield the strings of a value in JSON; what is no JSON, as it stands."""
    if not text.strip():
        return iter(())
    try:
        return _strings(safe_json.decode(text, object), "")
    except msgspec.DecodeError:
        return iter([("", _ESCAPES.sub(_unescaped, text))])


def _unescaped(match: re.Match[str]) -> str:
    """Return the sign that an escape stands for; of half a character nothing can be read."""
    sign = chr(int(match[1], 16)) if match[1] else " "
    return "\ufffd" if "\ud800" <= sign <= "\udfff" else sign


def _strings(value: Any, place: str) -> Iterator[Text]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield f"{place}.{name}", name
            yield from _strings(inner, f"{place}.{name}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _strings(inner, f"{place}[{number}]")


def _of_markup(text: str) -> Iterator[Text]:
    """Yield a page as it stands, for attributes and comments, and as it is read, for names that tags part."""
    for script in _scripts(text, of_json=True):
        inside = text[script.start : script.stop]
        yield from ((f"script{place}", words) for place, words in _strings_of(inside))
    text = _without_code(text)
    yield "", _tags(text)
    yield "", _without_tags(_INLINE.sub(_newlines, text))


def _scripts(text: str, *, of_json: bool) -> Iterator[_Script]:
    """Yield the scripts of a page that hold JSON; or the others, and its styles. Each part of it is looked at once."""
    last = {
        name: max((match.start() for match in closed.finditer(text)), default=-1) for name, closed in _CLOSED.items()
    }
    at = 0
    while (opened := _OPENED.search(text, at)) and (at := text.find(">", opened.end()) + 1):
        name, attributes = opened[1].lower(), text[opened.end() : at].lower()
        wanted = ("json" in attributes) == of_json and (name == "script" or not of_json)
        if wanted and at <= last[name] and (closed := _CLOSED[name].search(text, at)):
            yield _Script(opened.start(), at, closed.start(), closed.end())
            at = closed.end()


def _without_code(text: str) -> str:
    pieces, at = [], 0
    for script in _scripts(text, of_json=False):
        pieces += [text[at : script.opens], "\n" * text.count("\n", script.opens, script.closes)]
        at = script.closes
    return "".join([*pieces, text[at:]])


def _tags_in(text: str) -> Iterator[re.Match[str]]:
    """Yield tags and comments. Behind the last end of a comment none is looked for: each beginning would look anew."""
    end = text.rfind("-->") + 3 if "-->" in text else 0
    yield from _TAG.finditer(text, 0, end)
    yield from _TAG_ALONE.finditer(text, end)


def _without_tags(text: str) -> str:
    pieces, at = [], 0
    for match in _tags_in(text):
        pieces += [text[at : match.start()], _LINE, _newlines(match)]
        at = match.end()
    return "".join([*pieces, text[at:]])


def _tags(text: str) -> str:
    """Return the tags and comments alone, on the lines that they stand on."""
    pieces, at = [], 0
    for match in _tags_in(text):
        pieces += [" " + "\n" * text.count("\n", at, match.start()), match[0]]
        at = match.end()
    return "".join(pieces)


def _newlines(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n")


def _of_archive(content: bytes, depth: int) -> Iterator[Text]:
    if depth > _DEEPEST:
        raise ValueError("archives within archives, deeper than they are opened")
    with open_container(content, kind="ZIP", limits=_LIMITS) as container:
        yield "comment", container.archive.comment.decode("utf-8", errors="replace")
        yield from ((f"name of {name}", name) for name in container.archive.namelist())
        for name in container.names:
            inner = _of_bytes(container.read(name), _ending(name), depth + 1)
            yield from ((f"{name} {place}".strip(), words) for place, words in inner)


def _of_pdf(content: bytes) -> Iterator[Text]:
    import pdfplumber  # noqa: PLC0415 - slow to import

    with pdfplumber.open(BytesIO(content)) as pdf:
        yield "properties", "\n".join(str(value) for value in pdf.metadata.values())
        for number, page in enumerate(pdf.pages, 1):
            yield f"page {number}", page.extract_text() or ""


def _of_database(path: Path) -> Iterator[Text]:
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    try:
        tables = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
        for table, made in tables:
            if made is None or not made.upper().startswith("CREATE VIRTUAL"):
                yield from _of_table(connection, table)
    finally:
        connection.close()


def _of_table(connection: sqlite3.Connection, table: str) -> Iterator[Text]:
    quoted = table.replace('"', '""')
    rows = connection.execute(f'SELECT * FROM "{quoted}"')  # the name comes from the database itself
    columns = [column[0] for column in rows.description]
    for number, row in enumerate(rows, 1):
        for column, value in zip(columns, row, strict=True):
            if isinstance(value, str):
                yield f"table {table}, row {number}, {column}", value


def _of_parquet(path: Path) -> Iterator[Text]:
    import pyarrow.parquet  # noqa: PLC0415 - slow to import

    file = pyarrow.parquet.ParquetFile(path)
    for name, value in (file.schema_arrow.metadata or {}).items():
        yield f"metadata {name.decode(errors='replace')}", value.decode(errors="replace")
    at = 0
    for batch in file.iter_batches():
        for column in batch.schema.names:
            values = batch.column(column).to_pylist()
            yield from _cells(column, ((at + n, value) for n, value in enumerate(values, 1)))
        at += batch.num_rows


def _cells(column: str, values: Iterable[tuple[int, Any]]) -> Iterator[Text]:
    for number, value in values:
        place = f"row {number}, {column}"
        yield from _strings(value, place) if not isinstance(value, str) else [(place, value)]


def _of_statistics(path: Path) -> Iterator[Text]:
    """Yield the cells, labels and notes of a file of SPSS or Stata."""
    import pyreadstat  # noqa: PLC0415 - slow to import

    read = pyreadstat.read_dta if _ending(path.name) == "dta" else pyreadstat.read_sav
    frame, about = read(str(path))
    values = [label for labels in about.variable_value_labels.values() for label in labels.values()]
    labels = [*(about.column_labels or []), *values]
    yield from _strings([about.file_label, *(about.notes or []), *labels], "labels")
    for column in frame.columns:
        yield from _cells(column, enumerate(frame[column].tolist(), 1))


_OF_TEXTS: Final[dict[str, Callable[[str], Iterator[Text]]]] = {
    **dict.fromkeys(("json", "geojson"), _strings_of),
    **dict.fromkeys(("jsonl", "ndjson"), _of_json_lines),
    **dict.fromkeys(_MARKUP, _of_markup),
}
_OF_FILES: Final[dict[str, Callable[[Path], Iterator[Text]]]] = {
    **dict.fromkeys(("db", "sqlite", "sqlite3"), _of_database),
    **dict.fromkeys(("parquet", "pq"), _of_parquet),
    **dict.fromkeys(("sav", "zsav", "dta"), _of_statistics),
}


def _guarded(path: Path, texts: Iterator[Text]) -> Iterator[Text]:
    """Turn whatever a damaged file makes of its reader into one error: what was not read was not checked."""
    try:
        yield from texts
    except Exception as error:
        raise _unreadable(path, error) from error


def _ending(name: str) -> str:
    """Return the ending of a file's name; that of a file not yet moved to its place, `.name.csv.part`, is its own."""
    parts = [one for one in name.lower().split(".") if one]
    if len(parts) > 2 and parts[-1] == "part":
        parts = parts[:-1]
        known = _TEXT | _MARKUP | _ARCHIVES | _PICTURES | frozenset(_OF_FILES) | {"json", "jsonl", "pdf"}
        return next((one for one in reversed(parts) if one in known), parts[-1])
    return parts[-1] if len(parts) > 1 else ""


def _unreadable(path: Path, error: Exception) -> PipelineError:
    told = error.found if isinstance(error, PipelineError) else getattr(error, "strerror", None) or error
    return PipelineError(
        ErrorCode.UNREADABLE,
        found=f"{path.name}: a file that cannot be opened and so not be scanned ({told})",
        expected="a whole file of the kind that its ending says",
        do="write the file again; what was not read was not scanned",
    )
