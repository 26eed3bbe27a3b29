"""One command at a time writes into an output folder, and clears away what a killed one left half done."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pipeline import locking, manifest
from pipeline.files import PART
from pipeline.locking import Say, silent
from pipeline.records import RECORD_TYPES
from pipeline.stages import STAGES

SEGMENT_MAPPINGS: Final = "segment_mappings.jsonl"

_FILES: Final = (
    *(name for stage in STAGES.values() for name in stage.writes),
    *(f"{kind}{suffix}" for kind in RECORD_TYPES for suffix in (".jsonl", ".parquet")),
    SEGMENT_MAPPINGS,
    manifest.FILE,
)
LEFTOVERS: Final = (*dict.fromkeys(f".{name}.*{PART}" for name in _FILES), f"figures/.*{PART}", ".corpus.db.*")
"""What only commands that write into the folder write, and which is of no use after them."""


@contextlib.contextmanager
def writing(outputs: Path, command: str, say: Say = silent) -> Iterator[None]:
    """Keep other commands from writing into an output folder, for a `with` block.

    Args:
        outputs: the folder.
        command: who asks, such as "pop run".
        say: is told what there is to say of an earlier command.

    Raises:
        PipelineError: another command is writing there, or the folder cannot be written.
    """
    with locking.held(outputs, command, say, LEFTOVERS):
        yield
