"""Valid files of every format, small and with much of what each can hold: what mutations start from."""

import io
import json
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from tests.fuzz.mutations import packed

FILES = Path(__file__).parents[1] / "files"

TEXT = """Spring Meeting of the Orchard Network
May 4, 2016
Elm Valley, Ohio

Problem of Practice: Who Comes Next?

Three of the schools have had nine principals in ten years, and nobody had been pre-
pared to follow them. “We stopped waiting,” said Maria Lopez, principal of Elm School. “Now teachers lead.”

Q: What did it cost?
MS. LOPEZ: Two days a month.

    They told us that the district would never pay for coaches, and that we had better find the hours ourselves, which
    is what we did.
                        — A teacher

1. First item
2. Second item
   • nested

School | Pupils | Staff
Elm    | 90     | 7
Oak    | 120    | 9

-- 3 --
"""
MAIL = (
    "From: Ana <ana@example.org>\nTo: Bo <bo@example.org>\nSubject: Coaches\nDate: Wed, 4 May 2016\n\n> We agreed.\n"
    + TEXT
)
MARKDOWN = """---
title: Autumn notes
date: 2017-10-12
---
# Autumn *notes*

Text with **bold**, `code`, a [link](http://example.org "title"), ![picture](x.png) and a footnote[^1].

> We were never asked.
> — A teacher

- one
  - two
    1. three

| School | Pupils |
|--------|-------:|
| Elm    | 90     |

```python
code
```

<details><summary>More</summary>hidden</details>

[^1]: The note.
"""
HTML = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Residency | Site</title>
<meta property="og:title" content="Residency"><script type="application/ld+json">{"@type": "Article", "author": {"name":
"Ana Ruiz"}, "datePublished": "2016-05-04"}</script></head><body><header><nav><ul><li><a href="/">Home</a></li></ul>
</nav></header><main><article><h1>Principal Residency</h1><p class="byline">By Ana Ruiz, May 4, 2016</p>
<p>The program prepares <b>assistant</b> principals&nbsp;for the day.<br>“I had a mentor,” explained Sam Okoro.</p>
<blockquote><p>I was never asked.</p><footer>— A teacher</footer></blockquote><table><tr><th>School</th><th>Pupils</th>
</tr><tr><td>Elm</td><td rowspan="2">90</td></tr></table><ol start="3"><li>one<ul><li>two</li></ul></li></ol>
<aside class="pullquote">I had a mentor</aside><figure><img alt="x"><figcaption>Caption</figcaption></figure>
<dl><dt>Term</dt><dd>Meaning</dd></dl><pre>as  it   is</pre></article></main><footer>© 2016</footer></body></html>
"""
VTT = """WEBVTT - Board

NOTE made by hand

1
00:00:01.000 --> 00:00:03.000 align:start
<v Ana Ruiz>We met <i>twice</i> in the old gymnasium

00:00:03.000 --> 00:00:05.000
- and both times it was cold.
- Was it?
"""
SRT = "1\n00:00:01,000 --> 00:00:03,000\nANA RUIZ: We met twice\n\n2\n00:00:03,000 --> 00:00:05,000\nand it was cold.\n"
TABLE = (
    "Our Rubric\n\nPRACTICE\tIN#\tGETTING STARTED\tGETTING BETTER\tKEEP IMPROVING\nSHARED WORK\n"
    '1. Leaders plan.\t1a\tThey meet now\tThey "meet"\tThey meet every week.\n'
    '\t1b\tNone do.\tSome do.\t"All, and\nmore"\n'
    "2. Leaders learn.\t2a\tFew read.\tMany read.\tAll read.\n"
)
CODEBOOK = """version: "1"
themes:
  - id: equity
    name: Equity
    definition: Who is left out, and what is done about it.
    include: [gaps, suspensions]
    exclude: []
    examples:
      - They looked at the figures.
    was: [fairness]
  - id: succession
    name: Succession
    definition: &d Who comes next.
    include: [*d]
"""
RUBRIC = """name: Leadership
levels: [first, last]
areas:
  - name: Shared work
    practices:
      - id: "12"
        text: Leaders plan.
        indicators:
          - id: 12a
            levels: {first: They meet., last: They meet each week.}
"""


def lines(*values: Any) -> bytes:
    """Return values as JSONL."""
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


PASSAGES = lines(
    {"id": "p1", "text": "We met."},
    {"id": "p2", "text": "We left.", "document_id": "d", "start": 9, "index": 1, "kind": "turn", "speaker": "Ana"},
)
QUOTES = lines({"id": "q1", "text": "We share", "context": "“We share,” said Ana."}, {"id": "q2", "text": "It works."})
THEME_LABELS = lines(
    {"id": "p1", "text": "They looked.", "themes": {"equity": 2}, "group": "a", "fold": 0, "coder": "ana", "open": []},
    {
        "id": "p1",
        "text": "They looked.",
        "themes": {"equity": 1},
        "group": "a",
        "fold": 0,
        "coder": "ben",
        "weight": 2.0,
    },
    {"id": "p2", "text": "Heading", "themes": {}, "kind": "heading", "document": "d", "asked": ["equity"]},
)
PRACTICE_LABELS = lines(
    {"id": "q1", "quote": "We share.", "context": "“We share.”", "practices": {"12a": 2}, "levels": {"12a": "first"}},
    {"id": "q2", "quote": "We wait.", "practices": {}, "open": ["12b"], "group": "b", "fold": 1},
)
ACCOUNTS = lines(
    {"id": "a1", "sentences": [{"text": "No one came.", "roles": ["problem"]}, {"text": "So.", "roles": []}]}
)
_ANCHOR = {"document": "a.txt", "start": 0, "end": 7, "text": "We met.", "before": "", "after": " Then"}
_LINE = {"coder": "ana", "at": "2026-11-22T10:41:07Z", "record_id": "p1", "anchor": _ANCHOR}
DECISIONS = lines(
    {"target": "passage", "id": "ana:1", **_LINE, "themes": {"equity": 2}, "open": [], "asked": ["equity"]},
    {"target": "quote", "id": "ana:2", **_LINE, "is_quote": True, "parts": [{"start": 0, "end": 2, "text": "We"}]},
    {
        "target": "practices",
        "id": "ana:3",
        **_LINE,
        "rubric": "Leadership",
        "practices": {"12a": 2},
        "levels": {"12a": "first"},
    },
    {"target": "undo", "id": "ana:4", "coder": "ana", "at": "2026-11-22T10:41:08Z", "undoes": "ana:2"},
)
TAGS = lines(
    {
        "id": "t1",
        "schema_version": 1,
        "document_id": "d1",
        "segment_id": None,
        "passage_id": "d1:p0",
        "theme": "equity",
        "p": 0.8,
        "threshold": 0.5,
        "decision": "yes",
        "source": "model",
        "coder": "themes-1",
        "model_version": "themes-1",
        "codebook_sha256": "0" * 64,
        "evidence": [{"start": 0, "end": 7, "weight": 1.0, "words": []}],
    }
)
GOLD = (
    "[b000] The first block\n\n[b001] “We met,” said Ana.\n\n[b002] The end.\n",
    '{"heading": "b000", "level": 1, "first": "b001", "last": "b002", "kind": "discussion", "sites": []}\n',
    '{"block": "b001", "text": "We met", "speaker": "Ana", "cue": "said", "practices": {"12b": 2}}\n',
    '{"block": "b001", "themes": {"succession": 2}, "disputed": ["equity"]}\n',
)
SQL = [
    b"SELECT id, title FROM documents WHERE title LIKE '%e%' ORDER BY 1 LIMIT 3",
    b"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9) SELECT i, printf('%5d', i) FROM n",
    b"SELECT count(*), group_concat(theme) FROM tags GROUP BY theme HAVING count(*) > 0",
]
EXPRESSIONS = [
    b"succession and (equity or culture_change) and not policy_resources",
    b'"equity" OR (not (succession))',
    "“Teacher leadership” and equity".encode(),
]
SEARCHES = [b'"exact phrase" OR lead* NOT (a AND b)', b"NEAR(one two, 5)", "“We met” léad".encode(), b"col:word ^first"]


# --- PDF: put together by hand; `packed` streams as programs write them -----------------------------------------------

_PAGE = b"""BT /F1 14 Tf 72 720 Td (What Lasted) Tj ET
BT /F1 10 Tf 12 TL 72 690 Td (Coaching was the largest sin-) Tj
T* (gle expense of the district.) Tj T* [(We ) -300 (met)]
TJ ET
BT /F1 10 Tf 1 0 0 1 320 690 Tm <5765206d6574> Tj ET
q 0.5 w 72 500 m 300 500 l S 72 480 200 40 re S 72 460 200 20 re f Q
/X1 Do
"""


def pdf(*, is_packed: bool = False) -> bytes:
    """Write a PDF of two pages with a font, a form, a table of contents, facts about itself, and a link."""
    stream = _packed_stream if is_packed else _stream
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /Outlines 9 0 R /PageLabels << /Nums [0 << /S /r >>] >> >>",
        b"<< /Type /Pages /Count 2 /Kids [3 0 R 4 0 R] /MediaBox [0 0 612 792] >>",
        b"<< /Type /Page /Parent 2 0 R /Contents 5 0 R /Resources << /Font << /F1 6 0 R >> /XObject << /X1 7 0 R >> >> "
        b"/Annots [<< /Subtype /Link /Rect [0 0 9 9] /A << /URI (http://example.org) >> >>] >>",
        b"<< /Type /Page /Parent 2 0 R /Contents [5 0 R 5 0 R] /Rotate 90 /Resources << /Font << /F1 6 0 R >> >> >>",
        stream(b"", _PAGE),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /FirstChar 32 /LastChar 34 /Widths [250 333 408] "
        b"/ToUnicode 8 0 R /Encoding << /BaseEncoding /WinAnsiEncoding /Differences [65 /A /B] >> >>",
        stream(b"/Type /XObject /Subtype /Form /BBox [0 0 99 99]", b"BT /F1 9 Tf 9 9 Td (inside a form) Tj ET"),
        stream(
            b"",
            b"begincmap 1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfrange <41> <43> <0041> endbfrange",
        ),
        b"<< /Type /Outlines /First 10 0 R /Last 10 0 R >>",
        b"<< /Title (What Lasted) /Parent 9 0 R /Dest [3 0 R /Fit] >>",
        b"<< /Title (What Lasted) /Author (Ana Ruiz) /CreationDate (D:20160504120000Z) >>",
    ]
    return _file(objects)


def _stream(about: bytes, content: bytes) -> bytes:
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (about, len(content), content)


def _packed_stream(about: bytes, content: bytes) -> bytes:
    return _stream(about + b" /Filter /FlateDecode", zlib.compress(content))


def _file(objects: Sequence[bytes]) -> bytes:
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    about = b"/Size %d /Root 1 0 R /Info %d 0 R" % (len(objects) + 1, len(objects))
    return body + head + table + b"trailer\n<< %s >>\nstartxref\n%d\n%%%%EOF\n" % (about, len(body))


# --- Word and Excel ---------------------------------------------------------------------------------------------------


def docx() -> bytes:
    """Write a Word document with headings, lists, tables, marked changes, a note and a box."""
    import docx as word  # noqa: PLC0415
    from docx.oxml import parse_xml  # noqa: PLC0415

    document = word.Document()
    document.core_properties.title, document.core_properties.author = "Spring meeting", "Ana Ruiz"
    document.add_heading("What the district did", 1)
    document.add_paragraph("They told us it was our school.", style="Quote")
    document.add_paragraph("— Bo Arden, teacher")
    document.add_paragraph("one", style="List Bullet")
    document.add_paragraph("• typed").paragraph_format.left_indent = 914400
    document.add_paragraph().add_run("A typed heading").bold = True
    table = document.add_table(2, 3)
    for row in table.rows:
        for cell in row.cells:
            cell.text = "a cell"
    table.cell(0, 0).merge(table.cell(1, 1))
    document.sections[0].header.paragraphs[0].text = "Running head"
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    changed = (
        "<w:r><w:t>kept </w:t></w:r><w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:ins><w:r><w:t>new</w:t>"
    )
    number = '<w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr>'
    document.element.body.insert(1, parse_xml(f"<w:p {space}>{number}{changed}</w:r></w:ins></w:p>"))
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def docx_table() -> bytes:
    """Write a rubric as a table of Word."""
    import docx as word  # noqa: PLC0415

    rows = [line.split("\t") for line in TABLE.replace("\nmore", " more").split("\n")[2:] if "\t" in line]
    document = word.Document()
    document.add_heading("Our Rubric", 0)
    table = document.add_table(len(rows), 5)
    for row, cells in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def xlsx() -> bytes:
    """Write a rubric as a workbook of two sheets."""
    import openpyxl  # noqa: PLC0415

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in TABLE.replace("\nmore", " more").split("\n"):
        sheet.append(line.split("\t"))
    other = book.create_sheet("Numbers")
    other.append([1, 2.5])
    other.append([True, "=1+1"])
    other.merge_cells("A1:B1")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def container() -> bytes:
    """Write a ZIP with XML and a picture."""
    return packed([("a.xml", b'<a b="1"><c>words</c></a>'), ("media/b.png", b"\x89PNG" + bytes(range(256)))])


# --- models -----------------------------------------------------------------------------------------------------------


def weights() -> bytes:
    """Write the arrays of a model."""
    import numpy as np  # noqa: PLC0415

    from pipeline.learning import model_files  # noqa: PLC0415

    return model_files.pack({"coef": np.zeros((2, 3)), "words": np.arange(6, dtype=np.uint8)})


def vectors() -> bytes:
    """Write a file of vectors as the index does: arrays, and what is said about them."""
    import numpy as np  # noqa: PLC0415
    from safetensors.numpy import save  # noqa: PLC0415

    return bytes(save({"passages": np.zeros((2, 3), np.float32)}, {"encoder": "made"}))


def config(weights_sha256: str) -> bytes:
    """Write the description of a model."""
    from pipeline.encoder import NAME  # noqa: PLC0415

    return msgspec.json.encode({"version": "themes-1", "encoder": NAME, "weights_sha256": weights_sha256})
