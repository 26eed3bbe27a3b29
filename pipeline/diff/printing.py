"""Writes a comparison as text of at most 80 columns: the summary, and the list of changes with their words."""

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence

from pipeline.diff.changes import NO, YES, Agreed, Change, Comparison, Kind, Moves, Tally
from pipeline.forms.safe import for_terminal

WIDTH = 80
NAME = 28
MOST_NAMES = 15
"""Indicators that the summary names; the list has all."""

MOST_WORDS = 3
"""Lines of a text that the list shows."""

AROUND = 3
"""Words before and after a change that the list shows."""

_TEXTS = frozenset({"words", "extent", "anatomy"})
_REVIEW = "review"
_DECIDED = ("  A", "  B", "kept", "new", "from rv", "to rv", "lost", "rv ± no")


def to_text(found: Comparison) -> str:
    """Return the summary."""
    parts = [_head(found), _setup(found), _tallies(found), *(_decided(found, kind) for kind in YES)]
    parts += [*(_agreed(found, kind) for kind in YES), _agreed_note(found), *map(_moves, found.moves), _hint(found)]
    return "\n\n".join("\n".join(lines) for lines in map(list, parts) if lines) + "\n"


def to_list(changes: Sequence[Change]) -> str:
    """Return every change with its words, numbered; a headline for each kind of record and document."""
    lines: list[str] = []
    before: tuple[str, str] | None = None
    for number, change in enumerate(changes, start=1):
        if (change.kind, change.document) != before:
            lines += ["", f"{change.kind} · {for_terminal(change.document)}"]
            before = change.kind, change.document
        lines += _entry(number, change)
    return "\n".join(lines).lstrip("\n") + "\n" if lines else "No change.\n"


def _head(found: Comparison) -> Iterator[str]:
    yield from _wrapped(f"A  {for_terminal(found.a)}", "   ")
    yield from _wrapped(f"B  {for_terminal(found.b)}", "   ")
    for sentence in found.missing:
        yield from _wrapped(for_terminal(sentence), "  ")


def _setup(found: Comparison) -> Iterator[str]:
    if found.setup:
        yield f"{'made with':<{NAME}}A → B"
    for one in found.setup:
        yield from _wrapped(f"  {one.name:<{NAME - 2}}{one.a} → {one.b}", " " * (NAME + 2))


def _tallies(found: Comparison) -> Iterator[str]:
    if not found.tallies:
        return
    heads = ("A", "B", "same", "changed", "only A", "only B")
    yield f"{'' if found.of == 'records' else 'judgements of':<{NAME}}" + "".join(f"{head:>8}" for head in heads)
    details = Counter((change.kind, change.change) for change in found.changes)
    for kind, tally in found.tallies.items():
        decided = f"{kind} ({YES[kind]})" if kind in YES and found.of == "records" else kind
        yield _columns(decided, _cells(tally))
        told = [f"{n} {change}" for (of, change), n in sorted(details.items()) if of == kind and _is_told(kind, change)]
        if told:
            yield from _wrapped(f"  {', '.join(told)}", "  ")


def _is_told(kind: Kind, change: str) -> bool:
    return change not in {"added", "removed"} and (kind not in YES or change != "decision")


def _cells(tally: Tally) -> list[int]:
    return [tally.a, tally.b, tally.same, tally.changed, tally.only_a, tally.only_b]


def _decided(found: Comparison, kind: Kind) -> Iterator[str]:
    rows = [one for one in found.transitions if one.kind == kind]
    names = list(dict.fromkeys(one.name for one in rows))
    yes, no = YES[kind], NO[kind]
    moved = Counter({name: sum(one.n for one in rows if one.name == name and one.a != one.b) for name in names})
    if not any(moved.values()):
        return
    shown = names if kind == "tags" else [name for name, n in _most(moved) if n]
    yield _decided_columns("theme" if kind == "tags" else "indicator", _DECIDED)
    for name in shown[:MOST_NAMES]:
        n = {(one.a, one.b): one.n for one in rows if one.name == name}
        kept = n.get((yes, yes), 0)
        was = sum(count for (a, _), count in n.items() if a == yes)
        now = sum(count for (_, b), count in n.items() if b == yes)
        cells = [was, now, kept, n.get((no, yes), 0), n.get((_REVIEW, yes), 0), n.get((yes, _REVIEW), 0)]
        cells += [n.get((yes, no), 0), n.get((_REVIEW, no), 0) + n.get((no, _REVIEW), 0)]
        yield _decided_columns(name, cells)
    if len(shown) > MOST_NAMES:
        yield f"  … and {len(shown) - MOST_NAMES} more (--list)"
    yield from _wrapped(
        f"  A, B: decided {yes}; new: {no} → {yes}; lost: {yes} → {no}; from rv, to rv: {yes} that was, or now is, up "
        f"for review; rv ± no: {_REVIEW} → {no} and back.",
        "  ",
    )


def _decided_columns(name: str, cells: Sequence[object]) -> str:
    return _cut(name, 27) + "".join(f"{cell:>{len(head) + 2}}" for head, cell in zip(_DECIDED, cells, strict=True))


def _most(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))


def _agreed(found: Comparison, kind: Kind) -> Iterator[str]:
    rows = [one for one in found.agreement if one.kind == kind]
    if rows:
        of = "theme" if kind == "tags" else "indicator"
        yield f"{of:<26}{'n':>5}{'A':>5}{'B':>5}{'percent':>9}{'kappa':>7}{'':>10}{'AC1':>6}{'alpha':>7}"
        yield from map(_agreed_row, rows)


def _agreed_note(found: Comparison) -> Iterator[str]:
    if found.agreement:
        yield from _wrapped(
            "n: passages or quotes that both judged; A, B: to how many each gives it (review counts as not given); "
            "behind kappa its 95% interval. –: undefined. With fewer than 15 in A or B a figure says little.",
            "  ",
        )


def _agreed_row(one: Agreed) -> str:
    interval = "" if one.low is None or one.high is None else f"{_number(one.low)}–{_number(one.high)}"
    return (
        f"{_cut(one.name, 26)}{one.n:>5}{one.a:>5}{one.b:>5}{_number(one.percent):>9}{_number(one.kappa):>7}"
        f"{interval:>10}{_number(one.ac1):>6}{_number(one.alpha):>7}"
    )


def _number(value: float | None) -> str:
    """Return a figure between -1 and 1 without its first zero; a dash for what is undefined."""
    if value is None:
        return "–"
    rounded = round(value, 2) + 0.0  # no -0.0
    return f"{rounded:.2f}".replace("0.", ".", 1) if abs(rounded) < 1 else f"{rounded:.1f}"


def _moves(moves: Moves) -> Iterator[str]:
    if not moves.moved:
        return
    yield from _wrapped(
        f"p of {moves.kind}: differs on {moves.moved:,} of {moves.n:,} that both give; mean of the change over these "
        f"{moves.mean:.3f}. Largest:",
        "  ",
    )
    for one in moves.largest:
        yield f"  {_cut(one.name, 26)}{_number(one.p_a):>4} → {_number(one.p_b):<4}  {_line(one.text, 42)}"


def _hint(found: Comparison) -> Iterator[str]:
    n = len(found.changes)
    if not n:
        yield "Nothing else differs." if found.setup else "Nothing differs."
    else:
        changes = f"{n:,} change{'' if n == 1 else 's'}"
        yield from _wrapped(f"{changes}; --list shows each with its words, --format csv makes a table of them.", "")


def _entry(number: int, change: Change) -> Iterator[str]:
    lead = f"{number:>4}  "
    indent = " " * len(lead)
    what = change.change if change.name is None else f"{change.change} {change.name}"
    yield from _wrapped(f"{lead}{what}: {_sides(change)}", indent)
    own_words = {change.a, change.b}
    if change.text not in own_words:
        lines = list(_wrapped(f"{indent}“{for_terminal(change.text)}”", indent))
        yield from lines if len(lines) <= MOST_WORDS else [*lines[:MOST_WORDS], f"{indent}…"]
    place = " → ".join(dict.fromkeys(one for one in (change.id_a, change.id_b) if one))
    yield from _wrapped(f"{indent}{for_terminal(place)}", indent)


def _sides(change: Change) -> str:
    """Return what both say; whole texts stand in the order of A and B."""
    if change.change in {"added", "removed"}:
        return _said(change.b, change.p_b) if change.a is None else _said(change.a, change.p_a)
    a, b = change.a, change.b
    if change.change in _TEXTS and a and b:
        a, b = _around_change(a, b)
    return f"{_said(a, change.p_a)} → {_said(b, change.p_b)}"


def _around_change(a: str, b: str) -> tuple[str, str]:
    """Return two texts without the words that both begin and end with, but for a few.

    >>> _around_change("one two three four five six x", "one two three four five six y z")
    ('… four five six x', '… four five six y z')
    """
    ours, theirs = a.split(), b.split()
    shortest = min(len(ours), len(theirs))
    begin = next((i for i in range(shortest) if ours[i] != theirs[i]), shortest)
    end = next((i for i in range(shortest - begin) if ours[-1 - i] != theirs[-1 - i]), shortest - begin)
    first, last = max(0, begin - AROUND), max(0, end - AROUND)

    def cut(words: list[str]) -> str:
        kept = " ".join(words[first : len(words) - last])
        return ("… " if first else "") + kept + (" …" if last else "")

    return cut(ours), cut(theirs)


def _said(value: str | None, p: float | None) -> str:
    said = "not there" if value is None else for_terminal(value)
    return said if p is None else f"{said} ({_number(p)})"


def _columns(name: str, cells: Sequence[int]) -> str:
    return f"{_cut(name, NAME)}" + "".join(f"{cell:>8,}" for cell in cells)


def _cut(name: str, width: int) -> str:
    """Return a name in a column of this width, with a space behind it."""
    return f"{name if len(name) < width else name[: width - 2] + '…':<{width}}"


def _line(text: str, width: int) -> str:
    shown = for_terminal(" ".join(text.split()))
    return shown if len(shown) <= width else shown[: width - 1] + "…"


def _wrapped(line: str, indent: str) -> list[str]:
    first = line[: len(line) - len(line.lstrip())]
    return textwrap.wrap(
        line.strip(), WIDTH, initial_indent=first, subsequent_indent=indent, break_on_hyphens=False
    ) or [""]
