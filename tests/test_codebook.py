"""When the codebook changes: its past, labels carried over, what must be relabelled, and the command."""

import csv
import json
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from pipeline import codebook as codebooks
from pipeline import jsonl
from pipeline.cli import main
from pipeline.codebook import Codebook, Theme
from pipeline.errors import ErrorCode, PipelineError
from pipeline.learning.codebook_changes import compare, compare_with_labels, to_csv, to_relabel
from pipeline.learning.labels import ThemeLabel
from pipeline.learning.recoding import recode


def book(version="1", **was):
    """A codebook of themes by their `was`; `trust=["faith"]`."""
    themes = [Theme(id=name, name=name.title(), definition=f"About {name}.", was=old) for name, old in was.items()]
    return Codebook(version=version, themes=themes)


def label(themes, *, open=(), asked=(), id="p1", kind="body"):  # noqa: A002 - the name of the field
    return ThemeLabel(id=id, text=f"Text of {id}.", themes=themes, open=list(open), asked=list(asked), kind=kind)


OLD = book(equity=[], training=[], meetings=[], data=[])
NEW = book("2", fairness=["equity"], coaching=["training"], pathways=["training"], work=["meetings", "data"], trust=[])


@pytest.mark.parametrize(
    ("codebook", "before", "after", "left_open"),
    [
        pytest.param(book(equity=[]), {"equity": 2}, {"equity": 2}, [], id="the same"),
        pytest.param(book(fairness=["equity"]), {"equity": 1}, {"fairness": 1}, [], id="renamed"),
        pytest.param(book(fairness=["equity"]), {"fairness": 1}, {"fairness": 1}, [], id="coded after the change"),
        pytest.param(book(c=["a", "b"]), {"a": 1, "b": 2}, {"c": 2}, [], id="merged: the highest grade"),
        pytest.param(book(b=["a", "b"]), {"a": 2, "b": 1}, {"b": 2}, [], id="merged into one that keeps its id"),
        pytest.param(book(c=["a"], d=["a"]), {"a": 2}, {}, ["c", "d"], id="split: nobody knows"),
        pytest.param(book(c=["a"], d=["a"], b=[]), {"b": 2}, {"b": 2}, [], id="split: not there, so no part either"),
        pytest.param(book(c=["a", "b"], d=["a"]), {"a": 1, "b": 1}, {"c": 1}, ["d"], id="split, and a part merged"),
        pytest.param(book(c=["a"], d=["a"]), {"a": 2, "c": 1}, {"c": 1}, ["d"], id="one part judged already"),
        pytest.param(book(b=[]), {"a": 2, "b": 1}, {"b": 1}, [], id="removed"),
        pytest.param(book(a=[], new=[]), {"a": 2}, {"a": 2}, ["new"], id="added: nobody looked"),
    ],
)
def test_a_label_is_carried_over(codebook, before, after, left_open):
    recoded = recode([label(before)], codebook).labels
    assert [(one.themes, one.open) for one in recoded] == [(after, left_open)]


def test_what_was_open_stays_open_under_its_new_name():
    assert recode([label({}, open=["a"])], book(b=["a"])).labels[0].open == ["b"]
    assert recode([label({}, open=["a"])], book(b=["a"], c=["a"])).labels[0].open == ["b", "c"]


@pytest.mark.parametrize(
    ("codebook", "asked", "left_open"),
    [
        pytest.param(book(a=[], b=[]), ["a"], ["b"], id="a theme that came later is open"),
        pytest.param(book(a=[], b=[]), ["a", "b"], [], id="what was asked and not given is a no"),
        pytest.param(book(a=[], b=[]), [], [], id="an old label was asked all that there is"),
        pytest.param(book(a=[], c=["b"]), ["a", "b"], [], id="renamed"),
        pytest.param(book(a=[], c=["b"]), ["a"], ["c"], id="renamed, but not asked"),
        pytest.param(book(a=[]), ["a", "gone"], [], id="asked, and gone since"),
    ],
)
def test_what_was_not_asked_is_open(codebook, asked, left_open):
    recoded = recode([label({"a": 2}, asked=asked)], codebook, before=codebook)
    kept = codebook.ids if asked else []
    assert [(one.themes, one.open, one.asked) for one in recoded.labels] == [({"a": 2}, left_open, kept)]
    assert [entry.why for entry in recoded.relabel] == ["added"] * len(left_open)
    assert recoded.gone == {}


def test_what_one_label_was_asked_says_nothing_of_the_others():
    labels = [label({"a": 2}), label({"a": 1}, asked=["a", "b"], id="p2")]
    assert [one.open for one in recode(labels, book(a=[], b=[])).labels] == [["b"], []]


def test_headings_are_never_open_for_a_new_theme():
    assert recode([label({}, kind="heading"), label({"a": 2})], book(a=[], b=[])).labels[0].open == []


def test_a_theme_that_labels_never_mention_is_new_unless_the_codebook_before_had_it():
    assert recode([label({"a": 2})], book(a=[], b=[])).labels[0].open == ["b"]
    assert recode([label({"a": 2})], book(a=[], b=[]), before=book(a=[], b=[])).labels[0].open == []
    mentioned = [label({"a": 2}), label({"b": 1}, id="p2")]
    assert recode(mentioned, book(a=[], b=[])).labels[0].open == []
    assert recode(mentioned, book(a=[], b=[]), before=book(a=[])).labels[0].open == ["b"]


def test_what_must_be_relabelled_is_listed_splits_first():
    labels = [label({"equity": 2}, id="p1"), label({"training": 1, "data": 2}, id="p2")]
    found = recode(labels, NEW, before=OLD)
    assert [(entry.label, entry.theme, entry.why) for entry in found.relabel] == [
        ("p2", "coaching", "split"),
        ("p2", "pathways", "split"),
        ("p1", "trust", "added"),
        ("p2", "trust", "added"),
    ]
    assert found.relabel[0].text == "Text of p2."
    assert [one.id for one in to_relabel(found)] == ["p2", "p1"]


def test_every_change_is_told():
    labels = [label({"equity": 2, "training": 1, "meetings": 1, "gossip": 1})]
    assert recode(labels, NEW, before=OLD).notes == [
        "equity is now fairness: 1 label carried over",
        "training was split into coaching, pathways: 1 label with it, open for each part",
        "meetings is now work: 1 label carried over",
        "trust is new: open for all 1 label made before",
        "gossip is in this codebook in no form: 1 label kept without it",
    ]


def test_a_theme_that_is_gone_is_listed_or_refused_and_its_label_kept():
    labels = [label({"succesion": 2}), label({"succession": 1}, id="p2")]
    found = recode(labels, book(succession=[]))
    assert found.gone == {"succesion": 1}
    assert len(found.labels) == 2
    assert "did you mean succession?" in found.notes[0]
    with pytest.raises(PipelineError, match="'succesion' \\(1 label\\)") as caught:
        recode(labels, book(succession=[]), strict=True)
    assert caught.value.code is ErrorCode.INVALID_LABELS
    assert "was: [old id]" in caught.value.do


IDS = list("abcdef")


@st.composite
def codebooks_with_a_past(draw):
    """A codebook whose `was` names only ids that it does not use itself."""
    ids = draw(st.lists(st.sampled_from(IDS), min_size=1, max_size=4, unique=True))
    gone = [name for name in IDS if name not in ids]
    past = st.lists(st.sampled_from(gone), max_size=3, unique=True) if gone else st.just([])
    return book(**{name: draw(past) for name in ids})


grades = st.dictionaries(st.sampled_from(IDS), st.sampled_from([1, 2]), max_size=4)
some_ids = st.lists(st.sampled_from(IDS), max_size=3, unique=True)
some_labels = st.lists(st.tuples(grades, some_ids, some_ids), max_size=6).map(
    lambda made: [label(themes, open=left, asked=asked, id=f"p{i}") for i, (themes, left, asked) in enumerate(made)]
)


@given(some_labels, codebooks_with_a_past())
def test_recoding_twice_is_recoding_once_and_nothing_is_dropped(labels, codebook):
    once = recode(labels, codebook)
    assert recode(once.labels, codebook).labels == once.labels
    assert [one.id for one in once.labels] == [one.id for one in labels]
    listed = {(entry.label, entry.theme) for entry in once.relabel}
    assert listed == {(one.id, theme) for one in once.labels for theme in one.open}
    for old, new in zip(labels, once.labels, strict=True):
        assert set(new.themes) | set(new.open) <= set(codebook.ids)
        assert not set(new.themes) & set(new.open)
        for theme in old.themes:
            heirs = codebook.heirs(theme)
            assert set(heirs) <= set(new.themes) | set(new.open)
            assert heirs or theme in once.gone


# --- what changed -----------------------------------------------------------------------------------------------------


def told(changes):
    return [(change.kind, change.old, change.new) for change in changes]


def test_two_codebooks_are_compared():
    assert told(compare(OLD, NEW)) == [
        ("renamed", ["equity"], ["fairness"]),
        ("split", ["training"], ["coaching", "pathways"]),
        ("merged", ["meetings", "data"], ["work"]),
        ("added", [], ["trust"]),
    ]
    assert told(compare(OLD, book(equity=[], training=[], meetings=[]))) == [("removed", ["data"], [])]
    assert compare(OLD, OLD) == []


def test_a_changed_definition_asks_for_a_look():
    theme = msgspec.structs.replace(OLD.themes[0], definition="Other words.", examples=["One."])
    (change,) = compare(OLD, msgspec.structs.replace(OLD, themes=[theme, *OLD.themes[1:]]))
    assert (change.kind, change.new, change.fields) == ("changed", ["equity"], ["definition", "examples"])


def test_a_theme_that_only_lost_its_id_is_recognised():
    theme = msgspec.structs.replace(OLD.themes[0], id="fairness")
    added, removed = compare(OLD, msgspec.structs.replace(OLD, themes=[theme, *OLD.themes[1:]]))
    assert (added.kind, removed.kind) == ("added", "removed")
    assert "was: [equity]" in added.hint


def test_labels_stand_for_a_codebook_that_is_lost():
    labels = [label({"equity": 2, "training": 1})]
    assert told(compare_with_labels(labels, NEW)) == [
        ("renamed", ["equity"], ["fairness"]),
        ("split", ["training"], ["coaching", "pathways"]),
        ("added", [], ["trust"]),
    ]


def test_a_sheet_has_a_question_mark_where_a_person_must_decide():
    (record,) = csv.DictReader(to_csv([label({"a": 2}, open=["b"])], ["a", "b", "c"]).decode("utf-8-sig").splitlines())
    assert record == {"id": "p1", "group": "", "checked": "", "text": "Text of p1.", "a": "2", "b": "?", "c": ""}


# --- files and the command --------------------------------------------------------------------------------------------


def written(path: Path, codebook: Codebook) -> Path:
    path.write_bytes(msgspec.yaml.encode(codebook))
    return path


def test_a_past_that_is_still_present_is_refused(tmp_path):
    path = written(tmp_path / "codebook.yaml", book(equity=[], access=["equity"]))
    with pytest.raises(PipelineError, match="access was 'equity'") as caught:
        codebooks.load(path)
    assert caught.value.code is ErrorCode.INVALID_CODEBOOK


@pytest.fixture
def files(tmp_path):
    jsonl.write(tmp_path / "labels.jsonl", [label({"equity": 2}), label({"training": 1, "data": 2}, id="p2")])
    return written(tmp_path / "old.yaml", OLD), written(tmp_path / "new.yaml", NEW), tmp_path / "labels.jsonl"


def run(*arguments):
    result = CliRunner().invoke(main, ["codebook", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    assert max(map(len, result.output.splitlines())) <= 80
    return result.output


def test_the_command_says_what_changed_and_writes_what_must_be_relabelled(files, tmp_path):
    old, new, labels = files
    shown = run(old, new, "--labels", labels, "-o", tmp_path / "to-do.jsonl", "--recoded", tmp_path / "all.jsonl")
    assert "renamed    equity → fairness (name, definition)\n             1 label carried over" in shown
    assert "To relabel: 4 decisions in 2 of 2 labels" in shown
    assert [one.id for one in jsonl.read(tmp_path / "to-do.jsonl", ThemeLabel)] == ["p2", "p1"]
    carried = list(jsonl.read(tmp_path / "all.jsonl", ThemeLabel))
    assert [(one.themes, one.open) for one in carried] == [
        ({"fairness": 2}, ["trust"]),
        ({"work": 2}, ["coaching", "pathways", "trust"]),
    ]
    run(old, new, "--labels", labels, "-o", tmp_path / "to-do.csv")
    assert (tmp_path / "to-do.csv").read_text("utf-8-sig").startswith("id,group,checked,text,fairness,")


def test_the_command_compares_without_labels_and_checks_labels_without_the_old_codebook(files):
    old, new, labels = files
    assert "to look at" not in run(old, new)
    checked = run("--labels", labels, "--codebook", new)
    assert "split      training → coaching, pathways" in checked
    found = json.loads(CliRunner().invoke(main, ["codebook", str(old), str(new), "--json"]).output)
    assert [change["kind"] for change in found["changes"]] == ["renamed", "split", "merged", "added"]


def test_a_theme_of_labels_that_neither_codebook_has_is_told(files, tmp_path):
    old, new, _ = files
    jsonl.write(tmp_path / "odd.jsonl", [label({"fairnes": 2})])
    shown = run(old, new, "--labels", tmp_path / "odd.jsonl")
    assert "removed    fairnes" in shown
    assert "did you mean fairness?" in shown


@pytest.mark.parametrize("arguments", [[], ["-o", "x.csv"], ["--labels", "labels.jsonl", "-o", "x.txt"]])
def test_the_command_explains_its_use(arguments):
    result = CliRunner().invoke(main, ["codebook", *arguments])
    assert result.exit_code == 2
