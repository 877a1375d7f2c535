"""The worker for the classifiers' peers; runs in their environment. A guard is the name of a peer.

`scikit-learn` is the same kind of model as guardc's: character n-grams of 3 to 5 and words of 1 to 2 hashed into 2**18
columns, and a logistic regression. What it was trained on does not change its time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib.metadata import version
from typing import Any

from benchmarks.protocol import serve
from benchmarks.workload import clean_text

__all__ = ["PeersSubject"]

Score = Callable[[str], float]


def _scikit_learn() -> Score:
    from sklearn.feature_extraction.text import HashingVectorizer  # noqa: PLC0415 - the peer's environment alone has it
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.pipeline import make_pipeline, make_union  # noqa: PLC0415

    features = make_union(
        HashingVectorizer(analyzer="char", ngram_range=(3, 5), n_features=2**18),
        HashingVectorizer(ngram_range=(1, 2), n_features=2**18),
    )
    model = make_pipeline(features, LogisticRegression())
    model.fit([clean_text(200, seed) for seed in range(200)], [seed % 2 for seed in range(200)])
    return lambda text: float(model.predict_proba([text])[0, 1])


def _profanity_check() -> Score:
    from profanity_check import predict_prob  # noqa: PLC0415 - the peer's environment alone has it

    return lambda text: float(predict_prob([text])[0])


PEERS = {"scikit-learn": _scikit_learn, "alt-profanity-check": _profanity_check}


class PeersSubject:
    def __init__(self) -> None:
        self._built: dict[str, Score] = {}

    def facts(self) -> dict[str, str]:
        return {name: version(name) for name in PEERS}

    def judge(self, guard: str, text: str) -> dict[str, Any]:
        if guard not in self._built:
            self._built[guard] = PEERS[guard]()
        return {"score": self._built[guard](text)}

    def batch(self, guard: str, texts: Iterable[str], lane: int) -> None:  # noqa: ARG002 - one model serves all threads
        score = self._built[guard]
        for text in texts:
            score(text)


if __name__ == "__main__":
    serve(PeersSubject())
