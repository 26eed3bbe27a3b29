"""`pop scan`: looks for names, contact details and identifiers in files that are to be given away."""

import sys
from collections import Counter
from pathlib import Path

import click
import msgspec

from pipeline.cli import options, screen
from pipeline.errors import ExitCode
from pipeline.files import files_below
from pipeline.privacy.key import VARIABLE
from pipeline.privacy.leaks import Leak, Watch, leaks_in
from pipeline.privacy.roster import NAME

_PATH = click.Path(path_type=Path, exists=True)
_MOST_SHOWN = 20


@click.command("scan")
@click.argument("files", nargs=-1, required=True, type=_PATH)
@options.CORPUS
@click.option(
    "--roster", type=_PATH, metavar="FILE", help=f"Names, CSV or XLSX.  [default: {NAME} of the corpus, if it is there]"
)
@click.option("--key", type=_PATH, envvar=VARIABLE, metavar="FILE", help=f"Key of pop pseudonymise.  [or {VARIABLE}]")
@click.option("--show", is_flag=True, help="Show names in full, not with their middle hidden.")
@click.option("--strict", is_flag=True, help="Exit with 6 if anything is found.")
@options.QUIET
@options.JSON
def command(
    *,
    files: tuple[Path, ...],
    corpus: Path | None,
    roster: Path | None,
    key: Path | None,
    show: bool,
    **given: bool,
) -> None:
    """Look for names, contact details and identifiers in FILES or folders, of whatever format.

    Names are those of the roster and the key; without them only contact details and identifiers are looked for.
    """
    own = options.corpus_or_default(corpus) / NAME
    watch = Watch.of(roster or (own if own.is_file() else None), key)
    paths = [path for one in files for path in (files_below(one) if one.is_dir() else [one])]
    found = [(path, leak) for path in paths for leak in leaks_in(path, watch, masked=not show)]
    if given["as_json"]:
        for path, leak in found:
            click.echo(msgspec.json.encode({"file": str(path), **leak._asdict()}).decode())
    if not given["quiet"]:
        _say(found, len(paths), watch)
    if found and given["strict"]:
        sys.exit(int(ExitCode.INTEGRITY))


def _say(found: list[tuple[Path, Leak]], n_files: int, watch: Watch) -> None:
    for path, leak in found[:_MOST_SHOWN]:
        screen.say(f"{path}, {leak.place}: {leak.kind} {leak.shown}")
    if len(found) > _MOST_SHOWN:
        click.echo(f"… and {len(found) - _MOST_SHOWN} more (--json lists all)", err=True)
    kinds = ", ".join(f"{n} × {kind}" for kind, n in Counter(leak.kind for _, leak in found).most_common())
    files = f"{n_files} file{'' if n_files == 1 else 's'}"
    click.echo(f"Scanned {files} for {watch.summary}: {kinds or 'nothing found'}.", err=True)
