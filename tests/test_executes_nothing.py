"""Models, labels and instruments of strangers are read, never run."""

import ast
import pickle
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec
import pytest

from pipeline import codebook, encoder, rubric
from pipeline.config import HOME
from pipeline.errors import ErrorCode, ExitCode, PipelineError
from pipeline.learning import model_files, promotion
from pipeline.learning.themes import ThemeModel
from tests.fuzz import seeds

PIPELINE = HOME / "pipeline"
RUNNING_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "torch", "runpy", "code", "codeop"}
RUNNING_CALLS = {"eval", "exec", "compile", "__import__", "execfile"}
RUNNING_METHODS = {("os", "system"), ("os", "popen"), ("joblib", "load"), ("numpy", "load"), ("yaml", "unsafe_load")}
STARTS_PROGRAMS = {"review/jobs.py", "exchange/tables/apart.py"}
"""Where the program starts itself: training and a run, by a click on the review page; the reader of SPSS files."""


@cache
def modules() -> list[tuple[str, list[ast.AST]]]:
    """Return each module and what it imports and calls; each is parsed and walked once."""
    paths = sorted(PIPELINE.rglob("*.py"))
    return [(path.relative_to(PIPELINE).as_posix(), _told(path)) for path in paths]


def _told(path: Path) -> list[ast.AST]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom | ast.Call)]


def imported(nodes: list[ast.AST]) -> set[str]:
    names = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def calls(nodes: list[ast.AST]) -> Iterator[tuple[str, ast.Call]]:
    for node in nodes:
        if isinstance(node, ast.Call):
            yield name_of(node.func), node


def name_of(node: ast.expr) -> str:
    """Return a dotted name; of what is more than that, the last part."""
    if isinstance(node, ast.Attribute):
        return f"{name_of(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def test_no_module_can_run_what_it_reads() -> None:
    found = {name: imported(nodes) & RUNNING_MODULES for name, nodes in modules()}
    assert {name: those for name, those in found.items() if those} == {}


def test_the_program_starts_only_itself() -> None:
    assert {name for name, nodes in modules() if "subprocess" in imported(nodes)} == STARTS_PROGRAMS
    assert not [name for name, nodes in modules() if imported(nodes) & {"pty", "multiprocessing", "ctypes"}]


def test_the_reader_of_spss_starts_nothing_but_itself() -> None:
    """`-P`: no module from the folder that the file lies in."""
    nodes = dict(modules())["exchange/tables/apart.py"]
    (run,) = [node for name, node in calls(nodes) if name.startswith("subprocess.")]
    assert ast.unparse(run.args[0]) == "[sys.executable, '-P', '-m', __name__, str(path.resolve())]"


def test_no_call_runs_what_it_is_given() -> None:
    found = []
    for module, nodes in modules():
        for name, node in calls(nodes):
            last = name.rsplit(".", 1)
            if name in RUNNING_CALLS or tuple(last) in RUNNING_METHODS:
                found.append(f"{module}:{node.lineno} {name}")
            if any(keyword.arg == "shell" for keyword in node.keywords):
                found.append(f"{module}:{node.lineno} shell")
    assert found == []


def test_yaml_and_arrays_are_read_by_their_safe_readers() -> None:
    loads = [(module, node) for module, nodes in modules() for name, node in calls(nodes) if name == "yaml.load"]
    assert [(module, ast.unparse(node.keywords[0].value)) for module, node in loads] == [
        ("instruments.py", "_SafeLoader")
    ]
    arrays = [node for _, nodes in modules() for name, node in calls(nodes) if name in {"np.load", "numpy.load"}]
    assert arrays
    for node in arrays:
        assert {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords} == {"allow_pickle": "False"}


class _Trap:
    """Leaves a file behind where it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.trace,)


def test_a_pickle_in_place_of_a_model_is_refused_and_not_run(tmp_path: Path) -> None:
    trace, content = tmp_path / "ran", pickle.dumps(_Trap(tmp_path / "ran"))
    folder = tmp_path / "models" / "themes"
    folder.mkdir(parents=True)
    for name in (model_files.CONFIG, model_files.WEIGHTS, promotion.FILE):
        (folder / name).write_bytes(content)
    with pytest.raises(PipelineError) as caught:
        ThemeModel.load(folder)
    assert caught.value.code == ErrorCode.INVALID_MODEL
    with pytest.raises(PipelineError):
        promotion.read_held_out(folder)
    assert not model_files.is_whole(folder)
    assert not trace.exists()


def test_weights_that_are_others_than_the_model_says_are_refused(tmp_path: Path) -> None:
    (tmp_path / model_files.WEIGHTS).write_bytes(seeds.weights())
    (tmp_path / model_files.CONFIG).write_bytes(seeds.config("0" * 64))

    class Config(msgspec.Struct):
        weights_sha256: str
        encoder: str

    with pytest.raises(PipelineError) as caught:
        model_files.load(tmp_path, Config, "pop train")
    assert caught.value.exit_code == ExitCode.INTEGRITY


def test_a_changed_network_is_refused_before_it_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An ONNX file can name other files and libraries; ours has the one hash that is written in the program."""
    changed = tmp_path / "graph.onnx"
    changed.write_bytes(encoder.GRAPH_FILE.read_bytes() + b"\x00")
    monkeypatch.setattr(encoder, "GRAPH_FILE", changed)
    monkeypatch.setattr(encoder.network, "load", lambda *_: pytest.fail("it was loaded"))
    with pytest.raises(PipelineError) as caught:
        encoder.load.__wrapped__()
    assert caught.value.exit_code == ExitCode.INTEGRITY


@pytest.mark.parametrize(
    "text",
    [
        "!!python/object/apply:pathlib.Path.touch [{trace}]",
        "!!python/object/new:os.system ['touch {trace}']",
        "!!python/name:os.system",
        "version: !!python/object/apply:os.system ['touch {trace}']",
        "version: !include {trace}",
    ],
)
def test_yaml_that_names_python_is_refused_and_not_run(text: str, tmp_path: Path) -> None:
    trace, path = tmp_path / "ran", tmp_path / "a.yaml"
    path.write_text(text.format(trace=trace), encoding="utf-8")
    for load in (codebook.load, rubric.load):
        with pytest.raises(PipelineError):
            load(path)  # type: ignore[operator]
    assert not trace.exists()


LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefghi", "bcdefghij", strict=True)
)


@pytest.mark.parametrize(
    "text",
    [
        LAUGHS + "version: '1'\nthemes: []\n",
        LAUGHS + "version: *j\nthemes: *j\n",
        "[" * 10_000,
        "{a: " * 10_000,
        "- " * 5_000 + "a",
        "&a [*a]",
        "? " * 3_000,
        "version: 1\nversion: 2\nthemes: []",
        "version: '\\ud800'\nthemes: []",
        "\x00",
        "<<: *none",
    ],
    ids=lambda text: text[:12],
)
def test_yaml_that_is_a_trap_is_refused_soon(text: str, tmp_path: Path) -> None:
    path = tmp_path / "codebook.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PipelineError) as caught:
        codebook.load(path)
    assert caught.value.code == ErrorCode.INVALID_CODEBOOK
    assert len(caught.value.found) < 2_000
