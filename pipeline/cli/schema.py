"""pop schema."""

import json

import click

from pipeline.records import RECORD_TYPES, json_schema


@click.command("schema")
@click.argument("name", type=click.Choice(list(RECORD_TYPES)))
def command(name: str) -> None:
    """Print the JSON Schema of the records in NAME.jsonl."""
    click.echo(json.dumps(json_schema(name), indent=2, ensure_ascii=False))
