"""Shares corrected for a model's errors: right on average, with intervals that hold the truth, or a reason why not."""

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
from builders import codebook as make_codebook
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import Settings
from pipeline.errors import ErrorCode, PipelineError
from pipeline.learning import held_out
from pipeline.learning.prevalence import Cluster, Estimate, HeldOut, Prevalence, Sampled, Tally, rogan_gladen

SETTINGS = Settings(bootstrap=300)
SENSITIVITY, SPECIFICITY = 0.65, 0.95


def clusters(counts):
    """Held-out documents from rows of (right yes, wrong yes, missed, rejected)."""
    return [
        Cluster(group=f"g{i}", n=sum(row), true_yes=[row[0]], false_yes=[row[1]], missed=[row[2]], rejected=[row[3]])
        for i, row in enumerate(counts)
    ]


def measured(*rows):
    return Prevalence(HeldOut(themes=["equity"], clusters=clusters(rows)), SETTINGS)


def tally(*documents):
    """Documents at hand from pairs of (passages, found)."""
    return Tally(
        n={str(i): n for i, (n, _) in enumerate(documents)}, found={str(i): yes for i, (_, yes) in enumerate(documents)}
    )


def simulated(generator, documents, share):
    """Draw documents whose shares differ: a row for each of right yes, wrong yes, missed, rejected."""
    n = generator.integers(10, 30, size=documents)
    there = generator.binomial(n, generator.beta(8 * share, 8 * (1 - share), size=documents))
    right = generator.binomial(there, SENSITIVITY)
    wrong = generator.binomial(n - there, 1 - SPECIFICITY)
    return np.stack([right, wrong, there - right, n - there - wrong], axis=1)


def estimated(seed, share, *, documents=40, sampled=0):
    """Return the estimate and the raw share of simulated documents; the held-out ones have another share."""
    generator = np.random.default_rng(seed)
    prevalence = measured(*simulated(generator, 50, 0.2).tolist())
    here = simulated(generator, documents, share)
    found = tally(*zip(here.sum(axis=1).tolist(), here[:, :2].sum(axis=1).tolist(), strict=True))
    judged = np.repeat([(1, 1), (1, 0), (0, 1), (0, 0)], here.sum(axis=0), axis=0)
    drawn = judged[generator.permutation(len(judged))[:sampled]]
    found.sample = [Sampled(bool(model), bool(person)) for model, person in drawn]
    return prevalence.estimate("equity", found), here[:, :2].sum() / here.sum()


@pytest.mark.parametrize("share", [0.04, 0.1, 0.3])
@pytest.mark.parametrize("sampled", [0, 150])
def test_simulated_shares_are_found_again(share, sampled):
    runs = [estimated(seed, share, sampled=sampled) for seed in range(120)]
    covered = np.mean([estimate.low <= share <= estimate.high for estimate, _ in runs])
    assert 0.88 <= covered <= 0.995
    raw_bias = abs(np.mean([raw for _, raw in runs]) - share)
    bias = abs(np.mean([estimate.share for estimate, _ in runs]) - share)
    assert bias < 0.006
    assert bias < raw_bias
    assert {estimate.method for estimate, _ in runs} == {"random sample" if sampled else "error rates"}


@pytest.mark.parametrize(
    ("found", "sensitivity", "specificity", "share"),
    [
        (0.104, 2 / 3, 0.96, 0.1021),
        (0.05, 0.6, 0.95, 0.0),
        (0.9, 0.6, 1.0, 1.0),
        (0.3, 1.0, 1.0, 0.3),
        (0.3, 0.5, 0.5, None),
    ],
)
def test_rogan_gladen(found, sensitivity, specificity, share):
    corrected = float(rogan_gladen(found, sensitivity, specificity))
    assert np.isnan(corrected) if share is None else corrected == pytest.approx(share, abs=5e-4)


GOOD = [(4, 1, 2, 20)] * 10


@pytest.mark.parametrize(
    ("prevalence", "theme", "at_hand", "why"),
    [
        (measured(*GOOD), "equity", tally((20, 3)), "fewer than 30 passages"),
        (measured(*GOOD), "equity", tally((30, 3), (30, 18)), "the interval is wider than 50 percentage points"),
        (measured(*GOOD), "equity", tally((20, 15), (20, 14)), "more often than it could"),
        (measured(*GOOD), "trust", tally((50, 3)), "the model was not measured on this theme"),
        (measured(*[(1, 1, 0, 20)] * 14), "equity", tally((50, 3)), "only 14 held-out passages have this theme"),
        (measured(*[(4, 1, 2, 20)] * 4), "equity", tally((50, 3)), "the model was measured on 4 documents only"),
        (measured(*[(2, 8, 6, 20)] * 9), "equity", tally((50, 3)), "hardly better than chance"),
        (Prevalence(None, SETTINGS, why="no file"), "equity", tally((50, 3)), "no file"),
        (Prevalence(HeldOut(themes=["equity"], clusters=[]), SETTINGS), "equity", tally((50, 3)), "nothing is known"),
    ],
)
def test_what_cannot_be_known_says_why(prevalence, theme, at_hand, why):
    estimate = prevalence.estimate(theme, at_hand)
    assert (estimate.share, estimate.low, estimate.high, estimate.method) == (None, None, None, None)
    assert why in estimate.why
    assert estimate.too_few is ("fewer than 30" in why or "wider" in why)


def test_what_a_person_decided_is_not_corrected():
    decided = Tally()
    for i in range(40):
        decided.add_settled("d1", yes=i < 10)
    assert measured(*GOOD).estimate("equity", decided) == Estimate(
        share=0.25, low=0.25, high=0.25, method="error rates"
    )


def test_a_theme_that_was_never_found_may_still_be_there():
    estimate = measured(*GOOD).estimate("equity", tally((60, 0), (60, 0)))
    assert estimate.share == 0
    assert 0 <= estimate.low <= estimate.high < 0.05


def test_a_random_sample_goes_before_the_error_rates_if_it_is_large_enough():
    at_hand = tally((100, 10))
    at_hand.sample = [Sampled(model=False, person=True)] * 10 + [Sampled(model=False, person=False)] * 19
    assert measured(*GOOD).estimate("equity", at_hand).method == "error rates"
    at_hand.sample.append(Sampled(model=True, person=True))
    estimate = measured(*GOOD).estimate("equity", at_hand)
    assert (estimate.method, estimate.share) == ("random sample", pytest.approx(0.1 + 10 / 30, abs=1e-4))


def test_a_passage_that_was_less_likely_to_be_drawn_stands_for_more():
    at_hand = tally((100, 0))
    at_hand.sample = [Sampled(model=False, person=True, weight=10)] * 10 + [Sampled(model=False, person=False)] * 50
    assert measured(*GOOD).estimate("equity", at_hand).share == pytest.approx(100 / 150, abs=1e-4)


def test_a_sample_without_an_error_does_not_prove_that_there_are_none():
    at_hand = tally(*[(20, 2)] * 30)
    at_hand.sample = [Sampled(model=False, person=False)] * 40
    estimate = measured(*GOOD).estimate("equity", at_hand)
    assert estimate.high - estimate.low > 0.02


rows = st.lists(st.tuples(*[st.integers(0, 9)] * 4), max_size=12)
pairs = st.lists(st.integers(0, 30).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))), max_size=8)


@given(rows, pairs, st.lists(st.tuples(st.booleans(), st.booleans(), st.floats(1, 50)), max_size=40))
def test_an_estimate_lies_in_its_interval_or_says_why_there_is_none(held, at_hand, sample):
    found = tally(*at_hand)
    found.sample = [Sampled(*one) for one in sample]
    prevalence = Prevalence(HeldOut(themes=["equity"], clusters=clusters(held)), Settings(bootstrap=100))
    estimate = prevalence.estimate("equity", found)
    assert estimate == prevalence.estimate("equity", found)
    if estimate.share is None:
        assert estimate.why
    else:
        assert 0 <= estimate.low <= estimate.share <= estimate.high <= 1


# --- what is read ---------------------------------------------------------------------------------------------------


def model_folder(tmp_path: Path, held: object = None) -> Path:
    (tmp_path / "model.json").write_text(json.dumps({"version": "themes-1", "themes": ["equity"]}))
    if held is not None:
        (tmp_path / "held_out.json").write_text(json.dumps(held))
    return tmp_path


HELD = {"themes": ["equity"], "clusters": [msgspec.to_builtins(cluster) for cluster in clusters(GOOD)]}


def test_what_is_known_is_read_beside_the_model(tmp_path):
    known = held_out.read(model_folder(tmp_path, HELD))
    assert known.prevalence(["themes-1"], SETTINGS).estimate("equity", tally((50, 5))).share is not None


def test_counts_of_another_model_are_not_corrected(tmp_path):
    known = held_out.read(model_folder(tmp_path, HELD))
    why = known.prevalence(["themes-0"], SETTINGS).estimate("equity", tally((50, 5))).why
    assert why == "coded by themes-0, but the model at hand is themes-1 (--models names another)"


def test_a_model_without_the_file_and_no_model_say_so(tmp_path):
    assert "themes/" in held_out.read(tmp_path / "themes").why
    known = held_out.read(model_folder(tmp_path))
    assert "held_out.json" in known.prevalence(["themes-1"], SETTINGS).estimate("equity", tally((50, 5))).why


@pytest.mark.parametrize("held", [{"themes": ["equity"]}, {**HELD, "themes": ["equity", "trust"]}])
def test_a_damaged_file_is_named(tmp_path, held):
    with pytest.raises(PipelineError, match=r"held_out\.json") as caught:
        held_out.read(model_folder(tmp_path, held))
    assert caught.value.code is ErrorCode.INVALID_MODEL


def sample_file(tmp_path, *records):
    path = tmp_path / "sample.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


DRAWN = {"id": "p1", "text": "We share.", "themes": {"fairness": 2}, "reason": "random", "sampling_probability": 0.1}


def test_only_what_was_drawn_at_random_is_the_sample_and_old_themes_are_carried_over(tmp_path):
    book = make_codebook("equity", "trust")
    book = msgspec.structs.replace(
        book, themes=[msgspec.structs.replace(book.themes[0], was=["fairness"]), book.themes[1]]
    )
    uncertain = DRAWN | {"id": "p2", "reason": "uncertain"}
    left_open = DRAWN | {"id": "p3", "themes": {}, "open": ["trust"]}
    sample = held_out.read_sample(sample_file(tmp_path, DRAWN, uncertain, left_open), book)
    assert sample.of("p1", "equity", model=False) == Sampled(model=False, person=True, weight=10)
    assert sample.of("p2", "equity", model=False) is None
    assert sample.of("p3", "trust", model=True) is None
    assert sample.of("p3", "equity", model=True) == Sampled(model=True, person=False, weight=10)


@pytest.mark.parametrize("record", [DRAWN | {"reason": "uncertain"}, DRAWN | {"themes": {}}])
def test_a_queue_that_nobody_filled_in_is_no_sample(tmp_path, record):
    with pytest.raises(PipelineError, match="reason: random") as caught:
        held_out.read_sample(sample_file(tmp_path, record), make_codebook("equity"))
    assert caught.value.code is ErrorCode.INVALID_LABELS
