"""Decisions as labels that models learn from."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import builders
import msgspec
import pytest
from click.testing import CliRunner
from topics import TOPICS, labels, write, write_codebook

from pipeline import jsonl
from pipeline.cli import main
from pipeline.config import Settings
from pipeline.corrections import log
from pipeline.corrections.decisions import AnatomyWords, Decision, Undo
from pipeline.errors import PipelineError
from pipeline.learning import coders, decided, training
from pipeline.learning.practices.labelled import read_documents
from pipeline.learning.training import anatomy, practices
from pipeline.tools import Tools

DOC = builders.document(
    "They cook in pairs.\n\nIda Lund said, “We wrote it down,” and laughed.\n\nNobody had been asked.",
    path="kitchen.txt",
)
PAIRS, SAID, ASKED = builders.passages(DOC)
QUOTE = builders.quote(SAID, "We wrote it down,", id="q1")


def put(folder: Path, *decisions: Decision) -> Path:
    for one in decisions:
        log.add(folder, one)
    return folder


def test_a_passage_becomes_a_label_of_its_document(tmp_path: Path) -> None:
    put(tmp_path, builders.theme_decision(DOC, PAIRS, {"equity": 2}, open=["succession"]))
    (label,) = decided.theme_labels(decided.logs(tmp_path))
    assert msgspec.to_builtins(label) == {
        "id": PAIRS.id,
        "text": "They cook in pairs.",
        "themes": {"equity": 2},
        "group": "kitchen.txt",
        "fold": None,
        "document": None,
        "kind": "body",
        "open": ["succession"],
        "asked": [],
        "coder": "ana",
        "weight": 3.0,
    }


def test_coders_are_merged_though_the_document_changed_between_them(tmp_path: Path) -> None:
    later = builders.document(f"A preface.\n\n{DOC.text}", id="d2", path=DOC.path)
    moved = builders.passages(later)[1]
    put(tmp_path, builders.theme_decision(DOC, PAIRS, {"equity": 2}))
    put(tmp_path, builders.theme_decision(later, moved, {"equity": 1, "succession": 2}, coder="ben"))
    (label,) = coders.read(coders.label_files(tmp_path), {})
    assert (label.id, label.themes, label.open, label.coder) == (moved.id, {"equity": 1}, ["succession"], None)


def test_labels_and_decisions_of_a_folder_are_learned_together(tmp_path: Path) -> None:
    write(tmp_path / "sheet.jsonl", [{"id": "a", "text": "x", "themes": {"equity": 1}}])
    write(tmp_path / "practices.jsonl", [{"id": "b", "quote": "x", "practices": {}}])
    first = builders.theme_decision(DOC, PAIRS, {"equity": 2})
    undo = Undo(id="ana:000009", coder="ana", at="2026-11-22T11:00:00Z", undoes="ana:000002")
    put(tmp_path, first, builders.theme_decision(DOC, ASKED, {}, n=2), undo)
    with (tmp_path / "ana.jsonl").open("ab") as stream:
        stream.write(b'{"target":"pass')
    assert {label.id for label in coders.read(coders.label_files(tmp_path), {})} == {"a", PAIRS.id}
    assert read_documents(tmp_path).passages == {}


def test_the_same_words_may_be_judged_in_two_ways_in_two_documents(tmp_path: Path) -> None:
    other = builders.document(DOC.text, id="d2", path="other.txt")
    put(tmp_path, builders.theme_decision(DOC, PAIRS, {"equity": 2}))
    put(tmp_path, builders.theme_decision(other, builders.passages(other)[0], {}, n=2))
    assert [label.themes for label in coders.read(coders.label_files(tmp_path), {})] == [{"equity": 2}, {}]


@pytest.mark.parametrize(
    ("decisions", "practices", "opened", "levels"),
    [
        ([builders.practices_decision(DOC, QUOTE, {"12b": 2}, levels={"12b": "two"})], {"12b": 2}, [], {"12b": "two"}),
        (
            [
                builders.practices_decision(DOC, QUOTE, {"12b": 2, "6a": 1}, levels={"12b": "two"}),
                builders.practices_decision(DOC, QUOTE, {"12b": 1}, coder="ben", levels={"12b": "one"}),
            ],
            {"12b": 1},
            ["6a"],
            {},
        ),
    ],
)
def test_a_quote_becomes_a_label_in_its_passage(tmp_path: Path, decisions, practices, opened, levels) -> None:
    put(tmp_path, *decisions, builders.theme_decision(DOC, SAID, {}, n=9))
    (label,) = decided.practice_labels(decided.logs(tmp_path), "Test rubric")
    assert (label.practices, label.open, label.levels) == (practices, opened, levels)
    assert (label.quote, label.context, label.group) == ("We wrote it down,", SAID.text, "kitchen.txt")
    assert decided.practice_labels(decided.logs(tmp_path), "Another one") == []


def test_the_paragraph_of_a_quote_is_known_from_its_neighbourhood(tmp_path: Path) -> None:
    put(tmp_path, builders.practices_decision(DOC, QUOTE, {"12b": 2}))
    (label,) = decided.practice_labels(decided.logs(tmp_path), "Test rubric")
    assert label.context == SAID.text


PROBLEM = builders.document(
    "Who follows\n\nTwo cooks left. Nobody could follow them.\n\nThey cook in pairs; it took a year. It holds.”",
    path="kitchen.txt",
)
PART = builders.segment(builders.passages(PROBLEM))


def by_full_stop(text: str) -> list[tuple[int, int]]:
    return [one.span() for one in re.finditer(r"\S[^.]*\.?", text)]


def account(*roles: tuple[str, str], **more: Any) -> Decision:
    at = PROBLEM.text.index
    anatomy: Any = [AnatomyWords(start=at(t), end=at(t) + len(t), text=t, role=role) for t, role in roles]
    return builders.segment_decision(PROBLEM, PART, more.pop("kind", "problem_of_practice"), anatomy=anatomy, **more)


def test_a_problem_of_practice_becomes_an_account_sentence_by_sentence(tmp_path: Path) -> None:
    put(tmp_path, account(("Nobody could follow them.", "problem"), ("They cook in pairs;", "approach")))
    (label,) = decided.account_labels(decided.logs(tmp_path), by_full_stop)
    assert (label.id, label.group) == (PART.id, "kitchen.txt")
    assert [(one.text, one.roles) for one in label.sentences] == [  # the heading is no sentence
        ("Two cooks left.", []),
        ("Nobody could follow them.", ["problem"]),
        ("They cook in pairs;", ["approach"]),
        ("it took a year.", []),
        ("It holds.", []),
    ]


@pytest.mark.parametrize(
    ("later", "found"),
    [
        (account(("Two cooks left.", "problem"), coder="ben", at="2026-11-22T12:00:00Z"), [["problem"]]),
        (account(("Two cooks left.", "problem"), coder="ben", at="2020-01-01T12:00:00Z"), [["result"]]),
        (account(n=2), []),  # taken for a problem, and not read sentence by sentence
        (account(("It holds.", "problem"), n=2, kind="program"), []),
    ],
)
def test_of_an_account_the_latest_word_counts(tmp_path: Path, later: Decision, found: list[list[str]]) -> None:
    put(tmp_path, account(("It holds.", "result")), later)
    labels = decided.account_labels(decided.logs(tmp_path), by_full_stop)
    assert [[role for one in label.sentences for role in one.roles] for label in labels] == found


def test_decisions_on_problems_are_learned_with_the_labels_of_others(tmp_path: Path) -> None:
    shipped = {"id": PART.id, "sentences": [{"text": "Old.", "roles": []}]}
    path = write(tmp_path / "anatomy.jsonl", [shipped, shipped | {"id": "an2"}])
    put(tmp_path, account(("It holds.", "result")))
    logs = decided.logs(tmp_path)
    assert [(one.id, len(one.sentences)) for one in anatomy.read(path, logs, by_full_stop)] == [
        ("an2", 1),
        (PART.id, 4),
    ]
    assert [one.id for one in anatomy.read(logs[0], logs, by_full_stop)] == [PART.id]
    put(tmp_path, account(n=2))
    with pytest.raises(PipelineError, match="nobody gave the sentences"):
        anatomy.read(logs[0], logs, by_full_stop)


@pytest.fixture
def own(tools: Tools, tmp_path: Path) -> Tools:
    return replace(
        tools,
        codebook_path=write_codebook(tmp_path / "codebook.yaml", list(TOPICS)),
        models_path=tmp_path / "models",
        settings=Settings(bootstrap=100),
    )


def test_a_model_learns_from_decisions(own: Tools, tmp_path: Path) -> None:
    folder = tmp_path / "labels"
    made: list[dict[str, Any]] = labels()
    folder.mkdir()
    write(folder / "sheet.jsonl", made[:-6])
    for n, one in enumerate(made[-6:]):
        doc = builders.document(one["text"], id=f"d{n}", path=f"{one['group']}.txt")
        put(folder, builders.theme_decision(doc, builders.passage(doc, one["text"]), one["themes"], n=n))
    result = training.train_themes(folder, own, quiet=True)
    assert result.metrics["trained_on"]["n_labels"] == len(made)
    assert set(map(Path, result.metrics["trained_on"]["labels"])) == {folder / "sheet.jsonl", folder / "ana.jsonl"}
    assert result.metrics["trained_on"]["coders"]["ana"] == 6


def test_what_a_coder_decided_is_not_suggested_again(outputs: Path, tmp_path: Path) -> None:
    def queue(*more: str) -> list[str]:
        asked = ["suggest", "--outputs", str(outputs), "--n", "20", *more]
        return [one["text"] for one in map(msgspec.json.decode, CliRunner().invoke(main, asked).stdout.splitlines())]

    passages = list(jsonl.read(outputs / "passages.jsonl", dict[str, Any]))
    texts = queue()
    known = next(one for one in passages if one["text"] == texts[0])
    doc = builders.document(texts[0])
    folder = put(tmp_path / "labels", builders.theme_decision(doc, builders.passage(doc, texts[0]), {}))
    for path in (folder / "ana.jsonl", folder):
        assert texts[0] not in queue("--labels", str(path))
    named = write(tmp_path / "queue.jsonl", [{"id": known["id"], "themes": {}}])
    assert texts[0] not in queue("--labels", str(named))


def test_decisions_on_practices_go_before_labels_of_the_same_quote(tools: Tools, tmp_path: Path) -> None:
    rubric = tools.rubric
    path = write(
        tmp_path / "practices.jsonl",
        [{"id": one, "quote": f"Words of {one}.", "practices": {rubric.indicators[0]: 2}} for one in ("q1", "q2")],
    )
    put(tmp_path, builders.practices_decision(DOC, QUOTE, {rubric.indicators[1]: 2}, rubric=rubric.name))
    logs = decided.logs(tmp_path)
    found = practices.read(path, logs, rubric)
    assert [(one.id, list(one.practices)) for one in found] == [
        ("q2", [rubric.indicators[0]]),
        ("q1", [rubric.indicators[1]]),
    ]
    assert [one.id for one in practices.read(logs[0], logs, rubric)] == ["q1"]


@pytest.mark.parametrize(
    ("changes", "found"), [({"practices": {"99z": 2}}, "unknown indicator '99z'"), ({"rubric": "X"}, "no practices")]
)
def test_decisions_on_practices_that_cannot_be_used_are_named(tools: Tools, tmp_path: Path, changes, found) -> None:
    put(tmp_path, builders.practices_decision(DOC, QUOTE, {}, **({"rubric": tools.rubric.name} | changes)))
    logs = decided.logs(tmp_path)
    with pytest.raises(PipelineError, match=found):
        practices.read(logs[0], logs, tools.rubric)
