"""Training: deterministic, held out by group, and right about what it says."""

from __future__ import annotations

import hashlib
import random

import numpy as np
import pytest

from guardc.policy.reading.weights import write_weights
from guardc.training.calibration import calibrate, quantise
from guardc.training.examples import CALIBRATION, HELD_OUT, TRAINING, Example, split
from guardc.training.features import corpus_of
from guardc.training.fit import FitError, fit, scores
from guardc.training.measures import auc, average_precision, recall_at, threshold_table
from guardc.training.plot import plot

CALM = ("please send the invoice", "the meeting is on monday", "how do I reset the router", "thanks for the help")
LOUD = ("buy cheap pills now", "win a free prize today", "click here for free money")


def examples(count: int = 200) -> list[Example]:
    rng = random.Random(5)
    found = []
    for number in range(count):
        label = number % 2 == 1
        first, last = rng.choice(LOUD if label else CALM), rng.choice(["friend", "team", "sir"])
        text = f"{first} {last} {chr(97 + number % 26)}{number}"
        found.append(Example(text, label, "made", f"g{number // 4}" if number < 40 else ""))
    return found


def test_the_same_bytes_whatever_the_order_of_the_lines() -> None:
    made = examples()
    first = write_weights(fit(made).weights)
    # Written down once: a change here is a change of every weights file that people have trained.
    assert hashlib.sha256(first).hexdigest() == "e19379dd1c7a1edc0d8638af8ede3f6ba7cc32bc00e8e3a3b77035e98d9b6c3c"
    made.reverse()
    assert write_weights(fit(made).weights) == first


def test_what_is_learned_is_found_in_held_out_texts() -> None:
    fitted = fit(examples())
    assert auc(fitted.given, fitted.labels) == 1.0
    assert (
        scores(fitted.weights, ["win a free prize, sir"])[0] > 0.5 > scores(fitted.weights, ["the invoice, please"])[0]
    )


def test_a_split_is_stratified_and_keeps_groups_whole() -> None:
    made = examples(2_000)
    sides = split(made)
    by_group: dict[str, set[int]] = {}
    for example, side in zip(made, sides, strict=True):
        by_group.setdefault(example.group or example.text, set()).add(side)
    assert all(len(found) == 1 for found in by_group.values())
    for label in (True, False):
        own = [side for example, side in zip(made, sides, strict=True) if example.label == label]
        shares = [own.count(side) / len(own) for side in (TRAINING, CALIBRATION, HELD_OUT)]
        assert shares == pytest.approx([0.8, 0.1, 0.1], abs=0.02)


def test_a_split_does_not_depend_on_the_order() -> None:
    made = examples()
    before = dict(zip(made, split(made), strict=True))
    made.reverse()
    assert dict(zip(made, split(made), strict=True)) == before


def test_too_few_examples_are_refused() -> None:
    with pytest.raises(FitError, match="there are 0 examples with the label true"):
        fit([Example(f"text {number}", False) for number in range(50)])
    with pytest.raises(FitError, match="in too few groups"):
        fit([Example(f"text {number}", number % 2 == 0, "", "one") for number in range(80)])


def test_texts_of_one_window_and_of_many() -> None:
    corpus = corpus_of(["", "a", "word " * 400], 10)
    assert np.diff(corpus.first).tolist() == [1, 1, 2002 // 50 + 1 - 3]
    assert len(corpus.columns) == corpus.starts[-1]
    part = corpus.part(1, 3)
    assert part.columns.tolist() == corpus.columns[corpus.starts[1] :].tolist()


def test_quantised_weights_keep_their_signs() -> None:
    data, unit = quantise(np.array([-1.0, 0.0, 0.5, 1.0]))
    assert np.frombuffer(data, dtype=np.int8).tolist() == [-127, 0, 64, 127]
    assert unit == 1.0 / 127.0
    assert quantise(np.zeros(3)) == (bytes(3), 0.0)


def test_calibration_never_turns_a_classifier_round() -> None:
    labels = np.array([True, False] * 50)
    right = np.where(labels, 1.0, -1.0) + np.linspace(-1.5, 1.5, 100)
    slope, offset = calibrate(right, labels)
    assert slope > 0
    assert offset < 0
    assert calibrate(-right, labels)[0] == 0.0
    assert all(np.isfinite(calibrate(np.zeros(100), labels)))
    assert all(np.isfinite(calibrate(np.where(labels, 50.0, -50.0), labels)))


def test_measures_of_known_scores() -> None:
    given = np.array([0.9, 0.8, 0.8, 0.3, 0.1])
    labels = np.array([True, True, False, True, False])
    # Of six pairs 4 are in order and one is a tie.
    assert auc(given, labels) == pytest.approx(4.5 / 6)
    assert average_precision(given, labels) == pytest.approx((1 + 2 / 3 + 3 / 4) / 3)
    assert recall_at(given, labels, 0.0) == pytest.approx(1 / 3)
    assert recall_at(given, labels, 0.5) == 1.0
    row = next(row for row in threshold_table(given, labels) if row.threshold == 0.8)
    assert (row.recall, row.false_alarms, row.precision) == pytest.approx((2 / 3, 0.5, 2 / 3))


def test_the_plot_is_an_image_of_both_kinds() -> None:
    drawn = plot(fit(examples()), "a < b & c")
    assert drawn.startswith("<svg ")
    assert "a &lt; b &amp; c: AUC 1.0000" in drawn
    assert drawn.count("<rect") > 40
