"""`pop train` as a person uses it: what takes whose place, what is refused, what is kept, what is brought back.

The sentence encoder is replaced by one of words, so that each training takes a moment.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import builders
import numpy as np
import pytest
from click.testing import CliRunner, Result
from safetensors.numpy import load_file, save_file
from topics import TOPICS, WordEncoder, labels, shuffled, write, write_codebook

from pipeline import encoder as encoding
from pipeline import jsonl
from pipeline.cli import main
from pipeline.learning import versions
from pipeline.tools import _theme_model as loaded

OTHER_WORDS = {"watered": "sprayed", "sailed": "drifted", "salted": "stirred", "day": "week"}


def others(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Labels of other texts, in other groups, of the same topics."""
    made = []
    for one in records:
        text = one["text"]
        for word, other in OTHER_WORDS.items():
            text = text.replace(word, other)
        made.append(one | {"id": f"other {one['id']}", "text": f"Once more: {text}", "group": f"other {one['group']}"})
    return made


@dataclass
class Desk:
    """A folder of models, a codebook of three topics, and the commands on them."""

    folder: Path
    encoder: WordEncoder

    @property
    def models(self) -> Path:
        return self.folder / "models"

    @property
    def themes(self) -> Path:
        return self.models / "themes"

    def command(self, name: str, *words: object) -> Result:
        shared = ["--models", self.models, "--codebook", self.folder / "codebook.yaml"]
        return CliRunner().invoke(main, [name, *map(str, (*shared, *words))])

    def train(self, records: list[dict[str, Any]], name: str = "labels", *words: object) -> Result:
        path = write(self.folder / f"{name}.jsonl", records)
        return self.command("train", "--labels", path, "--quiet", *words)

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted(self.themes.iterdir())}

    def history(self) -> list[tuple[str, str | None, str]]:
        return [(one.event, one.before, one.version) for one in versions.history(self.models, "themes")]

    @property
    def version(self) -> str:
        return str(json.loads((self.themes / "model.json").read_bytes())["version"])


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    encoder = WordEncoder()
    monkeypatch.setattr(encoding, "load", lambda: encoder)
    write_codebook(tmp_path / "codebook.yaml", list(TOPICS))
    return Desk(tmp_path, encoder)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a trained model; not to be changed."""
    made = Desk(tmp_path_factory.mktemp("trained"), WordEncoder())
    write_codebook(made.folder / "codebook.yaml", list(TOPICS))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoding, "load", lambda: made.encoder)
        assert made.train(labels()).exit_code == 0
    return made.models


def test_the_first_model_is_promoted(desk: Desk) -> None:
    result = desk.train(labels())
    assert result.exit_code == 0, result.output
    assert desk.history() == [("promoted", None, desk.version)]
    assert versions.history(desk.models, "themes")[0].reason == "the first model"


def test_the_same_labels_again_are_promoted_and_give_the_same_bytes(desk: Desk) -> None:
    desk.train(labels())
    before = desk.files()
    assert desk.train(labels()).exit_code == 0
    after = desk.files()
    for name in before.keys() - {"MODEL_CARD.md"}:  # the card tells of the comparison
        assert after[name] == before[name], name
    assert [event for event, *_ in desk.history()] == ["promoted", "promoted"]
    assert "clearly worse than" in versions.history(desk.models, "themes")[1].reason


def test_better_labels_are_promoted_and_the_model_before_is_kept(desk: Desk) -> None:
    desk.train(shuffled(labels()), "bad")
    before, bad = desk.files(), desk.version
    assert desk.train(others(labels()), "good").exit_code == 0
    assert desk.version != bad
    kept = desk.models / "versions" / bad
    assert {path.name: path.read_bytes() for path in kept.iterdir()} == before


def test_shuffled_labels_of_the_same_texts_are_refused(desk: Desk) -> None:
    """They vouch for themselves; the labels that they replace do not."""
    desk.train(labels(), "good")
    before = desk.files()
    result = desk.train(shuffled(labels()), "bad")
    assert result.exit_code == 5
    assert "clearly worse" in result.output
    assert desk.files() == before
    (_, promoted, _), (event, current, refused) = ((a, c, b) for a, b, c in desk.history())
    assert (event, refused) == ("refused", promoted)
    assert current != refused


def test_shuffled_labels_of_other_texts_are_refused_because_of_the_earlier_ones(desk: Desk) -> None:
    desk.train(labels(), "good")
    before = desk.files()
    bad = shuffled(others(labels()))
    result = desk.train(bad, "bad")
    assert result.exit_code == 5, result.output
    assert desk.files() == before
    (desk.folder / "good.jsonl").unlink()
    assert desk.train(bad, "bad").exit_code == 0, "without the earlier labels nothing tells that it is worse"


def test_good_labels_of_other_texts_are_promoted(desk: Desk) -> None:
    desk.train(labels(), "good")
    assert desk.train(others(labels()), "also good").exit_code == 0


def test_force_promotes_what_is_worse_and_says_so_for_good(desk: Desk) -> None:
    desk.train(labels(), "good")
    good = desk.version
    assert desk.train(shuffled(labels()), "bad", "--force").exit_code == 0
    assert desk.history()[-1] == ("forced", good, desk.version)
    assert "in spite of: clearly worse" in versions.history(desk.models, "themes")[-1].reason
    assert "WORSE" in (desk.themes / "MODEL_CARD.md").read_text()


def test_rolling_back_brings_each_model_back_byte_for_byte(desk: Desk, tmp_path: Path) -> None:
    outputs = outputs_of(tmp_path, {"garden": "yes"})
    seen = []
    for n, name in ((48, "a"), (46, "b"), (44, "c")):
        made = desk.train(labels()[:n], name, *(["--outputs", outputs] if name == "c" else []))
        assert made.exit_code == 0, made.output
        seen.append(desk.files())
    assert ("churn.jsonl" in seen[1], "churn.jsonl" in seen[2]) == (False, True)
    for before in (seen[1], seen[0]):
        result = desk.command("train", "--rollback")
        assert result.exit_code == 0, result.output
        assert desk.version in result.output
        assert desk.files() == before
    first = desk.version
    result = desk.command("train", "--rollback")
    assert result.exit_code == 3
    assert f"no model that was in use before {first}" in result.output
    assert desk.files() == seen[0]
    assert [event for event, *_ in desk.history()] == ["promoted"] * 3 + ["rolled back"] * 2


def test_what_comes_back_is_what_was_there_last(desk: Desk) -> None:
    """Trained twice from the same labels, a model has the same version and another card."""
    desk.train(labels(), "a")
    desk.train(labels(), "a")
    before = desk.files()
    desk.train(labels()[:46], "b")
    assert desk.command("train", "--rollback").exit_code == 0
    assert desk.files() == before


def test_a_damaged_model_does_not_take_the_place_of_what_is_kept(desk: Desk, trained: Path) -> None:
    shutil.copytree(trained, desk.models)
    versions.keep(desk.models, "themes")
    (kept,) = (desk.models / "versions").glob("themes-*")
    before = (kept / "weights.safetensors").read_bytes()
    _flip(desk.themes / "weights.safetensors")
    versions.keep(desk.models, "themes")
    assert (kept / "weights.safetensors").read_bytes() == before


def entries(*told: str) -> list[versions.Entry]:
    """A history from words: "a>b" b took a's place, "!b" it was refused, "<a" a was brought back."""
    found = []
    for word in told:
        event: versions.Event = "refused" if word[0] == "!" else "rolled back" if word[0] == "<" else "promoted"
        before, version = word.split(">") if ">" in word else ("", word[1:])
        found.append(
            versions.Entry(target="t", event=event, version=version, before=before or None, reason="", when="")
        )
    return found


@pytest.mark.parametrize(
    ("told", "now", "expected"),
    [
        ([], "a", None),
        ([">a"], "a", None),
        ([">a", "a>b"], "b", "a"),
        (["a>b"], "b", "a"),  # the first one was shipped
        (["a>b", "!c"], "b", "a"),
        (["a>b", "b>b"], "b", "a"),  # trained again, it took its own place
        (["a>b", "b>c", "<b"], "b", "a"),
        (["a>b", "<a"], "a", None),
        (["a>b", "<a", "a>c"], "c", "a"),
        (["a>b", "b>a"], "a", "b"),
        (["a>b", "b>a", "<b"], "b", "a"),
        (["a>b", "b>a", "<b", "<a"], "a", None),
        (["a>b", "b>a", "a>c", "<a"], "a", "b"),
        (["a>b"], "a", None),  # restored by hand
        (["a>b"], "elsewhere", "b"),
    ],
)
def test_which_model_was_in_use_before(told: list[str], now: str, expected: str | None) -> None:
    assert versions._before(entries(*told), now) == expected


def test_rolling_back_without_a_model_says_why_not(desk: Desk) -> None:
    result = desk.command("train", "--rollback")
    assert result.exit_code == 3
    assert "no model that was in use before" in result.output


# Damage


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def _told(**fields: Any) -> Callable[[Path], None]:
    return lambda path: path.write_text(json.dumps(json.loads(path.read_bytes()) | fields), encoding="utf-8") and None


def _vouch(path: Path) -> None:
    """Write what would let any model pass: nothing was ever decided."""
    arrays = load_file(path)
    save_file(arrays | {"decided": np.zeros_like(arrays["decided"])}, path)


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("weights.safetensors", _flip),
        ("weights.safetensors", _cut),
        ("model.json", _told(another=1)),
        ("model.json", _told(themes="garden")),
        ("model.json", _told(trust=[0.5, "much", 0.1])),
        ("model.json", _cut),
        ("held_out.safetensors", _cut),
        ("held_out.safetensors", _vouch),
        ("held_out.safetensors", Path.unlink),
    ],
)
def test_a_damaged_model_tags_nothing(
    desk: Desk, trained: Path, tmp_path: Path, name: str, damage: Callable[[Path], None]
) -> None:
    shutil.copytree(trained, desk.models)
    passages = write(tmp_path / "passages.jsonl", [{"id": "p1", "text": "The boat sailed out of the harbour."}])
    asked = ("tag", "--passages", passages, "--outputs", tmp_path / "outputs", "--quiet")
    assert desk.command(*asked).exit_code == 0
    damage(desk.themes / name)
    loaded.cache_clear()  # as in a process of its own
    result = desk.command(*asked, "--force")
    assert result.exit_code == 6, result.output
    assert str(desk.themes) in result.output


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("weights.safetensors", _flip),
        ("weights.safetensors", Path.unlink),
        ("model.json", _cut),
        ("model.json", Path.unlink),
        ("held_out.safetensors", _vouch),
    ],
)
def test_a_model_that_cannot_be_compared_with_is_replaced_only_by_force(
    desk: Desk, trained: Path, name: str, damage: Callable[[Path], None]
) -> None:
    shutil.copytree(trained, desk.models)
    damage(desk.themes / name)
    before = desk.files()
    refused = desk.train(shuffled(labels()))
    assert refused.exit_code == 3, refused.output
    assert "a damaged model in use" in refused.output
    assert desk.files() == before
    assert desk.train(shuffled(labels()), "labels", "--force").exit_code == 0
    last = versions.history(desk.models, "themes")[-1]
    assert last.event == "forced"
    assert "damaged" in last.reason


# What is said of labels


def test_a_theme_with_three_positives_is_named(desk: Desk) -> None:
    few = [one for one in labels() if "sea" not in one["themes"] or one["id"] in ("sea-0-0", "sea-1-1", "sea-2-2")]
    write(desk.folder / "few.jsonl", few)
    result = desk.command("train", "--labels", desk.folder / "few.jsonl")
    assert result.exit_code == 0, result.output
    assert "Not enough evidence (fewer than 15 positives): sea." in result.output
    (row,) = [line for line in result.output.splitlines() if line.startswith("sea ")]
    assert "no figure" in row


def outputs_of(folder: Path, decided: dict[str, str]) -> Path:
    """Write outputs of a document about the sea, tagged as given."""
    doc = builders.document(
        "The boat sailed out of the harbour. Waves broke over the deck.\n\nThe cook salted the soup."
    )
    first, second = builders.passages(doc)
    outputs = folder / "outputs"
    outputs.mkdir()
    jsonl.write(outputs / "documents.jsonl", [doc])
    jsonl.write(outputs / "passages.jsonl", [first, second])
    jsonl.write(outputs / "segments.jsonl", [builders.segment([first, second])])
    tags = [builders.tag(first, theme, decision=decision) for theme, decision in decided.items()]
    human = builders.tag(second, "garden", id="human", source="human", coder="ana")
    jsonl.write(outputs / "tags.jsonl", [*tags, human])
    return outputs


def test_a_label_may_name_a_passage_of_the_outputs(desk: Desk, tmp_path: Path) -> None:
    outputs = outputs_of(tmp_path, {})
    named = [*labels(), {"id": "d1-p0", "themes": {"sea": 2}, "group": "g1"}]
    refused = desk.train(named)
    assert refused.exit_code == 3
    assert "d1-p0" in refused.output
    assert "--outputs" in refused.output
    assert not desk.themes.exists()
    result = desk.train(named, "labels", "--outputs", outputs)
    assert result.exit_code == 0, result.output
    assert json.loads((desk.themes / "model.json").read_bytes())["trained_on"]["n_labels"] == 49


def test_tags_that_would_change_are_listed(desk: Desk, tmp_path: Path) -> None:
    outputs = outputs_of(tmp_path, {"garden": "yes"})
    write(desk.folder / "labels.jsonl", labels())
    before = (outputs / "tags.jsonl").read_bytes()
    result = desk.command("train", "--labels", desk.folder / "labels.jsonl", "--outputs", outputs)
    assert result.exit_code == 0, result.output
    changes = [json.loads(line) for line in (desk.themes / "churn.jsonl").read_text().splitlines()]
    found = {(one["passage_id"], one["theme"]): (one["before"], one["after"]) for one in changes}
    assert found["d1-p0", "garden"] == ("yes", "no")
    assert found["d1-p0", "sea"][0] == "no" != found["d1-p0", "sea"][1]
    assert all(one["before"] != one["after"] for one in changes)
    assert ("d1-p1", "garden") not in found, "what a person said stays"
    assert f"{len(changes)} decisions (listed in churn.jsonl)" in result.output
    assert "yes → no" in result.output
    assert (outputs / "tags.jsonl").read_bytes() == before
    tagged = desk.command("tag", "--passages", outputs / "passages.jsonl", "--outputs", tmp_path / "new", "--all")
    assert tagged.exit_code == 0, tagged.output
    lines = (tmp_path / "new" / "tags.jsonl").read_text().splitlines()
    new = {(one["passage_id"], one["theme"]): one for one in map(json.loads, lines)}
    for (passage, theme), (_, after) in found.items():
        assert new[passage, theme]["decision"] == after
    desk.train(labels())
    assert not (desk.themes / "churn.jsonl").exists(), "the list of another training is not left behind"


# Vectors that are kept


def test_what_was_read_once_is_not_read_again(desk: Desk) -> None:
    records = [*labels(), *({"id": f"d{i}", "text": f"Page {i}.", "themes": {}, "document": "d"} for i in range(3))]
    desk.train(records)
    codebook = 3 * 3  # definition by itself, then name and definition, of each theme; nothing is excluded
    first, version = desk.encoder.n_read, desk.version
    desk.train(records)
    again = desk.encoder.n_read - first
    assert first > 2 * 51
    assert again <= 2 * codebook
    assert desk.version == version
    records[0]["text"] += " More."
    before = desk.encoder.n_read
    desk.train(records)
    assert desk.encoder.n_read - before <= again + 2
    records[-1]["text"] = "Another end."
    before = desk.encoder.n_read
    desk.train(records)
    assert again + 2 < desk.encoder.n_read - before <= again + 2 * 3, "a document is read together"


def test_a_model_does_not_depend_on_what_was_kept(desk: Desk) -> None:
    desk.train(labels()[:40], "some")
    desk.train(labels(), "all", "--force")
    kept = desk.files()
    other = Desk(desk.folder / "other", desk.encoder)
    other.folder.mkdir()
    write_codebook(other.folder / "codebook.yaml", list(TOPICS))
    write(desk.folder / "all.jsonl", labels())
    made = other.command("train", "--labels", desk.folder / "all.jsonl", "--quiet")
    assert made.exit_code == 0, made.output
    for name in ("model.json", "weights.safetensors", "metrics.json", "held_out.json", "held_out.safetensors"):
        assert other.files()[name] == kept[name], name


def test_kept_vectors_hold_no_text(desk: Desk) -> None:
    desk.train(labels())
    (kept,) = desk.models.glob(".vectors*")
    assert b"harbour" not in kept.read_bytes()
