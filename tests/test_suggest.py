import csv
import json
from dataclasses import dataclass, field
from pathlib import Path

import builders
import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cli import main
from pipeline.errors import ErrorCode, ExitCode, PipelineError
from pipeline.learning import coders, label_errors, sheets, suggest
from pipeline.learning.label_errors import doubtful, suspects
from pipeline.learning.labels import ThemeLabel, folds, grade_matrix
from pipeline.learning.recoding import recode
from pipeline.learning.suggest import Pick, candidates, pick, same_words, suggestions
from pipeline.learning.themes import Prediction, fit


def directions(*angles):
    """Vectors of length 1 in a plane; angles in degrees."""
    turned = np.radians(angles)
    return np.stack([np.cos(turned), np.sin(turned)], axis=1).astype(np.float32)


def picked(p, thresholds, n, *, angles=None, random_share=0.0, seed=1, whole=None):
    p = np.array(p, dtype=float).reshape(len(p), -1)
    vectors = directions(*(angles or range(0, 10 * len(p), 10)))
    return pick(p, np.array(thresholds), vectors, n, random_share=random_share, seed=seed, whole=whole)


# What is unlabelled


def passages(*paragraphs, id_="d1"):
    return builders.passages(builders.document("\n\n".join(paragraphs), id=id_))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("We share the work.", "we share  the work", True),
        ("“We share the work,” she said.", '"We share the work," she said.', True),
        ("'=We share the work.", "=We share the work.", True),
        ("We share the work.", "We share this work.", False),
    ],
)
def test_same_words(one, other, same):
    assert (same_words(one) == same_words(other)) is same


def test_candidates_are_neither_labelled_nor_headings_nor_said_twice():
    first = passages("Staffing", "We share the work.", "They plan it.", "Money", "It was labelled.")
    second = passages("They plan  it.", "Nobody came.", id_="d2")
    found = candidates([first, second], ["It was labelled"])
    assert [(one.passage.text, one.heading) for one in found] == [
        ("We share the work.", "Staffing"),
        ("They plan it.", "Staffing"),
        ("Nobody came.", None),
    ]


def test_tables_and_repeated_passages_are_no_candidates():
    doc = builders.document("A table of figures.\n\nIt repeats another.")
    made = [
        builders.passage(doc, "A table of figures.", kind="table"),
        builders.passage(doc, "It repeats another.", duplicate_of="d0-p3"),
    ]
    assert candidates([made], []) == []


# Which are chosen


def test_the_nearest_to_the_threshold_comes_first():
    assert picked([0.05, 0.36, 0.93], [0.36], 1) == [Pick(1, 0)]


def test_nearness_is_that_of_log_odds():
    # .001 is nearer to .08 by subtraction, but .18 is the one of which the model is less sure.
    assert picked([0.001, 0.18], [0.08], 1) == [Pick(1, 0)]


def test_each_theme_has_its_turn():
    p = [[0.5, 0.01], [0.49, 0.01], [0.48, 0.01], [0.01, 0.2]]
    assert [(one.row, one.theme) for one in picked(p, [0.5, 0.4], 2)] == [(0, 0), (3, 1)]


def test_of_unsure_passages_the_least_alike_are_chosen():
    # Two that point the same way, one across; then among ten near ones nothing beyond the pool is touched.
    assert [one.row for one in picked([0.5, 0.49, 0.48], [0.5], 2, angles=(0, 1, 90))] == [0, 2]
    p = [0.5] + [0.49] * suggest.POOL + [0.001]
    assert 6 not in {one.row for one in picked(p, [0.5], 1, angles=(*range(6), 180))}


def test_short_texts_are_drawn_but_not_chosen():
    whole = np.array([False, True, True])
    assert [one.row for one in picked([0.5, 0.4, 0.1], [0.5], 3, whole=whole)] == [1, 2]
    assert {one.row for one in picked([0.5, 0.4, 0.1], [0.5], 3, whole=whole, random_share=1.0)} == {0, 1, 2}


@given(st.integers(0, 30), st.integers(1, 4), st.integers(1, 40), st.floats(0, 1), st.integers(0, 5), st.randoms())
def test_no_passage_is_chosen_twice_and_the_share_is_kept(n_rows, n_themes, n, share, seed, random):
    p = np.array([[random.random() for _ in range(n_themes)] for _ in range(n_rows)]).reshape(n_rows, n_themes)
    vectors = directions(*(random.random() * 360 for _ in range(n_rows))).reshape(n_rows, 2)
    found = pick(p, np.full(n_themes, 0.4), vectors, n, random_share=share, seed=seed)
    assert len({one.row for one in found}) == len(found) == min(n, n_rows)
    assert sum(one.theme is None for one in found) == round(min(n, n_rows) * share)
    assert found == pick(p, np.full(n_themes, 0.4), vectors, n, random_share=share, seed=seed)


def test_random_passages_are_spread_among_the_others():
    found = picked([0.1 * i for i in range(10)], [0.5], 10, random_share=0.2)
    assert [one.theme is None for one in found].index(True) == 2
    assert sum(one.theme is None for one in found[:5]) == 1


def test_the_random_share_estimates_prevalence_without_bias():
    p = np.linspace(0.01, 0.99, 200)
    has = p > 0.85
    drawn = {True: [], False: []}
    for seed in range(200):
        for one in picked(p, [0.5], 40, random_share=0.5, seed=seed, angles=range(200)):
            drawn[one.theme is None].append(has[one.row])
    assert np.mean(drawn[True]) == pytest.approx(has.mean(), abs=0.02)
    assert np.mean(drawn[False]) < has.mean() - 0.05


def test_a_suggestion_tells_why():
    found = candidates([passages("Staffing", "We share the work.", "They plan it.")], [])
    p = np.array([[0.31], [0.9]])
    chosen, drawn = suggestions([Pick(0, 0), Pick(1, None)], found, p, np.array([0.3]), ["succession"])
    assert (chosen.rank, chosen.id, chosen.group, chosen.heading) == (1, "d1-p1", "d1", "Staffing")
    assert (chosen.reason, chosen.theme, chosen.p, chosen.threshold) == ("uncertain", "succession", 0.31, 0.3)
    assert chosen.sampling_probability is None
    assert (drawn.reason, drawn.theme, drawn.p, drawn.sampling_probability) == ("random", None, None, 0.5)


# The model is asked


@dataclass
class Asked:
    """A model that knows two themes and notes what it was asked."""

    texts: list = field(default_factory=list)

    def predict(self, texts, headings, encoder, codebook):
        self.texts.append([*zip(texts, headings, strict=True)])
        return Prediction(codebook.ids, np.tile([0.1, 0.7], (len(texts), 1)))


def test_documents_are_predicted_one_by_one_with_their_headings():
    model = Asked()
    heading, body = passages("Staffing", "We share the work.")
    rubric = passages("An indicator.", id_="d2")
    found = suggest.predict(
        [("minutes", [heading, body]), ("rubric", rubric)], model, None, builders.codebook("a", "b")
    )
    assert model.texts == [[("Staffing", True), ("We share the work.", False)]]
    assert found[body.id].tolist() == [0.1, 0.7]


def test_a_theme_unknown_to_the_codebook_is_refused():
    known = builders.codebook("a", "b")
    assert suggest.columns(known, ["b"]) == [1]
    with pytest.raises(PipelineError, match="'weather'") as caught:
        suggest.columns(known, ["a", "weather"])
    assert caught.value.code is ErrorCode.INVALID_LABELS


# The command


def run(*arguments):
    result = CliRunner().invoke(main, ["suggest", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result


def test_the_queue_is_a_labels_file(outputs, tools, tmp_path):
    queue = tmp_path / "queue.jsonl"
    run("--outputs", outputs, "--n", 5, "-o", queue)
    rows = [json.loads(line) for line in queue.read_text().splitlines()]
    filled = tmp_path / "filled.jsonl"
    filled.write_text("".join(json.dumps(row | {"themes": {"equity": 2}}) + "\n" for row in rows))
    labels = recode(coders.read([filled], {}), tools.codebook, strict=True).labels
    assert [row["rank"] for row in rows] == [1, 2, 3, 4, 5]
    assert sum(row["reason"] == "random" for row in rows) == 1
    assert {label.group for label in labels} == {row["document_id"] for row in rows}
    with pytest.raises(PipelineError, match="a queue of 5 passages, none of them with a theme"):
        coders.read([queue], {})
    before = queue.read_bytes()
    run("--outputs", outputs, "--n", 5, "-o", queue)
    assert queue.read_bytes() == before


def test_what_is_labelled_is_not_suggested_again(outputs, tmp_path):
    queue, rest = tmp_path / "queue.jsonl", tmp_path / "rest.jsonl"
    run("--outputs", outputs, "--n", 4, "-o", queue)
    told = run("--outputs", outputs, "--labels", queue, "-o", rest)
    ids = [{json.loads(line)["id"] for line in path.read_text().splitlines()} for path in (queue, rest)]
    assert ids[0] & ids[1] == set()
    assert f"{len(ids[1])} of 5 unlabelled passages" in told.output


def test_a_sheet_has_a_column_for_each_theme(outputs, tools, tmp_path):
    sheet = tmp_path / "queue.csv"
    run("--outputs", outputs, "--n", 3, "--theme", "equity", "--random-share", 0, "-o", sheet)
    rows = list(csv.DictReader(sheet.read_text(encoding="utf-8-sig").splitlines()))
    columns = list(rows[0])
    assert columns[columns.index("text") + 1 :] == tools.codebook.ids
    assert {row["theme"] for row in rows} == {"equity"}
    assert {row[theme] for row in rows for theme in tools.codebook.ids} == {""}


def test_a_cell_is_no_formula():
    (line,) = sheets.to_csv([{"text": "=1+1", "p": -0.5}], ["text", "p"]).decode("utf-8-sig").splitlines()[1:]
    assert line == "'=1+1,-0.5"


@pytest.mark.parametrize(
    ("path", "asked", "form"),
    [("a.csv", None, "csv"), ("a.CSV", None, "csv"), ("a.txt", None, "jsonl"), ("a.csv", "jsonl", "jsonl")],
)
def test_the_ending_of_a_file_decides_its_form(path, asked, form):
    assert sheets.form_of(Path(path), asked) == form
    assert sheets.form_of(None, None) == "jsonl"


# Labels that are probably wrong


def test_doubtful_by_hand():
    # With the theme p is .6 on average, without it 1 - p is .675.
    p = np.array([0.9, 0.8, 0.1, 0.1, 0.2, 0.1, 0.9])
    positive = np.array([True, True, True, False, False, False, False])
    assert np.flatnonzero(doubtful(p, positive, np.ones(7, dtype=bool))).tolist() == [2, 6]


@pytest.mark.parametrize("positive", [[True, True], [False, False]])
def test_with_labels_on_one_side_only_none_is_doubtful(positive):
    assert not doubtful(np.array([0.1, 0.9]), np.array(positive), np.ones(2, dtype=bool)).any()


def label(number, themes, **more):
    return ThemeLabel(id=f"l{number}", text=f"Text {number}.", themes=themes, **more)


def test_suspects_are_described_and_ranked():
    given = [{"a": 2}, {"a": 2}, {"a": 1}, {}, {}, {}, {}]
    p = np.array([[0.95], [0.9], [0.05], [0.1], [0.1], [0.05], [0.9]])
    labels = [label(i, themes, group=f"g{i}") for i, themes in enumerate(given)]
    found = suspects(labels, ["a"], p, np.ones(7, dtype=bool))
    assert [(one.rank, one.id, one.grade, one.suggestion, one.p) for one in found] == [
        (1, "l6", 0, "add", 0.9),
        (2, "l2", 1, "remove", 0.05),
    ]
    assert (found[0].theme, found[0].group, found[0].text) == ("a", "g6", "Text 6.")
    assert suspects(labels, ["a"], p, np.array([True] * 6 + [False]))[0].id == "l2"


def test_labels_of_one_group_are_refused():
    with pytest.raises(PipelineError, match="one group") as caught:
        label_errors.require_folds([label(i, {}, group="g") for i in range(3)])
    assert caught.value.exit_code is ExitCode.QUALITY_GATE


def flipped_labels(seed):
    """Labels of three themes with vectors that tell of them; a tenth of the decisions on the first is turned round."""
    generator = np.random.default_rng(seed)
    themes = ["a", "b", "c"]
    true = generator.random((210, 3)) < 0.3
    vectors = (true @ generator.normal(size=(3, 16)) + generator.normal(size=(210, 16)) * 0.5).astype(np.float32)
    turned = generator.random(210) < 0.1
    given = true.copy()
    given[turned, 0] ^= True
    labels = [
        label(i, {theme: 2 for theme, has in zip(themes, row, strict=True) if has}, group=f"g{i % 21}")
        for i, row in enumerate(given.tolist())
    ]
    return labels, themes, vectors, {f"l{i}" for i in np.flatnonzero(turned)}


def suspected(seed):
    """The suspects among the labels, and the ids of those that were turned round."""
    labels, themes, vectors, wrong = flipped_labels(seed)
    grades = grade_matrix([one.themes for one in labels], themes)
    n = len(labels)
    material = fit.Material(
        labels, themes, vectors, grades, folds(labels), np.ones(n, bool), np.zeros((n, 3, 8)), np.zeros(384), np.ones(n)
    )
    found = suspects(labels, themes, fit.train(material, {}).p, np.ones(n, bool))
    assert all((one.suggestion == "add") == (not grades[int(one.id[1:]), themes.index(one.theme)]) for one in found)
    return found, wrong, n * len(themes)


def test_labels_turned_round_are_found_well_above_chance():
    hits = []
    for seed in range(1, 6):
        found, wrong, n = suspected(seed)
        hits += [one.theme == "a" and one.id in wrong for one in found[: len(wrong)]]
        assert np.mean(hits[-len(wrong) :]) > 10 * len(wrong) / n
    assert np.mean(hits) > 0.65


def test_the_command_lists_labels_that_are_probably_wrong(tools, tmp_path):
    texts = {"equity": "Most suspensions fell on a few students of colour", "succession": "The principal left in June"}
    rows = [
        {
            "id": f"{theme}{i}",
            "text": f"{words}, in school {i}.",
            "themes": {("succession" if theme == "equity" and i == 3 else theme): 2},
            "group": f"g{i % 5}",
        }
        for theme, words in texts.items()
        for i in range(15)
    ]
    path = tmp_path / "labels.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    result = run("--errors", "--labels", path, "--n", 2, "--quiet")
    found = [json.loads(line) for line in result.output.splitlines()]
    assert {(one["id"], one["theme"], one["suggestion"]) for one in found} == {
        ("equity3", "equity", "add"),
        ("equity3", "succession", "remove"),
    }
    only = run("--errors", "--labels", path, "--theme", "equity", "--quiet")
    assert {json.loads(line)["theme"] for line in only.output.splitlines()} == {"equity"}
