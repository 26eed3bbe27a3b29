"""The outputs as tidy DataFrames, for notebooks."""

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from pipeline import jsonl
from pipeline.records import RECORD_TYPES

if TYPE_CHECKING:
    import pandas as pd


def load(outputs: str | Path = "outputs") -> "dict[str, pd.DataFrame]":
    """Read an output folder into one DataFrame for each kind of record, in the order of the pipeline.

    The columns are the records' fields; `document_id`, `segment_id`, `passage_id` and `quote_id` refer to the column
    `id` of the other frames. `speaker` and `cue` are spread over columns of their own (`speaker_text`, `speaker_name`).
    Offsets and ranks are integers; dates are pandas timestamps; what is unknown is missing.

    Args:
        outputs: the folder.

    Raises:
        PipelineError: a file is missing or broken.

    Example:
        >>> frames = load("outputs")  # doctest: +SKIP
        >>> quotes = frames["quotes"].merge(frames["documents"], left_on="document_id", right_on="id")  # doctest: +SKIP
    """
    import pandas as pd  # noqa: PLC0415 - slow to import

    frames = {}
    for kind, record_type in RECORD_TYPES.items():
        rows = [msgspec.to_builtins(record) for record in jsonl.read(Path(outputs) / f"{kind}.jsonl", record_type)]
        columns = [field.name for field in msgspec.structs.fields(record_type)]
        frame = pd.DataFrame(rows, columns=columns)
        for name in ("speaker", "cue"):
            if kind == "quotes":
                frame = _spread(frame, name)
        offsets = [name for name in map(str, frame) if name.endswith(("start", "end")) and not name.startswith("date")]
        frame = frame.astype(dict.fromkeys(offsets, "Int64"))
        for name in ("date_start", "date_end"):
            if name in frame:
                frame[name] = pd.to_datetime(frame[name], format="ISO8601")
        frames[kind] = frame
    return frames


def _spread(frame: "pd.DataFrame", name: str) -> "pd.DataFrame":
    """Replace a column of objects by a column for each of their fields."""
    import pandas as pd  # noqa: PLC0415

    struct = {"speaker": ("text", "start", "end", "name", "role", "organization"), "cue": ("text", "start", "end")}[
        name
    ]
    parts = pd.DataFrame(
        [{f"{name}_{key}": (value or {}).get(key) for key in struct} for value in frame[name]],
        columns=[f"{name}_{key}" for key in struct],
        index=frame.index,
    )
    place = list(frame.columns).index(name)
    return pd.concat([frame.iloc[:, :place], parts, frame.iloc[:, place + 1 :]], axis=1)
