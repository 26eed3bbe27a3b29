"""`pop import qdpx` and `pop import qdc`: what was done in NVivo, MAXQDA, ATLAS.ti or QualCoder."""

from pathlib import Path
from typing import Any

import click

from pipeline.cli import options, screen

_FILE = click.Path(path_type=Path)
_TARGETS = ("nvivo", "maxqda", "atlasti", "qualcoder", "standard")


def _coders(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    pairs = [one.rpartition("=") for one in given]
    wrong = next((one for one, pair in zip(given, pairs, strict=True) if not (pair[0].strip() and pair[2])), None)
    if wrong is not None:
        raise click.BadParameter(f"{wrong!r} is no NAME=INITIALS, such as 'Ana Ruiz=ana'")
    return {name.strip(): initials for name, _, initials in pairs}


@click.command("qdpx", short_help="Take over what people coded in NVivo, MAXQDA, ATLAS.ti, QualCoder.")
@click.argument("file", type=_FILE)
@options.OUTPUTS
@options.CORPUS
@click.option(
    "--labels", type=_FILE, metavar="DIR", help="Folder of the coders' files.  [default: labels/ of the corpus]"
)
@options.CODEBOOK
@options.RUBRIC
@click.option(
    "--coder",
    "coders",
    multiple=True,
    callback=_coders,
    metavar="NAME=INITIALS",
    help="What a user of the file is called here; may be repeated.  [default: the name itself]",
)
@click.option("--by", metavar="INITIALS", help="Who took codings off, where the file does not tell.")
@click.option(
    "--from", "target", type=click.Choice(_TARGETS), help="Which program wrote it.  [default: the file tells]"
)
@click.option("--sent", type=_FILE, metavar="FILE", help="The project as it was sent, if the outputs changed since.")
@click.option("--dry-run", is_flag=True, help="Say what would be taken over, and take nothing.")
@options.QUIET
def qdpx(*, file: Path, outputs: Path, quiet: bool, **given: Any) -> None:
    """Take over what people added, took off and changed in a REFI-QDA project that pop export qdpx wrote.

    Their decisions go to the files of the coders, as those of pop review do; then pop run shows them, and pop train
    learns from them. What was left as it was says nothing. Importing a file twice adds nothing.
    """
    from pipeline.corrections import folder, importing  # noqa: PLC0415 - slow to import
    from pipeline.exchange.refi import tree  # noqa: PLC0415
    from pipeline.exchange.refi.coming_back import Asked, come_back  # noqa: PLC0415
    from pipeline.exchange.returning import coder_name  # noqa: PLC0415

    labels = given["labels"] or options.corpus_or_default(given["corpus"]) / "labels"
    tools = options.tools({**given, "labels": None})
    standing = [one.judgement for one in folder.read(labels).recorded]
    by = coder_name(given["by"]) if given["by"] else None
    asked = Asked(given["target"], given["coders"], by, given["sent"])
    codes = tree.all_codes(tools.codebook, tools.rubric)
    came = come_back(file, outputs, codes, tools.rubric, standing, asked)
    taken = importing.take_all([] if given["dry_run"] else came.decisions, labels)
    for number, why in taken.refused:
        screen.say(f"refused: {came.decisions[number - 1].id}: {why}")
    if not quiet:
        screen.say("\n".join(came.lines()))
        n = len(came.decisions)
        would = f"{n} decision{'' if n == 1 else 's'} would be added (--dry-run)"
        screen.say(would if given["dry_run"] else f"{taken.summary()} → {labels}")
