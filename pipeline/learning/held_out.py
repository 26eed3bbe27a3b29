"""What is known of a model's errors, read from its folder and from a random sample that a person has judged."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from pipeline import jsonl
from pipeline.codebook import Codebook
from pipeline.config import Settings
from pipeline.errors import ErrorCode, PipelineError
from pipeline.learning.labels import Grade, ThemeLabel
from pipeline.learning.prevalence import HeldOut, Prevalence, Sampled
from pipeline.learning.recoding import recode
from pipeline.records import Name

T = TypeVar("T")
FILE: Final = "held_out.json"
_MODEL: Final = "model.json"


class SampledLabel(msgspec.Struct, frozen=True, kw_only=True):
    """A label of a passage at hand; those with `reason` "random" make up the sample.

    `sampling_probability`: that of drawing the passage; `None`: the same for all.
    """

    id: Name
    text: Name
    themes: dict[str, Grade]
    open: list[str] = []
    reason: str | None = None
    sampling_probability: float | None = None


@dataclass(frozen=True)
class Sample:
    """The random sample, by the id of the passage."""

    labels: dict[str, SampledLabel] = field(default_factory=dict)

    def of(self, passage_id: str, theme: str, *, model: bool) -> Sampled | None:
        """Return what a person said of a passage; `None` where it was not drawn or the theme is open."""
        label = self.labels.get(passage_id)
        if label is None or theme in label.open:
            return None
        return Sampled(model, theme in label.themes, 1 / (label.sampling_probability or 1))


@dataclass(frozen=True)
class Errors:
    """What is known of the errors of a model; `why` nothing is."""

    version: str | None
    held_out: HeldOut | None
    why: str = ""
    sample: Sample = field(default_factory=Sample)

    def prevalence(self, coders: Iterable[str], settings: Settings) -> Prevalence:
        """Return what corrects the counts of these versions of the model, and of no other."""
        others = sorted(set(coders) - {self.version})
        if self.held_out is None or not others:
            return Prevalence(self.held_out, settings, why=self.why)
        why = f"coded by {', '.join(others)}, but the model at hand is {self.version} (--models names another)"
        return Prevalence(None, settings, why=why)


def files(folder: Path) -> list[Path]:
    """Return the files of a model's folder that tell of its errors."""
    return [folder / _MODEL, folder / FILE]


def read(folder: Path, sample: Sample | None = None) -> Errors:
    """Read what a model's folder tells of its errors; an older model tells nothing, which is no error.

    Raises:
        PipelineError: a file is damaged.
    """
    sample = sample or Sample()
    if not (folder / _MODEL).is_file():
        return Errors(None, None, f"there is no model in {folder.name}/", sample)
    version = _decode(folder / _MODEL, _Version).version
    if not (folder / FILE).is_file():
        return Errors(version, None, f"the model has no {FILE} (pop train writes it)", sample)
    held_out = _decode(folder / FILE, HeldOut)
    try:
        held_out.counts()
    except ValueError as error:
        raise _damaged(folder / FILE, "counts that are not one for each theme") from error
    return Errors(version, held_out, "", sample)


def read_sample(path: Path, codebook: Codebook) -> Sample:
    """Read the labels of a random sample, as `pop suggest` offers it and a person has filled it in.

    Raises:
        PipelineError: no label was drawn at random, or none has been filled in.
    """
    labels = list(jsonl.read(path, SampledLabel, code=ErrorCode.INVALID_LABELS))
    drawn = [label for label in labels if label.reason == "random"]
    if not any(label.themes for label in drawn):
        raise PipelineError(
            ErrorCode.INVALID_LABELS,
            found=f"{path}: {len(drawn)} of {len(labels)} labels with reason: random, and none of them with a theme",
            expected="labels of passages that were drawn at random, with the themes that a person gave them",
            do="fill in the themes of the random share of the queue, or leave --labels out",
        )
    return Sample({label.id: label for label in _carried_over(drawn, codebook)})


def _carried_over(labels: Sequence[SampledLabel], codebook: Codebook) -> list[SampledLabel]:
    plain = [ThemeLabel(id=label.id, text=label.text, themes=label.themes, open=label.open) for label in labels]
    recoded = recode(plain, codebook).labels
    return [
        msgspec.structs.replace(label, themes=new.themes, open=new.open)
        for label, new in zip(labels, recoded, strict=True)
    ]


class _Version(msgspec.Struct):
    version: str


def _decode(path: Path, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, UnicodeDecodeError, msgspec.DecodeError) as error:
        raise _damaged(path, str(error)) from error


def _damaged(path: Path, reason: str) -> PipelineError:
    return PipelineError(
        ErrorCode.INVALID_MODEL,
        found=f"{path}: {reason}",
        expected="the file that pop train writes beside the model",
        do="restore the folder, or train the model again",
    )
