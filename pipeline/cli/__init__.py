"""The command line: thin commands that read options, call plain functions and print; exit codes are decided here alone.

Each command lives in a module of its own that is imported only when it is called, so that `pop --help` is quick.
"""

import os
from importlib import import_module
from pathlib import Path
from typing import IO, Any

import click

from pipeline.cli.screen import fitted
from pipeline.errors import ExitCode, PipelineError
from pipeline.files import of_the_disk
from pipeline.forms.safe import lines_for_terminal
from pipeline.version import __version__

COMMANDS = {
    "run": ("pipeline.cli.run:run", "Run all stages: documents in, tagged and indexed outputs out."),
    "merge": ("pipeline.cli.merge:command", "Bring together what was run in parts, on several computers."),
    "ingest": ("pipeline.cli.run:ingest", "Read the documents of the corpus."),
    "segment": ("pipeline.cli.run:segment", "Find sections and problems of practice."),
    "quote": ("pipeline.cli.run:quote", "Find quotations and who said them."),
    "tag": ("pipeline.cli.run:tag", "Tag passages with the themes of the codebook."),
    "map": ("pipeline.cli.run:map_", "Map quotes to the practices of the rubric."),
    "index": ("pipeline.cli.run:index", "Build the SQLite database that queries read."),
    "report": ("pipeline.cli.run:report", "Write the report, a single HTML page."),
    "query": ("pipeline.cli.query:command", "Find quotes, passages and segments in the outputs."),
    "why": ("pipeline.cli.why:command", "Trace a tag, quote, mapping or segment back: words, model, labels, people."),
    "methods": ("pipeline.cli.methods:command", "Write the methods section and the audit trail of a paper."),
    "datasette": ("pipeline.cli.datasette:command", "Look through the outputs in a browser, with SQL."),
    "train": ("pipeline.cli.train:command", "Train the theme model or the practice model from labels."),
    "suggest": ("pipeline.cli.suggest:command", "Choose what to label next, or list labels that are probably wrong."),
    "review": ("pipeline.cli.review:command", "Confirm, correct and add on a page in the browser."),
    "evaluate": ("pipeline.cli.evaluate:command", "Score outputs against gold annotations."),
    "agree": ("pipeline.cli.agree:command", "Measure the agreement of coders, and list where they differ."),
    "diff": ("pipeline.cli.diff:command", "Say what differs between two runs, two coders, or a coder and a run."),
    "codebook": ("pipeline.cli.codebook:command", "Say what changed in the codebook and what must be relabelled."),
    "export": ("pipeline.cli.export:command", "Write the outputs in the form of other programs."),
    "import": ("pipeline.cli.import_:command", "Take in what others wrote: a rubric, or decisions."),
    "pseudonymise": ("pipeline.cli.pseudonymise:command", "Write a corpus without names, or put the names back."),
    "scan": ("pipeline.cli.scan:command", "Look for names and contact details in files for others."),
    "verify": ("pipeline.cli.verify:command", "Check that outputs match their inputs, word for word."),
    "schema": ("pipeline.cli.schema:command", "Print the JSON Schema of a record."),
    "doctor": ("pipeline.cli.doctor:command", "Check the installation and explain what is wrong."),
}


class _Failure(click.ClickException):
    """An error that ends the command: printed in three lines, with its exit code."""

    def __init__(self, error: PipelineError) -> None:
        parts = (("found", error.found), ("expected", error.expected), ("what to do", error.do))
        told = "".join(
            "\n" + fitted(f"  {name + ':':<11} {lines_for_terminal(words)}", indent=14) for name, words in parts
        )
        super().__init__(f"{error.code}{told}")
        self.exit_code = int(error.exit_code)  # type: ignore[misc]  # click declares it for the class


class _Fault(click.ClickException):
    """A fault of the program."""

    exit_code = int(ExitCode.UNEXPECTED)


class _Interrupted(click.ClickException):
    """Ctrl-C."""

    exit_code = int(ExitCode.INTERRUPTED)

    def show(self, file: IO[Any] | None = None) -> None:
        """Say it in a line of its own."""
        click.echo(f"\n{self.message}", file=file, err=file is None)


class LazyGroup(click.Group):
    """A group that imports a command when it is called, and turns errors into messages and exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands, in the order of the work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except PipelineError as error:
            raise _Failure(error) from error
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except KeyboardInterrupt as error:
            raise _Interrupted(
                "Interrupted. Every file is whole; the same command goes on from what was done."
            ) from error
        except Exception as error:
            if os.environ.get("POP_DEBUG"):
                raise
            told = of_the_disk(error, Path())
            if told is not None:
                raise _Failure(told) from error
            raise _Fault(
                f"a fault in the program: {type(error).__name__}: {error}\n"
                "Nothing that was written before is lost. Run again with POP_DEBUG=1 in front of the command and "
                "report "
                "what it prints."
            ) from error


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})
@click.version_option(__version__, prog_name="pop")
def main() -> None:
    """Problems of Practice: find problems of practice, quotes, themes and rubric practices in summaries of meetings.

    \b
    pop run                              everything, on the documents in corpus/
    pop query --theme succession         quotes on a theme, with their sources
    pop train --labels my-labels.jsonl   learn from your corrections
    """
