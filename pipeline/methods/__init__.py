"""The methods section of a paper and its audit trail, every figure worked out from what is at hand and none typed in.

figures     every figure          gathering, people   work them out
section     the paragraphs        tables              codebook, quality, prevalence
trail       the audit trail       references          works that the text names
document    all of it as Markdown or HTML
"""

from pathlib import Path

import msgspec

from pipeline.methods import document, references
from pipeline.methods.figures import All
from pipeline.methods.gathering import Material, figures
from pipeline.methods.people import anonymous
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
    """Return figures without the names of coders, which the files of decisions bear too."""
    labels = [
        msgspec.structs.replace(one, path=f"labels/coder-{i}.jsonl")
        for i, one in enumerate(found.trail.labels, start=1)
    ]
    return msgspec.structs.replace(
        found, people=anonymous(found.people), trail=msgspec.structs.replace(found.trail, labels=labels)
    )
