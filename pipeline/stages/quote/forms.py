"""Tells the forms of quotation that stand apart from running text: testimonials, set-off blocks and turns."""

import re

from pipeline.stages.ingest.turns import is_note
from pipeline.stages.quote.marks import words
from pipeline.stages.quote.people import NAME, is_attribution, is_role
from pipeline.stages.quote.spans import Found, Paragraph, Span, Stretch

MIN_TURN_WORDS = 3
_LATEST_LABEL = 40
"""Letters before a label, such as a time stamp."""
_WRAP = re.compile(r"(?<=[^\n]{45})\n(?=\S)")
_NAME_LINE = re.compile(rf"\s*+(?:[—–―]|--?)?+\s*+(?P<name>(?:\w{{2,4}}\. )?(?=\S+ \S){NAME})\s*+")
_MIN_TESTIMONIAL_WORDS = 5
_DASH_LINE = re.compile(r"\s*+(?:[—–―]|--?)\s*+(?P<who>\S(?:.*\S)?)", re.DOTALL)
_DASH_AFTER_MARK = re.compile(r"[”\"»’'](?P<dash>\s*+(?:[—–―]|--)\s*+)(?P<who>[A-Z][^.!?“”\"\n]{2,120}+)\s*+$")
_DASH_AFTER_SENTENCE = re.compile(r"[.!?…](?P<dash>\s++(?:[—–―]|--)\s*+)(?P<who>[A-Z][^.!?“”\"\n]{2,120}+)\s*+$")
_TESTIMONIAL_HEADING = re.compile(
    r"\b(?:reviews?|testimonials?|feedback|praise|voices|comments|reflections"
    r"|in their (?:own )?words|are saying|\w+ says?)\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"(?P<closed>[“\"][^”\"]*+[”\"])|(?P<open>[“\"][^”\"]*+\Z)")
_DIRECT = re.compile(
    r"\b(?:I|I['’]\w+|[Ww]e|[Ww]e['’]\w+|[Mm]y|[Oo]ur|us|me|[Yy]ou|[Yy]our|[Yy]ou['’]\w+|[Ll]et['’]s)\b"
)
_REPORTED = re.compile(
    r"(?:\W*(?:(?:he|she|they|staff|the (?:board|council|committee|group))\s+))?(?:\w+ly\s+)?"
    r"(?:asked|reported|noted|stated|moved|explained|presented|thanked|requested|shared|gave|announced|reviewed|provided"
    r"|discussed|commented|suggested|expressed|recommended|seconded|said|inquired|introduced|invited|reminded)\b",
    re.IGNORECASE,
)


def unwrapped(text: str) -> str:
    """Return a paragraph with a space for each break of a long line; every character keeps its place.

    Short lines, and a name below, stand for themselves.
    """
    last = text.rfind("\n")
    if last < 0 or is_attribution(text[last + 1 :]):
        return text
    return _WRAP.sub(_joined, text)


def _joined(match: re.Match[str]) -> str:
    line = match.string[match.end() :].partition("\n")[0]
    apart = _DASH_LINE.match(line) or _NAME_LINE.fullmatch(line)
    return match[0] if apart else match[0].replace("\n", " ")


def whole(paragraph: Paragraph, found: list[Stretch]) -> bool:
    """Whether one pair of marks holds the whole paragraph."""
    return len(found) == 1 and _covers(paragraph.start, paragraph.text, found[0])


def direct_speech(text: str) -> bool:
    """Whether a text speaks in the first or second person."""
    return bool(_DIRECT.search(text))


def turn(paragraph: Paragraph, index: int, *, minutes: bool) -> Found | None:
    """Return the words after a speaker label, or None where they are few or, in minutes, a paraphrase."""
    label = _label(paragraph)
    if label is None:
        return None
    at, body_at = label
    body_at += len(re.match(r"[\s:.\])—–-]*", paragraph.text[body_at:])[0])  # type: ignore[index]
    body = paragraph.text[body_at:].rstrip()
    if len(words(body)) < MIN_TURN_WORDS or (minutes and not _reads_as_direct(body)):
        return None
    start = paragraph.start + body_at
    speaker = (paragraph.start + at, paragraph.start + label[1])
    return Found(((start, start + len(body)),), "turn", index, speaker, None, "labelled", speaker, marked=False)


def going_on(paragraphs: list[Paragraph]) -> dict[int, list[int]]:
    """Map each labelled turn to the paragraphs below it, without a label of their own, in which its speaker goes on.

    What the transcriber notes between them, such as [Laughter.], does not end the turn.
    """
    found: dict[int, list[int]] = {}
    turn: int | None = None
    for index, paragraph in enumerate(paragraphs):
        if is_note(paragraph.text):
            continue
        if paragraph.kind != "turn" or _label(paragraph):
            turn = index if paragraph.kind == "turn" else None
        elif turn is not None and paragraphs[turn].label == paragraph.label:
            found.setdefault(turn, []).append(index)
    return found


def _label(paragraph: Paragraph) -> Span | None:
    """Return where the words of a turn begin with the label of its speaker, if they do; offsets in the paragraph."""
    label = (paragraph.label or "").strip()
    at = paragraph.text.find(label)
    return (at, at + len(label)) if label and 0 <= at <= _LATEST_LABEL else None


def testimonials(paragraphs: list[Paragraph], marks: list[list[Stretch]]) -> tuple[list[Found], set[int]]:
    """Return the testimonials, and the numbers of the paragraphs that they use up."""
    found: list[Found] = []
    used: set[int] = set()
    for index, paragraph in enumerate(paragraphs):
        if index in used or paragraph.kind in {"heading", "table", "turn"}:
            continue
        following = paragraphs[index + 1] if index + 1 < len(paragraphs) else None
        expected = _expected(paragraphs, index, used)
        one = (
            _in_three(paragraphs[index : index + 3], index, marks[index])
            or _in_one(paragraph, index, marks[index], expected=expected)
            or (_in_two(paragraph, following, index, marks[index], expected=expected) if following else None)
        )
        if one is None:
            continue
        found.append(one)
        used.add(index)
        used |= {
            n
            for n in (index + 1, index + 2)
            if one.speaker and n < len(paragraphs) and one.speaker[1] > paragraphs[n].start
        }
    return found, used


def _reads_as_direct(body: str) -> bool:
    unquoted = _QUOTED.sub(lambda match: match["open"] or "", body)
    return direct_speech(unquoted) and not _REPORTED.match(body)


def _covers(start: int, text: str, stretch: Stretch) -> bool:
    lead = text[: stretch.outer_start - start].strip()
    rest = text[stretch.outer_end - start :].strip()
    return not lead and not rest.strip(".,;*_ ")


def _expected(paragraphs: list[Paragraph], index: int, used: set[int]) -> bool:
    """Whether a testimonial stands just before, or a heading or line ending in a colon announces them."""
    if index - 1 in used:
        return True
    before = next((p for p in reversed(paragraphs[:index])), None)
    if before is None or len(words(before.text)) > 15:
        return False
    announces = before.kind == "heading" or before.text.rstrip().endswith(":")
    return announces and bool(_TESTIMONIAL_HEADING.search(before.text))


def _in_one(paragraph: Paragraph, index: int, marks: list[Stretch], *, expected: bool) -> Found | None:
    """Read a testimonial whose attribution ends the same paragraph, in its last line or after a dash."""
    text = paragraph.text.rstrip()
    dash = _DASH_AFTER_MARK.search(text) or _DASH_AFTER_SENTENCE.search(text)
    if dash and _names_someone(dash["who"]):
        return _testimonial(
            paragraph, index, marks, dash.start("dash"), (dash.start("who"), dash.end("who")), expected=expected
        )
    cut = text.rfind("\n")
    if cut < 0:
        return None
    above = text.rfind("\n", 0, cut)
    dashed = bool(_DASH_LINE.match(text[above + 1 : cut])) if above >= 0 else False
    marked = _marked(paragraph, marks, cut) or (above >= 0 and _marked(paragraph, marks, above))
    who = _who(text[cut + 1 :], marked=marked or dashed, expected=expected)
    if who is None:
        return None
    name = _NAME_LINE.fullmatch(text[above + 1 : cut]) if above >= 0 else None
    if name is not None:
        return _testimonial(
            paragraph, index, marks, above, (above + 1 + name.start("name"), cut + 1 + who[1]), expected=expected
        )
    return _testimonial(paragraph, index, marks, cut, (cut + 1 + who[0], cut + 1 + who[1]), expected=expected)


def _in_two(
    paragraph: Paragraph, following: Paragraph, index: int, marks: list[Stretch], *, expected: bool
) -> Found | None:
    """Read a testimonial whose attribution is the next paragraph."""
    if following.kind in {"heading", "table", "turn"} and not _DASH_LINE.match(following.text):
        return None
    marked = _marked(paragraph, marks, len(paragraph.text))
    who = _who(following.text, marked=marked, expected=expected)
    if who is None or "\n" in following.text.strip():
        return None
    shift = following.start - paragraph.start
    return _testimonial(
        paragraph, index, marks, len(paragraph.text), (shift + who[0], shift + who[1]), expected=expected
    )


def _in_three(three: list[Paragraph], index: int, marks: list[Stretch]) -> Found | None:
    """Read a testimonial in marks with a name in the next paragraph and a role in the one behind it."""
    if len(three) < 3 or any(one.kind in {"heading", "table", "turn"} for one in three):
        return None
    said, name, role = three
    if not _marked(said, marks, len(said.text)) or not _NAME_LINE.fullmatch(name.text) or not is_attribution(role.text):
        return None
    who = (name.start - said.start, role.start - said.start + len(role.text.rstrip()))
    return _testimonial(said, index, marks, len(said.text), who, expected=False)


def _marked(paragraph: Paragraph, marks: list[Stretch], cut: int) -> bool:
    return len(marks) >= 1 and _covers(paragraph.start, paragraph.text[:cut], marks[0])


def _who(line: str, *, marked: bool, expected: bool) -> Span | None:
    """Return where an attribution stands in a line: after a dash, or bare after a marked or expected testimonial."""
    dash = _DASH_LINE.match(line)
    if dash and _names_someone(dash["who"]):
        return dash.span("who")
    if (marked or expected) and not dash and is_attribution(line):
        start = len(line) - len(line.lstrip())
        return start, start + len(line.strip())
    return None


def _names_someone(who: str) -> bool:
    """Whether the words are "Name", "Name, role" or a role, and no sentence."""
    if len(words(who)) > 25:
        return False
    head = who.split(",", maxsplit=1)[0].strip(" .")
    named = re.fullmatch(rf"(?:\w{{2,4}}\.\s+)?{NAME}", head) is not None and len(head.split()) > 1
    return named or (any(is_role(word) for word in words(who)) and len(words(who)) < 15)


def _prose(paragraph: Paragraph, body: str, *, expected: bool) -> bool:
    """Whether words without marks are what a person wrote, not the title of an agenda item."""
    return expected or (paragraph.kind != "list_item" and body.endswith((".", "!", "?", "…", "”", '"')))


def _testimonial(
    paragraph: Paragraph, index: int, marks: list[Stretch], cut: int, who: Span, *, expected: bool
) -> Found | None:
    body = paragraph.text[:cut].rstrip()
    lead = len(body) - len(body.lstrip())
    if len(words(body)) < _MIN_TESTIMONIAL_WORDS:
        return None
    part = (paragraph.start + lead, paragraph.start + len(body))
    marked, closed = _marked(paragraph, marks, cut), True
    if marked:
        part, closed = (marks[0].start, marks[0].end), marks[0].closed
    elif len(marks) > 1 or not _prose(paragraph, body, expected=expected):
        return None
    speaker = (paragraph.start + who[0], paragraph.start + who[1])
    return Found((part,), "testimonial", index, speaker, None, "labelled", speaker, marked=marked, closed=closed)
