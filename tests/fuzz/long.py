"""python -m tests.fuzz.long [--bytes N]: a few signs over and over: seconds for each format, at N bytes and at N/4.

Time must grow with the length, not with its square: a quarter of the bytes may not take less than a ninth of the time.
"""

import argparse
import time

from pipeline.config import Settings
from pipeline.errors import PipelineError
from pipeline.stages.ingest import ingest_bytes
from pipeline.watch import watched

UNITS = {
    "opening marks": "“",
    "straight marks": '"',
    "blanks": " ",
    "letters": "a",
    "full stops": "a.a.a.",
    "sentences": "It is. ",
    "tags": "<div>",
    "closing tags": "</p>",
    "square brackets": "[",
    "pictures": "![](",
    "tables": "|",
    "table rows": "| a | b |\n|---|---|\n",
    "quotations": "> ",
    "lists": "- a\n",
    "stars": "*a_",
    "entities": "&amp;",
    "line ends": "\n",
    "words": "The group met again and nobody left. ",
}
FORMATS = (".txt", ".md", ".html", ".vtt")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.long", description=__doc__)
    parser.add_argument("--bytes", type=int, default=1_000_000)
    n = parser.parse_args().bytes
    print(f"{'':18}" + "".join(f"{ending:>16}" for ending in FORMATS))
    for name, unit in UNITS.items():
        cells = [f"{_seconds(unit, n, ending):8.1f}{_seconds(unit, n // 4, ending):8.2f}" for ending in FORMATS]
        print(f"{name:18}" + "".join(cells), flush=True)


def _seconds(unit: str, n: int, ending: str) -> float:
    """Return how long a file takes; infinity where it is broken off."""
    before = "WEBVTT\n\n00:00:01.000 --> 00:00:03.000\n" if ending == ".vtt" else "Talk\n\nThey met. "
    content = (before + unit * (n // len(unit)) + "\n\nThey left.").encode()
    began = time.process_time()
    try:
        with watched(Settings(max_seconds=120)):
            ingest_bytes(content, f"a{ending}")
    except PipelineError as error:
        if "seconds" in error.found:
            return float("inf")
    return time.process_time() - began


if __name__ == "__main__":
    main()
