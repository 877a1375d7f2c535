"""`guardc infer`: models behind HTTP that score texts, as services of policies ask for them.

Vocabulary: a *model* takes texts and gives each a row of *scores*, one for each *label*. A *batch* is what a model is
given at a time: texts of all requests that came together.

The way of a request: `application` lets it in and waits for its scores, `protocol` reads and writes it, `batching`
gathers texts; `models` says what a model is, of which there are two kinds: `classifiers` of a plan, and `onnx`.

Invariant: every text of an answer was judged whole, and no text reaches a log or a message.

Example: `Application(plan_models("support.plan"), Settings())` is an ASGI application for any server.
"""

from __future__ import annotations

__all__: list[str] = []
