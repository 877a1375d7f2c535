"""Random policies with one stream guard, written in the language: rules of every kind, `hold`, `at end`, conditions.

The detectors, texts and handlers are those of `generate`; the rules are those that compile in a stream.
"""

from __future__ import annotations

import random

import generate

__all__ = ["stream_source"]

STOPS = ["exception", "filter", "refrain", 'exception "Not this."']
ENDS = [*STOPS, "reask", "noop"]
FILLINGS = ["[{kind}]", "", "{mask}", "x{kind}{mask}", "{{}}", "#", "ab", " "]


class _Source(generate._Source):
    """Every rule is one that a stream can have."""

    def stream_rule(self, number: int) -> str:
        rng = self.rng
        test, fix = self._test()
        label = f"r{number}: " if rng.random() < 0.5 else ""
        when = f"when {self.condition()}: " if rng.random() < 0.2 else ""
        if rng.random() < 0.12:
            return f"    {label}{when}{test} at end on fail {rng.choice(ENDS)}"
        action = fix if fix and rng.random() < 0.55 else rng.choice([*STOPS, *STOPS, "noop"])
        on_error = f" on error {rng.choice(['noop', 'refrain', 'exception', 'filter'])}" if rng.random() < 0.2 else ""
        return f"    {label}{when}{test} on fail {action}{on_error}"

    def _test(self) -> tuple[str, str]:
        """A test, and the fix that it may have in a stream."""
        rng = self.rng
        kind = rng.random()
        excepts = f" except {self._natives(2)}" if rng.random() < 0.25 else ""
        if kind < 0.5:
            filling = "" if rng.random() < 0.3 else f" with {generate._string(rng.choice(FILLINGS))}"
            return f"no {self._natives()}{excepts}", f"fix{filling}"
        if kind < 0.56:
            return f"has {self._natives()}{excepts}", ""
        if kind < 0.82:
            return self._measure()
        if kind < 0.86:
            return rng.choice(["lower case", "upper case"]), ""
        if kind < 0.89:
            needle = rng.choice(
                ['"ab"', '"STRASSE" ignore case', r'"\n"', '"İ" ignore case', '""', '"to be" ignore case']
            )
            return f"contains {needle}", ""
        if kind < 0.92:
            return "starts with " + rng.choice(['"a"', '"ab"', '"ann@"', '""']), ""
        test, _ = self.test()
        return test, ""

    def _measure(self) -> tuple[str, str]:
        rng = self.rng
        low, span = rng.choice([0, 0, 1, 2, 6]), rng.randint(0, 30)
        comparison = rng.choice([f"in {low}..{low + span}", f"<= {span}", f"<= {span}", f"< {span + 1}", f">= {low}"])
        name = rng.choice(["chars", "words", "lines", "bytes", "count", "reading time"])
        if name == "count":
            return f"count({self._natives()}) {comparison}", ""
        if name == "reading time":
            return f"reading time {rng.choice(['< 1 s', '<= 2 s', 'in 0.5 s..0.1 min', '> 0.3 s'])}", "fix"
        return f"{name} {comparison}", "fix"

    def _natives(self, most: int = 3) -> str:
        """Detectors; those that are compiled, but now and then."""
        if self.rng.random() < 0.06:
            return self.detectors(most)
        names = [name for name in self.patterns if name in generate.PATTERNS] + self.words
        if not names:
            return self.detectors(most)
        return ", ".join(self.rng.sample(names, min(len(names), self.rng.choice([1, 1, 1, 2, most]))))

    def stream_text(self) -> str:
        rng = self.rng
        head = self.text().partition("guard g on input {")[0]
        lines = ["guard g on output stream {"]
        if rng.random() < 0.15:
            limit = rng.choice(["20 chars", "100 chars", "64 bytes", "1 KB"])
            lines.append(f"    max {limit} on fail {rng.choice(['exception', 'refrain', 'filter'])}")
        if rng.random() < 0.9:
            most = rng.choice([10_000] * 5 + [1, 3, 17, 40, 96])
            lines.append(f"    hold at most {most} chars on fail {rng.choice(['exception', 'refrain'])}")
        if rng.random() < 0.05:
            lines.append(f"    normalize {', '.join(rng.sample(generate.STEPS, rng.randint(1, 2)))}")
        lines += [self.stream_rule(number) for number in range(rng.choice([1, 1, 2, 2, 3, 5]))]
        return head + "\n".join([*lines, "}"]) + "\n"


def stream_source(rng: random.Random) -> str:
    """The source of a policy with one guard, `g`, for streams. Now and then the checker or the compiler refuses one."""
    return _Source(rng).stream_text()
