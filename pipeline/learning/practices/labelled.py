"""Labelled quotes, read for training: in their documents where these are at hand, otherwise in their paragraphs."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline import jsonl
from pipeline.corrections.log import is_log
from pipeline.encoder import VOCABULARY, Encoder
from pipeline.errors import ErrorCode
from pipeline.files import sha256_text
from pipeline.learning import vectors
from pipeline.learning.labels import PracticeLabel, ThemeLabel, grade_matrix
from pipeline.learning.linear import Floats
from pipeline.learning.practices import pairs
from pipeline.learning.practices.fit import MOST_PAIRED, OPEN, Material
from pipeline.learning.practices.model import OtherQuote, read_others
from pipeline.learning.practices.pairs import Others
from pipeline.learning.practices.reading import Asked, Located, find, read_quotes
from pipeline.learning.practices.rubric_reading import RubricReading, read_rubric
from pipeline.progress import track
from pipeline.rubric import Rubric

MOST_OTHERS = 700
_TYPE = np.float16


@dataclass(frozen=True)
class Documents:
    """Whole documents among the labels of themes. `passages`: by document; `place`: of each passage, by its id."""

    passages: dict[str, list[ThemeLabel]]
    place: dict[str, tuple[str, int]]


def read_documents(folder: Path) -> Documents:
    """Read the whole documents among the theme labels of a folder, for quotes that name a passage of them."""
    passages: dict[str, list[ThemeLabel]] = {}
    for path in sorted(folder.glob("*.jsonl")):
        if is_log(path):
            continue  # decisions are on single passages
        first = next(iter(jsonl.read(path, dict[str, object], code=ErrorCode.INVALID_LABELS)), {})
        if "themes" not in first:
            continue
        for label in jsonl.read(path, ThemeLabel, code=ErrorCode.INVALID_LABELS):
            if label.document:
                passages.setdefault(label.document, []).append(label)
    place = {label.id: (name, i) for name, held in passages.items() for i, label in enumerate(held)}
    return Documents(passages, place)


@dataclass(frozen=True)
class Source:
    """What labels are read with. `folder`: where vectors are kept between trainings; `None`: nowhere."""

    rubric: Rubric
    encoder: Encoder
    others: Sequence[OtherQuote]
    documents: Documents
    folder: Path | None
    quiet: bool = False


def read_labels(labels: Sequence[PracticeLabel], source: Source) -> Material:
    """Read labelled quotes.

    Raises:
        PipelineError: the folder cannot be written.
    """
    others = read_others(source.others, source.encoder)
    rarity = rarity_in(others)
    read = read_rubric(source.rubric, source.encoder, rarity)
    key = sha256_text(source.rubric.sha256, *(one.quote + one.context for one in source.others))
    shape = (len(source.others), len(read.ids), pairs.N_FEATURES)
    against = vectors.keep_array(f"others {key}", source.folder, shape, lambda: pairs.features(others, read, rarity))
    rows = paired_rows(labels, source.others)
    in_document = np.array([label.passage in source.documents.place for label in labels], dtype=bool)
    held = [label for label, inside in zip(labels, in_document.tolist(), strict=True) if inside]
    without = replace(source, documents=Documents({}, {}))
    return Material(
        labels=labels,
        rubric=source.rubric,
        vectors=_vectors(labels, source),
        alone=_vectors(held, without),
        in_document=in_document,
        texts=[f"{label.quote}\n{label.context or label.quote}" for label in labels],
        grades=_grades(labels, source.rubric.indicators),
        paired=rows,
        pairs=_pair_features([labels[i] for i in rows], source, read, rarity, key),
        others=Others(others.vectors, against.astype(np.float64)),
        other_quotes=source.others,
        rarity=rarity,
    )


def other_quotes(labels: Sequence[PracticeLabel]) -> list[OtherQuote]:
    """Choose quotes that others are held against, by hash, among labels of the highest weight."""
    highest = max((label.weight for label in labels), default=1.0)
    chosen = sorted((sha256_text("others", label.quote), label) for label in labels if label.weight == highest)
    return [OtherQuote(quote=label.quote, context=label.context) for _, label in chosen[:MOST_OTHERS]]


def paired_rows(labels: Sequence[PracticeLabel], others: Sequence[OtherQuote]) -> npt.NDArray[np.int64]:
    """Choose the labels that the regression of pairs learns from: of the highest weight, none of the others.

    Where there are few labels, the others may be among them.
    """
    highest = max((label.weight for label in labels), default=1.0)
    held = {(one.quote, one.context) for one in others}
    rows = [i for i, label in enumerate(labels) if label.weight == highest]
    free = [i for i in rows if (labels[i].quote, labels[i].context) not in held]
    rows = free if len(free) > len(rows) / 2 else rows
    chosen = sorted(rows, key=lambda i: sha256_text("paired", labels[i].quote))[:MOST_PAIRED]
    return np.array(sorted(chosen), dtype=np.int64)


def rarity_in(others: Asked) -> npt.NDArray[np.float32]:
    """Return how rare each word piece is: log of the passages over those that have it, shape (vocabulary,)."""
    pieces = zip(others.contexts, others.pieces, strict=True)
    passages = {context: frozenset(passage.ids.tolist()) for context, (_, passage) in pieces}
    counts = Counter(piece for held in passages.values() for piece in held)
    found = np.zeros(VOCABULARY, np.int64)
    for piece, n in counts.items():
        found[piece] = n
    rarity: npt.NDArray[np.float32] = np.log((len(passages) + 1) / (found + 1)).astype(_TYPE).astype(np.float32)
    return rarity


def _grades(labels: Sequence[PracticeLabel], indicators: Sequence[str]) -> npt.NDArray[np.int8]:
    grades = grade_matrix([label.practices for label in labels], indicators)
    place = {name: j for j, name in enumerate(indicators)}
    for i, label in enumerate(labels):
        for name in label.open:
            grades[i, place[name]] = OPEN
    return grades


def _vectors(labels: Sequence[PracticeLabel], source: Source) -> npt.NDArray[np.float32]:
    """Return the vectors of the quotes and of what surrounds them, shape (labels, 1536)."""
    needed = {source.documents.place[label.passage][0] for label in labels if label.passage in source.documents.place}
    lines: list[ThemeLabel] = []
    at: dict[str, int] = {}
    for name in sorted(needed):
        for passage in source.documents.passages[name]:
            at[passage.id] = len(lines)
            lines.append(passage)
    row = np.zeros(len(labels), dtype=np.int64)
    for i, label in enumerate(labels):
        if label.passage in at:
            row[i] = at[label.passage]
        else:
            row[i] = len(lines)
            lines.append(ThemeLabel(id=label.id, text=label.context or label.quote, themes={}))
    around = vectors.read_labels(lines, source.encoder, source.folder, quiet=source.quiet)
    own = vectors.read_texts([label.quote for label in labels], source.encoder, source.folder, quiet=source.quiet)
    return np.hstack([own, around[row]])


def _pair_features(
    labels: Sequence[PracticeLabel],
    source: Source,
    read: RubricReading,
    rarity: npt.NDArray[np.float32],
    key: str,
) -> Floats:
    """Return the features of pairs, shape (labels, indicators, 28); a document is read once for all its quotes."""
    found = np.zeros((len(labels), len(read.ids), pairs.N_FEATURES))
    runs = list(_runs(labels, source.documents.place))
    for rows, document in track(runs, "comparing with the rubric", len(runs), quiet=source.quiet):
        texts, headings, places = _around([labels[i] for i in rows], document, source.documents)
        quotes = [
            Located(labels[i].quote, place, find(labels[i].quote, texts[place]))
            for i, place in zip(rows, places, strict=True)
        ]

        make = partial(_features, quotes, texts, headings, source.encoder, read, rarity)
        said = sha256_text(key, *map(str, headings), *texts, *(one.text for one in quotes), *map(str, places))
        found[rows] = vectors.keep_array(f"pairs {said}", source.folder, found[rows].shape, make)
    return found


def _features(
    quotes: Sequence[Located],
    texts: Sequence[str],
    headings: Sequence[bool],
    encoder: Encoder,
    read: RubricReading,
    rarity: npt.NDArray[np.float32],
) -> Floats:
    return pairs.features(read_quotes(quotes, texts, headings, encoder), read, rarity)


def _runs(
    labels: Sequence[PracticeLabel], place: Mapping[str, tuple[str, int]]
) -> Iterator[tuple[list[int], str | None]]:
    """Yield the rows of the quotes of each document, with its name, and each other quote by itself."""
    by_document: dict[str, list[int]] = {}
    for i, label in enumerate(labels):
        if label.passage is not None and label.passage in place:
            by_document.setdefault(place[label.passage][0], []).append(i)
        else:
            yield [i], None
    for name, rows in by_document.items():
        yield rows, name


def _around(
    labels: Sequence[PracticeLabel], document: str | None, documents: Documents
) -> tuple[list[str], list[bool], list[int]]:
    """Return the texts of a document, which are headings, and where each label's passage is among them."""
    if document is None:
        return [labels[0].context or labels[0].quote], [False], [0]
    passages = documents.passages[document]
    places = [documents.place[label.passage][1] for label in labels if label.passage is not None]
    return [one.text for one in passages], [one.kind == "heading" for one in passages], places
