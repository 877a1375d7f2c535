"""The worker for Guardrails: the same guards from its validators. Runs in the peer's environment.

`full` is made of its published validators: one `RegexMatch` a pattern, asked for the pattern's absence, and
`ValidLength`. `lean` and `fixing` use a validator of ten lines instead that holds its compiled pattern and
replaces what it finds. Validators are given in one `use(...)`: a second call would replace them.
"""

from __future__ import annotations

import platform
import re
import warnings
from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

from guardrails import Guard, OnFailAction
from guardrails.validator_base import FailResult, PassResult, ValidationResult, Validator, register_validator
from guardrails_ai.regex_match import RegexMatch
from guardrails_ai.valid_length import ValidLength

from benchmarks import workload
from benchmarks.protocol import serve

__all__ = ["GuardrailsSubject"]


@register_validator(name="benchmarks/replace", data_type="string")
class Replace(Validator):
    """Finds a pattern; the fix is the text with each match replaced by the pattern's name in brackets."""

    def __init__(self, regex: str, kind: str, on_fail: OnFailAction | None = None) -> None:
        super().__init__(on_fail=on_fail, regex=regex, kind=kind)
        self._pattern = re.compile(regex)
        self._kind = f"[{kind}]"

    def validate(self, value: str, metadata: dict[str, Any]) -> ValidationResult:  # noqa: ARG002 - the base's signature
        fixed, count = self._pattern.subn(self._kind, value)
        return FailResult(error_message="found", fix_value=fixed) if count else PassResult()


def length() -> Validator:
    return ValidLength(min=1, max=10**7, on_fail=OnFailAction.NOOP)


def absent(regex: str) -> Validator:
    regex = workload.fullmatch_without(regex)
    return RegexMatch(regex=regex, match_type="fullmatch", on_fail=OnFailAction.NOOP)


def _guard(name: str) -> Guard:
    match name:
        case "full":
            return Guard().use(*[absent(regex) for regex in workload.PATTERNS.values()], length())
        case "lean" | "fixing":
            action = OnFailAction.FIX if name == "fixing" else OnFailAction.NOOP
            found = [Replace(regex, kind, on_fail=action) for kind, regex in workload.PATTERNS.items()]
            return Guard().use(*found, length())
        case "single":
            return Guard().use(absent(workload.PATTERNS["email"]))
        case "nothing":
            return Guard()
    raise ValueError(name)


class GuardrailsSubject:
    """One guard for each name and thread, made before it is timed: a `Guard` keeps a history of its calls."""

    def __init__(self) -> None:
        self._guards: dict[tuple[str, int], Guard] = {}

    def _chosen(self, name: str, lane: int) -> Guard:
        if (name, lane) not in self._guards:
            self._guards[name, lane] = _guard(name)
        return self._guards[name, lane]

    def facts(self) -> dict[str, str]:
        return {"python": platform.python_version(), "guardrails-ai": version("guardrails-ai")}

    def judge(self, guard: str, text: str) -> dict[str, Any]:
        chosen = self._chosen(guard, 0)
        outcome = chosen.validate(text)
        names = {"single": ["email"], "nothing": []}.get(guard, [*workload.PATTERNS, "length"])
        results = [log.validation_result for log in chosen.history.last.iterations.last.validator_logs]
        return {
            "passed": outcome.validation_passed,
            "failed": [name for name, result in zip(names, results, strict=True) if result.outcome == "fail"],
            "output": outcome.validated_output,
        }

    def batch(self, guard: str, texts: Iterable[str], lane: int) -> None:
        chosen = self._chosen(guard, lane)
        for text in texts:
            chosen.validate(text).validation_passed  # noqa: B018 - reading the verdict is part of what is timed


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    serve(GuardrailsSubject())
