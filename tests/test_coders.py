"""Labels of several files and people made one, and what is refused."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from topics import write

from pipeline.errors import ErrorCode, PipelineError
from pipeline.learning import coders, voting
from pipeline.learning.labels import N_FOLDS, ThemeLabel, folds


def said(
    themes: dict[str, Any], coder: str | None = None, opened: tuple[str, ...] = (), asked: tuple[str, ...] = ()
) -> ThemeLabel:
    return ThemeLabel(id="a", text="x", themes=themes, coder=coder, open=list(opened), asked=list(asked))


@pytest.mark.parametrize(
    ("labels", "themes", "opened"),
    [
        ([said({"equity": 2}), said({"equity": 1, "succession": 2})], {"equity": 1}, ["succession"]),
        ([said({"equity": 2}), said({"equity": 2}), said({})], {"equity": 2}, []),
        ([said({"equity": 2}), said({}), said({})], {}, []),
        ([said({"equity": 1}), said({"equity": 2}), said({"equity": 2})], {"equity": 2}, []),
        ([said({"equity": 1}), said({"equity": 1}), said({"equity": 2}), said({"equity": 2})], {"equity": 1}, []),
        # Who left a theme open has no vote on it.
        ([said({"equity": 2}), said({}, opened=("equity",))], {"equity": 2}, []),
        ([said({"equity": 2}), said({}), said({}, opened=("equity",))], {}, ["equity"]),
        ([said({}, opened=("equity",)), said({}, opened=("equity",))], {}, ["equity"]),
        ([said({"equity": 2}, opened=("succession",))], {"equity": 2}, ["succession"]),
        # Nor has who was not asked about it.
        ([said({"equity": 2}), said({}, asked=("succession",))], {"equity": 2}, []),
        ([said({"equity": 2}), said({}), said({}, asked=("succession",))], {}, ["equity"]),
    ],
)
def test_what_coders_agree_on_is_learned(labels, themes, opened) -> None:
    merged = voting.merge(labels)
    assert (merged.themes, merged.open) == (themes, opened)


@pytest.mark.parametrize(
    ("labels", "asked"),
    [
        ([said({}, asked=("b",)), said({}, asked=("a", "b"))], ["a", "b"]),
        ([said({}, asked=("b",)), said({})], []),  # the second was asked everything
    ],
)
def test_what_several_were_asked_is_what_one_of_them_was(labels, asked) -> None:
    assert voting.merge(labels).asked == asked


GRADES = st.dictionaries(st.sampled_from("abc"), st.sampled_from([1, 2]))


@given(st.lists(GRADES, min_size=2, max_size=5), st.randoms())
def test_who_is_asked_first_does_not_matter(given_grades, random) -> None:
    labels = [said(themes) for themes in given_grades]
    other = random.sample(labels, len(labels))
    one, two = voting.merge(labels), coders.merge(other)
    assert (one.themes, one.open) == (two.themes, two.open)
    assert set(one.themes) & set(one.open) == set()


@given(GRADES, st.integers(1, 4))
def test_those_who_agree_are_one(themes, n) -> None:
    assert voting.merge([said(themes)] * n).themes == themes


def test_coders_in_two_files_are_merged_and_what_one_says_later_counts(tmp_path: Path) -> None:
    one = write(tmp_path / "ana.jsonl", [{"id": "a", "text": "x", "themes": {"equity": 2}, "coder": "ana"}])
    two = write(
        tmp_path / "ben.jsonl",
        [
            {"id": "a", "text": "x", "themes": {}, "coder": "ben"},
            {"id": "a", "text": "x", "themes": {"equity": 1}, "coder": "ben"},
            {"id": "b", "text": "y", "themes": {"equity": 1}, "coder": "ben"},
        ],
    )
    found = coders.read([one, two], {})
    assert [(label.id, label.themes, label.open) for label in found] == [
        ("a", {"equity": 1}, []),
        ("b", {"equity": 1}, []),
    ]
    assert coders.coders(found) == {"ben": 1, "unnamed": 1}


def record(label_id: str, text: str, themes: dict[str, int], **more: Any) -> dict[str, Any]:
    return {"id": label_id, "text": text, "themes": themes, **more}


TWICE = [record("a", "Same  words", {"equity": 2}), record("b", "same words", {})]


@pytest.mark.parametrize(
    ("records", "found"),
    [
        ([], "it holds no labels"),
        ([record("a", "x", {}), record("a", "y", {})], "'a' stands more than once"),
        (TWICE, r"1 labels that contradict another one of the same text: a and b .equity."),
        ([{"id": "a", "themes": {}}], "1 labels without a text, for passages that are not known: a"),
        ([{"themes": {}}], "not known: None"),
        ([record("a", "", {}, reason="random"), record("b", "y", {}, reason="uncertain")], "line 1.*text"),
        (
            [record("a", "x", {}, reason="random"), record("b", "y", {}, reason="uncertain")],
            "none of them with a theme",
        ),
        ([record("a", "x", {"equity": 5})], "themes"),
        ([{"id": "known", "themes": {"equity": 5}}], "record 1.*themes"),
        ([{"id": "known"}], "record 1.*themes"),
        ([record(str(i), f"x{i}", {}, group="g", fold=i) for i in (1, 2)], "group 'g' stands in fold 1 and in 2"),
    ],
)
def test_labels_that_cannot_be_used_are_refused(tmp_path: Path, records, found) -> None:
    with pytest.raises(PipelineError, match=found) as caught:
        coders.read([write(tmp_path / "labels.jsonl", records)], {"known": "x"})
    assert caught.value.code is ErrorCode.INVALID_LABELS
    assert "labels.jsonl" in caught.value.found or "a" in caught.value.found


@pytest.mark.parametrize(
    "changed",
    [
        {"themes": {"equity": 1}},  # 1 and 2 differ by degree
        {"open": ["equity"]},
        {"document": "d"},  # the same words mean different things in different places
        {"text": "other words"},
    ],
)
def test_what_does_not_contradict_is_kept(tmp_path: Path, changed) -> None:
    path = write(tmp_path / "labels.jsonl", [TWICE[0], TWICE[1] | changed])
    assert len(coders.read([path], {})) == 2


def test_a_queue_is_refused_only_as_long_as_nobody_has_filled_it_in(tmp_path: Path) -> None:
    queue = [record("a", "x", {}, reason="random"), record("b", "y", {"equity": 2}, reason="uncertain")]
    assert len(coders.read([write(tmp_path / "queue.jsonl", queue)], {})) == 2
    plain = [record("a", "x", {}), record("b", "y", {})]
    assert len(coders.read([write(tmp_path / "none.jsonl", plain)], {})) == 2


def test_a_label_may_name_a_passage_instead_of_its_text(tmp_path: Path) -> None:
    path = write(tmp_path / "labels.jsonl", [{"id": "p1", "themes": {"equity": 2}}, record("p2", "own", {})])
    assert [label.text for label in coders.read([path], {"p1": "Its text.", "p2": "other"})] == ["Its text.", "own"]


def test_a_folder_holds_labels_of_several_kinds(tmp_path: Path) -> None:
    write(tmp_path / "quotes.jsonl", [{"id": "q", "quote": "x", "practices": {}}])
    themes = [write(tmp_path / f"{name}.jsonl", [record(name, name, {})]) for name in "ab"]
    (tmp_path / "notes.txt").write_text("not labels")
    (tmp_path / "empty.jsonl").write_text("")
    assert coders.label_files(tmp_path) == themes
    assert coders.label_files(themes[0]) == [themes[0]]


def test_a_folder_without_theme_labels_is_named(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match="no theme labels in"):
        coders.label_files(tmp_path)


# Folds

NAMES = st.lists(st.text(alphabet="abcdefgh", min_size=1, max_size=4), unique=True, min_size=N_FOLDS + 1, max_size=40)


def _folds(groups: list[str]) -> dict[str, int]:
    labels = [ThemeLabel(id=str(i), text="x", themes={}, group=group) for i, group in enumerate(groups)]
    return dict(zip(groups, folds(labels).tolist(), strict=True))


@given(NAMES, st.text(min_size=1, max_size=6))
def test_a_new_group_moves_none_of_the_others(groups, new) -> None:
    before, after = _folds(groups), _folds([new, *(group for group in groups if group != new)])
    assert {group: after[group] for group in groups} == before
    assert set(after.values()) <= set(range(N_FOLDS))


def test_many_groups_fill_all_folds_about_evenly() -> None:
    sizes = [list(_folds([f"meeting {i}" for i in range(700)]).values()).count(fold) for fold in range(N_FOLDS)]
    assert min(sizes) > 70
    assert max(sizes) < 130
