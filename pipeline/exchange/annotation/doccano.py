"""doccano (1.8): JSONL of projects "Text Classification" and "Sequence Labeling", out and back.

    out   {"text": "Nobody knew …", "label": ["succession"], "pop_id": "…:p0004", …}
          {"text": "…", "label": [[494, 806, "succession"]], …}
    back  the same with "id" and "Comments"; where people work apart, a ZIP with a file for each of them

Offsets count UTF-16 units, as its pages do (doccano#2290), unless a project counts "grapheme clusters". A file does not
tell whether somebody looked at a text: one whose labels are as they were given says nothing, and so does one without
any. The label "none" says that no theme is there.
"""

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any, Final

import msgspec

from pipeline.exchange.annotation.answers import Answer, Stretch
from pipeline.exchange.annotation.offsets import from_utf16, to_utf16
from pipeline.exchange.annotation.reading import decoded_lines, names, refused, required_text, text_of, whole
from pipeline.exchange.annotation.tasks import Asking, Task, facts_of
from pipeline.files import sha256_text
from pipeline.safe_zip import Limits, open_container

_WHAT = "an export of doccano"
_OF_ALL: Final = frozenset({"all", "unknown"})
"""Names of files that are no person's."""
_LIMITS: Final = Limits(unpacked=500_000_000)


def tasks(all_tasks: Sequence[Task], asking: Asking) -> bytes:
    """Return the tasks, one a line."""
    return b"".join(msgspec.json.encode(_task(task, asking)) + b"\n" for task in all_tasks)


def labels(asking: Asking) -> bytes:
    """Return the labels, to import under Labels > Actions > Import Labels."""
    made = [{"text": offer.label} for offer in asking.offers_and_none]
    return msgspec.json.format(msgspec.json.encode(made), indent=2) + b"\n"


def read(content: bytes, *, complete: bool = False) -> list[Answer]:
    """Read an export: JSONL, or a ZIP with a JSONL for each person.

    Args:
        content: the file.
        complete: every text was judged, also one that was left as it was or has no label.

    Raises:
        PipelineError: it is neither.
    """
    if not content.startswith(b"PK\x03\x04"):
        return _answers(content, None, "", complete=complete)
    return [
        answer
        for name, inner in _members(content)
        for answer in _answers(inner, _person(name), f"{name}, ", complete=complete)
    ]


def _task(task: Task, asking: Asking) -> dict[str, Any]:
    if asking.unit == "passage":
        given: list[Any] = [asking.label(mark) for mark in task.marks]
    else:
        given = [
            [to_utf16(task.text, mark.start), to_utf16(task.text, mark.end), asking.label(mark)] for mark in task.marks
        ]
    return {"text": task.text, "label": given, **facts_of(task, asking), "pop_given": _as_given(given)}


def _members(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the files of people in a ZIP."""
    with open_container(content, kind="ZIP", limits=_LIMITS) as archive:
        people = [name for name in archive.names if name.lower().endswith(".jsonl")]
        for name in people:
            yield name, archive.read(name)
    if not people:
        raise refused(_WHAT, "a ZIP without a .jsonl file")


def _person(name: str) -> str | None:
    stem = PurePosixPath(name).stem
    return None if stem.lower() in _OF_ALL else stem


def _answers(content: bytes, coder: str | None, where: str, *, complete: bool) -> list[Answer]:
    lines = decoded_lines(content, dict[str, Any], where.removesuffix(", ") or _WHAT)
    return [_answer(line, f"{where}line {number}", coder, complete=complete) for number, line in lines]


def _answer(line: dict[str, Any], place: str, coder: str | None, *, complete: bool) -> Answer:
    text = required_text(line.get("text"), f"{_WHAT}, {place}")
    given = line.get("label", line.get("labels"))
    entries = given if isinstance(given, list) else names(given)
    return Answer(
        place=place,
        text=text,
        facts=line,
        coder=coder,
        labels=[one for one in entries if isinstance(one, str)],
        stretches=[_stretch(one, text) for one in entries if isinstance(one, list) and len(one) == 3],
        is_judged=complete or (bool(entries) and line.get("pop_given") != _as_given(entries)),
    )


def _stretch(entry: Sequence[Any], text: str) -> Stretch:
    start, end, label = entry
    return Stretch(_place(text, start), _place(text, end), text_of(label))


def _place(text: str, told: Any) -> int:
    place = whole(told)
    return from_utf16(text, place) if place >= 0 else place


def _as_given(entries: Sequence[Any]) -> str:
    """Return labels as one word, by which it shows whether somebody changed them."""
    return sha256_text(*sorted(msgspec.json.encode(one).decode() for one in entries))[:12]
