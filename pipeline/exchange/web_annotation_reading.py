"""W3C Web Annotations that people made or changed, as decisions about themes.

    creator Person "ana", body "succession", target "Nobody knew who …"  → themes {succession: 2}, asked [succession]

An annotation says that a theme is there, and nothing of other themes. What a program made says nothing. The words
decide where it belongs, whatever became of the positions.
"""

import codecs
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import msgspec

from pipeline import jsonl
from pipeline.bundles import bundles
from pipeline.codebook import Codebook
from pipeline.corrections.anchoring import FEWEST_LETTERS, Text, find_changed, find_words, fold
from pipeline.corrections.decisions import CONTEXT, Anchor, Judgement
from pipeline.exchange.annotation.answers import Outcome, merge
from pipeline.exchange.annotation.reading import decoded, decoded_lines, refused, text_of, utc, whole
from pipeline.exchange.annotation.tasks import themes_of
from pipeline.exchange.returning import UNKNOWN_TIME, Verdict, by_document, decisions, passages_at
from pipeline.learning.labels import Grade
from pipeline.records import Bundle, is_coded

_WHAT = "a file of web annotations"
_PURPOSES = frozenset({"tagging", "classifying", "identifying", "linking"})


class WebAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An annotation. `document`: path or id; "": not told. `labels`: of themes. `is_judged`: a person made it.

    `exact`, `prefix`, `suffix`: the words; `start`, `end`: where they stood, -1 where that is not told.
    """

    place: str
    document: str
    labels: list[str]
    exact: str = ""
    prefix: str = ""
    suffix: str = ""
    start: int = -1
    end: int = -1
    grade: Grade | None = None
    coder: str | None = None
    is_judged: bool = True
    at: str = UNKNOWN_TIME


class _Known(msgspec.Struct, frozen=True):
    id: str
    path: str


def read(content: bytes) -> list[WebAnswer]:
    """Read a collection, a page, a list of annotations, a single one, or one a line.

    Raises:
        PipelineError: it is none of these.
    """
    return [_answer(one, number) for number, one in enumerate(_annotations(content), start=1)]


def decide(
    answers: Sequence[WebAnswer],
    outputs: Path,
    codebook: Codebook,
    coders: dict[str | None, str],
    standing: Sequence[Judgement],
) -> Outcome:
    """Turn annotations into decisions; arguments as in `answers.decide`.

    Raises:
        PipelineError: the outputs cannot be read.
    """
    outcome = Outcome(n_answers=len(answers), n_skipped=sum(not one.is_judged for one in answers))
    known = list(jsonl.read(outputs / "documents.jsonl", _Known))
    names = {name for one in known for name in (one.path, one.id)}
    left, before = [one for one in answers if one.is_judged], by_document(standing)
    for bundle in bundles(outputs, ["passages"]):
        text = Text(bundle.document.text)
        found: list[Verdict] = []
        rest = []
        for one in left:
            verdicts = _verdicts(one, bundle, text, codebook, coders, outcome) if _may_be(one, bundle, names) else None
            if verdicts is None:
                rest.append(one)
            else:
                found += verdicts
        left = rest
        merged = merge(found)
        outcome.n_judged += len(merged)
        outcome.decisions += decisions(bundle, merged, before.get(bundle.document.path, ()))
    outcome.lost += [(one.place, "its words stand in no document of the outputs") for one in left]
    return outcome


def _may_be(one: WebAnswer, bundle: Bundle, names: set[str]) -> bool:
    own = {bundle.document.path, bundle.document.id}
    return one.document in own or one.document not in names


def _verdicts(
    one: WebAnswer, bundle: Bundle, text: Text, codebook: Codebook, coders: dict[str | None, str], outcome: Outcome
) -> list[Verdict] | None:
    """Return what an annotation says of the passages that it lies on; `None`: its words are not in the document."""
    place = _place(one, bundle, text)
    if place is None:
        return None
    themes, unknown = themes_of(one.labels, codebook)
    outcome.unknown.update(unknown)
    graded = dict.fromkeys(themes, one.grade) if one.grade else themes
    touched = passages_at(bundle, *place)
    if not touched:
        outcome.lost.append((one.place, "no passage that is coded for themes lies there"))
    return [
        Verdict(passage_id=passage.id, coder=coders[one.coder], themes=dict(graded), asked=list(themes), at=one.at)
        for passage in touched
        if themes
    ]


def _place(one: WebAnswer, bundle: Bundle, text: Text) -> tuple[int, int] | None:
    document = bundle.document
    if not one.exact:
        is_sure = one.document == document.id and 0 <= one.start < one.end <= len(document.text)
        return (one.start, one.end) if is_sure else None
    if document.text[max(one.start, 0) : one.end] == one.exact and one.start >= 0:
        return one.start, one.end
    start = max(one.start, 0)
    anchor = Anchor(
        document=document.path,
        start=start,
        end=start + len(one.exact),
        text=one.exact,
        before=one.prefix[-CONTEXT:],
        after=one.suffix[:CONTEXT],
    )
    found = find_words(anchor, text)
    is_known = one.prefix or one.suffix or len(fold(one.exact)) >= FEWEST_LETTERS
    if found is None and is_known and one.document in {document.path, document.id}:
        found = find_changed(anchor, text, [passage for passage in bundle.passages if is_coded(passage)])
    return (found.start, found.end) if found else None


def _annotations(content: bytes) -> Iterator[dict[str, Any]]:
    bare = content.removeprefix(codecs.BOM_UTF8).strip()
    if b"\n" in bare and bare.startswith(b"{") and not bare.startswith((b"{\n", b"{\r\n")):
        for _, one in decoded_lines(bare, dict[str, Any], _WHAT):
            yield from _held(one)
    elif bare.startswith(b"["):
        for one in decoded(bare, list[dict[str, Any]], _WHAT):
            yield from _held(one)
    else:
        yield from _held(decoded(bare, dict[str, Any], _WHAT))


def _held(one: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the annotations of a collection or page; of an annotation, itself."""
    kinds = _texts(one.get("type"))
    if "AnnotationCollection" in kinds:
        first = one.get("first")
        if isinstance(first, dict):
            yield from _held(first)
        elif first is not None:
            raise refused(_WHAT, f"a collection whose page {first!r} is not in the file")
    elif "AnnotationPage" in kinds:
        items = one.get("items")
        yield from (entry for entry in (items if isinstance(items, list) else []) if isinstance(entry, dict))
    elif "Annotation" in kinds:
        yield one
    else:
        raise refused(_WHAT, f"an entry of the type {', '.join(kinds) or 'none'}")


def _answer(one: dict[str, Any], number: int) -> WebAnswer:
    target = _first(one.get("target"))
    source = _source(target)
    chosen = {kind: selector for selector in _dicts(target.get("selector")) for kind in _texts(selector.get("type"))}
    words, position = chosen.get("TextQuoteSelector", {}), chosen.get("TextPositionSelector", {})
    creator = _first(one.get("creator"))
    labels = _labels(one)
    return WebAnswer(
        place=f"annotation {number}",
        document=source,
        labels=labels,
        exact=text_of(words.get("exact")),
        prefix=text_of(words.get("prefix")),
        suffix=text_of(words.get("suffix")),
        start=whole(position.get("start")),
        end=whole(position.get("end")),
        grade=_grade(one.get("pop:grade")),
        coder=_who(creator),
        is_judged=bool(labels) and "Software" not in _texts(creator.get("type")),
        at=utc(one.get("modified") or one.get("created")),
    )


def _grade(told: Any) -> Grade | None:
    return 1 if told == 1 and told is not True else 2 if told == 2 else None


def _who(creator: dict[str, Any]) -> str | None:
    told = (creator.get(name) for name in ("nickname", "name", "email", "id"))
    return next((one for one in told if isinstance(one, str) and one), None)


def _source(target: dict[str, Any]) -> str:
    """Return the path of a document, or its id, or nothing."""
    source = _first(target.get("source", target.get("id")))
    path = text_of(source.get("pop:path"))
    return path or unquote(text_of(source.get("id")).partition("document/")[2])


def _labels(one: dict[str, Any]) -> list[str]:
    """Return the themes that the bodies name: by our codes where there are some, or else by the words of tags."""
    bodies = _dicts(one.get("body"))
    sources = [text_of(_first(body.get("source")).get("id")) for body in bodies]
    codes = [unquote(source.partition("code/")[2]) for source in sources if "code/" in source]
    if codes:
        return [code.partition(":")[2] for code in codes if code.startswith("theme:")]
    motivations = {*_texts(one.get("motivation"))}
    return [
        text_of(body.get("value"))
        for body in bodies
        if body.get("value") and {*_texts(body.get("purpose")), *motivations} & _PURPOSES and not _is_note(body)
    ]


def _is_note(body: dict[str, Any]) -> bool:
    purposes = _texts(body.get("purpose"))
    return bool(purposes) and not {*purposes} & _PURPOSES


def _texts(told: Any) -> list[str]:
    entries = told if isinstance(told, list) else [told]
    return [one for one in entries if isinstance(one, str)]


def _dicts(told: Any) -> list[dict[str, Any]]:
    """Return objects: of a list or a single one; a mere name or text stands for itself."""
    entries = told if isinstance(told, list) else [told]
    return [
        one if isinstance(one, dict) else {"id": one, "value": one} for one in entries if isinstance(one, dict | str)
    ]


def _first(told: Any) -> dict[str, Any]:
    return next(iter(_dicts(told)), {})
