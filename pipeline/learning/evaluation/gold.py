"""Reads gold: documents that people have annotated, block by block, and that evaluation trusts.

A gold folder of one document holds four files:

    blocks.txt      [b000] The first block …          numbered blocks, an empty line between them
    segments.jsonl  {"heading": "b000", "level": 1, "first": "b001", "last": "b004", "kind": "discussion", "sites": []}
    quotes.jsonl    {"block": "b003", "text": "…", "speaker": "one principal", "cue": "said", "practices": {"12b": 2}}
    themes.jsonl    {"block": "b003", "themes": {"succession": 2}, "disputed": ["equity"]}

What stands under `disputed` is neither right nor wrong.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from pipeline import jsonl
from pipeline.errors import ErrorCode, PipelineError
from pipeline.records import QuoteForm, SegmentKind

BLOCKS = "blocks.txt"
_BLOCK = re.compile(r"^\[(?P<id>[^\]\s]+)\](?P<text>.*?)(?=^\[[^\]\s]+\]|\Z)", re.MULTILINE | re.DOTALL)


class GoldSegment(msgspec.Struct, frozen=True, kw_only=True):
    """A section: its heading block, if it has one, and the blocks below it up to the next section of any level."""

    heading: str | None
    level: int
    first: str
    last: str
    kind: SegmentKind
    sites: list[str] = []
    sites_disputed: list[str] = []


class GoldQuote(msgspec.Struct, frozen=True, kw_only=True):
    """Someone's words. `split`: the parts stand in `text` with " … " between them. `practices`: indicator → grade."""

    block: str
    text: str
    speaker: str | None = None
    cue: str | None = None
    form: QuoteForm = "inline"
    split: bool = False
    practices: dict[str, Literal[1, 2]] = {}
    best: list[str] = []
    disputed: list[str] = []


class GoldThemes(msgspec.Struct, frozen=True, kw_only=True):
    """The themes of a block: theme → 2 (substantially about it) or 1 (touched on)."""

    block: str
    themes: dict[str, Literal[1, 2]]
    disputed: list[str] = []


@dataclass(frozen=True)
class Gold:
    """One annotated document. `number`: the place of each block in `blocks`, by its id."""

    name: str
    blocks: list[str]
    number: dict[str, int]
    segments: list[GoldSegment]
    quotes: list[GoldQuote]
    themes: list[GoldThemes]

    def start(self, segment: GoldSegment) -> int:
        """Return the place of a segment's first block, its heading included."""
        return self.number[segment.first if segment.heading is None else segment.heading]

    def members(self, segment: GoldSegment) -> range:
        """Return the places of a segment's blocks, its heading included."""
        return range(self.start(segment), self.number[segment.last] + 1)


def load(folder: Path) -> list[Gold]:
    """Read a gold folder, or all gold folders that stand in a folder, by name.

    Raises:
        PipelineError: no gold there, or gold that contradicts itself.
    """
    if (folder / BLOCKS).is_file():
        return [_load_one(folder)]
    found = sorted(path.parent for path in folder.glob(f"*/{BLOCKS}"))
    if not found:
        raise PipelineError(
            ErrorCode.MISSING_FILE,
            found=f"no {BLOCKS} in {folder}, nor in a folder inside it",
            expected="blocks.txt, segments.jsonl, quotes.jsonl and themes.jsonl, or a folder of such folders",
            do="name it with --gold",
        )
    return [_load_one(path) for path in found]


def invalid(found: str, expected: str, do: str) -> PipelineError:
    """Describe gold that cannot be used."""
    return PipelineError(ErrorCode.INVALID_GOLD, found=found, expected=expected, do=do)


def _load_one(folder: Path) -> Gold:
    blocks = _blocks(folder / BLOCKS)
    gold = Gold(
        name=folder.name,
        blocks=[text for _, text in blocks],
        number={block_id: place for place, (block_id, _) in enumerate(blocks)},
        segments=list(jsonl.read(folder / "segments.jsonl", GoldSegment, code=ErrorCode.INVALID_GOLD)),
        quotes=list(jsonl.read(folder / "quotes.jsonl", GoldQuote, code=ErrorCode.INVALID_GOLD)),
        themes=list(jsonl.read(folder / "themes.jsonl", GoldThemes, code=ErrorCode.INVALID_GOLD)),
    )
    _check(gold, folder)
    return gold


def _blocks(path: Path) -> list[tuple[str, str]]:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise invalid(f"{path}: {error}", "text in UTF-8", "save the file as UTF-8") from error
    blocks = [(match["id"], match["text"].strip()) for match in _BLOCK.finditer(text)]
    if not blocks:
        raise invalid(f"{path} without a block", "lines such as “[b000] The first block”", "number its blocks")
    return blocks


def _check(gold: Gold, folder: Path) -> None:
    if len(gold.number) < len(gold.blocks):
        raise invalid(f"{folder / BLOCKS}: a block number stands twice", "each number once", "number the blocks anew")
    named = [(name, block) for name, blocks in _references(gold) for block in blocks]
    for name, block in named:
        if block not in gold.number:
            raise invalid(f"{folder / name} names block {block!r}", f"a block of {BLOCKS}", "correct the number")
    for segment in gold.segments:
        if not gold.members(segment):
            raise invalid(
                f"{folder / 'segments.jsonl'}: a segment from {segment.first} to {segment.last}",
                "a first block that stands before the last",
                "correct the numbers",
            )
    judged = [entry.block for entry in gold.themes]
    if len(set(judged)) < len(judged):
        raise invalid(f"{folder / 'themes.jsonl'}: a block stands twice", "each block once", "join its two lines")


def _references(gold: Gold) -> Iterable[tuple[str, list[str]]]:
    for segment in gold.segments:
        yield "segments.jsonl", [segment.first, segment.last, *([segment.heading] if segment.heading else [])]
    yield "quotes.jsonl", [quote.block for quote in gold.quotes]
    yield "themes.jsonl", [entry.block for entry in gold.themes]
