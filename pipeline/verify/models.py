"""The folders of models: whole, loadable, and those that the run used."""

from collections.abc import Iterator

from pipeline import encoder
from pipeline.errors import PipelineError
from pipeline.files import sha256_file
from pipeline.manifest import Manifest
from pipeline.tools import MODELS, Tools
from pipeline.verify.verdict import RESTORE, Verdict
from pipeline.work.keys import need_sha256


def check_whole(tools: Tools) -> Iterator[str]:
    """Tell which models are damaged: those in use, and those that were in use before."""
    from pipeline.learning import model_files, versions  # noqa: PLC0415 - numpy is slow to import

    in_use = [tools.models_with(name) / name for name in MODELS.values()]
    kept = sorted((tools.models_path / versions.FOLDER).glob("*/"))
    for folder in (*in_use, *kept):
        if model_files.is_there(folder) and not model_files.is_whole(folder):
            yield f"{folder}: its files do not belong together"


def check_used(tools: Tools, state: Manifest, verdict: Verdict) -> None:
    """Tell which models cannot be loaded, or are not those that the run used."""
    for need, name in MODELS.items():
        try:
            getattr(tools, need)
        except PipelineError as error:
            verdict.damage.append(error.found)
            continue
        used = state.models.get(need)
        if used is not None and need_sha256(need, tools, sha256_file) != used:
            verdict.drift.append(f"model {tools.models_with(name) / name}: not the one that the run used")
    try:
        encoder.load()
    except PipelineError as error:
        verdict.damage.append(error.found)


def check(tools: Tools, state: Manifest, verdict: Verdict, *, used: bool) -> None:
    """Check the models. `used`: whether they should be those of the run, and are to be loaded."""
    before = len(verdict.problems)
    verdict.damage += check_whole(tools)
    if used and not verdict.damage:
        check_used(tools, state, verdict)
    if len(verdict.problems) > before:
        verdict.remedies.append(RESTORE)
