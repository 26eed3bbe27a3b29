"""Sections as text of at most 80 columns, and as Markdown for an appendix."""

import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from pipeline.forms.safe import for_markdown, for_terminal
from pipeline.why.sections import Section

WIDTH: Final = 80
_LABEL: Final = 12
_INDENT: Final = "  "


def to_text(sections: Sequence[Section]) -> str:
    """Return sections for the terminal."""
    return "\n".join("\n".join([one.title, *_lines(one)]) + "\n" for one in sections)


def _lines(section: Section) -> Iterator[str]:
    plain = not any(label for label, _ in section.lines)
    for label, says in section.lines:
        lead = "" if plain else f"{for_terminal(label):<{_LABEL}} "
        if len(lead) > _LABEL + 1:
            yield from _wrapped(for_terminal(label), _INDENT, _INDENT)
            lead = " " * (_LABEL + 1)
        yield from _wrapped(for_terminal(says), _INDENT + lead, _INDENT + " " * len(lead))


def _wrapped(says: str, first: str, then: str) -> list[str]:
    # An id or hash that is longer than a line stays whole, so that it can be copied.
    wrapper = textwrap.TextWrapper(
        WIDTH, initial_indent=first, subsequent_indent=then, break_on_hyphens=False, break_long_words=False
    )
    return wrapper.wrap(says) or [first.rstrip()]


def to_markdown(sections: Sequence[Section], title: str) -> str:
    """Return sections for an appendix: a heading each, and a list."""
    return "\n".join([f"## {for_markdown(title)}\n", *("\n".join(_block(one)) for one in sections)])


def _block(section: Section) -> Iterator[str]:
    yield f"### {for_markdown(section.title)}\n"
    for label, says in section.lines:
        yield f"- **{for_markdown(label)}** {for_markdown(says)}" if label else f"- {for_markdown(says)}"
    yield ""
