"""What to label next: passages of which the model is unsure, unlike one another, and a share drawn at random.

Each theme has its turn, so that rare ones are not forgotten. Of the passages whose p lies nearest to the theme's
threshold, the one is taken that is least like everything taken so far. The random share is a simple random sample of
all unlabelled passages: how many of them have a theme, and how often the model is right, can be estimated from it
without the bias of a choice.

    p of three passages .05, .36, .93, threshold .36 → the second, reason "uncertain"

Lewis & Gale 1994, A sequential algorithm for training text classifiers, https://doi.org/10.1007/978-1-4471-2099-5_1;
Sener & Savarese 2018, Active learning for convolutional neural networks: a core-set approach,
https://arxiv.org/abs/1708.00489 (greedy k-centre).
"""

import itertools
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np
import numpy.typing as npt

from pipeline import jsonl
from pipeline.codebook import Codebook, require_known
from pipeline.learning.linear import Floats
from pipeline.learning.themes import ThemeModel
from pipeline.records import DocumentKind, Passage, is_coded

if TYPE_CHECKING:
    from pipeline.encoder import Encoder
    from pipeline.tools import Tools

POOL = 5
"""Among how many times as many unsure passages as a theme has turns the unlike ones are sought."""

FEWEST_WORDS = 8
"""Shorter texts (a photo caption, an address) are unlike everything and puzzle every model: they are only drawn."""

_MISSING_KIND: DocumentKind = "other"
_LEAST_P = 1e-6
_WORD = re.compile(r"\w+")

Reason = Literal["uncertain", "random"]


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """A passage to label; with its `themes` filled in, it is a label.

    `theme`, `p`, `threshold`: what the model is unsure of; `None` where the passage was drawn at random.
    `sampling_probability`: that of being drawn at random; `None` where it was chosen. `group`: the document.
    """

    rank: int
    id: str
    document_id: str
    group: str
    text: str
    heading: str | None
    reason: Reason
    theme: str | None
    p: float | None
    threshold: float | None
    sampling_probability: float | None
    themes: dict[str, int] = {}


@dataclass(frozen=True)
class Candidate:
    """A passage that could be labelled, with the heading above it."""

    passage: Passage
    heading: str | None

    @property
    def is_whole(self) -> bool:
        """Whether it is long enough to say something by itself."""
        return len(self.passage.text.split()) >= FEWEST_WORDS


@dataclass(frozen=True)
class Pick:
    """A row of the candidates, and why. `theme`: a column; `None`: drawn at random."""

    row: int
    theme: int | None


class _Document(msgspec.Struct, frozen=True):
    id: str
    kind: DocumentKind


def read_documents(outputs: Path) -> list[tuple[DocumentKind, list[Passage]]]:
    """Read the passages of each document with its kind; outputs made of passages alone have no documents.jsonl."""
    file = outputs / "documents.jsonl"
    kinds = {one.id: one.kind for one in jsonl.read(file, _Document)} if file.is_file() else {}
    documents: dict[str, list[Passage]] = {}
    for passage in jsonl.read(outputs / "passages.jsonl", Passage):
        documents.setdefault(passage.document_id, []).append(passage)
    return [(kinds.get(document, _MISSING_KIND), passages) for document, passages in documents.items()]


def choose(
    documents: Sequence[tuple[DocumentKind, Sequence[Passage]]],
    labelled: Collection[str],
    tools: "Tools",
    asked: Sequence[str],
    n: int,
    random_share: float,
) -> tuple[list[Suggestion], int]:
    """Choose what to label next.

    Args:
        documents: as `read_documents` gives them.
        labelled: the texts that have labels.
        tools: model, encoder, codebook and seed.
        asked: only these themes; none: all of the codebook.
        n: how many at most.
        random_share: which share of them is drawn at random, 0–1.

    Returns:
        The suggestions, and how many passages have no label yet.

    Raises:
        PipelineError: an unknown theme, or a model that cannot be used.
    """
    known = tools.codebook.ids
    themes = [theme for theme in known if not asked or theme in asked]
    places = columns(tools.codebook, [*themes, *(theme for theme in asked if theme not in themes)])
    model = tools.theme_model
    found = candidates([passages for kind, passages in documents if kind != "rubric"], labelled)
    predicted = predict(documents, model, tools.encoder, tools.codebook)
    p = np.array([predicted[one.passage.id][places] for one in found]).reshape(len(found), len(places))
    thresholds = np.array(model.decisions(tools.codebook, tools.settings.precision)[0])[places]
    vectors = tools.encoder.encode([one.passage.text for one in found])
    whole = np.array([one.is_whole for one in found], dtype=bool)
    picks = pick(p, thresholds, vectors, n, random_share=random_share, seed=tools.settings.seed, whole=whole)
    return suggestions(picks, found, p, thresholds, themes), len(found)


def same_words(text: str) -> str:
    """Return what two texts of the same words have in common: the words, without case, marks and spaces."""
    return " ".join(_WORD.findall(text.casefold()))


def candidates(documents: Iterable[Sequence[Passage]], labelled: Collection[str]) -> list[Candidate]:
    """Return the passages that can be labelled: running text, no repeated words, none that is labelled already.

    Args:
        documents: the passages of each document, in their order.
        labelled: the texts that have labels.
    """
    seen = {same_words(text) for text in labelled}
    found = []
    for passages in documents:
        heading = None
        for passage in passages:
            heading = passage.text if passage.kind == "heading" else heading
            words = same_words(passage.text)
            if is_coded(passage) and passage.duplicate_of is None and words and words not in seen:
                seen.add(words)
                found.append(Candidate(passage, heading))
    return found


def predict(
    documents: Sequence[tuple[DocumentKind, Sequence[Passage]]],
    model: ThemeModel,
    encoder: "Encoder",
    codebook: Codebook,
) -> dict[str, Floats]:
    """Return the p of each theme of the codebook for each passage, by its id; rubrics are not asked about."""
    found: dict[str, Floats] = {}
    for kind, passages in documents:
        read = [passage for passage in passages if is_coded(passage) or passage.kind == "heading"]
        if kind == "rubric" or not read:
            continue
        headings = [passage.kind == "heading" for passage in read]
        p = model.predict([passage.text for passage in read], headings, encoder, codebook).p
        found |= {passage.id: row for passage, row in zip(read, p, strict=True)}
    return found


def columns(codebook: Codebook, themes: Sequence[str]) -> list[int]:
    """Return where the codebook has each theme.

    Raises:
        PipelineError: it does not have one of them.
    """
    require_known(set(themes), codebook, "--theme")
    return [codebook.ids.index(theme) for theme in themes]


def pick(
    p: Floats,
    thresholds: Floats,
    vectors: npt.NDArray[np.float32],
    n: int,
    *,
    random_share: float,
    seed: int,
    whole: npt.NDArray[np.bool_] | None = None,
) -> list[Pick]:
    """Choose rows to label, in the order in which to label them: the random ones are spread evenly among the others.

    Args:
        p: shape (candidates, themes).
        thresholds: from which p upwards the model says yes, shape (themes,).
        vectors: of length 1, shape (candidates, dimensions).
        n: how many; fewer if there are not as many candidates.
        random_share: which share of them is drawn at random, 0–1.
        seed: of what is drawn.
        whole: which may be chosen because the model is unsure of them, shape (candidates,); `None`: all. All may be
            drawn at random.
    """
    n = min(n, len(p))
    n_random = round(n * random_share)
    drawn = np.random.default_rng(seed).permutation(len(p))[:n_random].tolist()
    free = np.ones(len(p), dtype=bool) if whole is None else whole.copy()
    free[drawn] = False
    chosen = by_turns(distance(p, thresholds), vectors, n - n_random, free)
    return spread(chosen, [Pick(row, None) for row in drawn])


def suggestions(
    picks: Sequence[Pick], found: Sequence[Candidate], p: Floats, thresholds: Floats, themes: Sequence[str]
) -> list[Suggestion]:
    """Describe the picks; `p` and `thresholds` as in `pick`."""
    n_random = sum(one.theme is None for one in picks)
    return [
        _described(rank, one, found[one.row], p, thresholds, themes, round(n_random / len(found), 6))
        for rank, one in enumerate(picks, start=1)
    ]


def distance(p: Floats, thresholds: Floats) -> Floats:
    """Return how far each p is from the threshold, in log-odds: .01 is further from .10 than .40 from .50."""
    apart: Floats = np.abs(_log_odds(p) - _log_odds(thresholds))
    return apart


def _log_odds(p: Floats) -> Floats:
    clipped = np.clip(p, _LEAST_P, 1 - _LEAST_P)
    odds: Floats = np.log(clipped / (1 - clipped))
    return odds


def by_turns(apart: Floats, vectors: npt.NDArray[np.float32], n: int, allowed: npt.NDArray[np.bool_]) -> list[Pick]:
    """Let each theme choose in turn until `n` are chosen, or nothing allowed is left.

    Args:
        apart: how far each p is from the threshold, shape (candidates, themes); infinite: not to be chosen for it.
        vectors: of length 1, shape (candidates, dimensions).
        n: how many.
        allowed: which may be chosen, shape (candidates,).
    """
    n_themes = apart.shape[1]
    known = np.isfinite(apart)
    n = min(n, int((allowed & known.any(axis=1)).sum()))
    most = POOL * -(-n // n_themes)
    nearest = np.argsort(apart, axis=0, kind="stable")
    free = allowed.copy()
    likeness = np.full(len(apart), -1.0)  # to the most similar of those chosen
    chosen: list[Pick] = []
    turns = itertools.cycle(range(n_themes))
    while len(chosen) < n:
        theme = next(turns)
        pool = [row for row in nearest[:, theme].tolist() if free[row] and known[row, theme]][:most]
        if not pool:
            continue
        # The least like any chosen so far; of equals, the nearest to the threshold.
        row = min(pool, key=lambda one: float(likeness[one]))
        chosen.append(Pick(row, theme))
        free[row] = False
        likeness = np.maximum(likeness, vectors @ vectors[row])
    return chosen


def spread(chosen: Sequence[Pick], drawn: Sequence[Pick]) -> list[Pick]:
    """Mix two lists evenly, each in its order: whoever stops half-way has about half of both."""
    places = [((i + 0.5) / len(chosen), 0, one) for i, one in enumerate(chosen)]
    places += [((i + 0.5) / len(drawn), 1, one) for i, one in enumerate(drawn)]
    return [one for _, _, one in sorted(places, key=lambda entry: entry[:2])]


def _described(
    rank: int,
    one: Pick,
    candidate: Candidate,
    p: Floats,
    thresholds: Floats,
    themes: Sequence[str],
    probability: float,
) -> Suggestion:
    passage, column = candidate.passage, one.theme
    return Suggestion(
        rank=rank,
        id=passage.id,
        document_id=passage.document_id,
        group=passage.document_id,
        text=passage.text,
        heading=candidate.heading,
        reason="random" if column is None else "uncertain",
        theme=None if column is None else themes[column],
        p=None if column is None else round(float(p[one.row, column]), 4),
        threshold=None if column is None else round(float(thresholds[column]), 4),
        sampling_probability=probability if column is None else None,
    )
