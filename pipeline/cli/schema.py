"""pop schema."""

import json

import click

from pipeline.records import RECORD_TYPES, json_schema

LABELS = ("theme_labels", "practice_labels")


@click.command("schema")
@click.argument("name", type=click.Choice([*RECORD_TYPES, *LABELS]))
def command(name: str) -> None:
    """Print the JSON Schema of the records in NAME.jsonl, or of the labels that pop train reads."""
    click.echo(json.dumps(_label_schema(name) if name in LABELS else json_schema(name), indent=2, ensure_ascii=False))


def _label_schema(name: str) -> dict[str, object]:
    import msgspec  # noqa: PLC0415

    from pipeline.learning.labels import PracticeLabel, ThemeLabel  # noqa: PLC0415 - imports numpy

    return msgspec.json.schema(ThemeLabel if name == "theme_labels" else PracticeLabel)
