"""manifest.json: what a run read, used, wrote and refused; it also lets the next run skip what is unchanged."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from pipeline.config import Settings
from pipeline.corrections import log
from pipeline.errors import ErrorCode, PipelineError
from pipeline.files import sha256_or_nothing, sha256_text, write_bytes
from pipeline.records import SCHEMA_VERSION
from pipeline.safe_json import decode
from pipeline.version import __version__

FILE = "manifest.json"


class InputFile(msgspec.Struct, frozen=True):
    """A file of the corpus, or of decisions; `path` relative to the corpus, or to the folder of labels."""

    path: str
    sha256: str


class OutputFile(msgspec.Struct, frozen=True):
    """A file in outputs/; `records`: how many it holds, JSONL only."""

    path: str
    sha256: str
    records: int | None


class StageState(msgspec.Struct, frozen=True):
    """The last completed execution of a stage. `fingerprint`: hash of all that its result depends on.

    `labels_sha256`: of the files of decisions that its records agree with; `None`: people decide nothing of them.
    """

    name: str
    fingerprint: str
    outputs: list[str]
    labels_sha256: str | None = None


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file. Whatever differs from run to run stands under `run`; the rest follows from the inputs.

    `labels`: the files of decisions, as a stage last read them. `sealed`: hash of all the rest but `run`, by which a
    change is noticed; empty in a manifest of an earlier version.
    """

    version: str = __version__
    schema_version: int = SCHEMA_VERSION
    inputs: list[InputFile] = []
    labels: list[InputFile] = []
    outputs: list[OutputFile] = []
    models: dict[str, str] = {}
    settings: Settings = Settings()
    counts: dict[str, int] = {}
    stages: list[StageState] = []
    sealed: str = ""
    run: dict[str, Any] = {}

    def stage(self, name: str) -> StageState | None:
        """Return the state of one stage, if it ever completed."""
        return next((state for state in self.stages if state.name == name), None)

    def output_sha256(self) -> dict[str, str]:
        """Map the path of each output to its hash."""
        return {output.path: output.sha256 for output in self.outputs}


def load(outputs: Path) -> Manifest:
    """Read the manifest of an output folder; an empty one where there is none.

    Raises:
        PipelineError: the file is broken.
    """
    path = outputs / FILE
    if not path.is_file():
        return Manifest()
    try:
        return decode(path.read_bytes(), Manifest)
    except (msgspec.DecodeError, OSError) as error:
        raise PipelineError(
            ErrorCode.INVALID_RECORD,
            found=f"{path}: {error}",
            expected="the manifest of an earlier run",
            do="delete that file and run again with --force",
        ) from error


def save(manifest: Manifest, outputs: Path) -> None:
    """Write the manifest, indented for readers."""
    manifest = msgspec.structs.replace(manifest, sealed=_seal(msgspec.to_builtins(manifest)))
    write_bytes(outputs / FILE, msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n")


def is_as_saved(outputs: Path) -> bool:
    """Tell whether nobody changed what stands in a manifest; `run` may be deleted before it is published.

    Raises:
        OSError, msgspec.DecodeError: it cannot be read.
    """
    content = decode((outputs / FILE).read_bytes(), dict[str, Any])
    return content.get("sealed", "") in {"", _seal(content)}


def _seal(content: Mapping[str, Any]) -> str:
    """Hash what stands in the file, not what this version of the program knows of it."""
    sealed = {name: value for name, value in content.items() if name not in {"run", "sealed"}}
    return sha256_text(msgspec.json.encode(sealed, order="sorted").decode())


def label_files(folder: Path | None) -> list[InputFile]:
    """List the files of decisions in a folder of labels."""
    return [InputFile(path.name, sha256_or_nothing(path)) for path in log.files(folder)] if folder is not None else []


def labels_sha256(labels: Sequence[InputFile]) -> str:
    """Return one hash for files of decisions."""
    return sha256_text(*(part for entry in labels for part in (entry.path, entry.sha256)))
