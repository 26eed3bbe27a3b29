"""`pop export`: the outputs in the form of other programs.

Each family of formats has a module; a new format is a command there.
"""

import click

from pipeline.cli.export import annotation, citation, refi, tables, web


@click.group("export")
def command() -> None:
    """Write the outputs in the form of other programs: QDA software, annotation tools, statistics.

    Every file is looked through for what should not leave: see --strict.
    """


for _one in (
    *(refi.qdpx, refi.qdc),
    *(annotation.label_studio, annotation.prodigy, annotation.doccano, annotation.argilla),
    *(tables.csv, tables.xlsx, tables.parquet, tables.sav, tables.dta),
    *(web.web_annotation, citation.bibtex, citation.csl),
):
    command.add_command(_one)
