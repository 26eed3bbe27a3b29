"""`pop why`: traces a record back."""

from pathlib import Path
from typing import Any

import click

from pipeline.cli import options, screen
from pipeline.files import write_bytes


@click.command("why")
@click.argument("record", metavar="ID")
@click.option("--again", is_flag=True, help="Also ask the program again, without people, and models that are kept.")
@click.option("--quick", is_flag=True, help="Leave out the labels behind a tag or mapping.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "json"]),
    help="Form.  [default: text; markdown or json where --output ends so]",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write to this file."
)
@options.OUTPUTS
@options.CORPUS
@click.option(
    "--labels",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Decisions of people.  [default: labels/ of the corpus]",
)
@options.MODELS
@options.CODEBOOK
@options.RUBRIC
def command(
    *, record: str, again: bool, quick: bool, form: str | None, as_json: bool, output: Path | None, **places: Any
) -> None:
    """Say why a record is there: document, words, rule or model, settings, instrument, labels behind it, people.

    ID: of any record in the outputs (as pop query --json, the report and the stage files show it), or a beginning that
    only one has; SEGMENT:aN is the Nth sentence of a problem's anatomy.
    """
    from pipeline.why import Source, trace  # noqa: PLC0415 - reads models, and only this command needs it

    corpus = options.corpus_or_default(places["corpus"])
    source = Source(places["outputs"], options.tools(places), corpus)
    found = trace(source, record, labels=not quick, again=again)
    content = _content(found, "json" if as_json else form or _form_of(output))
    if output is None:
        screen.put(content)
    else:
        write_bytes(output, content.encode())


def _form_of(output: Path | None) -> str:
    return {".md": "markdown", ".json": "json"}.get(output.suffix.lower() if output else "", "text")


def _content(found: Any, form: str) -> str:
    import msgspec  # noqa: PLC0415

    from pipeline.why import printing  # noqa: PLC0415
    from pipeline.why.sections import sections  # noqa: PLC0415

    if form == "json":
        return msgspec.json.format(msgspec.json.encode(found), indent=1).decode() + "\n"
    told = sections(found)
    return printing.to_markdown(told, f"{found.title}: {found.id}") if form == "markdown" else printing.to_text(told)
