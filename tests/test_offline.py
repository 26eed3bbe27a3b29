"""Nothing is sent anywhere."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.cli import COMMANDS
from pipeline.config import HOME

# Runs before anything else in the process, and cannot be switched off in it.
GUARD = """
import sys

def guard(event, arguments):
    if event in {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}:
        if str(arguments[0]) not in {"127.0.0.1", "::1", "localhost", "None"}:
            raise RuntimeError(f"looked up {arguments[0]!r}")
    if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        address = arguments[1]
        if isinstance(address, tuple) and address[0] not in {"127.0.0.1", "::1"}:
            raise RuntimeError(f"connected to {address!r}")
    if event == "urllib.Request":
        raise RuntimeError(f"asked for {arguments[0]!r}")

sys.addaudithook(guard)
"""
CLIENTS = frozenset(
    "requests urllib.request urllib3 http.client httpx aiohttp ftplib smtplib xmlrpc telnetlib websockets pycurl "
    "sentry_sdk posthog segment analytics opentelemetry statsd huggingface_hub".split()
)
LISTENERS = {"review/server.py", "cli/datasette.py"}
"""Modules that may use sockets: they listen on this computer."""


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("guard")
    (folder / "sitecustomize.py").write_text(GUARD)
    return {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{HOME}", "POP_DEBUG": "1"}


def pop(environment: dict[str, str], *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    called = [sys.executable, "-m", "pipeline", *map(str, arguments)]
    return subprocess.run(called, env=environment, capture_output=True, text=True, check=False)


def test_the_guard_guards(guarded: dict[str, str]):
    for asked in ("socket.create_connection(('192.0.2.1', 9), timeout=1)", "socket.getaddrinfo('elm.example', 80)"):
        done = subprocess.run(
            [sys.executable, "-c", f"import socket; {asked}"], env=guarded, capture_output=True, text=True, check=False
        )
        assert "RuntimeError" in done.stderr


@pytest.mark.slow
def test_a_whole_run_and_what_follows_it_reach_for_nothing(guarded: dict[str, str], corpus: Path, tmp_path: Path):
    outputs = tmp_path / "outputs"
    calls: list[list[str | Path]] = [
        ["run", "--corpus", corpus, "--outputs", outputs, "--jobs", "1"],
        ["query", "--outputs", outputs, "--output", tmp_path / "q.csv"],
        ["query", "--outputs", outputs, "--like", "Coaches leave."],
        ["pseudonymise", "--corpus", corpus, "--key", tmp_path / "k" / "key", "--into", tmp_path / "new"],
        ["scan", outputs],
    ]
    if "export" in COMMANDS:
        calls.append(["export", "csv", "--outputs", outputs, "-o", tmp_path / "e.csv"])
    for arguments in calls:
        done = pop(guarded, *arguments)
        assert (done.returncode, "RuntimeError" in done.stderr) == (0, False), done.stderr


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{one.name}" for one in node.names)}
    return names


def test_no_module_can_ask_the_network():
    modules = sorted((HOME / "pipeline").rglob("*.py"))
    assert len(modules) > 100
    for path in modules:
        names = imported(path)
        roots = names | {name.split(".")[0] for name in names}
        assert not roots & CLIENTS, path
        assert "socket" not in roots or path.relative_to(HOME / "pipeline").as_posix() in LISTENERS, path


def test_pages_load_nothing_from_elsewhere():
    for path in sorted((HOME / "pipeline").rglob("*")):
        if path.suffix in {".html", ".js", ".css", ".j2"}:
            text = path.read_text(encoding="utf-8")
            assert 'src="http' not in text, path
            assert "@import" not in text, path
            assert "sendBeacon" not in text, path
