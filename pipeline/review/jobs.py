"""Training and a new run, started by a click: another process, whose lines the page reads as they come."""

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock, Thread
from typing import Literal

import msgspec

from pipeline.errors import ExitCode

Name = Literal["train", "run"]
Commands = Mapping[Name, Sequence[str]]

VERDICTS = {
    ("train", ExitCode.DONE): "The new model is in use.",
    ("train", ExitCode.QUALITY_GATE): "The new model was not put to use; the current one stays. Why stands above.",
    ("run", ExitCode.DONE): "Done. The outputs are up to date.",
    ("run", ExitCode.BAD_INPUT): "Done, but some documents were refused; see errors.jsonl.",
}


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """How a job stands. `lines`: from the one asked for on. `code`: of the exit; `None` while it works."""

    name: str | None
    lines: list[str]
    n_lines: int
    code: int | None
    verdict: str | None


@dataclass
class Jobs:
    """At most one job at a time. `commands`: what is called for each."""

    commands: Commands
    _name: Name | None = None
    _lines: list[str] = field(default_factory=list)
    _process: "subprocess.Popen[str] | None" = None
    _code: int | None = None
    _lock: Lock = field(default_factory=Lock)

    def start(self, name: Name) -> bool:
        """Start a job; `False`: another one is still at work."""
        with self._lock:
            if self._process is not None and self._code is None:
                return False
            self._name, self._lines, self._code = name, [], None
            self._process = subprocess.Popen(
                list(self.commands[name]),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                errors="replace",
            )
            Thread(target=self._follow, args=(self._process,), daemon=True).start()
        return True

    def report(self, first: int) -> Report:
        """Return how the job stands, with its lines from `first` on."""
        code = self._code
        verdict = None
        if code is not None and self._name is not None:
            said = f"It ended with exit code {code}. What it said stands above; nothing of your decisions is lost."
            ended = ExitCode(code) if code in set(ExitCode) else ExitCode.UNEXPECTED
            verdict = said if self._is_refused() else VERDICTS.get((self._name, ended), said)
        lines = list(self._lines)
        return Report(name=self._name, lines=lines[first:], n_lines=len(lines), code=code, verdict=verdict)

    def _is_refused(self) -> bool:
        """Tell a command that did nothing, such as one that another keeps out, from one that refused some documents."""
        return self._code == ExitCode.BAD_INPUT and any(line.startswith("Error: ") for line in self._lines)

    def stop(self) -> None:
        """End a job that is still at work."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(timeout=10)

    def _follow(self, process: "subprocess.Popen[str]") -> None:
        with process:
            for line in process.stdout or ():
                self._lines.append(line.rstrip("\n"))
        self._code = process.returncode
