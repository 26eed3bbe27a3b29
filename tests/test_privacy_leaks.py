import zipfile
from pathlib import Path

import pytest

from pipeline.errors import ErrorCode, PipelineError
from pipeline.privacy.contacts import contacts_in
from pipeline.privacy.key import Key, Named, write_key
from pipeline.privacy.leaks import Leak, Watch, leaks_in, leaks_in_text, mask
from tests import hidden_names


@pytest.fixture(scope="module")
def watch(tmp_path_factory: pytest.TempPathFactory) -> Watch:
    return Watch.of(hidden_names.roster(tmp_path_factory.mktemp("roster")), None)


@pytest.mark.parametrize("kind", hidden_names.FILES)
def test_every_hidden_name_is_found_in_every_spelling(kind: str, watch: Watch, tmp_path: Path):
    missed = {spelling: hidden_names.missed(tmp_path, kind, spelling, watch) for spelling in hidden_names.SPELLINGS}
    assert {spelling: names for spelling, names in missed.items() if names} == {}


CLEAN = [
    "The wood was cut in 2013-2016, with grace, by 612 of 1,106 students on 10/12/2019.",
    "Superintendent A of District 3 met Principal B of School 5 at 7:30-8:30.",
    "Version 1.2.3 of the plan costs $118,000; see pages 120-125 and ids 4455667.",
    "@media print { p { margin: 0 } } @misc{key, title = {x}} @font-face",
]


@pytest.mark.parametrize("text", CLEAN)
def test_what_is_no_name_and_no_contact_is_left_alone(text: str, watch: Watch):
    assert leaks_in_text(text, watch) == []


CONTACTS = [
    ("Write to ida.lund@elm.example.", "email", "ida.lund@elm.example"),
    ("Write to ida [at] elm [dot] example now", "email", "ida [at] elm [dot] example"),
    ("Call (540) 555-0143 today", "telephone", "(540) 555-0143"),
    ("540.555.0143", "telephone", "540.555.0143"),
    ("call 555-0143", "telephone", "555-0143"),
    ("+44 20 7946 0958", "telephone", "+44 20 7946 0958"),
    ("at 12 Oak Street, Suite 4", "street address", "12 Oak Street, Suite 4"),
    ("P.O. Box 77", "street address", "P.O. Box 77"),
    ("SSN 123-45-6789", "social security number", "123-45-6789"),
    ("Student ID: 4455667", "number of a person", "4455667"),
    ("from 10.20.30.40", "IP address", "10.20.30.40"),
    ("in /home/ilund/notes", "user folder", "/home/ilund"),
    ("in C:\\Users\\ilund\\notes", "user folder", "C:\\Users\\ilund"),
    ("follow @ida_teaches on it", "handle", "@ida_teaches"),
    ("see https://elm.example/staff/lund.", "url", "https://elm.example/staff/lund"),
]


@pytest.mark.parametrize(("text", "kind", "words"), CONTACTS)
def test_contact_details(text: str, kind: str, words: str):
    assert [(one.kind, text[one.start : one.end]) for one in contacts_in(text)] == [(kind, words)]


def test_what_is_shown_hides_the_middle(tmp_path: Path):
    path = tmp_path / "a.txt"
    path.write_text("one\nby Ida Lund")
    watch = Watch(names=(("Ida Lund", "person"),))
    assert leaks_in(path, watch) == [Leak("person", "line 2", "I•• L••d")]
    assert leaks_in(path, watch, masked=False) == [Leak("person", "line 2", "Ida Lund")]
    assert mask("a@b") == "a••"


def test_names_of_files_and_members_are_scanned(tmp_path: Path):
    watch = Watch(names=(("Lund", "person"),))
    archive = tmp_path / "lund-notes.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("sources/Lund.txt", "nothing")
    assert [one.place for one in leaks_in(archive, watch)] == ["name of the file", "name of sources/Lund.txt"]


def test_names_of_the_key_and_names_to_leave_alone(tmp_path: Path):
    key, roster = tmp_path / "key.jsonl", tmp_path / "roster.csv"
    write_key(
        key, Key(names=[Named(name="Ida Lund", kind="person", pseudonym="Teacher A", forms={"Idchen": "Teacher A"})])
    )
    roster.write_text("name;kind\nIda Tarbell;leave\n")
    watch = Watch.of(roster, key)
    assert [one.shown for one in leaks_in_text("Ida Tarbell and Lund, Idchen", watch)] == ["Lund", "Idchen"]
    assert "roster.csv and key.jsonl" in watch.summary


def test_without_names_only_contact_details_are_looked_for():
    assert leaks_in_text("Ida Lund, ida@elm.example", Watch()) == [Leak("email", "line 1", "ida@elm.example")]
    assert "names were not looked for" in Watch().summary


@pytest.mark.parametrize("name", ["a.xlsx", "a.parquet", "a.sav", "a.db", "a.qdpx"])
def test_what_cannot_be_read_is_no_clean_file(name: str, tmp_path: Path):
    (tmp_path / name).write_bytes(b"not what it says, for all of its length")
    with pytest.raises(PipelineError) as raised:
        leaks_in(tmp_path / name, Watch())
    assert raised.value.code == ErrorCode.UNREADABLE


@pytest.mark.parametrize(
    ("table", "found"),
    [("kind\nperson\n", "columns"), ("name,kind\nIda,wizard\n", "'wizard'"), ("name,kind\n,person\n", "no name")],
)
def test_a_roster_that_is_none(table: str, found: str, tmp_path: Path):
    (tmp_path / "r.csv").write_text(table)
    with pytest.raises(PipelineError, match=found):
        Watch.of(tmp_path / "r.csv", None)


NEARLY_JSON = ['{"n": NaN, "by": "Ida\\nL\\u00fcnd"}', '{"x": "\\ud800", "by": "Ida L\\u00dcND"}', '{"by": "Ida Lund"']


@pytest.mark.parametrize("text", NEARLY_JSON)
def test_what_is_nearly_json_is_read_too(text: str, tmp_path: Path):
    (tmp_path / "a.json").write_text(text)
    watch = Watch(names=(("Ida Lund", "person"),))
    assert [one.kind for one in leaks_in(tmp_path / "a.json", watch)] == ["person"]


def test_an_archive_that_is_a_trap_is_no_clean_file(tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("a.txt", b"0" * 30_000_000)
    with pytest.raises(PipelineError, match=r"a\.zip") as raised:
        leaks_in(tmp_path / "a.zip", Watch())
    assert raised.value.code == ErrorCode.UNREADABLE
