"""Themes with and, or, not and brackets."""

from pathlib import Path
from typing import Any

import pytest
from builders import bundle, codebook, document, passages, rubric, tag
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.config import Settings
from pipeline.corpus_records import CorpusRecords
from pipeline.counts.crosstab import Correction, themes_by
from pipeline.errors import ErrorCode, PipelineError
from pipeline.learning.held_out import Sample
from pipeline.learning.prevalence import Prevalence
from pipeline.query import Filter, count, search
from pipeline.query.themes import MOST_WORDS
from pipeline.stages.index import build_index

CARRIED = {"none": "", "a": "a", "b": "b", "ab": "a b", "abc": "a b c", "c": "c", "long": "teacher_leadership"}
THEMES = ["a", "b", "c", "teacher_leadership", "pay and rations"]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    doc = document("\n\n".join(f"The passage {name} says enough words." for name in CARRIED))
    held = [(member, themes.split()) for member, themes in zip(passages(doc), CARRIED.values(), strict=True)]
    tags = [tag(member, theme, 0.9 if theme != "c" else 0.4) for member, themes in held for theme in themes]
    path = tmp_path_factory.mktemp("themes") / "corpus.db"
    build_index(path, CorpusRecords.of([bundle(doc, tags=tags)]), codebook(*THEMES), rubric({"A": {"1": ["1"]}}))
    return path


def names(database: Path, wanted: Filter) -> list[str]:
    return [hit.text.split()[2] for hit in search(database, wanted, unit="passage")]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a", ["a", "ab", "abc"]),
        ("a and b", ["ab", "abc"]),
        ("a AND b", ["ab", "abc"]),
        ("a or c", ["a", "ab", "abc", "c"]),
        ("not a", ["none", "b", "c", "long"]),
        ("a and not c", ["a", "ab"]),
        ("a or b and c", ["a", "ab", "abc"]),
        ("(a or b) and c", ["abc"]),
        ("(a or b)and c", ["abc"]),
        ("not (a or b)", ["none", "c", "long"]),
        ("not not a", ["a", "ab", "abc"]),
        ("a and (b or c) and not teacher_leadership", ["ab", "abc"]),
        ("Teacher leadership", ["long"]),
        ("a or teacher leadership", ["a", "ab", "abc", "long"]),
        ("'teacher leadership' or \"a\"", ["a", "ab", "abc", "long"]),
        ("“teacher leadership”", ["long"]),
        ("pay and rations", []),
        ("not 'pay and rations' and b", ["b", "ab", "abc"]),
    ],
)
def test_expressions(database: Path, expression: str, expected: list[str]) -> None:
    assert names(database, Filter(themes=(expression,))) == expected


def test_several_expressions_must_all_hold(database: Path) -> None:
    assert names(database, Filter(themes=("a or c", "not b"))) == ["a", "c"]


def test_a_theme_that_does_not_count_is_not_there(database: Path) -> None:
    assert names(database, Filter(themes=("b and not c",), min_p=0.5)) == ["b", "ab", "abc"]


@pytest.mark.parametrize(
    ("expression", "hints"),
    [
        ("a and", ["its end, where a theme should stand (character 6)"]),
        ("and a", ["'and', where a theme should stand (character 1)"]),
        ("a or (b and c", ["opens a bracket at character 6", "closing bracket"]),
        ("a) or b", ["a bracket that was not opened (character 2)"]),
        ("a and ()", ["')', where a theme should stand (character 8)"]),
        ("a not b", ["'not' after a theme", "and not"]),
        ("a 'b'", ["'b' after a theme (character 3)"]),
        ("a and teacher leadershp", ["'teacher leadershp' at character 7", "did you mean 'teacher_leadership'"]),
        ("not " * MOST_WORDS + "a", ["several questions"]),
        ("(" * 5000 + "a", ["several questions"]),
        ("a and ''", ["unknown theme"]),
    ],
)
def test_mistakes_are_pointed_at(database: Path, expression: str, hints: list[str]) -> None:
    with pytest.raises(PipelineError) as caught:
        search(database, Filter(themes=(expression,)))
    assert caught.value.code is ErrorCode.INVALID_QUERY
    for hint in hints:
        assert hint in str(caught.value)


Tree = Any
TREES: st.SearchStrategy[Tree] = st.recursive(
    st.sampled_from(["a", "b", "c"]),
    lambda inner: st.tuples(st.just("not"), inner) | st.tuples(st.sampled_from(["and", "or"]), inner, inner),
    max_leaves=8,
)


def written(tree: Tree) -> str:
    if isinstance(tree, str):
        return tree
    return f"not ({written(tree[1])})" if len(tree) == 2 else f"({written(tree[1])}) {tree[0]} ({written(tree[2])})"


def holds(tree: Tree, themes: list[str]) -> bool:
    if isinstance(tree, str):
        return tree in themes
    parts = [holds(part, themes) for part in tree[1:]]
    return not parts[0] if tree[0] == "not" else all(parts) if tree[0] == "and" else any(parts)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(tree=TREES)
def test_an_expression_means_what_logic_says(database: Path, tree: Tree) -> None:
    expected = [name for name, themes in CARRIED.items() if holds(tree, themes.split())]
    assert names(database, Filter(themes=(written(tree),))) == expected


def test_by_p_the_likeliest_comes_first(database: Path) -> None:
    found = search(database, Filter(themes=("c or b",)), unit="passage", sort="p")
    assert [hit.text.split()[2] for hit in found] == ["b", "ab", "abc", "c"]


def test_counts_of_an_expression(database: Path) -> None:
    assert count(database, Filter(themes=("a and not c",)), unit="passage") == (2, 1)
    made = themes_by(
        database, Filter(themes=("a and not c",)), "year", Correction(Prevalence(None, Settings()), Sample())
    )
    assert {(one.group, one.n) for one in made} == {("2014", 2)}
    assert {one.theme: one.found for one in made if one.found} == {"a": 2, "b": 1}
