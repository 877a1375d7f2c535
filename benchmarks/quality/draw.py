"""What values are drawn from: one generator of random numbers, and Faker's people of several countries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from faker import Faker

__all__ = ["Draw", "Kind"]

DIGITS = "0123456789"
FIRST = "123456789"


class Draw:
    """A seeded source of values. `locales` are the countries whose people Faker makes."""

    def __init__(self, seed: int, locales: Sequence[str]) -> None:
        self.rng = Random(seed)
        self.locales = tuple(locales)
        self.fakers = {locale: Faker(locale, use_weighting=False) for locale in {*locales, "en_US", "it_IT"}}
        for number, locale in enumerate(sorted(self.fakers)):
            self.fakers[locale].seed_instance(seed * 1000 + number)

    def faker(self, locale: str = "") -> Faker:
        """Faker of one country, or of any of this source's."""
        return self.fakers[locale or self.rng.choice(self.locales)]

    def one(self, *options: str) -> str:
        return self.rng.choice(options)

    def of(self, alphabet: str, count: int) -> str:
        return "".join(self.rng.choices(alphabet, k=count))

    def digits(self, count: int, first: str = FIRST) -> str:
        """A number of so many digits that begins with one of `first`."""
        return self.rng.choice(first) + self.of(DIGITS, count - 1)

    def until(self, good: Callable[[str], object], make: Callable[[], str]) -> str:
        """The first value that is good: how a number with a check digit is made from its oracle alone."""
        while not good(value := make()):
            pass
        return value

    def grouped(self, number: str, *sizes: int, signs: str = " -") -> str:
        """The number in one piece, or in groups with one of the signs between them."""
        return self.split(number, self.one("", *signs), *sizes)

    def split(self, number: str, sign: str, *sizes: int) -> str:
        parts, place = [], 0
        for size in sizes:
            parts.append(number[place : place + size])
            place += size
        return sign.join(part for part in (*parts, number[place:]) if part)


@dataclass(frozen=True)
class Kind:
    """
    name: the row in the report.
    detectors: those of the standard library one of which should find it.
    make: a value, by its definition.
    good: the oracle of the definition; values that are nearly right fail it. None if every spelling is one.
    labels: words that say what it is, of the tuning set; the first is a name that a field may have.
    unseen: the same for the held-out set.
    word: it is found only near such a word, and not to be found without one.
    whole: it is asked for with `is`, as the whole text.
    also: detectors of other kinds that are right about it too.
    near_miss: values that look alike and are none, without any word near them.
    solid: one more digit behind it, or letters around it, make it something else.
    """

    name: str
    detectors: tuple[str, ...]
    make: Callable[[Draw], str]
    labels: tuple[str, ...]
    unseen: tuple[str, ...]
    good: Callable[[str], object] | None = None
    word: bool = False
    whole: bool = False
    also: tuple[str, ...] = ()
    near_miss: tuple[Callable[[Draw], str], ...] = ()
    solid: bool = False
