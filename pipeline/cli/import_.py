"""`pop import`: documents and decisions in the form of others, into the form that the pipeline reads."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli import import_annotations, import_refi, import_table, options, outgoing, screen
from pipeline.config import Settings
from pipeline.errors import ExitCode
from pipeline.files import write_bytes

if TYPE_CHECKING:
    from pipeline.exchange.lines import Line
    from pipeline.rubric import Rubric

_FILE = click.Path(path_type=Path)
_MOST_PLACES = 5


@click.group("import")
def command() -> None:
    """Read what others wrote into the form of the pipeline."""


command.add_command(import_refi.qdpx)
command.add_command(import_refi.qdc)


@command.command("rubric", short_help="Read a rubric from its original document.")
@click.argument("file", type=_FILE)
@click.option(
    "-o", "--output", type=_FILE, metavar="FILE", help="Write the rubric to this file.  [default: standard output]"
)
@click.option("--name", help="Name of the rubric.  [default: the title of the document, or its file's name]")
@click.option("--force", is_flag=True, help="Write over a file that is there already.")
@options.QUIET
def rubric(*, file: Path, output: Path | None, name: str | None, force: bool, quiet: bool) -> None:
    """Read a rubric from its document (text, CSV, TSV, XLSX, DOCX) into YAML, for --rubric.

    The table needs a header row: a column Practice, a column Indicator (IN#, Code, No.), a column for each level, and
    perhaps one for the area.
    """
    from pipeline.exchange.lines import fold  # noqa: PLC0415 - slow to import, and only this command needs it
    from pipeline.exchange.rubric_document import read_rubric  # noqa: PLC0415
    from pipeline.exchange.rubric_yaml import to_yaml  # noqa: PLC0415

    if output is not None:
        outgoing.require_free(output, force=force, source=file)
    imported = read_rubric(file, Settings(), fold(name or "") or None)
    content = to_yaml(imported.rubric, f"Imported from {fold(file.name)}: {_counts(imported.rubric)}.").encode()
    if output is None:
        screen.put(content)
    else:
        write_bytes(output, content)
    if not quiet:
        screen.say(_summary(imported.rubric, imported.left_out) + (f"→ {output}" if output else ""))


@command.command("decisions", short_help="Take over the decisions that a review page wrote.")
@click.argument("file", type=_FILE)
@options.CORPUS
@click.option(
    "--labels",
    type=_FILE,
    metavar="DIR",
    help="Folder of the coders' files.  [default: labels/ of the corpus]",
)
@options.QUIET
def decisions(*, file: Path, corpus: Path | None, labels: Path | None, quiet: bool) -> None:
    """Add the decisions of FILE (JSONL, from pop review --export) to the files of their coders.

    What stands there already is skipped, so a file may be imported twice. Lines that cannot be used are named, and the
    others are taken.
    """
    from pipeline.corrections.importing import take_over  # noqa: PLC0415

    folder = labels or options.corpus_or_default(corpus) / "labels"
    taken = take_over(file, folder)
    for number, why in taken.refused:
        screen.say(f"refused: {file}, line {number}: {why}")
    if not quiet:
        click.echo(f"{taken.summary()} → {folder}", err=True)
    if taken.refused:
        sys.exit(int(ExitCode.BAD_INPUT))


for _one in (
    import_annotations.label_studio,
    import_annotations.prodigy,
    import_annotations.doccano,
    import_annotations.argilla,
    import_annotations.web_annotation,
    import_table.table,
):
    command.add_command(_one)


def _counts(rubric: "Rubric") -> str:
    numbers = {
        "area": len(rubric.areas),
        "practice": sum(len(area.practices) for area in rubric.areas),
        "indicator": len(rubric.indicators),
        "level": len(rubric.levels),
    }
    return ", ".join(f"{n} {what}{'' if n == 1 else 's'}" for what, n in numbers.items())


def _summary(rubric: "Rubric", left_out: "list[Line]") -> str:
    lines = [f"{rubric.name}: {_counts(rubric)}", f"  levels: {', '.join(rubric.levels)}"]
    for area in rubric.areas:
        practices = (f"{one.id} ({', '.join(held.id for held in one.indicators)})" for one in area.practices)
        lines.append(f"  {area.name}: {', '.join(practices)}")
    if left_out:
        more = ", …" if len(left_out) > _MOST_PLACES else ""
        places = ", ".join(line.place for line in left_out[:_MOST_PLACES])
        lines.append(f"  left out, as no part of a table: {places}{more}")
    return "\n".join(lines) + "\n"
