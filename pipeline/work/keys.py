"""What a result depends on, as one hash: code, settings, instruments and models, the document, people's decisions.

A stage as a whole has a *fingerprint*, by which a run skips it; a document in a stage has a *key*, under which its
result is kept.
"""

import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import msgspec

from pipeline.corrections import folder
from pipeline.corrections.folder import Recorded
from pipeline.errors import ErrorCode, PipelineError
from pipeline.files import files_below, sha256_file, sha256_text
from pipeline.kept import Kept
from pipeline.own_code import code_sha256
from pipeline.stages import Stage
from pipeline.tools import MODELS, Tools


@dataclass(frozen=True)
class Basis:
    """What all documents of a stage depend on. `needs`: the hash of each instrument and model."""

    stage: str
    needs: dict[str, str]
    digest: str

    def key(self, *parts: str) -> str:
        """Return the key of a document. `parts`: the hashes of what the stage reads of it, and of decisions."""
        return sha256_text(self.digest, *parts)[:32]


def basis_of(stage: Stage, tools: Tools, kept: Kept) -> Basis:
    """Hash what all documents of a stage depend on."""
    needs = {need: need_sha256(need, tools, kept.sha256) for need in stage.needs}
    read = {name: getattr(tools.settings, name) for name in stage.settings}
    code = code_sha256(all_of_it=stage.sees_all)
    digest = sha256_text(stage.name, code, msgspec.json.encode(read).decode(), *needs.values())
    return Basis(stage.name, needs, digest)


@lru_cache(maxsize=8)
def require_same(tools: Tools, needs: tuple[tuple[str, str], ...]) -> None:
    """Refuse to work on a computer where instruments or models are others than where the run was started.

    Args:
        tools: with the places of instruments and models, which are the same on all computers.
        needs: the hash of each, where the run was started.

    Raises:
        PipelineError: one of them is another here, or is missing.
    """
    different = _different(tools, dict(needs), sha256_file)
    if different:
        raise PipelineError(
            ErrorCode.ENGINE,
            found=f"on {platform.node()}: another {' and another '.join(different)} than where pop was started",
            expected=f"the same files, in {tools.codebook_path.parent} and {tools.models_path}",
            do="copy them there, to the same place, or put them into a folder that all computers share",
        )


def require_unchanged(tools: Tools, needs: Mapping[str, str], kept: Kept) -> None:
    """Refuse results that may have been made with other instruments or models than the run began with.

    Raises:
        PipelineError: one of them was changed meanwhile.
    """
    different = _different(tools, needs, kept.sha256)
    if different:
        raise PipelineError(
            ErrorCode.DRIFT,
            found=f"another {' and another '.join(different)} than when this run began",
            expected="instruments and models that nobody changes while a run is at work",
            do="give the same command again; what was done before is kept",
        )


def _different(tools: Tools, needs: Mapping[str, str], sha256: Callable[[Path], str]) -> list[str]:
    return [need.replace("_", " ") for need, before in needs.items() if need_sha256(need, tools, sha256) != before]


def decisions_sha256(recorded: Sequence[Recorded]) -> str:
    """Hash what people decided of a document."""
    return folder.fingerprint(recorded) if recorded else ""


def need_sha256(need: str, tools: Tools, sha256: Callable[[Path], str]) -> str:
    """Return the hash of an instrument or a model, or of what is known of it."""
    if need in MODELS:
        return _folder_sha256(tools.models_with(MODELS[need]) / MODELS[need], sha256)
    if need == "theme_errors":
        return tools.theme_errors_sha256()
    if need == "metrics":
        return tools.metrics_sha256()
    return tools.codebook.sha256 if need == "codebook" else tools.rubric.sha256


def _folder_sha256(home: Path, sha256: Callable[[Path], str]) -> str:
    """Return one hash for the files of a model, whatever folder it lies in."""
    return sha256_text(
        *(part for path in files_below(home) for part in (path.relative_to(home).as_posix(), sha256(path)))
    )
