"""How well a document was read: facts measured while reading it, for documents.jsonl and the report.

>>> from pipeline.stages.ingest.blocks import Block
>>> quality(Reading([Block("paragraph", "They met.")], removed=["Page 3"], seen=12), [Block("paragraph", "They met.")])
{'words_kept': 0.583, 'furniture_removed': 1}
"""

from collections.abc import Sequence
from typing import Any

from pipeline.stages.ingest.blocks import Block, Reading


def count(text: str) -> int:
    """Count the letters and digits of a text: a measure of its words that hyphens and line ends leave alone."""
    return sum(map(str.isalnum, text))


def quality(reading: Reading, blocks: Sequence[Block]) -> dict[str, Any]:
    """Return what was measured of a reading.

    `words_kept`: letters and digits in passages, of all that the reader met, 0–1; what is missing was left out as
    furniture, or lost. `furniture_removed`: lines, boxes and menus left out. And where the format has such a thing:
    `encoding_guessed` (a name, or `None` for UTF-8), `pages`, `pages_without_text` and `order_doubtful` (page numbers).
    """
    kept = sum(count(block.text) for block in blocks)
    share = {"words_kept": round(min(1.0, kept / reading.seen), 3)} if reading.seen else {}
    return {**share, "furniture_removed": len(reading.removed), **reading.facts}
