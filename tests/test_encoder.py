"""The sentence encoder: vectors of length 1 that do not depend on company, from files that are the pinned ones."""

import numpy as np
import pytest

from pipeline import encoder
from pipeline.errors import ErrorCode, PipelineError

TEXTS = [
    "Nobody is next in line for the principalship.",
    "Teachers chose the mathematics programme.",
    "",
    "one " * 600,
    "The bench of future principals is empty.",
]


@pytest.fixture(scope="module")
def vectors():
    return encoder.load().encode(TEXTS)


def test_vectors_have_length_one(vectors):
    assert vectors.shape == (len(TEXTS), encoder.DIMENSIONS)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_company_makes_no_difference(vectors):
    alone = np.vstack([encoder.load().encode([text]) for text in TEXTS])
    assert np.array_equal(alone, vectors)


def test_nearer_in_meaning_is_nearer_in_space(vectors):
    assert vectors[0] @ vectors[4] > vectors[0] @ vectors[1] + 0.1


def test_no_texts():
    assert encoder.load().encode([]).shape == (0, encoder.DIMENSIONS)


def test_a_long_text_is_cut_not_refused(vectors):
    beyond = encoder.load().encode(["one " * 900])
    assert np.array_equal(beyond[0], vectors[3])


def test_a_changed_tokenizer_is_refused(tmp_path, monkeypatch):
    changed = tmp_path / "tokenizer.json"
    changed.write_bytes(encoder.TOKENIZER_FILE.read_bytes() + b" ")
    monkeypatch.setattr(encoder, "TOKENIZER_FILE", changed)
    encoder.load.cache_clear()
    with pytest.raises(PipelineError, match="is changed") as caught:
        encoder.load()
    encoder.load.cache_clear()
    assert caught.value.code is ErrorCode.INVALID_MODEL
