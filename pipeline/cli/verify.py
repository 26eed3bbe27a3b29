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
@options.QUIET
@options.JSON
def command(corpus: Path | None, labels: Path | None, outputs: Path, quiet: bool, as_json: bool) -> None:
    """Prove that every record stands in its document at its offsets, and that nothing was changed. Exit 4: drift."""
    in_corpus = corpus / "labels" if corpus is not None else None
    verdict = verify.verify(outputs, corpus, labels or in_corpus)
    if as_json:
        click.echo(msgspec.json.encode({"checked": verdict.checked, "drift": verdict.drift}).decode())
    if not quiet:
        counts = ", ".join(f"{n} {kind}" for kind, n in verdict.checked.items())
        for problem in verify.shown(verdict.drift):
            screen.say(f"drift: {problem}")
        result = f"{len(verdict.drift)} problems" if verdict.drift else "all in place"
        click.echo(f"Checked {counts}: {result}.", err=True)
    if verdict.drift:
        sys.exit(int(ExitCode.DRIFT))
