"""pop doctor."""

import sys
import textwrap
from typing import Any, Final

import click
import msgspec

from pipeline.cli import options
from pipeline.doctor import Finding, examine
from pipeline.errors import ExitCode
from pipeline.forms.safe import lines_for_terminal

_INDENT: Final = " " * 25
_WIDTH: Final = 80


@click.command("doctor")
@options.CORPUS
@options.OUTPUTS
@options.MODELS
@options.CODEBOOK
@options.RUBRIC
@options.JSON
def command(as_json: bool, **given: Any) -> None:
    """Check the installation, the models, the folders and this computer, and say what to do about what is wrong."""
    findings = examine(options.tools(given), options.corpus_or_default(given["corpus"]), given["outputs"])
    if as_json:
        click.echo(msgspec.json.encode(findings).decode())
    else:
        for finding in findings:
            click.echo(lines_for_terminal(_told(finding)))
    if any(finding.is_wrong for finding in findings):
        sys.exit(int(ExitCode.BAD_INPUT))


def _told(finding: Finding) -> str:
    """Return a finding in lines of at most 80 characters, but for names that are longer."""
    sign = "!!" if finding.is_wrong else " ?" if finding.do else "ok"
    lines = _wrapped(finding.state, f"{sign}  {finding.what:20} ")
    return "\n".join([*lines, *(_wrapped(f"→ {finding.do}", _INDENT) if finding.do else [])])


def _wrapped(text: str, first: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=_INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
