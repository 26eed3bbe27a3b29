"""How a model lies on disk: arrays as safetensors, everything else as JSON. Loading one executes nothing.

Every model is a folder of its own below models/; the names of its files stand here and nowhere else.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np
import numpy.typing as npt

from pipeline.encoder import NAME as ENCODER_NAME
from pipeline.errors import ErrorCode, ExitCode, PipelineError
from pipeline.files import sha256_bytes, sha256_file
from pipeline.folders import replace_folder
from pipeline.safe_json import decode

CONFIG = "model.json"
WEIGHTS = "weights.safetensors"
METRICS = "metrics.json"
CARD = "MODEL_CARD.md"

T = TypeVar("T")
Arrays = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Saved:
    """What is written: `config` says what the arrays mean; `beside`: more files, by name; `about`: what tells of it.

    A model with files beside it has a field `beside_sha256` in its configuration.
    """

    config: msgspec.Struct
    arrays: Arrays
    metrics: dict[str, Any]
    card: str
    beside: dict[str, bytes] = field(default_factory=dict)
    about: dict[str, bytes] = field(default_factory=dict)


def save(folder: Path, saved: Saved) -> None:
    """Put a model, all of it or nothing, in the place of the one that lies in a folder."""
    weights = pack(saved.arrays)
    config = msgspec.to_builtins(saved.config) | {"weights_sha256": sha256_bytes(weights)}
    if saved.beside:
        config["beside_sha256"] = {name: sha256_bytes(saved.beside[name]) for name in sorted(saved.beside)}
    described = {METRICS: _pretty(saved.metrics), CARD: saved.card.encode(), CONFIG: _pretty(config)}
    replace_folder(folder, {WEIGHTS: weights, **saved.beside, **saved.about, **described})


def pack(arrays: Arrays) -> bytes:
    """Return arrays as the content of a safetensors file."""
    from safetensors.numpy import save as to_bytes  # noqa: PLC0415

    return bytes(to_bytes({name: np.ascontiguousarray(array) for name, array in sorted(arrays.items())}))


def load(folder: Path, config_type: type[T], command: str) -> tuple[T, Arrays]:
    """Read a model's configuration and arrays.

    Args:
        folder: the model's own folder.
        config_type: a struct with a field `weights_sha256`.
        command: the command that makes such a model, for the error message.

    Raises:
        PipelineError: there is no model, or its files do not belong together.
    """
    before = _content(folder / CONFIG)
    try:
        return _loaded(folder, config_type, command)
    except PipelineError:
        if _content(folder / CONFIG) == before:
            raise
    return _loaded(folder, config_type, command)  # another model took its place meanwhile


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _loaded(folder: Path, config_type: type[T], command: str) -> tuple[T, Arrays]:
    from safetensors.numpy import load_file  # noqa: PLC0415

    try:
        config = decode((folder / CONFIG).read_bytes(), config_type)
        arrays = load_file(folder / WEIGHTS)
    except FileNotFoundError as error:
        raise PipelineError(
            ErrorCode.INVALID_MODEL,
            found=f"no model in {folder}",
            expected=f"{CONFIG} and {WEIGHTS}",
            do=f"train one with {command}, or name the folder that holds the models with --models",
        ) from error
    except Exception as error:  # safetensors raises a class of its own for a damaged file
        raise damaged(folder, str(error)) from error
    if sha256_file(folder / WEIGHTS) != getattr(config, "weights_sha256", None):
        raise damaged(folder, f"{WEIGHTS} is not the file that {CONFIG} describes")
    for name, expected in getattr(config, "beside_sha256", {}).items():
        if not (folder / name).is_file() or sha256_file(folder / name) != expected:
            raise damaged(folder, f"{name} is not the file that {CONFIG} describes")
    if getattr(config, "encoder", None) != ENCODER_NAME:
        raise damaged(folder, f"it was trained with another sentence encoder than {ENCODER_NAME}")
    return config, arrays


def labels_of(trained_on: dict[str, Any]) -> dict[str, str]:
    """Return the files that a model learned from, each with its SHA-256, as its configuration names them."""
    labels = trained_on.get("labels", {})
    named = labels if isinstance(labels, dict) else {str(labels): str(trained_on.get("labels_sha256", ""))}
    return {**named, **trained_on.get("decisions", {})}


def is_there(folder: Path) -> bool:
    """Tell whether there is a model in a folder, be it whole or damaged."""
    return (folder / CONFIG).is_file() or (folder / WEIGHTS).is_file()


def is_whole(folder: Path) -> bool:
    """Tell whether the files of a model are those that its configuration describes."""
    try:
        config = decode((folder / CONFIG).read_bytes(), dict[str, Any])
        named = {WEIGHTS: config.get("weights_sha256"), **config.get("beside_sha256", {})}
        return all(sha256_file(folder / name) == sha256 for name, sha256 in named.items())
    except (OSError, UnicodeDecodeError, msgspec.DecodeError):
        return False


def damaged(folder: Path, reason: str) -> PipelineError:
    """Describe a model whose files do not belong together."""
    return PipelineError(
        ErrorCode.INVALID_MODEL,
        found=f"{folder}: {reason}",
        expected="the files of one trained model, unchanged",
        do="restore the folder, or train the model again",
        exit_code=ExitCode.INTEGRITY,
    )


def _pretty(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"
