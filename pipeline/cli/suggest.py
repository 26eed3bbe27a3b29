"""`pop suggest`: what to label next, or which labels to look at again."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from pipeline import jsonl
from pipeline.cli import options, screen
from pipeline.config import HOME, Settings
from pipeline.corrections import log
from pipeline.errors import ErrorCode
from pipeline.files import write_bytes
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


class _Text(msgspec.Struct, frozen=True):
    """A label or a passage, of which only the words matter."""

    id: str = ""
    text: str | None = None


@click.command("suggest")
@options.OUTPUTS
@options.MODELS
@options.CODEBOOK
@options.CORPUS
@click.option(
    "--labels",
    multiple=True,
    type=_PATH,
    metavar="FILE",
    help="What is labelled already: labels, decisions of a coder, or a folder of them; repeat for several.  "
    "[default: the shipped labels, and the decisions in labels/ of the corpus]",
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
    labels = labels or default_labels(tools)
    form = sheets.form_of(output, form)
    if errors:
        content, summary = _errors(labels, tools, asked, form, quiet=quiet)
    else:
        content, summary = _queue(outputs, labels, tools, asked, form)
    if output is None:
        screen.put(content)
    else:
        write_bytes(output, content)
    if not quiet:
        click.echo(summary + (f" → {output}" if output else ""), err=True)


def default_labels(tools: Tools) -> tuple[Path, ...]:
    """Return the shipped labels, and the decisions in the folder of the corpus."""
    own = log.files(tools.labels_path) if tools.labels_path is not None else []
    return (_LABELS, *own)


def _queue(
    outputs: Path, labels: Sequence[Path], tools: Tools, asked: dict[str, Any], form: "Form"
) -> tuple[bytes, str]:
    from pipeline.learning import sheets, suggest  # noqa: PLC0415

    known = labelled(labels, outputs)
    documents = suggest.read_documents(outputs)
    listed, n_unlabelled = suggest.choose(documents, known, tools, asked["themes"], asked["n"], asked["random_share"])
    content = sheets.to_jsonl(listed) if form == "jsonl" else _sheet(listed, tools.codebook.ids)
    return content, _summary(listed, n_unlabelled)


def labelled(paths: Sequence[Path], outputs: Path) -> set[str]:
    """Return the texts that are labelled: of labels with a text or the id of a passage, and of decisions."""
    from pipeline.learning import coders, decided  # noqa: PLC0415

    logs = [file for path in paths for file in decided.logs(path)]
    files = [file for path in paths for file in coders.label_files(path) if file not in logs]
    labels = [label for file in files for label in jsonl.read(file, _Text, code=ErrorCode.INVALID_LABELS)]
    lacking = {label.id for label in labels if label.text is None}
    known = jsonl.read(outputs / "passages.jsonl", _Text) if lacking else ()
    texts = {label.text or "" for label in (*labels, *(one for one in known if one.id in lacking))}
    return texts | decided.texts(logs)


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
