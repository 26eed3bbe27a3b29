"""`pop methods`: the methods section of a paper, and its audit trail."""

from typing import Any, Final

import click

from pipeline.cli import accounts, options

_WHAT: Final = {
    "markdown": "Methods and audit trail",
    "html": "Methods and audit trail",
    "json": "Figures of the methods",
    "bibtex": "References",
}
_ENDINGS: Final = {".html": "html", ".htm": "html", ".json": "json", ".bib": "bibtex"}


@click.command("methods")
@click.option(
    "--format",
    "form",
    type=click.Choice(list(_WHAT)),
    help="markdown, html, the figures as json, the references as bibtex.  [default: as --output ends, or markdown]",
)
@accounts.written
@click.option("--names", is_flag=True, help="Name the coders as their files do, instead of Coder 1, Coder 2 …")
@click.option("--dates", is_flag=True, help="Also tell when the run was made, which differs from run to run.")
@accounts.places
def command(*, names: bool, dates: bool, **given: Any) -> None:
    """Write the methods section and the audit trail of a paper, every figure worked out from what is at hand.

    What the program cannot know stands in square brackets, for you to write.
    """
    from pipeline.methods import methods  # noqa: PLC0415 - reads all outputs, and only this command needs it

    account = accounts.Account.asked(given, _ENDINGS, "markdown")
    tools = options.tools(given)
    content = methods(given["outputs"], tools, given["corpus"], account.form, names=names, dates=dates)
    account.give(content, _WHAT[account.form])
