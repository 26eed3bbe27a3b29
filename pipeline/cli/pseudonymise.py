"""`pop pseudonymise`: a corpus without names, and back."""

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from pipeline.cli import options, screen
from pipeline.cli.outgoing import require_free
from pipeline.config import Settings
from pipeline.errors import ExitCode
from pipeline.privacy.key import VARIABLE, Key, check_apart, open_to_others, read_key
from pipeline.privacy.roster import NAME, Entry, read_roster, roster_csv
from pipeline.progress import track

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.privacy.leaks import Leak
    from pipeline.privacy.pseudonymising import Result
    from pipeline.records import Refusal

_PATH = click.Path(path_type=Path)
_MOST_SHOWN = 10


class _Days(click.ParamType[Any]):
    """A number of days, or "secret"."""

    name = "days"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from pipeline.privacy.pseudonymising import SECRET  # noqa: PLC0415

        if value in {None, SECRET}:
            return value
        try:
            days = int(value)
        except ValueError:
            self.fail(f"{value!r} is no number of days", param, ctx)
        if not 0 < abs(days) <= 36_500:
            self.fail("between 1 and 36500 days, forwards or (-28) backwards", param, ctx)
        return days


@click.command("pseudonymise")
@click.argument("files", nargs=-1, type=_PATH)
@options.CORPUS
@click.option("--list", "listed", type=_PATH, metavar="FILE", help="Only write the names found, to be looked through.")
@click.option("--force", is_flag=True, help="Write over the FILE of --list if it is there already.")
@click.option("--into", type=_PATH, metavar="DIR", help="The folder of the new corpus, or of files with names back.")
@click.option("--key", type=_PATH, envvar=VARIABLE, metavar="FILE", help=f"Names and pseudonyms.  [or {VARIABLE}]")
@click.option(
    "--roster", type=_PATH, metavar="FILE", help=f"Names, CSV or XLSX.  [default: {NAME} of the corpus, if it is there]"
)
@click.option(
    "--shift-dates",
    "days",
    type=_Days(),
    is_flag=False,
    flag_value="secret",
    metavar="[DAYS]",
    help="Shift all dates by one number of days; without a number by a secret one, whole weeks, kept in the key.",
)
@click.option("--reverse", is_flag=True, help="Put the names back into FILES, with the key.")
@click.option("--strict", is_flag=True, help="Exit with 6 if a name or contact detail is left.")
@options.QUIET
@options.JSON
def command(
    *,
    files: tuple[Path, ...],
    corpus: Path | None,
    listed: Path | None,
    into: Path | None,
    key: Path | None,
    reverse: bool,
    **given: Any,
) -> None:
    """Write a corpus in which pseudonyms stand for persons, schools, districts and other sites.

    \b
    pop pseudonymise --list roster.csv               1. what was found: look through it
    pop pseudonymise --roster roster.csv \\
        --key ~/keys/study.jsonl --into anonymous/   2. write
    """
    folder = options.corpus_or_default(corpus)
    if reverse:
        _reverse(files, _needed(key, "--key"), _needed(into, "--into"), quiet=given["quiet"])
        return
    if files:
        raise click.UsageError("FILES go with --reverse; the documents are those of --corpus.")
    if listed is not None:
        require_free(listed, force=given["force"], option="--list")
        _list(folder, listed, _roster(folder, given["roster"]), quiet=given["quiet"])
        return
    _pseudonymise(folder, _needed(into, "--into"), _needed(key, "--key"), **given)


def _needed(path: Path | None, option: str) -> Path:
    if path is None:
        raise click.UsageError(
            f"Say where with {option}." if option == "--into" else f"Name the key file with {option}."
        )
    return path


def _roster(corpus: Path, roster: Path | None) -> "list[Entry]":
    own = corpus / NAME
    path = roster or (own if own.is_file() else None)
    return read_roster(path) if path is not None else []


def _list(corpus: Path, listed: Path, roster: list[Entry], *, quiet: bool) -> None:
    from pipeline import nlp  # noqa: PLC0415
    from pipeline.files import write_bytes  # noqa: PLC0415
    from pipeline.privacy.pseudonymising import entries, found_in  # noqa: PLC0415
    from pipeline.privacy.sources import read_sources  # noqa: PLC0415

    sources, refused = read_sources(corpus, Settings())
    steps = track(sources, "finding names", len(sources), quiet=quiet)
    found = entries(found_in(steps, nlp.load(), roster), sources)
    write_bytes(listed, roster_csv(found))
    _say_refused(refused)
    if not quiet:
        n = Counter(one.kind for one in found)
        kinds = ", ".join(_n_of(n[kind], kind) for kind in ("person", "school", "district"))
        told = f"{_n_of(len(sources), 'document')}: {kinds} and {_n_of(n['site'], 'other site')}"
        click.echo(f"{told} → {listed}", err=True)
        click.echo("Look through it: mend kinds and roles, write `leave` as the kind of what is to stay.", err=True)


def _pseudonymise(corpus: Path, into: Path, key_path: Path, *, strict: bool, **given: Any) -> None:
    from pipeline import nlp  # noqa: PLC0415
    from pipeline.privacy.leaks import Watch  # noqa: PLC0415
    from pipeline.privacy.pseudonymising import found_in, pseudonymised  # noqa: PLC0415
    from pipeline.privacy.sources import read_sources  # noqa: PLC0415
    from pipeline.privacy.writing import check_free, leaks_of, write_corpus  # noqa: PLC0415

    check_apart(key_path, [corpus, into, Path("outputs")])
    if open_to_others(key_path):
        screen.say(f"warning: others can read {key_path}; it is closed now (mode 0600).")
    key = read_key(key_path) if key_path.exists() else Key()
    check_free(into, corpus, key)
    entries = _roster(corpus, given["roster"])
    sources, refused = read_sources(corpus, Settings())
    steps = track(sources, "finding names", len(sources), quiet=given["quiet"])
    result = pseudonymised(sources, found_in(steps, nlp.load(), entries, key.names), key, given["days"])
    write_corpus(result, into, corpus, key_path)
    leaks = leaks_of(result.documents, into, Watch.of(given["roster"], key_path))
    _say_refused(refused)
    _say(result, into, key_path, leaks, quiet=given["quiet"], as_json=given["as_json"])
    if (corpus / "labels").exists() and not given["quiet"]:
        click.echo(
            "labels/ was left out: decisions quote the words of documents. Code the new corpus instead.", err=True
        )
    if refused:
        sys.exit(int(ExitCode.BAD_INPUT))
    if leaks and strict:
        sys.exit(int(ExitCode.INTEGRITY))


def _n_of(n: int, what: str) -> str:
    """Return a number with its noun.

    >>> _n_of(1, "school"), _n_of(0, "other site")
    ('1 school', 'no other sites')
    """
    return f"{n or 'no'} {what}{'' if n == 1 else 's'}"


def _say_refused(refused: "Sequence[Refusal]") -> None:
    for one in refused:
        screen.say(f"left out: {one.path}: {one.message}")


def _say(
    result: "Result", into: Path, key_path: Path, leaks: "list[tuple[str, Leak]]", *, quiet: bool, as_json: bool
) -> None:
    kinds = ("person", "school", "district", "site", "contact")
    counts = {kind: result.replaced[kind] for kind in kinds}
    if as_json:
        told = {"documents": len(result.documents), "replaced": counts, "left": len(leaks)}
        click.echo(msgspec.json.encode(told).decode())
    if quiet:
        return
    words = ", ".join(f"{n} of {kind}s" for kind, n in counts.items() if kind != "contact")
    click.echo(f"{_n_of(len(result.documents), 'document')} → {into}; key → {key_path}", err=True)
    click.echo(f"Replaced: names {words}; {_n_of(counts['contact'], 'contact detail')}.", err=True)
    for path, leak in leaks[:_MOST_SHOWN]:
        screen.say(f"left: {leak.kind} {leak.shown} in {path}, {leak.place}")
    more = f" ({len(leaks) - _MOST_SHOWN} more)" if len(leaks) > _MOST_SHOWN else ""
    click.echo(
        f"Read again: {len(leaks)} left{more}." if leaks else "Read again: no name of the key is left.", err=True
    )


def _reverse(files: tuple[Path, ...], key: Path, into: Path, *, quiet: bool) -> None:
    from pipeline.privacy.writing import write_reversed  # noqa: PLC0415

    if not files:
        raise click.UsageError("Name the files into which the names are to be put back.")
    written = write_reversed(files, read_key(key), into)
    if not quiet:
        click.echo(f"{_n_of(len(written), 'file')} with names → {into}", err=True)
