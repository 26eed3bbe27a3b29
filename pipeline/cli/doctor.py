"""pop doctor."""

import sys
from typing import Any

import click
import msgspec

from pipeline.cli import options
from pipeline.doctor import examine
from pipeline.errors import ExitCode


@click.command("doctor")
@options.OUTPUTS
@options.MODELS
@options.CODEBOOK
@options.RUBRIC
@options.JSON
def command(as_json: bool, **given: Any) -> None:
    """Check the installation, the models and the instruments, and say what to do about what is wrong."""
    findings = examine(options.tools(given), given["outputs"])
    if as_json:
        click.echo(msgspec.json.encode(findings).decode())
    else:
        for finding in findings:
            click.echo(f"{'!!' if finding.do else 'ok'}  {finding.what:20} {finding.state}")
            if finding.do:
                click.echo(f"    → {finding.do}")
    if any(finding.do for finding in findings):
        sys.exit(int(ExitCode.BAD_INPUT))
