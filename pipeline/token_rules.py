"""What spaCy's rules say of tokens that are tagged and parsed: part of speech, morphology, lemma.

spaCy tries each of its 179 rules on each token (`attribute_ruler`), which takes as long as to parse. Nearly all of them
look at one token: at its tag, its dependency and its word, and few words have a rule. What they say of a token holds
for all that look alike, and is kept. The annotation is the same (tests/test_token_rules.py).

    "got", tagged VBD → lemma "get"        "this", tagged DT, but nobody's determiner → pronoun
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

Facts = tuple[str, str, str, bool]
"""A token as rules see it: its tag, its word in small letters, its dependency, and whether it is space."""

Wanted = Mapping[str, Any]
"""What a rule asks of a token: a value for each of some facts, or {"IN": […]}, {"NOT_IN": […]}, {"REGEX": …}."""

_FACTS = ("TAG", "LOWER", "DEP", "IS_SPACE")
_PLACE = {name: place for place, name in enumerate(_FACTS)}
_WRITTEN = ("TAG", "POS", "MORPH", "LEMMA", "DEP")
_OTHER = "\0"
"""A word, or a dependency, that no rule names."""
_REMEMBERED = 100_000
"""Words and lemmas that are kept in memory."""


@dataclass(frozen=True)
class _Rule:
    """A rule: its number, in the order in which they apply, and what it asks of one token or of several in a row."""

    number: int
    wanted: Sequence[Wanted]

    def holds(self, tokens: Sequence[Facts]) -> bool:
        """Tell whether the first tokens are what the rule asks for."""
        return len(tokens) >= len(self.wanted) and all(map(_fits, self.wanted, tokens))


@dataclass(frozen=True)
class _Said:
    """The numbers of the rules that hold for a token by itself, and the longer rules that may begin with it."""

    numbers: tuple[int, ...]
    begins: tuple[_Rule, ...]


class TokenRules:
    """The rules of a spaCy pipeline that has an `attribute_ruler` and a `lemmatizer`."""

    def __init__(self, nlp: "Language") -> None:
        from spacy import attrs  # noqa: PLC0415 - slow to import

        ruler: Any = nlp.get_pipe("attribute_ruler")
        self._lemmatizer: Any = nlp.get_pipe("lemmatizer")
        self._strings, self._values, self._places = nlp.vocab.strings, ruler.attrs, ruler.indices
        self._columns = [attrs.IDS[name] for name in _WRITTEN]
        rules = [_Rule(i, wanted) for i, rule in enumerate(ruler.patterns) for wanted in rule["patterns"]]
        self._long = [rule for rule in rules if len(rule.wanted) > 1]
        self._short: defaultdict[str | None, list[_Rule]] = defaultdict(list)  # by the tag that they ask for, if one
        for rule in rules:
            if len(rule.wanted) == 1:
                tag = rule.wanted[0].get("TAG")
                self._short[tag if isinstance(tag, str) else None].append(rule)
        asked = [wanted for rule in rules for wanted in rule.wanted]
        self._words = _Names(one["LOWER"] for one in asked if "LOWER" in one)
        self._dependencies = _Names(one["DEP"] for one in asked if "DEP" in one)
        # What is kept is limited: a corpus has more words than a computer has memory.
        self._facts = lru_cache(_REMEMBERED)(self._look_at)
        self._said = lru_cache(_REMEMBERED)(self._ask)
        self._value = lru_cache(_REMEMBERED)(self._resolve)
        self._lemmas: dict[tuple[int, ...], int] = {}

    def annotate(self, doc: "Doc", *, lemmas: bool) -> "Doc":
        """Set what the rules say of the tokens of a text.

        Args:
            doc: the text, tagged and parsed.
            lemmas: whether lemmas are wanted, too.
        """
        rows: list[list[int]] = doc.to_array(list(_FACTS)).tolist()
        tokens = [self._facts(*row) for row in rows]
        said = [self._said(token) for token in tokens]
        numbers = [one.numbers for one in said]
        for i, one in enumerate(said):
            for rule in one.begins:
                if rule.holds(tokens[i : i + len(rule.wanted)]):
                    place = i + self._places[rule.number]
                    numbers[place] = tuple(sorted((*numbers[place], rule.number)))
        written = [self._value(tag, dep, own) for (tag, _, dep, _), own in zip(rows, numbers, strict=True)]
        _write(doc, _WRITTEN, written)
        if lemmas:
            self._lemmatize(doc)
        return doc

    def _look_at(self, tag: int, word: int, dependency: int, space: int) -> Facts:
        """Return what rules see of a token."""
        lower, name = self._strings[word], self._strings[dependency]
        return (
            self._strings[tag],
            lower if lower in self._words else _OTHER,
            name if not name or name in self._dependencies else _OTHER,
            bool(space),
        )

    def _ask(self, token: Facts) -> _Said:
        short = [*self._short[token[0]], *self._short[None]]
        alone = sorted(rule.number for rule in short if _fits(rule.wanted[0], token))
        return _Said(tuple(alone), tuple(rule for rule in self._long if _fits(rule.wanted[0], token)))

    def _resolve(self, tag: int, dependency: int, numbers: tuple[int, ...]) -> list[int]:
        """Return what is written; of rules that say different things, the last one holds."""
        found = {self._columns[0]: tag, self._columns[-1]: dependency}
        for number in numbers:
            found |= self._values[number]
        return [found.get(column, 0) for column in self._columns]

    def _lemmatize(self, doc: "Doc") -> None:
        rows = doc.to_array(["ORTH", "POS", "MORPH", "LEMMA"]).tolist()
        lemmas = [lemma or self._lemma_of(tuple(key), doc, i) for i, (*key, lemma) in enumerate(rows)]
        _write(doc, ("LEMMA",), [[lemma] for lemma in lemmas])

    def _lemma_of(self, key: tuple[int, ...], doc: "Doc", i: int) -> int:
        if key not in self._lemmas:
            if len(self._lemmas) == _REMEMBERED:
                self._lemmas.clear()
            self._lemmas[key] = self._strings.add(self._lemmatizer.lemmatize(doc[i])[0])
        return self._lemmas[key]


def _write(doc: "Doc", names: Sequence[str], rows: Sequence[Sequence[int]]) -> None:
    values: Any = np.array(rows, dtype=np.uint64).reshape(-1, len(names))
    doc.from_array(list(names), values)


def _fits(wanted: Wanted, token: Facts) -> bool:
    return all(_is(token[_PLACE[name]], value) for name, value in wanted.items())


def _is(found: Any, wanted: Any) -> bool:
    if not isinstance(wanted, dict):
        return bool(found == wanted)
    is_in, not_in, regex = wanted.get("IN"), wanted.get("NOT_IN"), wanted.get("REGEX")
    return (
        (is_in is None or found in is_in)
        and (not_in is None or found not in not_in)
        and (regex is None or re.search(regex, found) is not None)
    )


class _Names:
    """The words that rules name: one by one, or by what they look like."""

    def __init__(self, wanted: Iterator[Any]) -> None:
        asked: list[dict[str, Any]] = [one if isinstance(one, dict) else {"IN": [one]} for one in wanted]
        self._words = {word for one in asked for test in ("IN", "NOT_IN") for word in one.get(test, [])}
        self._patterns = [re.compile(one["REGEX"]) for one in asked if "REGEX" in one]

    def __contains__(self, word: str) -> bool:
        return word in self._words or any(pattern.search(word) for pattern in self._patterns)
