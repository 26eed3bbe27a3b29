import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from topics import TOPICS, labels, write, write_codebook

from pipeline import nlp
from pipeline.config import HOME, Settings
from pipeline.errors import ErrorCode, ExitCode, PipelineError
from pipeline.learning import coders, features, linear, model_files, training, vectors
from pipeline.learning.estimator import fit_columns
from pipeline.learning.labels import ThemeLabel, folds, grade_matrix, load_practice_labels
from pipeline.learning.practices import PracticeModel, labelled
from pipeline.learning.practices.reading import read_alone
from pipeline.learning.recoding import recode
from pipeline.learning.themes import ThemeModel, fit
from pipeline.tools import MODELS, Tools

WIDTH = 64
"""Of vectors made up: fewer numbers than the encoder's, for speed."""


def rubric_of(path: Path) -> Path:
    practices = [
        {"id": topic, "text": text.replace("|", ". "), "indicators": [{"id": f"{topic}-a", "levels": {"one": text}}]}
        for topic, text in TOPICS.items()
    ]
    content = {"name": "Topics", "levels": ["one"], "areas": [{"name": "All", "practices": practices}]}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def few_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quotes are held against twenty others, so that training takes less time."""
    monkeypatch.setattr(labelled, "MOST_OTHERS", 20)


@pytest.fixture
def own(tools: Tools, tmp_path: Path) -> Tools:
    """Tools with a codebook and a rubric of three topics, and an empty folder for models."""
    return replace(
        tools,
        codebook_path=write_codebook(tmp_path / "codebook.yaml", list(TOPICS)),
        rubric_path=rubric_of(tmp_path / "rubric.yaml"),
        models_path=tmp_path / "models",
        settings=Settings(bootstrap=100),
    )


def train(own: Tools, path: Path, records: list[dict[str, Any]], *, force: bool = False) -> training.Result:
    return training.train_themes(write(path, records), own, quiet=True, force=force)


def practice_labels(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    made = []
    for one in records:
        practices = {f"{topic}-a": grade for topic, grade in one["themes"].items()}
        made.append({"id": one["id"], "quote": one["text"], "practices": practices, "group": one.get("group")})
    return made


# Labels


def test_grades_become_a_matrix() -> None:
    matrix = grade_matrix([{"b": 2}, {}, {"a": 1, "b": 1}], ["a", "b"])
    assert matrix.tolist() == [[0, 2], [0, 0], [1, 1]]


@given(st.lists(st.one_of(st.none(), st.sampled_from("abcdefghijkl")), min_size=1, max_size=60))
def test_a_group_never_stands_in_two_folds(groups: list[str | None]) -> None:
    made = [ThemeLabel(id=str(i), text="x", themes={}, group=group) for i, group in enumerate(groups)]
    fold = folds(made)
    units = [group or f"alone-{i}" for i, group in enumerate(groups)]
    for unit in set(units):
        assert len({int(f) for f, u in zip(fold, units, strict=True) if u == unit}) == 1
    assert set(fold.tolist()) <= set(range(7))
    assert len(set(fold.tolist())) == len(set(units)) or len(set(units)) > 7
    assert np.array_equal(fold, folds(made))


def test_fixed_folds_are_kept() -> None:
    made = [ThemeLabel(id=str(i), text="x", themes={}, fold=f) for i, f in enumerate((3, 3, 5))]
    assert folds(made).tolist() == [3, 3, 5]


@pytest.mark.parametrize(
    ("records", "found", "exit_code"),
    [
        ([], "holds no labels", 3),
        ([{"id": "a", "text": "x", "themes": {"gardn": 2}}], r"does not have: 'gardn' .1 label", 3),
        ([{"id": "a", "text": "x", "themes": {}}] * 2, "the id 'a' stands more than once", 3),
        ([{"id": "a", "text": "x", "themes": {"sea": 3}}], r"line 1, field .*themes", 3),
        ([{"id": "a", "text": "x"}], "line 1.*themes", 3),
        ([{"id": "a", "themes": {}}], "1 labels without a text, .* not known: a", 3),
        ([{"id": "a", "text": "", "themes": {}}], "line 1.*text", 3),
        (
            [{"id": f"{f}", "text": "x", "themes": {}, "group": "g", "fold": f} for f in (1, 2)],
            "group 'g' stands in fold 1 and in 2",
            6,
        ),
    ],
)
def test_labels_that_cannot_be_used_are_named(
    own: Tools, tmp_path: Path, records: list[dict[str, Any]], found: str, exit_code: int
) -> None:
    with pytest.raises(PipelineError, match=found) as caught:
        train(own, tmp_path / "labels.jsonl", records)
    assert caught.value.code is ErrorCode.INVALID_LABELS
    assert caught.value.exit_code == exit_code


def test_an_unknown_indicator_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "labels.jsonl", [{"id": "a", "quote": "x", "practices": {"99z": 1}}])
    with pytest.raises(PipelineError, match="unknown indicator '99z'"):
        load_practice_labels(path, ["12a"])


@pytest.mark.parametrize("name", ["themes", "practices"])
def test_the_shipped_labels_keep_groups_together(name: str, tools: Tools) -> None:
    path = HOME / "corpus" / "labels" / f"{name}.jsonl"
    found: Any
    if name == "themes":
        found = recode(coders.read([path], {}), tools.codebook, strict=True).labels
    else:
        found = load_practice_labels(path, tools.rubric.indicators)
    fold = folds(found)
    of_group: dict[str, set[int]] = {}
    for one, number in zip(found, fold.tolist(), strict=True):
        assert one.group
        of_group.setdefault(one.group, set()).add(number)
    assert {len(numbers) for numbers in of_group.values()} == {1}
    assert len(set(fold.tolist())) >= 5


# Training themes


def test_a_trained_model_knows_its_themes_and_loads_again(own: Tools, tmp_path: Path) -> None:
    result = train(own, tmp_path / "labels.jsonl", labels())
    assert result.metrics["micro"]["f1"] > 0.8
    assert json.loads(result.as_json())["model_version"] == own.theme_model.config.version
    assert "garden" in result.table()
    assert {path.name for path in (own.models_path / "themes").iterdir()} == {
        "MODEL_CARD.md",
        "metrics.json",
        "model.json",
        "weights.safetensors",
        "held_out.json",
        "held_out.safetensors",
    }
    config = own.theme_model.config
    assert config.trained_on["n_labels"] == 48
    assert config.trained_on["n_groups"] == 8
    texts = ["She watered the roses and the tulips.", "The captain sailed the boat.", "Soup and bread from the oven."]
    headings = [False] * 3
    p = own.theme_model.predict(texts, headings, own.encoder, own.codebook).p
    assert p.argmax(axis=1).tolist() == [0, 1, 2]
    again = ThemeModel.load(own.models_path).predict(texts, headings, own.encoder, own.codebook).p
    assert np.array_equal(p, again)


def test_the_saved_model_predicts_what_the_trained_one_did(own: Tools, tmp_path: Path) -> None:
    made = [msgspec.convert(one, ThemeLabel) for one in labels()]
    read = vectors.read_labels(made, own.encoder, None, quiet=True)
    trained = fit.train(fit.prepare(made, own.codebook, read, own.encoder), {})
    model_files.save(tmp_path / "themes", model_files.Saved(trained.config, trained.arrays, {"f1": 1.0}, "a card"))
    texts = [one.text for one in made]
    asked = (texts, [False] * len(texts), own.encoder, own.codebook)
    expected, found = trained.model.predict(*asked), ThemeModel.load(tmp_path).predict(*asked)
    assert np.array_equal(expected.p, found.p)
    parts = [(0, 12), (12, 30)]
    assert np.array_equal(expected.spoke_for(0, parts), found.spoke_for(0, parts))


@pytest.mark.parametrize("target", ["themes", "practices"])
def test_training_twice_gives_the_same_bytes(own: Tools, tmp_path: Path, target: str) -> None:
    function = training.train_themes if target == "themes" else training.train_practices
    records = labels() if target == "themes" else practice_labels(labels())
    path = write(tmp_path / "labels.jsonl", records)
    other = replace(own, models_path=tmp_path / "other")
    for one in (own, other):
        function(path, one, quiet=True)
    names = sorted(found.name for found in (own.models_path / target).iterdir())
    assert names
    for name in names:
        assert (own.models_path / target / name).read_bytes() == (other.models_path / target / name).read_bytes(), name


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda one: one | {"group": None}, id="without groups"),
        pytest.param(lambda one: one | {"group": "all"}, id="one group"),
        pytest.param(lambda one: one | {"themes": {}}, id="no positives"),
        pytest.param(lambda one: one | {"themes": dict.fromkeys(TOPICS, 1)}, id="only positives"),
        pytest.param(lambda one: one | {"themes": {"sea": 1} if "sea" in one["themes"] else {}}, id="one theme"),
    ],
)
@pytest.mark.parametrize("target", ["themes", "practices"])
def test_unusual_labels_train_a_model_that_works(
    own: Tools, tmp_path: Path, target: str, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    records = [change(one) for one in labels()[::3]]
    text = "The captain sailed the boat out of the harbour."
    if target == "themes":
        result = train(own, tmp_path / "labels.jsonl", records, force=True)
        p = own.theme_model.predict([text], [False], own.encoder, own.codebook).p
    else:
        path = write(tmp_path / "labels.jsonl", practice_labels(records))
        result = training.train_practices(path, own, quiet=True, force=True)
        p = own.practice_model.rank(read_alone([text], [""], own.encoder), own.rubric, own.encoder).p
    assert p.shape == (1, 3)
    assert ((p >= 0) & (p <= 1)).all()
    assert len(result.lines) > 3
    json.loads(result.as_json())


def test_a_model_that_cannot_be_measured_is_not_put_to_use(own: Tools, tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match="all of one group") as caught:
        train(own, tmp_path / "labels.jsonl", labels()[:1])
    assert caught.value.exit_code is ExitCode.QUALITY_GATE
    assert not (own.models_path / "themes").exists()


def test_by_force_one_label_gives_a_model_and_the_truth_about_it(own: Tools, tmp_path: Path) -> None:
    result = train(own, tmp_path / "labels.jsonl", labels()[:1], force=True)
    assert "worth nothing" in result.table()
    assert own.theme_model.config.themes == list(TOPICS)


def test_training_keeps_the_model_before(own: Tools, tmp_path: Path) -> None:
    train(own, tmp_path / "labels.jsonl", labels())
    before = (own.models_path / "themes" / "model.json").read_bytes()
    train(own, tmp_path / "labels.jsonl", labels()[::2])
    (kept,) = (path for path in (own.models_path / "versions").iterdir() if path.is_dir())
    assert (kept / "model.json").read_bytes() == before
    assert (own.models_path / "themes" / "model.json").read_bytes() != before


def test_77_themes_with_five_labels_each_are_told_apart() -> None:
    rng = np.random.default_rng(0)
    ids = [f"t{i}" for i in range(77)]
    centres = rng.normal(size=(77, WIDTH))
    rows = np.repeat(np.arange(77), 6)
    made = (centres[rows] + 1.5 * rng.normal(size=(len(rows), WIDTH))).astype(np.float32)
    texts = [f"word{row} some other words here" for row in rows]
    test = np.arange(len(rows)) % 6 == 5
    grades = np.where(rows[:, None] == np.arange(77), 2, 0).astype(np.int8)
    material = fit.Material(
        [ThemeLabel(id=str(i), text=text, themes={}) for i, text in enumerate(texts)],
        ids,
        features.normalised(made),
        grades,
        np.zeros(len(rows), np.int64),
        np.ones(len(rows), bool),
        np.zeros((len(rows), 77, 8)),
        np.zeros(384, np.float32),
        np.ones(len(rows)),
    )
    found = fit.learned_from(material, ~test, np.flatnonzero(test)).argmax(axis=1)
    assert (found == rows[test]).mean() > 0.9


def test_the_version_of_a_model_follows_from_what_it_learned(own: Tools, tmp_path: Path) -> None:
    first = train(own, tmp_path / "a.jsonl", labels()).metrics["model_version"]
    swapped = labels(lambda topic: {"sea" if topic == "garden" else topic: 2})
    other = replace(own, models_path=tmp_path / "other")
    assert train(other, tmp_path / "b.jsonl", swapped).metrics["model_version"] != first


# Files of models


def test_models_hold_numbers_and_text_and_nothing_that_runs(tools: Tools) -> None:
    for path in (path for model in MODELS.values() for path in (tools.models_path / model).iterdir()):
        if path.is_file():
            assert path.suffix in {".json", ".jsonl", ".safetensors", ".md"}, path
            assert not path.read_bytes().startswith((b"\x80\x04", b"\x80\x05", b"PK")), path


def test_every_shipped_model_has_a_card_with_its_version(tools: Tools) -> None:
    for folder, model in (("themes", tools.theme_model), ("practices", tools.practice_model)):
        card = (tools.models_path / folder / model_files.CARD).read_text(encoding="utf-8")
        assert model.config.version in card


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def _pickle(path: Path) -> None:
    path.write_bytes(b"\x80\x04K\x01.")


@pytest.mark.parametrize("damage", [_flip, _cut, _pickle])
@pytest.mark.parametrize(("folder", "load"), [("themes", ThemeModel.load), ("practices", PracticeModel.load)])
def test_damaged_weights_are_refused(
    tools: Tools, tmp_path: Path, folder: str, load: Callable[[Path], Any], damage: Callable[[Path], None]
) -> None:
    shutil.copytree(tools.models_path / folder, tmp_path / folder)
    load(tmp_path)
    damage(tmp_path / folder / model_files.WEIGHTS)
    with pytest.raises(PipelineError) as caught:
        load(tmp_path)
    assert caught.value.code is ErrorCode.INVALID_MODEL
    assert caught.value.exit_code == 6


@pytest.mark.parametrize("content", ["", "{", "{}", '{"kind": 3}'])
def test_a_damaged_configuration_is_refused(tools: Tools, tmp_path: Path, content: str) -> None:
    shutil.copytree(tools.models_path / "themes", tmp_path / "themes")
    (tmp_path / "themes" / model_files.CONFIG).write_text(content, encoding="utf-8")
    with pytest.raises(PipelineError) as caught:
        ThemeModel.load(tmp_path)
    assert caught.value.exit_code == 6


@pytest.mark.parametrize("name", [model_files.CONFIG, model_files.WEIGHTS])
def test_a_missing_file_of_a_model_is_named(tools: Tools, tmp_path: Path, name: str) -> None:
    shutil.copytree(tools.models_path / "themes", tmp_path / "themes")
    (tmp_path / "themes" / name).unlink()
    with pytest.raises(PipelineError, match="no model in") as caught:
        ThemeModel.load(tmp_path)
    assert "pop train" in caught.value.do


# The parts


def test_one_regression_a_column_finds_what_separates_it() -> None:
    x = np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [0.1, 0.9]])
    grades = np.array([[2, 0, 0], [1, 0, 0], [0, 0, 0], [0, 0, 0]], dtype=np.int8)
    coefficients, intercepts = fit_columns(x, grades, strength=10.0, soft_weight=0.5)
    scores = x @ coefficients.T + intercepts
    assert (scores[:2, 0] > scores[2:, 0].max()).all()
    assert coefficients[1:].tolist() == [[0, 0], [0, 0]]
    assert intercepts[1] == pytest.approx(np.log(0.1 / 0.9), rel=1e-5)


def test_calibration_keeps_the_order_and_meets_the_share() -> None:
    rng = np.random.default_rng(1)
    log_odds = rng.normal(size=(400, 1)) * 4
    positive = rng.random((400, 1)) < 1 / (1 + np.exp(-log_odds / 4))
    p = linear.fit_calibration(log_odds, positive).apply(log_odds)
    assert np.array_equal(np.argsort(p[:, 0], kind="stable"), np.argsort(log_odds[:, 0], kind="stable"))
    assert p.mean() == pytest.approx(positive.mean(), abs=0.02)


SENTENCIZER = nlp.sentencizer()


@given(st.text(max_size=80))
def test_sentences_lie_inside_their_text(text: str) -> None:
    (spans,) = features.split_sentences([text], SENTENCIZER)
    assert spans
    assert all(0 <= start <= end <= len(text) for start, end in spans)
    assert spans == sorted(spans)
