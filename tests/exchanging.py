"""For tests of exchange: documents with hard words, output folders of hand-built records, and people who answer.

The people stand for the annotation tools: `completed` turns what was sent out into what each tool writes when somebody
hands in every task as it was suggested.
"""

import csv
import datetime
import io
import json
from pathlib import Path
from typing import Any

from builders import document, passage, quote, segment, tag
from hypothesis import strategies as st

from pipeline import jsonl
from pipeline.exchange.tables.shaping import valid_names
from pipeline.forms.grid import Grid
from pipeline.records import Bundle, Passage

HARD = [
    "🎓 They train 👩🏽‍🏫 their own.", "a line\r\nand another", "one\ttwo", "“said,” he; \"said\", 'said'", "a,b;c|d",
    "=cmd()|'/c calc'!A1", "+1 -1 @x", "\x01\x1f control \x7f", "\N{RIGHT-TO-LEFT OVERRIDE}عربي עברית", "é\u0301 ﬁ ß",
    "100% of {R&D} #1 _x_ $5 ~ ^ \\ end", "<b>bold</b> &amp;", "_x0041_ #N/A", "\\n is no break", "x" * 10_000,
]  # fmt: skip

WORDS = st.one_of(
    st.sampled_from(HARD),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=80),
)
"""Texts of passages: never empty, and never without any letter, by which words are found again."""

SOME = st.lists(WORDS.map(lambda words: f"{words} plan"), min_size=1, max_size=5)


def made_of(texts: list[str], **changes: Any) -> Bundle:
    """Return a document of these passages, with a segment over all, a quote in each, and tags of a model."""
    doc = document("\n\n".join(texts), **changes)
    members: list[Passage] = []
    start = 0
    for index, text in enumerate(texts):
        place = {"id": f"{doc.id}:p{index:04d}", "index": index, "start": start, "end": start + len(text)}
        members.append(passage(doc, text, **place))
        start += len(text) + 2
    tags = [tag(one, "succession", 0.84) for one in members[::2]]
    tags += [tag(one, "equity", 0.41, decision="review", grade=1) for one in members[1::2]]
    tags = [one for member in members for one in tags if one.passage_id == member.id]
    whole = segment(members)
    return Bundle(
        document=doc,
        passages=members,
        segments=[whole],
        tags=tags,
        quotes=[quote(one, speaker=None) for one in members],
    )


def written(folder: Path, *bundles: Bundle) -> Path:
    """Write documents with their records as an output folder, and return it."""
    for kind in ("passages", "segments", "quotes", "tags", "mappings"):
        jsonl.write(folder / f"{kind}.jsonl", [one for bundle in bundles for one in getattr(bundle, kind)])
    jsonl.write(folder / "documents.jsonl", [bundle.document for bundle in bundles])
    return folder


def completed(tool: str, content: bytes, who: str = "ana@school.example", form: str = "") -> bytes:
    """Return what a tool exports when a person handed in all tasks as they were suggested.

    Args:
        tool: whose.
        content: the tasks.
        who: the person.
        form: of Label Studio: "" (JSON), "min" or "csv".
    """
    return {"label-studio": _label_studio, "prodigy": _prodigy, "doccano": _doccano, "argilla": _argilla}[tool](
        content, who, form
    )


def _label_studio(content: bytes, who: str, form: str) -> bytes:
    at = "2026-11-22T10:41:07.123456Z"
    tasks = json.loads(content)
    for number, task in enumerate(tasks, start=1):
        results = [one for made in task.pop("predictions", []) for one in made["result"]]
        annotation = {"id": number, "completed_by": {"id": 3, "email": who}, "was_cancelled": False, "updated_at": at}
        task |= {"id": number, "annotations": [annotation | {"result": results}]}
    if not form:
        return json.dumps(tasks).encode()
    rows = [_minimal(task, who, at) for task in tasks]
    if form == "min":
        return json.dumps(rows, ensure_ascii=False).encode()
    return _as_csv(rows)


def _minimal(task: dict[str, Any], who: str, at: str) -> dict[str, Any]:
    """Return a task as JSON-MIN has it: one choice is a word, several are an object, labels a list."""
    row = {**task["data"], "id": task["id"], "annotator": who, "annotation_id": task["id"], "updated_at": at}
    results = task["annotations"][0]["result"]
    chosen = [label for one in results if one["type"] == "choices" for label in one["value"]["choices"]]
    spans = [one["value"] for one in results if one["type"] == "labels"]
    if chosen:
        row["themes"] = chosen[0] if len(chosen) == 1 else {"choices": chosen}
    return row | ({"label": spans} if spans else {})


def _as_csv(rows: list[dict[str, Any]]) -> bytes:
    names = sorted({name for row in rows for name in row})
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, names, quoting=csv.QUOTE_NONNUMERIC)
    writer.writeheader()
    for row in rows:
        writer.writerow(
            {n: json.dumps(v, ensure_ascii=False) if isinstance(v, dict | list) else v for n, v in row.items()}
        )
    return stream.getvalue().encode()


def _prodigy(content: bytes, who: str, _form: str) -> bytes:
    told = {"answer": "accept", "_timestamp": 1_795_344_067, "_annotator_id": who, "_input_hash": 1, "_task_hash": 2}
    return b"".join(json.dumps(json.loads(line) | told).encode() + b"\n" for line in content.splitlines())


def _doccano(content: bytes, _who: str, _form: str) -> bytes:
    lines = [json.loads(line) for line in content.decode().split("\n") if line]
    made = [{"id": i, **line, "label": sorted(line["label"]), "Comments": []} for i, line in enumerate(lines, start=1)]
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in made).encode()


def _argilla(content: bytes, who: str, _form: str) -> bytes:
    records = json.loads(content)
    for one in records:
        value = one["suggestions"].get("themes", {}).get("value", [])
        one["responses"] = {"themes": [{"value": value, "user_id": who, "status": "submitted"}]}
    return json.dumps(records).encode()


def differences(grid: Grid, rows: list[dict[str, Any]], form: str) -> list[tuple[int, str, Any, Any]]:
    """Return the cells of a table that are not as they were sent: row, column, what was sent, what came back.

    What a form cannot tell apart counts as the same: nothing and no words, 1 and true, a day and its date.
    """
    names = valid_names(grid.names) if form in {"sav", "dta"} else grid.names
    if len(rows) != len(grid.rows):
        return [(-1, "rows", len(grid.rows), len(rows))]
    pairs = zip(grid.rows, rows, strict=True)
    return [
        (number, name, value, row.get(name))
        for number, (sent, row) in enumerate(pairs)
        for name, value in zip(names, sent, strict=True)
        if _plain(value) != _plain(row.get(name))
    ]


def _plain(value: Any) -> Any:
    """Return a cell as every form can show it."""
    if value is None or value == "" or value == []:
        return None
    if isinstance(value, bool | int | float):
        return str(round(float(value), 6))
    if isinstance(value, list):
        return "; ".join(value)
    if isinstance(value, datetime.datetime | datetime.date):
        return value.isoformat()[:10]
    try:
        return str(round(float(value), 6)) if value.isascii() else value
    except ValueError:
        return value
