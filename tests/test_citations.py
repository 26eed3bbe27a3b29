"""Citations as BibTeX and CSL-JSON: read back by others, valid, and with the place where a quote stands."""

import json
from pathlib import Path
from typing import Any

import bibtexparser
import jsonschema
import pytest
from builders import bundle, document, passages, quote, speaker
from click.testing import CliRunner, Result
from exchanging import WORDS, written
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cli import main
from pipeline.exchange.citations.bibtex import escape, to_bibtex, unescape
from pipeline.exchange.citations.csl import to_csl
from pipeline.exchange.citations.entries import Entry, entries, text_fragment
from pipeline.records import Bundle, DocumentKind

TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
NAME: dict[str, Any] = {
    "type": "object",
    "properties": dict.fromkeys(("family", "given", "literal"), TEXT),
    "anyOf": [{"required": ["literal"]}, {"required": ["family"]}],
    "additionalProperties": False,
}
CSL = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["type", "id"],
        "properties": {
            "type": {"enum": ["report", "document", "article-newspaper"]},
            "id": {"type": "string"},
            "author": {"type": "array", "items": NAME},
            "issued": {
                "required": ["date-parts"],
                "properties": {
                    "date-parts": {
                        "type": "array",
                        "minItems": 1,
                        "maxItems": 2,
                        "items": {"type": "array", "minItems": 1, "maxItems": 3, "items": {"type": "integer"}},
                    }
                },
                "additionalProperties": False,
            },
            **dict.fromkeys(("title", "event-place", "genre", "page", "URL", "abstract", "note"), TEXT),
        },
        "additionalProperties": False,
    },
}
"""What the CSL-JSON schema (1.0.2) allows, as far as ours has it."""


def meeting(**changes: Any) -> Bundle:
    doc = document(
        "Staffing\n\nAna Ruiz said, “We share the work, and 5% of {it} is R&D.”",
        **{"id": "spring-1a2b3c4d", "title": "Holding On", "authors": ["Tess Vogt", "Board, Elm & Oak"],
           "kind": "meeting_summary", "date_start": "2014-10-09", "date_end": "2014-10-10", "place": "Elm", **changes},
    )  # fmt: skip
    _, said = passages(doc)
    ana = speaker(said, "Ana Ruiz", role="principal")
    words = quote(said, "We share the work, and 5% of {it} is R&D.", speaker=ana, id="spring-1a2b3c4d:q0000")
    return bundle(doc, quotes=[words])


def parsed(made: bytes) -> list[tuple[str, str, dict[str, str]]]:
    library = bibtexparser.parse_string(made.decode())
    assert library.failed_blocks == []
    return [(one.entry_type, one.key, {f.key: f.value for f in one.fields}) for one in library.entries]


def test_a_document_and_its_quote_in_bibtex() -> None:
    (kind, key, told), (_, of_quote, cited) = parsed(to_bibtex(entries([meeting()], quotes=True)))
    assert (kind, key, of_quote) == ("unpublished", "vogt2014-1a2b3c4d", "vogt2014-1a2b3c4d-q0000")
    assert told["title"] == "{Holding On}"
    assert told["author"] == r"Tess Vogt and {Board, Elm \& Oak}"
    assert (told["date"], told["year"], told["address"]) == ("2014-10-09/2014-10-10", "2014", "Elm")
    assert cited["annote"] == r"We share the work, and 5\% of \textbraceleft{}it\textbraceright{} is R\&D."
    note = unescape(cited["note"])
    assert "Speaker: Ana Ruiz, principal. At para. 2, characters 26–67. Record: spring-1a2b3c4d:q0000" in note
    assert meeting().document.sha256 in note


def test_the_same_in_csl() -> None:
    made = json.loads(to_csl(entries([meeting()], quotes=True)))
    jsonschema.validate(made, CSL)
    first, cited = made
    assert (first["id"], first["type"], first["genre"]) == ("vogt2014-1a2b3c4d", "report", "Meeting summary")
    assert first["author"] == [{"family": "Vogt", "given": "Tess"}, {"literal": "Board, Elm & Oak"}]
    assert first["issued"] == {"date-parts": [[2014, 10, 9], [2014, 10, 10]]}
    assert cited["abstract"] == "We share the work, and 5% of {it} is R&D."


def test_a_page_and_an_address_stand_with_the_quote() -> None:
    one = meeting(metadata={"url": "https://example.org/spring#top"})
    paged = Bundle(document=one.document, passages=[one.passages[0], *_on_page(one, 3)], quotes=one.quotes)
    _, cited = json.loads(to_csl(entries([paged], quotes=True)))
    assert cited["page"] == "3"
    assert cited["URL"].startswith("https://example.org/spring#:~:text=We%20share%20the")


def _on_page(one: Bundle, page: int) -> list[Any]:
    return passages(one.document)[1:] if page is None else [_with(passages(one.document)[1], page=page)]


def _with(record: Any, **changes: Any) -> Any:
    return type(record)(**{name: getattr(record, name) for name in record.__struct_fields__} | changes)


@pytest.mark.parametrize(
    ("words", "fragment"),
    [
        ("we share-it, a & b", ":~:text=we%20share%2Dit%2C%20a%20%26%20b"),
        (" ".join("abcdefghijklmnop"), ":~:text=a%20b%20c%20d%20e%20f,k%20l%20m%20n%20o%20p"),
    ],
)
def test_a_text_fragment_leads_to_the_words(words: str, fragment: str) -> None:
    assert text_fragment(words) == fragment


@pytest.mark.parametrize(
    "kind", ["meeting_summary", "minutes", "transcript", "program", "news", "report", "rubric", "other"]
)
@pytest.mark.parametrize("authors", [[], ["Tess Vogt"]])
def test_every_kind_of_document_is_cited(kind: DocumentKind, authors: list[str]) -> None:
    one = meeting(kind=kind, authors=authors, title=None, date_start=None, date_end=None, place=None)
    [(found, _, told)] = parsed(to_bibtex(entries([one], quotes=False)))
    assert found in {"unpublished", "misc", "booklet", "manual"}
    assert (found == "unpublished") <= ("author" in told)
    jsonschema.validate(json.loads(to_csl(entries([one], quotes=False))), CSL)


def test_keys_are_never_twice_the_same() -> None:
    twice = [meeting(), meeting(path="other.txt")]
    keys = [one.key for one in entries(twice, quotes=True)]
    assert len(set(keys)) == 4


@given(WORDS)
def test_what_is_escaped_comes_back(text: str) -> None:
    assert unescape(escape(text)) == " ".join("".join(" " if ord(c) < 32 or c == "\x7f" else c for c in text).split())


@given(title=WORDS, author=WORDS, words=WORDS)
def test_others_read_hard_words(title: str, author: str, words: str) -> None:
    one = Entry(
        key="k", id="d", kind="report", title=title, authors=[author], date_start=None, date_end=None, place=None,
        path="p", sha256="0", url=None, words=words,
    )  # fmt: skip
    [(_, key, told)] = parsed(to_bibtex([one]))
    assert key == "k"
    spaced = escape(words)
    assert told.get("annote", "") == spaced
    assert json.loads(to_csl([one]))[0]["abstract"] == words


@given(st.text(max_size=30))
def test_braces_always_close(text: str) -> None:
    assert escape(text).count("{") == escape(text).count("}")


def call(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_one_quote_by_its_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.privacy.sending.leaks_in", lambda *_: [])
    outputs, path = written(tmp_path / "o", meeting()), tmp_path / "c.bib"
    found = call("export", "bibtex", "-o", path, "--outputs", outputs, "--id", "spring-1a2b3c4d:q0000")
    assert (found.exit_code, "0 documents, 1 quotes" in found.stderr) == (0, True)
    assert [key for _, key, _ in parsed(path.read_bytes())] == ["vogt2014-1a2b3c4d-q0000"]
    unknown = call("export", "csl", "-o", tmp_path / "c.json", "--outputs", outputs, "--id", "gone")
    assert unknown.exit_code == 2
