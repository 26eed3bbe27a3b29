"""Printing what holds words of documents: a terminal would obey some of them, such as escape sequences."""

import sys

import click

from pipeline.forms.safe import lines_for_terminal


def put(content: str | bytes) -> None:
    """Print data as they are; on a screen with spaces for what it would obey."""
    exact = content.encode() if isinstance(content, str) else content
    # Bytes, because from words click takes out what a screen would obey, also where they go into a file.
    click.echo(lines_for_terminal(exact.decode("utf-8-sig")) if is_screen() else exact, nl=False)


def say(message: str) -> None:
    """Print a message for a person, without anything that a screen would obey."""
    click.echo(lines_for_terminal(message), err=True)


def is_screen() -> bool:
    """Tell whether what is printed goes to a terminal."""
    return sys.stdout.isatty()
