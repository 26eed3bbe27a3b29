import csv
import io
import json
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from pipeline import nlp
from pipeline.cli import main
from pipeline.config import Settings
from pipeline.errors import ErrorCode, PipelineError
from pipeline.privacy.forms import forms_of
from pipeline.privacy.key import Head, Key, Named, check_apart, read_key, write_key
from pipeline.privacy.listing import Identity, Reading, identities
from pipeline.privacy.naming import letters, name_all, short
from pipeline.privacy.places import Place
from pipeline.privacy.pseudonymising import Result as Outcome
from pipeline.privacy.pseudonymising import found_in, pseudonymised
from pipeline.privacy.rendering import as_markdown
from pipeline.privacy.replacing import Lexicon, in_names_of_files, put, replacements
from pipeline.privacy.reversing import names_in_place, reversed_file
from pipeline.privacy.roster import Entry, read_roster, roster_csv
from pipeline.privacy.sources import read_sources
from pipeline.privacy.words import phrase
from pipeline.stages.ingest import ingest_bytes

ONE = """# Winter Meeting

January 14, 2020, Kestrel Hollow, Vermont

Superintendent Ida Lundqvist of Upper Tarn Unified welcomed the members. Principal Omar Haddad of
Wren Elementary School came late. "We lost four teachers," Lundqvist said. Mr. Haddad wrote to
i.lundqvist@uppertarn.example and called (802) 555-0143.

- Upper Tarn’s coaches met twice.
- IDA LUNDQVIST took notes.
"""
TWO = """Ida Lundqvist: I read it aloud.
Ruth Okoye-Banks: Who was there?
Ida Lundqvist: Omar Haddad, and nobody from Wren.
Ruth Okoye-Banks: Ruth Lundqvist was my aunt. Ms. Okoye-
Banks is what they call me.
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("named") / "corpus"
    folder.mkdir()
    (folder / "lundqvist-notes.md").write_text(ONE, encoding="utf-8")
    (folder / "panel.txt").write_text(TWO, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def outcome(folder: Path) -> Outcome:
    sources, refused = read_sources(folder, Settings())
    assert refused == []
    return pseudonymised(sources, found_in(sources, nlp.load(), []), Key(), None)


def text_of(outcome: Outcome, n: int) -> str:
    return outcome.documents[n].text


def test_names_and_contact_details_are_replaced_and_nothing_else(outcome: Outcome):
    assert (
        text_of(outcome, 0)
        == """# Winter Meeting

January 14, 2020, Place 1, Vermont

Superintendent A of District 1 welcomed the members. Principal A of
School 1 came late. "We lost four teachers," Superintendent A said. Principal A wrote to
[email] and called [telephone].

- District 1’s coaches met twice.
- SUPERINTENDENT A took notes.
"""
    )


def test_one_person_is_one_pseudonym_in_all_documents_and_two_of_one_surname_are_two(outcome: Outcome):
    lines = text_of(outcome, 1).splitlines()
    assert lines[0] == "Superintendent A: I read it aloud."
    assert lines[2] == "Superintendent A: Principal A of School 1, and nobody from School 1."
    names = {one.name: one.pseudonym for one in outcome.found}
    assert names["Ida Lundqvist"] != names["Ruth Lundqvist"] != names["Ruth Okoye-Banks"]
    assert lines[3].startswith(f"{names['Ruth Okoye-Banks']}: {names['Ruth Lundqvist']} was my aunt.")
    assert "Banks" not in text_of(outcome, 1)


def test_names_of_files_are_replaced(outcome: Outcome):
    assert [one.path for one in outcome.documents] == ["superintendent-a-notes.md", "panel.txt"]


def test_documents_are_restored_letter_for_letter(outcome: Outcome):
    for one, text in zip(outcome.documents, (ONE, TWO), strict=True):
        assert reversed_file(one.text.encode(), ".txt", outcome.key) == (one.source, text.encode())


FORMS = [
    ("Ms. Lundqvist left.", "Superintendent A left."),
    ("Dr. Ida Lundqvist left.", "Superintendent A of District 1 left."),
    ("Lundqvist’s bus", "Superintendent A’s bus"),
    ("LUNDQVIST: Yes.", "SUPERINTENDENT A: Yes."),
    ("Ida\nLundqvist left", "Superintendent A of District 1\nleft".replace("\n", " ")),
    ("Lund-\nqvist left", "Superintendent A left"),
    ("superintendent Ida Lundqvist", "Superintendent A of District 1"),
    ("Acting Superintendent Lundqvist", "Acting Superintendent A"),
    ("I. Lundqvist", "I. Superintendent A"),
    ("Upper Tarn Unified School District", "District 1"),
    ("(I.L. 11/12)", "(Superintendent A 11/12)"),
    ("the lundqvist file", "the lundqvist file"),
    ("Ida B. Wells", "Superintendent A B. Wells"),
    ("write to ida@x.example", "write to [email]"),
]


@pytest.mark.parametrize(("text", "expected"), FORMS)
def test_forms(text: str, expected: str):
    ida = Identity("Ida Lundqvist", "person", "superintendent", "Upper Tarn", documents={"a"})
    tarn = Identity("Upper Tarn", "district", forms={"Upper Tarn Unified"}, documents={"a"})
    name_all([ida, tarn], [text])
    assert put(text, replacements(text, Lexicon.of("a", text, [ida, tarn])))[0] == expected


def test_what_is_to_be_left_alone_stays():
    found = [Identity("Ida Lund", "person", documents={"a"}), Identity("Ida Tarbell", "leave", given=True)]
    name_all(found[:1], [])
    text = "Ida Tarbell, not Ida Lund, wrote it."
    assert put(text, replacements(text, Lexicon.of("a", text, found)))[0] == "Ida Tarbell, not Participant A, wrote it."


def test_the_roster_stands_above_what_was_found(folder: Path):
    sources, _ = read_sources(folder, Settings())
    roster = [
        Entry(name="Ida Lundqvist", kind="person", role="principal", pseudonym="Juno"),
        Entry(name="Vermont", kind="site"),
        Entry(name="Omar Haddad", kind="leave"),
    ]
    made = pseudonymised(sources, found_in(sources, nlp.load(), roster), Key(), None)
    assert "Juno took notes" in made.documents[0].text.replace("JUNO", "Juno")
    assert "Vermont" not in made.documents[0].text
    assert "Omar Haddad" in made.documents[0].text


def test_pseudonyms_that_stand_in_the_documents_are_passed_over():
    found = [Identity("Ida Lund", "person", "teacher"), Identity("Elm", "school")]
    name_all(found, ["Teacher A of School 1 spoke."])
    assert [one.pseudonym for one in found] == ["Teacher B", "School 2"]


def test_a_key_adds_and_never_changes(folder: Path, outcome: Outcome):
    sources, _ = read_sources(folder, Settings())
    found = found_in(sources, nlp.load(), [Entry(name="Anna Zeller", kind="person", role="superintendent")])
    again = pseudonymised(sources, found, outcome.key, None)
    before = {one.name: one.pseudonym for one in outcome.key.names}
    after = {one.name: one.pseudonym for one in again.key.names}
    assert {name: after[name] for name in before} == before
    assert after["Anna Zeller"] == "Superintendent B"
    assert again.documents == outcome.documents


def test_the_key_is_its_owners_alone_and_reads_as_it_was_written(outcome: Outcome, tmp_path: Path):
    path = tmp_path / "keys" / "study.jsonl"
    write_key(path, outcome.key)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert read_key(path) == outcome.key
    assert [one.name for one in path.parent.iterdir()] == ["study.jsonl"]


@pytest.mark.parametrize("content", ["", "{}\n", '{"record": "name", "name": "x", "kind": "person"}\n', "no JSON\n"])
def test_a_key_that_is_none(content: str, tmp_path: Path):
    (tmp_path / "key").write_text(content)
    with pytest.raises(PipelineError) as raised:
        read_key(tmp_path / "key")
    assert raised.value.code == ErrorCode.INVALID_KEY


def test_a_key_may_not_lie_with_what_is_shared(tmp_path: Path):
    check_apart(tmp_path / "keys" / "k", [tmp_path / "corpus"])
    with pytest.raises(PipelineError, match="apart"):
        check_apart(tmp_path / "corpus" / "below" / "k", [tmp_path / "corpus"])


KEY = Key(
    head=Head(),
    names=[
        Named(name="Ida Lund", kind="person", pseudonym="Principal A of School 1"),
        Named(name='Ann "Nan" Rao', kind="person", pseudonym="Principal AA"),
        Named(name="Elm", kind="school", pseudonym="School 1"),
        Named(name="Oak", kind="school", pseudonym="School 12"),
    ],
)
BACK = [
    ("Principal A of School 1 met Principal AA.", 'Ida Lund met Ann "Nan" Rao.'),
    ("Principal A left School 12, not School 1.", "Ida Lund left Oak, not Elm."),
    ("PRINCIPAL A: School 13", "IDA LUND: School 13"),
    ("Principal Ahmed", "Principal Ahmed"),
]


@pytest.mark.parametrize(("text", "expected"), BACK)
def test_names_come_back_into_any_text(text: str, expected: str):
    assert names_in_place(text, KEY) == expected


def test_names_come_back_into_json_and_workbooks():
    _, line = reversed_file(b'{"id":1,"text":"Principal AA"}\n', ".jsonl", KEY)
    assert json.loads(line)["text"] == 'Ann "Nan" Rao'
    book, stream = Workbook(), io.BytesIO()
    book.active.append(["Principal A", 7])
    book.save(stream)
    _, content = reversed_file(stream.getvalue(), ".xlsx", KEY)
    assert [cell.value for cell in load_workbook(io.BytesIO(content)).active[1]] == ["Ida Lund", 7]


_NAMES = ["Ida Lundqvist", "Omar Haddad", "Lundqvist", "Haddad", "Wren Elementary School", "Upper Tarn", "Mr. Haddad"]
_TEXTS = st.lists(
    st.sampled_from([*_NAMES, " met ", "\n\n", ", ", "é", "(802) 555-0143", "[email]", "Principal A", " "])
)


@settings(max_examples=60, deadline=None)
@given(_TEXTS)
def test_what_is_put_in_comes_out_again(pieces: list[str]):
    text = " ".join(pieces)
    found = [
        Identity("Ida Lundqvist", "person", "superintendent", documents={"a"}),
        Identity("Omar Haddad", "person", "principal", "Wren Elementary School", documents={"a"}),
        Identity("Wren Elementary School", "school", documents={"a"}),
        Identity("Upper Tarn", "district", documents={"a"}),
    ]
    name_all(found, [text])
    new, places = put(text, replacements(text, Lexicon.of("a", text, found)))
    at, pieces = 0, []
    for start, end, words in places:
        pieces += [new[at:start], words]
        at = end
    assert "".join([*pieces, new[at:]]) == text
    assert "Lundqvist" not in new
    assert "Haddad" not in new


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([*(one.pseudonym for one in KEY.names), "Principal A", " and ", ". "])))
def test_a_text_with_names_back_holds_no_pseudonym(pieces: list[str]):
    back = names_in_place(" ".join(pieces), KEY)
    assert not any(one.pseudonym in back or short(one.pseudonym) in back for one in KEY.names if one.kind == "person")


def test_a_roster_survives_a_spreadsheet(tmp_path: Path):
    entries = [
        Entry(
            name="Ida Lund", kind="person", role="principal", of="Elm", pseudonym="P", forms=("Lund", "I. L."), found=3
        ),
        Entry(name="Élan–Süd", kind="site", example="=1+1"),
    ]
    (tmp_path / "r.csv").write_bytes(roster_csv(entries))
    again = read_roster(tmp_path / "r.csv")
    assert [one.name for one in again] == ["Ida Lund", "Élan–Süd"]
    assert (again[0].role, again[0].of, again[0].pseudonym, again[0].forms) == (
        "principal",
        "Elm",
        "P",
        ("Lund", "I. L."),
    )
    rows = list(csv.reader(io.StringIO((tmp_path / "r.csv").read_text("utf-8-sig"))))
    assert rows[2][-1] == " =1+1"


def test_letters_and_forms():
    first = [letter for letter, _ in zip(letters(), range(2_000), strict=False)]
    assert len(set(first)) == 2_000
    assert first[:9] == ["A", "B", "C", "D", "E", "F", "G", "H", "J"]
    assert (first[25:27], first[701]) == (["AA", "AB"], "AAA")
    assert {phrase(form) for form in forms_of("Dr. José de la Peña", "person")} >= {
        ("pena",),
        ("jose",),
        ("jpena",),
    } - {("jpena",)}
    assert in_names_of_files("2019-board", []) == "2019-board"


MARKDOWN = """# One *title*

A paragraph with a_name, 1 < 2 & [brackets].

1. no list, a sentence

- an item
- another

> A quotation
> — Its speaker

| a | b |
|---|---|
| 1 | two \\| half |
"""


def test_a_document_written_as_markdown_reads_the_same():
    _, passages, _ = ingest_bytes(MARKDOWN.encode(), "a.md")
    _, again, _ = ingest_bytes(as_markdown(passages).encode(), "a.md")
    assert [(one.kind, one.text) for one in again] == [(one.kind, one.text) for one in passages]


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [*map(str, arguments)])


def test_list_look_write_and_back(folder: Path, tmp_path: Path):
    listed, key, into, back = (tmp_path / name for name in ("r.csv", "k/key.jsonl", "anonymous", "back"))
    assert call("pseudonymise", "--corpus", folder, "--list", listed).exit_code == 0
    assert "Ida Lundqvist,person,superintendent" in listed.read_text("utf-8-sig")
    listed.write_bytes(mended := listed.read_bytes() + b"Anna Zeller,person\r\n")
    refused = call("pseudonymise", "--corpus", folder, "--list", listed)
    assert (refused.exit_code, listed.read_bytes()) == (3, mended)
    assert "--list" in refused.output
    assert "--force" in refused.output
    arguments = ["pseudonymise", "--corpus", folder, "--roster", listed, "--key", key, "--into", into]
    done = call(*arguments, "--shift-dates", "28")
    assert done.exit_code == 0, done.output
    assert "February 11, 2020" in (into / "superintendent-a-notes.md").read_text()
    written = {path.name: path.read_bytes() for path in into.iterdir()}
    assert call(*arguments).exit_code == 0
    assert {path.name: path.read_bytes() for path in into.iterdir()} == written
    assert call("pseudonymise", "--reverse", "--key", key, "--into", back, *into.iterdir()).exit_code == 0
    assert (back / "lundqvist-notes.md").read_text("utf-8") == ONE
    assert (back / "panel.txt").read_text("utf-8") == TWO
    assert call("scan", into, "--key", key, "--strict").exit_code == 0
    found = call("scan", folder, "--key", key, "--strict")
    assert found.exit_code == 6
    assert "Lundqvist" not in found.output


def test_wrong_calls_are_told(folder: Path, tmp_path: Path):
    key = tmp_path / "key.jsonl"
    assert call("pseudonymise", "--corpus", folder).exit_code == 2
    assert call("pseudonymise", "--corpus", folder, "--into", tmp_path / "x").exit_code == 2
    assert call("pseudonymise", "x.txt", "--into", tmp_path / "x", "--key", key).exit_code == 2
    inside = call("pseudonymise", "--corpus", folder, "--into", tmp_path / "x", "--key", folder / "key")
    assert (inside.exit_code, "invalid_key" in inside.output) == (3, True)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("x")
    taken = call("pseudonymise", "--corpus", folder, "--into", tmp_path / "full", "--key", key)
    assert (taken.exit_code, "not_writable" in taken.output) == (3, True)
    assert not key.exists()


def test_a_second_run_without_the_roster_looks_for_the_names_of_the_key(tmp_path: Path):
    corpus, key, into = tmp_path / "corpus", tmp_path / "k" / "key.jsonl", tmp_path / "new"
    corpus.mkdir()
    text = "We met at Glimmerbrook on Monday. Quillhaven sent tea, and GB people came with Ms. Zellerby.\n"
    (corpus / "a.txt").write_text(text, encoding="utf-8")
    roster = tmp_path / "r.csv"
    roster.write_text("name,kind,forms\nGlimmerbrook,site,GB\nQuillhaven,school,\nHope Zellerby,person,\n")
    arguments = ["pseudonymise", "--corpus", corpus, "--key", key, "--into", into]
    assert call(*arguments, "--roster", roster).exit_code == 0
    first = (into / "a.txt").read_text(encoding="utf-8")
    assert not any(name in first.lower() for name in ("glimmerbrook", "quillhaven", "gb ", "zellerby"))
    (corpus / "b.txt").write_text("Later: QUILLHAVEN and Ms. Zellerby again.\n", encoding="utf-8")
    assert call(*arguments).exit_code == 0
    assert (into / "a.txt").read_text(encoding="utf-8") == first
    second = (into / "b.txt").read_text(encoding="utf-8").lower()
    assert "quillhaven" not in second
    assert "zellerby" not in second


REMEMBERED = [
    ("Elm", "school", [], {"Elm": "school"}),  # found again
    ("Elm", "district", [], {"Elm": "district"}),  # the roster said otherwise
    ("Elmwood Academy", "school", ["Elm"], {"Elmwood Academy": "school"}),  # the roster gave it another name
    ("Oak", "site", [], {"Elm": "school", "Oak": "site"}),  # not found
]


@pytest.mark.parametrize(("name", "kind", "forms", "expected"), REMEMBERED)
def test_what_the_key_knows_joins_what_is_found(name: str, kind: str, forms: list[str], expected: dict[str, str]):
    place = Place("Elm", "school", ("Elm",), 0)
    known = Named(name=name, kind=kind, pseudonym="P", forms=dict.fromkeys(forms, "P"))
    found = identities([Reading("a", [], [place], "Elm met.")], (), [known])
    assert {one.name: one.kind for one in found} == expected
    assert all(one.given for one in found if one.name == name)
