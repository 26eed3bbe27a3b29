"""The practice model from its parts: measures, reading, features of pairs, background, the gate."""

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from topics import WordEncoder, write

from pipeline.config import Settings
from pipeline.encoder import VOCABULARY
from pipeline.errors import ExitCode, PipelineError
from pipeline.learning import training, versions
from pipeline.learning.labels import PracticeLabel, ThemeLabel, load_practice_labels
from pipeline.learning.practices import labelled, pairs, ranks
from pipeline.learning.practices.labelled import (
    Documents,
    Source,
    other_quotes,
    paired_rows,
    read_documents,
    read_labels,
)
from pipeline.learning.practices.model import OtherQuote, weighed_together
from pipeline.learning.practices.reading import find, joined, read_alone
from pipeline.learning.practices.rubric_reading import read_rubric
from pipeline.rubric import Area, Indicator, Practice, Rubric, with_sha256
from pipeline.tools import Tools

EVEN = np.ones(VOCABULARY, np.float32)


def rubric(texts: dict[str, str], name: str = "Crafts") -> Rubric:
    practices = [
        Practice(id=key, text=text, indicators=[Indicator(id=key, levels={"low": f"Little: {text}", "high": text})])
        for key, text in texts.items()
    ]
    return with_sha256(Rubric(name=name, levels=["low", "high"], areas=[Area(name="All", practices=practices)]))


CRAFTS = rubric(
    {
        "garden": "The gardener waters roses and digs the soil.",
        "sea": "The captain sails the boat out of the harbour.",
        "kitchen": "The cook bakes bread and salts the soup.",
    }
)


# Measures


@pytest.mark.parametrize(
    ("p", "grades", "expected"),
    [
        pytest.param([0.9, 0.5, 0.1], [2, 0, 0], (1, 1, 1, 1), id="best first"),
        pytest.param([0.1, 0.5, 0.9], [2, 0, 0], (0, 1, 1 / 3, 0.5), id="best third"),
        pytest.param([0.9, 0.5, 0.1], [-1, 2, 0], (1, 1, 1, 1), id="an open one is passed over"),
        pytest.param([0.9, 0.5, 0.1], [0, 0, 0], (0, 0, 0, 0), id="none fits"),
        pytest.param([0.9, 0.5, 0.1], [1, 2, 0], (1, 1, 1, (1 + 2 / np.log2(3)) / (2 + 1 / np.log2(3))), id="grades"),
    ],
)
def test_measures_of_a_ranking(p: list[float], grades: list[int], expected: tuple[float, ...]) -> None:
    found = ranks.by_quote(np.array([p]), np.array([grades], np.int8))
    assert [found[name][0] for name in ranks.NAMES] == pytest.approx(expected)


def test_the_best_p_tells_quotes_that_none_fits() -> None:
    p = np.array([[0.9, 0.1], [0.4, 0.2], [0.3, 0.3], [0.1, 0.0]])
    grades = np.array([[2, 0], [0, 1], [0, 0], [-1, 0]], np.int8)
    assert ranks.none_auc(p, grades) == 1.0
    assert ranks.none_auc(p[:2], grades[:2]) is None
    open_on_top = np.array([[-1, 2], [0, 0]], np.int8)
    assert ranks.none_auc(np.array([[0.9, 0.1], [0.3, 0.2]]), open_on_top) == 0.0  # .9 says nothing: .1 below .3


# Reading


@pytest.mark.parametrize(
    ("quote", "context", "expected"),
    [
        ("We share the work", "“We share the work,” she said.", ["We share the work"]),
        ("We share … every day.", "“We share,” she said, “every day.”", ["We share", "every day"]),
        ("We share the work", "“We  share\nthe work”", ["We  share\nthe work"]),
        ("Not there", "She said nothing.", ["She said nothing."]),
        ("…", "Dots.", ["Dots."]),
    ],
)
def test_where_a_quote_stands(quote: str, context: str, expected: list[str]) -> None:
    assert [context[start:end] for start, end in find(quote, context)] == expected


def test_the_pieces_of_a_quote_are_those_of_its_words() -> None:
    asked = read_alone(["Bread baked"], ["The cook said: Bread baked all day."], WordEncoder())  # type: ignore[arg-type]
    ((quote, passage),) = asked.pieces
    assert [tuple(span) for span in quote.spans] == [(15, 20), (21, 26)]
    assert len(passage.ids) == 7


def test_nothing_joined_is_nothing() -> None:
    assert joined([]).vectors.shape == (0, 1536)


# Pairs


@given(st.lists(st.sampled_from(["roses", "boat", "bread", "and", "漢字", ""]), min_size=1, max_size=8))
def test_features_of_any_text_are_finite(words: list[str]) -> None:
    encoder = WordEncoder()
    asked = read_alone([" ".join(words) or "-"], [""], encoder)  # type: ignore[arg-type]
    found = pairs.features(asked, read_rubric(CRAFTS, encoder, EVEN), EVEN)  # type: ignore[arg-type]
    assert found.shape == (1, 3, pairs.N_FEATURES)
    assert np.isfinite(found).all()


def test_a_quote_in_a_rubrics_words_is_nearest_to_its_indicator() -> None:
    encoder = WordEncoder()
    said = ["The gardener waters roses", "The captain sails the boat", "The cook bakes bread"]
    found = pairs.features(read_alone(said, said, encoder), read_rubric(CRAFTS, encoder, EVEN), EVEN)  # type: ignore[arg-type]
    assert (found.argmax(axis=1) == np.arange(3)[:, None]).all()


def test_what_is_usual_is_held_against_a_quote() -> None:
    """An indicator that is near to everything has no lead over the others for that."""
    encoder = WordEncoder()
    read = read_rubric(CRAFTS, encoder, EVEN)  # type: ignore[arg-type]
    others = read_alone(["The boat", "The soup", "The soil", "The harbour"], [""] * 4, encoder)  # type: ignore[arg-type]
    usual = pairs.background(pairs.Others(others.vectors, pairs.features(others, read, EVEN)), np.ones(56))
    compared = pairs.compared(pairs.features(others, read, EVEN), others.vectors, usual)
    assert compared.shape == (4, 3, 2 * (pairs.N_FEATURES + 1))
    assert np.sinh(compared[:, :, : pairs.N_FEATURES]).mean(axis=0) == pytest.approx(0, abs=1e-6)


def test_an_indicator_without_labels_goes_by_its_words_alone() -> None:
    by_label, by_pair = np.array([[3.0, 5.0]]), np.array([[1.0, -1.0]])
    found = weighed_together(by_label, by_label, by_pair, np.array([1.0, 0.0]))
    assert found[0, 0, :4].tolist() == [3, 3, 1, 0]
    assert found[0, 1, :4].tolist() == [0, 0, -1, -1]


# Labels


def label(name: str, **changes: object) -> PracticeLabel:
    return msgspec.convert({"id": name, "quote": f"{name} said", "practices": {}} | changes, PracticeLabel)


def test_others_and_paired_labels_are_those_that_count_most_and_no_label_is_both() -> None:
    labels = [label(f"a{i}", weight=1) for i in range(2000)] + [label(f"b{i}", weight=0.3) for i in range(500)]
    others = other_quotes(labels)
    rows = paired_rows(labels, others)
    assert len(others) == labelled.MOST_OTHERS
    assert not {one.quote for one in others} & {labels[i].quote for i in rows}
    assert len(rows) == 2000 - labelled.MOST_OTHERS
    assert rows.max() < 2000


def test_with_few_labels_all_are_paired() -> None:
    labels = [label(f"a{i}") for i in range(10)]
    assert paired_rows(labels, other_quotes(labels)).tolist() == list(range(10))


def test_a_quote_that_names_a_passage_is_read_in_its_document() -> None:
    texts = ["The harbour", "The captain said: We sail the boat.", "The cook salted the soup."]
    passages = [
        ThemeLabel(id=f"d:{i}", text=text, themes={}, document="d", kind="heading" if i == 0 else "body")
        for i, text in enumerate(texts)
    ]
    documents = Documents({"d": passages}, {one.id: ("d", i) for i, one in enumerate(passages)})
    labels = [
        label("in", quote="We sail the boat", context=texts[1], practices={"sea": 2}, passage="d:1"),
        label("out", quote="We sail the boat", context=texts[1], practices={"sea": 2}, open=["garden"]),
    ]
    source = Source(CRAFTS, WordEncoder(), [OtherQuote(quote="The soup")], documents, None, quiet=True)  # type: ignore[arg-type]
    material = read_labels(labels, source)
    assert material.in_document.tolist() == [True, False]
    assert material.grades.tolist() == [[0, 2, 0], [-1, 2, 0]]
    assert (material.vectors[0] != material.vectors[1]).any()
    assert material.alone[0] == pytest.approx(material.vectors[1])
    assert material.pairs.shape == (2, 3, pairs.N_FEATURES)


def test_documents_are_found_beside_the_labels(tmp_path: Path) -> None:
    write(tmp_path / "themes.jsonl", [{"id": "d:0", "text": "x", "themes": {}, "document": "d"}])
    write(tmp_path / "practices.jsonl", [{"id": "q", "quote": "x", "practices": {}}])
    assert read_documents(tmp_path).place == {"d:0": ("d", 0)}


def test_labels_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    path = write(
        tmp_path / "labels.jsonl",
        [{"id": "a", "quote": "x", "practices": {"1a": 2}}, {"id": "b", "quote": "x", "practices": {}}],
    )
    with pytest.raises(PipelineError, match=r"contradict another one.*a and b \(1a\)"):
        load_practice_labels(path, ["1a"])


# The gate


SAID = {
    "garden": ["The gardener watered the roses", "Tulips grew in the soil", "She dug the flower bed"],
    "sea": ["The boat sailed out", "The captain read the tide", "Waves broke in the harbour"],
    "kitchen": ["The cook salted the soup", "Bread baked in the oven", "He chopped onions"],
}


def said(wrong: bool = False) -> list[dict[str, object]]:
    names = list(SAID)
    return [
        {
            "id": f"{topic}{i}{group}",
            "quote": f"{text} in year {group}",
            "practices": {names[(names.index(topic) + wrong) % 3]: 2},
            "group": f"g{group}",
        }
        for group in range(8)
        for topic, texts in SAID.items()
        for i, text in enumerate(texts)
    ]


@pytest.fixture
def own(tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tools:
    monkeypatch.setattr(labelled, "MOST_OTHERS", 20)
    path = tmp_path / "rubric.yaml"
    path.write_text(
        msgspec.yaml.encode({"name": CRAFTS.name, "levels": CRAFTS.levels, "areas": msgspec.to_builtins(CRAFTS.areas)})
        .decode()
    )  # fmt: skip
    return replace(tools, rubric_path=path, models_path=tmp_path / "models", settings=Settings(bootstrap=200))


def test_a_model_that_got_worse_is_not_put_to_use(own: Tools, tmp_path: Path) -> None:
    right = write(tmp_path / "right.jsonl", said())
    first = training.train_practices(right, own, quiet=True)
    again = training.train_practices(right, own, quiet=True)
    assert first.metrics["model_version"] == again.metrics["model_version"]
    assert "Beside the current model" in "\n".join(again.lines)
    before = (own.models_path / "practices" / "model.json").read_bytes()
    confused = [one | {"practices": said(wrong=True)[i]["practices"]} for i, one in enumerate(said())]
    worse = write(tmp_path / "worse.jsonl", [*confused[::2], *said()[1::2]])
    with pytest.raises(PipelineError, match="clearly worse") as caught:
        training.train_practices(worse, own, quiet=True)
    assert caught.value.exit_code is ExitCode.QUALITY_GATE
    assert (own.models_path / "practices" / "model.json").read_bytes() == before
    forced = training.train_practices(worse, own, quiet=True, force=True)
    assert forced.metrics["model_version"] != first.metrics["model_version"]
    events = [entry.event for entry in versions.history(own.models_path, "practices")]
    assert events == ["promoted", "promoted", "refused", "forced"]


@pytest.mark.parametrize("indicators", [1, 3])
def test_what_is_usual_in_one_row_and_back(indicators: int) -> None:
    flat = np.arange(float(pairs.Background.size(indicators)))
    usual = pairs.Background.of(flat, indicators)
    assert usual.mean.shape == usual.spread.shape == (indicators, pairs.N_FEATURES)
    assert (len(usual.said), usual.usual.shape, len(usual.centre)) == (indicators, (indicators, 2), usual.said.shape[1])
    assert np.array_equal(usual.flat, flat)
