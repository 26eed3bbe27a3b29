"""Makes the faults, and prints what became of them."""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # builders and others

from . import damaging, filling
from .killing import HEADER, kill_often
from .scenes import RunScene, names, scene

KILLS = ("run", "train", "import", "review")
ALL = (*KILLS, "writes", "damages")


def main() -> int:
    """Return 0 if everything survived."""
    asked = _arguments()
    bad: list[str] = []
    with tempfile.TemporaryDirectory(prefix="faults-") as desk:
        kills = [one for one in asked.only if one in KILLS]
        if kills:
            bad += _kill(names(kills), asked.kills, asked.seed, Path(desk))
        if "writes" in asked.only:
            bad += _refuse(Path(desk) / "writes")
        if "damages" in asked.only:
            bad += _damage(asked.seed, Path(desk))
    for problem in bad:
        print(problem)
    return bool(bad)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=100, help="of each command (default 100)")
    parser.add_argument("--seed", type=int, default=13)
    parser.add_argument("--only", nargs="+", choices=ALL, default=ALL, metavar="WHAT", help=", ".join(ALL))
    return parser.parse_args()


def _kill(scenes: list[str], kills: int, seed: int, desk: Path) -> list[str]:
    print(HEADER, flush=True)
    problems = []
    for number, name in enumerate(scenes):
        share = sum(one.partition(",")[0] == name.partition(",")[0] for one in scenes)
        tally = kill_often(scene(name, desk / str(number)), -(-kills // share), seed)
        print(tally.line(), flush=True)
        problems += tally.problems
    return problems


def _refuse(desk: Path) -> list[str]:
    print(f"{'refused':32}{'times':>6}{'survived':>10}", flush=True)
    problems = []
    for what, n, wrong in filling.swept(desk):
        failed = len({one.partition(": ")[0] for one in wrong})
        print(f"{what:32}{n:>6}{n - failed:>10}", flush=True)
        problems += wrong
    return problems


def _damage(seed: int, desk: Path) -> list[str]:
    made = RunScene(desk / "made", changed=False)
    n, missed = damaging.tried(damaging.small(desk / "damaged", made.after, made.corpus), seed)
    print(f"pop verify: found {n - len(missed)} of {n} damages", flush=True)
    return missed


if __name__ == "__main__":
    sys.exit(main())
