"""Checks what a policy says about a service: a model behind an address that scores texts.

Invariant: what comes back can be asked at run time: it has a protocol, every number is in its range, and nothing in it
is an address or a key, only the names of variables that hold them.

Example: `timeout 2 minutes` in a service is reported, and the service is in the scope without a value, so that its uses
are not.
"""

from __future__ import annotations

import re
from typing import Any

from guardc.policy.checking.actions import Actions
from guardc.policy.checking.names import did_you_mean
from guardc.policy.checking.times import milliseconds
from guardc.policy.model import Service
from guardc.policy.reading.literals import show_text
from guardc.policy.reading.source import Span
from guardc.policy.reading.syntax import EnvNode, FacetNode, Name, Quantity, ServiceNode, Text, Use

__all__ = ["Services"]

PROTOCOLS: dict[str, frozenset[str]] = {
    "v2": frozenset(),
    "tei": frozenset({"model", "version", "input", "output"}),
    "moderation": frozenset({"version", "input", "output"}),
    "guardrails": frozenset({"model", "version", "input", "output"}),
    "llamaguard": frozenset({"version", "input", "output", "batch"}),
}
"""With the settings that mean nothing there."""
BY_NAME = frozenset({"tei", "moderation"})
"""Whose scores are found by their names; of the others there may be just one."""
CATEGORY = re.compile(r"S[1-9][0-9]?")
"""Of Llama Guard: what stands in its answers."""
MOST_TEXTS = 1024
"""In one request."""
LONGEST_WAIT = 1_000
"""Milliseconds that a text waits for others."""

USUAL_TIMEOUT = Service.model_fields["timeout"].default

RANGES = {"batch": (1, MOST_TEXTS), "calls": (1, 1_000), "retries": (0, 5), "cache": (1, 1_000_000)}
FORMS = {
    "protocol": "is `protocol v2` (Open Inference Protocol), `tei`, `moderation`, `guardrails` or `llamaguard`",
    "model": "is the name of the model there, in quotes",
    "version": "is the version of the model, in quotes",
    "input": 'is the name of the input, in quotes: `input "text"`, or `input "text" as column` for a shape of `[n, 1]`',
    "output": "is the name of the output with the scores, in quotes",
    "labels": 'are the names of the scores, in their order: `labels "toxic", "insult"`',
    "key": 'is the variable with a bearer token: `key env("TOX_KEY")`',
    "timeout": "is a time: `timeout 80 ms`",
    "batch": "is the most texts of a request, and how long one waits for others: `batch 32 within 2 ms`",
    "calls": "is how many requests there are at the same time, 1 to 1000",
    "retries": "is how often a request is tried again, 0 to 5",
    "hedge": "is the time after which a request has a second one beside it: `hedge 20 ms`",
    "cache": "is how many answers are remembered, 1 to 1000000",
}
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")


class Services:
    """The services of one file."""

    def __init__(self, actions: Actions) -> None:
        self.actions = actions
        self.reporter = actions.reporter

    def check(self, node: ServiceNode) -> Service | None:
        """The service, or None after a report."""
        before = self.reporter.errors
        address = self.variable(node.address)
        given: dict[str, Any] = {}
        seen: dict[str, Span] = {}
        for facet in node.facets:
            name = facet.name.text
            if name in seen:
                self.twice(name, facet.span, seen[name])
                continue
            seen[name] = facet.span
            given.update(self.facet(facet))
        given.update(self.first(node))
        on_error = self.actions.on_error(node.on_error)
        if "protocol" not in seen:
            self.wrong(node.name.span, f"the service `{node.name.text}` has no protocol", f"it {FORMS['protocol']}")
        protocol = given.get("protocol", "v2")
        for facet in node.facets:
            if facet.name.text in PROTOCOLS[protocol]:
                said = f"`{facet.name.text}` means nothing to a service with `protocol {protocol}`"
                self.wrong(facet.name.span, said, "delete it")
        if given.get("hedge", 0) >= given.get("timeout", USUAL_TIMEOUT):
            said = "a request that takes so long is over before it has a second one beside it"
            self.wrong(seen["hedge"], said, "write less than `timeout`, which is 1 s if it is not said")
        if protocol == "llamaguard":
            self.categories(node, given, seen)
        if protocol in BY_NAME and "labels" not in seen:
            said = f"with `protocol {protocol}` scores are found by their names"
            self.wrong(node.name.span, said, f"`labels` {FORMS['labels']}")
        if self.reporter.errors > before or address is None:
            return None
        given.setdefault("model", node.name.text if protocol == "v2" else "")
        return Service(name=node.name.text, address=address, on_error=on_error, at=node.name.span.location, **given)

    def categories(self, node: ServiceNode, given: dict[str, Any], seen: dict[str, Span]) -> None:
        """What is asked of Llama Guard can be in its answers."""
        if "model" not in seen:
            self.wrong(node.name.span, f"the service `{node.name.text}` has no model", f"`model` {FORMS['model']}")
        for label in given.get("labels", ()):
            if CATEGORY.fullmatch(label) is None:
                said = f"`{label}` is no category of Llama Guard, and would never be found"
                self.wrong(seen["labels"], said, 'write categories as its answers have them: `labels "S1", "S10"`')

    def first(self, node: ServiceNode) -> dict[str, Any]:
        """What is said of the classifier whose score texts have first, and of what stands in for an answer; empty
        without them, and after a report."""
        for nodes, word in ((node.doubts, "when"), (node.fallbacks, "else")):
            for again in nodes[1:]:
                self.twice(word, again.span, nodes[0].span)
        found: dict[str, Any] = {}
        names = [doubt.name for doubt in node.doubts[:1]]
        for fallback in node.fallbacks[:1]:
            if fallback.name.text.endswith(".score"):
                names.append(fallback.name)
                continue
            use = Use(fallback.name, None, fallback.name.span)
            found["otherwise"] = self.actions.lookup.detectors((use,)) or ()
        for name in names:
            if self.actions.lookup.classifier(name.text) is None:
                scores = [f"{known}.score" for known in self.actions.lookup.candidates("classifier")]
                self.wrong(
                    name.span,
                    f"`{name.text}` is no score of a classifier",
                    did_you_mean(name.text, scores)
                    or "write `.score` behind a classifier of this policy, or of `import std.models`",
                )
                return {}
        if not names and not found:
            return {}
        labels = next((facet for facet in node.facets if facet.name.text == "labels"), None)
        if labels is not None and len(labels.values) > 1:
            where = node.doubts[0].name if node.doubts else node.fallbacks[0].name
            said = f"`{where.text}` stands for one score, and the service has several"
            self.wrong(where.span, said, "delete it, or declare a service for one score")
            return {}
        if not names:
            return found
        if names[0].text != names[-1].text:
            said = "`when` and `else` name different classifiers"
            self.wrong(names[-1].span, said, f"write `else {names[0].text}`, or delete it")
            return {}
        found["classifier"] = names[0].text.rpartition(".")[0]
        found["fallback"] = bool(node.fallbacks) and not found.get("otherwise")
        if node.doubts:
            low, high = node.doubts[0].low, node.doubts[0].high
            if not 0 <= low.value < high.value <= 1:
                said = "no text is in doubt, or the numbers are no scores"
                self.wrong(low.span.to(high.span), said, "write two numbers from 0 to 1, the lower one first")
                return {}
            found["doubt"] = (float(low.value), float(high.value))
        return found

    def variable(self, node: EnvNode) -> str | None:
        """The name of the variable."""
        if node.function.text != "env":
            help_ = f"write `env({node.variable.span.text})`"
            self.wrong(node.function.span, f"`{node.function.text}` gives no address and no key", help_)
        elif VARIABLE.fullmatch(node.variable.value) is None:
            help_ = "an address and a key stand in the environment of the service; name the variable that holds them"
            self.wrong(node.variable.span, "this is no name of an environment variable", help_)
        else:
            return node.variable.value
        return None

    def facet(self, node: FacetNode) -> dict[str, Any]:
        """What one setting says, by the name of the attribute; empty after a report."""
        name = node.name.text
        first = node.values[0]
        many = len(node.values) > 1 and name != "labels"
        if name not in FORMS:
            listed = ", ".join(f"`{known}`" for known in FORMS)
            help_ = did_you_mean(name, FORMS) or f"the settings are {listed}, and `on error`"
            self.wrong(node.name.span, f"`{name}` is no setting of a service", help_)
        elif many or (node.as_ is not None and name != "input") or (node.within is not None and name != "batch"):
            self.malformed(node)
        elif name == "protocol" and isinstance(first, Name):
            if first.text in PROTOCOLS:
                return {name: first.text}
            help_ = did_you_mean(first.text, PROTOCOLS) or f"it {FORMS[name]}"
            self.wrong(first.span, f"there is no protocol `{first.text}`", help_)
        elif name == "key" and isinstance(first, EnvNode):
            key = self.variable(first)
            return {} if key is None else {name: key}
        elif name in {"timeout", "hedge"} and isinstance(first, Quantity):
            time = milliseconds(first, self.reporter)
            return {} if time is None else {name: time}
        elif name in RANGES and isinstance(first, Quantity):
            return self.number(node, first)
        elif name in {"model", "version", "input", "output", "labels"} and isinstance(first, Text):
            return self.texts(node)
        else:
            self.malformed(node)
        return {}

    def number(self, node: FacetNode, written: Quantity) -> dict[str, Any]:
        name, number = node.name.text, written.number.value
        low, high = RANGES[name]
        if written.unit is not None or isinstance(number, float) or not low <= number <= high:
            help_ = f"write a whole number from {low} to {high}"
            self.wrong(written.span, f"`{name}` {FORMS[name]}", help_)
            return {}
        if name != "batch":
            return {name: number}
        if node.within is None:
            if number > 1:
                self.wrong(node.span, "it is not said how long a text waits for others", f"`batch` {FORMS['batch']}")
                return {}
            return {name: number}
        delay = milliseconds(node.within, self.reporter)
        if delay is not None and delay > LONGEST_WAIT:
            self.wrong(node.within.span, "no text waits for others for so long", "write 1 s at most")
            return {}
        return {} if delay is None else {name: number, "delay": delay}

    def texts(self, node: FacetNode) -> dict[str, Any]:
        name = node.name.text
        values = [value for value in node.values if isinstance(value, Text)]
        for number, text in enumerate(values):
            if not text.value.strip() or len(text.value) > 256 or not text.value.isprintable():
                self.wrong(text.span, f"{show_text(text.value)} cannot be a name", f"`{name}` {FORMS[name]}")
                return {}
            if text.value in {other.value for other in values[:number]}:
                self.twice(show_text(text.value), text.span, values[0].span)
                return {}
        if name == "labels":
            return {name: tuple(text.value for text in values)}
        if node.as_ is not None and node.as_.text != "column":
            self.wrong(node.as_.span, f"no input is given as `{node.as_.text}`", f"`input` {FORMS['input']}")
            return {}
        return {name: values[0].value} | ({"column": True} if node.as_ is not None else {})

    def malformed(self, node: FacetNode) -> None:
        name = node.name.text
        self.wrong(node.span, f"`{name}` {FORMS[name]}", None, "something else stands here")

    def wrong(self, span: Span, said: str, help_: str | None, label: str = "") -> None:
        self.reporter.add("G112", span, said, label=label, help=help_)

    def twice(self, what: str, span: Span, first: Span) -> None:
        self.reporter.add(
            "G024",
            span,
            f"{what if what.startswith(chr(34)) else f'`{what}`'} is said twice",
            label="said again here",
            help="keep one of them",
            also=[(first, "first said here")],
        )
