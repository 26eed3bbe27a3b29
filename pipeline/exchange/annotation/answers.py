"""What came back from an annotation tool, as decisions, whatever the tool.

    task of passage p0004, submitted by ana@school.example with "succession"
    → PassageDecision(coder="ana", themes={"succession": 2}, asked=[all themes of the task], …)

A task that was submitted is a complete judgement of the themes that it offered; one that was skipped says nothing. The
passage is known by its id if its words are the same, and otherwise sought by its words.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from pipeline import jsonl
from pipeline.bundles import bundles
from pipeline.codebook import Codebook
from pipeline.corrections.anchoring import FEWEST_LETTERS, Text, find_changed, find_words, fold, holder
from pipeline.corrections.decisions import CONTEXT, Anchor, Judgement, PassageDecision
from pipeline.exchange.annotation.tasks import themes_of
from pipeline.exchange.returning import UNKNOWN_TIME, Verdict, by_document, decisions, passages_at
from pipeline.learning.labels import Grade
from pipeline.records import Bundle, Passage, is_coded


class Stretch(msgspec.Struct, frozen=True):
    """A label on a part of the text of a task; half-open offsets in code points."""

    start: int
    end: int
    label: str


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A task with what one person said of it.

    `place`: where it stands in the file, for people. `facts`: what travelled with the task. `coder`: as the tool names
    the person; `None`: it does not. `is_judged`: false where the person skipped it or only began. `at`: UTC.
    `asked`: the themes that were put to the person, where that is not what the task says.
    """

    place: str
    text: str
    facts: dict[str, Any]
    coder: str | None
    labels: list[str] = []
    stretches: list[Stretch] = []
    is_judged: bool = True
    at: str = UNKNOWN_TIME
    asked: list[str] | None = None


@dataclass
class Outcome:
    """What answers came to. `lost`: place and reason of those that cannot be used; `unknown`: labels of no theme."""

    decisions: list[PassageDecision] = field(default_factory=list)
    n_answers: int = 0
    n_judged: int = 0
    n_skipped: int = 0
    lost: list[tuple[str, str]] = field(default_factory=list)
    unknown: Counter[str] = field(default_factory=Counter)


class _Place(msgspec.Struct, frozen=True):
    path: str


def decide(
    answers: Sequence[Answer],
    outputs: Path,
    codebook: Codebook,
    coders: dict[str | None, str],
    standing: Sequence[Judgement],
) -> Outcome:
    """Turn answers into decisions.

    Args:
        answers: of one file.
        outputs: the folder of the passages that they are about.
        codebook: whose themes the labels name.
        coders: the name of a coder for each `coder` of the answers.
        standing: what the coders have decided before.

    Raises:
        PipelineError: the outputs cannot be read.
    """
    outcome = Outcome(n_answers=len(answers), n_skipped=sum(not one.is_judged for one in answers))
    open_answers = [one for one in answers if one.is_judged]
    paths = {one.path for one in jsonl.read(outputs / "documents.jsonl", _Place)}
    sought, before = _Sought(open_answers, paths), by_document(standing)
    for bundle in bundles(outputs, ["passages"]):
        found = [verdict for one in sought.in_(bundle) for verdict in _verdicts(one, bundle, codebook, coders, outcome)]
        merged = merge(found)
        outcome.n_judged += len(merged)
        outcome.decisions += decisions(bundle, merged, before.get(bundle.document.path, ()))
    outcome.lost += [(one.place, "no passage of the outputs has its words") for one in sought.rest()]
    return outcome


def merge(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Return one verdict for each coder and passage: what was said last of each theme, in the order of the times."""
    merged: dict[tuple[str, str], Verdict] = {}
    for one in sorted(verdicts, key=lambda verdict: verdict.at):
        key = one.coder, one.passage_id
        before = merged.get(key)
        if before is not None:
            kept = {theme: grade for theme, grade in before.themes.items() if theme not in one.asked}
            asked = [*one.asked, *(theme for theme in before.asked if theme not in one.asked)]
            one = msgspec.structs.replace(one, themes=kept | one.themes, asked=asked)  # noqa: PLW2901
        merged[key] = one
    return list(merged.values())


class _Sought:
    """The answers whose passage is still to be found: by document, by passage, or by words alone."""

    def __init__(self, answers: Sequence[Answer], paths: set[str]) -> None:
        self._by_path: dict[str, list[Answer]] = {}
        self._by_words: dict[str, list[Answer]] = {}
        for one in answers:
            path = one.facts.get("document")
            if isinstance(path, str) and path in paths:
                self._by_path.setdefault(path, []).append(one)
            else:
                self._by_words.setdefault(fold(one.text), []).append(one)
        self._wordless = self._by_words.pop("", [])

    def in_(self, bundle: Bundle) -> list[Answer]:
        """Return the answers that are about a document, and seek them no more."""
        found = self._by_path.pop(bundle.document.path, [])
        if self._by_words:
            texts = [bundle.document.text, *(one.text for one in bundle.passages if is_coded(one))]
            found += [one for text in texts for one in self._by_words.pop(fold(text), [])]
        return found

    def rest(self) -> Iterator[Answer]:
        """Yield the answers that were found nowhere."""
        yield from self._wordless
        for held in (self._by_path, self._by_words):
            for answers in held.values():
                yield from answers


def _verdicts(
    answer: Answer, bundle: Bundle, codebook: Codebook, coders: dict[str | None, str], outcome: Outcome
) -> list[Verdict]:
    """Return what an answer says of passages of its document; what cannot be used is noted in the outcome."""
    given = _of_document(answer, bundle) if _is_whole(answer, bundle) else _of_passage(answer, bundle)
    asked = answer.asked if answer.asked is not None else _asked(answer, codebook)
    found = []
    for passage, labels in given.items():
        themes, unknown = themes_of(labels, codebook)
        outcome.unknown.update(unknown)
        found.append(_verdict(answer, bundle.passages[passage], coders[answer.coder], themes, asked))
    if not found:
        outcome.lost.append((answer.place, f"no passage of {bundle.document.path} has its words"))
    beyond = sum(not 0 <= one.start < one.end <= len(answer.text) for one in answer.stretches)
    if beyond:
        outcome.lost.append((answer.place, f"{beyond} labelled stretches lie outside of its text"))
    return found


def _verdict(answer: Answer, passage: Passage, coder: str, themes: dict[str, Grade], asked: Sequence[str]) -> Verdict:
    model = answer.facts.get("pop_model")
    return Verdict(
        passage_id=passage.id,
        coder=coder,
        themes=themes,
        asked=[*asked, *(theme for theme in themes if theme not in asked)],
        at=answer.at,
        model_version=str(model) if model else None,
        blind=str(answer.facts.get("pop_blind", "0")) == "1",
    )


def _asked(answer: Answer, codebook: Codebook) -> list[str]:
    """Return the themes that a task offered, under their ids in the codebook; all of it where the task does not say."""
    told = str(answer.facts.get("pop_themes") or "").split()
    known = [theme for name in told for theme in codebook.heirs(name)]
    return list(dict.fromkeys(known)) if told else codebook.ids


def _is_whole(answer: Answer, bundle: Bundle) -> bool:
    """Tell a task that shows a document to mark stretches in; a passage may be all that its document has."""
    is_marked = bool(answer.stretches) and not answer.labels and answer.text == bundle.document.text
    return answer.facts.get("pop_id") == bundle.document.id or is_marked


def _of_passage(answer: Answer, bundle: Bundle) -> dict[int, list[str]]:
    """Return the number of the passage that a task shows, with all labels of the answer; nothing if it is gone."""
    number = _passage(answer, bundle)
    if number is None:
        return {}
    inside = [one.label for one in answer.stretches if 0 <= one.start < one.end <= len(answer.text)]
    return {number: [*answer.labels, *inside]}


def _of_document(answer: Answer, bundle: Bundle) -> dict[int, list[str]]:
    """Return the labels of each passage of a document; of a text that changed, only of passages with a label."""
    same = answer.text == bundle.document.text
    number = {one.id: i for i, one in enumerate(bundle.passages)}
    found: dict[int, list[str]] = {i: [] for i, one in enumerate(bundle.passages) if same and is_coded(one)}
    text = Text(bundle.document.text)
    for one in answer.stretches:
        if not 0 <= one.start < one.end <= len(answer.text):
            continue
        place = (one.start, one.end) if same else _moved(one, answer.text, bundle, text)
        for passage in passages_at(bundle, *place) if place else []:
            found.setdefault(number[passage.id], []).append(one.label)
    return found


def _moved(one: Stretch, text: str, bundle: Bundle, now: Text) -> tuple[int, int] | None:
    before, after = text[max(0, one.start - CONTEXT) : one.start], text[one.end : one.end + CONTEXT]
    words = text[one.start : one.end]
    anchor = Anchor(document=bundle.document.path, start=one.start, end=one.end, text=words, before=before, after=after)
    place = find_words(anchor, now)
    return (place.start, place.end) if place else None


def _passage(answer: Answer, bundle: Bundle) -> int | None:
    """Return the number of the passage with the words of a task: the one with its id, or else where they stand now."""
    words = fold(answer.text)
    for number, one in enumerate(bundle.passages):
        if one.id == answer.facts.get("pop_id") and fold(one.text) == words:
            return number
    coded = [number for number, one in enumerate(bundle.passages) if is_coded(one)]
    stretches = [bundle.passages[number] for number in coded]
    anchor = _anchor(answer, bundle)
    if anchor is None:
        return None
    text = Text(bundle.document.text)
    # Without what stood around them, short words that changed are too easily taken for others.
    changed = find_changed(anchor, text, stretches) if len(words) >= FEWEST_LETTERS else None
    for place in (find_words(anchor, text), changed):
        held = holder(place, stretches) if place else None
        if held is not None:
            return coded[held]
    return None


def _anchor(answer: Answer, bundle: Bundle) -> Anchor | None:
    if not answer.text.strip():
        return None
    told = str(answer.facts.get("pop_start", 0))
    start = int(told) if told.isascii() and told.isdecimal() and len(told) < 12 else 0
    return Anchor(document=bundle.document.path, start=start, end=start + len(answer.text), text=answer.text)
