"""pop verify."""

import sys
from pathlib import Path

import click
import msgspec

from pipeline import verify
from pipeline.cli import options, screen
from pipeline.errors import ExitCode


@click.command("verify")
@click.option(
    "--corpus", type=click.Path(path_type=Path), metavar="DIR", help="Also check that these inputs are unchanged."
)
@click.option(
    "--labels",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Also check that all these decisions are in the outputs.  [default: labels/ in the folder given as --corpus]",
)
@options.OUTPUTS
@click.option(
    "--models",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Also check that these are the models that the run used, and that they load.  [default: only whether the "
    "shipped ones are whole]",
)
@options.QUIET
@options.JSON
def command(
    *, corpus: Path | None, labels: Path | None, outputs: Path, models: Path | None, quiet: bool, as_json: bool
) -> None:
    """Prove that every record stands in its document at its offsets, and that nothing was changed.

    Exit 4: drift, something is not what the run wrote or read. Exit 6: damage, something is what no run writes.
    """
    in_corpus = corpus / "labels" if corpus is not None else None
    tools = options.tools({"models": models})
    verdict = verify.verify(outputs, corpus, labels or in_corpus, tools, same_models=models is not None)
    if as_json:
        click.echo(msgspec.json.encode(verdict).decode())
    if not quiet:
        _print(verdict)
    if verdict.damage:
        sys.exit(int(ExitCode.INTEGRITY))
    if verdict.drift:
        sys.exit(int(ExitCode.DRIFT))


def _print(verdict: verify.Verdict) -> None:
    told = (("damage", verdict.damage), ("drift", verdict.drift), ("note", verdict.notes))
    for word, problems in told:
        for problem in verify.shown(problems):
            screen.say(f"{word}: {problem}")
    for remedy in verdict.remedies:
        screen.say(f"what to do: {remedy}")
    counts = ", ".join(f"{n} {kind}" for kind, n in verdict.checked.items()) or "the files"
    n = len(verdict.problems)
    result = f"{n} problem{'' if n == 1 else 's'}" if n else "all in place"
    click.echo(f"Checked {counts}: {result}.", err=True)
