"""`pop diff`: what differs between two runs, two coders, or a coder and a run."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click
import msgspec

from pipeline.cli import options, screen
from pipeline.errors import ErrorCode, ExitCode, PipelineError
from pipeline.files import write_bytes

if TYPE_CHECKING:
    from pipeline.diff import Comparison, Kind

Form = Literal["table", "jsonl", "csv"]
_KINDS = ("documents", "passages", "segments", "quotes", "tags", "mappings")
_PATH = click.Path(path_type=Path)


@click.command("diff")
@click.argument("a", type=_PATH)
@click.argument("b", type=_PATH)
@click.option("--only", "kinds", multiple=True, type=click.Choice(_KINDS), help="Only these; repeat for several.")
@click.option("--theme", help="Only tags with this theme.")
@click.option("--list", "listed", is_flag=True, help="List every change with its words and what A and B say.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "jsonl", "csv"]),
    help="Form; jsonl and csv hold every change.  [default: as the name of --output ends, or table]",
)
@click.option("-o", "--output", type=_PATH, metavar="FILE", help="Write there instead of printing.")
@click.option("--exit-code", is_flag=True, help=f"Return {int(ExitCode.DRIFT)} if any record differs.")
@options.JSON
@click.pass_context
def command(
    ctx: click.Context,
    /,
    a: Path,
    b: Path,
    *,
    kinds: "tuple[Kind, ...]",
    theme: str | None,
    exit_code: bool,
    **form: Any,
) -> None:
    """Say what differs between A and B, and where to look.

    A, B: two folders of outputs; two files of coders' decisions (corpus/labels/NAME.jsonl); or one of each. Documents
    are found again by path and passages by their words, so that edited documents and other ids do no harm.
    """
    from pipeline import diff  # noqa: PLC0415 - slow to import, and only this command needs it

    found = diff.compare_runs(a, b) if a.is_dir() and b.is_dir() else diff.compare_coders(a, b)
    if theme:
        _require_theme(theme, found)
    found = found.only(kinds, theme)
    _write(found, **form)
    if exit_code and found.changes:
        ctx.exit(int(ExitCode.DRIFT))


def _write(found: "Comparison", *, form: Form | None, output: Path | None, listed: bool, as_json: bool) -> None:
    content = _json(found) if as_json else _content(found, form or _form_of(output), listed=listed)
    if output is None:
        screen.put(content)
        return
    write_bytes(output, content)
    n = len(found.changes)
    click.echo(f"{n} change{'' if n == 1 else 's'} → {output}", err=True)


def _form_of(output: Path | None) -> Form:
    ending = output.suffix.lower() if output else ""
    return "csv" if ending == ".csv" else "jsonl" if ending == ".jsonl" else "table"


def _content(found: "Comparison", form: Form, *, listed: bool) -> bytes:
    from pipeline import diff  # noqa: PLC0415
    from pipeline.learning import sheets  # noqa: PLC0415

    if form == "table":
        return (diff.to_list(found.changes) if listed else diff.to_text(found)).encode()
    return sheets.records_to(form, found.changes, diff.Change)


def _json(found: "Comparison") -> bytes:
    """Return the summary; the changes themselves are what --format jsonl is for."""
    summary = msgspec.to_builtins(found) | {"changes": len(found.changes)}
    return msgspec.json.format(msgspec.json.encode(summary), indent=1) + b"\n"


def _require_theme(theme: str, found: "Comparison") -> None:
    known = sorted(
        {one.name for one in found.transitions if one.kind == "tags"}
        | {one.name for one in found.agreement if one.kind == "tags"}
    )
    if theme not in known:
        raise PipelineError(
            ErrorCode.INVALID_QUERY,
            found=f"--theme {theme!r}, a theme that neither {found.a} nor {found.b} gives to a passage",
            expected=f"one of {', '.join(known)}" if known else "a theme; but there are no tags to compare",
            do="check the spelling",
            exit_code=ExitCode.USAGE,
        )
