"""What people change in a project of another program comes back as their decisions, and nothing else does."""

import contextlib
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from builders import tag
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from msgspec.structs import replace
from refi import CODES, MODEL, NS, RUBRIC, TEXT, Edited, edit, made, outputs, project

from pipeline.corrections.decisions import (
    Judgement,
    PassageDecision,
    PracticesDecision,
    QuoteDecision,
    SegmentDecision,
)
from pipeline.errors import PipelineError
from pipeline.exchange.refi.coming_back import Came, come_back
from pipeline.exchange.refi.names import guid
from pipeline.exchange.refi.people import Asked
from pipeline.records import Bundle

FILES = Path(__file__).parent / "files" / "refi"
Change = Callable[[Edited], object]
OTHER = "Roads\n\nAna Ruiz said, “We share the work.” Gravel.\n\nSnow is cleared in turns.\n\nSand is bought in May."
FOLLOW = "Nobody knew who would follow the principal 🎈 of Elm School."


def came(
    tmp_path: Path,
    change: Change,
    *,
    now: Bundle | None = None,
    target: Any = "standard",
    standing: Sequence[Judgement] = (),
    **asked: Any,
) -> Came:
    """Send the document, let somebody change the project, and take it back. `now`: the document as it is then."""
    project(tmp_path / "sent.qdpx", made(), target=target)
    edit(tmp_path / "sent.qdpx", change, tmp_path / "back.qdpx")
    folder = outputs(tmp_path / "outputs", now or made())
    return come_back(tmp_path / "back.qdpx", folder, CODES, RUBRIC, standing, Asked(**asked))


def themes(found: Came) -> list[tuple[str, str, dict[str, int], list[str]]]:
    return [
        (one.coder, one.anchor.text.split()[0], dict(one.themes), one.asked)
        for one in found.decisions
        if isinstance(one, PassageDecision)
    ]


def the_only(found: Came) -> Any:
    [one] = found.decisions
    return one


def nothing(_: Edited) -> None:
    """Leave the project as it is."""


@pytest.mark.parametrize("target", ["standard", "nvivo", "maxqda", "atlasti", "qualcoder"])
def test_what_was_left_as_it_was_says_nothing(tmp_path: Path, target: str) -> None:
    found = came(tmp_path, nothing, target=target)
    assert (found.decisions, found.left, found.same, found.found) == ([], {}, 6, 1)


def test_a_theme_that_was_added_is_there(tmp_path: Path) -> None:
    found = came(tmp_path, lambda one: one.add("theme:equity", FOLLOW))
    assert themes(found) == [("ana-ruiz", "Nobody", {"equity": 2}, ["equity"])]
    assert found.decisions[0].at == "2026-11-22T10:00:00Z"


def test_a_theme_of_the_model_that_was_taken_off_is_not_there(tmp_path: Path) -> None:
    found = came(tmp_path, lambda one: one.take_off("theme:succession"), by="ben")
    assert themes(found) == [("ben", "Nobody", {}, ["succession"])]
    assert found.decisions[0].model_version == MODEL


def test_a_theme_that_was_replaced_is_one_decision(tmp_path: Path) -> None:
    def change(one: Edited) -> None:
        one.take_off("theme:succession")
        one.add("theme:equity", FOLLOW)

    assert themes(came(tmp_path, change)) == [("ana-ruiz", "Nobody", {"equity": 2}, ["equity", "succession"])]


def test_the_model_confirmed_under_ones_own_name_is_a_decision(tmp_path: Path) -> None:
    def change(one: Edited) -> None:
        one.add("theme:succession", FOLLOW)

    assert themes(came(tmp_path, change)) == [("ana-ruiz", "Nobody", {"succession": 2}, ["succession"])]


def test_a_sentence_of_a_passage_means_its_passage(tmp_path: Path) -> None:
    found = came(tmp_path, lambda one: one.add("theme:equity", "Nobody else spoke."))
    assert themes(found) == [("ana-ruiz", "Ana", {"equity": 2}, ["equity"])]


def test_who_read_all_of_a_document_found_the_other_themes_nowhere(tmp_path: Path) -> None:
    found = came(tmp_path, lambda one: one.add("theme:equity", FOLLOW), is_complete=True)
    assert themes(found) == [
        ("ana-ruiz", "Ana", {}, ["equity", "succession"]),
        ("ana-ruiz", "Nobody", {"equity": 2}, ["equity", "teacher_leadership"]),
        ("ana-ruiz", "The", {}, ["equity", "succession", "teacher_leadership"]),
    ]
    nobody = came(tmp_path, nothing, is_complete=True)
    assert nobody.decisions == []


@pytest.mark.parametrize(
    ("asked", "coder"),
    [({"coders": {"Ana Ruiz": "ana"}}, "ana"), ({"by": "ben"}, "ana-ruiz"), ({}, "ana-ruiz")],
)
def test_users_become_coders(tmp_path: Path, asked: dict[str, Any], coder: str) -> None:
    found = came(tmp_path, lambda one: one.add("theme:equity", FOLLOW), **asked)
    assert the_only(found).coder == coder


def test_nobody_is_blamed_where_the_file_does_not_tell_who_took_it_off(tmp_path: Path) -> None:
    def change(one: Edited) -> None:
        one.take_off("theme:succession")
        one.add("theme:equity", FOLLOW, "Ana Ruiz")
        one.add("theme:equity", "The board saw who was left out.", "Ben Lee")

    found = came(tmp_path, change)
    assert [who for who, *_ in themes(found)] == ["ana-ruiz", "ben-lee"]
    assert [why for why in found.left if "--by" in why]
    asked = came(tmp_path, change, by="ben")
    assert ("ben", "Nobody", {}, ["succession"]) in themes(asked)


def test_who_changed_the_file_last_took_it_off(tmp_path: Path) -> None:
    def change(one: Edited) -> None:
        one.take_off("theme:succession")
        one.add("theme:equity", FOLLOW, "Ana Ruiz")
        one.add("theme:equity", "The board saw who was left out.", "Ben Lee")
        one.root.set("modifyingUserGUID", "{" + one.user("Ben Lee").upper() + "}")
        one.root.set("modifiedDateTime", "2026-11-23T09:30:00+01:00")

    [gone] = [one for one in came(tmp_path, change).decisions if one.coder == "ben-lee" and "Nobody" in one.anchor.text]
    assert gone.at == "2026-11-23T08:30:00Z"


def test_what_the_model_is_said_to_have_added_is_no_decision(tmp_path: Path) -> None:
    found = came(tmp_path, lambda one: one.add("theme:equity", FOLLOW, f"Model {MODEL}"))
    assert found.decisions == []
    assert [why for why in found.left if "name of a model" in why]
    mapped = came(
        tmp_path, lambda one: one.add("theme:equity", FOLLOW, f"Model {MODEL}"), coders={f"Model {MODEL}": "ana"}
    )
    assert themes(mapped) == [("ana", "Nobody", {"equity": 2}, ["equity"])]


def without_guids(one: Edited) -> None:
    """Give all but codes new identifiers, as QualCoder does."""
    for n, element in enumerate(one.find("//q:PlainTextSelection | //q:Coding | //q:TextSource")):
        element.set("guid", guid("other", str(n)))


def without_comments(one: Edited) -> None:
    for element in one.find("//q:PlainTextSelection/q:Description"):
        element.getparent().remove(element)


def without_users(one: Edited) -> None:
    for element in one.find("//q:User"):
        element.set("name", "Administrator")


def with_windows_ends(one: Edited) -> None:
    for name, content in one.files.items():
        if name.startswith("sources/"):
            one.files[name] = b"\xef\xbb\xbf" + content.replace(b"\n", b"\r\n")


@pytest.mark.parametrize(
    "damage",
    [
        [without_guids],
        [without_guids, without_comments],
        [without_comments, without_users],
        [without_guids, without_comments, without_users],
        [without_guids, with_windows_ends],
    ],
)
def test_what_programs_lose_is_no_decision(tmp_path: Path, damage: list[Change]) -> None:
    def change(one: Edited) -> None:
        for each in damage:
            each(one)

    assert came(tmp_path, change, by="ana").decisions == []


@pytest.mark.parametrize("damage", [without_guids, without_comments])
def test_a_change_is_seen_among_what_programs_lose(tmp_path: Path, damage: Change) -> None:
    def change(one: Edited) -> None:
        one.take_off("theme:succession")
        one.add("theme:equity", FOLLOW)
        damage(one)

    assert themes(came(tmp_path, change)) == [("ana-ruiz", "Nobody", {"equity": 2}, ["equity", "succession"])]


@pytest.mark.parametrize("name", ["LEADERSHIP  SUCCESSION", "2.1 Leadership succession", "succession"])
def test_a_code_is_known_by_its_name(tmp_path: Path, name: str) -> None:
    def change(one: Edited) -> None:
        [code] = one.find(f"//q:Code[@guid='{guid('code', 'theme:succession')}']")
        code.set("name", name)
        code.set("guid", guid("other", name))
        code.remove(code.find("q:Description", NS))
        for ref in one.find(f"//q:CodeRef[@targetGUID='{guid('code', 'theme:succession')}']"):
            ref.set("targetGUID", guid("other", name))

    found = came(tmp_path, change, by="ana")
    assert (found.decisions, found.same, dict(found.foreign)) == ([], 6, {})


def test_codes_that_are_not_ours_are_counted_and_named(tmp_path: Path) -> None:
    def change(one: Edited) -> None:
        selection = one.add("theme:equity", FOLLOW)
        new = guid("code", "hope")
        codes = one.find("//q:Codes")[0]
        codes.append(codes.makeelement(f"{{{NS['q']}}}Code", {"guid": new, "name": "Hope", "isCodable": "true"}))
        selection.find("q:Coding/q:CodeRef", NS).set("targetGUID", new)

    found = came(tmp_path, change)
    assert (found.decisions, dict(found.foreign)) == ([], {"Hope": 1})
    assert "Hope (1)" in "\n".join(found.lines())


def moved_to(code: str, words: str) -> Change:
    def change(one: Edited) -> None:
        [coding] = one.codings(code)
        start = one.text().index(words)
        coding.getparent().set("startPosition", str(start))
        coding.getparent().set("endPosition", str(start + len(words)))

    return change


def test_a_coding_that_shrank_within_its_passage_says_nothing(tmp_path: Path) -> None:
    found = came(tmp_path, moved_to("theme:succession", "who would follow"), by="ana")
    assert (found.decisions, found.left, found.moved) == ([], {}, 1)


def test_a_coding_that_moved_to_another_passage_is_named_and_not_taken(tmp_path: Path) -> None:
    found = came(tmp_path, moved_to("theme:succession", "The board saw"), by="ana")
    assert found.decisions == []
    assert [words for why, words in found.left.items() if "another passage" in why] == [["succession: The board saw"]]


def test_a_quote_with_other_ends(tmp_path: Path) -> None:
    one = the_only(came(tmp_path, moved_to("quote", "share the work"), by="ana"))
    assert isinstance(one, QuoteDecision)
    assert (one.is_quote, [part.text for part in one.parts], one.record_id) == (True, ["share the work"], "d1-p1-q28")
    assert one.speaker is not None
    assert one.speaker.name == "Ana Ruiz"


def test_a_quote_that_is_none(tmp_path: Path) -> None:
    one = the_only(came(tmp_path, lambda one: one.take_off("quote"), by="ana"))
    assert (type(one), one.is_quote, one.record_id, one.coder) == (QuoteDecision, False, "d1-p1-q28", "ana")


def test_a_quote_that_was_missing(tmp_path: Path) -> None:
    one = the_only(came(tmp_path, lambda one: one.add("quote", "who was left out")))
    assert (one.added, one.record_id, [part.text for part in one.parts]) == (True, "d1-p3", ["who was left out"])


def test_another_speaker_in_the_comment_of_a_quote(tmp_path: Path) -> None:
    def change(one: Edited) -> None:
        [coding] = one.codings("quote")
        comment = coding.getparent().find("q:Description", NS)
        comment.text = comment.text.replace("Speaker: Ana Ruiz", "Speaker: Ana Ruiz, principal, Elm School")

    one = the_only(came(tmp_path, change, by="ana"))
    assert one.speaker is not None
    assert (one.speaker.name, one.speaker.role, one.speaker.organization) == ("Ana Ruiz", "principal", "Elm School")
    assert [part.text for part in one.parts] == ["We share the work."]


def test_practices_of_a_quote(tmp_path: Path) -> None:
    def change(one: Edited) -> None:
        one.take_off("indicator:12b")
        one.add("indicator:12a", "We share the work")

    one = the_only(came(tmp_path, change))
    assert isinstance(one, PracticesDecision)
    assert (one.practices, one.open, one.anchor.text, one.rubric) == (
        {"12a": 2}, [], "We share the work.", "Test rubric",
    )  # fmt: skip


def test_a_practice_that_was_not_spoken_of_is_open(tmp_path: Path) -> None:
    one = the_only(came(tmp_path, lambda one: one.take_off("indicator:12b"), by="ana"))
    assert (one.practices, one.open) == ({}, ["12a"])


def test_a_practice_needs_a_quote(tmp_path: Path) -> None:
    found = came(tmp_path, lambda one: one.add("indicator:12a", "The board saw"))
    assert found.decisions == []
    assert [why for why in found.left if "no quote" in why or "where no quote is" in why]

    def with_quote(one: Edited) -> None:
        one.add("indicator:12a", "The board saw")
        one.add("quote", "The board saw")

    kinds = {type(one) for one in came(tmp_path, with_quote).decisions}
    assert kinds == {QuoteDecision, PracticesDecision}


def test_the_kind_of_a_segment(tmp_path: Path) -> None:
    def change(one: Edited) -> None:
        one.take_off("segment:problem_of_practice")
        one.add("segment:discussion", TEXT)

    one = the_only(came(tmp_path, change))
    assert isinstance(one, SegmentDecision)
    assert (one.kind, one.anatomy, one.record_id) == ("discussion", [], "d1-s0")


def test_the_anatomy_of_a_problem(tmp_path: Path) -> None:
    one = the_only(came(tmp_path, lambda one: one.add("anatomy:result", "The board saw who was left out.")))
    assert [(part.role, part.text) for part in one.anatomy] == [
        ("problem", FOLLOW), ("result", "The board saw who was left out."),
    ]  # fmt: skip


def test_a_theme_on_a_heading_is_named_and_not_taken(tmp_path: Path) -> None:
    found = came(tmp_path, lambda one: one.add("theme:equity", "Elm Valley"))
    assert found.decisions == []
    assert found.left == {"a theme where no passage is coded (a heading, a table)": ["equity: Elm Valley"]}


def revised(text: str) -> Change:
    def change(one: Edited) -> None:
        [name] = [name for name in one.files if name.startswith("sources/") and b"Elm Valley" in one.files[name]]
        one.files[name] = text.encode()

    return change


def test_a_text_with_other_spaces_is_the_same(tmp_path: Path) -> None:
    found = came(tmp_path, revised(TEXT.replace("\n\n", " \n")), by="ana")
    assert (found.decisions, found.same) == ([], 6)


def test_codings_that_drifted_off_their_words_are_named_and_not_taken(tmp_path: Path) -> None:
    found = came(tmp_path, revised(TEXT.replace("\n\n", "\n \n")), by="ana")
    assert found.decisions == []
    assert [why for why in found.left if "drifted" in why]


def test_outputs_that_changed_since_do_not_make_anybody_take_something_off(tmp_path: Path) -> None:
    now = made()
    more = replace(now, tags=[*now.tags, tag(now.passages[3], "equity", coder=MODEL, model_version=MODEL)])
    found = came(tmp_path, lambda one: one.add("theme:equity", FOLLOW), now=more)
    assert themes(found) == [("ana-ruiz", "Nobody", {"equity": 2}, ["equity"])]
    assert [why for why in found.left if "--sent" in why]

    def change(one: Edited) -> None:
        one.add("theme:equity", FOLLOW)
        one.take_off("theme:succession")

    told = came(tmp_path, change, now=more, original=tmp_path / "sent.qdpx")
    assert themes(told) == [("ana-ruiz", "Nobody", {"equity": 2}, ["equity", "succession"])]
    assert told.left == {}


def test_what_was_decided_before_is_not_decided_again(tmp_path: Path) -> None:
    def change(one: Edited) -> None:
        one.take_off("theme:succession")
        one.add("theme:equity", FOLLOW)
        one.take_off("quote")
        one.take_off("indicator:12b")
        one.add("anatomy:result", "The board saw who was left out.")

    first = came(tmp_path, change)
    assert len(first.decisions) == 4
    assert came(tmp_path, change, standing=first.decisions).decisions == []


def test_texts_that_are_not_ours_are_named(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match="none of which"):
        came(tmp_path, nothing, now=made(OTHER, "d9", "other.txt"))


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", b"<Project/>", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", b"{}"]
)
def test_a_file_that_is_no_project(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "no.qdpx"
    path.write_bytes(content)
    with pytest.raises(PipelineError):
        come_back(path, outputs(tmp_path / "o", made()), CODES, RUBRIC, (), Asked())


def test_a_code_that_was_deleted_judges_nothing(tmp_path: Path) -> None:
    def change(one: Edited) -> None:
        one.take_off("theme:succession")
        [code] = one.find(f"//q:Code[@guid='{guid('code', 'theme:succession')}']")
        code.getparent().remove(code)

    found = came(tmp_path, change, by="ana")
    assert found.decisions == []
    assert [why for why in found.left if "no longer in the project" in why]


def test_a_project_without_all_that_the_model_coded_judges_nothing(tmp_path: Path) -> None:
    def change(one: Edited) -> None:
        for selection in one.find("//q:PlainTextSelection"):
            selection.getparent().remove(selection)
        one.add("theme:equity", FOLLOW)

    found = came(tmp_path, change, by="ana")
    assert themes(found) == [("ana-ruiz", "Nobody", {"equity": 2}, ["equity"])]
    assert [len(words) for why, words in found.left.items() if "exported at all" in why] == [6]


def test_texts_that_share_an_identifier_are_told_apart(tmp_path: Path) -> None:
    project(tmp_path / "p.qdpx", made(), made(OTHER, "d2", "other.txt"))

    def change(one: Edited) -> None:
        for source in one.find("//q:TextSource"):
            source.set("guid", "{}")

    edit(tmp_path / "p.qdpx", change, tmp_path / "q.qdpx")
    folder = outputs(tmp_path / "o", made(), made(OTHER, "d2", "other.txt"))
    found = come_back(tmp_path / "q.qdpx", folder, CODES, RUBRIC, (), Asked())
    assert (found.found, found.decisions, found.same) == (2, [], 12)


@given(data=st.data())
@settings(max_examples=150)
def test_whatever_is_wrong_with_a_project_is_told(data: st.DataObject, damaged: tuple[Path, Path, bytes]) -> None:
    folder, kept, qde = damaged
    content = bytearray(qde)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        what = data.draw(
            st.sampled_from([b"", b"<", b'"', b"\xff", b"-1", b"99999999999999999999", b"{", b"\x00", b"&a;"])
        )
        content[at : at + data.draw(st.integers(0, 40))] = what
    with zipfile.ZipFile(folder / "q.qdpx", "w") as archive:
        archive.writestr("project.qde", bytes(content))
        archive.writestr("sources/a.txt", data.draw(st.binary(max_size=20)))
    with contextlib.suppress(PipelineError):
        come_back(folder / "q.qdpx", kept, CODES, RUBRIC, (), Asked(by="ana", is_complete=True))


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, bytes]:
    """A folder, an output folder in it, and the XML of a project with its text in it."""
    folder = tmp_path_factory.mktemp("damaged")
    project(folder / "p.qdpx", made())
    opened = Edited(folder / "p.qdpx")
    [source] = opened.find("//q:TextSource")
    del source.attrib["plainTextPath"]
    inline = source.makeelement(f"{{{NS['q']}}}PlainTextContent", {})
    inline.text = TEXT
    source.insert(1, inline)
    return folder, outputs(folder / "o", made()), etree.tostring(opened.root)


@pytest.mark.parametrize("name", ["qualcoder.qdpx", "qualcoder-two.qdpx"])
def test_a_file_that_qualcoder_wrote(name: str, tmp_path: Path) -> None:
    """QualCoder 4.0's own code read our project, a person's change was made, and its own code exported it."""
    folder = outputs(tmp_path / "outputs", made())
    found = come_back(FILES / name, folder, CODES, RUBRIC, (), Asked())
    assert (found.codings, found.same, found.left, dict(found.foreign)) == (6, 5, {}, {})
    assert themes(found) == [("ana", "Nobody", {"equity": 2}, ["equity", "succession"])]
    assert found.decisions[0].at == "2026-11-22T10:00:00Z"


@pytest.mark.parametrize("name", ["../evil.txt", "/etc/evil.txt", "sources/../../evil.txt", "C:/evil.txt"])
def test_a_container_whose_names_lead_out_of_it_is_refused(name: str, tmp_path: Path) -> None:
    project(tmp_path / "p.qdpx", made())
    with zipfile.ZipFile(tmp_path / "p.qdpx", "a") as archive:
        archive.writestr(name, b"x")
    with pytest.raises(PipelineError):
        come_back(tmp_path / "p.qdpx", outputs(tmp_path / "o", made()), CODES, RUBRIC, (), Asked())
