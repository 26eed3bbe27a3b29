"""Stage 7, report: the findings as one page to send to a colleague, and its figures as files.

Reads everything that the stages before it wrote, the codebook and the rubric; writes report.html and figures/.

Worked example. Of a document whose only passage reads

    Ana Ruiz, principal of Elm School, said, “The teachers choose the texts.”

with one quote, one theme decided "yes" (p .91) and one practice to review (p .48), the page shows

    Documents    Spring meeting · 26–28 June 2014 · 1 passage · 1 quote
    Quote        “The teachers choose the texts.” Ana Ruiz, principal · Inline · sure .90
                 ● Teacher leadership, yes, p .91     ◐ practice 12b, to review, p .48: “What 12b says.”
    Coverage     12  ◐ 0 matched, 1 to review         13  ○ no evidence

and every number leads to these words. The same records give the same bytes.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.corpus_records import CorpusRecords
from pipeline.files import atomic_write, not_writable, write_bytes
from pipeline.kept import Kept
from pipeline.records import Refusal

if TYPE_CHECKING:
    from pipeline.stages.report.basis import Basis

PAGE = "report.html"
FIGURES = "figures"
_SUFFIXES = (".svg", ".png", ".csv")


def write_report(
    outputs: Path,
    records: CorpusRecords,
    errors: Sequence[Refusal],
    basis: "Basis",
    kept: Kept | None = None,
) -> None:
    """Write report.html and figures/ into the folder `outputs`.

    Args:
        outputs: where to write; figures of an earlier run that are not drawn any more are deleted.
        records: every document with all of its records, in the order of the corpus.
        errors: what was left out or used with a doubt.
        basis: codebook and rubric, whose order the page keeps; what is known of the models; the settings.
        kept: what was worked out for documents before, with no effect on the page; what nobody asks for is dropped.

    Raises:
        PipelineError: the folder cannot be written.

    """
    from pipeline.stages.report.figures import coverage_csvs, draw  # noqa: PLC0415 - these import what is slow
    from pipeline.stages.report.findings import gather  # noqa: PLC0415
    from pipeline.stages.report.render import render  # noqa: PLC0415

    found = gather(records, errors, basis, kept)
    figures = draw(found, kept)
    files = {
        f"{figure.name}{suffix}": content
        for figure in figures
        for suffix, content in zip(_SUFFIXES, (figure.svg, figure.png, figure.csv), strict=True)
    }
    files |= coverage_csvs(found, figures)
    _replace_files(outputs / FIGURES, files)
    with atomic_write(outputs / PAGE) as stream:
        for piece in render(found, frozenset(figure.name for figure in figures), basis):
            stream.write(piece.encode())


def _replace_files(folder: Path, files: dict[str, bytes]) -> None:
    """Make these the only figures of a folder; files of other kinds stay."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in sorted(folder.iterdir()):
            if path.suffix in _SUFFIXES and path.name not in files:
                path.unlink()
    except OSError as error:
        raise not_writable(folder, error) from error
    for name, content in files.items():
        write_bytes(folder / name, content)
