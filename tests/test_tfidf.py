"""TF-IDF without scikit-learn: the same numbers as with it."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.learning import features
from pipeline.learning.tfidf import Vectorizer

WORDS = "the coach Coach visits three SCHOOLS schools’ co-teaches don’t naïve Équipe ﬁle n²m x “We… word— ½ ΑΣ".split()
TEXTS = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join) | st.text(max_size=30)
LEARNED = ["the coach visits three schools", "co-teaches don’t naive equipe", "file n²m the coach, the coach word ½ ΑΣ"]


def fitted(texts: list[str]) -> tuple[Any, Vectorizer]:
    theirs = features.new_vectorizer(len(texts)).fit(texts)
    return theirs, Vectorizer(list(theirs.get_feature_names_out()), theirs.idf_)


THEIRS, OURS = fitted(LEARNED)
WEIGHTS = np.random.default_rng(7).normal(size=(len(OURS.idf_), 3)).astype(np.float32)


@given(st.lists(TEXTS, max_size=4))
def test_texts_weigh_what_scikit_learn_says_to_the_last_bit(texts: list[str]) -> None:
    theirs = THEIRS.transform(texts) if texts else np.zeros((0, len(OURS.idf_)), np.float32)
    assert (OURS.transform(texts) @ np.eye(len(OURS.idf_), dtype=np.float32)).tobytes() == _dense(theirs).tobytes()
    assert (OURS.transform(texts) @ WEIGHTS).tobytes() == np.asarray(theirs @ WEIGHTS).tobytes()


@given(st.lists(st.sampled_from([*WORDS, "."]), min_size=1, max_size=12), st.data())
def test_a_text_without_a_part_weighs_what_is_left_of_it(words: list[str], data: Any) -> None:
    text = " ".join(words)
    stops = [0, *np.cumsum([len(word) + 1 for word in words]).tolist()]
    cuts = data.draw(st.lists(st.tuples(*[st.sampled_from(range(len(stops)))] * 2).map(sorted), max_size=3))
    parts = [(stops[first], max(stops[first], stops[last] - 1)) for first, last in cuts]
    rest = [text[:start] + " " + text[end:] for start, end in parts]
    assert (OURS.without(text, parts) @ WEIGHTS).tobytes() == (OURS.transform([text, *rest]) @ WEIGHTS).tobytes()


@pytest.mark.parametrize(
    ("text", "part", "left"),
    [
        ("the coach visits three schools", (4, 9), "the visits three schools"),
        ("the coach visits", (0, 0), "the coach visits"),
        ("the coach visits", (0, 16), ""),
        ("the coach visits", (5, 7), "the visits"),
        ("Équipe… the coach", (8, 11), "equipe coach"),
        ("½ ﬁle the coach", (2, 5), "½ the coach"),
        ("", (0, 0), ""),
    ],
)
def test_a_word_goes_with_any_part_of_it(text: str, part: tuple[int, int], left: str) -> None:
    assert np.array_equal((OURS.without(text, [part]) @ WEIGHTS)[1:], OURS.transform([left]) @ WEIGHTS)


def _dense(rows: Any) -> Any:
    return rows if isinstance(rows, np.ndarray) else rows.toarray()
