"""SPSS files, read in a process of their own: the library for them is C, and some damaged files end its process.

python -m pipeline.exchange.tables.apart t.sav   → rows as JSON
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import msgspec

from pipeline.errors import ErrorCode, PipelineError
from pipeline.safe_json import decode

_ROOT: Final = Path(__file__).parents[3]
MOST_SECONDS: Final = 300


def read_sav(path: Path) -> list[dict[str, Any]]:
    """Return the rows of an SPSS file; days as text, what is missing as None.

    Raises:
        PipelineError: it is damaged, or takes longer than five minutes.
    """
    search = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH", "")]))
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", __name__, str(path.resolve())],  # nothing from the folder we are in
            capture_output=True,
            check=False,
            timeout=MOST_SECONDS,
            env=os.environ | {"PYTHONPATH": search},
        )
    except subprocess.TimeoutExpired as error:
        raise _damaged(path, f"not read after {MOST_SECONDS} seconds", ErrorCode.TOO_SLOW) from error
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise _damaged(path, last or f"its reader ended with {done.returncode}", ErrorCode.INVALID_EXCHANGE)
    return decode(done.stdout, list[dict[str, Any]])


def _damaged(path: Path, why: str, code: ErrorCode) -> PipelineError:
    return PipelineError(
        code,
        found=f"{path}, which cannot be read as SPSS ({why})",
        expected="a whole .sav file",
        do="open it in SPSS or PSPP, save it again, or save it as CSV, and try once more",
    )


def rows_as_json(path: Path) -> bytes:
    """Read the file here, whatever becomes of this process."""
    import pyreadstat  # noqa: PLC0415 - only there

    frame, _ = pyreadstat.read_sav(str(path))
    names = [str(name) for name in frame.columns]
    rows = frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
    return msgspec.json.encode([dict(zip(names, row, strict=True)) for row in rows], enc_hook=str)


if __name__ == "__main__":
    sys.stdout.buffer.write(rows_as_json(Path(sys.argv[1])))
