"""A PDF of many pages for measuring speed: the example documents, set as a printed yearbook sets them.

Running head, page number, a heading on each page, text in Times, headings in Helvetica; odd pages have one column,
even pages two. Only the standard fonts of PDF are used, so that nothing is needed to write it.
"""

import itertools
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pdfminer.fontmetrics import FONT_METRICS

from pipeline.config import HOME

HEAD = "Gulf Plains Yearbook of School Leadership"
_FONTS = {"F1": "Times-Roman", "F2": "Helvetica-Bold", "F3": "Helvetica"}
_SIZE, _LEADING = 10.5, 13.0
_LEFT, _TOP, _BOTTOM, _WIDTH = 72.0, 700.0, 72.0, 468.0
_GUTTER = 24.0


def write_pdf(path: Path, n_pages: int) -> None:
    """Write the PDF; the text begins again as often as is needed."""
    words = itertools.cycle(_words())
    _save(path, [zlib.compress(_page(words, number).encode("cp1252", "replace")) for number in range(1, n_pages + 1)])


@cache
def _words() -> list[str]:
    """Return the words of the examples that are plain text; an empty string ends a paragraph."""
    paths = sorted((HOME / "corpus" / "examples").glob("*.txt"))
    paragraphs = [line.split() for path in paths for line in path.read_text(encoding="utf-8").split("\n")]
    return [word for paragraph in paragraphs if len(paragraph) > 12 for word in [*paragraph, ""]]


def _page(words: Iterator[str], number: int) -> str:
    heading = [next(words) or "Notes" for _ in range(5)]
    parts = [
        _text("F3", 8, _LEFT, 745, HEAD),
        _text("F3", 8, _LEFT + _WIDTH / 2, 40, str(number)),
        _text("F2", 14, _LEFT, 715, " ".join(word.capitalize() for word in heading)),
    ]
    columns = 2 - number % 2
    width = (_WIDTH - _GUTTER * (columns - 1)) / columns
    for column in range(columns):
        x, y = _LEFT + column * (width + _GUTTER), _TOP - _LEADING
        while y > _BOTTOM:
            for line in _paragraph(words, width, int((y - _BOTTOM) // _LEADING) + 1):
                parts.append(_text("F1", _SIZE, x, y, line))
                y -= _LEADING
            y -= 0.5 * _LEADING
    return "\n".join(parts)


def _paragraph(words: Iterator[str], width: float, room: int) -> list[str]:
    """Break the next paragraph into lines, as many as there is room for; the rest is left for the next column."""
    lines: list[str] = [""]
    for word in iter(words.__next__, ""):
        longer = f"{lines[-1]} {word}".strip()
        if _length(longer) <= width:
            lines[-1] = longer
        elif len(lines) == room:
            break
        else:
            lines.append(word)
    return lines


def _length(text: str) -> float:
    metrics = FONT_METRICS["Times-Roman"][1]
    return sum(metrics.get(char, 500) for char in text) * _SIZE / 1000


def _text(font: str, size: float, x: float, y: float, text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return f"BT /{font} {size} Tf {x:.2f} {y:.2f} Td ({escaped}) Tj ET"


def _save(path: Path, pages: list[bytes]) -> None:
    first = 3 + len(_FONTS)
    kids = " ".join(f"{first + 2 * n} 0 R" for n in range(len(pages)))
    fonts = " ".join(f"/{name} {3 + n} 0 R" for n, name in enumerate(_FONTS))
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>".encode()]
    encoding = "/Encoding /WinAnsiEncoding"
    objects += [f"<< /Type /Font /Subtype /Type1 /BaseFont /{font} {encoding} >>".encode() for font in _FONTS.values()]
    for n, stream in enumerate(pages):
        box = f"/MediaBox [0 0 612 792] /Resources << /Font << {fonts} >> >>"
        objects.append(f"<< /Type /Page /Parent 2 0 R {box} /Contents {first + 2 * n + 1} 0 R >>".encode())
        head = f"<< /Length {len(stream)} /Filter /FlateDecode >>\nstream\n".encode()
        objects.append(head + stream + b"\nendstream")
    content, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, start=1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    end = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, len(content))
    path.write_bytes(content + b"xref\n0 %d\n0000000000 65535 f \n" % count + table + end)
