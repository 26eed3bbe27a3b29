"""The programs' own libraries read what we write, and write what we read: Label Studio's and Argilla's.

    python -m venv V && V/bin/pip install label-studio-sdk argilla
    python tests/bench/exchange_peers.py --peers V/bin/python [--outputs DIR]

In that environment: `LabelInterface` of label-studio-sdk checks the interface, every task and every prediction, and
its `Converter` turns handed-in tasks into JSON-MIN, CSV and TSV; argilla reads the settings and the records, adds a
response to each, and writes them again. Here: what they wrote is read, and every decision compared with what was
sent. No server runs, and nothing is sent anywhere.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

USER = "6a1c9a3e-1111-4222-8333-944444444444"


def inside(folder: Path) -> None:
    """Do what needs the programs' libraries; prints what they say."""
    for unit in ("passage", "document"):
        _label_studio(folder / unit)
    _argilla(folder / "argilla")


def _label_studio(folder: Path) -> None:
    from importlib.metadata import version  # noqa: PLC0415

    from label_studio_sdk.converter import Converter  # noqa: PLC0415
    from label_studio_sdk.label_interface import LabelInterface  # noqa: PLC0415

    interface = (folder / "t.xml").read_text(encoding="utf-8")
    labels = LabelInterface(interface)
    labels.validate()
    tasks = json.loads((folder / "t.json").read_bytes())
    good = sum(bool(labels.validate_task({"data": task["data"]})) for task in tasks)
    predictions = [one for task in tasks for one in task["predictions"]]
    right = sum(bool(labels.validate_prediction(one)) for one in predictions)
    print(
        f"label-studio-sdk {version('label-studio-sdk')}, {folder.name}: {good} of {len(tasks)} tasks valid, ", end=""
    )
    print(f"{right} of {len(predictions)} predictions")
    (folder / "done.json").write_text(json.dumps([_handed_in(i, task) for i, task in enumerate(tasks, start=1)]))
    for form in ("JSON_MIN", "CSV", "TSV"):
        Converter(interface, project_dir=str(folder)).convert(
            str(folder / "done.json"), str(folder / form), form, is_dir=False
        )


def _handed_in(number: int, task: dict[str, Any]) -> dict[str, Any]:
    results = [result for one in task.pop("predictions") for result in one["result"]]
    told = {"id": number, "completed_by": {"id": 3, "email": "ana@school.example"}, "was_cancelled": False}
    at = {"created_at": "2026-11-22T10:00:00Z", "updated_at": "2026-11-22T10:41:07Z", "lead_time": 3.2}
    return {**task, "id": number, "annotations": [{**told, **at, "result": results}]}


def _argilla(folder: Path) -> None:
    from importlib.metadata import version  # noqa: PLC0415
    from unittest.mock import MagicMock  # noqa: PLC0415

    import argilla as rg  # noqa: PLC0415

    rg.Argilla._default_client = MagicMock()  # it asks for a server before it reads a file
    rg.Argilla._get_default = classmethod(lambda cls: cls._default_client)
    settings = rg.Settings.from_json(str(folder / "t.settings.json"))
    settings.validate()
    sent = json.loads((folder / "t.json").read_bytes())
    records = [rg.Record.from_dict(one) for one in sent]
    for record, one in zip(records, sent, strict=True):
        value = one["suggestions"].get("themes", {}).get("value", []) or ["none"]
        assert set(value) <= set(settings.questions[0].labels)
        record.responses.add(rg.Response("themes", value, user_id=USER, status="submitted"))
    print(f"argilla {version('argilla')}: {len(records)} records read")
    (folder / "done.json").write_text(json.dumps([record.to_dict() for record in records], default=str))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--outputs", type=Path, default=Path(__file__).parents[2] / "outputs")
    parser.add_argument("--peers", type=Path, required=True, help="Python with label-studio-sdk and argilla")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write(given.outputs, folder)
        subprocess.run([given.peers, __file__, "--inside", folder], check=True)
        found = list(_read(given.outputs, folder))
    for form, equal, n in found:
        print(f"{form:<34}{equal:>6} of {n} decisions as they were sent")
    return int(any(equal != n for _, equal, n in found))


def _write(outputs: Path, folder: Path) -> None:
    from exchange import asking  # noqa: PLC0415

    from pipeline.bundles import bundles  # noqa: PLC0415
    from pipeline.exchange.annotation import argilla, label_studio  # noqa: PLC0415
    from pipeline.exchange.annotation.tasks import Unit, tasks_of  # noqa: PLC0415

    documents = list(bundles(outputs, ("passages", "tags")))
    units: tuple[Unit, ...] = ("passage", "document")
    for unit in units:
        tasks = [task for one in documents for task in tasks_of(one, asking(unit))]
        (folder / unit).mkdir()
        (folder / unit / "t.json").write_bytes(label_studio.tasks(tasks, asking(unit)))
        (folder / unit / "t.xml").write_bytes(label_studio.interface(asking(unit)))
    (folder / "argilla").mkdir()
    tasks = [task for one in documents for task in tasks_of(one, asking("passage"))]
    (folder / "argilla" / "t.json").write_bytes(argilla.tasks(tasks, asking("passage")))
    (folder / "argilla" / "t.settings.json").write_bytes(argilla.settings(asking("passage")))


def _read(outputs: Path, folder: Path) -> Iterator[tuple[str, int, int]]:
    """Yield for each file the decisions that are as they were sent, of how many."""
    from exchange import TOOLS, asking  # noqa: PLC0415

    from pipeline.bundles import bundles  # noqa: PLC0415
    from pipeline.exchange.annotation import argilla, label_studio  # noqa: PLC0415
    from pipeline.exchange.annotation.answers import decide  # noqa: PLC0415
    from pipeline.exchange.annotation.tasks import tasks_of  # noqa: PLC0415

    sent = {
        task.id: {mark.theme for mark in task.marks}
        for one in bundles(outputs, ("passages", "tags"))
        for task in tasks_of(one, asking("passage"))
    }
    forms = ("done.json", "JSON_MIN/result.json", "CSV/result.csv", "TSV/result.csv")
    files = [(f"{unit}/{form}", label_studio.read) for unit in ("passage", "document") for form in forms]
    for name, read in [*files, ("argilla/done.json", argilla.read)]:
        answers = read((folder / name).read_bytes())
        who = {one.coder: "ana" for one in answers}
        made = decide(answers, outputs, TOOLS.codebook, who, []).decisions
        yield name, sum(set(one.themes) == sent.get(one.record_id) for one in made), len(sent)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        inside(Path(sys.argv[2]))
    else:
        sys.exit(main())
