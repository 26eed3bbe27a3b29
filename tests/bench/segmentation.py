"""Topic segmentation on committee meetings, with its peers in one table.

    python tests/bench/segmentation.py           the half that chose nothing: the table of docs/segmentation.md
    python tests/bench/segmentation.py --dev     the half on which weights and cutoffs were chosen
    python tests/bench/segmentation.py --fit     learn the weights on that half, and print them
    python tests/bench/segmentation.py --prose   our own example documents without their headings

Meetings: QMSum (Zhong et al. 2021, https://aclanthology.org/2021.naacl-main.472), from the shared folder beside the
project; nothing is printed of them but figures. A boundary is a turn with which a topic's span begins.
"""

import argparse
import hashlib
import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import segmentation_peers as peers  # noqa: E402

from pipeline.learning.evaluation.windows import disagreements, window_size  # noqa: E402
from pipeline.records import Passage  # noqa: E402
from pipeline.stages.segment import topics  # noqa: E402
from pipeline.stages.segment.topics_features import NAMES, Floats, Turn, gap_features, manners  # noqa: E402
from pipeline.stages.segment.topics_weights import WEIGHTS  # noqa: E402

MEETINGS = ROOT.parent / "shared" / "bench" / "qmsum-committee-dev.jsonl"
CACHE = Path(tempfile.gettempdir()) / "pop-bench-segmentation"
TOLERANCE = 2
DRAWS = 2000
TEXT_TILING, VECTOR_TILING, MEAN_TILING, C99 = 2.0, (0.5, 20), (1.0, 20), 3.0
"""The peers' cutoffs (and block of turns): the best of several on the development half, by Pk - F1 / 2; see --fit."""


@dataclass(frozen=True)
class Meeting:
    """`gold`: 0 or 1 for each gap between turns."""

    id: str
    turns: list[Turn]
    gold: list[int]

    @property
    def is_education(self) -> bool:
        return self.id.startswith("education")


Method = Callable[[Sequence[Turn]], list[int]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dev", action="store_true", help="show the development half")
    parser.add_argument("--fit", action="store_true", help="learn the weights on the development half")
    parser.add_argument("--prose", action="store_true", help="show our own documents without their headings")
    options = parser.parse_args()
    if options.prose:
        _show(prose_table(load_prose()))
        return
    if not MEETINGS.is_file():
        _show([f"skipped: the developers' shared folder is missing: no file {MEETINGS}"])
        return
    rows = [json.loads(line) for line in MEETINGS.read_text(encoding="utf-8").splitlines()]
    development, held_out = halves([row["id"] for row in rows])
    mean_length = round(_mean_length([row for row in rows if row["id"] in development]))
    chosen = development if options.dev or options.fit else held_out
    meetings = load([row for row in rows if row["id"] in chosen])
    name = "development half" if options.dev else "held-out half"
    _show(fitted(meetings) if options.fit else table(meetings, methods(mean_length), name))


def _show(lines: Sequence[str]) -> None:
    sys.stdout.write("\n".join(lines) + "\n")


def halves(ids: Sequence[str]) -> tuple[set[str], set[str]]:
    """Split each kind of meeting in two: every other one in the order of the hashes of their ids."""
    first: set[str] = set()
    for kind in sorted({name.split("_")[0] for name in ids}):
        members = [name for name in ids if name.startswith(kind)]
        first |= set(sorted(members, key=lambda name: hashlib.sha256(name.encode()).hexdigest())[::2])
    return first, set(ids) - first


def methods(mean_length: int) -> dict[str, Method]:
    return {
        "no boundary": peers.no_boundary,
        f"every {mean_length}th turn": lambda turns: peers.every(turns, mean_length),
        "TextTiling (Hearst)": lambda turns: peers.text_tiling(turns, TEXT_TILING),
        "C99 (Choi)": lambda turns: peers.c99(turns, C99),
        "vector tiling (Solbiati)": lambda turns: peers.vector_tiling(turns, *VECTOR_TILING),
        "  the same with means": lambda turns: peers.vector_tiling(turns, *MEAN_TILING, np.mean),
        "ours": lambda turns: ours(turns, WEIGHTS),
        "  vectors alone": lambda turns: ours(turns, _only(lambda name: name.startswith("near"))),
        "  without vectors": lambda turns: ours(turns, _only(lambda name: not name.startswith("near"))),
    }


def ours(turns: Sequence[Turn], weights: Mapping[str, float]) -> list[int]:
    starts = {shift.index for shift in topics.find_shifts(turns, weights=weights)}
    return [int(place in starts) for place in range(1, len(turns))]


def _only(keep: Callable[[str], bool]) -> dict[str, float]:
    return {name: weight if keep(name) else 0.0 for name, weight in WEIGHTS.items()}


# --- meetings --------------------------------------------------------------------------------------------------------


def load(rows: Sequence[Mapping[str, Any]]) -> list[Meeting]:
    """Return the meetings with the vectors of their sentences, which are kept for the next time."""
    return [Meeting(row["id"], _turns(row), boundaries(row)) for row in sorted(rows, key=lambda row: row["id"])]


def boundaries(row: Mapping[str, Any]) -> list[int]:
    starts = {start for topic in row["topics"] for start, _ in topic["spans"]}
    return [int(place in starts) for place in range(1, len(row["turns"]))]


def _turns(row: Mapping[str, Any]) -> list[Turn]:
    from pipeline import encoder, nlp  # noqa: PLC0415 - slow to import
    from pipeline.learning.features import split_sentences  # noqa: PLC0415

    texts = [turn["text"] for turn in row["turns"]]
    spans = split_sentences(texts, nlp.sentencizer())
    sentences = [[text[start:end] for start, end in found] for text, found in zip(texts, spans, strict=True)]
    flat = [sentence for found in sentences for sentence in found]
    path = CACHE / f"{hashlib.sha256(chr(0).join([encoder.MODEL_SHA256, *flat]).encode()).hexdigest()[:16]}.npy"
    if not path.is_file():
        CACHE.mkdir(parents=True, exist_ok=True)
        np.save(path, encoder.load().encode(flat, row["id"]))
    vectors = np.split(np.load(path), np.cumsum([len(found) for found in sentences])[:-1])
    speakers = [turn["speaker"].casefold() for turn in row["turns"]]
    return [Turn(*fields) for fields in zip(texts, speakers, sentences, vectors, strict=True)]


def _mean_length(rows: Sequence[Mapping[str, Any]]) -> float:
    return sum(len(row["turns"]) for row in rows) / sum(1 + sum(boundaries(row)) for row in rows)


def load_prose() -> list[Meeting]:
    """Return the long example documents in prose, with a boundary wherever there was a heading."""
    from pipeline import encoder, nlp  # noqa: PLC0415 - slow to import
    from pipeline.config import HOME, Settings  # noqa: PLC0415
    from pipeline.stages.ingest import ingest_file  # noqa: PLC0415

    found: list[Meeting] = []
    for path in sorted((HOME / "corpus" / "examples").iterdir()):
        ingested = ingest_file(HOME / "corpus", f"examples/{path.name}", settings=Settings())
        held, starts = _without_headings(ingested.passages)
        begin = topics.first_spoken(held)
        is_prose = ingested.document is not None and ingested.document.kind not in {"program", "rubric", "transcript"}
        if begin is not None and is_prose:
            turns = topics.turns_of(held[begin:], encoder.load(), nlp.sentencizer())
            found.append(Meeting(path.name, turns, [int(begin + n in starts) for n in range(1, len(turns))]))
    return found


def _without_headings(passages: Sequence[Passage]) -> tuple[list[Passage], set[int]]:
    held: list[Passage] = []
    starts: set[int] = set()
    for passage in passages:
        if passage.kind == "heading":
            starts.add(len(held))
        else:
            held.append(passage)
    return held, starts


# --- measures --------------------------------------------------------------------------------------------------------


def table(meetings: Sequence[Meeting], by: Mapping[str, Method], name: str) -> list[str]:
    """Return the lines of a table, at most 80 columns wide."""
    lines = [f"QMSum committee meetings, {name}; mean over meetings, [95 % bootstrap]"]
    groups = {"education": [one for one in meetings if one.is_education], "all": list(meetings)}
    found = {label: [method(one.turns) for one in meetings] for label, method in by.items()}
    for group, members in groups.items():
        n = sum(sum(one.gold) for one in members)
        lines += ["", f"{group}: {len(members)} meetings, {n} boundaries", _header()]
        for label, cuts in found.items():
            scored = [measures(one.gold, cut) for one, cut in zip(meetings, cuts, strict=True) if one in members]
            lines.append(_line(label, np.array(scored, dtype=np.float64)))
    return lines


def prose_table(documents: Sequence[Meeting]) -> list[str]:
    """Return the lines of the table of prose; boundaries agree within one paragraph."""
    n = sum(sum(one.gold) for one in documents)
    by: dict[str, Method] = {
        "no boundary": peers.no_boundary,
        "every 4th paragraph": partial(peers.every, k=4),
        "ours": partial(ours, weights=WEIGHTS),
    }
    lines = [f"our examples in prose, headings removed: {len(documents)} documents, {n} boundaries", "", _header()]
    for label, method in by.items():
        scored = [measures(one.gold, method(one.turns), 1) for one in documents]
        lines.append(_line(label, np.array(scored, dtype=np.float64)))
    return lines


def measures(gold: Sequence[int], cut: Sequence[int], tolerance: int = TOLERANCE) -> tuple[float, ...]:
    """Return Pk, WindowDiff, and for F1 the boundaries that agree, were found, and are in gold."""
    pk, window_diff = np.array(disagreements(gold, cut, window_size(gold))).mean(axis=0)
    return float(pk), float(window_diff), agreeing(gold, cut, tolerance), sum(cut), sum(gold)


def agreeing(gold: Sequence[int], cut: Sequence[int], tolerance: int = TOLERANCE) -> int:
    """Count the gold boundaries that have a found one within some turns, each for itself; the nearest first."""
    wanted = [place for place, one in enumerate(gold) if one]
    found = [place for place, one in enumerate(cut) if one]
    pairs = sorted((abs(a - b), a, b) for a in wanted for b in found if abs(a - b) <= tolerance)
    used: set[tuple[str, int]] = set()
    for _, a, b in pairs:
        if ("gold", a) not in used and ("found", b) not in used:
            used |= {("gold", a), ("found", b)}
    return len(used) // 2


def _header() -> str:
    return f"{'':25}{'Pk':>5}{'':14}{'WD':>5}{'F1':>7}{'':14}{'cuts':>6}"


def _line(label: str, scored: Floats) -> str:
    pk, f1 = _interval(scored, lambda rows: rows[:, 0].mean()), _interval(scored, _f1)
    return (
        f"{label:25}{scored[:, 0].mean():5.3f} [{pk[0]:.3f} {pk[1]:.3f}]{scored[:, 1].mean():6.3f}"
        f"{_f1(scored):7.3f} [{f1[0]:.3f} {f1[1]:.3f}]{int(scored[:, 3].sum()):5d}"
    )


def _f1(rows: Floats) -> float:
    """Return F1 over all boundaries of the meetings together."""
    return float(2 * rows[:, 2].sum() / max(rows[:, 3].sum() + rows[:, 4].sum(), 1))


def _interval(scored: Floats, measure: Callable[[Floats], float]) -> tuple[float, float]:
    draw = np.random.default_rng(19)
    values = [measure(scored[draw.integers(0, len(scored), len(scored))]) for _ in range(DRAWS)]
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


# --- choosing, on the development half -------------------------------------------------------------------------------


def fitted(meetings: Sequence[Meeting]) -> list[str]:
    """Return the weights as they stand in topics_weights.py, and the scores of the peers at several cutoffs."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - slow to import

    features = np.vstack([gap_features(one.turns, manners(one.turns)) for one in meetings])
    gold = np.concatenate([one.gold for one in meetings])
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-6
    model = LogisticRegression(C=0.3, max_iter=2000).fit((features - mean) / spread, gold)
    weights = model.coef_[0] / spread
    lines = [f'    "{name}": {weight:.4f},' for name, weight in zip(NAMES, weights, strict=True)]
    education = [one for one in meetings if one.is_education]
    for label, method in _options().items():
        scored = np.array([measures(one.gold, method(one.turns)) for one in education])
        pk, f1 = scored[:, 0].mean(), _f1(scored)
        lines.append(f"# {label:24} Pk {pk:.3f}  F1 {f1:.3f}  Pk - F1 / 2 {pk - f1 / 2:6.3f}")
    return lines


def _options() -> dict[str, Method]:
    found: dict[str, Method] = {}
    for cutoff in (-0.5, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0):
        found[f"TextTiling {cutoff}"] = partial(peers.text_tiling, cutoff=cutoff)
        found[f"C99 {cutoff}"] = partial(peers.c99, cutoff=cutoff)
        for block in (10, 20):
            found[f"vector tiling {cutoff} {block}"] = partial(peers.vector_tiling, cutoff=cutoff, block=block)
            found[f"with means {cutoff} {block}"] = partial(
                peers.vector_tiling, cutoff=cutoff, block=block, pool=np.mean
            )
    return dict(sorted(found.items()))


if __name__ == "__main__":
    main()
