"""`pop query`: ask the index."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline import coverage_forms, query
from pipeline.cli import options
from pipeline.coverage import DIMENSIONS, Matrix
from pipeline.files import write_bytes
from pipeline.hits import BYTE_ORDER_MARK, Hit, to_csv, to_jsonl, to_table

if TYPE_CHECKING:
    from pipeline.theme_counts import By
    from pipeline.tools import Tools

DATABASE = "corpus.db"
TABLE_LIMIT = 20
SQL_TABLE_LIMIT = 100


@click.command("query")
@click.argument("text", required=False)
@click.option(
    "--theme",
    "themes",
    multiple=True,
    help='A theme, or several: "equity and (succession or culture_change) and not policy_resources"; repeat for all.',
)
@click.option("--practice", help='A practice of the rubric, such as "12".')
@click.option("--indicator", help='An indicator of the rubric, such as "12b".')
@click.option("--area", help="An area of the rubric, or the beginning of a word in its name.")
@click.option("--level", help="A level of the rubric that a mapping names.")
@click.option("--site", help="A site whose problem of practice it is, or a part of its name.")
@click.option("--speaker", help="A part of the speaker's name, role or organization.")
@click.option("--role", help="A part of the speaker's role.")
@click.option("--organization", help="A part of the speaker's organization.")
@click.option("--kind", metavar="KIND", help=f"Kind of document or segment: {', '.join(query.KINDS)}.")
@click.option("--date-from", metavar="DATE", help="2014, 2014-06 or 2014-06-28; documents without a date fall out.")
@click.option("--date-to", metavar="DATE", help="The same; the whole year or month counts.")
@click.option("--document", help="Id, path or title of a document, or a part of path or title.")
@click.option(
    "--decision",
    metavar="|".join(query.DECISIONS),
    help="Only themes and practices that were decided (yes = match), or only those left for review; default both.",
)
@click.option("--min-p", type=float, help="Least probability of a theme or practice, 0 to 1.")
@click.option("--source", metavar="|".join(query.ORIGINS), help="Only what people, or only what models decided.")
@click.option("--coder", help="Only what this person or model decided.")
@click.option("--like", metavar="SENTENCE", help="Order by nearness of meaning to this sentence, the nearest 20.")
@click.option("--unit", default="quote", show_default=True, metavar="|".join(query.UNITS), help="What to list.")
@click.option(
    "--sort", metavar="|".join(query.SORTS), help="In which order.  [default: document; with --like: similarity]"
)
@click.option("--context", type=int, default=0, metavar="N", help="Show N passages before and after.")
@click.option(
    "--format", "form", type=click.Choice(["table", "csv", "jsonl"]), default="table", show_default=True, help="Form."
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format jsonl.")
@click.option("--excel", is_flag=True, help="CSV that Excel opens as it is: with a byte order mark, formulas disarmed.")
@click.option("--counts", is_flag=True, help="Count the themes of such passages instead of listing hits.")
@click.option("--by", type=click.Choice(query.GROUPINGS), help="With --counts: a count for each of these.")
@click.option(
    "--labels", type=click.Path(path_type=Path), metavar="FILE", help="With --counts: a judged random sample."
)
@click.option(
    "--coverage",
    type=click.Choice(DIMENSIONS),
    help="Count the quotes for every practice of the rubric, by each of these, instead of listing hits.",
)
@click.option("--indicators", is_flag=True, help="With --coverage: by indicator instead of practice.")
@click.option("--sql", metavar="SQL|@FILE", help="Ask in SQL instead; nothing can be changed by it.")
@click.option("--tables", is_flag=True, help="List the tables and columns that --sql can read.")
@options.MODELS
@options.CODEBOOK
@click.option("--limit", type=int, help="How many at most; 0 = all.  [default: 20 in a table, else all]")
@click.option("--offset", type=int, default=0, show_default=True, help="How many to skip.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file.")
@click.option("--outputs", type=click.Path(path_type=Path), default=Path("outputs"), show_default=True, help="Where.")
@click.option("--quiet", is_flag=True, help="No summary line.")
def command(
    *,
    outputs: Path,
    output: Path | None,
    form: str,
    excel: bool,
    unit: str,
    quiet: bool,
    **asked: Any,
) -> None:
    """List quotes, passages, segments, problems or documents that fulfil all conditions, with their sources.

    TEXT: words that all stand in the unit, or an expression: '"shared leadership"', 'lead*', 'teacher OR principal',
    'NEAR(time trust, 5)'.
    """
    database = outputs / DATABASE
    form = "jsonl" if asked.pop("as_json") else "csv" if excel else form
    page = {name: asked.pop(name) for name in ("sort", "limit", "offset", "context", "like")}
    statement, tables = asked.pop("sql"), asked.pop("tables")
    counts, by = asked.pop("counts"), asked.pop("by")
    places = {name: asked.pop(name) for name in ("models", "codebook", "labels")}
    coverage, indicators = asked.pop("coverage"), asked.pop("indicators")
    _check(counts=counts, by=by, labels=places["labels"], coverage=coverage, indicators=indicators)
    wanted = query.Filter(**asked)
    if statement or tables:
        _check_alone(wanted, page, counts=counts, coverage=coverage)
        content, summary = _rows(database, statement, form, excel=excel, page=page)
    elif coverage:
        matrix = query.coverage(database, wanted, coverage, indicators=indicators)
        content, summary = _coverage(matrix, form, excel=excel), ""
    elif counts:
        content, summary = _counts(database, wanted, by, form, options.tools(places), excel=excel), ""
    else:
        content, summary = _hits(database, wanted, unit, form, excel=excel, page=page, places=places)
    if output is None:
        # Bytes, because CSV ends its lines in its own way.
        click.echo(content, nl=False)
    else:
        write_bytes(output, content)
    if summary and not quiet:
        click.echo(summary, err=True)


def _check(*, counts: bool, by: "By | None", labels: Path | None, coverage: str | None, indicators: bool) -> None:
    if not counts and (by or labels):
        raise click.UsageError("--by and --labels go with --counts.")
    if counts and coverage:
        raise click.UsageError("--counts counts themes, --coverage practices: ask for one of them.")
    if indicators and not coverage:
        raise click.UsageError("--indicators goes with --coverage.")


def _check_alone(wanted: query.Filter, page: dict[str, Any], *, counts: bool, coverage: str | None) -> None:
    others = counts or coverage or page["like"] or page["sort"] or page["context"]
    if others or wanted != query.Filter():
        raise click.UsageError("--sql and --tables go with --format, --limit, --offset and --output alone.")


def _rows(database: Path, statement: str | None, form: str, *, excel: bool, page: dict[str, Any]) -> tuple[bytes, str]:
    """Return what a statement finds, or the list of tables, and the summary line."""
    from pipeline.query import answer_forms  # noqa: PLC0415

    limit = SQL_TABLE_LIMIT if page["limit"] is None and form == "table" else page["limit"] or None
    if statement is None:
        answer = query.tables(database)
    else:
        answer = query.sql(database, query.read_statement(statement), limit=limit, offset=page["offset"])
    more = " of more shown (--limit 0 shows all, --offset skips)" if answer.more else ""
    summary = f"{_number(len(answer.rows), 'row')}{more}"
    if form == "csv":
        return answer_forms.to_csv(answer, excel=excel), summary
    shown = answer_forms.to_jsonl(answer) if form == "jsonl" else answer_forms.to_table(answer).encode()
    return shown, summary


def _coverage(matrix: Matrix, form: str, *, excel: bool) -> bytes:
    if form == "csv":
        return coverage_forms.to_csv(matrix, excel=excel)
    return coverage_forms.to_jsonl(matrix) if form == "jsonl" else coverage_forms.to_table(matrix).encode()


def _hits(
    database: Path,
    wanted: query.Filter,
    unit: str,
    form: str,
    *,
    excel: bool,
    page: dict[str, Any],
    places: dict[str, Any],
) -> tuple[bytes, str]:
    """Return the hits and the summary line."""
    like, sort = page.pop("like"), page.pop("sort")
    few = form == "table" or like is not None
    page["limit"] = TABLE_LIMIT if page["limit"] is None and few else page["limit"] or None
    if like is None:
        found = query.search(database, wanted, unit=unit, sort=sort or "document", **page)
    else:
        found = _nearest(database, wanted, like, sort, options.tools(places), unit=unit, **page)
    content = _content(found, database, form, excel=excel, first=page["offset"] + 1)
    return content, _summary(database, wanted, unit, len(found))


def _nearest(
    database: Path, wanted: query.Filter, like: str, sort: str | None, tools: "Tools", **page: Any
) -> list[Hit]:
    query.check_text("like", like)
    if sort not in {None, "similarity"}:
        raise click.UsageError("--like puts the nearest first: leave --sort out.")
    return query.nearest(database, wanted, tools.encoder.encode([like])[0], **page)


def _counts(database: Path, wanted: query.Filter, by: "By | None", form: str, tools: "Tools", *, excel: bool) -> bytes:
    from pipeline import theme_counts  # noqa: PLC0415 - the models' errors take a while to import
    from pipeline.learning.prevalence import Prevalence  # noqa: PLC0415

    errors = tools.theme_errors
    why = query.chosen_by(wanted)
    prevalence = (
        Prevalence(None, tools.settings, why=why)
        if why
        else errors.prevalence(query.theme_coders(database), tools.settings)
    )
    passages = query.coded_passages(database, wanted)
    found = theme_counts.count(passages, query.theme_ids(database), by, prevalence, errors.sample)
    if form == "csv":
        return (BYTE_ORDER_MARK if excel else b"") + theme_counts.to_csv(found, excel=excel)
    return theme_counts.to_jsonl(found) if form == "jsonl" else theme_counts.to_table(found).encode()


def _content(found: list[Hit], database: Path, form: str, *, excel: bool, first: int) -> bytes:
    if form == "csv":
        return to_csv(found, query.theme_ids(database), excel=excel)
    return to_jsonl(found) if form == "jsonl" else to_table(found, first=first).encode()


def _summary(database: Path, wanted: query.Filter, unit: str, shown: int) -> str:
    total, documents = query.count(database, wanted, unit=unit)
    line = f"{_number(total, unit)} in {_number(documents, 'document')}"
    if shown < total:
        line += f"; {shown} shown (--limit 0 shows all, --offset skips)"
    left_out = query.undated(database) if wanted.date_from or wanted.date_to else 0
    if left_out:
        why = "has no date and was" if left_out == 1 else "have no date and were"
        line += f"; {_number(left_out, 'document')} {why} left out"
    return line


def _number(n: int, noun: str) -> str:
    return f"{n} {noun}" + ("" if n == 1 else "s")
