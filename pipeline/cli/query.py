"""`pop query`: ask the index."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from pipeline import query
from pipeline.cli import options, outgoing, screen
from pipeline.cli.grouped import GroupedCommand
from pipeline.counts import coverage_forms
from pipeline.counts.coverage import DIMENSIONS, Matrix
from pipeline.forms import BINARY, FORMS, Form, as_jsonl, as_markdown, as_table, form_of
from pipeline.forms.about import about
from pipeline.forms.answer import Answer, render
from pipeline.forms.hit_grid import hit_grid
from pipeline.hits import Hit

if TYPE_CHECKING:
    from pipeline.tools import Tools

DATABASE = "corpus.db"
TABLE_LIMIT = 20
SQL_TABLE_LIMIT = 100
_PLACES = frozenset({"form", "output", "outputs", "quiet", "strict", "roster", "key"})


GROUPS = {
    "Which ones (all conditions must hold)": (
        *("themes", "practice", "indicator", "area", "level", "decision", "min_p", "source", "coder", "site"),
        *("speaker", "role", "organization", "kind", "document", "date_from", "date_to", "like"),
    ),
    "What is listed": ("unit", "sort", "context", "limit", "offset"),
    "Counted instead": ("counts", "by", "wide", "labels", "models", "codebook", "coverage", "indicators"),
    "Asked in SQL instead": ("sql", "tables"),
    "In which form": ("form", "as_json", "excel", "output"),
    "Before a file is given away": ("strict", "roster", "key"),
}


@click.command("query", cls=GroupedCommand, groups=GROUPS)
@click.argument("text", required=False)
@click.option(
    "--theme",
    "themes",
    multiple=True,
    metavar="THEMES",
    help='A theme, or several: "equity and (succession or culture_change) and not policy_resources"; repeat for all.',
)
@click.option("--practice", metavar="ID", help='A practice of the rubric, such as "12".')
@click.option("--indicator", metavar="ID", help='An indicator of the rubric, such as "12b".')
@click.option("--area", metavar="NAME", help="An area of the rubric, or the beginning of a word in its name.")
@click.option("--level", metavar="NAME", help="A level of the rubric that a mapping names.")
@click.option(
    "--decision",
    metavar="DECISION",
    help=f"{', '.join(query.DECISIONS)}: themes and practices that were decided (yes = match), or those left for "
    "review; default both.",
)
@click.option("--min-p", type=float, metavar="P", help="Least probability of a theme or practice, 0 to 1.")
@click.option("--source", metavar="SOURCE", help=f"{' or '.join(query.ORIGINS)}: only what these decided.")
@click.option("--coder", metavar="NAME", help="Only what this person or model decided.")
@click.option("--site", metavar="NAME", help="A site whose problem of practice it is, or a part of its name.")
@click.option("--speaker", metavar="NAME", help="A part of the speaker's name, role or organization.")
@click.option("--role", metavar="NAME", help="A part of the speaker's role.")
@click.option("--organization", metavar="NAME", help="A part of the speaker's organization.")
@click.option("--kind", metavar="KIND", help=f"Of document or segment: {', '.join(query.KINDS)}.")
@click.option("--document", metavar="NAME", help="Id, path or title of a document, or a part of path or title.")
@click.option("--date-from", metavar="DATE", help="2014, 2014-06 or 2014-06-28; documents without a date fall out.")
@click.option("--date-to", metavar="DATE", help="The same; the whole year or month counts.")
@click.option("--like", metavar="SENTENCE", help="Nearest in meaning to this sentence first, the nearest 20.")
@click.option("--unit", default="quote", metavar="UNIT", help=f"{', '.join(query.UNITS)}; default quote.")
@click.option("--sort", metavar="ORDER", help=f"{', '.join(query.SORTS)}; default document, with --like similarity.")
@click.option("--context", type=int, default=0, metavar="N", help="Show N passages before and after.")
@click.option("--limit", type=int, metavar="N", help="How many at most; 0 = all; default 20 in a table, else all.")
@click.option("--offset", type=int, default=0, metavar="N", help="How many to skip.")
@click.option("--counts", is_flag=True, help="Count the themes of such passages.")
@click.option(
    "--by",
    metavar="NAME[,NAME]",
    help="With --counts: by one or two of theme, practice, indicator, area, site, document, year, kind, problem, role.",
)
@click.option("--wide", is_flag=True, help="With --by of two: the matrix of counts instead of a row for each cell.")
@click.option(
    "--labels", type=click.Path(path_type=Path), metavar="FILE", help="With --counts: a judged random sample."
)
@options.MODELS
@options.CODEBOOK
@click.option(
    "--coverage",
    type=click.Choice(DIMENSIONS),
    metavar="COLUMNS",
    help=f"Count the quotes for every practice of the rubric, by {', '.join(DIMENSIONS[:-1])} or {DIMENSIONS[-1]}.",
)
@click.option("--indicators", is_flag=True, help="With --coverage: by indicator instead of practice.")
@click.option("--sql", metavar="SQL|@FILE", help="A statement, or the file that it stands in; it can change nothing.")
@click.option("--tables", is_flag=True, help="List the tables and columns that --sql can read.")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMS),
    metavar="FORM",
    help=f"{', '.join(FORMS)}; default by the ending of --output, else a table.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format jsonl.")
@click.option("--excel", is_flag=True, help="CSV that Excel opens as it is: with a byte order mark, formulas disarmed.")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write to this file."
)
@click.option(
    "--outputs",
    type=click.Path(path_type=Path),
    default=Path("outputs"),
    show_default=True,
    metavar="DIR",
    help="The folder with corpus.db.",
)
@outgoing.watched
@click.option("--quiet", is_flag=True, help="No summary line.")
def command(
    *,
    outputs: Path,
    output: Path | None,
    form: Form | None,
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
    watched = {name: asked.pop(name) for name in ("strict", "roster", "key")}
    form = form_of("jsonl" if asked.pop("as_json") else form, output)
    form = "csv" if excel and form == "table" else form
    if output is None and form in BINARY and screen.is_screen():
        raise click.UsageError(f"A terminal cannot show {form}: name a file with --output.")
    page = {name: asked.pop(name) for name in ("sort", "limit", "offset", "context", "like")}
    statement, tables = asked.pop("sql"), asked.pop("tables")
    counted = {name: asked.pop(name) for name in ("counts", "by", "wide", "coverage", "indicators")}
    places = {name: asked.pop(name) for name in ("models", "codebook", "labels")}
    _check(**counted, labels=places["labels"])
    wanted = query.Filter(**asked)
    if statement or tables:
        _check_alone(wanted, page, counted)
        answer = _rows(database, statement, form, page)
    elif counted["coverage"]:
        answer = _coverage(query.coverage(database, wanted, counted["coverage"], indicators=counted["indicators"]))
    elif counted["counts"]:
        answer = _counts(database, wanted, counted["by"], options.tools(places), wide=counted["wide"])
    else:
        answer = _hits(database, wanted, form, options.tools(places), unit=unit, **page)
    content = render(answer, form, excel=excel, about=lambda: about(database, _question(), answer.summary))
    if output is None:
        screen.put(content)
    else:
        watch = outgoing.watch_of(None, watched["roster"], watched["key"])
        outgoing.give(output, content, watch, strict=watched["strict"])
    if answer.summary and not quiet:
        click.echo(answer.summary, err=True)


def _check(
    *, counts: bool, by: str | None, wide: bool, labels: Path | None, coverage: str | None, indicators: bool
) -> None:
    if not counts and (by or labels):
        raise click.UsageError("--by and --labels go with --counts.")
    if wide and not by:
        raise click.UsageError("--wide goes with --by.")
    if counts and coverage:
        raise click.UsageError("--counts counts themes, --coverage practices: ask for one of them.")
    if indicators and not coverage:
        raise click.UsageError("--indicators goes with --coverage.")


def _check_alone(wanted: query.Filter, page: dict[str, Any], counted: dict[str, Any]) -> None:
    if any(counted.values()) or page["like"] or page["sort"] or page["context"] or wanted != query.Filter():
        raise click.UsageError("--sql and --tables go with --format, --limit, --offset and --output alone.")


def _question() -> str:
    """Return the command with the options that were given, without those that change nothing of the answer."""
    context = click.get_current_context()
    words = ["pop", "query"]
    for parameter in context.command.params:
        name = str(parameter.name)
        if name not in _PLACES and context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            words += _typed(parameter, context.params[name])
    return shlex.join(words)


def _typed(parameter: click.Parameter, value: Any) -> list[str]:
    if isinstance(parameter, click.Argument):
        return [str(value)]
    name = parameter.opts[0]
    if value is True:
        return [name]
    return [word for one in (value if isinstance(value, tuple) else (value,)) for word in (name, str(one))]


def _coverage(matrix: Matrix) -> Answer:
    return Answer(
        grid=lambda: coverage_forms.grid(matrix),
        table=lambda: coverage_forms.to_table(matrix),
        jsonl=lambda: coverage_forms.to_jsonl(matrix),
    )


def _rows(database: Path, statement: str | None, form: Form, page: dict[str, Any]) -> Answer:
    """Return what a statement finds, or the list of tables."""
    from pipeline.forms import of_sql  # noqa: PLC0415

    limit = SQL_TABLE_LIMIT if page["limit"] is None and form == "table" else page["limit"] or None
    if statement is None:
        found = query.tables(database)
    else:
        found = query.sql(database, query.read_statement(statement), limit=limit, offset=page["offset"])
    more = " of more shown (--limit 0 shows all, --offset skips)" if found.more else ""
    return Answer(
        grid=lambda: of_sql.grid(found),
        table=lambda: of_sql.to_table(found),
        summary=f"{_number(len(found.rows), 'row')}{more}",
    )


def _hits(database: Path, wanted: query.Filter, form: Form, tools: "Tools", **page: Any) -> Answer:
    like, sort, unit = page.pop("like"), page.pop("sort"), page["unit"]
    few = form == "table" or like is not None
    page["limit"] = TABLE_LIMIT if page["limit"] is None and few else page["limit"] or None
    if like is None:
        found = query.search(database, wanted, sort=sort or "document", **page)
    else:
        found = _nearest(database, wanted, like, sort, tools, **page)
    first = page["offset"] + 1
    return Answer(
        grid=lambda: hit_grid(found, query.theme_ids(database)),
        table=lambda: as_table.of_hits(found, first=first),
        jsonl=lambda: as_jsonl.of_structs(found),
        markdown=lambda: as_markdown.of_hits(found, first=first),
        summary=_summary(database, wanted, unit, len(found)),
    )


def _nearest(
    database: Path, wanted: query.Filter, like: str, sort: str | None, tools: "Tools", **page: Any
) -> list[Hit]:
    query.check_text("like", like)
    if sort not in {None, "similarity"}:
        raise click.UsageError("--like puts the nearest first: leave --sort out.")
    return query.nearest(database, wanted, tools.encoder.encode([like])[0], **page)


def _counts(database: Path, wanted: query.Filter, by: str | None, tools: "Tools", *, wide: bool) -> Answer:
    from pipeline.counts import crosstab, crosstab_forms, theme_counts  # noqa: PLC0415 - slow to import

    asked = crosstab.dimensions(by) if by else ()
    correction = crosstab.correction(database, wanted, tools)
    plain, group = crosstab.plain_grouping(asked)
    if plain and not wide:
        found = crosstab.themes_by(database, wanted, group, correction)
        return Answer(
            grid=lambda: theme_counts.grid(found),
            table=lambda: theme_counts.to_table(found),
            jsonl=lambda: theme_counts.to_jsonl(found),
        )
    made = crosstab.crosstab(database, wanted, asked, correction)
    return Answer(
        grid=lambda: crosstab_forms.wide_grid(made) if wide else crosstab_forms.long_grid(made),
        table=lambda: crosstab_forms.to_table(made),
    )


def _summary(database: Path, wanted: query.Filter, unit: str, shown: int) -> str:
    total, documents = query.count(database, wanted, unit=unit)
    line = _number(total, unit) + ("" if unit == "document" else f" in {_number(documents, 'document')}")
    if shown < total:
        line += f"; {shown} shown (--limit 0 shows all, --offset skips)"
    left_out = query.undated(database) if wanted.date_from or wanted.date_to else 0
    if left_out:
        why = "has no date and was" if left_out == 1 else "have no date and were"
        line += f"; {_number(left_out, 'document')} {why} left out"
    return line


def _number(n: int, noun: str) -> str:
    return f"{n} {noun}" + ("" if n == 1 else "s")
