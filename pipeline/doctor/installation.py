"""Python, packages, models and instruments."""

import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Final

from pipeline import encoder, nlp
from pipeline.config import HOME
from pipeline.doctor.finding import INSTALL, Finding, tried
from pipeline.errors import PipelineError
from pipeline.tools import Tools
from pipeline.verify.models import check_whole

LOCK: Final = "requirements.lock"
_PINNED: Final = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)(?:\s*;\s*(?P<marker>[^\\]+))?", re.M)
_PACKAGES: Final = (
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
_MOST_NAMED: Final = 4


def findings(tools: Tools) -> Iterator[Finding]:
    """Look at what was installed, and at what the commands work with."""
    yield _python()
    yield from map(_package, _PACKAGES)
    yield locked(HOME / LOCK)
    yield tried("spaCy model", lambda: f"{nlp.MODEL} {nlp.load().meta['version']}")
    yield tried("sentence encoder", lambda: f"{encoder.NAME}, {encoder.load().encode(['a test']).shape[1]} dimensions")
    yield tried("codebook", lambda: f"{tools.codebook_path} ({len(tools.codebook.themes)} themes)")
    yield tried("rubric", lambda: f"{tools.rubric_path} ({len(tools.rubric.indicators)} indicators)")
    yield tried("theme model", lambda: tools.theme_model.config.version)
    yield tried("practice model", lambda: tools.practice_model.config.version)
    yield tried("anatomy model", lambda: tools.anatomy_model.config.version)
    yield _whole(tools)
    yield _themes_known(tools)


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info >= (3, 11)
    return Finding("Python", version, "" if good else "install Python 3.11 or newer, delete .venv, run make all")


def _package(name: str) -> Finding:
    try:
        return Finding(name, metadata.version(name))
    except metadata.PackageNotFoundError:
        return Finding(name, "missing", INSTALL)


def locked(path: Path) -> Finding:
    """Compare what is installed with a lock file: missing is wrong, another version is told."""
    what = "all packages"
    if not path.is_file():
        return Finding(what, f"no {path.name} to compare them with")
    wanted = pinned(path.read_text(encoding="utf-8"))
    found = {name: _installed(name) for name in wanted}
    missing = [name for name, version in found.items() if version is None]
    other = [f"{name} {found[name]}, not {wanted[name]}" for name in wanted if found[name] not in {None, wanted[name]}]
    if missing:
        return Finding(what, f"missing: {_first(missing)}", INSTALL)
    if other:
        do = "results may differ in small ways from those of others; make all installs the versions of the lock file"
        return Finding(what, _first(other), do, optional=True)
    return Finding(what, f"{len(wanted)} as in {path.name}")


def pinned(content: str) -> dict[str, str]:
    """Return name → version of the packages in a lock file that belong on this computer."""
    from packaging.markers import Marker  # noqa: PLC0415 - only here

    found = {}
    for match in _PINNED.finditer(content):
        if match["marker"] is None or Marker(match["marker"].strip()).evaluate():
            found[match["name"]] = match["version"]
    return found


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _first(names: list[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _whole(tools: Tools) -> Finding:
    damaged = list(check_whole(tools))
    if damaged:
        do = "bring the model before it back (pop train --rollback), restore the folder, or train again"
        return Finding("files of the models", "; ".join(damaged), do)
    return Finding("files of the models", "each model is whole")


def _themes_known(tools: Tools) -> Finding:
    what = "codebook and model"
    try:
        missing = sorted(set(tools.codebook.ids) - set(tools.theme_model.config.themes))
    except PipelineError as error:
        return Finding(what, error.found, error.do)
    if missing:
        return Finding(what, f"the model was not trained on {', '.join(missing)}", "run pop train with labels for them")
    return Finding(what, "the model knows every theme of the codebook")
