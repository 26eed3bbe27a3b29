"""`pop why`: traces a record back."""

from typing import Any, Final

import click

from pipeline.cli import accounts, options

_ENDINGS: Final = {".md": "markdown", ".json": "json"}


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
@accounts.written
@accounts.places
def command(*, record: str, again: bool, quick: bool, **given: Any) -> None:
    """Say why a record is there: document, words, rule or model, settings, instrument, labels behind it, people.

    ID: of any record in the outputs (as pop query --json, the report and the stage files show it), or a beginning that
    only one has; SEGMENT:aN is the Nth sentence of a problem's anatomy.
    """
    from pipeline.why import Source, trace  # noqa: PLC0415 - reads models, and only this command needs it

    account = accounts.Account.asked(given, _ENDINGS, "text")
    source = Source(given["outputs"], options.tools(given), options.corpus_or_default(given["corpus"]))
    found = trace(source, record, labels=not quick, again=again)
    account.give(_content(found, account.form), "Trace")


def _content(found: Any, form: str) -> str:
    import msgspec  # noqa: PLC0415

    from pipeline.why import printing  # noqa: PLC0415
    from pipeline.why.sections import sections  # noqa: PLC0415

    if form == "json":
        return msgspec.json.format(msgspec.json.encode(found), indent=1).decode() + "\n"
    told = sections(found)
    return printing.to_markdown(told, f"{found.title}: {found.id}") if form == "markdown" else printing.to_text(told)
