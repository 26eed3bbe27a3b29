"""The pipeline's own code as a hash: another version may give other results."""

from functools import lru_cache
from pathlib import Path
from typing import Final

from pipeline.files import sha256_file, sha256_text

_ELSEWHERE: Final = ("cli", "counts", "diff", "doctor", "exchange", "explore", "forms", "query", "review", "verify")
"""Rooms of the code that no record of a document depends on."""


@lru_cache(maxsize=2)
def code_sha256(*, all_of_it: bool = True) -> str:
    """Return the hash of the code, or of that part of it which records of documents depend on."""
    home = Path(__file__).parent
    sources = sorted(path for path in home.rglob("*") if path.suffix in {".py", ".j2", ".css", ".js"})
    names = {path.relative_to(home).as_posix(): path for path in sources}
    counted = [name for name in names if all_of_it or not is_elsewhere(name)]
    return sha256_text(*(part for name in counted for part in (name, _source_sha256(names[name]))))


def is_elsewhere(name: str) -> bool:
    """Tell a file of the code that no record of a document depends on, by its path in the package."""
    rooms = name.split("/")
    return rooms[0] in _ELSEWHERE or (rooms[0] == "stages" and rooms[1] in {"index", "report"})


@lru_cache(maxsize=1024)
def _source_sha256(path: Path) -> str:
    return sha256_file(path)
