"""The classifiers of a plan as models, each with the name that the policy gives it.

Only its tables are read: a plan that needs functions, keys or addresses to judge needs none of them here.

Example: a plan whose policy compares `models.injection.score` gives a model `models.injection`, with the one label
`score`, which gives each text what the rule compares.
"""

from __future__ import annotations

from pathlib import Path

from guardc.fastpath import reader
from guardc.fastpath._core import Classifiers
from guardc.fastpath.errors import PlanError
from guardc.runtime.inference.models import ModelError, Scores, UnfitError

__all__ = ["PlanModel", "plan_models"]


class PlanModel:
    """A `Model`: one classifier of a plan."""

    platform = "guardc_classifier"
    labels: tuple[str, ...] = ("score",)
    runs_on = "the processor"

    def __init__(self, name: str, classifiers: Classifiers) -> None:
        self.name = name
        self._classifiers = classifiers

    def score(self, texts: list[str]) -> list[Scores | UnfitError]:
        return [(self._classifiers.score(self.name, text),) for text in texts]


def plan_models(path: str | Path) -> list[PlanModel]:
    """All classifiers of a plan.

    Raises:
        ModelError: it has none.
        PlanError: it is not a plan that this version can run.
        OSError: it cannot be read.
    """
    data = Path(path).read_bytes()
    try:
        classifiers = Classifiers(reader.read(memoryview(data)))
    except PlanError as error:
        raise PlanError(f"{path}: {error}") from None
    if not classifiers.names:
        raise ModelError(
            f"{path}: no rule of the plan compares the score of a classifier; write one like "
            "`models.injection.score < 0.5 on fail refrain`, with `import std.models`, and compile again"
        )
    return [PlanModel(name, classifiers) for name in classifiers.names]
