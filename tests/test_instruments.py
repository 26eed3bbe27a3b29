"""Codebook and rubric: the shipped ones, and what is wrong with others."""

from pathlib import Path

import pytest
from builders import codebook as make_codebook

from pipeline import codebook, rubric
from pipeline.config import HOME, shipped
from pipeline.errors import ErrorCode, PipelineError
from pipeline.files import sha256_file

SHIPPED_CODEBOOK = HOME / "corpus" / "codebook.yaml"
SHIPPED_RUBRIC = HOME / "corpus" / "rubric.yaml"

CODEBOOK = """\
version: "1"
themes:
  - id: trains
    name: Trains
    definition: What is said of trains.
    include: [delays]
  - id: buses
    name: Buses
    definition: What is said of buses.
"""
RUBRIC = """\
name: Ladders
levels: [low, high]
areas:
  - name: Climbing
    practices:
      - id: "1"
        text: They climb.
        indicators:
          - id: 1a
            levels: {low: A rung., high: All rungs.}
      - id: "2"
        text: They hold.
        indicators:
          - id: "2"
            levels: {low: One hand., high: Two hands.}
"""

# --- codebook --------------------------------------------------------------------------------------------------------


def test_the_shipped_codebook_has_the_themes_of_the_contract() -> None:
    loaded = codebook.load(SHIPPED_CODEBOOK)
    assert loaded.ids == [
        "teacher_leadership",
        "succession",
        "culture_change",
        "leadership_development",
        "instructional_improvement",
        "equity",
        "collaboration_networks",
        "evidence_use",
        "stakeholder_engagement",
        "policy_resources",
    ]
    assert loaded.sha256 == sha256_file(SHIPPED_CODEBOOK)
    for theme in loaded.themes:
        assert theme.include
        assert theme.exclude
        assert theme.examples
        assert loaded.theme(theme.id) == theme


def test_a_codebook_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(CODEBOOK, encoding="utf-8")
    loaded = codebook.load(tmp_path / "c.yaml")
    assert loaded.ids == ["trains", "buses"]
    assert (loaded.theme("trains").include, loaded.theme("buses").include) == (["delays"], [])
    with pytest.raises(KeyError):
        loaded.theme("boats")


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("id: buses", "id: trains", "theme id 'trains' stands more than once"),
        ("    name: Buses\n", "", "missing required field `name` - at `$.themes[1]`"),
        ("name: Buses", "name: Buses\n    name: Coaches", "the key 'name' stands twice"),
        ("id: buses", "id: Big Buses", "`$.themes[1].id`"),
        ("include: [delays]", "include: delays", "`$.themes[0].include`"),
        ("themes:", "themes: [", "line"),
        (CODEBOOK, "", "Expected `object`, got `null`"),
        (CODEBOOK, "version: '1'\nthemes: []", "`$.themes`"),
        (CODEBOOK, "!!python/object/apply:os.getcwd []", "could not determine a constructor"),
    ],
)
def test_a_broken_codebook(tmp_path: Path, old: str, new: str, found: str) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(CODEBOOK.replace(old, new), encoding="utf-8")
    with pytest.raises(PipelineError) as caught:
        codebook.load(path)
    assert caught.value.code == ErrorCode.INVALID_CODEBOOK
    assert str(path) in caught.value.found
    assert found in caught.value.found
    assert "\n" not in caught.value.found


def test_a_codebook_in_another_encoding(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_bytes(CODEBOOK.replace("trains.", "trénes.").encode("latin-1"))
    with pytest.raises(PipelineError) as caught:
        codebook.load(tmp_path / "c.yaml")
    assert caught.value.code == ErrorCode.INVALID_CODEBOOK


@pytest.mark.parametrize("load", [codebook.load, rubric.load])
def test_a_missing_instrument(tmp_path: Path, load: object) -> None:
    assert callable(load)
    with pytest.raises(PipelineError) as caught:
        load(tmp_path / "gone.yaml")
    assert caught.value.code == ErrorCode.MISSING_FILE
    assert "--codebook" in caught.value.do or "--rubric" in caught.value.do


def test_labels_may_name_only_themes_of_the_codebook() -> None:
    codebook.require_known({"trains"}, make_codebook("trains", "buses"), "labels.jsonl")
    with pytest.raises(PipelineError) as caught:
        codebook.require_known({"boats", "trains", "sledges"}, make_codebook("trains", "buses"), "labels.jsonl")
    assert caught.value.code == ErrorCode.INVALID_LABELS
    assert caught.value.found == "labels.jsonl: unknown theme 'boats', 'sledges'"
    assert "trains, buses" in caught.value.expected


# --- rubric ----------------------------------------------------------------------------------------------------------


def test_the_shipped_rubric_is_whole() -> None:
    loaded = rubric.load(SHIPPED_RUBRIC)
    practices = [practice.id for area in loaded.areas for practice in area.practices]
    assert loaded.levels == ["getting_started", "getting_better", "keep_improving"]
    assert len(loaded.areas) == 6
    assert practices == [str(n) for n in range(1, 20)]
    assert len(loaded.indicators) == len(set(loaded.indicators)) == 28
    cells = [text for row in loaded.rows() for text in row.levels.values()]
    assert len(cells) == len(set(cells)) == 84
    assert all(row.indicator.rstrip("abcdefgh") == row.practice for row in loaded.rows())


def test_comments_do_not_make_another_rubric(tmp_path: Path) -> None:
    shipped = SHIPPED_RUBRIC.read_text(encoding="utf-8")
    (tmp_path / "r.yaml").write_text(f"# mine\n{shipped}", encoding="utf-8")
    (tmp_path / "s.yaml").write_text(shipped.replace("Central office", "District office", 1), encoding="utf-8")
    assert rubric.load(tmp_path / "r.yaml").sha256 == rubric.load(SHIPPED_RUBRIC).sha256
    assert rubric.load(tmp_path / "s.yaml").sha256 != rubric.load(SHIPPED_RUBRIC).sha256


def test_rows_of_a_rubric_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(RUBRIC, encoding="utf-8")
    loaded = rubric.load(tmp_path / "r.yaml")
    assert loaded.indicators == ["1a", "2"]
    row = loaded.rows()[0]
    assert (row.area, row.practice, row.practice_text, row.levels["high"]) == (
        "Climbing",
        "1",
        "They climb.",
        "All rungs.",
    )


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ('id: "2"\n        text', 'id: "1"\n        text', "practice id '1' stands more than once"),
        ('- id: "2"\n            levels', "- id: 1a\n            levels", "indicator id '1a' stands more than once"),
        (", high: All rungs.", "", "indicator 1a has the levels low"),
        (
            "{low: A rung., high: All rungs.}",
            "{high: All rungs., low: A rung.}",
            "indicator 1a has the levels high, low",
        ),
        ("{low: A rung., high: All rungs.}", "{}", "indicator 1a has the levels none"),
        ("high: All rungs.", "middle: All rungs.", "indicator 1a has the levels low, middle"),
        ("high: All rungs.", "high: ''", "`$.areas[0].practices[0].indicators[0].levels[...]`"),
        ("high: All rungs.", "low: All rungs.", "the key 'low' stands twice"),
        ("levels: [low, high]\n", "", "missing required field `levels`"),
    ],
)
def test_a_broken_rubric(tmp_path: Path, old: str, new: str, found: str) -> None:
    assert old in RUBRIC
    path = tmp_path / "r.yaml"
    path.write_text(RUBRIC.replace(old, new), encoding="utf-8")
    with pytest.raises(PipelineError) as caught:
        rubric.load(path)
    assert caught.value.code == ErrorCode.INVALID_RUBRIC
    assert found in caught.value.found


# --- which one is used -----------------------------------------------------------------------------------------------


def test_the_corpus_own_instrument_comes_first(tmp_path: Path) -> None:
    assert shipped(tmp_path, "codebook.yaml") == SHIPPED_CODEBOOK
    (tmp_path / "codebook.yaml").write_text(CODEBOOK, encoding="utf-8")
    assert shipped(tmp_path, "codebook.yaml") == tmp_path / "codebook.yaml"
