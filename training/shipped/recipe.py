"""How the shipped classifiers are made, and the figures of docs/models.md.

python -m guardc.training.shipped fetch FOLDER
python -m guardc.training.shipped train FOLDER            # writes policy/std/*.weights, docs/models.*
python -m guardc.training.shipped train FOLDER --check    # compares, and writes nothing
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from guardc.policy.reading.weights import Weights
from guardc.training.examples import Example
from guardc.training.fit import Fitted, fit, scores
from guardc.training.measures import auc, average_precision, recall_at, threshold_table
from guardc.training.mining import hardest
from guardc.training.shipped.sources import INJECTION, INJECTION_CHECKS, TOXICITY, TOXICITY_CHECKS, Reader, rows

__all__ = ["MODELS", "THRESHOLD", "train"]

MODELS = {"injection": (INJECTION, INJECTION_CHECKS), "toxicity": (TOXICITY, TOXICITY_CHECKS)}
THRESHOLD = 0.8
"""The threshold that the documentation recommends."""
LEFT_OUT = {
    "injection": ("neuralchemy", "s-labs", "yanismiraoui", "pyrit", "spikee", "hidden"),
    "toxicity": ("davidson", "wikipedia", "surge", "germeval", "profanity"),
}
"""Sources that are measured by classifiers that were trained without them."""


ROUNDS, PASSAGES = 2, 4
"""How often passages are taken from the pages of documentation, and how many of each page at most."""


def train(name: str, folder: Path) -> tuple[Weights, dict[str, Any]]:
    """The weights of a shipped classifier, and its figures."""
    names, checks = MODELS[name]
    examples = rows(folder, names)
    pages = list(dict.fromkeys(Reader(folder).manuals()))
    first = fitted = fit(examples)
    mined: dict[str, Example] = {}
    for _ in range(ROUNDS):
        for text in hardest(fitted.weights, pages, PASSAGES):
            mined[text] = Example(text, False, "mined")
        fitted = fit(examples, more=list(mined.values()))
    checked = rows(folder, checks)
    given = scores(fitted.weights, [example.text for example in checked])
    figures = {
        "trained on": fitted.trained,
        "calibrated on": fitted.calibrated,
        "held out": _overall(fitted),
        "held out by source": _by_source(fitted.held_out, fitted.given),
        "never trained on, by source": _by_source(checked, given),
        "whole pages": _pages(checked, scores(first.weights, [example.text for example in checked]), given),
        "trained without the source": _without(name, examples, list(mined.values())),
        "by length alone": _by_length(fitted),
    }
    return fitted.weights, figures


def _overall(fitted: Fitted) -> dict[str, Any]:
    return {
        "texts": len(fitted.given),
        "AUC": round(auc(fitted.given, fitted.labels), 4),
        "average precision": round(average_precision(fitted.given, fitted.labels), 4),
        "recall at false alarms": {
            f"{100 * share:g} %": round(recall_at(fitted.given, fitted.labels, share), 4)
            for share in (0.001, 0.01, 0.05)
        },
        "thresholds": [[round(number, 4) for number in row] for row in threshold_table(fitted.given, fitted.labels)],
    }


def _by_source(examples: Sequence[Example], given: Any) -> dict[str, Any]:
    """Of each source and label how many texts there are, and how many fail `score < 0.8`."""
    places = defaultdict(list)
    for number, example in enumerate(examples):
        places[example.source].append(number)
    found = {}
    for source, numbers in sorted(places.items()):
        labels = np.array([examples[number].label for number in numbers])
        own = given[numbers]
        entry: dict[str, Any] = {}
        for label, title in ((True, "found"), (False, "false alarms")):
            if (labels == label).any():
                entry[title] = [int((own[labels == label] >= THRESHOLD).sum()), int((labels == label).sum())]
        if len(entry) == 2:
            entry["AUC"] = round(auc(own, labels), 4)
        found[source] = entry
    return found


def _pages(examples: Sequence[Example], before: Any, after: Any) -> dict[str, Any]:
    """How many whole pages fail `score < 0.8`, and how many would if no passages of pages had been trained on."""
    pages = np.array([example.source.startswith("pages: ") for example in examples])
    return {
        "pages": int(pages.sum()),
        "fail without mined passages": int((before[pages] >= THRESHOLD).sum()),
        "fail": int((after[pages] >= THRESHOLD).sum()),
    }


def _without(name: str, examples: Sequence[Example], mined: Sequence[Example]) -> dict[str, Any]:
    found = {}
    for source in LEFT_OUT[name]:
        others = fit([example for example in examples if example.source != source], more=mined)
        own = [example for example in examples if example.source == source]
        # A source with texts of one kind only is told from the harmless texts that were held out.
        if all(example.label for example in own):
            own += [example for example in others.held_out if not example.label]
        given = scores(others.weights, [example.text for example in own])
        labels = np.array([example.label for example in own])
        found[source] = {
            "AUC": round(auc(given, labels), 4),
            "found": [int((given[labels] >= THRESHOLD).sum()), int(labels.sum())],
            "false alarms": [int((given[~labels] >= THRESHOLD).sum()), int((~labels).sum())],
        }
    return found


def _by_length(fitted: Fitted) -> float:
    """The AUC of the length alone: what a classifier could have by a shortcut."""
    lengths = np.array([float(len(example.text)) for example in fitted.held_out])
    return round(auc(lengths, fitted.labels), 4)
