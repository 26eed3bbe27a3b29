import csv
import json
import math
from pathlib import Path

import builders
import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from pipeline import jsonl
from pipeline.cli.agree import command
from pipeline.config import Settings
from pipeline.corrections import log
from pipeline.errors import ErrorCode, PipelineError
from pipeline.learning import agreement
from pipeline.learning.agreement import (
    Coding,
    Places,
    coefficients,
    compare,
    compare_all,
    comparing,
    disagreements,
    krippendorff_alpha,
    masi,
    nominal,
)
from pipeline.learning.agreement.coefficients import alpha_of_values, binary_alpha

SETTINGS = Settings(bootstrap=200)
PERCENT, KAPPA, PABAK, AC1, ALPHA = range(5)


def fourfold(*cells):
    return coefficients(np.array([cells], dtype=float))[0]


# Cells: both, only A, only B, neither.
PUBLISHED = [
    pytest.param((20, 5, 10, 15), KAPPA, 0.4, id="Cohen's kappa, grant proposals (Wikipedia, worked example)"),
    pytest.param((45, 15, 25, 15), KAPPA, 0.1304, id="Cohen's kappa, same percentage (Wikipedia, first table)"),
    pytest.param((25, 35, 5, 35), KAPPA, 0.2593, id="Cohen's kappa, same percentage (Wikipedia, second table)"),
    pytest.param((118, 5, 2, 0), KAPPA, -0.0234, id="Gwet 2002, Kappa is not satisfactory: kappa"),
    pytest.param((118, 5, 2, 0), AC1, 0.9408, id="Gwet 2002, Kappa is not satisfactory: AC1"),
    pytest.param((40, 9, 6, 45), KAPPA, 0.70, id="Byrt, Bishop & Carlin 1993, after Feinstein & Cicchetti: kappa"),
    pytest.param((40, 9, 6, 45), PABAK, 0.70, id="Byrt, Bishop & Carlin 1993, after Feinstein & Cicchetti: PABAK"),
    pytest.param((80, 10, 5, 5), KAPPA, 0.32, id="Feinstein & Cicchetti 1990, high agreement but low kappa: kappa"),
    pytest.param((80, 10, 5, 5), PABAK, 0.70, id="Feinstein & Cicchetti 1990, high agreement but low kappa: PABAK"),
    pytest.param((1, 1, 3, 5), ALPHA, 0.095, id="Krippendorff 2011, example A, binary data"),
]


@pytest.mark.parametrize(("cells", "which", "expected"), PUBLISHED)
def test_coefficients_of_published_examples(cells, which, expected):
    assert fourfold(*cells)[which] == pytest.approx(expected, abs=0.005 if round(expected, 2) == expected else 5e-4)


def columns(*coders):
    return list(zip(*[[None if value == "." else value for value in coder.split()] for coder in coders], strict=True))


KRIPPENDORFF_2011 = [
    pytest.param(columns("0 1 0 0 0 0 0 0 1 0", "1 1 1 0 0 1 0 0 0 0"), 0.095, id="A: binary, two coders"),
    pytest.param(columns("a a b b d c c c e d d a", "b a b b b c c c e d d d"), 0.692, id="B: nominal, two coders"),
    pytest.param(
        columns(
            "1 2 3 3 2 1 4 1 2 . . .",
            "1 2 3 3 2 2 4 1 2 5 . 3",
            ". 3 3 3 2 3 4 2 2 5 1 .",
            "1 2 3 3 2 4 4 1 2 5 1 .",
        ),
        0.743,
        id="C: nominal, four coders, values missing",
    ),
]


@pytest.mark.parametrize(("units", "expected"), KRIPPENDORFF_2011)
def test_alpha_of_published_examples(units, expected):
    assert krippendorff_alpha(units, nominal) == pytest.approx(expected, abs=5e-4)


@pytest.mark.parametrize(("units", "expected"), KRIPPENDORFF_2011)
def test_weighted_alpha_of_published_examples(units, expected):
    held = [[value for value in unit if value is not None] for unit in units]
    held = [values for values in held if len(values) > 1]
    assert alpha_of_values(held, nominal)(np.ones((1, len(held))))[0, 0] == pytest.approx(expected, abs=5e-4)


@given(st.lists(st.tuples(st.integers(2, 5), st.integers(0, 5)), min_size=1, max_size=12))
def test_alpha_of_counts_equals_the_general_one(units):
    units = [(coders, min(having, coders)) for coders, having in units]
    table = np.array(units, dtype=float)
    found = binary_alpha(table[:, :1], table[:, 1:])(np.ones((1, len(units))))[0, 0]
    general = krippendorff_alpha([[1] * having + [0] * (n - having) for n, having in units], nominal)
    assert found == pytest.approx(general, nan_ok=True)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=30))
def test_kappa_is_that_of_scikit_learn(pairs):
    a, b = zip(*pairs, strict=True)
    cells = [pairs.count(cell) for cell in ((True, True), (True, False), (False, True), (False, False))]
    if math.isnan(fourfold(*cells)[KAPPA]):
        assert len({*a, *b}) == 1
    else:
        assert fourfold(*cells)[KAPPA] == pytest.approx(cohen_kappa_score(a, b))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param("ab", "ab", 0, id="equal"),
        pytest.param("ab", "cd", 1, id="nothing in common"),
        pytest.param("ab", "abcd", 1 - 2 / 4 * 2 / 3, id="Passonneau 2006: one holds the other"),
        pytest.param("abc", "bcd", 1 - 2 / 4 * 1 / 3, id="Passonneau 2006: overlap"),
        pytest.param("", "", 0, id="both empty"),
        pytest.param("", "a", 1, id="one empty"),
    ],
)
def test_masi(one, other, expected):
    assert masi(frozenset(one), frozenset(other)) == pytest.approx(expected)
    assert masi(frozenset(other), frozenset(one)) == pytest.approx(expected)


def coding(name, sets, groups=None, **places):
    grades = {f"p{i}": dict.fromkeys(sorted(themes), 2) for i, themes in enumerate(sets) if themes is not None}
    return Coding(name, grades, Places(group=groups or {}, **places))


def test_alpha_of_sets_by_hand():
    # The six values: {a} three times, {a, b} once, none twice; the coders differ on one passage of three.
    a = coding("A", [["a"], [], ["a"]])
    b = coding("B", [["a"], [], ["a", "b"]])
    apart = 1 - 1 / 2 * 2 / 3
    observed = apart / 3
    expected = 2 * (3 * 1 * apart + 3 * 2 * 1 + 1 * 2 * 1) / (6 * 5)
    row = rows_of(compare((a, b), SETTINGS))[-1]
    assert row.of == "set of themes"
    assert row.coefficients["alpha"].value == pytest.approx(1 - observed / expected, abs=1e-6)
    assert row.coefficients["percent"].value == pytest.approx(2 / 3, abs=1e-6)


def rows_of(found, unit="passage"):
    return next(level.rows for level in found.levels if level.unit == unit)


sets = st.lists(st.frozensets(st.sampled_from("abc")), min_size=2, max_size=12)


@given(st.data(), sets)
def test_weighted_alphas_equal_the_general_one(data, one):
    other = data.draw(st.lists(st.frozensets(st.sampled_from("abc")), min_size=len(one), max_size=len(one)))
    rows = rows_of(compare((coding("A", one), coding("B", other)), Settings(bootstrap=100)))
    for row in rows[:-2]:
        expected = krippendorff_alpha(
            [(row.theme in x, row.theme in y) for x, y in zip(one, other, strict=True)], nominal
        )
        same(row.coefficients["alpha"].value, expected)
    pairs = [(x or agreement.NONE, y or agreement.NONE) for x, y in zip(one, other, strict=True)]
    same(rows[-1].coefficients["alpha"].value, krippendorff_alpha(pairs, masi))


def same(found, expected):
    assert found is None if math.isnan(expected) else found == pytest.approx(expected, abs=1e-5)


@given(sets)
def test_a_coder_agrees_with_themself(one):
    for row in rows_of(compare((coding("A", one), coding("B", one)), Settings(bootstrap=100))):
        assert row.prevalence[0] == row.prevalence[1]
        assert {found.value for found in row.coefficients.values()} <= {1.0, None}


@given(st.lists(st.integers(0, 30), min_size=4, max_size=4).filter(lambda cells: sum(cells) > 0))
def test_the_order_of_the_coders_does_not_matter(cells):
    both, only_a, only_b, neither = cells
    assert fourfold(*cells) == pytest.approx(fourfold(both, only_b, only_a, neither), nan_ok=True)


def test_chance_alone_leaves_kappa_undefined():
    kappa, alpha = fourfold(0, 0, 0, 9)[[KAPPA, ALPHA]]
    assert math.isnan(kappa)
    assert math.isnan(alpha)


def test_only_passages_of_both_count():
    a, b = coding("A", [["x"], [], ["x"]]), coding("B", [["x"], []])
    found = compare((a, b), SETTINGS)
    assert (found.n, found.left_out) == (2, [1, 0])
    assert rows_of(found)[0].coefficients["kappa"].value == 1.0
    assert {row.rule for row in rows_of(found)} == {"passages coded by both; a passage without a theme is coded 'none'"}


def test_intervals_are_drawn_over_groups_if_there_are_any():
    wrong = [["x"]] * 10 + [[]] * 30
    right = [["x"]] * 20 + [["x"], []] * 10
    groups = {f"p{i}": f"g{i // 10}" for i in range(40)}
    over_groups = compare_all((coding("A", wrong, groups), coding("B", right)), SETTINGS)
    over_passages = compare_all((coding("A", wrong), coding("B", right)), SETTINGS)
    assert over_groups.pairs[0].levels[0].drawn_over.startswith("4 groups")
    assert "too narrow" in agreement.to_text(over_groups)
    assert "too narrow" not in agreement.to_text(over_passages)
    assert over_passages.pairs[0].levels[0].drawn_over == "40 passages"
    assert width(rows_of(over_groups.pairs[0])[0]) > width(rows_of(over_passages.pairs[0])[0])


def test_intervals_of_segments_are_drawn_over_documents():
    sets = [["x"], []] * 20
    documents = {f"p{i}": f"d{i // 10}" for i in range(40)}
    segments = {f"p{i}": f"s{i // 2}" for i in range(40)}
    pair = [coding(name, sets, document=documents, segment=segments) for name in "AB"]
    drawn_over = {level.unit: level.drawn_over for level in compare(pair, SETTINGS).levels}
    assert drawn_over == {"passage": "4 documents", "segment": "4 documents", "document": "4 documents"}


def width(row):
    limits = row.coefficients["percent"].interval
    return limits.high - limits.low


def labels(path: Path, *rows):
    path.write_text("".join(json.dumps({"text": "Some words."} | row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_labels_and_tags_can_be_compared(tmp_path):
    doc = builders.document("One passage.\n\nAnother one.\n\nA third.")
    first, second, third = builders.passages(doc)
    tags = [builders.tag(first, "equity"), builders.tag(second, "equity", decision="review")]
    jsonl.write(tmp_path / "tags.jsonl", tags)
    jsonl.write(tmp_path / "passages.jsonl", [first, second, third])
    people = labels(
        tmp_path / "people.jsonl",
        {"id": first.id, "themes": {"equity": 2}},
        {"id": second.id, "themes": {"equity": 1}},
        {"id": third.id, "themes": {}},
    )
    codings = agreement.read_all([tmp_path / "tags.jsonl", people])
    found = compare(codings, SETTINGS)
    assert found.n == 3
    assert rows_of(found)[0].prevalence == [0.333333, 0.666667]
    (differing,) = disagreements(*codings, "passage")
    assert (differing.id, differing.a, differing.b, differing.p_a) == (second.id, "review", "1", 0.9)
    assert (differing.text, differing.document_id) == ("Another one.", "d1")


def test_a_tag_needs_no_more_than_three_fields(tmp_path):
    path = tmp_path / "mine.jsonl"
    path.write_text('{"passage_id": "p1", "theme": "equity", "decision": "yes"}\n')
    (found,) = agreement.read(path)
    assert found.grades == {"p1": {"equity": 2}}


def test_headings_and_repeated_passages_are_not_coded(tmp_path):
    doc = builders.document("A heading\n\nOne passage.\n\nOne passage again.")
    heading, first, second = builders.passages(doc)
    repeated = builders.passage(doc, second.text, duplicate_of=first.id)
    jsonl.write(tmp_path / "passages.jsonl", [heading, first, repeated])
    jsonl.write(tmp_path / "tags.jsonl", [builders.tag(first, "equity")])
    (found,) = agreement.read(tmp_path / "tags.jsonl")
    assert set(found.grades) == {first.id}


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        pytest.param([], "without a label", id="empty file"),
        pytest.param([{"id": "p1", "themes": {}}, {"id": "p1", "themes": {}}], "twice", id="a passage twice"),
        pytest.param([{"id": "p1", "themes": {"equity": 3}}], "themes", id="no such grade"),
        pytest.param([{"id": "p1", "themes": {"weather": 1}}], "unknown theme 'weather'", id="not in the codebook"),
    ],
)
def test_unusable_labels_are_refused(tmp_path, rows, told):
    with pytest.raises(PipelineError) as caught:
        agreement.read(labels(tmp_path / "labels.jsonl", *rows), builders.codebook("equity"))
    assert caught.value.code is ErrorCode.INVALID_LABELS
    assert told in str(caught.value)


def test_the_tags_of_several_coders_are_refused(tmp_path):
    (passage,) = builders.passages(builders.document("One passage."))
    jsonl.write(tmp_path / "tags.jsonl", [builders.tag(passage, "a"), builders.tag(passage, "b", coder="Ana")])
    with pytest.raises(PipelineError, match="Ana, model"):
        agreement.read(tmp_path / "tags.jsonl")


def test_nothing_in_common_is_refused():
    with pytest.raises(PipelineError, match="no passage"):
        compare((Coding("A", {"p1": {}}), Coding("B", {"p2": {}})), SETTINGS)


def run_command(tmp_path, *options):
    a = labels(tmp_path / "a.jsonl", *({"id": f"p{i}", "themes": {"equity": 2} if i % 2 else {}} for i in range(12)))
    b = labels(tmp_path / "b.jsonl", *({"id": f"p{i}", "themes": {"equity": 1} if i % 3 else {}} for i in range(12)))
    result = CliRunner().invoke(command, [str(a), str(b), *options])
    assert result.exit_code == 0, result.output
    return result.output


def test_the_table_fits_eighty_columns_and_names_its_rule(tmp_path):
    text = run_command(tmp_path)
    assert max(map(len, text.splitlines())) <= 80 + len(str(tmp_path))
    assert "a passage without a theme is coded" in text
    assert text == run_command(tmp_path)


def test_json_holds_every_figure(tmp_path):
    found = json.loads(run_command(tmp_path, "--json"))
    (level,) = found["pairs"][0]["levels"]
    assert [row["of"] for row in level["rows"]] == ["theme", "every theme", "set of themes"]
    assert set(level["rows"][0]["coefficients"]) == {"percent", "kappa", "PABAK", "AC1", "alpha"}


# Segments and documents

SEGMENTS = {"p0": "s1", "p1": "s1", "p2": "s2", "p3": "s2"}
DOCUMENTS = dict.fromkeys(SEGMENTS, "d1")


@pytest.mark.parametrize(
    ("unit", "n", "prevalence", "percent"),
    [
        pytest.param("passage", 4, [0.5, 0.25], 0.75, id="they differ on p2"),
        pytest.param("segment", 2, [1.0, 0.5], 0.5, id="so also on s2, but p0 and p1 are one segment"),
        pytest.param("document", 1, [1.0, 1.0], 1.0, id="not on the document"),
    ],
)
def test_a_unit_has_a_theme_if_any_of_its_passages_has(unit, n, prevalence, percent):
    a = coding("A", [["x"], [], ["x"], []], document=DOCUMENTS, segment=SEGMENTS)
    b = coding("B", [["x"], [], [], []])
    row = rows_of(compare((a, b), SETTINGS), unit)[0]
    assert (row.unit, row.n, row.prevalence) == (unit, n, prevalence)
    assert row.coefficients["percent"].value == percent


def test_of_a_segment_only_passages_of_both_count():
    a = coding("A", [["x"], [], ["x"]], segment={"p0": "s1", "p1": "s1", "p2": "s1"})
    b = coding("B", [["x"], []])
    row = rows_of(compare((a, b), SETTINGS), "segment")[0]
    assert (row.n, row.prevalence) == (1, [1.0, 1.0])
    assert "only passages coded by both count" in row.rule


def test_passages_whose_place_nobody_knows_are_left_out_and_counted():
    pair = coding("A", [["x"], []], segment={"p0": "s1"}), coding("B", [["x"], []])
    found = compare(pair, SETTINGS)
    assert {level.unit: (level.n, level.unplaced) for level in found.levels} == {"passage": (2, 0), "segment": (1, 1)}
    assert found.unknown == ["document"]
    text = agreement.to_text(compare_all(pair, SETTINGS))
    assert "Left out: 1 passages of which no file tells the segment" in text.replace("\n  ", " ")
    assert "Not compared: documents" in text
    with pytest.raises(PipelineError, match="no document"):
        compare(pair, SETTINGS, units=["document"])


def test_an_outputs_folder_tells_where_labelled_passages_stand(tmp_path):
    made = builders.passages(builders.document("One passage.\n\nAnother one.\n\nA third."))
    jsonl.write(tmp_path / "passages.jsonl", made)
    jsonl.write(tmp_path / "segments.jsonl", [builders.segment(made), builders.segment(made[1:])])
    places = agreement.read_places(tmp_path)
    assert list(places.segment.values()) == ["d1-s0", "d1-s1", "d1-s1"]
    assert set(places.document.values()) == {"d1"}
    assert agreement.read_places(tmp_path / "nowhere") == Places()


# Several coders


def team(path: Path):
    rows = [{"id": f"p{i}", "themes": {"x": 2} if i < n else {}, "coder": name} for name, n in
            (("Ana", 6), ("Ben", 5), ("Chi", 2)) for i in range(12)]  # fmt: skip
    return labels(path, *rows)


def test_a_labels_file_may_hold_several_coders(tmp_path):
    codings = agreement.read_all([team(tmp_path / "team.jsonl")])
    assert [one.name for one in codings] == ["Ana", "Ben", "Chi"]
    found = compare_all(codings, SETTINGS)
    assert [pair.coders for pair in found.pairs] == [["Ana", "Ben"], ["Ana", "Chi"], ["Ben", "Chi"]]
    expected = krippendorff_alpha([[i < 6, i < 5, i < 2] for i in range(12)], nominal)
    row = rows_of(found.overall)[0]
    assert row.coefficients["alpha"].value == pytest.approx(expected, abs=1e-6)
    assert row.prevalence == [0.5, 0.416667, 0.166667]


def test_overall_alpha_bears_with_passages_that_some_did_not_code():
    three = coding("A", [["x"], [], [], ["x"]]), coding("B", [["x"], ["x"], None, None]), coding("C", [None, [], ["x"]])
    found = compare_all(three, SETTINGS)
    units = [(True, True, None), (False, True, False), (False, None, True), (True, None, None)]
    row = rows_of(found.overall)[0]
    assert (row.n, found.overall.left_out) == (3, [1, 0, 0])
    assert row.coefficients["alpha"].value == pytest.approx(krippendorff_alpha(units, nominal), abs=1e-6)


def test_pairs_without_a_passage_in_common_are_named():
    three = coding("A", [["x"], []]), coding("B", [["x"], [], []]), coding("C", [None, None, ["x"]])
    found = compare_all(three, SETTINGS)
    assert found.apart == [("A", "C")]
    assert len(found.pairs) == 2
    assert "A and C have no passage in common." in agreement.to_text(found)


def test_coders_of_the_same_name_in_two_files_are_told_apart(tmp_path):
    rows = [{"id": "p1", "themes": {}, "coder": "Ana"}]
    paths = [labels(tmp_path / name, *rows) for name in ("first.jsonl", "second.jsonl")]
    assert [one.name for one in agreement.read_all(paths)] == [f"Ana ({path})" for path in paths]


def test_one_coder_is_refused(tmp_path):
    with pytest.raises(PipelineError, match="one coder only"):
        agreement.read_all([labels(tmp_path / "a.jsonl", {"id": "p1", "themes": {}})])


def test_many_coders_fit_eighty_columns(tmp_path):
    result = CliRunner().invoke(command, [str(team(tmp_path / "team.jsonl"))])
    assert result.exit_code == 0, result.output
    assert max(map(len, result.output.splitlines())) <= 80
    assert "A and B, n 12" in result.output


# Disagreements


def person(name, *passages):
    return Coding(name, {f"p{i}": grades for i, grades in enumerate(passages)}, Places(text={"p1": "Its words."}))


def test_the_most_telling_disagreements_come_first():
    a = person("A", {"x": 1}, {"x": 2, "y": 1}, {})
    b = person("B", {}, {"y": 2}, {"y": 2})
    found = disagreements(a, b, "passage")
    assert [(one.id, one.theme, one.a, one.b) for one in found] == [
        ("p1", "x", "2", "none"),
        ("p2", "y", "none", "2"),
        ("p0", "x", "1", "none"),
    ]
    assert found[0].text == "Its words."
    counts = compare((a, b), SETTINGS).disagreements
    assert (counts.n, counts.n_units, counts.themes) == (3, 3, {"x": (2, 0), "y": (0, 1)})


def test_of_a_model_those_of_which_it_was_surest_come_first(tmp_path):
    made = builders.passages(builders.document("One.\n\nTwo.\n\nThree.\n\nFour."))
    rows = [(0, 0.6, "yes"), (1, 0.9, "yes"), (2, 0.3, "review"), (3, 0.01, "no")]
    jsonl.write(tmp_path / "tags.jsonl", [builders.tag(made[i], "x", p, decision=said) for i, p, said in rows])
    people = [{"id": one.id, "themes": {"x": 2} if i >= 2 else {}} for i, one in enumerate(made)]
    codings = agreement.read_all([labels(tmp_path / "people.jsonl", *people), tmp_path / "tags.jsonl"])
    found = disagreements(*codings, "passage")
    assert [(one.id, one.a, one.b, one.p_b) for one in found] == [
        ("d1-p3", "2", "no", 0.01),
        ("d1-p1", "none", "yes", 0.9),
        ("d1-p2", "2", "review", 0.3),
        ("d1-p0", "none", "yes", 0.6),
    ]


def test_of_a_segment_the_passage_that_has_the_theme_is_shown():
    places = Places(segment={"p0": "s", "p1": "s"}, text={"p0": "Nothing.", "p1": "The theme."})
    a = Coding("A", {"p0": {}, "p1": {"x": 1}}, places)
    (found,) = disagreements(a, Coding("B", {"p0": {}, "p1": {}}), "segment")
    assert (found.id, found.text, found.segment_id) == ("s", "The theme.", "s")


@pytest.mark.parametrize("name", ["list.csv", "list.jsonl"])
def test_disagreements_are_written_to_a_file(tmp_path, name):
    run_command(tmp_path, "--disagreements", str(tmp_path / name))
    content = (tmp_path / name).read_text(encoding="utf-8-sig")
    rows = (
        list(csv.DictReader(content.splitlines())) if name.endswith("csv") else [*map(json.loads, content.splitlines())]
    )
    ids = {f"p{i}" for i in range(12) if bool(i % 2) != bool(i % 3)}
    assert {row["id"] for row in rows} == ids
    assert all(row["theme"] == "equity" and row["text"] == "Some words." for row in rows)
    assert rows[0]["a"] == "2"


def test_what_a_coder_left_open_does_not_count():
    grades = {"p0": {"x": 2}, "p1": {"x": 2}, "p2": {}}
    a = Coding("A", grades)
    b = Coding("B", {"p0": {"x": 1}, "p1": {}, "p2": {}}, open={"p1": frozenset({"x"})})
    found = compare((a, b), SETTINGS)
    single, every, sets = rows_of(found)
    assert (single.n, every.n, sets.n) == (2, 2, 2)
    assert single.coefficients["percent"].value == 1.0
    assert single.prevalence == [0.5, 0.5]
    assert "left open" in single.rule
    assert disagreements(a, b, "passage") == []


def test_of_three_coders_those_who_judged_a_theme_are_compared():
    a, b, c = (Coding(name, {"p0": {"x": 2}, "p1": {}}) for name in "ABC")
    b = Coding("B", {"p0": {}, "p1": {}}, open={"p0": frozenset({"x"})})
    c = Coding("C", b.grades, open={"p0": frozenset({"x"}), "p1": frozenset({"x"})})
    single = rows_of(compare((a, b, c), SETTINGS))[0]
    assert (single.n, single.prevalence) == (1, [0.0, 0.0, None])


DOC = builders.document(
    "They cook in pairs.\n\nIda Lund said, “We wrote it down.”\n\nNobody had been asked.", path="kitchen.txt"
)


def decide(folder, coder, *, theme, level, kind, is_quote, opened=()):
    """Decisions of a coder on a passage, a quote, its practices and a segment."""
    pairs, said, asked = builders.passages(DOC)
    quote = builders.quote(said, "We wrote it down.", id="q1")
    part = builders.segment([pairs, said, asked])
    made = [
        builders.theme_decision(DOC, pairs, {"teamwork": 2} if theme else {}, coder, 1, open=list(opened)),
        builders.theme_decision(DOC, asked, {}, coder, 2),
        builders.practices_decision(DOC, quote, {"12b": level}, coder, 3),
        builders.segment_decision(DOC, part, kind, coder, 4),
        builders.quote_decision(DOC, said, "q1", *(["We wrote it down."] if is_quote else []), coder=coder, n=5),
    ]
    for one in made:
        log.add(folder, one)


def test_a_theme_that_a_coder_was_not_asked_does_not_count(tmp_path):
    pairs, _, asked = builders.passages(DOC)
    for coder, themes, more in (("ana", {"x": 2}, {"asked": ["x"]}), ("ben", {"x": 2, "new": 1}, {})):
        log.add(tmp_path, builders.theme_decision(DOC, pairs, themes, coder, 1, **more))
        log.add(tmp_path, builders.theme_decision(DOC, asked, {}, coder, 2))
    found = compare(agreement.read_all([tmp_path]), SETTINGS)
    assert {row.theme: row.n for row in rows_of(found) if row.of == "theme"} == {"new": 1, "x": 2}
    assert [one.theme for one in disagreements(*agreement.read_all([tmp_path]), "passage")] == []


@pytest.mark.parametrize(
    ("target", "n", "percent"), [("themes", 2, 0.5), ("practices", 1, 1.0), ("quotes", 1, 0.0), ("segments", 1, 0.0)]
)
def test_decisions_of_coders_are_compared_by_target(tmp_path, target, n, percent):
    decide(tmp_path, "ana", theme=True, level=2, kind="discussion", is_quote=True)
    decide(tmp_path, "ben", theme=False, level=1, kind="synthesis", is_quote=False)
    found = CliRunner().invoke(command, [str(tmp_path), "--target", target, "--json"])
    (pair,) = json.loads(found.stdout)["pairs"]
    rows = pair["levels"][0]["rows"]
    assert (pair["coders"], pair["n"]) == (["ana", "ben"], n)
    assert rows[0]["coefficients"]["percent"]["value"] == percent
    told = CliRunner().invoke(command, [*(str(tmp_path / f"{coder}.jsonl") for coder in ("ana", "ben"))])
    assert told.exit_code == 0


def test_the_model_is_compared_with_a_coder_s_decisions_and_not_with_corrections(tmp_path):
    decide(tmp_path, "ana", theme=True, level=2, kind="discussion", is_quote=True)
    pairs, _, asked = builders.passages(DOC)
    tags = [
        builders.tag(pairs, "teamwork"),
        builders.tag(pairs, "equity", source="human", coder="ben", id="other"),
        builders.tag(asked, "equity"),
    ]
    jsonl.write(tmp_path / "out" / "tags.jsonl", tags)
    codings = agreement.read_all([tmp_path / "ana.jsonl", tmp_path / "out" / "tags.jsonl"])
    assert [coding.grades for coding in codings] == [
        {pairs.id: {"teamwork": 2}, asked.id: {}},
        {pairs.id: {"teamwork": 2}, asked.id: {"equity": 2}},
    ]


def test_the_same_draws_serve_every_theme(monkeypatch):
    drawn = []
    original = comparing.intervals
    monkeypatch.setattr(comparing, "intervals", lambda *given: drawn.append(1) or original(*given))
    grades = [{"x": 2}, {"y": 1}, {}, {"x": 1, "y": 2}]
    a, b = (Coding(name, {f"p{i}": grades[(i + shift) % 4] for i in range(8)}) for name, shift in (("A", 0), ("B", 1)))
    (x, *_), alone = rows_of(compare((a, b), SETTINGS)), rows_of(compare((a, b), SETTINGS, builders.codebook("x")))
    assert x.coefficients == alone[0].coefficients
    assert len(drawn) == 4  # of each comparison, once for themes and once for sets of them
