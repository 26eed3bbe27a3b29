"""What models see of a text: the vector of the whole, the mean vector of its sentences, and its words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pipeline.encoder import DIMENSIONS, Encoder, Vectors

if TYPE_CHECKING:
    from spacy.language import Language

DENSE = 2 * DIMENSIONS
_MANY_TEXTS = 500


@dataclass(frozen=True)
class Sentences:
    """The sentences of some texts. `spans[i]`: their offsets in text i. `vectors[i]`: shape (sentences, 384)."""

    spans: list[list[tuple[int, int]]]
    vectors: list[Vectors]


def split_sentences(texts: Sequence[str], sentencizer: "Language") -> list[list[tuple[int, int]]]:
    """Return the offsets of the sentences of each text; a text without any is one sentence."""
    spans = []
    for doc in sentencizer.pipe(texts):
        found = [_stripped(doc.text, sentence.start_char, sentence.end_char) for sentence in doc.sents]
        spans.append([span for span in found if span[1] > span[0]] or [(0, len(doc.text))])
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


def dense(whole: Vectors, sentences: Sequence[Vectors]) -> Vectors:
    """Join the vector of each text with the mean of its sentences' vectors, shape (n, 768)."""
    means = np.array([vectors.mean(axis=0) for vectors in sentences], dtype=np.float32).reshape(len(sentences), -1)
    return np.hstack([whole, means]) if len(sentences) else np.zeros((0, DENSE), dtype=np.float32)


def new_vectorizer(n_texts: int, vocabulary: Sequence[str] | None = None) -> Any:
    """Return the TF-IDF vectorizer of words and pairs of words that all models use.

    Args:
        n_texts: how many texts it will be fitted on; with few, rare words are kept.
        vocabulary: the terms in the order of their columns, for one that was fitted before.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 - slow to import

    return TfidfVectorizer(
        ngram_range=(1, 2),
        min_df=3 if n_texts >= _MANY_TEXTS else 1,
        max_features=None if vocabulary else 30_000,
        sublinear_tf=True,
        strip_accents="unicode",
        vocabulary=vocabulary,
        dtype=np.float32,
    )


def restore_vectorizer(vocabulary: Sequence[str], idf: npt.NDArray[Any]) -> Any:
    """Rebuild a fitted vectorizer from its terms, in the order of its columns, and their weights."""
    vectorizer = new_vectorizer(_MANY_TEXTS, list(vocabulary))
    vectorizer.idf_ = idf
    return vectorizer
