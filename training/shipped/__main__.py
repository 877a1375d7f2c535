"""`python -m guardc.training.shipped`: fetches the material and trains the classifiers that guardc brings along."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from guardc.policy.checking.library import STD
from guardc.policy.reading.weights import write_weights
from guardc.training.shipped.material import fetch
from guardc.training.shipped.recipe import MODELS, train
from guardc.training.shipped.tables import filled

FIGURES = STD.parents[1] / "docs/models.json"
CARD = FIGURES.with_suffix(".md")
USAGE = "usage: python -m guardc.training.shipped fetch FOLDER | train FOLDER [--check]"


def main(arguments: list[str]) -> int:
    """Returns the exit code."""
    if len(arguments) < 2 or arguments[0] not in ("fetch", "train"):
        sys.stderr.write(USAGE + "\n")
        return 2
    folder = Path(arguments[1])
    if arguments[0] == "fetch":
        fetch(folder)
        return 0
    figures, same = {}, True
    for name in MODELS:
        weights, figures[name] = train(name, folder)
        content, path = write_weights(weights), STD / f"{name}.weights"
        if "--check" in arguments:
            same &= path.read_bytes() == content
        else:
            path.write_bytes(content)
        sys.stdout.write(f"{name}: {json.dumps(figures[name]['held out'])}\n")
    shown = json.dumps(figures, indent=1) + "\n"
    if "--check" in arguments:
        return 0 if same and FIGURES.read_text(encoding="utf-8") == shown else 1
    FIGURES.write_text(shown, encoding="utf-8")
    CARD.write_text(filled(CARD.read_text(encoding="utf-8"), figures), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
