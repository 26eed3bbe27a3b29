"""Argilla (2.x): records with suggestions, the settings of their dataset, and the records read back.

    out   [{"id": "…:p0004", "fields": {"text": "Nobody knew …"}, "metadata": {"pop_start": 494, …},
            "suggestions": {"themes": {"value": ["succession"], "score": [0.84], "agent": "themes-…"}}, …}]
    back  the same with "responses": {"themes": [{"value": ["succession"], "user_id": "…", "status": "submitted"}]}

`Dataset.records.from_json` takes the first, `Dataset.records.to_json` writes the second; `to_list(flatten=True)`
writes "themes.responses" and the like, which is read as well. Only submitted responses count; where the status is not
told, all do.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from pipeline.exchange.annotation.answers import Answer
from pipeline.exchange.annotation.reading import decoded, decoded_lines, dicts, names, required_text, text_of, utc
from pipeline.exchange.annotation.tasks import Asking, Task, facts_of

QUESTION, FIELD = "themes", "text"
_WHAT = "records of Argilla"
_FEWEST_SHOWN = 3


def tasks(all_tasks: Sequence[Task], asking: Asking) -> bytes:
    """Return the records as a JSON list, as `Dataset.records.from_json` reads it."""
    made = [_record(task, asking) for task in all_tasks]
    return msgspec.json.format(msgspec.json.encode(made), indent=1) + b"\n"


def settings(asking: Asking) -> bytes:
    """Return the settings of the dataset, as `Settings.from_json` reads them."""
    offers = asking.offers_and_none
    question = {
        "name": QUESTION,
        "title": "Which themes is this passage about?",
        "description": None,
        "required": True,
        "settings": {
            "type": "multi_label_selection",
            "options": [{"value": offer.label, "text": offer.name, "description": None} for offer in offers],
            "visible_options": len(offers) if len(offers) >= _FEWEST_SHOWN else None,
            "options_order": "natural",
        },
    }
    field = {"name": FIELD, "title": "Passage", "required": True, "settings": {"type": "text", "use_markdown": False}}
    guidelines = "\n\n".join(f"**{offer.name}** {offer.definition}" for offer in offers)
    made = {
        "guidelines": guidelines,
        "questions": [question],
        "fields": [field],
        "vectors": [],
        "metadata": [],
        "allow_extra_metadata": True,
    }
    return msgspec.json.format(msgspec.json.encode(made), indent=1) + b"\n"


def read(content: bytes) -> list[Answer]:
    """Read records: a JSON list, or one a line.

    Raises:
        PipelineError: they are neither.
    """
    if content.lstrip().startswith(b"["):
        records = list(enumerate(decoded(content, list[dict[str, Any]], _WHAT), start=1))
    else:
        records = decoded_lines(content, dict[str, Any], _WHAT)
    return [answer for number, record in records for answer in _answers(record, number)]


def _record(task: Task, asking: Asking) -> dict[str, Any]:
    suggestion = {
        "value": [asking.label(mark) for mark in task.marks],
        "score": [mark.p for mark in task.marks],
        "agent": asking.model or "pop",
    }
    return {
        "id": task.id,
        "fields": {FIELD: task.text},
        "metadata": facts_of(task, asking),
        "suggestions": {QUESTION: suggestion} if task.marks else {},
        "responses": {},
        "vectors": {},
    }


def _answers(record: dict[str, Any], number: int) -> Iterator[Answer]:
    """Yield what each person said of a record."""
    fields, metadata = (record.get(name) for name in ("fields", "metadata"))
    texts = fields if isinstance(fields, dict) else record
    facts = metadata if isinstance(metadata, dict) else record
    own = {"pop_id": record.get("id"), **{name.removeprefix("metadata."): value for name, value in facts.items()}}
    text = required_text(texts.get(FIELD), f"{_WHAT}, record {number}")
    for value, who, status in _responses(record):
        yield Answer(
            place=f"record {number}",
            text=text,
            facts=own,
            coder=who,
            labels=names(value),
            is_judged=value is not None and status in {None, "submitted"},
            at=utc(record.get("updated_at")),
        )


def _responses(record: dict[str, Any]) -> Iterator[tuple[Any, str | None, str | None]]:
    """Yield the value, the person and the status of each response, in either form."""
    nested = record.get("responses")
    if isinstance(nested, dict):
        for one in dicts(nested.get(QUESTION)):
            yield one.get("value"), text_of(one.get("user_id")) or None, text_of(one.get("status")) or None
        return
    values = record.get(f"{QUESTION}.responses") or []
    people = names(record.get(f"{QUESTION}.responses.users"))
    states = names(record.get(f"{QUESTION}.responses.status"))
    for place, value in enumerate(values if isinstance(values, list) else []):
        yield value, _at(people, place), _at(states, place)


def _at(entries: Sequence[str], place: int) -> str | None:
    return entries[place] if place < len(entries) else None
