"""The notebook of analyses runs from its first cell to its last, and its tables are not empty."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from traitlets.config import Config

from pipeline.config import HOME

NOTEBOOK = HOME / "docs" / "analyses.ipynb"
TABLES = (
    "prevalence", "by_year", "together", "voices", "appendix", "silent", "followed", "agreement", "to_review", "sample",
    "longest",
)  # fmt: skip
_CHECK = "import json; print(json.dumps({name: len(globals()[name]) for name in %r}))"


@pytest.fixture
def folder(outputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder to run in, with the labels of a person."""
    texts = [json.loads(line)["text"] for line in (outputs / "passages.jsonl").read_text("utf-8").splitlines()]
    labels = [{"id": str(i), "text": text, "themes": {"equity": 1} if i % 2 else {}} for i, text in enumerate(texts)]
    (tmp_path / "labels.jsonl").write_text("".join(json.dumps(one) + "\n" for one in labels), encoding="utf-8")
    for name, value in {
        "POP_OUTPUTS": outputs, "POP_LABELS": tmp_path / "labels.jsonl", "PYTHONPATH": HOME,
        "IPYTHONDIR": tmp_path / "ipython", "JUPYTER_RUNTIME_DIR": tmp_path / "runtime", "HOME": tmp_path,
        "JUPYTER_CONFIG_DIR": tmp_path / "config", "MPLCONFIGDIR": tmp_path / "matplotlib",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, str(value))
    monkeypatch.delenv("MPLBACKEND", raising=False)
    return tmp_path


def test_it_is_committed_without_results() -> None:
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    assert all(not cell.get("outputs") and cell.get("execution_count") is None for cell in cells)
    assert len([cell for cell in cells if cell.source.startswith("## ")]) >= 10


def test_it_runs(folder: Path) -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(_CHECK % (TABLES,)))
    with tempfile.TemporaryDirectory(prefix="pop") as sockets:
        # The kernel talks through files instead of ports; their paths must be short.
        transport = Config({"AsyncKernelManager": {"transport": "ipc", "ip": f"{sockets}/k"}})
        place = {"metadata": {"path": str(folder)}}
        NotebookClient(notebook, config=transport, timeout=300, kernel_name="python3", resources=place).execute()
    sizes = json.loads(notebook.cells[-1].outputs[0].text)
    assert {name for name, size in sizes.items() if not size} == set()
    pictures = [one for cell in notebook.cells for one in cell.get("outputs", []) if "image/png" in one.get("data", {})]
    assert len(pictures) == 3
