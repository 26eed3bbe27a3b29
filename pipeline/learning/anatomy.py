"""The anatomy model: whether a sentence states the problem, the approach, a challenge or a result of a case.

A first reading takes each sentence by itself: one logistic regression a role on what it means (its vector and those
of its neighbours), where in the account it stands, and how much it sounds like each role (`stages.segment.roles`). A
second reading knows the account: the log-odds of the first for the sentence, its neighbours, all before and all after.
A sentence is marked with its likeliest role from the threshold upwards that kept the wished precision on accounts that
were not learned from.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import numpy.typing as npt

from pipeline.encoder import NAME as ENCODER_NAME
from pipeline.encoder import Encoder
from pipeline.files import sha256_text
from pipeline.learning import linear, model_files
from pipeline.learning.labels import AccountLabel, folds, splits
from pipeline.learning.linear import Floats
from pipeline.records import ANATOMY_ROLES as ROLES
from pipeline.records import AnatomyRole, Passage
from pipeline.stages.segment.clauses import Sentence, read_sentences
from pipeline.stages.segment.roles import score

if TYPE_CHECKING:
    from spacy.language import Language

FOLDER = "anatomy"
PRECISION = 0.86
"""Of the sentences that are marked, on accounts that were not learned from; a higher one leaves few marks."""
PER_ROLE = 2
_STRENGTH = 0.05
_STRENGTH_OF_SECOND = 0.05
_MEANING = 4.0
"""Vectors have length 1: they weigh as much as the other features when they are this much longer."""
_NEIGHBOURS = 2.0
_SOUND = 2.0


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in model.json. `threshold`: the probability from which a sentence is marked."""

    kind: str = "anatomy"
    version: str
    encoder: str
    roles: list[str]
    threshold: float
    trained_on: dict[str, Any]
    weights_sha256: str = ""


class AnatomyModel:
    """A trained model, ready to be asked.

    `arrays`: first and second, shape (4, features + 1), the intercepts last; mean and scale of the second's features.
    """

    def __init__(self, config: Config, arrays: dict[str, npt.NDArray[Any]]) -> None:
        self.config = config
        self._arrays = arrays

    @classmethod
    def load(cls, models: Path) -> "AnatomyModel":
        """Load the model from a folder of models.

        Raises:
            PipelineError: there is none, or it is damaged.
        """
        config, arrays = model_files.load(models / FOLDER, Config, "pop train --target anatomy")
        return cls(config, arrays)

    def predict(self, account: Sequence[Sentence], encoder: Encoder) -> Floats:
        """Return the probability of each role for each sentence of one account, shape (sentences, 4)."""
        if not account:
            return np.zeros((0, len(ROLES)))
        sound = sounds(account)
        first = _log_odds(self._arrays["first"], features(encoder.encode([one.text for one in account]), sound))
        seen = (in_account(first, sound) - self._arrays["mean"]) / self._arrays["scale"]
        return linear.sigmoid(_log_odds(self._arrays["second"], seen))

    def choose(self, p: Floats) -> list[tuple[int, AnatomyRole]]:
        """Return the sentences to mark, with their roles, in text order."""
        return choose(p, self.config.threshold)


def _log_odds(weights: npt.NDArray[Any], seen: Floats) -> Floats:
    log_odds: Floats = seen @ weights[:, :-1].T + weights[:, -1]
    return log_odds


def choose(p: Floats, threshold: float) -> list[tuple[int, AnatomyRole]]:
    """Mark at most two sentences for each role, the likeliest, each sentence once; in text order."""
    best = p.argmax(axis=1) if len(p) else np.zeros(0, dtype=int)
    chosen: list[tuple[int, AnatomyRole]] = []
    for column, role in enumerate(ROLES):
        own = [i for i in np.flatnonzero(best == column).tolist() if p[i, column] >= threshold]
        chosen += [(i, role) for i in sorted(own, key=lambda i: (-p[i, column], i))[:PER_ROLE]]
    return sorted(chosen)


def sounds(account: Sequence[Sentence]) -> Floats:
    """Return how much each sentence sounds like each role, and how much of it is quoted, shape (sentences, 6)."""
    rows = [[*(score(role, one) for role in ROLES), one.quoted, float(one.spoken)] for one in account]
    return np.array(rows, dtype=np.float64).reshape(len(account), len(ROLES) + 2)


def features(vectors: npt.NDArray[Any], sound: Floats) -> Floats:
    """Join what is known of the sentences of one account.

    Args:
        vectors: of the sentences, shape (n, 384).
        sound: what `sounds` returned, shape (n, 6).
    """
    n = len(vectors)
    place = np.arange(n) / max(1, n - 1)
    before, after = np.zeros_like(vectors), np.zeros_like(vectors)
    before[1:], after[:-1] = vectors[:-1], vectors[1:]
    where = np.stack([place, place**2, place == 0, np.full(n, np.log(max(1, n)))], axis=1)
    return np.hstack([vectors * _MEANING, before * _NEIGHBOURS, after * _NEIGHBOURS, where, sound * _SOUND])


def in_account(first: Floats, sound: Floats) -> Floats:
    """Set the first reading of each sentence beside that of the others of its account, shape (n, 33).

    Args:
        first: log-odds of the first reading, shape (n, 4).
        sound: what `sounds` returned, shape (n, 6).
    """
    n = len(first)
    p = linear.sigmoid(first)
    nothing = np.zeros((1, p.shape[1]))
    before, after = np.vstack([nothing, p[:-1]]), np.vstack([p[1:], nothing])
    all_before = np.cumsum(p, axis=0) - p
    all_after = p.sum(axis=0) - all_before - p
    place = (np.arange(n) / max(1, n - 1))[:, None]
    where = np.hstack([place, place**2, np.full((n, 1), np.log(max(1, n)))])
    likeliest = np.maximum.accumulate(before)
    beside_best = first - first.max(axis=0)
    return np.hstack(
        [first, before, after, all_before / n, all_after / n, likeliest, where, beside_best, sound[:, : len(ROLES)]]
    )


@dataclass(frozen=True)
class Trained:
    """A model with what was measured on folds that it had not learned from.

    `p`, `gold`: shape (sentences, 4), one after the other. `account`: the number of the account of each sentence.
    """

    config: Config
    arrays: dict[str, npt.NDArray[Any]]
    p: Floats
    gold: npt.NDArray[np.bool_]
    account: npt.NDArray[np.int64]

    @property
    def marked(self) -> npt.NDArray[np.bool_]:
        """Which roles of which sentences would be marked, shape (sentences, 4)."""
        return _marked(self.p, self.account, self.config.threshold)


def train(
    labels: Sequence[AccountLabel],
    encoder: Encoder,
    nlp: "Language",
    *,
    trained_on: dict[str, Any],
    quiet: bool = False,
) -> Trained:
    """Train on accounts whose sentences are labelled, cross-validated by fold."""
    encoder.encode([one.text for label in labels for one in label.sentences], None if quiet else "sentences")
    accounts = [_read(label, nlp) for label in labels]
    sound = [sounds(own) for own in accounts]
    vectors = [encoder.encode([one.text for one in own]) for own in accounts]
    seen = np.vstack([features(*both) for both in zip(vectors, sound, strict=True)])
    account = np.repeat(np.arange(len(labels)), [len(own) for own in accounts])
    gold = np.array([[role in one.roles for role in ROLES] for label in labels for one in label.sentences])
    fold = folds(labels)[account]
    first = _held_out(seen, gold, fold, _STRENGTH)
    again = np.vstack([in_account(first[account == i], own) for i, own in enumerate(sound)])
    mean, scale = again.mean(axis=0), again.std(axis=0) + 1e-6
    again = (again - mean) / scale
    p = linear.sigmoid(_held_out(again, gold, fold, _STRENGTH_OF_SECOND))
    arrays = {
        "first": _fit(seen, gold, _STRENGTH),
        "second": _fit(again, gold, _STRENGTH_OF_SECOND),
        "mean": mean.astype(np.float32),
        "scale": scale.astype(np.float32),
    }
    threshold = threshold_for(p, gold, account)
    digest = sha256_text(*(array.tobytes().hex() for array in arrays.values()), str(threshold))
    config = Config(
        version=f"anatomy-{digest[:12]}",
        encoder=ENCODER_NAME,
        roles=list(ROLES),
        threshold=threshold,
        trained_on=trained_on,
    )
    return Trained(config, arrays, p, gold, account)


def _held_out(seen: Floats, gold: npt.NDArray[np.bool_], fold: npt.NDArray[np.int64], strength: float) -> Floats:
    """Return the log-odds of each sentence from a model that had not seen its fold."""
    found = np.zeros(gold.shape)
    for test, others in splits(fold):
        found[test] = _log_odds(_fit(seen[others], gold[others], strength), seen[test])
    return found


def _fit(seen: Floats, gold: npt.NDArray[np.bool_], strength: float) -> npt.NDArray[np.float32]:
    from pipeline.learning import estimator  # noqa: PLC0415 - slow to import, needed for training only

    coefficients, intercepts = estimator.fit_columns(seen, 2 * gold.astype(np.int8), strength=strength, soft_weight=1.0)
    return np.hstack([coefficients, intercepts[:, None]])


def _read(label: AccountLabel, nlp: "Language") -> list[Sentence]:
    """Parse the sentences of a label one by one: their number must stay what it was when people labelled them."""
    read: list[Sentence] = []
    for number, one in enumerate(label.sentences):
        passage = Passage(
            id=f"{label.id}:{number}",
            document_id=label.id,
            index=number,
            text=one.text,
            start=0,
            end=len(one.text),
            level=None,
            page=None,
            speaker=None,
            duplicate_of=None,
            kind="paragraph",
        )
        parsed = read_sentences([passage], nlp)
        unread = Sentence(passage.id, one.text, 0, len(one.text), 0.0)
        whole = max(parsed, key=lambda part: len(part.text), default=unread)
        read.append(replace(whole, text=one.text))
    return read


def threshold_for(p: Floats, gold: npt.NDArray[np.bool_], account: npt.NDArray[np.int64]) -> float:
    """Return the lowest threshold from which upwards the marks keep the wished precision."""
    best = 0.95
    for threshold in np.arange(0.95, 0.39, -0.01):
        marked = _marked(p, account, float(threshold))
        if marked.any() and gold[marked].mean() >= PRECISION:
            best = float(round(threshold, 2))
    return best


def _marked(p: Floats, account: npt.NDArray[np.int64], threshold: float) -> npt.NDArray[np.bool_]:
    marked = np.zeros(p.shape, dtype=bool)
    for number in np.unique(account):
        rows = np.flatnonzero(account == number)
        for i, role in choose(p[rows], threshold):
            marked[rows[i], ROLES.index(role)] = True
    return marked
