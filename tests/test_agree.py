import json
import math
from pathlib import Path

import builders
import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from pipeline import jsonl
from pipeline.cli.agree import command
from pipeline.config import Settings
from pipeline.errors import ErrorCode, PipelineError
from pipeline.learning import agreement
from pipeline.learning.agreement import Coding, coefficients, compare, krippendorff_alpha, masi, nominal

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


def coding(name, sets, groups=None):
    return Coding(name, {f"p{i}": frozenset(themes) for i, themes in enumerate(sets)}, groups or {})


def test_alpha_of_sets_by_hand():
    # The six values: {a} three times, {a, b} once, none twice; the coders differ on one passage of three.
    a = coding("A", [["a"], [], ["a"]])
    b = coding("B", [["a"], [], ["a", "b"]])
    apart = 1 - 1 / 2 * 2 / 3
    observed = apart / 3
    expected = 2 * (3 * 1 * apart + 3 * 2 * 1 + 1 * 2 * 1) / (6 * 5)
    row = compare(a, b, SETTINGS).rows[-1]
    assert row.unit == "set of themes"
    assert row.coefficients["alpha"].value == pytest.approx(1 - observed / expected, abs=1e-6)
    assert row.coefficients["percent"].value == pytest.approx(2 / 3, abs=1e-6)


sets = st.lists(st.frozensets(st.sampled_from("abc")), min_size=2, max_size=12)


@given(st.data(), sets)
def test_weighted_alphas_equal_the_general_one(data, one):
    other = data.draw(st.lists(st.frozensets(st.sampled_from("abc")), min_size=len(one), max_size=len(one)))
    found = compare(coding("A", one), coding("B", other), Settings(bootstrap=100))
    for row in found.rows[:-2]:
        expected = krippendorff_alpha(
            [(row.theme in x, row.theme in y) for x, y in zip(one, other, strict=True)], nominal
        )
        same(row.coefficients["alpha"].value, expected)
    pairs = [(x or agreement.NONE, y or agreement.NONE) for x, y in zip(one, other, strict=True)]
    same(found.rows[-1].coefficients["alpha"].value, krippendorff_alpha(pairs, masi))


def same(found, expected):
    assert found is None if math.isnan(expected) else found == pytest.approx(expected, abs=1e-5)


@given(sets)
def test_a_coder_agrees_with_themself(one):
    for row in compare(coding("A", one), coding("B", one), Settings(bootstrap=100)).rows:
        assert row.prevalence_a == row.prevalence_b
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
    found = compare(a, b, SETTINGS)
    assert (found.n_both, found.n_only_a, found.n_only_b) == (2, 1, 0)
    assert found.rows[0].coefficients["kappa"].value == 1.0
    assert all(row.rule == agreement.RULE for row in found.rows)


def test_intervals_are_drawn_over_groups_if_there_are_any():
    wrong = [["x"]] * 10 + [[]] * 30
    right = [["x"]] * 20 + [["x"], []] * 10
    groups = {f"p{i}": f"g{i // 10}" for i in range(40)}
    over_groups = compare(coding("A", wrong, groups), coding("B", right), SETTINGS)
    over_passages = compare(coding("A", wrong), coding("B", right), SETTINGS)
    assert over_groups.drawn_over.startswith("4 groups")
    assert "too narrow" in agreement.to_text(over_groups)
    assert "too narrow" not in agreement.to_text(over_passages)
    assert over_passages.drawn_over == "40 passages"
    assert width(over_groups.rows[0]) > width(over_passages.rows[0])


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
    found = compare(agreement.read(tmp_path / "tags.jsonl"), agreement.read(people), SETTINGS)
    assert found.n_both == 3
    assert (found.rows[0].prevalence_a, found.rows[0].prevalence_b) == (0.333333, 0.666667)


def test_a_tag_needs_no_more_than_three_fields(tmp_path):
    path = tmp_path / "mine.jsonl"
    path.write_text('{"passage_id": "p1", "theme": "equity", "decision": "yes"}\n')
    assert agreement.read(path).themes == {"p1": frozenset({"equity"})}


def test_headings_and_repeated_passages_are_not_coded(tmp_path):
    doc = builders.document("A heading\n\nOne passage.\n\nOne passage again.")
    heading, first, second = builders.passages(doc)
    repeated = builders.passage(doc, second.text, duplicate_of=first.id)
    jsonl.write(tmp_path / "passages.jsonl", [heading, first, repeated])
    jsonl.write(tmp_path / "tags.jsonl", [builders.tag(first, "equity")])
    assert set(agreement.read(tmp_path / "tags.jsonl").themes) == {first.id}


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
        compare(Coding("A", {"p1": frozenset()}, {}), Coding("B", {"p2": frozenset()}, {}), SETTINGS)


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
    assert [row["unit"] for row in found["rows"]] == ["passage", "passage × theme", "set of themes"]
    assert set(found["rows"][0]["coefficients"]) == {"percent", "kappa", "PABAK", "AC1", "alpha"}
