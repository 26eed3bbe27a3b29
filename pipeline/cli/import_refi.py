"""`pop import qdpx` and `pop import qdc`: what was done in NVivo, MAXQDA, ATLAS.ti or QualCoder."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli import options, outgoing, screen

if TYPE_CHECKING:
    from pipeline.exchange.refi.coming_back import Came

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
@click.option(
    "--new-corpus",
    type=_FILE,
    metavar="DIR",
    help="Make a corpus of a project that never was ours: its texts, and what was coded with our codes.",
)
@click.option(
    "--complete",
    is_flag=True,
    help="Who coded in a document read all of it: themes that they put on no passage are not there.",
)
@click.option("--sent", type=_FILE, metavar="FILE", help="The project as it was sent, if the outputs changed since.")
@click.option("--dry-run", is_flag=True, help="Say what would be taken over, and take nothing.")
@options.QUIET
def qdpx(*, file: Path, quiet: bool, **given: Any) -> None:
    """Take over what people added, took off and changed in a REFI-QDA project that pop export qdpx wrote.

    Their decisions go to the files of the coders, as those of pop review do; then pop run shows them, and pop train
    learns from them. What was left as it was says nothing. Importing a file twice adds nothing.
    """
    from pipeline.corrections import importing  # noqa: PLC0415 - slow to import

    corpus = given["new_corpus"] or options.corpus_or_default(given["corpus"])
    labels = given["labels"] or corpus / "labels"
    came = _came(file, labels, given)
    taken = importing.take_all([] if given["dry_run"] else came.decisions, labels)
    for number, why in taken.refused:
        screen.say(f"refused: {came.decisions[number - 1].id}: {why}")
    if not quiet:
        n = len(came.decisions)
        would = f"{n} decision{'' if n == 1 else 's'} would be added (--dry-run)"
        screen.say("\n".join([*came.lines(), would if given["dry_run"] else f"{taken.summary()} → {labels}"]))


def _came(file: Path, labels: Path, given: dict[str, Any]) -> "Came":
    from pipeline.corrections import folder  # noqa: PLC0415
    from pipeline.exchange.refi import tree  # noqa: PLC0415
    from pipeline.exchange.refi.coming_back import come_back  # noqa: PLC0415
    from pipeline.exchange.refi.foreign import as_corpus  # noqa: PLC0415
    from pipeline.exchange.refi.people import Asked  # noqa: PLC0415
    from pipeline.exchange.returning import coder_name  # noqa: PLC0415

    tools = options.tools({**given, "labels": None})
    codes = tree.all_codes(tools.codebook, tools.rubric)
    by = coder_name(given["by"]) if given["by"] else None
    asked = Asked(given["target"], given["coders"], by, given["sent"], given["complete"])
    if given["new_corpus"] is not None:
        return as_corpus(file, given["new_corpus"], codes, tools.rubric, asked, dry_run=given["dry_run"])
    standing = [one.judgement for one in folder.read(labels).recorded]
    return come_back(file, given["outputs"], codes, tools.rubric, standing, asked)


@click.command("qdc", short_help="Read a codebook of NVivo, MAXQDA, ATLAS.ti or QualCoder.")
@click.argument("file", type=_FILE)
@click.option(
    "-o", "--output", type=_FILE, metavar="FILE", help="Write the codebook to this file.  [default: standard output]"
)
@click.option("--force", is_flag=True, help="Write over a file that is there already.")
@options.QUIET
def qdc(*, file: Path, output: Path | None, force: bool, quiet: bool) -> None:
    """Read a REFI-QDA codebook (.qdc), or the codes of a project (.qdpx), into YAML, for --codebook.

    Lines "Include:", "Exclude:" and "Examples:" in a description begin the lists of a theme.
    """
    from pipeline.exchange.refi.codebook_file import read_codebook, to_yaml  # noqa: PLC0415
    from pipeline.files import write_bytes  # noqa: PLC0415

    if output is not None:
        outgoing.require_free(output, force=force, source=file)
    read = read_codebook(file)
    content = to_yaml(read.codebook, f"Imported from {' '.join(file.name.split())}.").encode()
    if output is None:
        screen.put(content)
    else:
        write_bytes(output, content)
    if not quiet:
        screen.say("\n".join(read.lines()) + (f"\n→ {output}" if output else ""))
