"""Section, tables, audit trail and references as one text: Markdown, HTML, or plain."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from pipeline.forms.safe import for_markdown
from pipeline.methods import references
from pipeline.methods.figures import All
from pipeline.methods.section import paragraphs
from pipeline.methods.tables import Table, tables
from pipeline.methods.trail import Entry, categories, criteria

_BRACKETS: Final = re.compile(r"\\\[([^\[\]()\n]*)\\\](?![(\[:])")
_AND: Final = re.compile(r"\\&(?!#?\w+;)")
_IN_WORD: Final = re.compile(r"(?<=\w)\\_(?=\w)")
_STYLE: Final = (
    "body{max-width:46rem;margin:2rem auto;padding:0 1rem;font:17px/1.55 Georgia,serif;color:#1a1a1a}"
    "h1,h2,h3{line-height:1.25}table{border-collapse:collapse;font-size:.82rem;display:block;overflow-x:auto}"
    "th,td{padding:.3rem .5rem;border-bottom:1px solid #ccc;text-align:left;vertical-align:top}"
    "li{overflow-wrap:anywhere}mark{background:#fff1a8}"
)


def to_markdown(all_: All) -> str:
    """Return the whole text as Markdown."""
    section = paragraphs(all_)
    body = "\n".join(_blocks(all_, section))
    works = references.used(body)
    return "\n".join([body, *_references(works)]).rstrip() + "\n"


def _blocks(all_: All, section: Sequence[tuple[str, str]]) -> Iterator[str]:
    yield "# Method\n"
    yield (
        "> Written by pop methods: every figure was worked out from the outputs, models, and decisions at hand. "
        "Sentences in square brackets are for you to write.\n"
    )
    for heading, text in section:
        yield f"## {heading}\n\n{_safe(text)}\n"
    for table in tables(all_):
        yield from _table(table)
    yield "# Audit trail\n"
    yield (
        "The categories are those of Halpern (Halpern, 1983; Lincoln & Guba, 1985, pp. 319–320). All files are kept in "
        "the folder of the outputs, the corpus, and the models.\n"
    )
    for number, entry in enumerate(categories(all_), start=1):
        yield from _entry(f"{number}. {entry.title}", entry)
    yield "# Trustworthiness\n"
    yield "What in this run speaks to each criterion (Lincoln & Guba, 1985), and what it cannot speak to.\n"
    for entry in criteria(all_):
        yield from _entry(entry.title, entry)
    yield "# Source files\n"
    yield from (f"- {_safe(one.path)}: `{one.sha256}`" for one in all_.trail.inputs)
    yield from (f"- {_safe(path)}: not used ({_safe(code)}: {_safe(why)})" for path, code, why in all_.corpus.refused)
    yield ""


def _safe(text: str) -> str:
    """Return words for Markdown, without escapes that nothing needs: brackets that begin no link, & and _ in words."""
    plain = _BRACKETS.sub(r"[\1]", for_markdown(text))
    return _IN_WORD.sub("_", _AND.sub("&", plain))


def _table(table: Table) -> Iterator[str]:
    yield f"**{table.title}**\n"
    yield _row(table.head)
    yield "|" + "---|" * len(table.head)
    yield from map(_row, table.rows)
    yield f"\n*Note.* {_safe(table.note)}\n" if table.note else ""


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(_safe(cell) for cell in cells)} |"


def _entry(title: str, entry: Entry) -> Iterator[str]:
    yield f"## {title}\n"
    yield from (f"- {_safe(line)}" for line in entry.lines)
    yield from (f"- {_safe(f'[To be added: {line}.]')}" for line in entry.missing)
    yield ""


def _references(works: list[str]) -> Iterator[str]:
    yield "# References\n"
    yield from (f"{work}\n" for work in references.listed(works))


def works_of(all_: All) -> list[str]:
    """Return the keys of the works that the text names."""
    return references.used("\n".join(_blocks(all_, paragraphs(all_))))


def to_html(all_: All) -> str:
    """Return the same as a page that needs nothing else."""
    from markdown_it import MarkdownIt  # noqa: PLC0415 - slow to import

    body = MarkdownIt("commonmark").enable("table").render(to_markdown(all_))
    body = body.replace("[To be added:", "<mark>[To be added:").replace(".]</li>", ".]</mark></li>")
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Method and audit trail</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )
