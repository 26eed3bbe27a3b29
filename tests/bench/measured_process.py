"""Runs a command and tells what it cost, with all processes that it starts.

    python tests/bench/measured_process.py COMMAND …
    → {"cpu": 12.3, "wall": 6.4, "mb": 512.0, "others": 0.1, "exit": 0, "said": "…"}

`cpu`: seconds of processor time of all its processes; `wall`: seconds by the clock; `mb`: the most memory that any one
of them held (MB of 2**20 bytes); `others`: how many processors were busy with other programs meanwhile, on average (0
where the system does not tell); `said`: the last line that it printed.

It runs in a small process of its own, because Linux hands on the highest mark of memory from the process that starts
another one.
"""

import ctypes
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

_ADOPT_ORPHANS = 36  # PR_SET_CHILD_SUBREAPER: workers that outlive their parent are waited for, too


def measured(command: list[str]) -> dict[str, float | int | str]:
    """Run a command to its end and return what it cost."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_ADOPT_ORPHANS, 1, 0, 0, 0)
    began, busy = time.perf_counter(), _busy()
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    _wait_for_orphans()
    wall, busy = time.perf_counter() - began, _busy() - busy
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    unit = 2**20 if sys.platform == "darwin" else 2**10
    said = ran.stdout.strip().rpartition("\n")[2]
    cpu = used.ru_utime + used.ru_stime
    others = max(0.0, (busy - cpu) / wall)
    found = {"cpu": cpu, "wall": wall, "mb": used.ru_maxrss / unit, "others": others}
    return {**found, "exit": ran.returncode, "said": said}


def _busy() -> float:
    """Return the seconds that all processors of this machine have worked since it was started."""
    try:
        told = Path("/proc/stat").read_text(encoding="ascii").split(maxsplit=9)[1:9]
        user, nice, system, _idle, _waiting, irq, softirq, stolen = map(int, told)
    except (OSError, ValueError):
        return 0.0
    return (user + nice + system + irq + softirq + stolen) / os.sysconf("SC_CLK_TCK")


def _wait_for_orphans() -> None:
    try:
        while True:
            os.wait()
    except ChildProcessError:
        return


if __name__ == "__main__":
    print(json.dumps(measured(sys.argv[1:])))
