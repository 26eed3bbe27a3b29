"""Datasette on corpus.db, for this computer only."""

import os
from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from pipeline.errors import ErrorCode, PipelineError
from pipeline.explore.datasette_metadata import SETTINGS, metadata

HOST: Final = "127.0.0.1"
_STATIC: Final = Path(__file__).parent / "datasette_static"
Scope = dict[str, Any]
App = Callable[[Scope, Any, Any], Awaitable[None]]


def check_installed() -> None:
    """Refuse to go on without the extra.

    Raises:
        PipelineError: Datasette is not installed.
    """
    if find_spec("datasette") is None or find_spec("uvicorn") is None:
        raise PipelineError(
            ErrorCode.MISSING_FILE,
            found="no Datasette in this installation",
            expected="the optional extra “datasette”",
            do="run .venv/bin/python -m pip install datasette in the folder of pop, or open corpus.db in another "
            "program for SQLite",
        )


def datasette(database: Path) -> Any:
    """Return a `datasette.app.Datasette` that reads the database and can change nothing; no plugin is loaded."""
    # Read when Datasette is imported; an installed plugin might send words away.
    os.environ["DATASETTE_LOAD_PLUGINS"] = ""
    from datasette.app import Datasette  # noqa: PLC0415 - an optional extra

    return Datasette(
        [str(database)],  # not immutable: pop index may change it meanwhile
        metadata=metadata(database) | {"extra_css_urls": [f"/{_STATIC.name}/pop.css"]},
        settings=SETTINGS,
        static_mounts=[(_STATIC.name, str(_STATIC))],
    )


def serve(database: Path, port: int) -> None:
    """Serve until interrupted."""
    import uvicorn  # noqa: PLC0415 - comes with Datasette

    app = only_for_this_computer(datasette(database).app(), port)
    uvicorn.run(app, host=HOST, port=port, log_level="warning", lifespan="on")


def only_for_this_computer(app: App, port: int) -> App:
    """Wrap an app so that it answers only to its own address: another site's name may be made to point here."""
    own = {f"{name}:{port}".encode() for name in (HOST, "localhost")}

    async def guarded(scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and dict(scope["headers"]).get(b"host") not in own:
            await send({"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": b"Only for this computer.\n"})
            return
        await app(scope, receive, send)

    return guarded
