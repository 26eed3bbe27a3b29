"""Finds who says a quoted stretch, and the word that tells so.

Reads the text around the marks in this order: a speaker phrase after the quotation (“…,” she said; “…,” said Ida
Lund, who …), "in her words", "according to", a cue before the quotation (As one principal put it, “…”), and the
sentence before a quotation that stands alone (Ida Lund was blunt. “…”). Cues come from a list, their subjects from
the dependency parse.

Needs part-of-speech tags and a dependency parse.
"""

import itertools
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pipeline.stages.quote import cues
from pipeline.stages.quote.marks import is_sentence, is_title, words
from pipeline.stages.quote.people import PRONOUNS, is_role
from pipeline.stages.quote.spans import Attribution, Span, Stretch

if TYPE_CHECKING:
    from spacy.tokens import Token

_MAX_GAP = 14
_MAX_SUBJECT = 22
_MOST_IN_SENTENCE = 50  # quotations; more are no sentence but a damaged text
_BLANKS = 10  # at most between a quotation and the words after it
_NOMINAL = frozenset({"PRON", "PROPN", "DET", "NOUN", "ADJ", "NUM"})
_TERMINATORS = frozenset({".", "!", "?"})
_SUBJECT = frozenset({"nsubj", "nsubjpass"})
_PEOPLE_WORDS = PRONOUNS | frozenset(
    """one another other others some many several most few who people everyone everybody someone somebody group team
    panel room""".split()
)
_DOCUMENTS = frozenset(
    "letter memo email e-mail note card sign policy report survey statement resolution form text".split()
)


def _place(token: "Token") -> int:
    return token.idx


@dataclass(frozen=True, slots=True)
class Frame:
    """A parsed paragraph, seen around its quotations.

    `text`: the document. `tokens`: those outside the marks. `shift`: what to add to a token's offset.
    """

    text: str
    start: int
    end: int
    tokens: "tuple[Token, ...]"
    shift: int
    stretches: tuple[Stretch, ...]

    def span(self, first: "Token", last: "Token") -> Span:
        """Return where a run of tokens stands in the document."""
        return first.idx + self.shift, last.idx + len(last.text) + self.shift

    def between(self, start: int, end: int) -> "list[Token]":
        """Return the tokens outside the marks that lie in a stretch of the document."""
        first = bisect_left(self.tokens, start - self.shift, key=_place)
        return list(
            itertools.takewhile(
                lambda t: t.idx + len(t.text) + self.shift <= end, itertools.islice(self.tokens, first, None)
            )
        )


@dataclass(frozen=True, slots=True)
class _Cue:
    token: "Token"
    span: Span
    kind: cues.CueKind


def attribute(frame: Frame, n: int) -> Attribution | None:
    """Return who says stretch `n` in its own sentence, or None where nobody does."""
    ways: tuple[Callable[[Frame, int], Attribution | None], ...] = (
        _after,
        _own_words,
        _according_to,
        _label,
        _before,
        _noun_that,
        _colon,
    )
    return next((found for way in ways if (found := way(frame, n)) is not None), None)


def introduced(frame: Frame, position: int) -> Attribution | None:
    """Return the person whom the last two sentences before `position` bring on, the nearer first."""
    for sentence in _sentences_before(frame, position)[:2]:
        found = _by_cue(frame, sentence) or _by_subject(frame, sentence)
        if found is not None:
            return found
    return None


def stands_alone(frame: Frame, n: int) -> bool:
    """Whether the stretch is a sentence of its own, apart from a connecting adverb before it."""
    before = [token for token in _region_before(frame, n) if not token.is_punct]
    connecting = len(before) <= 2 and all(token.pos_ in {"ADV", "CCONJ", "SCONJ", "INTJ"} for token in before)
    after = frame.text[frame.stretches[n].outer_end : frame.end].lstrip()
    return connecting and (not after or not after[0].islower())


def _after(frame: Frame, n: int) -> Attribution | None:
    stretch = frame.stretches[n]
    parting = _parting(frame, stretch)
    if parting == "sentence":
        return None
    region = _region_after(frame, n)
    while region and (region[0].is_punct or region[0].pos_ == "ADV" or region[0].lower_ == "as"):
        region = region[1:]
    if not region or (parting == "open" and not _fits_unparted(frame, stretch)):
        return None
    found = _inverted(frame, region, parted=parting == "parted") or _subject_first(
        frame, region, parted=parting == "parted"
    )
    return found


def _parting(frame: Frame, stretch: Stretch) -> str:
    """Return how the quotation ends: "parted" (comma, ?, !, dash), "sentence" (what follows is new) or "open"."""
    inside = frame.text[stretch.end : stretch.outer_end]
    follows = frame.text[stretch.outer_end : frame.end]
    last = frame.text[stretch.end - 1]
    if "," in inside or re.match(r"\s*[,—–]", follows):
        return "parted"
    new = follows.lstrip()[:1].isupper()
    if last in ".":
        return "sentence" if new or not follows.strip() else "parted"
    return "parted" if last in "?!…—-" else "open"


def _fits_unparted(frame: Frame, stretch: Stretch) -> bool:
    """A comma may have been forgotten after a whole sentence, hardly after a term."""
    return len(words(frame.text[stretch.start : stretch.end])) > 4


def _inverted(frame: Frame, region: "list[Token]", *, parted: bool) -> Attribution | None:
    """Read “…,” said Ida Lund."""
    cue = _cue(frame, region[0])
    rest = region[1:] if cue is None else [token for token in region if token.idx + frame.shift >= cue.span[1]]
    if (
        cue is None
        or cue.kind == "naming"
        or not rest
        or rest[0].pos_ not in _NOMINAL
        or region[0].text.endswith("ing")
    ):
        return None
    if not parted and rest[0].pos_ not in {"PROPN", "PRON"} and not any(is_role(token.text) for token in rest[:5]):
        return None
    own = [child for child in region[0].children if child.dep_ in _SUBJECT and child.i > region[0].i]
    head = own[0] if own else _head_of_run(rest)
    reach = _reach(rest, head) if head is not None else None
    return _attribution(frame, head, cue, "after", reach=reach) if head is not None else None


def _reach(tokens: "list[Token]", head: "Token") -> "Token":
    """Return the end of "a teacher from the north side", which the parser may hang on the verb."""
    last = head
    allowed = {"of", "from"} if head.pos_ == "PROPN" else {"of", "from", "at", "in", "on", "for", "with"}
    for token in tokens:
        if token.i <= last.i:
            continue
        fits = token.lower_ in allowed or token.pos_ in _NOMINAL | {"PART"}
        if token.i != last.i + 1 or not fits or token.ent_type_ in {"DATE", "TIME"}:
            break
        last = token
    return head if last.pos_ == "ADP" else last


def _head_of_run(tokens: "list[Token]") -> "Token | None":
    run: list[Token] = []
    for token in tokens:
        if token.pos_ not in _NOMINAL | {"PART"}:
            break
        run.append(token)
    nouns = [token for token in run if token.pos_ in {"PROPN", "NOUN", "PRON"}]
    roles = [token for token in run if is_role(token.text)]
    return next(iter([*nouns[-1:], *roles[-1:]]), None)


def _subject_first(frame: Frame, region: "list[Token]", *, parted: bool) -> Attribution | None:
    """Read “…,” Ida Lund, a principal, told the group."""
    if region[0].pos_ not in _NOMINAL or region[0].lower_ in {"which", "that", "who", "where", "what", "this"}:
        return None
    for n, token in enumerate(region[:_MAX_SUBJECT]):
        cue = _cue(frame, token) if n else None
        if cue is not None and cue.kind != "naming" and _ends_subject(region, n, parted=parted):
            head = _nearest_subject(token, region[:n]) or _head_of_run(region[:n])
            return _attribution(frame, head, cue, "after", start=region[0]) if head is not None else None
    return None


def _ends_subject(region: "list[Token]", n: int, *, parted: bool) -> bool:
    """Whether nothing but one subject stands before the cue, and no clause of its own after it."""
    follows = region[n + 1 : n + 2]
    if follows and follows[0].lower_ in {"that", ":"}:
        return False
    if not parted and (len(region) - n > 3 or n > 8):
        return False
    commas = [i for i, token in enumerate(region[:n]) if token.text in {",", "—", "–"}]
    verbs = [
        i
        for i, token in enumerate(region[:n])
        if token.pos_ == "VERB" and token.dep_ not in {"amod", "compound", "acl"}
    ]
    relative = any(token.lower_ in {"who", "whose"} for token in region[:n])
    return not verbs or relative or (bool(commas) and commas[0] < verbs[0])


def _nearest_subject(verb: "Token", region: "list[Token]") -> "Token | None":
    own = [child for child in verb.children if child.dep_ in _SUBJECT and child in region]
    return own[-1] if own else None


def _own_words(frame: Frame, n: int) -> Attribution | None:
    """Read: the results were, in her words, “flat”."""
    region = _text_before(frame, n)
    match = next(reversed(list(cues.IN_OWN_WORDS.finditer(frame.text, *region))), None)
    if match is None or frame.stretches[n].start - match.end() > 60:
        return None
    group = "owner" if match["owner"] else "owner2"
    owner = match[group]
    span = (match.start(group), match.end(group) - (0 if owner.lower() in {"his", "her", "their", "my"} else 2))
    subject = next((s for s in _subjects(frame.between(*region)) if _is_person(s)), None)
    if owner.lower() in {"his", "her", "their"} and subject is not None:
        span = _phrase(frame, subject, match.start())[0]
    return Attribution(span, match.span(), "direct", "before", span)


def _according_to(frame: Frame, n: int) -> Attribution | None:
    """Read: According to Ida Lund, “…”, and “…,” according to Ida Lund."""
    stretch = frame.stretches[n]
    before = list(cues.ACCORDING_TO.finditer(frame.text, *_text_before(frame, n)))
    if before and len(words(frame.text[stretch.start : stretch.end])) > 3:
        found = _object_of(frame, before[-1].span(), stretch.outer_start, "before")
        others = [c for c in _cues_in(frame, _region_before(frame, n)) if not _parenthetical(frame, c)]
        return found if not others or others[-1].span[0] < before[-1].start() else None
    after = cues.ACCORDING_TO.match(frame.text, _skip(frame, stretch.outer_end), frame.end)
    return _object_of(frame, after.span(), frame.end, "after") if after else None


def _object_of(frame: Frame, cue: Span, limit: int, side: str) -> Attribution | None:
    rest = frame.between(cue[1], limit)
    heads = [token for token in rest if token.dep_ == "pobj" and token.head.idx + frame.shift < cue[1]]
    head = heads[0] if heads else _head_of_run(rest)
    if head is None:
        return None
    speaker, full = _phrase(frame, head, limit, start=rest[0], reach=_named_after(rest, head))
    return Attribution(speaker, cue, "direct", "before" if side == "before" else "after", full)


def _named_after(tokens: "list[Token]", head: "Token") -> "Token | None":
    """Return the last word of the name in "the director of research, Ida Lund," which the parser may cut off."""
    later = [token for token in tokens if token.i > head.right_edge.i or (token.i > head.i and token.text == ",")]
    if len(later) < 2 or later[0].text != "," or later[1].pos_ != "PROPN" or head.pos_ == "PROPN":
        return None
    last = later[1]
    for token in later[2:]:
        if token.pos_ != "PROPN":
            break
        last = token
    return last


def _label(frame: Frame, n: int) -> Attribution | None:
    """Read a name or role that stands like a label before the quotation: Principal Ida Lund: “…”."""
    region = _region_before(frame, n)
    if len(region) < 2 or len(region) > 12 or region[-1].text != ":" or len(words(_content(frame, n))) < 4:
        return None
    label = region[:-1]
    if any(token.pos_ in {"VERB", "AUX"} and token.lower_ != "acting" for token in label):
        return None
    person = any(_is_person(token) or token.pos_ == "PROPN" for token in label) or _named_elsewhere(frame, label)
    if not person or any(token.lower_ in cues.SPEECH_NOUNS for token in label):
        return None
    span = frame.span(label[0], label[-1])
    return Attribution(span, None, "labelled", "before", span)


def _named_elsewhere(frame: Frame, label: "list[Token]") -> bool:
    """Whether a single word is a surname: it follows a given name somewhere in the document."""
    return len(label) == 1 and bool(re.search(rf"\b[A-Z][\w.]+ {re.escape(label[0].text)}\b", frame.text))


def _noun_that(frame: Frame, n: int) -> Attribution | None:
    """Read: with the remark that he “could not say”."""
    region = _region_before(frame, n)
    for token, follows in itertools.pairwise(region):
        near = len(words(frame.text[token.idx + frame.shift : frame.stretches[n].outer_start])) < 8
        if (
            near
            and token.lower_ in cues.SPEECH_NOUNS
            and follows.lower_ == "that"
            and len(words(_content(frame, n))) > 2
        ):
            return speech_noun(frame, region)
    return None


def _content(frame: Frame, n: int) -> str:
    return frame.text[frame.stretches[n].start : frame.stretches[n].end]


def _before(frame: Frame, n: int) -> Attribution | None:
    stretch = frame.stretches[n]
    found = _cues_in(frame, _region_before(frame, n))
    if not found:
        return None
    plain = [cue for cue in found if not _parenthetical(frame, cue)]
    nearest_first = (plain or found)[::-1]
    order = sorted(nearest_first, key=lambda cue: _aside(cue.token) or _indirect(cue))
    linked = [(cue, link) for cue in order if (link := _link(frame, cue, stretch)) is not None]
    said = [(c, link, s) for c, link in linked for s in _subjects_of(c.token) if _may_speak(s, link, c)]
    # Nobody known to be a person: believe the verb, as in “an architect explained”.
    said += [(c, link, s) for c, link in linked for s in _subjects_of(c.token) if _is_plain_subject(s, link, c)]
    if not said:
        return None
    cue, link, head = said[0]
    speaker, full = _phrase(frame, head, _limit(frame, head, cue, stretch))
    return Attribution(speaker, cue.span, link, "before", full)


def _is_plain_subject(head: "Token", link: str, cue: _Cue) -> bool:
    speech = link == "direct" and cue.kind == "speech"
    return speech and head.dep_ == "nsubj" and head.pos_ == "NOUN" and head.lower_ not in cues.SPEECH_NOUNS


def _aside(verb: "Token") -> bool:
    """Whether a verb stands in a clause of time, or in one about the words: "a line that many wrote down"."""
    if any(child.lower_ in {"when", "after", "before", "once", "if", "whether"} for child in verb.children):
        return True
    own = [child for child in verb.children if child.dep_ in _SUBJECT]
    return verb.dep_ == "relcl" and bool(own) and _resolve_relative(own[0]) is own[0] and not _is_person(verb.head)


def _indirect(cue: _Cue) -> bool:
    """Whether a weak cue has a thing for its subject: "the question felt like"."""
    own = _own_subject(cue.token)
    return cue.kind == "weak" and own is not None and not _is_person(_resolve_relative(own))


def _limit(frame: Frame, head: "Token", cue: _Cue, stretch: Stretch) -> int:
    return cue.span[0] if head.idx + frame.shift < cue.span[0] else stretch.outer_start


def _link(frame: Frame, cue: _Cue, stretch: Stretch) -> Literal["direct", "loose"] | None:
    gap = frame.text[cue.span[1] : stretch.outer_start]
    content = frame.text[stretch.start : stretch.end]
    n_words = len(words(content))
    tail = gap.rstrip()
    if cues.TERM_WORDS.search(gap) and not tail.endswith(":"):
        return None
    if cue.kind == "naming":
        return "direct" if n_words > 2 and len(words(gap)) < 5 and content[0].islower() else None
    near = len(words(gap)) <= _MAX_GAP
    if near and tail.endswith((",", ":", "—")):
        return "direct"
    if is_title(content) or (n_words < 3 and not is_sentence(content)):
        return None
    if near and cue.kind == "speech" and (not tail or tail.endswith("that")):
        return "direct"
    return "loose" if n_words > 3 else None


def _may_speak(head: "Token", link: str, cue: _Cue) -> bool:
    if cue.kind == "naming":
        return (
            _is_person(head) and head.tag_ not in {"NNS", "NNPS"} and head.lower_ not in {"they", "we", "people", "who"}
        )
    if link == "direct" and cue.kind == "speech":
        return _is_person(head) or head.pos_ == "PROPN" or head.lower_ in _DOCUMENTS or head.ent_type_ in {"ORG", "GPE"}
    return _is_person(head)


def _colon(frame: Frame, n: int) -> Attribution | None:
    """Read a quotation that a colon introduces: The last word came from a parent: “…”."""
    region = _region_before(frame, n)
    stretch = frame.stretches[n]
    if not frame.text[: stretch.outer_start].rstrip().endswith(":"):
        return None
    if not is_sentence(frame.text[stretch.start : stretch.end]):
        return None
    return speech_noun(frame, region) or _by_subject(frame, region)


def speech_noun(frame: Frame, region: "list[Token]") -> Attribution | None:
    """Return the person to whom a sentence with a noun of speech belongs: “the remark came from a parent”."""
    noun = next((token for token in region if token.lower_ in cues.SPEECH_NOUNS), None)
    if noun is None:
        return None
    cue = frame.span(noun, noun)
    if any(child.lower_ in {"her", "his", "their"} and child.dep_ == "poss" for child in noun.children):
        before = introduced(frame, frame.span(region[0], region[0])[0])
        return before and Attribution(before.speaker, cue, "introduced", "before", before.full)
    people = [token for token in region if _is_person(token) and token.dep_ not in {"compound", "advmod"}]
    people.sort(
        key=lambda token: (not (is_role(token.text) or token.ent_type_ == "PERSON"), token.dep_ not in _SUBJECT)
    )
    if not people:
        return None
    speaker, full = _phrase(frame, people[0], frame.end)
    return Attribution(speaker, cue, "direct", "before", full)


def by_cue(frame: Frame, position: int) -> Attribution | None:
    """Return who speaks in the last sentence before `position`, where that sentence has a cue or a noun of speech."""
    sentences = _sentences_before(frame, position)
    if not sentences:
        return None
    return _by_cue(frame, sentences[0]) or speech_noun(frame, sentences[0]) or _by_source(frame, sentences[0])


def _by_source(frame: Frame, sentence: "list[Token]") -> Attribution | None:
    start, end = frame.span(sentence[0], sentence[0])[0], frame.span(sentence[-1], sentence[-1])[1]
    match = cues.ACCORDING_TO.search(frame.text, start, end)
    return _object_of(frame, match.span(), end, "before") if match else None


def singular(frame: Frame, attribution: Attribution) -> bool:
    """Whether one person is meant, not a group."""
    tokens = frame.between(*attribution.speaker) if attribution.speaker else []
    heads = [token for token in tokens if _is_person(token)]
    return (
        bool(heads) and heads[-1].tag_ not in {"NNS", "NNPS"} and heads[-1].lower_ not in {"they", "people", "others"}
    )


def _by_cue(frame: Frame, sentence: "list[Token]") -> Attribution | None:
    nearest_first = _cues_in(frame, sentence)[::-1]
    for cue in sorted(nearest_first, key=_rank):
        head = next((s for s in _subjects_of(cue.token) if _is_person(s) and s in sentence), None)
        if head is not None and cue.kind != "naming":
            speaker, full = _phrase(frame, head, _limit_in(frame, head, cue, sentence))
            return Attribution(speaker, cue.span, "introduced", "before", full)
    return None


def _rank(cue: _Cue) -> tuple[bool, bool, bool]:
    """Prefer a verb of speech, then the main verb of its sentence, then one outside an aside."""
    return cue.kind != "speech", cue.token.dep_ != "ROOT", _aside(cue.token)


def _limit_in(frame: Frame, head: "Token", cue: _Cue, sentence: "list[Token]") -> int:
    return cue.span[0] if head.i < cue.token.i else frame.span(sentence[-1], sentence[-1])[1]


def _by_subject(frame: Frame, sentence: "list[Token]") -> Attribution | None:
    people = [token for token in sentence if _is_person(token) and token.lower_ != "who"]
    head = next((token for token in people if token.dep_ in {*_SUBJECT, "attr"}), None)
    if head is None:
        return None
    speaker, full = _phrase(frame, head, frame.span(sentence[-1], sentence[-1])[1])
    return Attribution(speaker, None, "introduced", "before", full)


def _attribution(
    frame: Frame,
    head: "Token",
    cue: _Cue,
    side: str,
    start: "Token | None" = None,
    reach: "Token | None" = None,
) -> Attribution:
    limit = cue.span[0] if head.idx + frame.shift < cue.span[0] else frame.end
    speaker, full = _phrase(frame, head, limit, start=start, reach=reach)
    return Attribution(speaker, cue.span, "direct", "after" if side == "after" else "before", full)


def _cue(frame: Frame, token: "Token") -> _Cue | None:
    start, end = frame.span(token, token)
    found = cues.cue_at(frame.text, start, end)
    # The tagger takes some verbs for nouns ("a senior recalled"); hardly any noun ends in -ed.
    verb = token.pos_ in {"VERB", "AUX"} or token.lower_ in {"said", "says"} or token.lower_.endswith("ed")
    if found is None or (not verb and found[0] == end):
        return None
    modifies = token.dep_ in {"amod", "compound"} and token.head.i > token.i
    if modifies or token.dep_ == "aux":
        return None
    return _Cue(token, (start, found[0]), found[1])


def _cues_in(frame: Frame, region: "list[Token]") -> list[_Cue]:
    return [cue for token in region if (cue := _cue(frame, token)) is not None]


def _parenthetical(frame: Frame, cue: _Cue) -> bool:
    """Whether the cue stands in an aside: “a colleague, she reported, had told her”."""
    after = frame.text[cue.span[1] : cue.span[1] + 6]
    before = frame.text[max(frame.start, cue.span[0] - 40) : cue.span[0]]
    return bool(re.match(r",\s\w", after) and re.search(r",\s(?:[\w’'\-]+\s){1,4}$", before))


def _subjects_of(verb: "Token") -> "Iterator[Token]":
    """Yield the subject of a verb, its agent in the passive, then those of the clauses on which it hangs."""
    for _ in range(5):
        own = _own_subject(verb)
        if own is not None:
            yield _resolve_relative(own)
        if verb.dep_ in {"acl", "relcl"} and verb.head.pos_ in {"NOUN", "PROPN", "PRON"}:
            yield verb.head
        if verb.head is verb:
            return
        verb = verb.head


def _own_subject(verb: "Token") -> "Token | None":
    agents = [obj for child in verb.children if child.dep_ == "agent" for obj in child.children if obj.dep_ == "pobj"]
    subjects = [child for child in verb.children if child.dep_ in _SUBJECT]
    return next(iter(agents or subjects), None)


def _resolve_relative(subject: "Token") -> "Token":
    verb = subject.head
    if subject.lower_ in {"who", "that", "which"} and verb.dep_ in {"relcl", "acl"}:
        return verb.head
    return subject


def _is_person(token: "Token") -> bool:
    if token.lower_ in _PEOPLE_WORDS or is_role(token.text) or token.ent_type_ == "PERSON":
        return True
    titled = any(child.dep_ in {"compound", "appos"} and is_role(child.text) for child in token.children)
    return token.pos_ == "PROPN" and (
        titled or (token.dep_ in _SUBJECT and token.ent_type_ not in {"ORG", "GPE", "LOC", "DATE"})
    )


def _subjects(region: "list[Token]") -> "list[Token]":
    return [token for token in region if token.dep_ in _SUBJECT]


def _phrase(
    frame: Frame, head: "Token", limit: int, start: "Token | None" = None, reach: "Token | None" = None
) -> tuple[Span, Span]:
    """Return the noun phrase around `head` as written, and with the apposition that follows it."""
    if head.lower_ in PRONOUNS:
        span = frame.span(head, head)
        return span, span
    first = _first_of_phrase(frame, head, start)
    right = max(head.right_edge.i, reach.i if reach is not None else head.i)
    tokens = [t for t in frame.tokens if first.i <= t.i <= right and frame.span(t, t)[1] <= limit]
    tokens = _contiguous(tokens) or [head]
    cut = _cut(tokens, head)
    return frame.span(tokens[0], tokens[cut]), frame.span(tokens[0], tokens[-1])


def _first_of_phrase(frame: Frame, head: "Token", start: "Token | None") -> "Token":
    if start is not None:
        return start
    inside = {token.i for token in frame.tokens}
    left = [token for token in head.doc[head.left_edge.i : head.i + 1] if token.i in inside]
    while len(left) > 1 and (left[0].is_punct or left[0].is_space or _leads(left[0])):
        left = left[1:]
    comma = max((n for n, token in enumerate(left[:-1]) if token.text in {",", ";", "—"}), default=-1)
    return left[comma + 1] if left else head


def _leads(token: "Token") -> bool:
    return token.pos_ in {"ADV", "CCONJ", "SCONJ", "VERB"} and token.lower_ != "acting"


def _contiguous(tokens: "list[Token]") -> "list[Token]":
    """Stop where a quotation, a semicolon or a new sentence interrupts the phrase."""
    kept: list[Token] = []
    for token in tokens:
        if kept and (token.i != kept[-1].i + 1 or token.text in {";", ":", "—", "."}):
            break
        kept.append(token)
    while len(kept) > 1 and (
        kept[-1].is_punct or kept[-1].pos_ in {"AUX", "ADV"} or kept[-1].lower_ in {"who", "that"}
    ):
        kept = kept[:-1]
    return kept


def _cut(tokens: "list[Token]", head: "Token") -> int:
    """Return the last token before the apposition or aside; "the coach, Ida Lund" keeps the name."""
    comma = next((n for n, t in enumerate(tokens) if t.i > head.i and t.text in {",", "(", "–"}), None)
    if comma is None or comma == 0:
        return len(tokens) - 1
    follows = tokens[comma + 1 : comma + 4]
    if head.pos_ != "PROPN" and follows and follows[0].pos_ == "PROPN":
        end = comma + 1
        while end + 1 < len(tokens) and tokens[end + 1].pos_ == "PROPN":
            end += 1
        return end
    vague = head.lower_ in {"one", "other", "another"} and follows and follows[0].lower_ in {"a", "an", "the"}
    return len(tokens) - 1 if vague else comma - 1


def _region_before(frame: Frame, n: int) -> "list[Token]":
    return frame.between(*_text_before(frame, n))


def _text_before(frame: Frame, n: int) -> Span:
    """Return the stretch from the start of the sentence to the opening mark."""
    end = frame.stretches[n].outer_start
    near = frame.stretches[max(0, n - _MOST_IN_SENTENCE) : n]
    start = frame.start if len(near) == n else near[0].outer_start
    for stretch in near:
        follows = frame.text[stretch.outer_end : min(end, stretch.outer_end + _BLANKS)].lstrip()
        if frame.text[stretch.end - 1] in ".!?" and not follows[:1].islower() and not follows.startswith(","):
            start = max(start, stretch.outer_end)
    for token in frame.between(start, end):
        if token.text in _TERMINATORS:
            start = frame.span(token, token)[1]
    return start, end


def _region_after(frame: Frame, n: int) -> "list[Token]":
    limit = frame.stretches[n + 1].outer_start if n + 1 < len(frame.stretches) else frame.end
    region: list[Token] = []
    for token in frame.between(frame.stretches[n].outer_end, limit):
        if token.text in _TERMINATORS or token.text == ";":
            break
        region.append(token)
    return region


def _sentences_before(frame: Frame, position: int) -> "list[list[Token]]":
    """Return the sentences outside the marks before `position`, the nearest first."""
    sentences: list[list[Token]] = [[]]
    for token in frame.between(frame.start, position):
        crossed = sentences[-1] and _ends_between(frame, sentences[-1][-1], token)
        if crossed or (sentences[-1] and sentences[-1][-1].text in _TERMINATORS):
            sentences.append([])
        sentences[-1].append(token)
    return [sentence for sentence in reversed(sentences) if any(token.is_alpha for token in sentence)]


def _ends_between(frame: Frame, left: "Token", right: "Token") -> bool:
    """Whether a quotation that ends a sentence stands between two tokens."""
    start, end = frame.span(left, left)[1], right.idx + frame.shift
    inside = _within(frame, start, end)
    return any(frame.text[s.end - 1] in ".!?" and right.text[:1].isupper() for s in inside)


def _within(frame: Frame, start: int, end: int) -> Iterator[Stretch]:
    return (stretch for stretch in frame.stretches if start <= stretch.start and stretch.end <= end)


def _skip(frame: Frame, at: int) -> int:
    while at < frame.end and frame.text[at] in " ,":
        at += 1
    return at
