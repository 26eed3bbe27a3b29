"""All regular expressions of the program, and texts that would make a slow one slow.

Python's engine goes back: where two parts of a pattern can take the same signs, or a search begins anew at each sign,
time grows with the square of the text, or worse. Whether a pattern does that cannot be seen reliably; it can be timed.
Each repetition of a pattern is pumped: what stands before it, its body many thousand times, and a sign that ends all
hope.
"""

import ast
import contextlib
import importlib
import pkgutil
import re
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice
from math import inf
from pathlib import Path
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from types import ModuleType
from typing import Any

import pipeline
from pipeline.config import Settings
from pipeline.errors import PipelineError
from pipeline.watch import watched

LENGTH = 2_000
"""Signs of an attack; at a square, millions of steps."""

_SUSPICIOUS = 0.002  # seconds of the processor; in linear time, most patterns need a tenth of that
_LINEAR = 3.0  # times as long for twice as many signs
_PATIENCE = 0.4  # seconds
_TIMES = 5
_LOOKED_AT = (ast.Attribute, ast.Call)
_METHODS = ("match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer")
_USED_AS = {"WITH_FORMS": {"match"}}
"""Of patterns that are looked up before they are used."""

_AT_ONE_PLACE = {"match", "fullmatch"}
_PUMPS = (" ", "a", "A", "1", ".", "-", "“", "”", '"', "\n", "\t", "a ", "Aa ", "a. ", "A. ", ", ", "1.", "a\n", "\n ")
_HOPELESS = ("\x00", "\n\x00")
_FEW = 4


@dataclass(frozen=True)
class Regex:
    """A pattern, where it stands, and whether it is ever searched for (not only matched at a given place)."""

    where: str
    pattern: str
    flags: int
    is_searched: bool


def all_regexes() -> list[Regex]:
    """Return every pattern that stands in a module, by name or within a call, each once."""
    modules = list(_modules())
    used = {module.__name__: _methods_by_name(module) for module in modules}
    everywhere: dict[str, set[str]] = {}
    for methods_of in used.values():
        for name, methods in methods_of.items():
            everywhere.setdefault(name, set()).update(methods)
    found: dict[tuple[str, int], list[tuple[str, set[str]]]] = {}
    for module in modules:
        for name, value in _values(module):
            known = used[module.__name__] if name.startswith("_") else everywhere
            methods = _USED_AS.get(name) or known.get(name, set(_METHODS))
            found.setdefault((value.pattern, value.flags), []).append((f"{module.__name__}.{name}", methods))
        for line, method, pattern, flags in _inline(module):
            found.setdefault((pattern, flags), []).append((f"{module.__name__}:{line}", {method}))
    return [
        Regex(places[0][0], pattern, flags, any(methods - _AT_ONE_PLACE for _, methods in places))
        for (pattern, flags), places in found.items()
        if isinstance(pattern, str)
    ]


def _modules() -> Iterator[ModuleType]:
    for info in pkgutil.walk_packages(pipeline.__path__, "pipeline."):
        if not info.name.endswith("__main__"):
            yield importlib.import_module(info.name)


def _values(module: ModuleType) -> Iterator[tuple[str, re.Pattern[str]]]:
    for name, value in vars(module).items():
        yield from ((name, one) for one in _patterns(value, 3))


def _patterns(value: object, depth: int) -> Iterator[re.Pattern[str]]:
    """Yield the patterns that a value is or holds."""
    if isinstance(value, re.Pattern):
        yield value
    elif depth and isinstance(value, Mapping):
        for one in (*value.keys(), *value.values()):
            yield from _patterns(one, depth - 1)
    elif depth and isinstance(value, tuple | list | frozenset | set):
        for one in value:
            yield from _patterns(one, depth - 1)


@cache
def _nodes(path: str) -> list[ast.AST]:
    tree = ast.parse(Path(path).read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, _LOOKED_AT)]


def _methods_by_name(module: ModuleType) -> dict[str, set[str]]:
    """Return how a pattern of each name is used in a module: NAME.search(…) or other.NAME.search(…)."""
    used: dict[str, set[str]] = {}
    for node in _nodes(str(module.__file__)):
        if isinstance(node, ast.Attribute) and node.attr in _METHODS:
            name = getattr(node.value, "attr", getattr(node.value, "id", None))
            used.setdefault(str(name), set()).add(node.attr)
    return used


def _inline(module: ModuleType) -> Iterator[tuple[int, str, str, int]]:
    """Yield the patterns within calls such as re.sub("…", …)."""
    for node in _nodes(str(module.__file__)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        of_re = isinstance(node.func.value, ast.Name) and node.func.value.id == "re"
        if of_re and node.func.attr in _METHODS and isinstance(node.args[0], ast.Constant):
            flags = sum(_flag(keyword.value) for keyword in node.keywords if keyword.arg == "flags")
            yield node.lineno, node.func.attr, node.args[0].value, flags


def _flag(node: ast.expr) -> int:
    return int(eval(compile(ast.Expression(node), "flags", "eval"), {"re": re}))


# --- attacks ---------------------------------------------------------------------------------------------------------


def attacks(regex: Regex) -> Iterator[str]:
    """Yield texts that may take a pattern a long time."""
    tree = parser.parse(regex.pattern, regex.flags)
    pumps = dict.fromkeys([("", pump) for pump in _PUMPS])
    for before, body in _repeats(list(tree), ""):
        pumps.update(dict.fromkeys((start, pump) for start in (before, "") for pump in islice(_samples(body), _FEW)))
        pumps[("", before or "a")] = None  # where a search begins at each, and finds no end
    for before, pump in pumps:
        for end in _HOPELESS:
            yield before + (pump * (LENGTH // max(1, len(pump)))) + end


def _repeats(nodes: list[Any], before: str) -> Iterator[tuple[str, list[Any]]]:
    """Yield what stands before each repetition, as a sample, and its body."""
    for code, given in nodes:
        for inner in _children(code, given):
            if code in {codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT} and given[1] > 20:
                yield before, inner
            yield from _repeats(inner, before)
        before += next(_samples([(code, given)]), "")


def _children(code: Any, given: Any) -> list[list[Any]]:
    if code in {codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT}:
        return [list(given[2])]
    if code is codes.BRANCH:
        return [list(branch) for branch in given[1]]
    if code is codes.SUBPATTERN:
        return [list(given[3])]
    if code is codes.ATOMIC_GROUP:
        return [list(given)]
    if code in {codes.ASSERT, codes.ASSERT_NOT}:
        return [list(given[1])]
    return []


def _samples(nodes: list[Any]) -> Iterator[str]:
    """Yield a few texts that nodes may match."""
    if not nodes:
        yield ""
        return
    (code, given), *rest = nodes
    firsts = list(islice(_sample(code, given), _FEW))
    for tail in islice(_samples(rest), 2):
        for first in firsts:
            yield first + tail


def _sample(code: Any, given: Any) -> Iterator[str]:
    if code is codes.LITERAL:
        yield chr(given)
    elif code is codes.NOT_LITERAL:
        yield "a" if given != ord("a") else "b"
    elif code is codes.ANY:
        yield from ("a", " ", ".")
    elif code is codes.IN:
        yield from _of_set(given)
    elif code in {codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT}:
        yield from (one * max(1, min(given[0], 40)) for one in _samples(list(given[2])))
        if given[0] == 0:
            yield ""
    elif code in {codes.SUBPATTERN, codes.ATOMIC_GROUP, codes.BRANCH}:
        for inner in _children(code, given):
            yield from islice(_samples(inner), 2)
    else:
        yield ""


_OF_CATEGORY = {
    codes.CATEGORY_DIGIT: "1",
    codes.CATEGORY_SPACE: " \n",
    codes.CATEGORY_WORD: "a1",
    codes.CATEGORY_NOT_DIGIT: "a ",
    codes.CATEGORY_NOT_SPACE: "a.",
    codes.CATEGORY_NOT_WORD: " .",
}


def _of_set(given: list[Any]) -> Iterator[str]:
    if given[0][0] is codes.NEGATE:
        taken = set().union(*(_signs(code, value) for code, value in given[1:]))
        yield from (sign for sign in "a .1\n“-" if sign not in taken)
        return
    for code, value in given:
        yield from sorted(_signs(code, value))[:2]


def _signs(code: Any, value: Any) -> set[str]:
    if code is codes.LITERAL:
        return {chr(value)}
    if code is codes.RANGE:
        return {chr(sign) for sign in range(value[0], min(value[1], value[0] + 200) + 1)}
    return set(_OF_CATEGORY.get(value, ""))


# --- timing ----------------------------------------------------------------------------------------------------------


def attack_that_works(regex: Regex) -> tuple[float, str] | None:
    """Return how long the first attack takes that needs more than linear time, and its beginning; `None`: none does."""
    compiled = re.compile(regex.pattern, regex.flags)
    for attack in attacks(regex):
        for call in _calls(compiled, is_searched=regex.is_searched):
            took = _seconds(call, attack)
            if took >= _PATIENCE or (took > _SUSPICIOUS and _is_superlinear(call, attack)):
                return took, attack[:30]
    return None


def _calls(compiled: re.Pattern[str], *, is_searched: bool) -> list[Callable[[str], object]]:
    """Return how a pattern is tried. To search is to match at the first sign too."""
    return [
        (lambda text: deque(compiled.finditer(text), maxlen=0)) if is_searched else compiled.match,
        compiled.fullmatch,
    ]


def _is_superlinear(call: Callable[[str], object], attack: str) -> bool:
    """Compare with half of the attack, by turns: what else the machine does can slow down one time, not each."""
    half = attack[: len(attack) // 2] + attack[-1:]
    whole = part = inf
    for _ in range(_TIMES):
        whole, part = min(whole, _seconds(call, attack)), min(part, _seconds(call, half))
        if whole <= max(_SUSPICIOUS, _LINEAR * part):
            return False
    return True


def _seconds(call: Callable[[str], object], text: str) -> float:
    """Return the time of the processor; that of the thread, as a timer makes that of the process coarse."""
    began = time.thread_time()
    with contextlib.suppress(PipelineError), watched(Settings(max_seconds=_PATIENCE)):
        call(text)
    return time.thread_time() - began
