"""Targets for files of other programs: QDA programs, annotation tools, tables, web annotations."""

import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.fuzz.mutations import packed
from tests.fuzz.seeds import lines

_A, _B, _C, _D = (f"{digit}" * 8 + "-0000-4000-8000-" + f"{digit}" * 12 for digit in "1234")
_QDE = f"""<?xml version="1.0" encoding="utf-8"?>
<Project xmlns="urn:QDA-XML:project:1.0" name="Made" origin="NVivo" creationDateTime="2026-11-22T10:41:07Z">
<Users><User guid="{_A}" name="Ana"/></Users>
<CodeBook><Codes><Code guid="{_B}" name="Equity" isCodable="true" color="#ff0000"><Description>Who is left out.
</Description><Code guid="{_C}" name="Succession" isCodable="true"/></Code></Codes></CodeBook>
<Cases><Case guid="{_D}" name="Elm"><VariableValue><VariableRef targetGUID="{_C}"/><TextValue>x</TextValue>
</VariableValue></Case></Cases>
<Sources><TextSource guid="{_D}" name="a.txt" plainTextPath="internal://{_D}.txt" creatingUser="{_A}">
<PlainTextSelection guid="{_C}" name="words" startPosition="0" endPosition="7"><Coding guid="{_A}" creatingUser="{_A}">
<CodeRef targetGUID="{_B}"/></Coding></PlainTextSelection></TextSource>
<TextSource guid="{_B}" name="b"><PlainTextContent>We met. They left.</PlainTextContent></TextSource></Sources>
<Notes><Note guid="{_A}" name="memo"><PlainTextContent>x</PlainTextContent></Note></Notes>
</Project>
"""
_QDC = f"""<?xml version="1.0" encoding="utf-8"?>
<CodeBook xmlns="urn:QDA-XML:codebook:1.0" origin="made"><Codes><Code guid="{_A}" name="Equity" isCodable="true">
<Description>Who is left out.</Description></Code></Codes>
<Sets><Set guid="{_B}" name="s"><MemberCode guid="{_A}"/></Set></Sets></CodeBook>
"""
_ROWS = [
    {"document": "a.txt", "passage": "p1", "text": "We met.", "theme": "equity", "p": 0.8, "decision": "yes", "n": 1},
    {"document": "a.txt", "passage": "p2", "text": "They left; “so”", "theme": "", "p": 0.1, "decision": "no", "n": 2},
]


def qdpx() -> bytes:
    """Write a project of a QDA program."""
    return packed(
        [("project.qde", _QDE.encode()), (f"sources/{_D}.txt", b"We met.\r\nThey left."), ("sources/a.png", b"\x89P")]
    )


def qdc() -> bytes:
    """Write a codebook of a QDA program."""
    return _QDC.encode()


_META = {"passage_id": "p1", "document_id": "d", "theme": "equity"}
LABEL_STUDIO = json.dumps(
    [
        {
            "id": 1,
            "data": {"text": "We met.", **_META},
            "annotations": [
                {
                    "completed_by": {"email": "ana@example.org"},
                    "was_cancelled": False,
                    "updated_at": "2026-11-22T10:41:07Z",
                    "result": [
                        {"type": "choices", "from_name": "themes", "to_name": "text", "value": {"choices": ["equity"]}},
                        {"type": "labels", "value": {"start": 0, "end": 2, "text": "We", "labels": ["equity"]}},
                    ],
                }
            ],
        }
    ]
).encode()
PRODIGY = lines(
    {
        "text": "We met.",
        "accept": ["equity"],
        "answer": "accept",
        "_annotator_id": "ana",
        "_timestamp": 1,
        "meta": _META,
    },
    {"text": "We met.", "spans": [{"start": 0, "end": 2, "label": "equity"}], "answer": "reject"},
)
DOCCANO = lines(
    {"id": 1, "text": "We met.", "label": ["equity"], "Comments": [], "username": "ana", **_META},
    {"id": 2, "text": "We met.", "label": [[0, 2, "equity"]]},
    {"id": 3, "text": "We met.", "entities": [{"start_offset": 0, "end_offset": 2, "label": "equity"}], "cats": []},
)
ARGILLA = lines(
    {
        "id": "1",
        "fields": {"text": "We met."},
        "metadata": _META,
        "responses": {"themes": [{"value": ["equity"], "user_id": "ana", "status": "submitted"}]},
        "suggestions": {"themes": {"value": ["equity"], "score": [0.5], "agent": "model"}},
    }
)
WEB = json.dumps(
    {
        "@context": "http://www.w3.org/ns/anno.jsonld",
        "type": "AnnotationCollection",
        "first": {
            "type": "AnnotationPage",
            "items": [
                {
                    "type": "Annotation",
                    "creator": {"type": "Person", "name": "ana"},
                    "created": "2026-11-22T10:41:07Z",
                    "body": [{"type": "TextualBody", "purpose": "tagging", "value": "equity"}],
                    "target": {
                        "source": "urn:x/a.txt",
                        "selector": [
                            {"type": "TextQuoteSelector", "exact": "We met.", "prefix": "", "suffix": " T"},
                            {"type": "TextPositionSelector", "start": 0, "end": 7},
                        ],
                    },
                }
            ],
        },
    }
).encode()


def csv() -> bytes:
    """Write a table as text."""
    import pandas as pd  # noqa: PLC0415

    return pd.DataFrame(_ROWS).to_csv(index=False).encode()


def xlsx() -> bytes:
    """Write the same as a workbook."""
    import openpyxl  # noqa: PLC0415

    book, out = openpyxl.Workbook(), io.BytesIO()
    assert book.active is not None
    for row in ([*_ROWS[0]], *([*row.values()] for row in _ROWS)):
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def parquet() -> bytes:
    """Write the same as Parquet."""
    import pandas as pd  # noqa: PLC0415

    out = io.BytesIO()
    pd.DataFrame(_ROWS).to_parquet(out)
    return out.getvalue()


def dta() -> bytes:
    """Write the same for Stata."""
    import pandas as pd  # noqa: PLC0415

    out = io.BytesIO()
    pd.DataFrame(_ROWS).to_stata(out, write_index=False, version=118)
    return out.getvalue()


def sav(folder: Path) -> bytes:
    """Write the same for SPSS."""
    import pandas as pd  # noqa: PLC0415
    import pyreadstat  # noqa: PLC0415

    path = folder / "seed.sav"
    pyreadstat.write_sav(pd.DataFrame(_ROWS), str(path))
    return path.read_bytes()


Reader = Callable[[bytes], object]


def refi(at: Callable[[str, bytes], Path]) -> dict[str, Reader]:
    """Return the readers of REFI-QDA; `at`: writes a file of a name."""
    from pipeline.exchange.refi import codebook_file, reading  # noqa: PLC0415

    def project(content: bytes) -> object:
        return reading.read(at("a.qdpx", content)), codebook_file.read_codebook(at("b.qdpx", content))

    return {"qdpx": project, "qdc": lambda content: codebook_file.read_codebook(at("a.qdc", content))}


def tools() -> dict[str, tuple[bytes, Reader]]:
    """Return the readers of annotation tools, each with a file."""
    from pipeline.exchange import web_annotation_reading  # noqa: PLC0415
    from pipeline.exchange.annotation import argilla, doccano, label_studio, prodigy  # noqa: PLC0415

    return {
        "label-studio": (LABEL_STUDIO, label_studio.read),
        "prodigy": (PRODIGY, prodigy.read),
        "doccano": (DOCCANO, doccano.read),
        "argilla": (ARGILLA, argilla.read),
        "web-annotation": (WEB, web_annotation_reading.read),
    }


def tables(at: Callable[[str, bytes], Path]) -> dict[str, tuple[Callable[[], Sequence[bytes]], Reader]]:
    """Return the readers of tables, each with what makes a file."""
    from pipeline.exchange.tables import reading  # noqa: PLC0415

    def reader(ending: str) -> Reader:
        return lambda content: reading.read(at(f"table{ending}", content))

    makers: dict[str, Callable[[], bytes]] = {
        ".csv": csv,
        ".xlsx": xlsx,
        ".parquet": parquet,
        ".dta": dta,
        ".sav": lambda: sav(at("seed", b"").parent),
    }
    return {f"table{ending}": (lambda make=make: [make()], reader(ending)) for ending, make in makers.items()}  # type: ignore[misc]
