"""Codings as W3C Web Annotations: their form, the words that they point at, and what people add comes back."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from builders import (
    bundle,
    codebook,
    document,
    mapping,
    passages,
    quote,
    recorded,
    rubric,
    segment,
    tag,
    theme_decision,
)
from click.testing import CliRunner, Result
from exchanging import SOME, made_of, written
from hypothesis import given

from pipeline.cli import main
from pipeline.corrections import log
from pipeline.errors import PipelineError
from pipeline.exchange import web_annotation as web
from pipeline.exchange import web_annotation_reading as back
from pipeline.exchange.codings import codes, codings
from pipeline.records import Bundle

CODES = codebook("succession", "equity")
TREE = {code.id: code for code in codes(CODES, rubric({"Shared work": {"12": ["12b"]}}))}

IRI = {"type": "string", "pattern": r"^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+$"}
TEXT: dict[str, Any] = {"type": "string"}
OFFSET: dict[str, Any] = {"type": "integer", "minimum": 0}
AGENT = {
    "type": "object",
    "required": ["id", "type"],
    "properties": {"id": IRI, "type": {"enum": ["Person", "Software"]}},
}
ANNOTATION: dict[str, Any] = {
    "type": "object",
    "required": ["id", "type", "target"],
    "properties": {
        "id": IRI,
        "type": {"const": "Annotation"},
        "motivation": {"enum": ["classifying", "highlighting"]},
        "creator": AGENT,
        "generator": AGENT,
        "created": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"},
        "body": {
            "type": "array",
            "items": {
                "oneOf": [
                    {
                        "required": ["type", "purpose", "value"],
                        "properties": {
                            "type": {"const": "TextualBody"},
                            "purpose": {"enum": ["tagging", "describing"]},
                            "value": {"type": "string"},
                            "format": {"const": "text/plain"},
                        },
                        "additionalProperties": False,
                    },
                    {
                        "required": ["type", "purpose", "source"],
                        "properties": {
                            "type": {"const": "SpecificResource"},
                            "purpose": {"const": "classifying"},
                            "source": IRI,
                        },
                        "additionalProperties": False,
                    },
                ]
            },
        },
        "target": {
            "required": ["type", "source", "selector"],
            "properties": {
                "type": {"const": "SpecificResource"},
                "source": {"required": ["id"], "properties": {"id": IRI, "format": {"type": "string"}}},
                "selector": {
                    "type": "array",
                    "prefixItems": [
                        {
                            "required": ["type", "exact"],
                            "properties": {
                                "type": {"const": "TextQuoteSelector"},
                                **dict.fromkeys(("exact", "prefix", "suffix"), TEXT),
                            },
                            "additionalProperties": False,
                        },
                        {
                            "required": ["type", "start", "end"],
                            "properties": {
                                "type": {"const": "TextPositionSelector"},
                                **dict.fromkeys(("start", "end"), OFFSET),
                            },
                            "additionalProperties": False,
                        },
                    ],
                    "minItems": 2,
                    "maxItems": 2,
                },
            },
        },
    },
    "patternProperties": {"^pop:": {}},
    "additionalProperties": False,
}
"""What the model (REC-annotation-model-20170223) asks of an annotation, as far as ours have it."""


def meeting() -> Bundle:
    doc = document("Staffing\n\nAna Ruiz said, “We share the work.”\n\nNobody knew who would follow the principal.")
    heading, said, last = passages(doc)
    words = quote(said, "We share the work.", speaker="Ana Ruiz", cue="said")
    human = tag(last, "equity", 1.0, source="human", coder="ben", model_version=None, grade=2)
    return bundle(
        doc,
        segments=[segment([heading, said, last])],
        quotes=[words],
        tags=[tag(said, "equity", 0.9), tag(last, "succession", 0.5, decision="review"), human],
        mappings=[mapping(words, "12b", 0.8)],
    )


def sent(one: Bundle, **asked: Any) -> list[dict[str, Any]]:
    ben = theme_decision(one.document, one.passages[-1], {"equity": 2}, coder="ben")
    return list(web.annotations(one, TREE, web.times_of(recorded(ben)), **asked))


@pytest.mark.parametrize("base", [web.BASE, "https://study.example/"])
def test_every_annotation_is_as_the_model_asks(base: str) -> None:
    found = sent(meeting(), base=base)
    for one in found:
        jsonschema.validate(one, ANNOTATION)
        assert one["id"].startswith(f"{base}annotation/")
    assert len({one["id"] for one in found}) == len(found) == 6


def test_a_collection_holds_all_on_one_page() -> None:
    made = json.loads(web.collection(sent(meeting())))
    assert made["@context"][0] == "http://www.w3.org/ns/anno.jsonld"
    assert (made["type"], made["total"], len(made["first"]["items"])) == ("AnnotationCollection", 6, 6)
    assert made["first"]["partOf"] == made["id"]
    assert json.loads(web.collection([])).keys() == {"@context", "id", "type", "label", "total"}


def test_each_line_is_complete() -> None:
    for line in web.lines(sent(meeting())).splitlines():
        one = json.loads(line)
        assert one.pop("@context")[0] == "http://www.w3.org/ns/anno.jsonld"
        jsonschema.validate(one, ANNOTATION)


@given(texts=SOME)
def test_selectors_point_at_the_words(texts: list[str]) -> None:
    doc = made_of(texts)
    text = doc.document.text
    made = json.loads(web.collection(sent(doc)))["first"]["items"]
    assert len(made) == len(codings(doc))
    for one in made:
        words, place = one["target"]["selector"]
        assert text[place["start"] : place["end"]] == words["exact"]
        assert text[: place["start"]].endswith(words["prefix"])
        assert text[place["end"] :].startswith(words["suffix"])


@given(texts=SOME)
def test_what_is_read_back_is_what_was_sent(texts: list[str]) -> None:
    doc = made_of(texts)
    for content in (web.collection(sent(doc)), web.lines(sent(doc))):
        found = [(one.start, one.end, one.exact, tuple(one.labels)) for one in back.read(content)]
        themes = [(one, one.code.partition(":")) for one in codings(doc)]
        assert found == [
            (one.start, one.end, one.text, (name,) if kind == "theme" else ()) for one, (kind, _, name) in themes
        ]


def test_who_made_it_and_when() -> None:
    made = {(one["creator"]["type"], one["creator"]["name"], one.get("created")) for one in sent(meeting())}
    assert ("Person", "ben", "2026-11-22T10:00:01Z") in made
    assert all(at is None for kind, _, at in made if kind == "Software")


def of_person(exact: str, *, selectors: list[dict[str, Any]] | None = None, **changes: Any) -> bytes:
    known = {
        "type": "Annotation",
        "creator": {"type": "Person", "name": "Ana"},
        "body": {"type": "TextualBody", "purpose": "tagging", "value": "succession"},
        "target": {
            "source": {"id": "https://else.example/x", "pop:path": "d1.txt"},
            "selector": selectors or [{"type": "TextQuoteSelector", "exact": exact, "prefix": "", "suffix": ""}],
        },
    }
    return json.dumps(known | changes).encode()


LAST = "Nobody knew who would follow the principal."
QUOTE = {"type": "TextQuoteSelector", "exact": LAST}
POSITION = {"type": "TextPositionSelector", "start": 900, "end": 943}


@pytest.mark.parametrize(
    ("content", "themes"),
    [
        (of_person(LAST), [("d1-p2", {"succession": 2})]),
        (of_person("who would follow"), [("d1-p2", {"succession": 2})]),
        (of_person("", selectors=[{**QUOTE, "exact": LAST}, POSITION]), [("d1-p2", {"succession": 2})]),
        (of_person("Nobody knew who will follow the principal!"), []),
        (of_person("We share the work.", **{"pop:grade": 1}), [("d1-p1", {"succession": 1})]),
        (of_person(LAST, creator="https://people.example/ana"), [("d1-p2", {"succession": 2})]),
        (of_person(LAST, body="succession", motivation="tagging"), [("d1-p2", {"succession": 2})]),
        (of_person(LAST, body={"type": "TextualBody", "purpose": "commenting", "value": "succession"}), []),
        (of_person(LAST, target={"source": "https://x.example", "selector": QUOTE}), [("d1-p2", {"succession": 2})]),
        (of_person("Words that nobody said."), []),
    ],
)  # fmt: skip
def test_what_people_annotate_comes_back(content: bytes, themes: list[Any], tmp_path: Path) -> None:
    outputs = written(tmp_path, meeting())
    answers = back.read(content)
    who = {one.coder: "ana" for one in answers}
    outcome = back.decide(answers, outputs, CODES, who, [])
    assert [(one.record_id, one.themes) for one in outcome.decisions] == themes
    assert all(one.asked == ["succession"] for one in outcome.decisions)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[1]",
        b'{"type": "Note"}',
        b'{"type": "AnnotationCollection", "first": "https://x.example/1"}',
        b"\xff",
    ],
)
def test_what_is_no_annotation_is_refused(content: bytes) -> None:
    with pytest.raises(PipelineError):
        back.read(content)


def call(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.mark.parametrize("name", ["a.jsonld", "a.jsonl"])
def test_there_and_back_by_command(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.privacy.sending.leaks_in", lambda *_: [])
    outputs, labels, path = written(tmp_path / "o", meeting()), tmp_path / "labels", tmp_path / name
    assert call("export", "web-annotation", "-o", path, "--outputs", outputs).exit_code == 0
    first = call("import", "web-annotation", path, "--outputs", outputs, "--labels", labels)
    assert first.exit_code == 0, first.stderr
    assert "1 decision added (1 of ben), 0 as before, 5 not judged" in first.stderr
    second = call("import", "web-annotation", path, "--outputs", outputs, "--labels", labels)
    assert "0 decisions added, 1 as before" in second.stderr
    [one] = log.read(labels / "ben.jsonl").decisions
    assert one.themes == {"equity": 2}  # type: ignore[union-attr]


@pytest.mark.parametrize("base", ["example.org", "https://x.example", "urn:x y:", "javascript:"])
def test_a_base_must_be_one(base: str, tmp_path: Path) -> None:
    found = call("export", "web-annotation", "-o", tmp_path / "a.jsonld", "--base", base)
    assert found.exit_code == 2
