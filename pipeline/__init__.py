"""Problems of Practice: from summaries of meetings of school leaders to coded, quotable, queryable evidence."""

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.version import __version__

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.outputs import Frames


def load(outputs: str | Path = "outputs") -> "Frames":
    """Read an output folder into DataFrames that refer to one another; see `pipeline.outputs.load`."""
    from pipeline.outputs import load as load_outputs  # noqa: PLC0415 - slow to import

    return load_outputs(outputs)


def foreign_keys() -> "pd.DataFrame":
    """Return which column of which frame refers to which other; see `pipeline.outputs.foreign_keys`."""
    from pipeline.outputs import foreign_keys as keys  # noqa: PLC0415

    return keys()


__all__ = ["__version__", "foreign_keys", "load"]
