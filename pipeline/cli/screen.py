"""Printing what holds words of documents: a terminal would obey some of them, such as escape sequences."""

import shutil
import sys
import textwrap

import click

from pipeline.forms.safe import lines_for_terminal


def put(content: str | bytes) -> None:
    """Print data as they are; on a screen with spaces for what it would obey."""
    exact = content.encode() if isinstance(content, str) else content
    # Bytes, because from words click takes out what a screen would obey, also where they go into a file.
    click.echo(lines_for_terminal(exact.decode("utf-8-sig")) if is_screen() else exact, nl=False)


def say(message: str) -> None:
    """Print a message for a person, without anything that a screen would obey."""
    click.echo(fitted(lines_for_terminal(message)), err=True)


def fitted(message: str, indent: int = 2) -> str:
    """Break the lines of a message at blanks as wide as the screen is; whole where it goes into a file.

    Args:
        message: for standard error.
        indent: of the lines that continue another.
    """
    if not sys.stderr.isatty():
        return message
    width = shutil.get_terminal_size().columns
    return "\n".join(part for line in message.split("\n") for part in _parts(line, width, indent))


def _parts(line: str, width: int, indent: int) -> list[str]:
    """Return the parts of a line; words that are too long, such as ids and paths, stay whole to be copied."""
    if len(line) <= width:
        return [line]
    return textwrap.wrap(line, width, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False)


def is_screen() -> bool:
    """Tell whether what is printed goes to a terminal."""
    return sys.stdout.isatty()
