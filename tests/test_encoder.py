"""The sentence encoder: vectors of length 1 that do not depend on company, from files that are the pinned ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import encoder
from pipeline.encoder import HEADING_TOKENS, WINDOW_TOKENS, windows
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


@pytest.mark.parametrize("file", ["TOKENIZER_FILE", "GRAPH_FILE", "PROBE_FILE"])
def test_a_changed_file_is_refused(file, tmp_path, monkeypatch):
    changed = tmp_path / "changed"
    changed.write_bytes(getattr(encoder, file).read_bytes() + b" ")
    monkeypatch.setattr(encoder, file, changed)
    encoder.load.cache_clear()
    with pytest.raises(PipelineError, match="is changed") as caught:
        encoder.load()
    encoder.load.cache_clear()
    assert caught.value.code is ErrorCode.INVALID_MODEL


# Windows of a document

LONG = WINDOW_TOKENS + 10


@pytest.mark.parametrize(
    ("lengths", "headings", "expected"),
    [
        ([], [], []),
        ([0, 0], [False, False], []),
        ([3, 100, 90], [True, False, False], [(None, [(0, 0, 3), (1, 0, 100), (2, 0, 90)])]),
        # What does not fit begins a window of its own, below its heading.
        ([3, 100, 200], [True, False, False], [(None, [(0, 0, 3), (1, 0, 100)]), (0, [(2, 0, 200)])]),
        # A heading that begins a window repeats none.
        ([3, 245, 5], [True, False, True], [(None, [(0, 0, 3), (1, 0, 245)]), (None, [(2, 0, 5)])]),
        # The nearest heading above counts; a heading without words is none.
        (
            [3, 4, 240, 0, 240],
            [True, True, False, True, False],
            [(None, [(0, 0, 3), (1, 0, 4), (2, 0, 240)]), (1, [(4, 0, 240)])],
        ),
        # A text that is too long is cut.
        ([LONG], [False], [(None, [(0, 0, WINDOW_TOKENS)]), (None, [(0, WINDOW_TOKENS, LONG)])]),
    ],
)
def test_windows(lengths, headings, expected):
    assert [(window.heading, window.stretches) for window in windows(lengths, headings)] == expected


@given(st.lists(st.tuples(st.integers(0, 3 * WINDOW_TOKENS), st.booleans()), max_size=40))
def test_every_piece_is_read_once_in_order(texts):
    lengths, headings = [length for length, _ in texts], [heading for _, heading in texts]
    read = []
    for window in windows(lengths, headings):
        pieces = [(i, k) for i, start, end in window.stretches for k in range(start, end)]
        above = 0 if window.heading is None else min(HEADING_TOKENS, lengths[window.heading])
        assert 0 < len(pieces) <= WINDOW_TOKENS
        assert len(pieces) + above <= WINDOW_TOKENS + HEADING_TOKENS
        assert len(window.stretches) == 1 or len(pieces) + above <= WINDOW_TOKENS
        first = pieces[0][0]
        assert window.heading is None or (headings[window.heading] and window.heading < first)
        if not headings[first]:
            nearest = [i for i in range(first) if headings[i] and lengths[i]]
            assert window.heading == (nearest[-1] if nearest else None)
        read += pieces
    assert read == [(i, k) for i, length in enumerate(lengths) for k in range(length)]


DOCUMENT = ["Équité & accès", "The principals’ pipeline is empty.", "", "Nobody is next in line. " * 60, "🙂 It ends."]


def test_the_pieces_of_a_document_stand_where_they_say():
    read = list(encoder.load().read_document(DOCUMENT, [True, False, False, False, False]))
    assert len(read) == len(DOCUMENT)
    for text, tokens in zip(DOCUMENT, read, strict=True):
        assert tokens.states.shape == (len(tokens.spans), encoder.DIMENSIONS)
        assert np.isfinite(tokens.states).all()
        starts, ends = tokens.spans[:, 0], tokens.spans[:, 1]
        assert ((starts >= 0) & (starts < ends) & (ends <= len(text))).all()
        assert (starts[1:] >= ends[:-1]).all()
        covered = {k for start, end in tokens.spans.tolist() for k in range(start, end)}
        assert [text[k] for k in range(len(text)) if k not in covered and not text[k].isspace()] == []
    words = [DOCUMENT[1][start:end] for start, end in read[1].spans.tolist()]
    assert "pipeline" in words
    assert len(read[2].states) == 0
    assert len(read[3].states) > WINDOW_TOKENS


def test_a_piece_knows_what_stands_beside_it():
    line = "They meet every week."
    alone, below, apart = (
        next(
            tokens for tokens, text in zip(encoder.load().read_document(*given), given[0], strict=True) if text == line
        )
        for given in (
            ([line], [False]),
            (["Succession of principals", line], [True, False]),
            ([line, "x " * WINDOW_TOKENS], [False, False]),
        )
    )
    assert np.array_equal(alone.spans, below.spans)
    assert np.abs(alone.states - below.states).max() > 0.01
    assert np.array_equal(alone.states, apart.states)


def test_reading_a_document_does_not_change_how_texts_are_encoded(vectors):
    list(encoder.load().read_document(["one " * 600], [False]))
    assert np.array_equal(encoder.load().encode(["one " * 700])[0], vectors[3])


def test_what_was_read_in_a_document_is_not_read_again(monkeypatch):
    fresh = encoder.Encoder(encoder.load()._session, encoder.load()._tokenizer)
    first = [tokens.states for tokens in fresh.read_document(DOCUMENT, [True, False, False, False, False])]
    monkeypatch.setattr(fresh, "_session", None)
    again = [tokens.states for tokens in fresh.read_document(DOCUMENT, [True, False, False, False, False])]
    assert all(np.array_equal(one, other) for one, other in zip(first, again, strict=True))


def test_only_the_latest_windows_are_remembered(monkeypatch):
    fresh = encoder.Encoder(encoder.load()._session, encoder.load()._tokenizer)
    monkeypatch.setattr(encoder, "REMEMBERED_PIECES", 30)
    for text in (f"They meet in room {i}, every week, with coffee." for i in range(9)):
        list(fresh.read_document([text], [False]))
        assert sum(map(len, fresh._windows)) <= 30
