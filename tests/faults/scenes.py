"""The commands that are killed: run, train, import and review."""

import contextlib
import http.client
import json
import queue
import shutil
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import builders
import msgspec
import reviewing
import topics

from pipeline import manifest
from pipeline.corrections import log
from pipeline.corrections.decisions import PassageDecision
from pipeline.errors import PipelineError
from pipeline.learning import model_files, versions
from pipeline.learning.themes import ThemeModel
from pipeline.records import Document, Refusal
from pipeline.tools import Tools
from pipeline.verify import verify

from . import states
from .killing import PATIENCE, ended, killed, ran, started

MINUTES = (
    "Minutes of the Lower Fork Board\n\nMarch 3, 2015\n\nPresent were six trustees and the superintendent.\n\n"
    "“Nobody asked the teachers before the schedule changed,” said Ida Kern, principal of Fork School. "
    "The board agreed to ask families and teachers in May.\n"
)
NOTES = (
    "# Notes of the spring visit\n\n## Problem of Practice: Lower Fork\n\nHalf of the principals had left within "
    "three years. The district began to train assistant principals, and paid retired ones to mentor them.\n\n"
    "- Visit two schools in the fall.\n- Bring figures of attendance, school by school.\n"
)


class RunScene:
    """`pop run`, in a new folder or where the results of an older corpus stand."""

    def __init__(self, desk: Path, *, changed: bool) -> None:
        self.name = "run, after a change" if changed else "run, new folder"
        self.corpus, self.outputs = desk / "corpus", desk / "outputs"
        self.place = self.outputs
        self.words = ["run", "--corpus", self.corpus, "--outputs", self.outputs, "--quiet"]
        self._write("notes.md", NOTES)
        self._write("minutes.txt", MINUTES)
        self.before = self._made(desk / "before") if changed else None
        self._write("minutes.txt", MINUTES.replace("in May", "in June"))
        self._write("more.txt", MINUTES.replace("March 3", "April 7").replace("schedule", "calendar"))
        states.put(self.before, self.outputs)
        self.after = self._made(desk / "after")
        self.old, self.new = states.state(self.before or desk / "nothing"), states.state(self.after)

    def _write(self, name: str, text: str) -> None:
        self.corpus.mkdir(parents=True, exist_ok=True)
        (self.corpus / name).write_text(text, encoding="utf-8")

    def _made(self, keep: Path) -> Path:
        began = time.monotonic()
        assert ended(self.words) == []
        self.usual = time.monotonic() - began
        states.put(self.outputs, keep)
        return keep

    def reset(self) -> None:
        states.put(self.before, self.outputs)

    def act(self, kill_after: float | None) -> bool:
        return ran(self.words, kill_after)

    def check(self) -> list[str]:
        growing = {"manifest.json", "errors.jsonl"}  # these are written after every stage
        problems = states.neither(self.old, self.new, states.state(self.outputs), growing)
        manifest.load(self.outputs)
        if (self.outputs / "errors.jsonl").is_file():
            lines = (self.outputs / "errors.jsonl").read_bytes()
            msgspec.json.Decoder(Refusal).decode_lines(lines)
        return problems

    def finish(self) -> list[str]:
        problems = ended(self.words)
        problems += states.differences(self.new, states.state(self.outputs))
        problems += [f"left: {name}" for name in sorted(states.hidden(self.outputs) - {".kept.db"})]
        return problems + ([] if problems else verify(self.outputs, self.corpus).problems)


class TrainScene:
    """`pop train`, where a model of other labels is in use."""

    name = "train"

    def __init__(self, desk: Path) -> None:
        self.models, self.desk = desk / "models", desk
        desk.mkdir(parents=True, exist_ok=True)
        self.codebook = desk / "codebook.yaml"
        topics.write_codebook(self.codebook, list(topics.TOPICS))
        fewer, labels = desk / "fewer.jsonl", desk / "labels.jsonl"
        topics.write(fewer, topics.labels()[:44])
        topics.write(labels, topics.labels())
        self.words = self._train(labels)
        assert ended(self._train(fewer)) == []
        states.put(self.models, desk / "before")
        self.old = self._state()
        began = time.monotonic()
        assert ended(self.words) == []
        self.usual = time.monotonic() - began
        self.new = self._state()

    def _train(self, labels: Path) -> list[object]:
        return ["train", "--labels", labels, "--codebook", self.codebook, "--models", self.models, "--quiet"]

    def _state(self) -> states.State:
        return states.state(self.models / "themes")

    def reset(self) -> None:
        states.put(self.desk / "before", self.models)

    def act(self, kill_after: float | None) -> bool:
        return ran(self.words, kill_after)

    def check(self) -> list[str]:
        tools = Tools(msgspec.json.decode(b"{}", type=_settings()), self.codebook, self.codebook, self.models)
        try:
            ThemeModel.load(tools.models_with("themes"))
        except PipelineError as error:
            return [str(error)]
        kept = sorted((self.models / "versions").glob("themes-*"))
        problems = [f"{folder.name} is not whole" for folder in kept if not model_files.is_whole(folder)]
        versions.history(self.models, "themes")
        if self._state() not in (self.old, self.new):
            problems.append("the model in use is neither the old one nor the new one")
        return problems

    def finish(self) -> list[str]:
        was_old = self._state() == self.old
        problems = ended(self.words)
        # A card tells with what its model was compared: trained again, with itself.
        but = set() if was_old else {model_files.CARD}
        problems += [one for one in states.differences(self.new, self._state()) if one.split()[0] not in but]
        left = states.hidden(self.models) - {".vectors.sqlite"}
        return problems + [f"left: {name}" for name in sorted(left)]


def _settings() -> Any:
    from pipeline.config import Settings  # noqa: PLC0415

    return Settings


def decisions(document: Document, coder: str) -> list[PassageDecision]:
    """One decision of a coder on each passage of a document."""
    members = builders.passages(document)[1:]
    return [
        builders.theme_decision(document, one, {"equity": 1 + n % 2}, coder=coder, n=n)
        for n, one in enumerate(members, start=1)
    ]


class ImportScene:
    """`pop import decisions`, of two coders."""

    name = "import decisions"

    def __init__(self, desk: Path, n: int = 300) -> None:
        self.labels, self.before = desk / "labels", desk / "before"
        self.place = self.labels
        document = reviewing.long_bundle(n).document
        self.given = {coder: decisions(document, coder) for coder in ("ana", "ben")}
        self.before.mkdir(parents=True)
        source = desk / "page.jsonl"
        both = [one for pair in zip(*self.given.values(), strict=True) for one in pair]
        source.write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in both))
        self.words = ["import", "decisions", source, "--labels", self.labels, "--quiet"]
        assert ended(self.words) == []
        self.new = states.state(self.labels)

    def reset(self) -> None:
        states.put(self.before, self.labels)

    def act(self, kill_after: float | None) -> bool:
        return ran(self.words, kill_after)

    def check(self) -> list[str]:
        problems = []
        for path in sorted(self.labels.glob("*.jsonl")):
            found = log.read(path)
            problems += [f"{path.name}: damaged lines {found.damaged}"] * bool(found.damaged)
            if found.decisions != self.given[path.stem][: len(found.decisions)]:
                problems.append(f"{path.name} is no beginning of what was imported")
        return problems

    def finish(self) -> list[str]:
        return [*ended(self.words), *states.differences(self.new, states.state(self.labels))]


class ReviewScene:
    """`pop review`, with a page that saves one decision after another."""

    name = "review, saving"

    def __init__(self, desk: Path, n: int = 150) -> None:
        self.labels, outputs = desk / "labels", desk / "outputs"
        bundle = reviewing.long_bundle(n)
        reviewing.write_outputs(outputs, bundle)
        self.given = [
            msgspec.json.encode(msgspec.structs.replace(one, model_version=None))
            for one in decisions(bundle.document, "ana")
        ]
        words = ["review", "--coder", "ana", "--port", 0, "--no-browser", "--n", n, "--unit", "passages", "--quiet"]
        self.words = [*words, "--outputs", outputs, "--labels", self.labels, "--corpus", desk]
        self.acknowledged: list[bytes] = []
        self.reset()
        self.act(None)
        self.new = states.state(self.labels)
        assert len(self.acknowledged) == n

    def reset(self) -> None:
        shutil.rmtree(self.labels, ignore_errors=True)
        self.acknowledged = []

    def act(self, kill_after: float | None) -> bool:
        began = time.monotonic()
        process = started(self.words, stdout=-1)
        done: queue.Queue[bool] = queue.Queue()
        page = threading.Thread(target=self._save_all, args=(process, done), daemon=True)
        page.start()
        limit = PATIENCE if kill_after is None else max(0.0, kill_after - (time.monotonic() - began))
        try:
            done.get(timeout=limit)
            was_killed = False
        except queue.Empty:
            was_killed = True
        was_killed = killed(process) and was_killed
        page.join()
        return was_killed

    def _save_all(self, process: Any, done: "queue.Queue[bool]") -> None:
        try:
            with contextlib.closing(_Page(process.stdout.readline().decode().strip())) as page:
                for one in self.given:
                    if page.saved(one):
                        self.acknowledged.append(one)
        except (OSError, http.client.HTTPException, ValueError):
            return
        finally:
            process.stdout.close()
        done.put(True)

    def check(self) -> list[str]:
        path = self.labels / "ana.jsonl"
        found = log.read(path) if path.is_file() else log.Log(path, [], [])
        there = {msgspec.json.encode(one) for one in found.decisions}
        lost = [one for one in self.acknowledged if one not in there]
        problems = [f"{len(lost)} decisions that were acknowledged are lost"] * bool(lost)
        return problems + [f"damaged lines {found.damaged}"] * bool(found.damaged)

    def finish(self) -> list[str]:
        self.act(None)
        return states.differences(self.new, states.state(self.labels))


class _Page:
    """What the page in the browser does, as far as saving goes."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self.origin = f"http://{parts.netloc}"
        self.connection = http.client.HTTPConnection(parts.netloc, timeout=30)
        try:
            self.connection.request("GET", f"/?{parts.query}")
            answer = self.connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        self.cookie = (answer.headers["Set-Cookie"] or "").partition(";")[0]

    def close(self) -> None:
        self.connection.close()

    def saved(self, decision: bytes) -> bool:
        headers = {"Cookie": self.cookie, "Origin": self.origin, "Content-Type": "application/json"}
        self.connection.request("POST", "/api/save", b"[" + decision + b"]", headers)
        answer = self.connection.getresponse()
        return answer.status == 200 and json.loads(answer.read())["n"] == 1


SCENES = ("run, new folder", "run, after a change", "train", "import decisions", "review, saving")


def scene(name: str, desk: Path) -> Any:
    """Set up a scene in a folder of its own."""
    made = {
        "run, new folder": lambda: RunScene(desk, changed=False),
        "run, after a change": lambda: RunScene(desk, changed=True),
        "train": lambda: TrainScene(desk),
        "import decisions": lambda: ImportScene(desk),
        "review, saving": lambda: ReviewScene(desk),
    }
    return made[name]()


def names(asked: Sequence[str]) -> list[str]:
    """Return the scenes of the commands that are asked for: "run", "train", "import", "review"."""
    return [name for name in SCENES if not asked or any(name.startswith(one) for one in asked)]
