"""`pop merge`: the results of several output folders in one."""

from pathlib import Path

import click

from pipeline.cli import options, screen
from pipeline.locking import silent


@click.command("merge")
@click.argument("sources", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FOLDER...")
@options.OUTPUTS
@options.QUIET
def command(*, sources: tuple[Path, ...], outputs: Path, quiet: bool) -> None:
    """Bring the results of several runs (pop run --shard) together; the next pop run in that folder uses them."""
    from pipeline.merging import merge  # noqa: PLC0415 - only for this command

    brought = merge(sources, outputs, silent if quiet else screen.say)
    if not quiet:
        for folder, n in brought.items():
            click.echo(f"{n:>7} documents from {folder}", err=True)
        click.echo(f"Now write the files: pop run --outputs {outputs}", err=True)
