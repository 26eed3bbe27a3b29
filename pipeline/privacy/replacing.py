"""Puts pseudonyms in the place of names, and signs such as [email] in that of contact details.

    "Superintendent Ada Okafor wrote to a.okafor@elm.example. Okafor left."
    → "Superintendent A of District 1 wrote to [email]. Superintendent A left."

All else stays letter for letter. A name is found in every form, whatever its case, accents and line ends.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from pipeline.privacy.contacts import contacts_in
from pipeline.privacy.listing import Identity, all_forms
from pipeline.privacy.naming import label_of, short
from pipeline.privacy.ordinary import GIVEN, PLAIN, WORDS_TOO, is_ordinary
from pipeline.privacy.roster import LEAVE, PERSON
from pipeline.privacy.words import folded, phrase
from pipeline.stages.quote.people.lexicon import ADDRESS

SIGNS: Final = {
    "email": "[email]",
    "url": "[link]",
    "telephone": "[telephone]",
    "street address": "[address]",
    "IP address": "[IP address]",
    "handle": "[handle]",
    "user folder": "[folder]",
    "social security number": "[number]",
    "number of a person": "[number]",
}
_WORD: Final = re.compile(r"[^\W_]+")
_BETWEEN: Final = re.compile(r"(?:[ \t\u00a0.,’'‐‑–&/_*-]|\u00ad){0,4}(?:\r?\n[ \t>*-]{0,6})?[ \t\u00a0]{0,2}")
_BROKEN: Final = re.compile(r"[-‐\u00ad][ \t]*\r?\n[ \t>]*")
_HONORIFIC: Final = re.compile(rf"(?:\b(?:{'|'.join(ADDRESS)})\b\.?\s+)+$", re.IGNORECASE)
_OPENS: Final = re.compile(r"(?:^|[.!?:][”’\"')\]]*\s+|\n[ \t>*#•-]*|[“\"‘(])$")
_GOES_ON: Final = re.compile(
    r"[’']s\b|,|:| (?:said|says|told|asked|added|explained|recalled|noted|wrote|had|has|was|is|did|thought|called|"
    r"described|reported|argued|agreed|replied|answered|will|would|could|then|who|and|on|in|of|at|from)\b|[.;)\n]"
)
_OF_SITE: Final = re.compile(r"\s+(?:of|from|at)\b")
_LARGE_BEFORE: Final = re.compile(r"(?<![.!?] )\b[A-Z][\w’'-]*[ \u00a0]$")
_LARGE_BEHIND: Final = re.compile(r"[ \u00a0-][A-Z]")
_REST_OF_DISTRICT: Final = re.compile(
    r"(?:\s(?:Joint|Unified|Public|Independent|Consolidated|Area|Central|City|County|School|Schools|District|System|ISD|"
    r"USD))+(?:\s\d{1,4})?\b(?!\s[A-Z])"
)
_INITIALS: Final = re.compile(r"[^\W\d_]\.[^\W\d_]\.")
_ABBREVIATIONS: Final = frozenset(
    "A.M. P.M. U.S. U.K. U.N. E.U. D.C. P.S. P.E. N.C. S.C. N.D. S.D. N.H. N.J. N.M. N.Y. R.I. C.V. I.D. I.E.".split()
)
_END: Final = ""


class Replacement(NamedTuple):
    """A stretch of a text, and what comes into its place. `whose` name it is; `None`: a contact detail or a date."""

    start: int
    end: int
    new: str
    whose: Identity | None = None


class _Token(NamedTuple):
    folded: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Form:
    """A form of a name. `common`: one word, which is a word of the language as well."""

    form: str
    one: Identity
    common: bool


Tree = dict[str, Any]
"""Folded words, one below the other; below the last word of a form, under "", the forms that end there."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The names of one document and those of all others; `small`: what the document writes in small letters."""

    own: Tree
    others: Tree
    small: frozenset[str]

    @classmethod
    def of(cls, path: str, text: str, found: Sequence[Identity], others: Tree | None = None) -> "Lexicon":
        """Bring together what is named in a document; `others`: `tree_of` all, if it is at hand."""
        own = [one for one in found if path in one.documents or one.given]
        small = frozenset(re.findall(r"\b[a-z]+\b", text))
        return cls(tree_of(own, initials=True), tree_of(found) if others is None else others, small)

    def counts(self, form: _Form, *, own: bool) -> bool:
        """Whether a form may mean its owner in this document at all."""
        if own or not form.common:
            return True
        return form.one.kind != PERSON and form.form.lower() not in self.small and form.form not in GIVEN

    def is_doubtful(self, form: _Form) -> bool:
        """Whether a form of the document's own may be a word in it: one that it writes small, or a given name."""
        return form.common and (form.form in GIVEN or form.form.lower() in self.small)


def tree_of(found: Iterable[Identity], *, initials: bool = False) -> Tree:
    """Return the forms of names as a tree of their words."""
    tree: Tree = {}
    for one in found:
        for form in (*all_forms(one), *(_initials(one) if initials else ())):
            words = phrase(form)
            if len(words) > 1 or (words and len(words[0]) > 1):
                branch = tree
                for word in words:
                    branch = branch.setdefault(word, {})
                common = len(words) == 1 and not one.given and _is_common(form)
                branch.setdefault(_END, []).append(_Form(form, one, common))
    return tree


def _initials(one: Identity) -> list[str]:
    """Return "I.L." for Ida Lund, unless it is short for something else."""
    words = one.name.split()
    if one.kind != PERSON or len(words) < 2 or not (words[0][0].isupper() and words[-1][0].isupper()):
        return []
    initials = f"{words[0][0]}.{words[-1][0]}."
    return [] if initials in _ABBREVIATIONS else [initials]


def _is_common(form: str) -> bool:
    return is_ordinary(form) or form.lower() in WORDS_TOO


def put(text: str, wanted: Sequence[Replacement]) -> tuple[str, list[tuple[int, int, str]]]:
    """Return a text with all replacements made, and what stood where.

    Returns:
        The new text; and for every replacement its start and end in the new text and the words that stood there.
    """
    pieces: list[str] = []
    places: list[tuple[int, int, str]] = []
    at = length = 0
    for one in wanted:
        pieces += [text[at : one.start], one.new]
        length += one.start - at
        places.append((length, length + len(one.new), text[one.start : one.end]))
        length += len(one.new)
        at = one.end
    return "".join([*pieces, text[at:]]), places


def replacements(text: str, lexicon: Lexicon) -> list[Replacement]:
    """Return what is to be replaced in a text, in order, nothing twice."""
    signs = [Replacement(one.start, one.end, SIGNS[one.kind]) for one in contacts_in(text)]
    taken = [(one.start, one.end) for one in signs]
    names = _names(text, lexicon, taken)
    return sorted([*signs, *names], key=lambda one: one.start)


def _names(text: str, lexicon: Lexicon, taken: Sequence[tuple[int, int]]) -> list[Replacement]:
    tokens = _tokens(text, taken)
    found: list[Replacement] = []
    seen: dict[int, int] = {}
    at = 0
    while at < len(tokens):
        length, chosen = _at(text, tokens, at, lexicon, seen)
        if chosen is not None and chosen.one.kind != LEAVE:
            first = id(chosen.one) not in seen
            found.append(_put(text, tokens[at].start, tokens[at + length - 1].end, chosen, first=first))
        if chosen is not None:
            seen[id(chosen.one)] = tokens[at].start
        at += length if chosen is not None else 1
    return found


def _tokens(text: str, taken: Sequence[tuple[int, int]]) -> list[_Token]:
    """Return the words outside contact details; a word broken at the end of a line is one."""
    tokens: list[_Token] = []
    ends = iter([*taken, (len(text) + 1, len(text) + 1)])
    start, end = next(ends)
    for match in _WORD.finditer(text):
        while match.start() >= end:
            start, end = next(ends)
        if match.end() <= start:
            tokens.append(_Token(folded(match[0]), match.start(), match.end()))
    return tokens


def _longest(text: str, tokens: Sequence[_Token], at: int, tree: dict[str, Any]) -> tuple[int, list[_Form]]:
    """Return how many words the longest name takes that begins here, and what it may mean."""
    best: tuple[int, list[_Form]] = (0, [])
    branch, n = tree, at
    while n < len(tokens) and (n == at or _goes_together(text, tokens[n - 1], tokens[n])):
        whole = _joined(text, tokens, n, branch)
        word = whole or tokens[n].folded
        if word not in branch:
            break
        branch, n = branch[word], n + (2 if whole else 1)
        if _END in branch:
            best = (n - at, branch[_END])
    return best


def _joined(text: str, tokens: Sequence[_Token], n: int, branch: dict[str, Any]) -> str | None:
    """Return the word that is broken over two lines here, if it is one of the name."""
    if n + 1 >= len(tokens) or not _BROKEN.fullmatch(text, tokens[n].end, tokens[n + 1].start):
        return None
    whole = tokens[n].folded + tokens[n + 1].folded
    return whole if whole in branch else None


def _goes_together(text: str, one: _Token, other: _Token) -> bool:
    between = text[one.end : other.start]
    if "." in between and one.end - one.start > 2 and text[one.start : one.end] not in {"Mrs", "Rev", "Supt"}:
        return False
    return _BETWEEN.fullmatch(between) is not None and "\n\n" not in between


def _at(
    text: str, tokens: Sequence[_Token], at: int, lexicon: Lexicon, seen: dict[int, int]
) -> tuple[int, _Form | None]:
    """Return how many words the name takes that begins here, and whose it is; what the document names goes first."""
    best: tuple[int, _Form | None] = (0, None)
    for tree in (lexicon.own, lexicon.others):
        if tokens[at].folded in tree or _BROKEN.match(text, tokens[at].end):
            length, forms = _longest(text, tokens, at, tree)
            own = tree is lexicon.own
            if length > best[0]:
                stretch = (tokens[at], tokens[at + length - 1])
                fitting = [one for one in forms if _is_written(text, stretch, one, lexicon, own=own)]
                chosen = max(fitting, key=lambda one: seen.get(id(one.one), -1), default=None)
                best = (length, chosen) if chosen is not None else best
    return best


def _is_written(text: str, stretch: tuple[_Token, _Token], form: _Form, lexicon: Lexicon, *, own: bool) -> bool:
    """Whether words are a name and not words that are written alike."""
    first, last = stretch
    words = text[first.start : last.end]
    if _INITIALS.fullmatch(form.form):
        return text.startswith(form.form, first.start)
    if first is not last:
        return words != words.lower() or not all(map(is_ordinary, words.split()))
    if len(words) <= 3 and words not in {form.form, form.form.upper(), form.form.title()}:
        return False
    if words[0].islower():
        return form.form.islower()
    if not lexicon.counts(form, own=own) or (form.common and not own and _among_large(text, first, last)):
        return False
    return not (own and lexicon.is_doubtful(form)) or _is_name_here(text, first, last, form.form)


def _among_large(text: str, first: _Token, last: _Token) -> bool:
    """Whether a word stands beside another large one, and so may be part of another name."""
    before = _LARGE_BEFORE.search(text, max(0, first.start - 32), first.start)
    return before is not None or _LARGE_BEHIND.match(text, last.end) is not None


def _is_name_here(text: str, first: _Token, last: _Token, form: str) -> bool:
    """Whether a large word that may be a word is a name, by what stands around it."""
    if _HONORIFIC.search(text, max(0, first.start - 12), first.start):
        return True
    if form in GIVEN or not _OPENS.search(text, max(0, first.start - 4), first.start):
        return True
    return _GOES_ON.match(text, last.end) is not None


def _put(text: str, start: int, end: int, form: _Form, *, first: bool) -> Replacement:
    """Return the replacement; a title that the pseudonym holds already goes with the name."""
    one = form.one
    pseudonym = one.pseudonym or "[name]"
    words = text[start:end]
    if one.kind == PERSON:
        placed = _is_label(text, start, end) or _OF_SITE.match(text, end) or _INITIALS.fullmatch(form.form)
        full = first and len(phrase(form.form)) > 1 and not placed
        pseudonym = pseudonym if full else short(pseudonym)
        start = _with_titles(text, start, pseudonym, label_of(one))
    end += _INITIALS.fullmatch(form.form) is not None  # the last point is theirs
    rest = _REST_OF_DISTRICT.match(text, end) if one.kind == "district" else None
    end = rest.end() if rest else end
    return Replacement(start, end, pseudonym.upper() if words.isupper() and len(words) > 4 else pseudonym, one)


def _is_label(text: str, start: int, end: int) -> bool:
    """Whether a name is the label of a turn: "Ida Lund: Well, …"."""
    opens = start == 0 or text[start - 1] == "\n"
    return opens and re.match(r"(?: \([^)\n]*\))?:", text[end : end + 30]) is not None


def _with_titles(text: str, start: int, pseudonym: str, label: str) -> int:
    """Return where the titles in front of a name begin that the pseudonym makes superfluous."""
    role = re.compile(rf"(?:\b(?:{re.escape(label)}|Supt\.?|Superintendent)\s+)$" if "uperintendent" in label
                      else rf"\b{re.escape(label)}\s+$", re.IGNORECASE)  # fmt: skip
    for pattern in (_HONORIFIC, role, _HONORIFIC):
        match = pattern.search(text, max(0, start - 48), start)
        if match and "\n\n" not in match[0] and pseudonym:
            start = match.start()
    return start


def in_names_of_files(stem: str, found: Iterable[Identity]) -> str:
    """Return the name of a file in which every word of a name is replaced: "lund-notes" → "principal-a-notes"."""
    owners: dict[str, Identity] = {}
    for one in found:
        if one.kind != LEAVE:
            for word in (part for form in all_forms(one) for part in phrase(form)):
                owners.setdefault(word, one)
    done: list[str] = []

    def replaced(match: re.Match[str]) -> str:
        one = owners.get(folded(match[0])) if _tells(match[0]) else None
        if one is None:
            return match[0]
        new = "-".join(phrase(short(one.pseudonym or "name")))
        again = done[-1:] == [new]
        done.append(new)
        return "" if again else new

    return re.sub(r"([-_ ])\1+", r"\1", _WORD.sub(replaced, stem)).strip("-_ ") or "document"


def _tells(word: str) -> bool:
    """Whether a word of a file's name may tell whose it is; words such as "school" and numbers do not."""
    return len(word) > 2 and word.lower() not in PLAIN and not word.isdigit()
