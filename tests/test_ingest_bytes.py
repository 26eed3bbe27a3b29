"""Files as they come: bytes to a document and its passages, or a refusal that says what to do."""

import os
import pickle
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.config import Settings
from pipeline.errors import ErrorCode, PipelineError
from pipeline.records import Document, Passage, Severity
from pipeline.stages.ingest import content_now, ingest_bytes, ingest_content, ingest_file

SETTINGS = Settings()
TEXT = (
    "Fall Retreat\n\nMay 4, 2016\n\nThe nine superintendents met at the depot; José Rué said, “We lead.” They left "
    "at noon, and nobody had counted the buses.\n\nWho Drives?\n\nThe drivers were asked last — as they had been every "
    "year since the bridge was closed to them by the county.\n"
)


@pytest.fixture
def nobody() -> Iterator[None]:
    """Drop the rights of the superuser, who may read everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


# --- what is read ----------------------------------------------------------------------------------------------------


def test_a_document_and_its_passages() -> None:
    document, passages, warnings = ingest_bytes(TEXT.encode(), "2016/Fall Retreat.txt")
    assert (document.title, document.date_start, document.date_end) == ("Fall Retreat", "2016-05-04", "2016-05-04")
    assert (document.path, document.media_type) == ("2016/Fall Retreat.txt", "text/plain")
    assert document.n_passages == len(passages) == 5
    assert [passage.kind for passage in passages] == ["heading", "paragraph", "paragraph", "heading", "paragraph"]
    assert [passage.index for passage in passages] == list(range(5))
    assert {passage.document_id for passage in passages} == {document.id}
    assert warnings == []


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "mac_roman"])
def test_every_encoding_gives_the_same_passages(codec: str) -> None:
    wanted = [passage.text for passage in ingest_bytes(TEXT.encode(), "a.txt")[1]]
    _, passages, warnings = ingest_bytes(TEXT.encode(codec), "a.txt")
    assert [passage.text for passage in passages] == wanted
    assert len(warnings) == (not codec.startswith("utf-8"))


def test_latin_1_is_read_with_a_warning(tmp_path: Path) -> None:
    words = "Réunion d’automne. The café by the depot was closed. " * 3
    (tmp_path / "a.txt").write_bytes(words.replace("’", "'").encode("latin-1"))
    result = ingest_file(tmp_path, "a.txt", settings=SETTINGS)
    assert result.document is not None
    assert "café" in result.document.text
    [warning] = result.refusals
    assert (warning.severity, warning.error) == (Severity.WARNING, ErrorCode.ENCODING)
    assert "What to do" in warning.message


@pytest.mark.parametrize("ending", ["\r\n", "\r", "\n"])
def test_line_endings_make_no_difference(ending: str) -> None:
    document, _, _ = ingest_bytes(TEXT.replace("\n", ending).encode(), "a.txt")
    assert document.text == ingest_bytes(TEXT.encode(), "a.txt")[0].text
    assert "\r" not in document.text


def test_form_feeds_are_page_breaks_and_no_text() -> None:
    document, _, _ = ingest_bytes(TEXT.replace("\n\nWho", "\n\f\nWho").encode(), "a.txt")
    assert document.text == ingest_bytes(TEXT.encode(), "a.txt")[0].text


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.TXT", TEXT, "text/plain"),
        ("a.md", "# Fall Retreat\n\nText.", "text/markdown"),
        ("a.markdown", "# Fall Retreat\n\nText.", "text/markdown"),
        ("a.html", "<h1>Fall Retreat</h1><p>The buses were late.</p>", "text/html"),
    ],
)
def test_the_ending_chooses_the_reader(name: str, content: str, media_type: str) -> None:
    document, passages, _ = ingest_bytes(content.encode(), name)
    assert document.media_type == media_type
    assert passages[0].text == "Fall Retreat"


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.txt", b"", ErrorCode.EMPTY_FILE),
        ("blank.txt", b" \n\t\n", ErrorCode.EMPTY_FILE),
        ("empty.pdf", b"", ErrorCode.EMPTY_FILE),
        ("rule.txt", b"-----\n", ErrorCode.NO_TEXT),
        ("comment.md", b"<!-- nothing -->", ErrorCode.NO_TEXT),
        ("bare.html", b"<html><body></body></html>", ErrorCode.NO_TEXT),
        ("photo.txt", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 8, ErrorCode.BINARY_FILE),
        ("broken.pdf", b"%PDF-1.7\nbroken", ErrorCode.DAMAGED_FILE),
        ("broken.docx", b"PK\x03\x04broken", ErrorCode.DAMAGED_FILE),
        ("tape.mp3", b"ID3", ErrorCode.UNKNOWN_FORMAT),
        ("README", b"words", ErrorCode.UNKNOWN_FORMAT),
    ],
)
def test_refused(tmp_path: Path, name: str, content: bytes, code: ErrorCode) -> None:
    (tmp_path / name).write_bytes(content)
    result = ingest_file(tmp_path, name, settings=SETTINGS)
    assert (result.document, result.passages) == (None, [])
    [refusal] = result.refusals
    assert (refusal.path, refusal.stage, refusal.error, refusal.severity) == (name, "ingest", code, Severity.REFUSED)
    assert all(part in refusal.message for part in ("Found: ", "Expected: ", "What to do: "))


@pytest.mark.usefixtures("nobody")
def test_a_file_without_permission() -> None:
    with tempfile.TemporaryDirectory() as folder:  # tmp_path would belong to the superuser
        path = Path(folder, "a.txt")
        path.write_text(TEXT, encoding="utf-8")
        path.chmod(0)
        [refusal] = ingest_file(Path(folder), "a.txt", settings=SETTINGS).refusals
    assert (refusal.error, refusal.severity) == (ErrorCode.UNREADABLE, Severity.REFUSED)
    assert "Permission denied" in refusal.message
    assert "chmod" in refusal.message


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    [refusal] = ingest_file(tmp_path, "gone.txt", settings=SETTINGS).refusals
    assert refusal.error == ErrorCode.UNREADABLE


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    settings = msgspec.structs.replace(SETTINGS, max_file_bytes=100)
    [refusal] = ingest_file(tmp_path, "a.txt", settings=settings).refusals
    assert refusal.error == ErrorCode.TOO_LARGE
    assert "at most 100 bytes" in refusal.message


def test_a_fault_in_the_program_is_reported_and_with_pop_debug_raised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(content: bytes, path: str, settings: Settings) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr("pipeline.stages.ingest.ingest_bytes", fail)
    monkeypatch.delenv("POP_DEBUG", raising=False)
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    [refusal] = ingest_file(tmp_path, "a.txt", settings=SETTINGS).refusals
    assert refusal.error == ErrorCode.UNEXPECTED
    assert "ZeroDivisionError" in refusal.message
    monkeypatch.setenv("POP_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        ingest_file(tmp_path, "a.txt", settings=SETTINGS)


# --- ids -------------------------------------------------------------------------------------------------------------


def test_ids_follow_from_path_and_content_alone() -> None:
    def ids(content: str, path: str) -> list[str]:
        document, passages, _ = ingest_bytes(content.encode(), path)
        return [document.id, *(passage.id for passage in passages)]

    assert ids(TEXT, "a.txt") == ids(TEXT, "a.txt")
    assert len(set(ids(TEXT, "a.txt"))) == len(ids(TEXT, "a.txt"))
    assert not set(ids(TEXT, "a.txt")) & set(ids(TEXT, "b/a.txt"))
    assert not set(ids(TEXT, "a.txt")) & set(ids(TEXT + "More.", "a.txt"))


@pytest.mark.parametrize("path", ["Überblick (2).txt", "会議.txt", "a" * 200 + ".txt", "--.txt"])
def test_any_file_name_gives_an_id(path: str) -> None:
    assert ingest_bytes(TEXT.encode(), path)[0].id.isascii()


# --- properties ------------------------------------------------------------------------------------------------------


def _require_slices(document: Document, passages: list[Passage]) -> None:
    assert document.n_passages == len(passages)
    end = -2
    for passage in passages:
        assert document.text[passage.start : passage.end] == passage.text != ""
        assert passage.start == end + 2
        assert (passage.level is not None) == (passage.kind == "heading")
        end = passage.end
    assert end == len(document.text)


_LINE = st.sampled_from(
    [
        "",
        "NEXT STEPS",
        "Who Drives?",
        "The nine superintendents met at the depot, and nobody had counted the buses that were to bring them",
        "home again.",
        "  • a bus",
        "- a coach",
        "Ida Lund: We tried.",
        "Supt. Vance: When?",
        "Project Dates: 2012–2014",
        "May 4, 2016",
        "Name\tTown",
        "— A principal",
        "“We kept the list.",
        "12",
        "\f",
        "# Mark",
        "> said",
        "| a | b |",
        "|---|---|",
        "Elk Prairie, Montana",
    ]
)


@settings(deadline=None)
@given(st.one_of(st.text(), st.lists(_LINE, max_size=25).map("\n".join)), st.sampled_from(["a.txt", "a.md"]))
def test_any_text_is_read_or_refused(text: str, path: str) -> None:
    try:
        document, passages, _ = ingest_bytes(text.encode("utf-8", "surrogatepass"), path)
    except PipelineError:
        return
    _require_slices(document, passages)
    again = ingest_bytes(text.encode("utf-8", "surrogatepass"), path)
    assert (document, passages) == again[:2]


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["a.txt", "a.md", "a.html", "a.docx"]))
def test_any_bytes_are_read_or_refused(content: bytes, path: str) -> None:
    try:
        document, passages, _ = ingest_bytes(content, path)
    except PipelineError:
        return
    _require_slices(document, passages)


@pytest.mark.parametrize("name", ["a.txt", "b.xyz", "gone.txt"])
def test_what_a_file_holds_can_be_sent_elsewhere(tmp_path: Path, name: str) -> None:
    for there in ("a.txt", "b.xyz"):
        (tmp_path / there).write_text("The group met in May and read three lessons together.", "utf-8")
    content = pickle.loads(pickle.dumps(content_now(tmp_path / name, SETTINGS)))
    here = ingest_file(tmp_path, name, settings=SETTINGS)
    for path in tmp_path.iterdir():
        path.unlink()
    assert ingest_content(content, name, SETTINGS) == here
    assert bool(here.refusals) == (name != "a.txt")
