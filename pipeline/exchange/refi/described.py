"""What the descriptions of codes and codings say: in words for people, and so that they can be read back.

A theme:                                 A coding:
    Who will hold a leading post …           p .84, yes (from .42 upwards)
    Include:                                 Speaker: Ana Ruiz, principal
    - Vacancies and searches.                [pop coding minutes-1a2b:p0004:succession]
    [pop theme succession]
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from pipeline.codebook import Theme
from pipeline.exchange.codings import Coding
from pipeline.exchange.refi.names import mark, without_marks

LISTS: Final = {"include": "Include", "exclude": "Exclude", "examples": "Examples", "was": "Was"}
"""The lists of a theme, and their titles. `was`: ids that it had before."""

_TITLE: Final = re.compile(r"(include|exclude|example|was)s?\s*:\s*(.*)", re.IGNORECASE)
_BULLET: Final = re.compile(r"^[-–•*]\s+")
_GRADES: Final = {1: "touched on", 2: "substantially"}
_SPEAKER: Final = "Speaker: "
_FORBIDDEN: Final = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(text: str) -> str:
    """Return a text without the signs that XML forbids."""
    return _FORBIDDEN.sub(" ", text)


def one_line(text: str, most: int) -> str:
    """Return a text on one line, cut to a number of characters."""
    joined = " ".join(xml_text(text).split())
    return joined if len(joined) <= most else joined[: most - 1].rstrip() + "…"


def of_theme(theme: Theme) -> str:
    """Return all that the codebook says of a theme."""
    lines = [theme.definition]
    for name, title in LISTS.items():
        entries: list[str] = getattr(theme, name)
        lines += [f"{title}:", *(f"- {_unbroken(entry)}" for entry in entries)] if entries else []
    return xml_text("\n".join([*lines, mark("theme", theme.id)]))


def theme_parts(description: str) -> dict[str, str | list[str]]:
    """Read the same back: `definition` (text), and `include`, `exclude`, `examples` (lists).

    >>> theme_parts("Who leads.\\nInclude:\\n- Searches.\\n- Retirement.")["include"]
    ['Searches.', 'Retirement.']
    """
    parts: dict[str, list[str]] = {"definition": [], **{name: [] for name in LISTS}}
    here = "definition"
    for line in without_marks(description).split("\n"):
        title = _TITLE.fullmatch(line.strip())
        if title is not None:
            here = next(name for name in LISTS if name.startswith(title[1].lower()))
            parts[here] += [entry for entry in (one.strip() for one in title[2].split(";")) if entry]
        elif line.strip() or here == "definition":
            parts[here].append(_BULLET.sub("", line.strip()) if here != "definition" else line)
    definition = "\n".join(parts.pop("definition")).strip()
    return {"definition": definition, **parts}


def of_codings(codings: Iterable[Coding]) -> str:
    """Return what is known of the codings of a selection, each with its mark."""
    return xml_text("\n".join(line for coding in codings for line in _lines(coding)))


def speaker_in(description: str) -> str | None:
    """Return what a description says of who speaks: "Ana Ruiz, principal"; `None`: nothing."""
    for line in description.split("\n"):
        if line.startswith(_SPEAKER):
            return line.removeprefix(_SPEAKER).strip()
    return None


def _lines(coding: Coding) -> Iterator[str]:
    if coding.p is not None and coding.source == "model":
        from_ = f" (shown from {_share(coding.threshold)})" if coding.threshold is not None else ""
        grade = f", {_GRADES[coding.grade]}" if coding.grade is not None else ""
        yield f"p {_share(coding.p)}, {coding.decision}{grade}{from_}"
    elif coding.decision == "review":
        yield "review"
    if coding.note:
        yield _unbroken(coding.note)
    yield mark("coding", coding.id)


def _share(p: float) -> str:
    return f"{p:.2f}".removeprefix("0")


def _unbroken(text: str) -> str:
    return " ".join(text.split())
