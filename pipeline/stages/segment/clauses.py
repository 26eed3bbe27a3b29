"""Who does what: the finite clauses of a sentence, read off its syntactic parse.

    "The district now pays a mentor, but two trustees object."
        → Clause("site", "pay", …), Clause("people", "object", …)

Only what the text itself asserts is read: words between quotation marks are somebody's, not the account's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from pipeline.nlp import parse
from pipeline.records import Passage
from pipeline.stages.quote.marks import stretches, words

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc, Span, Token

Actor = Literal[
    "site", "leader", "name", "we", "I", "pronoun", "person", "students", "people", "thing", "nobody", "none"
]
"""Whoever the subject is. `person`: "he" or "she"; `people`: parents, members, critics; `none`: no subject."""

Actors = dict[Actor, frozenset[str]]

# fmt: off
_ACTORS: Actors = {
    "site": frozenset(
        "district county school network cooperative system board academy office department program programme division "
        "campus consortium residency initiative partnership model cabinet foundation administration cohort "
        "collaborative council center".split()
    ),
    "leader": frozenset(
        "superintendent principal leader administrator director coach teacher counselor counsellor staff faculty team "
        "trio trustee supervisor mentor head building secretary facilitator chair coordinator pair liaison group "
        "department specialist registrar librarian fellow resident intern candidate successor visitor educator "
        "committee panel".split()
    ),
    "students": frozenset("student pupil child grader freshman senior graduate senior class".split()),
    "people": frozenset(
        "parent family union member participant critic community neighbor neighbour taxpayer association people "
        "person voter others some several colleague veteran official reporter consultant audience opponent".split()
    ),
    "we": frozenset(["we"]),
    "I": frozenset(["i"]),
    "person": frozenset(["he", "she"]),
    "pronoun": frozenset("it they each both one two three four five six eight this these who which".split()),
    "nobody": frozenset("nobody none no-one nothing neither".split()),
}
# fmt: on
_CLAUSES = frozenset("ROOT conj ccomp advcl relcl parataxis dep".split())
_FINITE = frozenset("VBD VBZ VBP MD".split())
_SUBJECTS = frozenset("nsubj nsubjpass csubj expl".split())
_OBJECTS = frozenset("dobj xcomp ccomp dative".split())
_ARGUMENTS = _SUBJECTS | {"dobj"}
_OPENING = ("“", "‘", "«")
_TERM_WORDS = 3


@dataclass(frozen=True, slots=True)
class Clause:
    """One finite clause. `verb` and `then` are lemmas: "began to visit" has `verb` "begin" and `then` "visit".

    `modal`: "would", "must" …, or empty. `reports`: the verb introduces what is said or thought.
    `main`: the text asserts it. `object`: the verb has one.
    """

    actor: Actor
    verb: str
    then: str = ""
    negated: bool = False
    passive: bool = False
    modal: str = ""
    past: bool = False
    perfect: bool = False
    reports: bool = False
    main: bool = True
    object: bool = True


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a section.

    `own`: its words, with blanks for what stands between quotation marks. `place`: 0 for the first, 1 for the last.
    `spoken`: it stands in a speaker's turn.
    """

    passage_id: str
    text: str
    start: int
    end: int
    place: float
    own: str = ""
    spoken: bool = False
    clauses: tuple[Clause, ...] = field(default=())

    @property
    def quoted(self) -> float:
        """The share of its letters that are somebody else's words."""
        if self.own == self.text:
            return 0.0
        letters = sum(char.isalnum() for char in self.text)
        return 1 - sum(char.isalnum() for char in self.own) / letters if letters else 0.0


def read_sentences(passages: Sequence[Passage], nlp: "Language") -> list[Sentence]:
    """Parse the passages of a section; the offsets of the sentences count in the document.

    Args:
        passages: running text, without headings and tables.
        nlp: a spaCy pipeline with a tagger, a lemmatizer and a parser.
    """
    return read_sections([passages], nlp)[0]


def read_sections(sections: Sequence[Sequence[Passage]], nlp: "Language") -> list[list[Sentence]]:
    """Parse the passages of several sections, which is faster than one by one; arguments as above."""
    docs = parse([passage.text for passages in sections for passage in passages], nlp, lemmas=True)
    return [placed([one for passage in passages for one in _read(passage, next(docs))]) for passages in sections]


def _read(passage: Passage, doc: "Doc") -> Iterator[Sentence]:
    kept = without_quotes(passage.text)
    for spans in _sentences(list(doc.sents), passage.text, kept):
        start, end = _trimmed(passage.text, spans[0].start_char, spans[-1].end_char)
        if end > start:
            yield Sentence(
                passage_id=passage.id,
                text=passage.text[start:end],
                start=passage.start + start,
                end=passage.start + end,
                place=0.0,
                own=kept[start:end],
                spoken=passage.kind == "turn",
                clauses=tuple(_clauses(spans, kept)),
            )


def placed(sentences: Sequence[Sentence]) -> list[Sentence]:
    """Number the sentences of a section from 0 to 1."""
    last = max(1, len(sentences) - 1)
    return [replace(one, place=round(i / last, 3)) for i, one in enumerate(sentences)]


def without_quotes(text: str) -> str:
    """Return the text with blanks for quoted speech; a quoted term of some words is the writer's own."""
    kept = list(text)
    for stretch in stretches(text):
        if len(words(text[stretch.start : stretch.end])) > _TERM_WORDS:
            kept[stretch.start : stretch.end] = " " * (stretch.end - stretch.start)
    return "".join(kept)


def _sentences(spans: "list[Span]", text: str, kept: str) -> "list[list[Span]]":
    """Join the pieces into which a quotation of several sentences, or a parser's slip, cuts a sentence."""
    joined: list[list[Span]] = []
    for span in spans:
        if joined and not _begins(text, kept, span.start_char):
            joined[-1].append(span)
        else:
            joined.append([span])
    return joined


def _begins(text: str, kept: str, start: int) -> bool:
    """Whether a sentence may begin here: after a full stop, with a capital or a figure, not within quoted speech."""
    before = text[:start].rstrip()
    opened = before.endswith(_OPENING)
    if kept[start : start + 1].isspace() and not opened:
        return False
    first = text[start:].lstrip("“‘\"'([")[:1]
    ended = before.rstrip("".join(_OPENING) + "([ ").rstrip("”’\"')]").endswith((".", "!", "?", ":", "…"))
    return ended and (first.isupper() or first.isdigit())


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while end > start and text[end - 1] in " \n“‘([":
        end -= 1
    while start < end and text[start] in " \n”’)]":
        start += 1
    return start, end


def _clauses(spans: "list[Span]", kept: str) -> Iterator[Clause]:
    for span in spans:
        for token in span:
            if not kept[token.idx : token.idx + len(token)].isspace() and _is_finite(token):
                yield _clause(token)


def _is_finite(token: "Token") -> bool:
    if token.pos_ not in {"VERB", "AUX"} or token.dep_ not in _CLAUSES:
        return False
    return token.tag_ in _FINITE or any(
        child.tag_ in _FINITE and child.dep_ in {"aux", "auxpass"} for child in _verbs_above(token)
    )


def _verbs_above(token: "Token") -> "list[Token]":
    """Return the auxiliaries of a verb; those of "has hired and trained" serve both verbs."""
    own = [child for child in token.children if child.dep_ in {"aux", "auxpass"}]
    shares = token.dep_ == "conj" and token.head.pos_ in {"VERB", "AUX"} and not own
    return _verbs_above(token.head) if shares and token.tag_ == "VBN" else own


def _clause(token: "Token") -> Clause:
    children = list(token.children)
    auxiliaries = _verbs_above(token)
    inner = next((child for child in children if child.dep_ == "xcomp" and child.pos_ == "VERB"), None)
    subject = _subject(token)
    return Clause(
        actor=_actor(subject),
        verb=token.lemma_.lower(),
        then=inner.lemma_.lower() if inner is not None else "",
        negated=any(child.dep_ == "neg" for child in children)
        or any(_has_no(child) for child in [subject, *children] if child is not None and child.dep_ in _ARGUMENTS),
        passive=any(aux.dep_ == "auxpass" for aux in auxiliaries),
        modal=next((aux.lower_ for aux in auxiliaries if aux.tag_ == "MD"), ""),
        past=token.tag_ == "VBD" or any(aux.tag_ == "VBD" for aux in auxiliaries),
        perfect=any(aux.lemma_ == "have" for aux in auxiliaries),
        reports=any(child.dep_ == "ccomp" for child in children),
        main=_is_main(token),
        object=any(child.dep_ in _OBJECTS for child in children),
    )


def _is_main(verb: "Token") -> bool:
    """Whether the text asserts a clause: a main clause, one joined to it, or what somebody is said to have reported."""
    if verb.dep_ == "ROOT":
        return True
    if verb.dep_ in {"conj", "parataxis"}:
        return _is_main(verb.head)
    asks = any(
        child.lower_ in {"whether", "if", "what", "how", "why", "who"} for child in verb.subtree if child.i < verb.i
    )
    return verb.dep_ == "ccomp" and not asks and _is_main(verb.head)


def _subject(verb: "Token") -> "Token | None":
    """Return the subject of a verb; that of "hired and trained" serves both, "who" is whom it stands for."""
    found = next((child for child in verb.children if child.dep_ in _SUBJECTS), None)
    if found is not None and verb.dep_ == "relcl" and found.lower_ in {"who", "which", "that"}:
        return verb.head
    if found is None and verb.dep_ == "conj" and verb.head.pos_ in {"VERB", "AUX"}:
        return _subject(verb.head)
    return found


def _has_no(noun: "Token") -> bool:
    return any(child.lower_ in {"no", "few", "neither"} for child in noun.children)


def _actor(subject: "Token | None") -> Actor:
    if subject is None:
        return "none"
    word, lemma = subject.lower_, subject.lemma_.lower()
    for actor, nouns in _ACTORS.items():
        if word in nouns or lemma in nouns:
            return actor
    if subject.pos_ == "PROPN":
        return "name"
    counted = [child for child in subject.children if child.dep_ == "prep" and child.lower_ == "of"]
    return _actor(next(counted[0].children, None)) if counted and subject.pos_ in {"NUM", "PRON", "DET"} else "thing"
