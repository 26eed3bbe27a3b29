"""Who may ask the review server for what. Everything is refused that this page itself would not ask for.

GET  /             the page; with ?token=… it sets a cookie, by which all other requests are known
GET  /api/facts    what the page is told at the start     GET  /api/units/3   one unit
POST /api/save     decisions; answers when they are on the disk
GET  /api/agreement                                       POST /api/job/train, /api/job/run; GET /api/job?from=0
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from flask import Flask, Request, Response, request

from pipeline.corrections.decisions import Decision
from pipeline.errors import PipelineError
from pipeline.review import page
from pipeline.review.agreement import Agreement
from pipeline.review.desk import Desk, RefusedError
from pipeline.review.facts import Facts
from pipeline.review.jobs import Jobs
from pipeline.review.jobs import Name as JobName
from pipeline.review.units import Unit
from pipeline.safe_json import decode

MOST_BYTES = 1_000_000
HOSTS = ("127.0.0.1", "localhost")
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True)
class Office:
    """All that requests are answered from. `facts`: made anew for each load of the page."""

    desk: Desk
    units: list[Unit]
    facts: Callable[[], Facts]
    agreement: Callable[[], list[Agreement]]
    jobs: Jobs


def create_app(office: Office, token: str, port: int) -> Flask:
    """Return the server's application.

    Args:
        office: what it answers from.
        token: known only to who started it.
        port: where it listens.
    """
    app = Flask("pipeline.review", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    cookie = f"pop_review_{port}"

    @app.before_request
    def guard() -> Response | None:
        refused = _strange(request, port) or _unknown(request, token, cookie)
        return _error(403, refused) if refused else None

    @app.after_request
    def seal(response: Response) -> Response:
        response.headers.update(HEADERS)
        return response

    @app.get("/")
    def index() -> Response:
        response = Response(page.served(), mimetype="text/html")
        response.set_cookie(cookie, token, httponly=True, samesite="Strict")
        return response

    @app.errorhandler(Exception)
    def fault(error: Exception) -> Response:
        code = getattr(error, "code", None)
        return _error(code if isinstance(code, int) else 500, type(error).__name__)

    _add_parts(app)
    _add_review(app, office)
    _add_jobs(app, office.jobs)
    return app


def _add_parts(app: Flask) -> None:
    @app.get("/review.js")
    def script() -> Response:
        return Response(page.script(), mimetype="text/javascript")

    @app.get("/style.css")
    def style() -> Response:
        return Response(page.style(), mimetype="text/css")


def _add_review(app: Flask, office: Office) -> None:
    @app.get("/api/facts")
    def facts() -> Response:
        return _json(office.facts())

    @app.get("/api/units/<int:place>")
    def unit(place: int) -> Response:
        return _json(office.units[place]) if place < len(office.units) else _error(404, "no such unit")

    @app.post("/api/save")
    def save() -> Response:
        return _saved(office.desk, request.get_data())

    @app.get("/api/agreement")
    def agreement() -> Response:
        return _json(office.agreement())


def _add_jobs(app: Flask, jobs: Jobs) -> None:
    @app.post("/api/job/train")
    def train() -> Response:
        return _started(jobs, "train")

    @app.post("/api/job/run")
    def run() -> Response:
        return _started(jobs, "run")

    @app.get("/api/job")
    def job() -> Response:
        return _json(jobs.report(request.args.get("from", 0, type=int)))


def _started(jobs: Jobs, name: JobName) -> Response:
    if name not in jobs.commands:
        return _error(404, "no such job")
    return _json({"started": name}) if jobs.start(name) else _error(409, "one is still at work")


def _saved(desk: Desk, body: bytes) -> Response:
    try:
        decisions = decode(body, list[Decision])
        desk.save(decisions)
    except msgspec.DecodeError as error:
        return _error(400, f"no decision: {error}")
    except RefusedError as refused:
        return _error(422, f"not saved: {refused}")
    except PipelineError as error:
        return _error(507, f"not saved: {error.found}. {error.do}")
    return _json({"at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), "n": len(decisions)})


def _strange(asked: Request, port: int) -> str | None:
    """Return why a request is not one of this page; `None`: it is."""
    if asked.host not in {f"{host}:{port}" for host in HOSTS}:
        return "an unknown host"
    origin = asked.headers.get("Origin")
    elsewhere = asked.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"} and asked.path != "/"
    if elsewhere or origin not in {None, f"http://{asked.host}"}:
        return "another page asks"
    if asked.method not in {"GET", "POST"}:
        return "an unknown method"
    if asked.method == "POST" and (origin is None or asked.mimetype != "application/json"):
        return "a form of another page"
    return None


def _unknown(asked: Request, token: str, cookie: str) -> str | None:
    """Return why the sender is not known; `None`: it has the token, in its cookie or (the first time) in the link."""
    given = asked.args.get("token", "") if asked.path == "/" else ""
    known = [given, asked.cookies.get(cookie, "")]
    if any(secrets.compare_digest(one.encode(), token.encode()) for one in known):
        return None
    return "the link belongs to an earlier start, or its token is missing: open the link that pop review printed"


def _json(content: Any) -> Response:
    return Response(msgspec.json.encode(content), mimetype="application/json")


def _error(code: int, reason: str) -> Response:
    return Response(msgspec.json.encode({"error": reason}), status=code, mimetype="application/json")
