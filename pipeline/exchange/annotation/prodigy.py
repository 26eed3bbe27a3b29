"""Prodigy (1.11 and later): tasks of its interfaces `choice` and `spans_manual`, and the JSONL of `prodigy db-out`.

    out   {"text": "Nobody knew …", "options": [{"id": "succession", …}, …], "accept": ["succession"],
           "meta": {"document": "notes/spring.txt", "page": 3, "p": "succession 0.84"}, "pop_id": "…:p0004", …}
    back  the same with "answer": "accept", and "_annotator_id" where several people worked

An accepted task is judged; one that was rejected or ignored is not. A task with a single "label", as `textcat.teach`
makes them, is a judgement of that theme: accepted there, rejected not. Offsets count code points.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from pipeline.exchange.annotation.answers import Answer, Stretch
from pipeline.exchange.annotation.reading import decoded_lines, dicts, names, required_text, text_of, utc, whole
from pipeline.exchange.annotation.tasks import Asking, Task, facts_of, suggested

_SHOWN = ("document", "title", "heading", "page")


def tasks(all_tasks: Sequence[Task], asking: Asking) -> bytes:
    """Return the tasks, one a line."""
    return b"".join(msgspec.json.encode(_task(task, asking)) + b"\n" for task in all_tasks)


def settings(asking: Asking) -> bytes:
    """Return settings for prodigy.json: several choices, and the labels of `spans_manual`."""
    made: dict[str, Any] = {"choice_style": "multiple", "choice_auto_accept": False}
    if asking.unit == "document":
        made = {"labels": [offer.label for offer in asking.offers]}
    return msgspec.json.format(msgspec.json.encode(made), indent=2) + b"\n"


def read(content: bytes) -> list[Answer]:
    """Read what `prodigy db-out` writes.

    Raises:
        PipelineError: a line is no task.
    """
    return [_answer(task, number) for number, task in decoded_lines(content, dict[str, Any], "a file of Prodigy")]


def _task(task: Task, asking: Asking) -> dict[str, Any]:
    facts = facts_of(task, asking)
    meta: dict[str, Any] = {name: facts[name] for name in _SHOWN if name in facts}
    if not asking.blind and task.marks:
        meta["p"] = suggested(task)
    made: dict[str, Any] = {"text": task.text, "meta": meta}
    if asking.unit == "passage":
        made["options"] = [{"id": offer.label, "text": offer.name} for offer in asking.offers]
        made["accept"] = [asking.label(mark) for mark in task.marks]
    else:
        made["spans"] = [
            {"start": mark.start, "end": mark.end, "label": asking.label(mark), "p": mark.p} for mark in task.marks
        ]
    return made | facts


def _answer(task: dict[str, Any], number: int) -> Answer:
    answer = task.get("answer")
    single = text_of(task.get("label"))
    labels = names(task.get("accept"))
    if single:
        labels = [single] if answer == "accept" else []
    offered = [one.get("id") for one in dicts(task.get("options"))]
    told = task.get("_annotator_id") or task.get("_session_id")
    return Answer(
        place=f"line {number}",
        text=required_text(task.get("text"), f"a file of Prodigy, line {number}"),
        facts=task,
        coder=text_of(told) or None,
        labels=labels,
        stretches=_stretches(task.get("spans")),
        is_judged=answer == "accept" or (bool(single) and answer == "reject"),
        at=utc(task.get("_timestamp")),
        asked=[single] if single else _themes(offered, task),
    )


def _themes(offered: Sequence[Any], task: dict[str, Any]) -> list[str] | None:
    """Return what was asked, of a task that was not made here: its options; otherwise the task says it."""
    if "pop_themes" in task or not offered:
        return None
    return [one for one in offered if isinstance(one, str)]


def _stretches(spans: Any) -> list[Stretch]:
    return [
        Stretch(whole(span.get("start")), whole(span.get("end")), text_of(span.get("label")))
        for span in dicts(spans)
        if span.get("label")
    ]
