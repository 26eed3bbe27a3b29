"""`pop export qdpx` and `pop export qdc`: REFI-QDA, for NVivo, MAXQDA, ATLAS.ti and QualCoder."""

from functools import partial
from pathlib import Path
from typing import Any

import click

from pipeline.cli import options
from pipeline.cli.export.options import Sent, finish, sent
from pipeline.cli.outgoing import KEY, ROSTER, STRICT

_TARGETS = ("standard", "nvivo", "maxqda", "atlasti", "qualcoder")


@click.command("qdpx", short_help="A REFI-QDA project, for NVivo, MAXQDA, ATLAS.ti, QualCoder.")
@sent
@click.option(
    "--target", type=click.Choice(_TARGETS), default=_TARGETS[0], show_default=True, help="For which program."
)
@click.option(
    "--into",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Add our codings to this project, which another program wrote; all else in it stays as it is.",
)
@options.CODEBOOK
@options.RUBRIC
def qdpx(*, sent: Sent, target: Any, into: Path | None, codebook: Path | None, rubric: Path | None) -> None:
    """Write a REFI-QDA project: documents, codes, and the codings of model and people, each under its own name.

    What is changed in it comes back with pop import qdpx.
    """
    from pipeline.exchange.refi import export, tree  # noqa: PLC0415 - slow to import
    from pipeline.exchange.refi.into import add_to  # noqa: PLC0415
    from pipeline.exchange.refi.writing import write_project  # noqa: PLC0415

    tools = options.tools({"corpus": sent.corpus, "codebook": codebook, "rubric": rubric})
    codes = tree.all_codes(tools.codebook, tools.rubric)
    documents = export.documents(sent.outputs, sent.document)

    def write(path: Path) -> str:
        extent: Any = "certain" if sent.certain else "all"
        if into is not None:
            held = partial(export.bundles_of, sent.outputs)
            return add_to(into, path, documents, held, codes, target=target, extent=extent).summary()
        bundles = export.bundles_of(sent.outputs, documents)
        return write_project(path, documents, bundles, codes, target=target, extent=extent).summary()

    finish(sent, write)


@click.command("qdc", short_help="A REFI-QDA codebook.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    metavar="FILE",
    help="Write to this file.  [required]",
)
@options.CORPUS
@options.CODEBOOK
@options.RUBRIC
@click.option("--all", "everything", is_flag=True, help="All codes of a project: practices, sections, quotes, too.")
@STRICT
@ROSTER
@KEY
@click.option("--force", is_flag=True, help="Write over a file that is there already.")
@options.QUIET
def qdc(*, everything: bool, codebook: Path | None, rubric: Path | None, **given: Any) -> None:
    """Write the codebook for QDA programs: each theme with its definition, what it includes and excludes, examples."""
    from pipeline.exchange.refi import tree  # noqa: PLC0415 - slow to import
    from pipeline.exchange.refi.codebook_file import to_qdc  # noqa: PLC0415

    sent = Sent(**given, outputs=Path(), document=None, certain=False)
    tools = options.tools({"corpus": sent.corpus, "codebook": codebook, "rubric": rubric})
    codes = tree.all_codes(tools.codebook, tools.rubric) if everything else tree.theme_codes(tools.codebook)

    def write(path: Path) -> str:
        path.write_bytes(to_qdc(codes))
        return f"{len(codes):,} codes"

    finish(sent, write)
