"""Codings as W3C Web Annotations (https://www.w3.org/TR/annotation-model/): JSON-LD that any such tool reads.

    {"type": "Annotation", "motivation": "classifying", "creator": {"type": "Software", "name": "themes-…"},
     "body": [{"type": "SpecificResource", "purpose": "classifying", "source": "urn:x-pop:code/theme:succession"}, …],
     "target": {"source": {"id": "urn:x-pop:document/…", …},
                "selector": [{"type": "TextQuoteSelector", "exact": "Nobody knew who …", "prefix": …, "suffix": …},
                             {"type": "TextPositionSelector", "start": 494, "end": 806}]}}

Positions count code points of the document's canonical text, as the model asks. `created` is told of what people
decided; when a model worked is not, so that the same outputs give the same bytes.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote as percent

import msgspec

from pipeline.corrections.decisions import CONTEXT
from pipeline.corrections.folder import Recorded
from pipeline.exchange.codings import Code, Coding, codings
from pipeline.forms.safe import escaped_json
from pipeline.records import Bundle, Document
from pipeline.version import __version__

CONTEXT_IRI: Final = "http://www.w3.org/ns/anno.jsonld"
BASE: Final = "urn:x-pop:"
"""Begins all names that are made here, unless somebody has a web address of their own for them."""


def annotations(
    bundle: Bundle,
    codes: Mapping[str, Code],
    times: Mapping[tuple[str, str], str],
    *,
    base: str = BASE,
    review: bool = True,
) -> Iterator[dict[str, Any]]:
    """Yield an annotation for each coding of a document, in the order of its text.

    Args:
        bundle: with all its records.
        codes: by their ids.
        times: of the decisions of people, by coder and passage.
        base: what all names begin with.
        review: also what a model left for review.
    """
    for one in codings(bundle, review=review):
        yield _annotation(one, bundle.document, codes.get(one.code), times, base)


def collection(made: Iterable[dict[str, Any]], *, base: str = BASE) -> bytes:
    """Return all annotations as one collection with a single page."""
    items = list(made)
    own, page = f"{base}annotations", f"{base}annotations/1"
    first = {"id": page, "type": "AnnotationPage", "partOf": own, "startIndex": 0, "items": items}
    whole: dict[str, Any] = {
        "@context": _context(base),
        "id": own,
        "type": "AnnotationCollection",
        "label": "Codings of problems of practice",
        "total": len(items),
    }
    if items:
        whole |= {"first": first, "last": page}
    return escaped_json(msgspec.json.format(msgspec.json.encode(whole), indent=1)) + b"\n"


def lines(made: Iterable[dict[str, Any]], *, base: str = BASE) -> bytes:
    """Return an annotation a line, each complete in itself."""
    context = {"@context": _context(base)}
    return b"".join(escaped_json(msgspec.json.encode(context | one)) + b"\n" for one in made)


def times_of(recorded: Iterable[Recorded]) -> dict[tuple[str, str], str]:
    """Return when people decided, by coder and the record that they decided on."""
    return {(one.judgement.coder, one.judgement.record_id): one.judgement.at for one in recorded}


def iri(base: str, kind: str, name: str) -> str:
    """Return the name of a thing: "urn:x-pop:code/theme:succession"."""
    return f"{base}{kind}/{percent(name, safe=':')}"


def _context(base: str) -> list[Any]:
    return [CONTEXT_IRI, {"pop": f"{base}term/"}]


def _annotation(
    one: Coding, document: Document, code: Code | None, times: Mapping[tuple[str, str], str], base: str
) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": iri(base, "annotation", one.id),
        "type": "Annotation",
        "motivation": "highlighting" if one.code == "quote" else "classifying",
        "creator": _creator(one, base),
        "generator": {"id": f"{base}program", "type": "Software", "name": f"Problems of Practice {__version__}"},
        "body": _bodies(one, code, base),
        "target": _target(one, document, base),
        "pop:decision": one.decision,
        "pop:record": one.record_id,
    }
    at = times.get((one.coder, one.passage_id or "")) if one.source == "human" else None
    told = {"created": at, "pop:p": one.p, "pop:grade": one.grade, "pop:passage": one.passage_id}
    return made | {name: value for name, value in told.items() if value is not None}


def _creator(one: Coding, base: str) -> dict[str, str]:
    kind = "Person" if one.source == "human" else "Software"
    return {"id": iri(base, "coder", one.coder), "type": kind, "name": one.coder}


def _bodies(one: Coding, code: Code | None, base: str) -> list[dict[str, str]]:
    """Return the code by its name here, the same in words, and the note."""
    source = {"type": "SpecificResource", "purpose": "classifying", "source": iri(base, "code", one.code)}
    tag = {
        "type": "TextualBody",
        "purpose": "tagging",
        "value": code.name if code else one.code,
        "format": "text/plain",
    }
    note = {"type": "TextualBody", "purpose": "describing", "value": one.note, "format": "text/plain"}
    return [source, tag, *([note] if one.note else [])]


def _target(one: Coding, document: Document, base: str) -> dict[str, Any]:
    source = {
        "id": iri(base, "document", document.id),
        "type": "Text",
        "format": "text/plain",
        "pop:path": document.path,
        "pop:sha256": document.sha256,
    }
    text = document.text
    words = {
        "type": "TextQuoteSelector",
        "exact": one.text,
        "prefix": text[max(0, one.start - CONTEXT) : one.start],
        "suffix": text[one.end : one.end + CONTEXT],
    }
    position = {"type": "TextPositionSelector", "start": one.start, "end": one.end}
    return {"type": "SpecificResource", "source": source, "selector": [words, position]}
