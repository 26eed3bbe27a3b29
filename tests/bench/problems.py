"""How well problems of practice and their sites are found in documents with a truth file.

    python tests/bench/problems.py [FOLDER ...]         default: tests/unseen/a, b and c
    python tests/bench/problems.py --list [FOLDER ...]  and what was missed or made up

A folder holds NAME.EXT with NAME/segments.jsonl: for each problem of practice its `heading` (or null), the `first`
words of its first paragraph, and its `sites`. A problem of practice is found if a segment of that kind has its heading,
or a paragraph that begins so. A site is right if one name contains the other.

Nobody who built the pipeline had read these documents when each folder was measured first; docs/segmentation.md keeps
those figures. Since then they are development data.
"""

import argparse
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import encoder, nlp
from pipeline.config import HOME, Settings
from pipeline.learning.anatomy import AnatomyModel
from pipeline.records import Bundle, Segment
from pipeline.stages.ingest import ingest_file
from pipeline.stages.segment import find_segments

FOLDERS = [HOME / "tests" / "unseen" / name for name in "abc"]
FIRST_LETTERS = 30
ROW = "{:<44} {:>5} {:>5} {:>5} {:>7} {:>7}"


@dataclass
class Count:
    """Problems of practice told by people, found, and right; sites found and right."""

    told: int = 0
    found: int = 0
    right: int = 0
    sites: int = 0
    right_sites: int = 0

    def __iadd__(self, other: "Count") -> "Count":
        for name in vars(self):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self


def main() -> None:
    """Print a row for each folder."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", nargs="*", type=Path, default=FOLDERS)
    parser.add_argument("--list", action="store_true", help="name what was missed or made up")
    given = parser.parse_args()
    print(ROW.format("", "n", "P", "R", "sites", "right"))
    total = Count()
    for folder in given.folders:
        count = Count()
        for path in sorted(entry for entry in folder.iterdir() if entry.is_file()):
            count += score(path, verbose=given.list)
        total += count
        print(_row(str(folder.name), count))
    print(_row("all", total))


def _row(name: str, count: Count) -> str:
    precision, recall = count.right / max(1, count.found), count.right / max(1, count.told)
    share = count.right_sites / max(1, count.sites)
    return ROW.format(name, count.told, f"{precision:.2f}", f"{recall:.2f}", count.sites, f"{share:.2f}")


def score(path: Path, *, verbose: bool) -> Count:
    """Compare the problems of practice of one document with its truth file."""
    truth = [json.loads(line) for line in (path.with_suffix("") / "segments.jsonl").read_text("utf-8").splitlines()]
    bundle, segments = _read(path)
    told_by = {passage.id: passage.text for passage in bundle.passages}
    left = list(segments)
    count = Count(told=len(truth), found=len(segments))
    for told in truth:
        match = next((one for one in left if _is_same(one, told, told_by)), None)
        if match is None:
            _say(verbose, f"  missed {path.stem}: {told['heading'] or told['first']} {told['sites']}")
            continue
        left.remove(match)
        count.right += 1
        count.sites += len(match.sites)
        count.right_sites += sum(_is_site(site.name, told["sites"]) for site in match.sites)
    for one in left:
        _say(verbose, f"  made up {path.stem}: {one.heading} {[site.name for site in one.sites]}")
    return count


def _say(verbose: bool, line: str) -> None:
    if verbose:
        print(line)


def _read(path: Path) -> tuple[Bundle, list[Segment]]:
    read = ingest_file(path.parent, path.name, settings=Settings())
    assert read.document is not None, read.refusals
    bundle = Bundle(document=read.document, passages=read.passages)
    model = AnatomyModel.load(HOME / "models")
    segments = find_segments(bundle, nlp.load(), nlp.sentencizer(), encoder.load(), model)
    return bundle, [segment for segment in segments if segment.kind == "problem_of_practice"]


def _is_same(segment: Segment, told: dict[str, Any], texts: dict[str, str]) -> bool:
    if told["heading"] and _plain(told["heading"]) == _plain(segment.heading or ""):
        return True
    first = _plain(told["first"])[:FIRST_LETTERS]
    return any(text.startswith(first) for text in _texts(segment, texts))


def _texts(segment: Segment, texts: dict[str, str]) -> Iterator[str]:
    return (_plain(texts[passage]) for passage in segment.passage_ids)


def _is_site(name: str, told: list[str]) -> bool:
    return any(_plain(name) in _plain(one) or _plain(one) in _plain(name) for one in told)


def _plain(text: str) -> str:
    return re.sub(r"\W+", " ", text).casefold().strip()


if __name__ == "__main__":
    main()
