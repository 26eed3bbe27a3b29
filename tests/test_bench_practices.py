"""The benchmark of practices: its measures on cases worked out by hand, and what it leaves out."""

import argparse
import math
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.encoder import Encoder
from pipeline.errors import PipelineError
from pipeline.learning.evaluation import measures
from pipeline.learning.practices.labelled import Documents, Source
from pipeline.rubric import Area, Indicator, Practice, Rubric, with_sha256

sys.path.append(str(Path(__file__).parent / "bench"))
import practices as bench
from practices import Debate, Label, Said

NAN = float("nan")


def _rubric() -> Rubric:
    """Two areas, with the indicators a and b, and c and d."""

    def practice(name: str) -> Practice:
        level = f"Leaders attend to {name}"
        return Practice(id=name, text=f"Practice {name}", indicators=[Indicator(id=name, levels={"first": level})])

    areas = [
        Area(name="One", practices=[practice("a"), practice("b")]),
        Area(name="Two", practices=[practice("c"), practice("d")]),
    ]
    return with_sha256(Rubric(name="Small", levels=["first"], areas=areas))


def _label(name: str, practices: dict[str, int] | None = None, **fields: object) -> Label:
    return msgspec.convert({"id": name, "quote": f"Words of {name}", "practices": practices or {}, **fields}, Label)


def _bench(labels: Sequence[Label], learner: bench.Learner) -> bench.Bench:
    encoder = Encoder.__new__(Encoder)
    source = Source(_rubric(), encoder, [], Documents({}, {}), None)
    return bench.Bench(list(labels), [], _rubric(), encoder, [("BM25", learner)], source, with_ours=False)


# --- ranking ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("p", "grades", "open_", "expected"),
    [
        ([0.9, 0.5, 0.4, 0.1], [2, 0, 0, 0], [], [1, 1, 1, 1]),
        ([0.9, 0.5, 0.4, 0.1], [0, 0, 1, 0], [], [0, 1, 1 / 3, 1 / 2]),
        ([0.9, 0.5, 0.4, 0.1], [0, 0, 0, 2], [], [0, 0, 1 / 4, 1 / math.log2(5)]),
        ([0.9, 0.5, 0.4, 0.1], [0, 0, 0, 2], [0, 1], [0, 1, 1 / 2, 1 / math.log2(3)]),  # open ones give way
        ([0.9, 0.5, 0.4, 0.1], [0, 0, 0, 0], [0], [NAN] * 4),  # none fits
        ([0.5, 0.5, 0.5, 0.5], [0, 1, 0, 0], [], [0, 1, 1 / 2, 1 / math.log2(3)]),  # ties: order of the rubric
        # grade 1 before grade 2: (1 + 2 / log2 3) of (2 + 1 / log2 3)
        ([0.9, 0.5, 0.4, 0.1], [1, 2, 0, 0], [], [1, 1, 1, (1 + 2 / math.log2(3)) / (2 + 1 / math.log2(3))]),
    ],
)
def test_ranking(p: list[float], grades: list[int], open_: list[int], expected: list[float]) -> None:
    known = np.array([[j not in open_ for j in range(4)]])
    found = bench.rank_measures(np.array([p]), np.array([grades], dtype=np.int8), known)
    assert found[0] == pytest.approx(expected, nan_ok=True)


def test_ndcg_ends_at_rank_five() -> None:
    grades = np.array([[0, 0, 0, 0, 0, 2]], dtype=np.int8)
    found = bench.rank_measures(np.arange(6, 0, -1.0)[None], grades, np.ones((1, 6), bool))
    assert found[0] == pytest.approx([0, 0, 1 / 6, 0])


def test_an_open_indicator_has_no_grade() -> None:
    grades, known = bench.judged([_label("x", {"a": 2, "b": 1}, open=["b", "d"])], _rubric())
    assert grades.tolist() == [[2, 0, 0, 0]]
    assert known.tolist() == [[True, False, True, False]]


def test_fusion_adds_reciprocal_ranks() -> None:
    found = bench.fused([np.array([[3.0, 2.0, 1.0]]), np.array([[0.1, 0.3, 0.2]])])
    assert found[0] == pytest.approx([1 / 61 + 1 / 63, 1 / 62 + 1 / 61, 1 / 63 + 1 / 62])


# --- none fits, and decisions ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("score", "positive", "weights", "expected"),
    [
        ([0.9, 0.1], [1, 0], [1, 1], 1.0),
        ([0.1, 0.9], [1, 0], [1, 1], 0.0),
        ([0.5, 0.5], [1, 0], [1, 1], 0.5),
        ([0.8, 0.3, 0.5], [1, 1, 0], [1, 1, 1], 0.5),
        ([0.8, 0.3, 0.5], [1, 1, 0], [3, 1, 1], 0.75),  # as if the first stood there three times
        ([0.8, 0.3], [1, 1], [1, 1], NAN),
    ],
)
def test_area_under_roc(score: list[float], positive: list[int], weights: list[float], expected: float) -> None:
    statistic = measures.area_under_roc(np.array(score), np.array(positive, dtype=bool))
    assert statistic(np.array([weights], dtype=float))[0, 0] == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("p", "positive", "expected"),
    [
        ([0.9, 0.8, 0.2], [1, 1, 0], 0.8),
        ([0.9, 0.8, 0.2], [1, 0, 0], 0.9),
        ([3.0, 2.0, 2.0, 1.0], [0, 1, 0, 0], 2.0),  # scores of any size; ties are decided together
        ([0.9, 0.8], [0, 0], math.inf),
    ],
)
def test_threshold_of_the_best_f1(p: list[float], positive: list[int], expected: float) -> None:
    assert bench.best_f1_threshold(np.array(p), np.array(positive, dtype=bool)) == expected


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=12))
def test_no_threshold_has_a_higher_f1(units: list[tuple[int, bool]]) -> None:
    p, positive = np.array([float(one) for one, _ in units]), np.array([one for _, one in units])

    def f1(threshold: float) -> float:
        said = p >= threshold
        return 2 * (said & positive).sum() / max(said.sum() + positive.sum(), 1)

    assert f1(bench.best_f1_threshold(p, positive)) == max([0.0, *map(f1, p)])


def test_the_line_of_a_method() -> None:
    labels = [
        _label("x", {"a": 2}, document="one"),
        _label("y", {}, document="one"),
        _label("z", {}, open=["a"], document="two"),  # whether any fits is not known
        _label("w", {"d": 1}, open=["a"], document="two"),
    ]
    p = np.array([[0.9, 0.1, 0.1, 0.1], [0.2, 0.1, 0.3, 0.1], [0.0, 0.1, 0.1, 0.1], [0.9, 0.1, 0.2, 0.25]])
    found = bench.figures(p, p >= 0.25, bench.sample_of(labels, _rubric()))
    assert (found.hit1.value, found.mrr.value) == (1.0, 1.0)
    assert found.none_auc.value == 0.5  # y's best, .3, lies between those of x, .9, and w, .25
    assert found.right.value == pytest.approx(2 / 3, abs=1e-4)  # x–a, y–c and w–d; w–a is open
    assert found.answered.value == 0.75
    assert found.hit1.interval is not None


# --- held out --------------------------------------------------------------------------------------------------------


def test_no_method_learns_from_the_group_that_it_is_asked_about() -> None:
    labels = [_label(f"{group}{i}", {"a": 2}, group=group, document=group) for i, group in product(range(3), "pqr")]
    labels += [_label("written", {"b": 2}, group="s", weight=0.5)]

    def learner(learned: Sequence[Label], rubric: Rubric, encoder: Encoder) -> bench.Mapper:
        groups = {one.group for one in learned}

        def mapper(asked: Sequence[Label], rubric: Rubric) -> Said:
            assert not groups & {one.group for one in asked}
            assert "s" in groups
            place = [float(labels.index(one)) for one in asked]
            return Said(np.array([place] * 4).T, np.array([[one.group == "p"] * 4 for one in asked]))

        return mapper

    setup = _bench(labels, learner)
    said = bench.held_out(learner, setup, setup.natural)
    assert said.p[:, 0].tolist() == list(range(9))  # in the order of the labels
    assert said.match is not None
    assert said.match[:, 0].tolist() == [label.group == "p" for label in labels[:9]]


def test_labels_that_count_most_are_measured_held_out() -> None:
    labels = [_label("x", weight=1), _label("y", weight=0.5), _label("z")]
    assert _bench(labels, bench.by_bm25).natural.tolist() == [True, False, True]


def test_an_unseen_area_is_neither_an_indicator_nor_a_label_of_what_was_learned_from() -> None:
    labels = [
        _label("x", {"a": 2, "c": 1}, document="one"),
        _label("y", {"c": 2}, document="one"),
        _label("z", {"b": 1}, open=["c"], document="two"),
    ]
    seen = []

    def learner(learned: Sequence[Label], rubric: Rubric, encoder: Encoder) -> bench.Mapper:
        seen.append((rubric.indicators, [one.id for one in learned]))
        return lambda asked, rubric: Said(np.tile(np.arange(len(rubric.indicators), 0, -1.0), (len(asked), 1)))

    first, second = bench.unseen(_bench(labels, learner), [labels])[0]
    assert seen == [(["c", "d"], ["y"]), (["a", "b"], ["z"])]
    assert (first.quotations, second.quotations) == (2, 2)
    assert first.alone["BM25"] == [0.75, 0.5, 1.0]  # a of x comes first, b of z second
    assert second.alone["BM25"] == [1.0, 1.0, 1.0]
    # among all, c of x is third, or second, since a, that fits, too, is skipped; c of y is third
    assert second.among_all["BM25"] == [pytest.approx((1 / 2 + 1 / 3) / 2, abs=1e-4), 0.0, 1.0]


# --- key points ------------------------------------------------------------------------------------------------------

SCORES = np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.1, 0.6], [0.5, 0.4], [0.0, 0.1]])
LABELS = np.array([[1, 0], [1, 0], [NAN, 1], [0, 1], [1, 1], [1, 1]])


@pytest.mark.parametrize(
    ("labels", "unjudged", "expected"),
    [
        # the half with the highest scores: .9 right, .8 wrong, .7 not judged
        (LABELS, 0.0, 1.0),
        (LABELS, 1.0, (1 + 2 / 3) / 2),
        (np.zeros((6, 2)), 1.0, 0.0),
        (np.full((6, 2), NAN), 1.0, 1.0),
        (np.array([[0, 1], [1, 0], [1, 0], [1, 1], [1, 1], [1, 1]]), 0.0, 1 / 3),
    ],
)
def test_the_official_measure_of_one_side(labels: np.ndarray, unjudged: float, expected: float) -> None:
    assert bench.mean_average_precision([SCORES], [labels], unjudged) == pytest.approx(expected)


def test_the_official_measure_is_the_mean_over_sides_and_halves_are_rounded_down() -> None:
    five = bench.mean_average_precision([SCORES[:5]], [LABELS[:5]], 1.0)
    assert five == pytest.approx(1.0)  # two of five: .9 right, .8 wrong
    both = bench.mean_average_precision([SCORES, SCORES], [LABELS, np.zeros((6, 2))], 0.0)
    assert both == pytest.approx(0.5)


def test_debates_are_read_by_side(tmp_path: Path) -> None:
    (tmp_path / "arguments_dev.csv").write_text(
        "arg_id,argument,topic,stance\nA1,Buses are late,Buses,1\nA2,Buses are dear,Buses,-1\nA3,We walk,Buses,1\n"
    )
    (tmp_path / "key_points_dev.csv").write_text(
        "key_point_id,key_point,topic,stance\nK1,Time,Buses,1\nK2,Money,Buses,-1\nK3,Feet,Buses,1\n"
    )
    (tmp_path / "labels_dev.csv").write_text("arg_id,key_point_id,label\nA1,K1,1\nA1,K3,0\nA3,K3,1\n")
    first, second = bench.read_debates(tmp_path, "dev")
    assert first.arguments == ["Buses are late", "We walk"]
    assert first.key_points == ["Time", "Feet"]
    np.testing.assert_array_equal(first.labels, [[1, 0], [NAN, 1]])
    np.testing.assert_array_equal(second.labels, [[NAN]])
    assert [label.practices for label in first.quotations] == [{"k0": 2}, {"k1": 2}]
    assert [label.open for label in first.quotations] == [[], ["k0"]]
    assert [bench.text_of(row) for row in first.rubric.rows()] == ["Time", "Feet"]


@pytest.mark.parametrize("learner", [bench.by_bm25, bench.by_tfidf])
def test_peers_by_words_find_the_key_point_with_the_same_words(learner: bench.Learner) -> None:
    debate = Debate(
        "t", "1", ["Buses arrive late every day", "Zebras"], ["Buses are late", "Meals are cold"], np.zeros((2, 2))
    )
    first, second = bench.by_learner(learner, [debate], [debate], Encoder.__new__(Encoder))[0]
    assert first[0] > first[1]
    assert second.tolist() == [0.0, 0.0]


# --- labels and gold -------------------------------------------------------------------------------------------------


def _gold(folder: Path, *texts: str) -> None:
    folder.mkdir()
    (folder / "blocks.txt").write_text("[b000] (heading) Buses\n\n[b001] “We wait,” she said, “and wait.”\n")
    lines = [{"block": "b001", "text": text, "practices": {"a": 2}, "disputed": ["b"]} for text in texts]
    (folder / "quotes.jsonl").write_bytes(b"\n".join(map(msgspec.json.encode, lines)))


def test_gold_stands_in_its_block(tmp_path: Path) -> None:
    _gold(tmp_path / "one", "We wait, … and wait.")
    (label,) = bench.read_gold([tmp_path], set(), {})
    assert (label.quote, label.context) == ("We wait, … and wait.", "“We wait,” she said, “and wait.”")
    assert (label.practices, label.open, label.document) == ({"a": 2}, ["b"], "one")


def test_gold_that_stands_among_the_labels_is_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = [f"Quotation number {i}, long enough to be found nowhere else by chance" for i in range(2)]
    _gold(tmp_path / "one", *texts)
    assert len(bench.read_gold([tmp_path], {texts[0]}, {})) == 2
    assert bench.read_gold([tmp_path], set(texts), {}) == []
    assert capsys.readouterr().out == "left out: one stands among the labels (2 quotations)\n"


def test_labels_of_another_rubric_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_bytes(msgspec.json.encode(_label("x", {"zz": 2})))
    with pytest.raises(PipelineError, match="zz"):
        bench.read_labels(path, _rubric())


def test_speed_is_measured_on_texts_that_differ() -> None:
    asked = bench.repeated([_label("x"), _label("y", context="A paragraph")], 7)
    assert len({one.quote for one in asked}) == len({one.around for one in asked}) == len(asked) == 7


# --- tables ----------------------------------------------------------------------------------------------------------


def test_tables_fit_a_screen_and_say_what_is_missing() -> None:
    labels = [_label(f"x{i}", {"a": 2} if i % 2 else {}, document=f"{i % 3}", group=f"{i % 3}") for i in range(12)]

    def learner(learned: Sequence[Label], rubric: Rubric, encoder: Encoder) -> bench.Mapper:
        return lambda asked, rubric: Said(np.tile(np.arange(len(rubric.indicators)) / 10, (len(asked), 1)))

    setup = replace(_bench(labels, learner), methods=[(name, learner) for name in ("MiniLM cosine", "BM25")])
    found = bench.methods_of(setup)
    lines = [
        *bench.table_of_methods(setup, found),
        *bench.table_of_unseen("labels", bench.unseen(setup, [labels])[0]),
        *bench.table_of_unseen("nothing", bench.unseen(setup, [[]])[0]),
        *bench.table_of_kpa({"ours": {"strict": 0.5, "relaxed": 1.0}}),
        *bench.table_of_speed({"encoding": 2.0, "ours": 0.1}, 10_000, 28),
    ]
    assert max(len(one) for line in lines for one in line.splitlines()) <= 100
    assert any(line.startswith("(b) gold") and line.endswith("there is none") for line in lines)
    assert lines[-1].split() == ["ours", "0.10", "s", "after", "encoding,", "0.050", "of", "it"]


def test_key_points_are_skipped_where_they_are_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = argparse.Namespace(only=["kpa"], kpa=tmp_path / "nowhere", peers=True)
    assert bench.run(options, Encoder.__new__(Encoder)) == {}
    assert "skipped" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(0.5, 2, ".50"), (1.0, 2, "1.0"), (0.999, 2, "1.0"), (0.721, 3, ".721"), (None, 2, "–")],
)
def test_shown(value: float | None, digits: int, text: str) -> None:
    assert bench.shown(value, digits) == text
