"""`pop datasette`: look through the index in a browser, with SQL."""

import socket
from pathlib import Path

import click
import msgspec

from pipeline import query
from pipeline.cli import options
from pipeline.errors import ErrorCode, ExitCode, PipelineError

DATABASE = "corpus.db"


@click.command("datasette")
@options.OUTPUTS
@click.option("--port", type=click.IntRange(1, 65535), default=8001, show_default=True, help="Port on this computer.")
@click.option("--metadata", "only_metadata", is_flag=True, help="Print the metadata as JSON, and start nothing.")
@options.QUIET
def command(*, outputs: Path, port: int, only_metadata: bool, quiet: bool) -> None:
    """Open the index in Datasette, at http://127.0.0.1:8001: tables, facets, search, SQL.

    Needs the optional extra "datasette". Only this computer can reach it, and nothing can be changed.
    """
    from pipeline.explore import datasette_metadata, datasette_server  # noqa: PLC0415 - only for this command

    database = outputs / DATABASE
    query.theme_ids(database)
    if only_metadata:
        told = datasette_metadata.metadata(database)
        click.echo(msgspec.json.format(msgspec.json.encode(told)).decode())
        return
    datasette_server.check_installed()
    _check_free(port, datasette_server.HOST)
    if not quiet:
        click.echo(f"http://{datasette_server.HOST}:{port}  (Ctrl-C ends it)", err=True)
    datasette_server.serve(database, port)


def _check_free(port: int, host: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PipelineError(
                ErrorCode.INVALID_QUERY,
                found=f"port {port}, which is taken or not allowed ({error.strerror})",
                expected="a free port",
                do=f"choose another: --port {port + 1 if port < 65535 else 8001}",
                exit_code=ExitCode.USAGE,
            ) from error
