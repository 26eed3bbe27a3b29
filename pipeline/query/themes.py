"""Themes with and, or, not and brackets.

    succession and (equity or culture_change) and not policy_resources

`not` binds closest, then `and`, then `or`. A theme is named by its id or its name; a name with "and", "or", "not" or a
bracket in it stands in quotation marks.
"""

import re
import sqlite3
from collections.abc import Callable
from typing import Final, NamedTuple

from pipeline.errors import PipelineError
from pipeline.folding import fold
from pipeline.query.conditions import Condition, all_of, any_of, opposite
from pipeline.query.values import invalid, unknown

MOST_WORDS: Final = 200
_TOKEN: Final = re.compile(r"""(?P<mark>[()])|(?P<quoted>"[^"]*"|'[^']*'|“[^”]*”)|(?P<word>[^\s()]+)""")
_OPERATORS: Final = frozenset({"and", "or", "not"})
_MARKS: Final = frozenset({"(", ")"})

Leaf = Callable[[str], Condition]


class _Token(NamedTuple):
    """A bracket, an operator, or a name; `place`: the number of its first character, from 1."""

    kind: str
    text: str
    place: int


def condition(connection: sqlite3.Connection, expression: str, carries: Leaf) -> Condition:
    """Return the condition that an expression stands for.

    Args:
        connection: the index, with its themes.
        expression: what was typed.
        carries: makes the condition that the theme of this id is there.

    Raises:
        PipelineError: the expression is broken, or names an unknown theme; says where.
    """
    rows: list[tuple[str, str]] = [tuple(row) for row in connection.execute("SELECT id, name FROM themes ORDER BY n")]
    ids = {fold(name): theme for theme, name in rows} | {fold(theme): theme for theme, _ in rows}
    is_name = not _MARKS & set(expression) or any(expression.strip() in row for row in rows)
    if is_name and fold(expression) in ids:
        return carries(ids[fold(expression)])
    return _Parser(expression, ids, [theme for theme, _ in rows], carries).parse()


class _Parser:
    """Reads an expression from left to right."""

    def __init__(self, expression: str, ids: dict[str, str], themes: list[str], carries: Leaf) -> None:
        self._expression = expression
        self._ids = ids
        self._themes = themes
        self._carries = carries
        self._tokens = _tokens(expression)
        self._at = 0

    def parse(self) -> Condition:
        if len(self._tokens) > MOST_WORDS:
            raise self._wrong(f"has {len(self._tokens)} words", f"at most {MOST_WORDS}", "ask in several questions")
        found = self._either()
        if self._next.kind == ")":
            raise self._misplaced("a bracket that was not opened", "leave it out, or open one before it")
        if self._next.kind:
            raise self._misplaced(f"{self._next.text!r} after a theme", "put and, or, or and not before it")
        return found

    @property
    def _next(self) -> _Token:
        end = _Token("", "", len(self._expression) + 1)
        return self._tokens[self._at] if self._at < len(self._tokens) else end

    def _take(self, kind: str) -> bool:
        taken = self._next.kind == kind
        self._at += taken
        return taken

    def _either(self) -> Condition:
        parts = [self._both()]
        while self._take("or"):
            parts.append(self._both())
        return any_of(parts) if len(parts) > 1 else parts[0]

    def _both(self) -> Condition:
        parts = [self._one()]
        while self._take("and"):
            parts.append(self._one())
        return all_of(parts) if len(parts) > 1 else parts[0]

    def _one(self) -> Condition:
        if self._take("not"):
            return opposite(self._one())
        opened = self._next
        if self._take("("):
            found = self._either()
            if not self._take(")"):
                raise self._wrong(f"opens a bracket at character {opened.place}", "its closing bracket", "add it")
            return found
        if self._take("name"):
            return self._carries(self._theme(opened))
        what = repr(opened.text) if opened.text else "its end"
        raise self._misplaced(f"{what}, where a theme should stand", "name one there, or leave out what is before it")

    def _theme(self, named: _Token) -> str:
        theme = self._ids.get(fold(named.text))
        if theme is None:
            alone = len(self._tokens) == 1
            where = "" if alone else f" at character {named.place} of {self._expression!r}"
            raise unknown("theme", named.text, self._themes, where)
        return theme

    def _misplaced(self, what: str, do: str) -> PipelineError:
        return self._wrong(f"has {what} (character {self._next.place})", "themes with and, or, not and brackets", do)

    def _wrong(self, what: str, expected: str, do: str) -> PipelineError:
        return invalid(f"the themes {self._expression!r}: it {what}", expected, do)


def _tokens(expression: str) -> list[_Token]:
    """Return the parts of an expression; words that follow one another are one name."""
    found: list[_Token] = []
    for match in _TOKEN.finditer(expression):
        kind, text = str(match.lastgroup), match[str(match.lastgroup)]
        place = match.start(str(match.lastgroup)) + 1
        if kind == "quoted":
            found.append(_Token("name", text[1:-1], place))
        elif text in _MARKS or text.lower() in _OPERATORS:
            found.append(_Token(text.lower(), text, place))
        elif found and found[-1].kind == "name" and found[-1].place + len(found[-1].text) < place:
            found[-1] = found[-1]._replace(text=f"{found[-1].text} {text}")
        else:
            found.append(_Token("name", text, place))
    return found
