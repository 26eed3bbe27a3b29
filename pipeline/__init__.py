"""Problems of Practice: from summaries of meetings of school leaders to coded, quotable, queryable evidence."""

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.version import __version__

if TYPE_CHECKING:
    import pandas as pd


def load(outputs: str | Path = "outputs") -> "dict[str, pd.DataFrame]":
    """Read an output folder into one DataFrame for each kind of record; see `pipeline.outputs.load`."""
    from pipeline.outputs import load as load_outputs  # noqa: PLC0415 - pandas is slow to import

    return load_outputs(outputs)


__all__ = ["__version__", "load"]
