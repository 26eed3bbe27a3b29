"""The computer: memory, encoding, clock, SQLite, browser."""

import contextlib
import locale
import os
import sqlite3
import sys
import time
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pipeline.config import HOME
from pipeline.doctor.finding import Finding
from pipeline.files import files_below

ENOUGH_MEMORY: Final = 2_000_000_000
_A_DAY: Final = 86_400
_MEMINFO: Final = Path("/proc/meminfo")


def findings(corpus: Path, outputs: Path) -> Iterator[Finding]:
    """Look at the computer."""
    yield _memory(memory())
    yield _encoding()
    yield clock(newest([HOME / "pipeline", corpus, outputs]), time.time())
    yield _sqlite()
    yield _browser()


def memory() -> int | None:
    """Return how many bytes of memory programs can still have; `None`: the system does not tell."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in _MEMINFO.read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    with contextlib.suppress(AttributeError, OSError, ValueError):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return None


def _memory(found: int | None) -> Finding:
    if found is None:
        return Finding("memory", "not told by this system")
    do = "close other programs, or work in one process (--jobs 1)" if found < ENOUGH_MEMORY else ""
    return Finding("memory", f"{found / 1e9:,.1f} GB", do, optional=True)


def _encoding() -> Finding:
    names = {
        "files": sys.getfilesystemencoding(),
        "screen": getattr(sys.stdout, "encoding", None) or locale.getpreferredencoding(False),
    }
    other = [f"{what} {name}" for what, name in names.items() if name.lower().replace("-", "") != "utf8"]
    if other:
        return Finding("encoding", ", ".join(other), "set PYTHONUTF8=1 in front of the command", optional=True)
    return Finding("encoding", "UTF-8")


def newest(folders: list[Path]) -> float:
    """Return when the newest file in some folders was changed, in seconds since 1970; 0 where there is none."""
    found = 0.0
    for folder in folders:
        for path in files_below(folder):
            with contextlib.suppress(OSError):
                found = max(found, path.stat().st_mtime)
    return found


def clock(latest: float, now: float) -> Finding:
    """Compare the clock with the newest file: one from the future tells that the clock is behind."""
    shown = time.strftime("%Y-%m-%d %H:%M", time.gmtime(now)) + " UTC"
    if latest - now > _A_DAY:
        days = int((latest - now) / _A_DAY)
        do = "set the clock; results do not depend on it, but the times in decisions and manifest do"
        return Finding("clock", f"{shown}, {days} days before the newest file", do, optional=True)
    return Finding("clock", shown)


def _sqlite() -> Finding:
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        try:
            connection.execute("CREATE VIRTUAL TABLE words USING fts5 (text, tokenize = 'porter unicode61')")
        except sqlite3.OperationalError as error:
            do = "use a Python whose SQLite has FTS5, such as that of python.org or of your system"
            return Finding("SQLite", f"{sqlite3.sqlite_version} ({error})", do)
    return Finding("SQLite", f"{sqlite3.sqlite_version} with full-text search")


def _browser() -> Finding:
    try:
        webbrowser.get()
    except webbrowser.Error:
        do = "pop review prints an address: open it in a browser on this computer"
        return Finding("browser", "none that can be started from here", do, optional=True)
    return Finding("browser", "found")
