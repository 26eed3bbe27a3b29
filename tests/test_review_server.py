"""The review server as anybody on this computer, or a page in its browser, may meet it: over a socket, byte by byte."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from reviewing import write_outputs

from pipeline import engine
from pipeline.config import HOME
from pipeline.engine import Workers
from pipeline.review.app import MOST_BYTES
from pipeline.review.server import IDLE_SECONDS, MOST_HEADERS

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
HOST = "127.0.0.1"


@dataclass
class Server:
    """The real command, at work. `said`: files with what it printed."""

    process: "subprocess.Popen[bytes]"
    port: int
    token: str
    folder: Path

    def ask(self, request: bytes, *, patience: float = 10) -> bytes:
        """Send bytes, and return all that comes back until the server closes or falls silent."""
        with socket.create_connection((HOST, self.port), timeout=patience) as connection:
            connection.sendall(request)
            answer = b""
            try:
                while piece := connection.recv(65536):
                    answer += piece
                    if b"\r\n\r\n" in answer and _is_whole(answer):
                        break
            except (TimeoutError, ConnectionResetError):
                pass
            return answer

    def get(self, path: str = "/", *, method: str = "GET", body: bytes = b"", **headers: str) -> bytes:
        """Ask as the page does, unless told otherwise; an empty header is left out."""
        usual = {"Host": f"{HOST}:{self.port}", "Cookie": f"pop_review_{self.port}={self.token}", "Connection": "close"}
        if method == "POST":
            usual |= {"Origin": f"http://{HOST}:{self.port}", "Content-Type": "application/json"}
            usual |= {"Content-Length": str(len(body))}
        sent = usual | {name.replace("_", "-"): value for name, value in headers.items()}
        lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items() if value)
        return self.ask(f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode("latin-1") + body)


def _is_whole(answer: bytes) -> bool:
    head, _, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    return length is not None and len(body) >= int(length[1])


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("review")
    outputs = write_outputs(folder / "outputs")
    command = [sys.executable, "-m", "pipeline", "review", "--coder", "ana", "--outputs", str(outputs)]
    command += ["--labels", str(folder / "labels"), "--port", "0", "--no-browser"]
    environment = os.environ | {"PYTHONPATH": str(HOME), "PYTHONUNBUFFERED": "1"}
    with (folder / "errors").open("wb") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, env=environment)
    assert process.stdout is not None
    address = re.fullmatch(rb"http://127\.0\.0\.1:(\d+)/\?token=(\S+)\n", process.stdout.readline())
    assert address is not None, (folder / "errors").read_text()
    yield Server(process, int(address[1]), address[2].decode(), folder)
    process.kill()
    process.communicate()


def test_the_page_itself_is_answered(server: Server) -> None:
    assert status(server.get(f"/?token={server.token}", Cookie="")) == 200
    assert status(server.get("/api/facts")) == 200
    assert status(server.get("/api/save", method="POST", body=b"[]")) == 200


REFUSED = {
    "no token": ("GET", "/", {"Cookie": ""}, 403),
    "a wrong token": ("GET", "/?token=AAAA", {"Cookie": ""}, 403),
    "an empty token": ("GET", "/?token=", {"Cookie": ""}, 403),
    "the token twice, first wrong": ("GET", "/?token=AAAA&token={token}", {"Cookie": ""}, 403),
    "the token where it does not belong": ("GET", "/api/facts?token={token}", {"Cookie": ""}, 403),
    "half of the token": ("GET", "/?token={half}", {"Cookie": ""}, 403),
    "a cookie of another port": ("GET", "/api/facts", {"Cookie": "pop_review_1={token}"}, 403),
    "a cookie of an earlier start": ("GET", "/api/facts", {"Cookie": "pop_review_{port}=AAAA"}, 403),
    "a cookie that is no text": ("GET", "/api/facts", {"Cookie": "pop_review_{port}=\xff\xfe"}, 403),
    "another host": ("GET", "/api/facts", {"Host": "evil.example"}, 403),
    "another name for this computer": ("GET", "/api/facts", {"Host": "evil.example:{port}"}, 403),
    "another name that begins as ours": ("GET", "/api/facts", {"Host": "127.0.0.1.evil.example:{port}"}, 403),
    "another port": ("GET", "/api/facts", {"Host": "127.0.0.1:1"}, 403),
    "no host": ("GET", "/api/facts", {"Host": ""}, 403),
    "a forwarded host": ("GET", "/api/facts", {"Host": "evil.example", "X_Forwarded_Host": "127.0.0.1:{port}"}, 403),
    "another origin": ("POST", "/api/save", {"Origin": "https://evil.example"}, 403),
    "an origin of another port": ("POST", "/api/save", {"Origin": "http://127.0.0.1:1"}, 403),
    "an origin that is none": ("POST", "/api/save", {"Origin": "null"}, 403),
    "no origin": ("POST", "/api/save", {"Origin": ""}, 403),
    "another origin, reading": ("GET", "/api/facts", {"Origin": "https://evil.example"}, 403),
    "another site": ("GET", "/api/facts", {"Sec_Fetch_Site": "cross-site"}, 403),
    "a neighbour of the site": ("GET", "/review.js", {"Sec_Fetch_Site": "same-site"}, 403),
    "a form": ("POST", "/api/save", {"Content_Type": "application/x-www-form-urlencoded"}, 403),
    "plain text": ("POST", "/api/save", {"Content_Type": "text/plain"}, 403),
    "a file": ("POST", "/api/save", {"Content_Type": "multipart/form-data; boundary=a"}, 403),
    "no content type": ("POST", "/api/save", {"Content_Type": ""}, 403),
    "a job started by a form": ("POST", "/api/job/run", {"Content_Type": "text/plain"}, 403),
    "a job started by reading": ("GET", "/api/job/run", {}, 405),
    "a job that is none": ("POST", "/api/job/rm", {}, 404),
    "another method": ("PUT", "/api/save", {}, 403),
    "deleting": ("DELETE", "/api/facts", {}, 403),
    "asking what is allowed": ("OPTIONS", "/api/save", {"Origin": "https://evil.example"}, 403),
    "tracing": ("TRACE", "/", {}, 403),
    "a method that is none": ("BREW", "/", {}, 403),
    "a path upwards": ("GET", "/../../etc/passwd", {}, 404),
    "a path upwards, encoded": ("GET", "/..%2f..%2f..%2fetc/passwd", {}, 404),
    "a path upwards, encoded twice": ("GET", "/%252e%252e%252fetc/passwd", {}, 404),
    "two slashes": ("GET", "//etc/passwd", {}, 404),
    "a backslash": ("GET", "/..%5c..%5cwindows", {}, 404),
    "NUL": ("GET", "/review.js%00.html", {}, 404),
    "no text": ("GET", "/%ff%fe", {}, 404),
    "a unit that is none": ("GET", "/api/units/99999999999999999999", {}, 404),
    "a unit below none": ("GET", "/api/units/-1", {}, 404),
    "a source of the server": ("GET", "/page/main.js", {}, 404),
}


@pytest.mark.parametrize("name", REFUSED)
def test_strangers_are_refused(server: Server, name: str) -> None:
    method, path, headers, code = REFUSED[name]
    values = {"token": server.token, "half": server.token[:20], "port": server.port}
    filled = {key: value.format(**values) for key, value in headers.items()}
    answer = server.get(path.format(**values), method=method, body=b"[]" * (method == "POST"), **filled)
    assert status(answer) == code, answer[:300]
    assert server.token.encode() not in answer
    assert b"Set-Cookie" not in answer
    assert b"root:" not in answer


BODIES = {
    "no JSON": (b"{", 400),
    "nothing": (b"", 400),
    "JSON of another kind": (b'{"a": 1}', 400),
    "deep JSON": (b"[" * 100_000, 400),
    "numbers without end": (b"[" + b"9" * 100_000 + b"]", 400),
    "no text": (b'["\xff"]', 400),
    "a decision of somebody else": (
        b'[{"target": "undo", "id": "ben:1", "coder": "ben", "at": "x", "undoes": "y"}]',
        422,
    ),
    "a name that leads elsewhere": (
        b'[{"target": "undo", "id": "../x:1", "coder": "../x", "at": "x", "undoes": "y"}]',
        422,
    ),
    "too much": (b" " * (MOST_BYTES + 1), 413),
}


@pytest.mark.parametrize("name", BODIES)
def test_bodies_that_are_no_decisions_are_refused(server: Server, name: str) -> None:
    body, code = BODIES[name]
    assert status(server.get("/api/save", method="POST", body=body)) == code
    assert not (server.folder / "labels").exists() or not list((server.folder / "labels").iterdir())


def _post(server: Server, *lines: str) -> bytes:
    here = f"{HOST}:{server.port}"
    head = [
        "POST /api/save HTTP/1.1",
        f"Host: {here}",
        f"Origin: http://{here}",
        f"Cookie: pop_review_{server.port}={server.token}",
        "Content-Type: application/json",
        *lines,
    ]
    return "\r\n".join([*head, "", ""]).encode()


def test_a_body_without_a_length_is_counted_all_the_same(server: Server) -> None:
    chunk = b"10000\r\n" + b" " * 65_536 + b"\r\n"
    answer = server.ask(_post(server, "Transfer-Encoding: chunked") + chunk * 20 + b"0\r\n\r\n")
    assert status(answer) in {0, 413}  # 0: the connection is closed while we still send
    assert status(server.get("/api/facts")) == 200


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Length: -1",),
        ("Content-Length: 1e9",),
        ("Content-Length: 99999999999",),
        ("Content-Length: 2", "Content-Length: 3"),
        ("Content-Length: 2", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: gzip",),
        ("Transfer-Encoding: xchunked",),
    ],
)
def test_lengths_that_are_none_are_refused(server: Server, lines: tuple[str, ...]) -> None:
    assert status(server.ask(_post(server, *lines) + b"[]", patience=2)) in {0, 400, 413, 501}
    assert status(server.get("/api/facts")) == 200


@pytest.mark.parametrize(
    "request_",
    [
        b"\x00" * 1000,
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /" + b"a" * (MOST_HEADERS + 1) + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * MOST_HEADERS + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\n : a\r\n\r\n",
        b"GET / HTTP/1.1\nHost: 127.0.0.1\n\n",
    ],
    ids=["zeros", "no path", "no version", "TLS", "a long path", "many headers", "two hosts", "no name", "bare lines"],
)
def test_what_is_no_request_of_a_browser_is_refused(server: Server, request_: bytes) -> None:
    assert status(server.ask(request_, patience=2)) in {0, 400, 403, 414, 431, 501, 505}
    assert status(server.get("/api/facts")) == 200


def test_connections_that_say_nothing_keep_nobody_waiting(server: Server) -> None:
    silent = [socket.create_connection((HOST, server.port), timeout=5) for _ in range(60)]
    for number, connection in enumerate(silent):
        if number % 2:
            connection.sendall(b"POST /api/save HTTP/1.1\r\nContent-Length: 100000\r\nHost: ")
    began = time.monotonic()
    assert status(server.get("/api/facts")) == 200
    assert time.monotonic() - began < 5
    for connection in silent:
        connection.close()
    assert IDLE_SECONDS <= 60  # then they are closed from this side


def test_the_cookie_stays_with_this_page(server: Server) -> None:
    answer = server.get(f"/?token={server.token}", Cookie="")
    [cookie] = re.findall(rb"(?i)set-cookie: ([^\r\n]+)", answer)
    assert cookie.startswith(b"pop_review_%d=" % server.port)
    assert {b"HttpOnly", b"SameSite=Strict", b"Path=/"} <= {part.strip() for part in cookie.split(b";")}
    assert b"Domain" not in cookie


@pytest.mark.parametrize("path", ["/?token={}", "/api/facts", "/review.js", "/nowhere"])
def test_answers_are_sealed(server: Server, path: str) -> None:
    answer = server.get(path.format(server.token)).lower()
    assert b"referrer-policy: no-referrer" in answer
    assert b"x-frame-options: deny" in answer
    assert b"cache-control: no-store" in answer
    assert b"access-control-allow" not in answer
    assert b"python" not in answer.partition(b"\r\n\r\n")[0]


def test_it_listens_to_this_computer_alone(server: Server) -> None:
    found = listening(server.process.pid)
    if found is None:
        pytest.skip("no /proc here")
    assert found == {(HOST, server.port)}


def test_nothing_of_the_token_stands_in_a_log(server: Server) -> None:
    said = (server.folder / "errors").read_bytes()
    assert server.token.encode() not in said
    assert b"Traceback" not in said
    held = [path for path in server.folder.rglob("*") if path.is_file()]
    assert not [path for path in held if server.token.encode() in path.read_bytes()]


def listening(pid: int) -> set[tuple[str, int]] | None:
    """Return where a process listens, by /proc; `None`: there is no /proc."""
    folder = Path(f"/proc/{pid}")
    if not folder.is_dir():
        return None
    sockets = set()
    for entry in (folder / "fd").iterdir():
        try:
            sockets.add(str(entry.readlink()).removeprefix("socket:[").removesuffix("]"))
        except OSError:
            continue
    found = set()
    for name in ("tcp", "tcp6"):
        for line in (folder / "net" / name).read_text().splitlines()[1:]:
            _, local, _, state, *rest = line.split()
            if state == "0A" and rest[5] in sockets:
                address, port = local.split(":")
                found.add((_address(address), int(port, 16)))
    return found


def _address(given: str) -> str:
    if len(given) == 8:
        return ".".join(str(byte) for byte in bytes.fromhex(given)[::-1])
    return given


def _where_it_listens(_: int) -> set[tuple[str, int]] | None:
    return listening(os.getpid())


def test_worker_processes_listen_nowhere() -> None:
    found = list(engine.each(_where_it_listens, range(4), Workers(2)))
    if found[0] is None:
        pytest.skip("no /proc here")
    assert found == [set()] * 4
