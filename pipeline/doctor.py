"""Looks at the installation and says what is wrong with it and what to do."""

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from pipeline import encoder, nlp
from pipeline.config import HOME
from pipeline.errors import PipelineError
from pipeline.tools import Tools

_PACKAGES = (
    "spacy",
    "scikit-learn",
    "pandas",
    "click",
    "jsonlines",
    "msgspec",
    "onnxruntime",
    "lxml",
    "pdfplumber",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `do` is empty when it is in order."""

    what: str
    state: str
    do: str = ""


def examine(tools: Tools, outputs: Path) -> list[Finding]:
    """Look at Python, packages, models, instruments and the output folder."""
    return [
        _python(),
        *(_package(name) for name in _PACKAGES),
        _try("spaCy model", lambda: f"{nlp.MODEL} {nlp.load().meta['version']}"),
        _try("sentence encoder", lambda: f"{encoder.NAME}, {encoder.load().encode(['a test']).shape[1]} dimensions"),
        _try("codebook", lambda: f"{tools.codebook_path} ({len(tools.codebook.themes)} themes)"),
        _try("rubric", lambda: f"{tools.rubric_path} ({len(tools.rubric.indicators)} indicators)"),
        _try("theme model", lambda: tools.theme_model.config.version),
        _try("practice model", lambda: tools.practice_model.config.version),
        _try("anatomy model", lambda: tools.anatomy_model.config.version),
        _themes_known(tools),
        _writable(outputs),
    ]


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info >= (3, 11)
    return Finding("Python", version, "" if good else "install Python 3.11 or newer, delete .venv, run make all")


def _package(name: str) -> Finding:
    try:
        return Finding(name, metadata.version(name))
    except metadata.PackageNotFoundError:
        return Finding(name, "missing", f"run make all in {HOME}, which installs it")


def _try(what: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(what, look())
    except PipelineError as error:
        return Finding(what, error.found, error.do)
    except ImportError as error:
        return Finding(what, f"missing ({error.name})", f"run make all in {HOME}, which installs it")


def _themes_known(tools: Tools) -> Finding:
    what = "codebook and model"
    try:
        missing = sorted(set(tools.codebook.ids) - set(tools.theme_model.config.themes))
    except PipelineError as error:
        return Finding(what, error.found, error.do)
    if missing:
        return Finding(what, f"the model was not trained on {', '.join(missing)}", "run pop train with labels for them")
    return Finding(what, "the model knows every theme of the codebook")


def _writable(outputs: Path) -> Finding:
    folder = next(parent for parent in (outputs, *outputs.absolute().parents) if parent.exists())
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        return Finding("outputs", f"{outputs} cannot be written ({error.strerror})", "choose another with --outputs")
    return Finding("outputs", f"{outputs} can be written")
