"""`pop export`: the outputs in the form of other programs.

Each family of formats has a module; a new format is a command there.
"""

import click

from pipeline.cli.export import refi


@click.group("export")
def command() -> None:
    """Write the outputs in the form of other programs: QDA software, annotation tools, statistics.

    Every file is looked through for what should not leave: see --strict.
    """


command.add_command(refi.qdpx)
command.add_command(refi.qdc)
