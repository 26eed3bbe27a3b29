"""What models see of a text: its vector by itself, in its document, and that of its document; its words."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.encoder import DIMENSIONS, Encoder, Tokens, Vectors, normalised

if TYPE_CHECKING:
    from spacy.language import Language

IN_DOCUMENT = 3 * DIMENSIONS
_MANY_TEXTS = 500


@dataclass(frozen=True)
class Reading:
    """The passages of a document, read. `alone`, `tokens`: the vector and the word pieces of each.

    `document`: the mean vector of the document, shape (384,); zeros for a text that stands alone.
    """

    alone: Vectors
    tokens: list[Tokens]
    document: Vectors

    @property
    def vectors(self) -> Vectors:
        """The vectors of each passage by itself, in its window and of its document, shape (n, 1152)."""
        inside = [self.inside(i, slice(None)) for i in range(len(self.tokens))]
        return np.array([self.joined(i, vector) for i, vector in enumerate(inside)], np.float32).reshape(
            -1, IN_DOCUMENT
        )

    def inside(self, i: int, pieces: Any) -> Vectors:
        """Return the mean of some word pieces of a passage as a vector of length 1; zeros if there are none."""
        states = self.tokens[i].states[pieces]
        mean: Vectors = states.mean(axis=0) if len(states) else np.zeros(DIMENSIONS, np.float32)
        unit: Vectors = normalised(mean[None])[0]
        return unit

    def without(self, i: int, parts: Sequence[tuple[int, int]]) -> Vectors:
        """Return what `inside` does for a passage as a whole, and then without each of its parts, shape (1 + n, 384).

        Args:
            i: the passage.
            parts: where they begin and end in it; a word piece that begins in one is left out with it.
        """
        states, begins = self.tokens[i].states, self.tokens[i].spans[:, 0]
        sums = np.vstack([np.zeros(DIMENSIONS), states.cumsum(axis=0, dtype=np.float64)])
        first, last = np.searchsorted(begins, np.array([(0, 0), *parts])).T
        kept = len(states) - (last - first)
        means = (sums[-1] - (sums[last] - sums[first])) / np.maximum(kept, 1)[:, None]
        return normalised(means.astype(np.float32))

    def joined(self, i: int, inside: Vectors) -> Vectors:
        """Return all that is known of a passage, shape (1152,), with another vector of its words in the window."""
        return np.concatenate([self.alone[i], inside, self.document])


def read_document(texts: Sequence[str], headings: Sequence[bool], encoder: Encoder) -> Reading:
    """Read the passages of a document, headings among them. A single text has no document."""
    alone = encoder.encode(texts)
    mean = alone.mean(axis=0) if len(texts) > 1 else np.zeros(DIMENSIONS, np.float32)
    return Reading(alone, list(encoder.read_document(texts, headings)), mean)


@dataclass(frozen=True)
class Sentences:
    """The sentences of some texts. `spans[i]`: their offsets in text i. `vectors[i]`: shape (sentences, 384)."""

    spans: list[list[tuple[int, int]]]
    vectors: list[Vectors]


def split_sentences(texts: Sequence[str], sentencizer: "Language") -> list[list[tuple[int, int]]]:
    """Return the offsets of the sentences of each text; a text without any is one sentence."""
    spans = []
    for text, doc in zip(texts, sentencizer.pipe(texts), strict=True):
        begins = [doc[i].idx for i, starts in enumerate(doc.to_array("SENT_START").tolist()) if starts == 1]
        found = [_stripped(text, start, end) for start, end in pairwise([*begins, len(text)])]
        spans.append([span for span in found if span[1] > span[0]] or [(0, len(text))])
    return spans


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    words = text[start:end]
    return start + len(words) - len(words.lstrip()), end - (len(words) - len(words.rstrip()))


def encode_sentences(
    texts: Sequence[str], encoder: Encoder, sentencizer: "Language", label: str | None = None
) -> Sentences:
    """Split texts into sentences and encode each. `label`: what a progress bar is to say."""
    spans = split_sentences(texts, sentencizer)
    flat = [text[start:end] for text, found in zip(texts, spans, strict=True) for start, end in found]
    vectors = encoder.encode(flat, label)
    stops = np.cumsum([len(found) for found in spans])
    return Sentences(spans, np.split(vectors, stops[:-1]) if len(stops) else [])


def new_vectorizer(n_texts: int) -> Any:
    """Return the TF-IDF vectorizer of words and pairs of words that all models use, to be fitted.

    Args:
        n_texts: how many texts it will be fitted on; with few, rare words are kept.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 - slow to import

    return TfidfVectorizer(
        ngram_range=(1, 2),
        min_df=3 if n_texts >= _MANY_TEXTS else 1,
        max_features=30_000,
        sublinear_tf=True,
        strip_accents="unicode",
        dtype=np.float32,
    )
