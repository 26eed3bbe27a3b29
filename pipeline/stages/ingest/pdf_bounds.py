"""What comes out of the packed streams of a PDF is counted, for pdfminer itself unpacks without an end.

A stream of 200 kB may unpack to 200 MB, and one packed twice to a thousand times that. pdfminer asks `zlib` of its
module `pdftypes`; a stand-in takes its place there, which counts. A stream that is cut off is read as far as it goes,
which pdfminer itself does byte by byte, in time that grows with the square of what comes out.
"""

import contextlib
import threading
import zlib
from collections.abc import Iterator
from typing import Any

from pdfminer import pdftypes

from pipeline.errors import ErrorCode, PipelineError
from pipeline.watch import Stopped

_PIECE = 1 << 16
_HEADER = 2  # bytes before the packed ones


class _Budget(threading.local):
    """How many bytes may come out of the streams of the PDF at hand, and how many of them still may; one a thread."""

    most: float = float("inf")
    left: float = float("inf")


_budget = _Budget()


class _CountingZlib:
    """Stands in for the module zlib."""

    error = zlib.error

    @staticmethod
    def decompress(content: bytes) -> bytes:
        """Unpack a whole stream."""
        unpacked, is_whole = _unpack(content, zlib.MAX_WBITS)
        if not is_whole:
            raise zlib.error("incomplete or truncated stream")
        return unpacked


def _decompress_corrupted(content: bytes) -> bytes:
    """Unpack a stream that is cut off, or whose sum (which follows the packed bytes) is wrong."""
    return _unpack(content[_HEADER:], -zlib.MAX_WBITS)[0]


def _unpack(content: bytes, window: int) -> tuple[bytes, bool]:
    """Return what comes out, and whether the stream has its end; `window`: as zlib wants it."""
    pieces: list[bytes] = []
    unpacker = zlib.decompressobj(window)
    while content and not unpacker.eof:
        pieces.append(unpacker.decompress(content, _PIECE))
        content = unpacker.unconsumed_tail
        _take(len(pieces[-1]))
    pieces.append(unpacker.flush())
    _take(len(pieces[-1]))
    return b"".join(pieces), unpacker.eof


def _take(n_bytes: int) -> None:
    _budget.left -= n_bytes
    if _budget.left < 0:
        raise Stopped(_too_large(_budget.most))


_pdftypes: Any = pdftypes
_pdftypes.zlib, _pdftypes.decompress_corrupted = _CountingZlib, _decompress_corrupted


@contextlib.contextmanager
def bounded(most: int) -> Iterator[None]:
    """Let at most so many bytes come out of all streams together within a `with` block.

    Raises:
        PipelineError: more comes out.
    """
    _budget.most = _budget.left = most
    try:
        yield
    except Stopped as stopped:
        raise stopped.error from stopped
    finally:
        _budget.most = _budget.left = float("inf")


def _too_large(most: float) -> PipelineError:
    return PipelineError(
        ErrorCode.TOO_LARGE,
        found=f"a PDF whose streams unpack to more than {most:,.0f} bytes",
        expected="one from which less comes out",
        do="check where it comes from; if it is sound, print it to a new PDF, or split it",
    )
