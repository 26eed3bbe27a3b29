"""`pop export web-annotation`: codings as W3C Web Annotations."""

from pathlib import Path

import click

from pipeline.cli import options
from pipeline.cli.export.options import Sent, finish, sent
from pipeline.files import write_bytes

_BASE = "urn:x-pop:"


def _iri(_context: click.Context, _option: click.Parameter, given: str) -> str:
    """Refuse what cannot begin a name."""
    is_urn = given.startswith("urn:") and given.endswith(":")
    is_address = given.startswith(("http://", "https://")) and given.endswith(("/", "#"))
    if not (is_urn or is_address) or any(one.isspace() or one in '<>"{}|\\^`' for one in given):
        raise click.BadParameter(f"{given!r} is no beginning of names such as https://example.org/study/ or {_BASE}")
    return given


@click.command("web-annotation", short_help="W3C Web Annotations.")
@sent
@click.option(
    "--base",
    default=_BASE,
    show_default=True,
    metavar="IRI",
    callback=_iri,
    help="What the names of annotations, documents and codes begin with, such as https://example.org/study/.",
)
@options.CODEBOOK
@options.RUBRIC
def web_annotation(*, sent: Sent, base: str, codebook: Path | None, rubric: Path | None) -> None:
    """Write all codings as W3C Web Annotations (JSON-LD): one collection, or one a line if FILE ends in .jsonl.

    What people make or add in such a tool comes back with pop import web-annotation.
    """
    from pipeline.exchange import web_annotation as web  # noqa: PLC0415 - slow to import
    from pipeline.exchange.choosing import chosen  # noqa: PLC0415
    from pipeline.exchange.codings import codes  # noqa: PLC0415

    tools = options.tools({"corpus": sent.corpus, "codebook": codebook, "rubric": rubric})
    tree = {code.id: code for code in codes(tools.codebook, tools.rubric)}
    times = web.times_of(tools.labels.of("passage"))
    made = [
        one
        for bundle in chosen(sent.outputs, sent.document)
        for one in web.annotations(bundle, tree, times, base=base, review=not sent.certain)
    ]

    def write(path: Path) -> str:
        to_bytes = web.lines if path.suffix.lower() in {".jsonl", ".ndjson"} else web.collection
        write_bytes(path, to_bytes(made, base=base))
        return f"{len(made):,} annotations"

    finish(sent, write)
