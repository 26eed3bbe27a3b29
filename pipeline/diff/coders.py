"""Compares what people decided: two coders, or a coder and a run, on the words that both judged.

What a coder left open is not compared. Where a run leaves something to a person (review), it has not given it.
"""

from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path

import numpy as np

from pipeline.config import Settings
from pipeline.corrections import log
from pipeline.diff.asked import asked_of_run
from pipeline.diff.changes import KINDS, Agreed, Change, Comparison, Kind, Tally, in_order
from pipeline.diff.judged import Judged, judged
from pipeline.diff.pairing import pair_equal, plain
from pipeline.errors import ErrorCode, PipelineError
from pipeline.learning import agreement
from pipeline.learning.evaluation import measures

GIVEN = frozenset({"1", "2", "yes", "match"})
_NOT_GIVEN = frozenset({"no", "reject", "review"})

Both = tuple[Judged, Judged]


def compare_coders(a: Path, b: Path) -> Comparison:
    """Compare the decisions of a coder (a file) with those of another, or with a run (a folder).

    Raises:
        PipelineError: a file cannot be read or holds no decisions, or both are folders.
    """
    run = next((path for path in (a, b) if path.is_dir()), None)
    logs = [_log(path) for path in (a, b) if path != run]
    judged = read(logs[0])
    if run is None:
        sides = judged, read(logs[1])
        pairs = pair_judgements(*sides)
        lost = 0
    else:
        pairs = [(said, one) if a.is_dir() else (one, said) for one, said in asked_of_run(judged, run)]
        answers = [pair[0] if a.is_dir() else pair[1] for pair in pairs]
        sides = (answers, judged) if a.is_dir() else (judged, answers)
        lost = len(judged) - len(pairs)
    return Comparison(
        a=_name(a),
        b=_name(b),
        of="judgements",
        tallies={kind: _tally(kind, *sides, pairs) for kind in KINDS if _has(kind, *sides)},
        agreement=list(_agreement(pairs)),
        missing=[*map(_damaged, (one for one in logs if one.damaged)), *_lost(lost, len(judged), run)],
        changes=in_order([change for pair in pairs for change in differences(*pair)]),
    )


def _log(path: Path) -> log.Log:
    if not path.exists():
        raise PipelineError(
            ErrorCode.MISSING_FILE,
            found=f"no {path}",
            expected="a folder of outputs, or the decisions of a coder (corpus/labels/NAME.jsonl)",
            do="check the path",
        )
    return log.read(path)


def read(held: log.Log) -> list[Judged]:
    """Return what a coder's decisions say now, in the order of documents and words.

    Raises:
        PipelineError: there is no decision.
    """
    found = [judged(one) for one in log.current(held.decisions)]
    if not found:
        raise PipelineError(
            ErrorCode.INVALID_LABELS,
            found=f"{held.path} without a decision",
            expected="the decisions of a coder, as pop review writes them, or a folder of outputs",
            do="compare files of labels or tags with pop agree",
        )
    return sorted(found, key=lambda one: (one.anchor.document, one.anchor.start, KINDS.index(one.kind)))


# Finding the same words


def pair_judgements(a: Sequence[Judged], b: Sequence[Judged]) -> list[Both]:
    """Pair judgements of the same words: at the same place first, then in the same surroundings, then in order."""
    found: dict[int, int] = {}
    for key in (_at_place, _in_surroundings, _of_words):
        found = pair_equal([key(one) for one in a], [key(other) for other in b], found)
    return [(a[i], b[found[i]]) for i in sorted(found)]


def _of_words(one: Judged) -> Hashable:
    # A passage may hold several quotes: the record, or the passage of one that was missing, tells which.
    quote = one.id if one.kind == "quotes" else ""
    return one.kind, one.anchor.document, plain(one.anchor.text), quote


def _at_place(one: Judged) -> Hashable:
    return _of_words(one), one.anchor.start


def _in_surroundings(one: Judged) -> Hashable:
    return _of_words(one), one.anchor.before, one.anchor.after


# What differs


def differences(a: Judged, b: Judged) -> Iterator[Change]:
    """Yield the questions on which two judgements of the same words differ; anatomy of a side without any is none."""
    for question in sorted({*a.said, *b.said}):
        one, other = a.answer(question), b.answer(question)
        if question[0] == "anatomy":
            one, other = one or "none", other or "none"
        if one is None or other is None or _same(one, other):
            continue
        is_grade = one in GIVEN and other in GIVEN
        yield Change(
            kind=a.kind,
            change="grade" if is_grade else question[0],
            document=a.anchor.document,
            name=question[1] or None,
            a=one,
            b=other,
            p_a=a.p.get(question[1]),
            p_b=b.p.get(question[1]),
            id_a=a.id,
            id_b=b.id,
            text=a.anchor.text,
        )


def _same(one: str, other: str) -> bool:
    """A run has no grades: its yes is any of them."""
    graded = {"1", "2"}
    if one in GIVEN and other in GIVEN:
        return one == other or not (one in graded and other in graded)
    if {one, other} <= _NOT_GIVEN:
        return True
    return plain(one) == plain(other)


def _tally(kind: Kind, a: Sequence[Judged], b: Sequence[Judged], pairs: Sequence[Both]) -> Tally:
    both = [pair for pair in pairs if pair[0].kind == kind]
    n_a, n_b = (sum(one.kind == kind for one in side) for side in (a, b))
    changed = sum(any(True for _ in differences(*pair)) for pair in both)
    return Tally(
        a=n_a, b=n_b, same=len(both) - changed, changed=changed, only_a=n_a - len(both), only_b=n_b - len(both)
    )


def _has(kind: Kind, a: Sequence[Judged], b: Sequence[Judged]) -> bool:
    return any(one.kind == kind for one in (*a, *b))


def _agreement(pairs: Sequence[Both]) -> Iterator[Agreed]:
    """Yield a row for each theme and indicator that one side gives, over all words on which both say something."""
    kinds: tuple[Kind, ...] = ("tags", "mappings")
    for kind in kinds:
        both = [pair for pair in pairs if pair[0].kind == kind]
        given = {
            name
            for pair in both
            for one in pair
            for (change, name), said in one.said.items()
            if change == "decision" and said in GIVEN
        }
        if given:
            yield from _rows(kind, sorted(given), both)


def _rows(kind: Kind, names: Sequence[str], both: Sequence[Both]) -> Iterator[Agreed]:
    cells = np.array([[_cell(one, other, name) for name in names] for one, other in both])
    documents = [one.anchor.document for one, _ in both]
    numbers = np.unique(documents, return_inverse=True)[1] if len(set(documents)) > 1 else np.arange(len(both))

    statistic = agreement.of_tables(cells)
    shape = (len(names), len(agreement.COEFFICIENTS))
    values = statistic(np.ones((1, len(both)))).reshape(shape)
    clusters = numbers.astype(np.int64)
    drawn = measures.intervals(statistic, clusters, int(clusters.max()) + 1, Settings())
    kappa = agreement.COEFFICIENTS.index("kappa")
    for k, (name, table) in enumerate(zip(names, cells.sum(axis=0).astype(int).tolist(), strict=True)):
        found = dict(zip(agreement.COEFFICIENTS, map(_figure, values[k].tolist()), strict=True))
        interval = drawn[k * shape[1] + kappa]
        yield Agreed(
            kind=kind,
            name=name,
            n=sum(table),
            a=table[0] + table[1],
            b=table[0] + table[2],
            percent=found["percent"],
            kappa=found["kappa"],
            low=interval.low if interval else None,
            high=interval.high if interval else None,
            ac1=found["AC1"],
            alpha=found["alpha"],
        )


def _cell(one: Judged, other: Judged, name: str) -> list[float]:
    """Return which cell of the fourfold table a pair of judgements fills: both, only A, only B, neither; or none."""
    a, b = one.answer(("decision", name)), other.answer(("decision", name))
    if a is None or b is None:
        return [0.0] * 4
    gives = (a in GIVEN, b in GIVEN)
    return [float(gives == cell) for cell in ((True, True), (True, False), (False, True), (False, False))]


def _figure(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 6)


def _name(path: Path) -> str:
    return str(path) if path.is_dir() else path.stem


def _lost(n: int, of: int, run: Path | None) -> list[str]:
    return [f"Not compared: {n} of {of} judgements, whose words do not stand in {run} as they did."] if n else []


def _damaged(held: log.Log) -> str:
    return f"Left out of {held.path}: lines that are no decisions ({', '.join(map(str, held.damaged))})."
