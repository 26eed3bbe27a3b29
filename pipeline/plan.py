"""What to run, on what, and how; what came of it; and what makes a run impossible."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.engine import Workers
from pipeline.errors import ErrorCode, PipelineError
from pipeline.files import not_writable
from pipeline.locking import Say, silent
from pipeline.manifest import Manifest
from pipeline.records import Refusal, Severity
from pipeline.stages import STAGES
from pipeline.tools import MODELS, Tools
from pipeline.work.shard import Shard


@dataclass(frozen=True)
class Plan:
    """What to run, on what, and how. Only corpus, tools and their contents can change a result."""

    corpus: Path
    outputs: Path
    tools: Tools
    workers: Workers = field(default_factory=Workers)
    force: bool = False
    quiet: bool = False
    shard: Shard = field(default_factory=Shard)
    parquet: bool = False
    """Whether the stage files are to stand there as Parquet, too."""
    say: Say = silent
    """Is told what a person should know at once, such as that an earlier run was killed."""


@dataclass
class Outcome:
    """What a run did. `ran`: the stages that were not skipped."""

    ran: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def refused(self) -> int:
        """How many inputs were left out."""
        return sum(refusal.severity is Severity.REFUSED for refusal in self.refusals)

    @property
    def unexpected(self) -> bool:
        """Whether a fault of ours, not of an input, was met."""
        return any(refusal.error == ErrorCode.UNEXPECTED for refusal in self.refusals)


def check(plan: Plan, names: Sequence[str]) -> None:
    """Make sure that a run is possible.

    Raises:
        PipelineError: corpus, outputs, instruments or models cannot be used.
    """
    if not plan.corpus.is_dir():
        raise PipelineError(
            ErrorCode.MISSING_FILE,
            found=f"no folder {plan.corpus}",
            expected="a folder with the documents to read",
            do="name it with --corpus (or CORPUS= for make)",
        )
    if plan.corpus.resolve().is_relative_to(plan.outputs.resolve()):
        raise PipelineError(
            ErrorCode.NOT_WRITABLE,
            found=f"the documents in {plan.corpus} lie in the folder of the results, {plan.outputs}",
            expected="two folders; results among the documents would be read as documents",
            do="name another folder with --outputs (or OUTPUTS= for make)",
        )
    try:
        plan.outputs.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise not_writable(plan.outputs, error) from error
    if not os.access(plan.outputs, os.W_OK):
        raise not_writable(plan.outputs, PermissionError(13, "Permission denied"))
    _ = plan.tools.codebook, plan.tools.rubric
    for model in _models(names):
        if not (plan.tools.models_with(model) / model).is_dir():
            raise PipelineError(
                ErrorCode.INVALID_MODEL,
                found=f"no folder {model}/ in {plan.tools.models_path}",
                expected="a trained model",
                do="train one (pop train), or name the folder that holds the models with --models",
            )


def check_shard(plan: Plan, before: Manifest) -> None:
    """Make sure that a part of a corpus does not take the place of the whole.

    Raises:
        PipelineError: the folder holds the results of other documents.
    """
    others = len(before.inputs) - len(plan.shard.of(before.inputs))
    if others and not plan.force:
        raise PipelineError(
            ErrorCode.NOT_WRITABLE,
            found=f"{plan.outputs} holds the results of {others} documents that are no part of this shard",
            expected="a folder of its own for each shard",
            do="name another with --outputs, or leave --shard away to work on all documents",
        )


def _models(names: Sequence[str]) -> list[str]:
    """Return the folders of the models that the stages need."""
    needs = [need for name in names for need in STAGES[name].needs]
    return [MODELS[need] for need in needs if need in MODELS]
