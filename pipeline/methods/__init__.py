"""The methods section of a paper and its audit trail, every figure worked out from what is at hand and none typed in.

figures     every figure          gathering, people   work them out
section     the paragraphs        tables              codebook, quality, prevalence
trail       the audit trail       references          works that the text names
document    all of it as Markdown or HTML
"""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from pipeline.methods import document, references
from pipeline.methods.figures import All, ModelFigures
from pipeline.methods.gathering import Material, figures
from pipeline.methods.people import anonymous, numbered
from pipeline.tools import Tools

__all__ = ["methods"]


def methods(
    outputs: Path, tools: Tools, corpus: Path | None, form: str, *, names: bool = False, dates: bool = False
) -> str:
    """Return the text, or its figures or references.

    Args:
        outputs: of a whole run.
        tools: instruments, models, decisions.
        corpus: the documents, to be compared with the outputs; `None`: they are not looked at.
        form: markdown, html, json or bibtex.
        names: whether coders are named.
        dates: whether to tell when the run was made.

    Raises:
        PipelineError: the outputs are not whole, or damaged.
    """
    found = figures(Material(outputs, tools, corpus), dates=dates)
    if not names:
        found = _nameless(found)
    if form == "json":
        return msgspec.json.format(msgspec.json.encode(found), indent=1).decode() + "\n"
    if form == "bibtex":
        return references.bibtex(document.works_of(found))
    return document.to_html(found) if form == "html" else document.to_markdown(found)


def _nameless(found: All) -> All:
    """Return figures without the names of coders, which the files of decisions and the models bear too."""
    models = [one for one in (found.theme_model, found.practice_model) if one is not None]
    number = numbered(name for coders in (found.people.coders, *(one.coders for one in models)) for name in coders)
    files = [msgspec.structs.replace(one, path=_file(one.path, number)) for one in found.trail.labels]
    return msgspec.structs.replace(
        found,
        people=anonymous(found.people, number),
        trail=msgspec.structs.replace(found.trail, labels=files),
        theme_model=_model(found.theme_model, number),
        practice_model=_model(found.practice_model, number),
    )


def _model(model: ModelFigures | None, number: Mapping[str, str]) -> ModelFigures | None:
    if model is None:
        return None
    return msgspec.structs.replace(
        model,
        coders={number.get(name, name): n for name, n in model.coders.items()},
        labels={_file(path, number): sha256 for path, sha256 in model.labels.items()},
    )


def _file(path: str, number: Mapping[str, str]) -> str:
    """Return the path of a file of labels, with the number of the coder whose name it bears.

    >>> _file("labels/ana.jsonl", {"ana": "Coder 1"})
    'labels/coder-1.jsonl'
    >>> _file("practices.jsonl", {})
    'practices.jsonl'
    """
    folder, slash, name = path.rpartition("/")
    stem = name.removesuffix(".jsonl")
    own = number[stem].replace(" ", "-").lower() if stem in number else stem
    return f"{folder}{slash}{own}.jsonl"
