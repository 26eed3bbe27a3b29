"""`pop suggest`: what to label next, or which labels to look at again."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec
import numpy as np

from pipeline import jsonl
from pipeline.cli import options
from pipeline.config import HOME, Settings
from pipeline.errors import ErrorCode
from pipeline.files import write_bytes
from pipeline.records import DocumentKind, Passage
from pipeline.tools import Tools

if TYPE_CHECKING:
    from pipeline.learning.label_errors import Suspect
    from pipeline.learning.sheets import Form
    from pipeline.learning.suggest import Suggestion

_PATH = click.Path(path_type=Path)
_LABELS = HOME / "corpus" / "labels" / "themes.jsonl"
_SHEET = (
    "rank",
    "id",
    "document_id",
    "group",
    "reason",
    "theme",
    "p",
    "threshold",
    "sampling_probability",
    "heading",
    "checked",
    "text",
)
_MISSING_KIND: DocumentKind = "other"


class _Text(msgspec.Struct, frozen=True):
    """A label, of which only the words matter."""

    text: str


class _Document(msgspec.Struct, frozen=True):
    id: str
    kind: DocumentKind


@click.command("suggest")
@options.OUTPUTS
@options.MODELS
@options.CODEBOOK
@click.option(
    "--labels",
    multiple=True,
    type=_PATH,
    metavar="FILE",
    help="What is labelled already; repeat for several files.  [default: the shipped labels]",
)
@click.option("--errors", is_flag=True, help="List labels that are probably wrong instead. Takes some minutes.")
@click.option("--n", type=click.IntRange(min=1), default=50, show_default=True, help="How many at most.")
@click.option("--theme", "themes", multiple=True, help="Only this theme of the codebook; repeat for several.")
@click.option(
    "--random-share",
    type=click.FloatRange(0, 1),
    default=0.2,
    show_default=True,
    help="The share drawn at random, for estimates without bias.",
)
@click.option("--seed", type=click.IntRange(min=0), default=Settings().seed, show_default=True, help="Of the draw.")
@click.option("-o", "--output", type=_PATH, metavar="FILE", help="Write to this file.  [default: standard output]")
@click.option(
    "--format", "form", type=click.Choice(["csv", "jsonl"]), help="[default: by the ending of FILE, or else jsonl]"
)
@options.QUIET
def command(
    *,
    outputs: Path,
    labels: tuple[Path, ...],
    errors: bool,
    output: Path | None,
    form: "Form | None",
    seed: int,
    quiet: bool,
    **asked: Any,
) -> None:
    """Choose the passages that are most worth labelling next: those the model is unsure of, and some at random.

    The JSONL is a file of labels once its "themes" are filled in; the CSV has a column for each theme.
    """
    from pipeline.learning import sheets  # noqa: PLC0415

    tools = options.tools(asked, seed=seed)
    form = sheets.form_of(output, form)
    if errors:
        content, summary = _errors(labels or (_LABELS,), tools, asked, form, quiet=quiet)
    else:
        content, summary = _queue(outputs, labels or (_LABELS,), tools, asked, form)
    if output is None:
        click.echo(content, nl=False)
    else:
        write_bytes(output, content)
    if not quiet:
        click.echo(summary + (f" → {output}" if output else ""), err=True)


def _queue(
    outputs: Path, labels: Sequence[Path], tools: Tools, asked: dict[str, Any], form: "Form"
) -> tuple[bytes, str]:
    from pipeline.learning import sheets, suggest  # noqa: PLC0415

    themes = [theme for theme in tools.codebook.ids if not asked["themes"] or theme in asked["themes"]]
    model = tools.theme_model
    places = suggest.columns(tools.codebook, [*themes, *(theme for theme in asked["themes"] if theme not in themes)])
    documents = _documents(outputs)
    labelled = {label.text for path in labels for label in jsonl.read(path, _Text, code=ErrorCode.INVALID_LABELS)}
    found = suggest.candidates([passages for kind, passages in documents if kind != "rubric"], labelled)
    predicted = suggest.predict(documents, model, tools.encoder, tools.codebook)
    p = np.array([predicted[one.passage.id][places] for one in found]).reshape(len(found), len(places))
    thresholds = np.array(model.decisions(tools.codebook, tools.settings.precision)[0])[places]
    vectors = tools.encoder.encode([one.passage.text for one in found])
    picks = suggest.pick(
        p,
        thresholds,
        vectors,
        asked["n"],
        random_share=asked["random_share"],
        seed=tools.settings.seed,
        whole=np.array([one.is_whole for one in found], dtype=bool),
    )
    listed = suggest.suggestions(picks, found, p, thresholds, themes)
    content = sheets.to_jsonl(listed) if form == "jsonl" else _sheet(listed, tools.codebook.ids)
    return content, _summary(listed, len(found))


def _sheet(listed: "Sequence[Suggestion]", themes: Sequence[str]) -> bytes:
    """Return a sheet in which a person marks the themes: an empty column for each, behind the text."""
    from pipeline.learning import sheets  # noqa: PLC0415

    blank = dict.fromkeys(["checked", *themes], "")
    return sheets.to_csv([msgspec.structs.asdict(one) | blank for one in listed], [*_SHEET, *themes])


def _summary(listed: "Sequence[Suggestion]", n_unlabelled: int) -> str:
    n_random = sum(one.reason == "random" for one in listed)
    return (
        f"{len(listed)} of {n_unlabelled} unlabelled passages: {len(listed) - n_random} uncertain, {n_random} at random"
    )


def _documents(outputs: Path) -> list[tuple[DocumentKind, list[Passage]]]:
    """Read the passages of each document with its kind; outputs made of passages alone have no documents.jsonl."""
    file = outputs / "documents.jsonl"
    kinds = {one.id: one.kind for one in jsonl.read(file, _Document)} if file.is_file() else {}
    documents: dict[str, list[Passage]] = {}
    for passage in jsonl.read(outputs / "passages.jsonl", Passage):
        documents.setdefault(passage.document_id, []).append(passage)
    return [(kinds.get(document, _MISSING_KIND), passages) for document, passages in documents.items()]


def _errors(
    paths: Sequence[Path], tools: Tools, asked: dict[str, Any], form: "Form", *, quiet: bool
) -> tuple[bytes, str]:
    from pipeline.learning import coders, label_errors, sheets, vectors  # noqa: PLC0415
    from pipeline.learning.recoding import recode  # noqa: PLC0415
    from pipeline.learning.themes import fit  # noqa: PLC0415

    themes = tools.codebook.ids
    files = [file for path in paths for file in coders.label_files(path)]
    labels = recode(coders.read(files, {}), tools.codebook, strict=True).labels
    label_errors.require_folds(labels)
    read = vectors.read_labels(labels, tools.encoder, tools.models_path, quiet=quiet)
    material = fit.prepare(labels, tools.codebook, read, tools.encoder)
    p, known = fit.train(material, {}).p, material.is_body
    found = [one for one in label_errors.suspects(labels, themes, p, known) if one.theme in (asked["themes"] or themes)]
    shown: list[Suspect] = found[: asked["n"]]
    content = sheets.records_to(form, shown, label_errors.Suspect)
    return content, f"{len(found):,} of {int(known.sum()) * len(themes):,} decisions doubtful; {len(shown)} listed"
