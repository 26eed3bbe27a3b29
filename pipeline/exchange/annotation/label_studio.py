"""Label Studio (1.8 and later): tasks with predictions, the labelling interface, and its exports read back.

    out   [{"data": {"text": "Nobody knew …", "pop_id": "…:p0004", …},
            "predictions": [{"model_version": "themes-…", "score": 0.84, "result": [{"type": "choices", …}]}]}]
    back  JSON (tasks with annotations), JSON-MIN, CSV and TSV

Offsets in text count code points (label-studio-frontend#308; earlier versions counted UTF-16 units, and are not read
right behind an emoji).
"""

import codecs
import csv
import io
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any
from xml.sax.saxutils import quoteattr

import msgspec

from pipeline import safe_json
from pipeline.exchange.annotation.answers import Answer, Stretch
from pipeline.exchange.annotation.reading import NO_TEXT, decoded, dicts, names, refused, text_of, utc, whole
from pipeline.exchange.annotation.tasks import Asking, Mark, Task, facts_of, suggested

TEXT, CHOICES, LABELS = "text", "themes", "label"
_WHAT = "an export of Label Studio"
_COLORS = ("#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#bbbbbb")


class _Annotation(msgspec.Struct):
    """What one person made of a task."""

    completed_by: Any = None
    result: list[dict[str, Any]] | None = None
    was_cancelled: bool = False
    created_at: str | None = None
    updated_at: str | None = None


class _Task(msgspec.Struct):
    """A task of the JSON export."""

    data: dict[str, Any]
    id: int | str | None = None
    annotations: list[_Annotation] = []


def tasks(all_tasks: Sequence[Task], asking: Asking) -> bytes:
    """Return the tasks as a file to import."""
    made = [_task(task, asking) for task in all_tasks]
    return msgspec.json.format(msgspec.json.encode(made), indent=1) + b"\n"


def interface(asking: Asking) -> bytes:
    """Return the labelling interface, to paste into the settings of the project."""
    shown = "Choice" if asking.unit == "passage" else "Label"
    entries = [
        f"    <{shown} value={quoteattr(offer.name)} alias={quoteattr(offer.label)} hint={quoteattr(offer.definition)}"
        + (f' background="{_COLORS[place % len(_COLORS)]}"' if shown == "Label" else "")
        + "/>"
        for place, offer in enumerate(asking.offers)
    ]
    if asking.unit == "passage":
        first, last = f'  <Choices name="{CHOICES}" toName="{TEXT}" choice="multiple">', "  </Choices>"
    else:
        first, last = f'  <Labels name="{LABELS}" toName="{TEXT}" choice="multiple">', "  </Labels>"
    control = [first, *entries, last]
    shown_text = f'  <Text name="{TEXT}" value="$text"/>'
    ordered = [*control, shown_text] if asking.unit == "document" else [_HEADER, shown_text, *control]
    return "\n".join(["<View>", *ordered, "</View>", ""]).encode()


_HEADER = '  <Header value="$where"/>'


def read(content: bytes) -> list[Answer]:
    """Read an export: JSON, JSON-MIN, CSV or TSV.

    Raises:
        PipelineError: it is none of these.
    """
    bare = content.removeprefix(codecs.BOM_UTF8).lstrip()
    if not bare.startswith((b"[", b"{")):
        return [_of_row(row, number) for number, row in enumerate(_rows(content), start=1)]
    entries = decoded(bare if bare.startswith(b"[") else b"[" + bare + b"]", list[dict[str, Any]], _WHAT)
    if any("annotations" in one or "data" in one for one in entries):
        return [answer for number, task in enumerate(entries, start=1) for answer in _of_task(task, number)]
    return [_of_row(row, number) for number, row in enumerate(entries, start=1)]


def _task(task: Task, asking: Asking) -> dict[str, Any]:
    data = {"text": task.text, "where": _where(task), **facts_of(task, asking)}
    if asking.blind:
        return {"data": data}
    data["suggested"] = suggested(task)
    return {"data": data, "predictions": [_prediction(task, asking)]}


def _where(task: Task) -> str:
    page = f"p. {task.page}" if task.page else None
    return " · ".join(dict.fromkeys(part for part in (task.title or task.document, task.heading, page) if part))


def _prediction(task: Task, asking: Asking) -> dict[str, Any]:
    """Return what the model suggests; its score is the lowest p, by which the doubtful tasks can be put first."""
    results = _choices(task, asking) if asking.unit == "passage" else _spans(task, asking)
    score = min((mark.p for mark in task.marks), default=1.0)
    return {"model_version": asking.model or "pop", "score": score, "result": results}


def _choices(task: Task, asking: Asking) -> list[dict[str, Any]]:
    if not task.marks:
        return []
    chosen = [asking.label(mark) for mark in task.marks]
    common = {"id": "themes", "from_name": CHOICES, "to_name": TEXT, "type": "choices"}
    return [common | {"value": {"choices": chosen}}]


def _spans(task: Task, asking: Asking) -> list[dict[str, Any]]:
    places: dict[tuple[int, int], list[Mark]] = defaultdict(list)
    for mark in task.marks:
        places[mark.start, mark.end].append(mark)
    return [
        {
            "id": f"{start}-{end}",
            "from_name": LABELS,
            "to_name": TEXT,
            "type": "labels",
            "score": min(mark.p for mark in marks),
            "value": {
                "start": start,
                "end": end,
                "text": task.text[start:end],
                "labels": [asking.label(mark) for mark in marks],
            },
        }
        for (start, end), marks in sorted(places.items())
    ]


def _of_task(entry: dict[str, Any], number: int) -> Iterator[Answer]:
    """Yield what each person said of a task; nothing where nobody did."""
    task = msgspec.convert(_checked(entry, number), _Task)
    place = f"task {task.id if task.id is not None else number}"
    for one in task.annotations:
        results = one.result or []
        values = [(result.get("type"), result.get("value")) for result in results]
        yield Answer(
            place=place,
            text=text_of(task.data.get("text")),
            facts=task.data,
            coder=_who(one.completed_by),
            labels=[label for kind, value in values if kind == "choices" for label in _chosen(value)],
            stretches=[one for kind, value in values if kind == "labels" for one in _stretches(value)],
            is_judged=not one.was_cancelled,
            at=utc(one.updated_at or one.created_at),
        )


def _checked(entry: dict[str, Any], number: int) -> dict[str, Any]:
    try:
        msgspec.convert(entry, _Task)
    except msgspec.ValidationError as error:
        raise refused(f"{_WHAT}, task {number}", str(error)) from error
    return entry


def _of_row(row: dict[str, Any], number: int) -> Answer:
    """Return the answer of an entry of JSON-MIN, or of a row of CSV, which has the same names."""
    spans = _parsed(row.get(LABELS))
    return Answer(
        place=f"task {row.get('id', number)}",
        text=text_of(row.get("text")),
        facts=row,
        coder=_who(row.get("annotator")),
        labels=_chosen(_parsed(row.get(CHOICES))),
        stretches=[one for span in dicts(spans) for one in _stretches(span)],
        is_judged=row.get("annotation_id") not in (None, ""),
        at=utc(row.get("updated_at") or row.get("created_at")),
    )


def _chosen(value: Any) -> list[str]:
    """Return the choices: of {"choices": […]}, of a list, or a single one."""
    return names(value.get("choices")) if isinstance(value, dict) else names(value)


def _stretches(value: Any) -> list[Stretch]:
    if not isinstance(value, dict):
        return []
    start, end = whole(value.get("start")), whole(value.get("end"))
    return [Stretch(start, end, label) for label in names(value.get("labels"))]


def _parsed(cell: Any) -> Any:
    """Return what a cell of a CSV holds: JSON, or words."""
    if not isinstance(cell, str) or not cell.startswith(("{", "[")):
        return cell
    try:
        return safe_json.decode(cell, object)
    except msgspec.DecodeError:
        return cell


def _who(told: Any) -> str | None:
    """Return the name of a person: an address, or the number that the tool gives everyone."""
    if isinstance(told, dict):
        told = told.get("email") or told.get("id")
    if isinstance(told, int) and not isinstance(told, bool):
        return f"annotator-{told}"
    name = text_of(told).strip()
    return f"annotator-{name}" if name.isdecimal() else name or None


def _rows(content: bytes) -> Iterator[dict[str, Any]]:
    try:
        text = content.decode("utf-8-sig")
        first = text.partition("\n")[0]
        delimiter = "\t" if first.count("\t") > first.count(",") else ","
        csv.field_size_limit(2**31 - 1)
        rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        for row in rows:
            yield {name: cell for name, cell in row.items() if isinstance(name, str)}
    except UnicodeDecodeError as error:
        raise refused(_WHAT, NO_TEXT) from error
    except csv.Error as error:
        raise refused(_WHAT, str(error)) from error
    if not {"annotator", "text"} <= set(rows.fieldnames or ()):
        raise refused(_WHAT, "neither JSON nor a table with the columns text and annotator")
