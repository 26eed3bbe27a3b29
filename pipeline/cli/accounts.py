"""What `pop why` and `pop methods` share: where they look, and how what they tell is printed or written."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from pipeline.cli import options, outgoing, screen

Function = TypeVar("Function", bound=Callable[..., Any])

_PLACES = (
    options.OUTPUTS,
    options.CORPUS,
    click.option(
        "--labels",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="DIR",
        help="Decisions of people.  [default: labels/ of the corpus]",
    ),
    options.MODELS,
    options.CODEBOOK,
    options.RUBRIC,
)
_WRITTEN = (
    click.option("--json", "as_json", is_flag=True, help="The same as --format json."),
    click.option(
        "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write to this file."
    ),
    click.option("--force", is_flag=True, help="Write over a file that is there already."),
    outgoing.watched,
)


@dataclass(frozen=True, kw_only=True)
class Account:
    """Where an account goes, and what must not leave in it. `output`: `None`, to standard output."""

    form: str
    output: Path | None
    force: bool
    corpus: Path | None
    strict: bool
    roster: Path | None
    key: Path | None

    @classmethod
    def asked(cls, given: dict[str, Any], endings: dict[str, str], otherwise: str) -> "Account":
        """Take what concerns the file out of the options given, and make sure that it may be written.

        Args:
            given: all options of the command; those of the places stay in it.
            endings: ending of a file → form.
            otherwise: the form of any other file.

        Raises:
            PipelineError: the file is there already, and `--force` was not given.
        """
        as_json, form = given.pop("as_json"), given.pop("form")
        own = {name: given.pop(name) for name in ("output", "force", "strict", "roster", "key")}
        output: Path | None = own["output"]
        if output is not None:
            outgoing.require_free(output, force=own["force"])
        by_ending = endings.get(output.suffix.lower() if output else "", otherwise)
        return cls(form="json" if as_json else form or by_ending, corpus=given["corpus"], **own)

    def give(self, content: str, what: str) -> None:
        """Print it, or write it for others: looked through before it stands there."""
        if self.output is None:
            screen.put(content)
            return
        watch = outgoing.watch_of(self.corpus, self.roster, self.key)
        outgoing.give(self.output, content.encode(), watch, strict=self.strict)
        screen.say(f"{what} → {self.output}")


def written(function: Function) -> Function:
    """Add the options of the file that is written."""
    for option in reversed(_WRITTEN):
        function = option(function)
    return function


def places(function: Function) -> Function:
    """Add the options that say where to look."""
    for option in reversed(_PLACES):
        function = option(function)
    return function
