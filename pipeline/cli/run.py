"""pop run, and a command for each stage."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import msgspec

from pipeline import alone
from pipeline import run as running
from pipeline.cli import options, outgoing, screen
from pipeline.config import Settings
from pipeline.errors import ExitCode
from pipeline.plan import Outcome
from pipeline.records import Severity
from pipeline.stages import STAGES
from pipeline.work import whole
from pipeline.work.shard import Shard
from pipeline.work.writing import SEGMENT_MAPPINGS

_FILE = click.Path(path_type=Path)
_SAMPLE = click.option(
    "--labels",
    type=_FILE,
    metavar="FILE",
    help="Labels of passages at hand drawn at random (pop suggest), by which the report corrects shares of themes.",
)


_LABELS = click.option(
    "--labels",
    type=_FILE,
    metavar="PATH",
    help="A folder: what people decided.  [default: labels/ of the corpus]  A file: as for pop report.",
)
_DECISIONS = click.option(
    "--labels",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="What people decided.  [default: labels/ of the corpus]",
)
_PRECISION = click.option(
    "--precision",
    type=click.FloatRange(0.7, 0.95),
    default=Settings().precision,
    show_default=True,
    help="Share of decisions (tags yes, mappings match) that are to be right, as on held-out documents; the rest waits "
    "for review.",
)


@click.command("run")
@_LABELS
@_PRECISION
@click.option("--parquet", is_flag=True, help="Write the records as Parquet, too, and from now on in this folder.")
@click.option(
    "--shard",
    metavar="I/N",
    default="1/1",
    callback=options.shard,
    help="Only part I of N parts of the documents, and without index and report; see pop merge.",
)
@options.common
def run(precision: float, parquet: bool, shard: Shard, **given: Any) -> None:
    """Run all stages on the documents of a corpus; what is unchanged since the last run is skipped."""
    plan = options.plan(given, precision=precision)
    names = [stage.name for stage in STAGES.values() if shard.n == 1 or not stage.sees_all]
    _finish(running.run(replace(plan, parquet=parquet, shard=shard), names), given)


@click.command("ingest")
@options.common
def ingest(**given: Any) -> None:
    """Read the documents of a corpus: documents.jsonl, passages.jsonl, errors.jsonl."""
    _finish(running.run(options.plan(given), ["ingest"]), given)


@click.command("segment")
@click.option("--passages", type=_FILE, metavar="FILE", help="Work on these passages alone.")
@_DECISIONS
@options.common
def segment(passages: Path | None, **given: Any) -> None:
    """Find sections and problems of practice: segments.jsonl."""
    _stage("segment", alone.from_passages(passages) if passages else None, given)


@click.command("quote")
@click.option("--passages", type=_FILE, metavar="FILE", help="Work on these passages alone.")
@_DECISIONS
@options.common
def quote(passages: Path | None, **given: Any) -> None:
    """Find quotations and who said them: quotes.jsonl."""
    _stage("quote", alone.from_passages(passages) if passages else None, given)


@click.command("tag")
@click.option("--passages", type=_FILE, metavar="FILE", help="Work on these passages alone (each with id and text).")
@click.option("--all", "write_rejected", is_flag=True, help="Also write what was decided no.")
@_PRECISION
@_DECISIONS
@options.common
def tag(passages: Path | None, write_rejected: bool, precision: float, **given: Any) -> None:
    """Tag passages with the themes of the codebook: tags.jsonl."""
    work = alone.from_passages(passages) if passages else None
    _stage("tag", work, given, write_rejected=write_rejected, precision=precision)


@click.command("map")
@click.option("--quotes", type=_FILE, metavar="FILE", help="Work on these quotes alone (each with id, text, context).")
@click.option(
    "--unit",
    type=click.Choice(["quote", "segment"]),
    default="quote",
    show_default=True,
    help="Map quotes; or the problems of practice of an output folder: segment_mappings.jsonl.",
)
@_PRECISION
@_DECISIONS
@options.common
def map_(quotes: Path | None, unit: str, precision: float, **given: Any) -> None:
    """Map quotes to the practices of the rubric: mappings.jsonl."""
    if unit == "quote":
        _stage("map", alone.from_quotes(quotes) if quotes else None, given, precision=precision)
        return
    if quotes:
        raise click.UsageError("--quotes goes with --unit quote; problems of practice are read from --outputs")
    plan = options.plan(given, precision=precision)
    n = whole.map_segments(plan)
    if not given["quiet"]:
        click.echo(f"Wrote {plan.outputs / SEGMENT_MAPPINGS} ({n} mappings).", err=True)


@click.command("index")
@options.common
def index(**given: Any) -> None:
    """Build the SQLite database that queries read: corpus.db."""
    _finish(running.run(options.plan(given), ["index"]), given)


@click.command("report")
@_SAMPLE
@click.option("--strict", is_flag=True, help="Exit 6 if the report holds what should not leave.")
@outgoing.ROSTER
@outgoing.KEY
@options.common
def report(strict: bool, roster: Path | None, key: Path | None, **given: Any) -> None:
    """Write the report and its figures: report.html, figures/."""
    _finish(running.run(options.plan(given), ["report"]), given)
    if strict or roster or key:
        watch = outgoing.watch_of(given["corpus"], roster, key)
        leaks = outgoing.look_through([given["outputs"] / "report.html", given["outputs"] / "figures"], watch)
        if leaks and strict:
            sys.exit(int(ExitCode.INTEGRITY))


def _stage(name: str, work: "alone.Work | None", given: dict[str, Any], **settings: Any) -> None:
    plan = options.plan(given, **settings)
    outcome = running.run(plan, [name]) if work is None else alone.run(name, work, plan)
    _finish(outcome, given)


def _finish(outcome: Outcome, given: dict[str, Any]) -> None:
    """Print the summary and leave with the right exit code."""
    if given["as_json"]:
        facts = {
            "ran": outcome.ran,
            "counts": outcome.counts,
            "refusals": [msgspec.to_builtins(refusal) for refusal in outcome.refusals],
            "seconds": round(outcome.seconds, 2),
        }
        click.echo(msgspec.json.encode(facts).decode())
    if not given["quiet"]:
        _print_summary(outcome, given["outputs"])
    if outcome.unexpected:
        sys.exit(int(ExitCode.UNEXPECTED))
    if outcome.refused:
        sys.exit(int(ExitCode.BAD_INPUT))


def _print_summary(outcome: Outcome, outputs: Path) -> None:
    for refusal in outcome.refusals:
        sign = "refused" if refusal.severity is Severity.REFUSED else "note"
        screen.say(f"{sign}: {refusal.path} ({refusal.error}, {refusal.stage}): {refusal.message}")
    counts = ", ".join(f"{n} {name}" for name, n in outcome.counts.items())
    if not outcome.ran:
        click.echo(f"Nothing to do: {outputs} is up to date ({counts}).", err=True)
        return
    done = ", ".join(outcome.ran).replace(", ".join(STAGES), "all stages")
    click.echo(f"Done: {done} in {outcome.seconds:.1f} s → {outputs} ({counts}).", err=True)
