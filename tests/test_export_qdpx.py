"""A project for other programs holds the codings, each where that program looks for it; so do codebooks."""

import hashlib
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from builders import bundle, document, passages, segment, tag
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree
from msgspec.structs import replace
from refi import CODES, MODEL, NS, RUBRIC, TEXT, THEMES, Edited, made, outputs, project

from pipeline import codebook
from pipeline.codebook import Codebook, Theme
from pipeline.errors import PipelineError
from pipeline.exchange.codings import Coding, codings
from pipeline.exchange.refi import reading, tree
from pipeline.exchange.refi.codebook_file import read_codebook, to_qdc, to_yaml
from pipeline.exchange.refi.coming_back import come_back
from pipeline.exchange.refi.into import add_to
from pipeline.exchange.refi.names import PROJECT, guid, user_name
from pipeline.exchange.refi.names import tag as tag_of
from pipeline.exchange.refi.people import Asked
from pipeline.exchange.refi.positions import PROGRAMS, Rule, Ruler, Target, safe
from pipeline.exchange.refi.sent import sent
from pipeline.exchange.refi.tree import ours_among
from pipeline.records import Bundle

SCHEMA = Path(__file__).parent / "files" / "refi" / "Project.xsd"
TARGETS: list[Target] = ["standard", "nvivo", "maxqda", "atlasti", "qualcoder"]


@cache
def schema() -> Any:
    return etree.XMLSchema(etree.parse(SCHEMA))


# How programs read a text and count in it, written apart from the program (sources: docs/exchange.md).


def utf16(text: str, start: int, end: int) -> str:
    return text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le")


def as_nvivo_and_maxqda_read(content: bytes, start: int, end: int) -> str:
    return utf16(content.decode(), start, end)


def as_atlasti_reads(content: bytes, start: int, end: int) -> str:
    return utf16(content.decode().replace("\r\n", "\n"), start, end)


def as_qualcoder_reads(content: bytes, start: int, end: int) -> str:
    """Its reader puts a blank behind line ends that were two characters, so that positions hold."""
    line = content.partition(b"\n")[0]
    text = content.decode().replace("\r\n", "\n").replace("\r", "\n")
    return (text.replace("\n", "\n ") if line.endswith(b"\r") else text)[start:end]


def as_the_standard_says(content: bytes, start: int, end: int) -> str:
    return content.decode()[start:end]


READERS = {
    "standard": as_the_standard_says,
    "nvivo": as_nvivo_and_maxqda_read,
    "maxqda": as_nvivo_and_maxqda_read,
    "atlasti": as_atlasti_reads,
    "qualcoder": as_qualcoder_reads,
}

SIGNS = st.characters(codec="utf-8") | st.sampled_from("\t\n\r\x0b\x0c\x00\x1f\x7f\u0301\u2028\ufeff\ufffe🎈👩‍🏫&<>\"'")
LINES = st.text(SIGNS, max_size=30).map(lambda line: line.replace("\n\n", "\n"))


def of_lines(lines: list[str], coders: list[str]) -> Bundle:
    """Return a document of these passages, each coded by one of the coders after the other."""
    text = "\n\n".join(lines)
    doc = document(text, path=f"sub/{len(lines)} & co.txt")
    members = passages(doc) if text else []
    kept = [one for one in members if one.start < one.end]
    tags = [
        tag(one, THEMES.ids[i % 3], id=f"t{i}", coder=coder, source="model" if coder == MODEL else "human")
        for i, (one, coder) in enumerate(zip(kept, coders * len(kept), strict=False))
    ]
    return bundle(doc, passages=members, tags=tags, segments=[segment(kept)] if kept else [])


DOCUMENTS = st.builds(
    of_lines,
    st.lists(LINES, max_size=8),
    st.just([MODEL, *(f"coder-{i}" for i in range(10))]),
)


def held(path: Path) -> Iterator[tuple[str, str, int, int, str, str]]:
    """Yield coding, code, start, end, user and the text's bytes (hashed) of all codings in a file."""
    opened = Edited(path)
    users = {one.get("guid"): one.get("name") for one in opened.find("//q:User")}
    for source in opened.find("//q:TextSource"):
        where = source.get("plainTextPath").removeprefix("internal://")
        content = opened.files[f"sources/{where}"]
        for selection in source.findall("q:PlainTextSelection", NS):
            for coding in selection.findall("q:Coding", NS):
                yield (
                    coding.get("guid"),
                    coding.find("q:CodeRef", NS).get("targetGUID"),
                    int(selection.get("startPosition")),
                    int(selection.get("endPosition")),
                    users[coding.get("creatingUser")],
                    hashlib.sha256(content).hexdigest(),
                )


def words_of(text: str, one: Coding) -> str:
    return safe(text)[one.start : one.end]


def lf(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\n ", "\n")


@pytest.mark.parametrize("target", TARGETS)
@settings(max_examples=25)
@given(one=DOCUMENTS)
@example(one=of_lines([], []))
@example(one=of_lines(["🎈 one.", "two 👩‍🏫\nthree."], [MODEL, "ana"]))
def test_every_coding_stands_where_the_program_looks_for_it(
    target: Target, one: Bundle, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("project") / "p.qdpx"
    project(path, one, target=target)
    opened = Edited(path)
    assert schema().validate(opened.root), schema().error_log
    [source] = opened.find("//q:TextSource")
    content = opened.files["sources/" + source.get("plainTextPath").removeprefix("internal://")]
    expected = {
        guid("coding", each.id): (guid("code", each.code), words_of(one.document.text, each), each)
        for each in sent(one, "all")
    }
    found = {own: entry for own, *entry in held(path)}
    assert set(found) == set(expected)
    for own, (code, words, each) in expected.items():
        its_code, start, end, user, _ = found[own]
        assert its_code == code
        assert user == user_name(each.coder, is_person=each.source == "human")
        assert lf(READERS[target](content, start, end)) == lf(words)


@pytest.mark.parametrize("target", TARGETS)
@settings(max_examples=25)
@given(one=DOCUMENTS)
def test_a_project_comes_back_as_it_was_sent(
    target: Target, one: Bundle, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("back")
    project(folder / "p.qdpx", one, target=target)
    kept = outputs(folder / "outputs", one)
    found = come_back(folder / "p.qdpx", kept, CODES, RUBRIC, (), Asked())
    assert (found.decisions, found.left, found.same) == ([], {}, len(sent(one, "all")))


@given(
    text=st.text(SIGNS, max_size=40),
    rule=st.builds(Rule, wide=st.booleans(), utf16=st.booleans()),
    data=st.data(),
)
def test_positions_go_there_and_back(text: str, rule: Rule, data: st.DataObject) -> None:
    ruler = Ruler(text, rule)
    offset = data.draw(st.integers(0, len(ruler.text)))
    assert ruler.ours(ruler.theirs(offset)) == offset
    if rule == Rule(wide=True, utf16=True):
        assert ruler.theirs(len(ruler.text)) == len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize("target", TARGETS)
def test_the_container_is_as_the_programs_want_it(target: Target, tmp_path: Path) -> None:
    project(tmp_path / "p.qdpx", made(), target=target)
    with zipfile.ZipFile(tmp_path / "p.qdpx") as archive:
        names = archive.namelist()
        qde = archive.read("project.qde")
        texts = [archive.read(name) for name in names if name != "project.qde"]
    assert "project.qde" in names
    assert all(name.startswith("sources/") and name.endswith(".txt") for name in names if name != "project.qde")
    assert qde.startswith(b'<?xml version="1.0" encoding="utf-8"?>')
    assert b"richTextPath" not in qde
    assert not any(text.startswith(b"\xef\xbb\xbf") for text in texts)
    assert (b"\r\n" in texts[0]) == (PROGRAMS[target].line_end == "\r\n")
    assert schema().validate(etree.fromstring(qde))


def test_the_same_outputs_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        project(tmp_path / name, made(), made(own="d2", path="b/elm.txt"))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_file_holds_the_codings_and_nothing_else(tmp_path: Path) -> None:
    one = made()
    project(tmp_path / "p.qdpx", one)
    expected = [(guid("coding", each.id), guid("code", each.code), each.start, each.end) for each in codings(one)]
    assert [entry[:4] for entry in held(tmp_path / "p.qdpx")] == expected


def test_what_was_left_for_review_can_stay_here(tmp_path: Path) -> None:
    project(tmp_path / "p.qdpx", made(), extent="certain")
    assert guid("code", "theme:succession") not in [entry[1] for entry in held(tmp_path / "p.qdpx")]
    found = come_back(tmp_path / "p.qdpx", outputs(tmp_path / "o", made()), CODES, RUBRIC, (), Asked(by="ana"))
    assert (found.decisions, found.left) == ([], {})


def test_the_comment_of_a_coding_tells_p_and_decision_and_its_record(tmp_path: Path) -> None:
    project(tmp_path / "p.qdpx", made())
    [coding] = Edited(tmp_path / "p.qdpx").codings("theme:succession")
    assert coding.getparent().findtext("q:Description", namespaces=NS) == (
        "p .90, review, touched on (shown from .50)\n[pop coding d1-p2-succession]"
    )


def test_the_same_words_are_one_quotation_in_atlasti(tmp_path: Path) -> None:
    one = made()
    twice = replace(one, tags=[*one.tags, tag(one.passages[2], "equity", coder="ana", source="human")])
    for target, n in (("atlasti", 1), ("nvivo", 2)):
        project(tmp_path / "p.qdpx", twice, target=target)
        opened = Edited(tmp_path / "p.qdpx")
        both = opened.codings("theme:succession") + opened.codings("theme:equity")
        found = {coding.getparent().get("guid") for coding in both}
        assert len(found) == n


def test_people_come_before_models_among_the_users(tmp_path: Path) -> None:
    one = made()
    both = replace(one, tags=[*one.tags, tag(one.passages[2], "equity", coder="ana", source="human")])
    project(tmp_path / "a.qdpx", both)
    project(tmp_path / "b.qdpx", one)
    first = [Edited(tmp_path / name).find("//q:User")[0].get("name") for name in ("a.qdpx", "b.qdpx")]
    assert first == ["ana", "researcher"]


def test_speakers_and_sites_are_cases_and_documents_have_variables(tmp_path: Path) -> None:
    project(tmp_path / "p.qdpx", made())
    opened = Edited(tmp_path / "p.qdpx")
    [case] = opened.find("//q:Case")
    [quote] = opened.codings("quote")
    assert case.get("name") == "Ana Ruiz"
    assert case.find("q:SelectionRef", NS).get("targetGUID") == quote.getparent().get("guid")
    values = opened.find("//q:TextSource/q:VariableValue")
    assert [value[1].text for value in values] == ["meeting_summary", "2014-06-26", "2014-06-28"]


def test_the_same_problem_in_two_documents_is_linked(tmp_path: Path) -> None:
    one, other = made(), made(own="d2", path="later.txt")
    linked = replace(one, segments=[replace(one.segments[0], linked=["d2-s0"])])
    back = replace(other, segments=[replace(other.segments[0], linked=["d1-s0"])])
    project(tmp_path / "p.qdpx", linked, back)
    opened = Edited(tmp_path / "p.qdpx")
    [link] = opened.find("//q:Link")
    ends = {coding.getparent().get("guid") for coding in opened.codings("segment:problem_of_practice")}
    assert {link.get("originGUID"), link.get("targetGUID")} == ends


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["a/notes.docx", "b/minutes.txt"], ["notes", "minutes"]),
        (["a/notes.docx", "b/Notes.txt"], ["a – notes.docx", "b – Notes.txt"]),
    ],
)
def test_names_of_sources(paths: list[str], names: list[str], tmp_path: Path) -> None:
    project(tmp_path / "p.qdpx", *(made(own=f"d{i}", path=path) for i, path in enumerate(paths)))
    assert [one.get("name") for one in Edited(tmp_path / "p.qdpx").find("//q:TextSource")] == names


# Into a project of another program


VENDOR = "urn:vendor:extension"
THEIRS = """\
<?xml version="1.0" encoding="utf-8"?>
<!-- kept -->
<Project xmlns="urn:QDA-XML:project:1.0" xmlns:v="urn:vendor:extension" name="Theirs" origin="MAXQDA 24" v:build="7">
  <Users><User guid="{AD68FBE7-E1EE-4A82-A279-23CC698C89EB}" name="Ben" v:colour="green"/></Users>
  <CodeBook><Codes>
    <Code guid="{AE6D04CE-D987-4FC8-AF97-D72CA6FFD08F}" name="1 Equity" isCodable="true"><v:weight>3</v:weight></Code>
    <Code guid="11111111-D987-4FC8-AF97-D72CA6FFD08F" name="Hope" isCodable="true" color="#fff"/>
  </Codes><v:Shadow/></CodeBook>
  <Sources>
    <TextSource guid="22222222-D987-4FC8-AF97-D72CA6FFD08F" name="elm" plainTextPath="internal://a.txt" v:x="y">
      <Description>Ours, as they have it.</Description>
      <PlainTextSelection guid="33333333-D987-4FC8-AF97-D72CA6FFD08F" startPosition="0" endPosition="3">
        <Coding guid="44444444-D987-4FC8-AF97-D72CA6FFD08F">
          <CodeRef targetGUID="11111111-D987-4FC8-AF97-D72CA6FFD08F"/>
        </Coding>
      </PlainTextSelection>
      <NoteRef targetGUID="55555555-D987-4FC8-AF97-D72CA6FFD08F"/>
      <v:Extra><v:Deep a="1">kept</v:Deep></v:Extra>
    </TextSource>
    <PictureSource guid="66666666-D987-4FC8-AF97-D72CA6FFD08F" path="internal://p.png"/>
    <AudioSource guid="77777777-D987-4FC8-AF97-D72CA6FFD08F" path="internal://s.mp3"/>
    <PDFSource guid="88888888-D987-4FC8-AF97-D72CA6FFD08F" path="internal://d.pdf"/>
  </Sources>
  <Notes><Note guid="55555555-D987-4FC8-AF97-D72CA6FFD08F"><PlainTextContent>…</PlainTextContent></Note></Notes>
  <Links><Link guid="99999999-D987-4FC8-AF97-D72CA6FFD08F" name="about"/></Links>
  <Graphs><Graph guid="99999999-0000-4FC8-AF97-D72CA6FFD08F"/></Graphs>
  <v:Settings><v:a/></v:Settings>
</Project>
"""
OTHERS = {
    "sources/p.png": b"\x89PNG\r\n",
    "sources/s.mp3": b"ID3",
    "sources/d.pdf": b"%PDF",
    "vendor/state.bin": b"\x00\x01",
}


def theirs(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("project.qde", THEIRS)
        archive.writestr("sources/a.txt", "\ufeff" + TEXT.replace("\n", "\r\n"))
        for name, content in OTHERS.items():
            archive.writestr(name, content)
    return path


def add(path: Path, to: Path, *bundles: Bundle) -> Any:
    documents = [one.document for one in bundles]
    return add_to(path, to, documents, lambda some: [one for one in bundles if one.document in some], CODES)


def paths_of(root: Any) -> dict[str, tuple[Any, ...]]:
    """Return each element of a tree, by its GUID or its path, with its name, attributes and text."""
    tree_ = root.getroottree()
    return {
        one.get("guid") or tree_.getpath(one): (one.tag, dict(one.attrib), (one.text or "").strip())
        for one in root.iter()
        if isinstance(one.tag, str)
    }


def test_all_that_was_in_a_project_stays_as_it_was(tmp_path: Path) -> None:
    before = Edited(theirs(tmp_path / "theirs.qdpx"))
    added = add(tmp_path / "theirs.qdpx", tmp_path / "ours.qdpx", made(), made(own="d9", path="absent.txt"))
    after = Edited(tmp_path / "ours.qdpx")
    assert list(after.files) == list(before.files)
    assert {name: content for name, content in after.files.items() if name != "project.qde"} == {
        name: content for name, content in before.files.items() if name != "project.qde"
    }
    was, now = paths_of(before.root), paths_of(after.root)
    named = {key: entry for key, entry in was.items() if not key.startswith("/")}
    assert {key: now.get(key) for key in named} == named
    vendor = [entry for entry in was.values() if VENDOR in entry[0]]
    assert [entry for entry in now.values() if VENDOR in entry[0]] == vendor
    assert b"<!-- kept -->" in after.files["project.qde"]
    assert (added.documents, added.codings, added.absent) == (1, 6, ["absent.txt"])


def test_our_codings_stand_on_their_words_with_their_codes(tmp_path: Path) -> None:
    one = made()
    more = replace(one, tags=[*one.tags, tag(one.passages[2], "equity", coder=MODEL, model_version=MODEL)])
    add(theirs(tmp_path / "theirs.qdpx"), tmp_path / "ours.qdpx", more)
    opened = Edited(tmp_path / "ours.qdpx")
    [coding] = opened.find("//q:Coding[q:CodeRef/@targetGUID='{AE6D04CE-D987-4FC8-AF97-D72CA6FFD08F}']")
    selection = coding.getparent()
    raw = opened.files["sources/a.txt"].decode("utf-8-sig").encode()
    words = as_nvivo_and_maxqda_read(raw, int(selection.get("startPosition")), int(selection.get("endPosition")))
    assert words == "Nobody knew who would follow the principal 🎈 of Elm School."
    assert [code.get("name") for code in opened.find("//q:Code")].count("Equity") == 0
    kinds = [etree.QName(child).localname for child in opened.find("//q:TextSource")[0]]
    assert kinds.index("NoteRef") == len(kinds) - 2


def test_adding_twice_is_adding_once(tmp_path: Path) -> None:
    add(theirs(tmp_path / "theirs.qdpx"), tmp_path / "once.qdpx", made())
    again = add(tmp_path / "once.qdpx", tmp_path / "twice.qdpx", made())
    assert again.replaced == 6
    assert again.codes == 0
    once, twice = (Edited(tmp_path / name) for name in ("once.qdpx", "twice.qdpx"))
    assert etree.tostring(once.root) == etree.tostring(twice.root)
    found = come_back(tmp_path / "twice.qdpx", outputs(tmp_path / "o", made()), CODES, RUBRIC, (), Asked())
    assert (found.decisions, found.same) == ([], 6)


@pytest.mark.parametrize("target", TARGETS)
def test_a_valid_project_stays_valid(target: Target, tmp_path: Path) -> None:
    project(tmp_path / "p.qdpx", made(), extent="certain", target=target)
    opened = Edited(tmp_path / "p.qdpx")
    for element in [*opened.find("//q:CodeBook"), *opened.find("//q:Users"), *opened.find("//q:PlainTextSelection")]:
        element.getparent().remove(element)
    opened.close(tmp_path / "bare.qdpx")
    added = add(tmp_path / "bare.qdpx", tmp_path / "q.qdpx", made())
    assert added.codings == 6
    assert schema().validate(Edited(tmp_path / "q.qdpx").root), schema().error_log


# Codebooks

SIGNS_OF_NAMES = st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters=":[") | st.just(" ")
TEXTS = (
    st.text(SIGNS_OF_NAMES, min_size=1, max_size=40)
    .map(lambda text: " ".join(text.split()))
    .filter(lambda text: bool(text) and not text.startswith(("-", "–", "•", "*")))
)


@st.composite
def codebooks(draw: st.DrawFn) -> Codebook:
    ids = draw(st.lists(st.from_regex("[a-z][a-z0-9_]{0,8}", fullmatch=True), min_size=1, max_size=4, unique=True))
    lists = st.lists(TEXTS, max_size=3)
    themes = [
        Theme(
            id=own, name=draw(TEXTS), definition=draw(TEXTS), include=draw(lists), exclude=draw(lists),
            examples=draw(lists), was=draw(st.lists(st.from_regex("old_[a-z]{1,5}", fullmatch=True), max_size=2)),
        )
        for own in ids
    ]  # fmt: skip
    return Codebook(version="1.0", themes=themes)


@settings(max_examples=40)
@given(book=codebooks())
@example(book=THEMES)
def test_a_codebook_comes_back_whole(book: Codebook, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("qdc")
    (folder / "c.qdc").write_bytes(to_qdc(tree.theme_codes(book)))
    read = read_codebook(folder / "c.qdc")
    assert read.codebook.themes == book.themes
    (folder / "c.yaml").write_text(to_yaml(read.codebook, "Made."), encoding="utf-8")
    assert codebook.load(folder / "c.yaml").themes == book.themes


def test_the_shipped_codebook_comes_back_whole(tools: Any, tmp_path: Path) -> None:
    (tmp_path / "c.qdc").write_bytes(to_qdc(tree.all_codes(tools.codebook, tools.rubric)))
    assert read_codebook(tmp_path / "c.qdc").codebook.themes == tools.codebook.themes


def test_a_codebook_of_another_program(tmp_path: Path) -> None:
    (tmp_path / "c.qdc").write_text(
        '<CodeBook xmlns="urn:QDA-XML:codebook:0:4" origin="ATLAS.ti"><Codes>'
        '<Code guid="{5215CC69-B628-4E02-AFB9-9BEEAEE55808}" name="Topics" isCodable="false">'
        '<Code guid="D7AA29DA-519B-4946-9B90-253B6DB8FD0A" name="Größe &amp; Zahl 2" isCodable="true">'
        "<Description>How large.\nInclude: size; number</Description>"
        '<Code guid="D7AA29DA-519B-4946-9B90-253B6DB8FD0B" name="größe / zahl 2" isCodable="true"/></Code></Code>'
        '</Codes><Sets><Set guid="D7AA29DA-519B-4946-9B90-253B6DB8FD0C" name="s"/></Sets></CodeBook>',
        encoding="utf-8",
    )
    read = read_codebook(tmp_path / "c.qdc")
    first, second = read.codebook.themes
    assert (first.id, first.definition, first.include) == ("grosse_zahl_2", "How large.", ["size", "number"])
    assert (second.id, second.definition) == ("grosse_zahl_2_2", "größe / zahl 2.")
    assert (read.groups, read.bare, read.sets) == (["Topics"], ["größe / zahl 2"], 1)


@pytest.mark.parametrize("content", ["", "<a/>", '<CodeBook xmlns="urn:QDA-XML:codebook:1.0"/>'])
def test_a_file_that_is_no_codebook(content: str, tmp_path: Path) -> None:
    (tmp_path / "c.qdc").write_text(content)
    with pytest.raises(PipelineError):
        read_codebook(tmp_path / "c.qdc")


def test_names_of_codes_are_used_once() -> None:
    book = Codebook(version="1", themes=[Theme(id="discussion", name="Discussion", definition="Talk.")])
    names = [code.name for code in tree.all_codes(book, RUBRIC)]
    assert len(names) == len({name.lower() for name in names})
    assert {"Discussion", "Discussion (segment)"} <= set(names)


def test_a_deep_tree_of_codes_is_read_to_its_end() -> None:
    top = etree.Element(tag_of("Codes"), nsmap={None: PROJECT})
    below = top
    for n in range(100):
        below = etree.SubElement(
            below, tag_of("Code"), {"guid": guid("x", str(n)), "name": str(n), "isCodable": "true"}
        )
    below.set("name", "Equity")
    codes = reading.codes_below(top)
    assert (len(codes), codes[-1].path[-2:]) == (100, ("98", "Equity"))
    assert ours_among(codes, CODES)[guid("x", "99")] == "theme:equity"
