"""`pop review`: the local page on which a person confirms, corrects and adds."""

import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli import options, outgoing
from pipeline.config import Settings
from pipeline.errors import ErrorCode, ExitCode, PipelineError

if TYPE_CHECKING:
    from pipeline.privacy.leaks import Watch
    from pipeline.review.jobs import Commands
    from pipeline.review.queue import Request
    from pipeline.review.sitting import Sitting

_PATH = click.Path(path_type=Path)


@click.command("review")
@click.option("--coder", metavar="NAME", help="Who decides: a short name or initials. Needed.")
@options.OUTPUTS
@options.CORPUS
@click.option("--labels", type=_PATH, metavar="DIR", help="Where decisions go.  [default: labels/ in the corpus]")
@options.MODELS
@options.CODEBOOK
@options.RUBRIC
@click.option(
    "--unit",
    type=click.Choice(["passages", "quotes", "problems"]),
    default="passages",
    show_default=True,
    help="What to review: themes of passages; extent, speaker and practices of quotes; problems of practice.",
)
@click.option("--queue", type=_PATH, metavar="FILE", help="Review what this file lists (pop suggest -o FILE.jsonl).")
@click.option("--n", type=click.IntRange(min=1), default=50, show_default=True, help="How many, without --queue.")
@click.option("--theme", "themes", multiple=True, help="Choose passages for this theme only; repeat for several.")
@click.option("--document", metavar="TEXT", help="Only documents whose path or title holds this.")
@click.option("--blind", is_flag=True, help="Show nothing of the model, in random order: for double coding.")
@click.option("--seed", type=click.IntRange(min=0), default=Settings().seed, show_default=True, help="Of the order.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    metavar="N",
    help="Listen on this port; 0: any.  [default: the same for each coder]",
)
@click.option("--no-browser", is_flag=True, help="Print the address only.")
@click.option("--export", type=_PATH, metavar="FILE", help="Write one offline page instead of serving it.")
@outgoing.watched
@options.QUIET
def command(
    *,
    coder: str | None,
    labels: Path | None,
    port: int | None,
    no_browser: bool,
    export: Path | None,
    quiet: bool,
    **given: Any,
) -> None:
    """Confirm, correct and add on a page in the browser; nothing leaves this computer.

    Every decision is saved at once to labels/NAME.jsonl in the folder of the corpus. Stop with Ctrl-C; the same command
    goes on where you were.
    """
    from pipeline.review.queue import Request  # noqa: PLC0415 - numpy and more, for this command only
    from pipeline.review.sitting import Places, prepare  # noqa: PLC0415

    name = coder or _ask_for_coder()
    corpus = options.corpus_or_default(given["corpus"])
    request = Request(
        unit=given["unit"],
        n=given["n"],
        blind=given["blind"],
        themes=given["themes"],
        document=given["document"],
        file=given["queue"],
    )
    places = Places(given["outputs"], labels or corpus / "labels")
    tools = options.tools(given, seed=given["seed"])
    sitting = prepare(name, request, places, tools, lambda text: None if quiet else click.echo(text, err=True))
    if export is not None:
        watch = outgoing.watch_of(corpus, given["roster"], given["key"])
        _export(sitting, export, watch, strict=given["strict"], quiet=quiet)
    else:
        _serve(sitting, port, _commands(request, corpus, labels, given), browse=not no_browser, quiet=quiet)


def _ask_for_coder() -> str:
    try:
        login = getpass.getuser().lower()
    except (OSError, KeyError):
        login = "ana"
    raise PipelineError(
        ErrorCode.INVALID_LABELS,
        found="no --coder",
        expected="a short name for whoever decides, so that everybody's decisions stay apart",
        do=f"name yourself, such as: pop review --coder {login}",
        exit_code=ExitCode.USAGE,
    )


def _export(sitting: "Sitting", path: Path, watch: "Watch", *, strict: bool, quiet: bool) -> None:
    from pipeline.review.export import exported  # noqa: PLC0415

    outgoing.give(path, exported(sitting), watch, strict=strict)
    if not quiet:
        click.echo(f"{len(sitting.units)} {sitting.request.unit} for {sitting.desk.coder} → {path}", err=True)


def _serve(sitting: "Sitting", port: int | None, commands: "Commands", *, browse: bool, quiet: bool) -> None:
    from pipeline.review.app import Office  # noqa: PLC0415
    from pipeline.review.jobs import Jobs  # noqa: PLC0415
    from pipeline.review.server import serve  # noqa: PLC0415

    desk = sitting.desk
    office = Office(desk, sitting.units, lambda: sitting.facts(list(commands)), sitting.agreement, Jobs(commands))

    def announce(address: str) -> None:
        click.echo(address)
        if not quiet:
            asked = f"{len(sitting.units)} {sitting.request.unit}, {sitting.n_judged} judged"
            click.echo(f"Review for {desk.coder}: {asked}. Ctrl-C ends it.", err=True)
        sys.stdout.flush()
        if browse:
            click.launch(address)

    serve(office, port, announce)
    if not quiet:
        _say_goodbye(sitting)


def _say_goodbye(sitting: "Sitting") -> None:
    from pipeline.review.agreement import to_text  # noqa: PLC0415

    desk = sitting.desk
    saved = f"{desk.n_saved} decision{'' if desk.n_saved == 1 else 's'} saved"
    click.echo(f"\n{saved} → {desk.path}; {sitting.n_judged} of {len(sitting.units)} judged.", err=True)
    for line in to_text(sitting.agreement()):
        click.echo(line, err=True)


def _commands(request: "Request", corpus: Path, labels: Path | None, given: dict[str, Any]) -> "Commands":
    """Return what the page's buttons call: the same folders and instruments, this Python.

    Without `labels`, training learns from the shipped labels and the decisions in the corpus; with them, from these
    alone. Nothing learns from the decisions on problems yet; a new run takes them over.
    """
    own = {"corpus": corpus, "labels": labels, **{name: given[name] for name in ("models", "codebook", "rubric")}}
    same = [word for name, path in own.items() if path is not None for word in (f"--{name}", str(path))]
    pop = [sys.executable, "-m", "pipeline"]
    run: Commands = {"run": [*pop, "run", "--outputs", str(given["outputs"]), *same]}
    if request.unit == "problems":
        return run
    target = "themes" if request.unit == "passages" else "practices"
    return {"train": [*pop, "train", "--target", target, *same], **run}
