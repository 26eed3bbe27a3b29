"""What every training run does: says where its labels come from, measures on held-out groups, prints and describes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec
import numpy as np
import numpy.typing as npt

from pipeline.config import Settings
from pipeline.errors import ErrorCode, ExitCode, PipelineError
from pipeline.files import sha256_file
from pipeline.learning import versions
from pipeline.learning.evaluation import measures
from pipeline.learning.gate import Comparison, Verdict
from pipeline.learning.labels import Label, folds
from pipeline.learning.model_files import Saved, save

T = TypeVar("T")
Clusters = tuple[npt.NDArray[np.int64], int]
"""The number of the group of each label, and how many groups there are."""

FEWEST_POSITIVES = 15
HEADER = f"{{:26}}{'n':>6}{'prec':>7}{'recall':>8}{'F1':>7}  {'95 % interval':15}{'AP':>6}"


@dataclass(frozen=True)
class Result:
    """What a training run measured, ready to print. `lines`: a table for people; `metrics`: the same for machines."""

    lines: list[str]
    metrics: dict[str, Any]

    def table(self) -> str:
        """Return the table as text."""
        return "\n".join(self.lines)

    def as_json(self) -> str:
        """Return the metrics as one line of JSON."""
        return msgspec.json.encode(self.metrics).decode()


def require_measurable(labels: Sequence[Label], path: Path) -> None:
    """Refuse to put a model to use that cannot be measured on anything that it had not learned from.

    Raises:
        PipelineError: quality gate.
    """
    if len(np.unique(folds(labels))) < 2:
        raise PipelineError(
            ErrorCode.QUALITY_GATE,
            found=f"{path}: {len(labels)} labels, all of one group",
            expected="labels of at least two groups (meetings, sites), so that one can test what the other taught",
            do="label another meeting, or leave `group` out where texts are independent (--force writes it even so)",
            exit_code=ExitCode.QUALITY_GATE,
        )


def trained_on(
    path: Path, labels: Sequence[Label], instrument: dict[str, str | int], decisions: Sequence[Path] = ()
) -> dict[str, Any]:
    """Say what a model was trained on: a file of labels, and files of decisions."""
    more = {"decisions": {file.name: sha256_file(file) for file in decisions}} if decisions else {}
    groups = {label.group for label in labels if label.group}
    return {
        "labels": path.name,
        "labels_sha256": sha256_file(path),
        "n_labels": len(labels),
        "n_groups": len(groups),
        "n_folds": len(np.unique(folds(labels))),
        **more,
        **instrument,
    }


def clusters(labels: Sequence[Label]) -> Clusters:
    """Number the groups of the labels; a label without a group is one of its own."""
    names, numbers = np.unique([label.group or f"\x00{label.id}" for label in labels], return_inverse=True)
    return numbers.astype(np.int64), len(names)


def decision_row(
    decided: npt.NDArray[np.bool_], gold: npt.NDArray[np.bool_], clusters: Clusters, settings: Settings
) -> dict[str, Any]:
    """Return n, precision, recall and F1 of decisions over all columns, with the interval of F1 over groups."""
    counts = np.stack([(decided & gold).sum(axis=1), decided.sum(axis=1), gold.sum(axis=1)], axis=1).astype(float)
    statistic = measures.precision_recall_f1(counts)
    values = [round(float(value), 4) for value in np.nan_to_num(statistic(np.ones((1, len(counts))))[0])]
    interval = measures.intervals(statistic, *clusters, settings)[2]
    return {
        "n": int(gold.sum()),
        **dict(zip(("precision", "recall", "f1"), values, strict=True)),
        "f1_interval": pair(interval),
    }


def value_of(statistic: measures.Statistic, n: int) -> float | None:
    """Return a statistic of n texts, each counted once; `None` where it has no value."""
    value = float(statistic(np.ones((1, n)))[0, 0])
    return None if np.isnan(value) else round(value, 4)


def mean_of_known(values: Sequence[float | None]) -> float | None:
    """Return the mean of those that have a value."""
    known = [value for value in values if value is not None]
    return round(sum(known) / len(known), 4) if known else None


def pair(interval: measures.Interval | None) -> list[float] | None:
    """Return the bounds of an interval as metrics hold them."""
    return None if interval is None else [round(interval.low, 4), round(interval.high, 4)]


def row_line(name: str, row: dict[str, Any], ap: float | None) -> str:
    """Return a line of the table; a figure from a handful of positives would only mislead."""
    if row["n"] < FEWEST_POSITIVES:
        return f"{name[:25]:26}{row['n']:>6}   (fewer than {FEWEST_POSITIVES} positives: no figure)"
    figures = f"{row['precision']:>7.2f}{row['recall']:>8.2f}{row['f1']:>7.2f}"
    return f"{name[:25]:26}{row['n']:>6}{figures}  {bounds(row['f1_interval']):15}{ap or 0:>6.2f}"


def how_measured(n: int, labels: Sequence[Label]) -> str:
    """Say how many labels there are and what was kept apart in cross-validation."""
    n_folds = len(np.unique(folds(labels)))
    if n_folds < 2:
        return f"{n} labels in one group: measured on the texts that it learned from, so worth nothing."
    grouped = all(label.group for label in labels)
    unit = "whole groups together" if grouped else "labels without groups, dealt out singly"
    return f"{n} labels, cross-validated in {n_folds} folds ({unit}); intervals over groups."


def bounds(interval: list[float] | None) -> str:
    """Print an interval."""
    return f"[{interval[0]:.2f}, {interval[1]:.2f}]" if interval else "n/a (1 group)"


def percent(value: float | None) -> str:
    """Print a share."""
    return "n/a" if value is None else f"{value:.0%}"


def card(title: str, version: str, trained_on: dict[str, Any], lines: Sequence[str]) -> str:
    """Return a model card: where a model comes from, what it reached, what it is for."""
    facts = "\n".join(f"- {name}: `{value}`" for name, value in trained_on.items())
    table = "\n".join(lines)
    return f"""# {title} `{version}`

Made by `pop train`; the same labels and versions give the same model. Encoder: all-MiniLM-L6-v2 (int8, Apache-2.0).

## Trained on

{facts}

## Measured on folds that it had not learned from

```
{table}
```

These figures come from texts of the same origin as the training material. They say how well the model learned that
material, not how well it codes your documents: for that, annotate some of yours and run `pop evaluate`.

## Use

A coder among others, whose tags a person checks; `review` marks what it is unsure of. Not for decisions about people or
schools, and no estimate of how common a theme is: its errors do not cancel out.
"""


@dataclass(frozen=True)
class Candidate:
    """A newly trained model at the gate. `kind`: the folder of such models below `models`.

    `what`: what it is compared on, a theme or an indicator; `judged`: by what, such as "passages", and `of`, where
    these come from. `verdict`: `None`: there is nothing to compare with. `is_blind`: a model is in use, but damaged, so
    that the comparison was left out.
    """

    models: Path
    kind: str
    version: str
    what: Literal["theme", "indicator"]
    judged: str
    of: str
    verdict: Verdict | None
    is_blind: bool = False

    @property
    def worse(self) -> list[str]:
        """What got clearly worse."""
        return self.verdict.worse if self.verdict else []

    def lines(self) -> list[str]:
        """Print the comparison with the current model."""
        if self.verdict is None:
            return ["", "No current model to compare with."]
        together = self.verdict.together
        heading = f"Beside the current model, on {self.verdict.n} {self.judged} of {self.of} that neither had learned"
        lines = ["", f"{heading} from:", *(gate_line(one, together) for one in self.verdict.comparisons)]
        if self.verdict.by_old_labels:
            lines.append(f"{self.verdict.n_changed} labels changed since then; by the old ones:")
            lines.append(gate_line(self.verdict.by_old_labels[-1], together))
        return lines

    def admit(self, table: Sequence[str], *, force: bool) -> None:
        """Let it pass, or write down that it was refused.

        Raises:
            PipelineError: quality gate.
        """
        if not self.worse or force:
            return
        before = versions.version_of(self.models / self.kind)
        reason = f"clearly worse: {', '.join(self.worse)}"
        versions.record(self.models, self.kind, "refused", self.version, before, reason)
        raise refused(self.what, self.worse, table, before)

    def put_to_use(self, saved: Saved) -> Path:
        """Keep the model in use, put this one in its place, and write that down; return its folder."""
        folder = self.models / self.kind
        before = versions.version_of(folder)
        versions.keep(self.models, self.kind)
        save(folder, saved)
        event: versions.Event = "forced" if self.worse or self.is_blind else "promoted"
        versions.record(self.models, self.kind, event, self.version, before, self._reason(before))
        return folder

    def _reason(self, before: str | None) -> str:
        if self.worse:
            return f"in spite of: clearly worse {', '.join(self.worse)}"
        if self.is_blind:
            return f"not compared with {before or 'the model in use'}, which was damaged"
        if self.verdict is not None:
            return f"no {self.what} clearly worse than {before} on {self.verdict.n} {self.judged}"
        return f"nothing to compare with {before}" if before else "the first model"


def in_use(folder: Path, load: Callable[[Path], T | None], *, force: bool) -> tuple[T | None, bool]:
    """Return the model in use, `None` if there is none, and whether (`force`) it was passed over since it is damaged.

    Raises:
        PipelineError: it is damaged, so that nobody could tell whether a new one is worse.
    """
    try:
        return load(folder), False
    except PipelineError as error:
        if force:
            return None, True
        raise PipelineError(
            error.code,
            found=f"a damaged model in use ({error.found})",
            expected="a whole one, that a new model can be compared with before it takes its place",
            do="restore the folder, bring the model before it back with --rollback, or train without a comparison with "
            "--force (recorded)",
        ) from error


def gate_line(one: Comparison, together: str) -> str:
    """Print a line of the comparison with the current model. `together`: the name of the line for all of them."""
    name = f"  {(one.theme or together)[:25]:26}{one.n:>6}"
    if one.current_f1 is None or one.new_f1 is None or one.low is None or one.high is None:
        return f"{name}   no figure"
    mark = "  WORSE" if one.is_clearly_worse else ""
    return f"{name}  F1 {one.current_f1:.2f} → {one.new_f1:.2f}  [{one.low:+.2f}, {one.high:+.2f}]{mark}"


def refused(what: str, worse: Sequence[str], lines: Sequence[str], before: str | None) -> PipelineError:
    """Describe a model that does not take the place of the current one. `what`: the things it got worse on."""
    table = "\n".join(line for line in lines if "F1 " in line and "→" in line)
    return PipelineError(
        ErrorCode.QUALITY_GATE,
        found=f"a new model that is clearly worse on {', '.join(worse)}\n{table}",
        expected=f"no {what} clearly worse than the current model {before}, which stays in use",
        do="look at the newest labels"
        + (" (pop suggest --errors --labels FILE)" if what == "theme" else "")
        + ", train on them together with the shipped ones, or promote it even so with --force (recorded)",
        exit_code=ExitCode.QUALITY_GATE,
    )
