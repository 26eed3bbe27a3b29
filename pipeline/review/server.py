"""The review server: on 127.0.0.1 alone, until Ctrl-C."""

import os
import secrets
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from pipeline.errors import ErrorCode, ExitCode, PipelineError
from pipeline.files import sha256_text
from pipeline.review.app import MOST_BYTES, Office, create_app

if TYPE_CHECKING:
    from flask import Flask

HOST = "127.0.0.1"
FIRST_PORT, N_PORTS = 42_000, 6_000
THREADS = 6
BACKLOG = 128
MOST_HEADERS = 32_768
"""Bytes of a request before its body."""

IDLE_SECONDS = 30
"""How long a connection may say nothing."""

MOST_CONNECTIONS = 500
"""At once; a browser opens about six."""


def serve(office: Office, port: int | None, announce: Callable[[str], None]) -> None:
    """Answer until the process is interrupted.

    Args:
        office: what it answers from.
        port: where to listen; 0: anywhere free; `None`: the same for the same coder and folder, if it is free, so that
            what a browser has kept for an earlier start is found again.
        announce: is told the address when the server listens.

    Raises:
        PipelineError: the port is taken.
    """
    listener = _listen(office, port)
    at = int(listener.getsockname()[1])
    token = secrets.token_urlsafe(32)
    app = create_app(office, token, at)
    announce(f"http://{HOST}:{at}/?token={token}")
    try:
        _run(app, listener)
    finally:
        office.jobs.stop()
        listener.close()


def usual_port(coder: str, folder: str) -> int:
    """Return the port that belongs to a coder and a folder of labels."""
    return FIRST_PORT + int(sha256_text(coder, folder)[:8], 16) % N_PORTS


def _listen(office: Office, port: int | None) -> socket.socket:
    if port is not None:
        return _bound(port)
    try:
        return _bound(usual_port(office.desk.coder, str(office.desk.labels.resolve())))
    except PipelineError:
        return _bound(0)


def _bound(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name == "posix":  # on Windows the option would let others take the port over
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(BACKLOG)  # before anybody is told the address
    except OSError as error:
        listener.close()
        raise PipelineError(
            ErrorCode.UNREADABLE,
            found=f"port {port} ({error.strerror or error})",
            expected="a port on which nothing else listens",
            do="leave --port out, or name another one",
            exit_code=ExitCode.USAGE,
        ) from error
    return listener


def _run(app: "Flask", listener: socket.socket) -> None:
    from waitress import create_server  # noqa: PLC0415

    server = create_server(
        app,
        sockets=[listener],
        threads=THREADS,
        ident="pop",
        clear_untrusted_proxy_headers=True,
        max_request_body_size=MOST_BYTES,  # counted before anybody is asked for a token
        max_request_header_size=MOST_HEADERS,
        channel_timeout=IDLE_SECONDS,
        cleanup_interval=IDLE_SECONDS // 3,
        connection_limit=MOST_CONNECTIONS,
    )
    try:
        server.run()
    except KeyboardInterrupt:
        pass
    finally:
        server.close()
