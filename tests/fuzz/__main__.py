"""python -m tests.fuzz --seconds N [--target NAME …] [--keep DIR]: fuzzes every reader, and prints a table.

Each target gets a process of its own, and N seconds. Where atheris is installed (Linux), it chooses which mutated files
to build upon, by the code that they reach; elsewhere they are drawn at random. Ends with 1 where anything went wrong.
"""

import argparse
import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

from tests.fuzz.targets import TARGETS
from tests.fuzz.trying import Tally


def main() -> int:
    """Run all targets, one after another."""
    given = _options()
    keep = Path(given.keep or tempfile.mkdtemp(prefix="pop-fuzz-kept-"))
    keep.mkdir(parents=True, exist_ok=True)
    guided = importlib.util.find_spec("atheris") is not None and not given.random
    tallies = [_run(name, given.seconds, keep, guided=guided) for name in given.target or TARGETS]
    _print(tallies, keep, guided=guided)
    return int(any(tally.faults for tally in tallies))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20, help="for each target")
    parser.add_argument("--target", action="append", choices=list(TARGETS), help="one of them; may be given again")
    parser.add_argument("--keep", help="folder for what is found, and for files that reach new code")
    parser.add_argument("--random", action="store_true", help="draw files at random, even if atheris is there")
    return parser.parse_args()


def _run(name: str, seconds: float, keep: Path, *, guided: bool) -> Tally:
    result = keep / f"{name}.json"
    result.unlink(missing_ok=True)
    with (keep / f"{name}.log").open("wb") as log:
        command = [sys.executable, "-m", "tests.fuzz.one", name, str(seconds), str(keep), "guided" * guided]
        ended = subprocess.run(command, stdout=log, stderr=log, check=False)
    tally = msgspec.json.decode(result.read_bytes(), type=Tally) if result.exists() else Tally(name)
    if ended.returncode and not tally.faults:
        tally.faults.append(_died(name, ended.returncode, keep))
    print(_line(tally), flush=True)
    return tally


def _died(name: str, code: int, keep: Path) -> "msgspec.Struct":
    from tests.fuzz.trying import Fault  # noqa: PLC0415

    return Fault("crash", f"the process ended with {code}", "see the log", str(keep / f"{name}.log"))


def _line(tally: Tally) -> str:
    faults = {kind: sum(fault.kind == kind for fault in tally.faults) for kind in ("crash", "hang", "memory")}
    return (
        f"{tally.target:18}{tally.tried:9,}{tally.read:9,}{tally.refused:9,}{faults['crash']:8}{faults['hang']:7}"
        f"{faults['memory']:8}{tally.slowest:9.2f}{tally.memory / 1e6:8.0f}"
    )


def _print(tallies: list[Tally], keep: Path, *, guided: bool) -> None:
    head = (
        f"{'target':18}{'tried':>9}{'read':>9}{'refused':>9}{'crash':>8}{'hang':>7}{'memory':>8}{'slow s':>9}{'MB':>8}"
    )
    print("\n" + head)
    for tally in tallies:
        print(_line(tally))
    total = Tally("all", *(sum(getattr(tally, name) for tally in tallies) for name in ("tried", "read", "refused")))
    total.slowest = max(tally.slowest for tally in tallies)
    total.memory = max(tally.memory for tally in tallies)
    total.faults = [fault for tally in tallies for fault in tally.faults]
    print(_line(total))
    for fault in total.faults:
        print(f"\n{fault.kind}: {fault.where}\n  {fault.message}\n  {fault.file}")
    print(f"\n{'Guided by coverage (atheris)' if guided else 'Drawn at random'}; kept in {keep}")


if __name__ == "__main__":
    sys.exit(main())
