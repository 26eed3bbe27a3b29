"""The model of the anatomy of problems of practice: what it marks, and how it is trained."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import anatomy_model

from pipeline.config import HOME
from pipeline.errors import ErrorCode, ExitCode, PipelineError
from pipeline.learning import training
from pipeline.learning.anatomy import PRECISION, AnatomyModel, choose, threshold_for
from pipeline.learning.labels import load_account_labels
from pipeline.tools import Tools

LABELS = HOME / "corpus" / "labels" / "anatomy.jsonl"
PLACES = ("Marsh Haven", "Corliss", "Orrin", "Pell Bottom", "Castor Creek", "Netherby")


@pytest.mark.parametrize(
    ("p", "threshold", "expected"),
    [
        ([[0.9, 0.1, 0.1, 0.1]], 0.8, [(0, "problem")]),
        ([[0.7, 0.1, 0.1, 0.1]], 0.8, []),
        ([[0.9, 0.95, 0.1, 0.1]], 0.8, [(0, "approach")]),  # one role a sentence
        ([[0.1, 0.1, 0.1, 0.9]] * 3, 0.8, [(0, "result"), (1, "result")]),  # two sentences a role
        ([[0.85, 0, 0, 0], [0.95, 0, 0, 0], [0.9, 0, 0, 0]], 0.8, [(1, "problem"), (2, "problem")]),
        ([[0.1, 0.1, 0.9, 0.1], [0.9, 0.1, 0.1, 0.1]], 0.8, [(0, "challenge"), (1, "problem")]),
    ],
)
def test_choose(p: list[list[float]], threshold: float, expected: list[tuple[int, str]]) -> None:
    assert choose(np.array(p), threshold) == expected


def test_the_threshold_is_the_lowest_that_keeps_the_precision() -> None:
    p = np.zeros((20, 4))
    p[:, 1] = np.linspace(0.4, 0.97, 20)
    gold = np.zeros((20, 4), dtype=bool)
    gold[10:, 1] = True
    account = np.arange(20)
    threshold = threshold_for(p, gold, account)
    marked = p[:, 1] >= threshold
    assert gold[marked, 1].mean() >= PRECISION
    assert gold[p[:, 1] >= threshold - 0.05, 1].mean() < PRECISION


def _account(number: int, group: str) -> dict[str, Any]:
    place = PLACES[number % len(PLACES)]
    sentences = [
        (f"{place} had lost {number + 4} principals in three years and could not find anyone to apply.", ["problem"]),
        ("The district created a residency for teachers and paid each a full salary.", ["approach"]),
        ("But two trustees objected to the cost of the residency.", ["challenge"]),
        (f"By spring turnover had fallen from {number + 4} to one.", ["result"]),
        ("The meeting was held in the library.", []),
    ]
    return {
        "id": f"a{number}",
        "group": group,
        "sentences": [{"text": text, "roles": roles} for text, roles in sentences],
    }


def _write(path: Path, accounts: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in accounts), encoding="utf-8")
    return path


def test_a_model_is_trained_from_accounts(tmp_path: Path, tools: Tools) -> None:
    path = _write(tmp_path / "anatomy.jsonl", [_account(i, f"g{i % 3}") for i in range(12)])
    own = replace(tools, models_path=tmp_path / "models")
    result = training.train_anatomy(path, own, quiet=True)
    model = AnatomyModel.load(tmp_path / "models")
    assert result.metrics["model_version"] == model.config.version
    assert result.metrics["trained_on"]["n_sentences"] == 60
    assert result.metrics["precision"] > 0.9  # the groups tell the same story
    again = training.train_anatomy(path, own, quiet=True)
    assert again.metrics == result.metrics


def test_accounts_of_one_document_cannot_be_measured(tmp_path: Path, tools: Tools) -> None:
    path = _write(tmp_path / "anatomy.jsonl", [_account(i, "g0") for i in range(3)])
    with pytest.raises(PipelineError) as caught:
        training.train_anatomy(path, replace(tools, models_path=tmp_path), quiet=True)
    assert caught.value.exit_code is ExitCode.QUALITY_GATE
    assert not (tmp_path / "anatomy").exists()


def test_a_role_that_there_is_not_is_refused(tmp_path: Path) -> None:
    account = _account(1, "g0")
    account["sentences"][0]["roles"] = ["cause"]
    with pytest.raises(PipelineError) as caught:
        load_account_labels(_write(tmp_path / "anatomy.jsonl", [account]))
    assert caught.value.code is ErrorCode.INVALID_LABELS


def test_the_shipped_model_is_that_of_the_shipped_labels() -> None:
    labels = load_account_labels(LABELS)
    trained_on = anatomy_model().config.trained_on
    assert trained_on["n_labels"] == len(labels)
    assert trained_on["n_sentences"] == sum(len(label.sentences) for label in labels)
