"""What a stage is handed to work with, loaded when first needed and once per process."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from pipeline.codebook import Codebook
from pipeline.codebook import load as load_codebook
from pipeline.config import HOME, Settings
from pipeline.errors import ErrorCode, PipelineError
from pipeline.files import sha256_file, sha256_text
from pipeline.folders import complete
from pipeline.rubric import Rubric
from pipeline.rubric import load as load_rubric

if TYPE_CHECKING:
    from spacy.language import Language

    from pipeline.corrections.folder import Labels
    from pipeline.encoder import Encoder
    from pipeline.learning.anatomy import AnatomyModel
    from pipeline.learning.held_out import Errors
    from pipeline.learning.practices import PracticeModel
    from pipeline.learning.themes import ThemeModel


MODELS = {"anatomy_model": "anatomy", "theme_model": "themes", "practice_model": "practices"}
"""The models that stages need, and the folders that they lie in."""


@dataclass(frozen=True)
class Tools:
    """Settings, and the places of instruments and models. Small and picklable: worker processes load for themselves."""

    settings: Settings
    codebook_path: Path
    rubric_path: Path
    models_path: Path
    sample_path: Path | None = None
    """Labels among which a random sample of the passages at hand stands."""
    labels_path: Path | None = None
    """The folder with what people decided; `None`: nothing."""

    @property
    def codebook(self) -> Codebook:
        """The themes."""
        return _codebook(self.codebook_path, _stamp(self.codebook_path))

    @property
    def rubric(self) -> Rubric:
        """The practices."""
        return _rubric(self.rubric_path, _stamp(self.rubric_path))

    def rubric_at(self, path: Path) -> Rubric:
        """Return another rubric."""
        return _rubric(path, _stamp(path))

    @property
    def labels(self) -> "Labels":
        """What people decided, as it stands in the files at this moment."""
        from pipeline.corrections import folder  # noqa: PLC0415

        return folder.read(self.labels_path) if self.labels_path is not None else folder.Labels()

    @property
    def nlp(self) -> "Language":
        """The spaCy pipeline."""
        from pipeline import nlp  # noqa: PLC0415

        return nlp.load()

    @property
    def sentencizer(self) -> "Language":
        """A spaCy pipeline that only finds sentences."""
        from pipeline import nlp  # noqa: PLC0415

        return nlp.sentencizer()

    @property
    def encoder(self) -> "Encoder":
        """The sentence encoder."""
        from pipeline import encoder  # noqa: PLC0415

        return encoder.load()

    @property
    def theme_model(self) -> "ThemeModel":
        """The classifier of themes."""
        models = self.models_with("themes")
        return _theme_model(models, _stamp(models / "themes" / "model.json"))

    @property
    def theme_errors(self) -> "Errors":
        """What is known of the theme model's errors."""
        from pipeline.learning import held_out  # noqa: PLC0415

        sample = held_out.read_sample(self.sample_path, self.codebook) if self.sample_path else None
        return held_out.read(self.models_with("themes") / "themes", sample)

    def theme_errors_sha256(self) -> str:
        """Return the hash of all that is known of them."""
        from pipeline.learning import held_out  # noqa: PLC0415

        folder = self.models_with("themes") / "themes"
        paths = [*held_out.files(folder), *([self.sample_path] if self.sample_path else [])]
        return sha256_text(*(sha256_file(path) for path in paths if path.is_file()))

    @property
    def metrics(self) -> dict[str, Any]:
        """What was measured when the models were trained, by model; without those that tell nothing."""
        return {path.parent.name: _json(path) for path in self._metrics_files()}

    def metrics_sha256(self) -> str:
        """Return the hash of all of it."""
        return sha256_text(*(sha256_file(path) for path in self._metrics_files()))

    def _metrics_files(self) -> list[Path]:
        paths = [self.models_with(model) / model / "metrics.json" for model in MODELS.values()]
        return [path for path in paths if path.is_file()]

    @property
    def practice_model(self) -> "PracticeModel":
        """The ranking model of practices."""
        models = self.models_with("practices")
        return _practice_model(models, _stamp(models / "practices" / "model.json"))

    @property
    def anatomy_model(self) -> "AnatomyModel":
        """The model of the anatomy of problems of practice."""
        models = self.models_with("anatomy")
        return _anatomy_model(models, _stamp(models / "anatomy" / "model.json"))

    def models_with(self, model: str) -> Path:
        """Return the folder that a model is loaded from: the shipped one where one's own folder has only others."""
        complete(self.models_path / model)
        has_other = any((self.models_path / name).is_dir() for name in MODELS.values())
        return self.models_path if (self.models_path / model).is_dir() or not has_other else HOME / "models"


Stamp = tuple[int, int] | None


def _stamp(path: Path) -> Stamp:
    """Return what changes when a file is written again, so that a notebook sees the new one."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _json(path: Path) -> dict[str, Any]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except (OSError, UnicodeDecodeError, msgspec.DecodeError) as error:
        raise PipelineError(
            ErrorCode.INVALID_MODEL,
            found=f"{path}: {error}",
            expected="the figures that pop train writes beside the model",
            do="restore the folder, or train the model again",
        ) from error


@lru_cache(maxsize=8)
def _codebook(path: Path, _: Stamp) -> Codebook:
    return load_codebook(path)


@lru_cache(maxsize=8)
def _rubric(path: Path, _: Stamp) -> Rubric:
    return load_rubric(path)


@lru_cache(maxsize=4)
def _theme_model(models: Path, _: Stamp) -> "ThemeModel":
    from pipeline.learning.themes import ThemeModel  # noqa: PLC0415

    return ThemeModel.load(models)


@lru_cache(maxsize=4)
def _anatomy_model(models: Path, _: Stamp) -> "AnatomyModel":
    from pipeline.learning.anatomy import AnatomyModel  # noqa: PLC0415

    return AnatomyModel.load(models)


@lru_cache(maxsize=4)
def _practice_model(models: Path, _: Stamp) -> "PracticeModel":
    from pipeline.learning.practices import PracticeModel  # noqa: PLC0415

    return PracticeModel.load(models)
