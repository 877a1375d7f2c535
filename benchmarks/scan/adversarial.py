"""Patterns with texts on which backtracking, or a search begun anew at each place, takes more than linear time."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks import workload
from benchmarks.scan.secrets import SECRETS

__all__ = ["ADVERSARIAL", "Adversarial"]


@dataclass(frozen=True)
class Adversarial:
    """A pattern, and the unit that its text repeats."""

    title: str
    regex: str
    unit: str

    def text(self, size: int) -> str:
        return (self.unit * (size // len(self.unit) + 1))[:size]


_EMAIL = workload.PATTERNS["email"]

ADVERSARIAL: tuple[Adversarial, ...] = (
    Adversarial("`(a+)+b` on aaa...", r"(a+)+b", "a"),
    Adversarial("email on aaa...", _EMAIL, "a"),
    Adversarial("email on a@a@a@...", _EMAIL, "a@"),
    Adversarial("email on a.a@a.a@...", _EMAIL, "a.a@"),
    Adversarial(r"`(?:\d[ -]?){13,16}` on digits", r"(?:\d[ -]?){13,16}", "31415926535"),
    Adversarial("`(?:a|b)*c` on abab...", r"(?:a|b)*c", "ab"),
    Adversarial("`a[^b]*b|a` on aaa...", r"a[^b]*b|a", "a"),
    Adversarial("`x*y` on xxx...", r"x*y", "x"),
    Adversarial("`x.*y` on xxx...", r"x.*y", "x"),
    Adversarial("`(?:[a-z][0-9]){1,30}!` on a1a1...", r"(?:[a-z][0-9]){1,30}!", "a1"),
    Adversarial("`key.{0,50}[0-9]{20}` on key key ...", r"key.{0,50}[0-9]{20}", "key "),
    Adversarial("a secret scanner's, on its keyword = ...", SECRETS[0].regex, "adafruit = "),
)
