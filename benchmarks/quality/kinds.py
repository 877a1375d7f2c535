"""Recall, precision and false alarms of the standard library per kind: `python -m benchmarks.quality.kinds`.

    --set tuning|held-out    the contexts, words, countries, seed, benign files (held-out)
    --count N                values of each kind in each group of contexts (40)
    --only TEXT              the kinds whose name contains it
    --show                   each miss and each false finding, and what is found in benign text

Values are made by the definitions of their issuers (`people.py`, `forms.py`), put into contexts of seven groups
(`contexts.py`), and looked for by all detectors of the catalogue at once. A value is found if a finding of one of its
detectors touches it; `exact` counts findings from its first to its last character. Near misses (a wrong check digit, a
digit too many, inside a longer word) are put into the same contexts. `precision` is the share of a kind's findings,
in all these texts of all kinds, that touch a value of its kind. Benign texts (`benign.py`) are counted apart.

All is random from a fixed seed. It depends on the versions of Faker and python-stdnum, and the files on the machine.
`std.secrets` has a tool of its own: `benchmarks.quality.secrets`.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from benchmarks.quality import benign
from benchmarks.quality.contexts import CONTEXTS, GROUPS, placed
from benchmarks.quality.draw import DIGITS, Draw, Kind
from benchmarks.quality.forms import FORMS
from benchmarks.quality.people import PEOPLE
from guardc.compiler import compile_text
from guardc.runtime import Guard, load

__all__ = ["KINDS", "Score", "found_in", "guard_of", "main", "measure"]

KINDS = (*PEOPLE, *FORMS)
MODULES = ("pii", "ids", "net", "time", "money", "format", "crypto", "web")
SEEDS = {"tuning": 1, "held-out": 2}
LOCALES = {
    "tuning": ("en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "pt_BR", "it_IT", "nl_NL", "en_IN", "pl_PL", "ja_JP"),
    "held-out": ("en_US", "en_CA", "en_AU", "de_AT", "de_CH", "fr_CH", "es_MX", "pt_PT", "sv_SE", "fi_FI", "cs_CZ",
                 "tr_TR",
                 "ko_KR", "zh_CN", "hi_IN", "ro_RO", "da_DK", "no_NO", "nl_BE", "ru_RU", "id_ID", "en_NZ"),
}  # fmt: skip

Span = tuple[str, int, int]


@dataclass
class Score:
    """What became of the values of one kind: per group how many were tried, found, and found exactly."""

    tried: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    exact: Counter[str] = field(default_factory=Counter)
    right: int = 0
    wrong: int = 0

    def recall(self, groups: Iterable[str]) -> float | None:
        tried = sum(self.tried[group] for group in groups)
        return sum(self.found[group] for group in groups) / tried if tried else None


def guard_of(kinds: Iterable[Kind] = ()) -> tuple[Guard, dict[str, Guard]]:
    """A guard that finds all of the catalogue, and for each kind of whole texts one that says what is none."""
    imports = "".join(f"import std.{module}\n" for module in MODULES)
    rules = "".join(f"    no {module}.any on fail noop\n" for module in MODULES)
    whole = {kind.name: f"whole_{number}" for number, kind in enumerate(kinds) if kind.whole}
    guards = "".join(f"guard {guard} on input {{\nis {name} on fail noop\n}}\n" for name, guard in whole.items())
    plan = compile_text(
        f"edition 1\n{imports}guard all on input {{\n    max 50 MB on fail exception\n{rules}}}\n{guards}"
    ).plan
    assert plan is not None
    loaded = load(plan)
    return loaded.guard("all"), {name: loaded.guard(guard) for name, guard in whole.items()}


def found_in(guard: Guard, text: str) -> list[Span]:
    return [
        (span.detector, span.start, span.end) for failure in guard.validate(text).failures for span in failure.spans
    ]


def near_misses(draw: Draw, kind: Kind) -> Iterator[tuple[str, str]]:
    """(group, value) of what is nearly one of a kind."""
    for make in kind.near_miss:
        yield "bare", make(draw)
    if kind.good is None and not kind.solid:
        return
    value = kind.make(draw)
    for group in ("bare", "label"):
        if kind.good is not None:
            last = max(place for place, sign in enumerate(value) if sign.isalnum())
            wrong = [
                value[:last] + sign + value[last + 1 :]
                for sign in (DIGITS if value[last].isdigit() else "ABCDEFGHJKLMNP")
            ]
            spoilt = [text for text in wrong if not kind.good(text)]
            if spoilt:
                yield group, draw.one(*spoilt)
        if kind.solid:
            longer = value + draw.one(*DIGITS)
            if kind.good is None or not kind.good(longer):
                yield group, longer
            yield group, draw.one("x", "k") + draw.of(DIGITS, 2) + value + draw.one("x", "q9", "zz")


def measure(contexts: str, count: int, kinds: Iterable[Kind], show: bool = False) -> dict[str, Score]:
    """The scores of kinds, by their names."""
    kinds = tuple(kinds)
    guard, whole = guard_of(kinds)
    scores = {kind.name: Score() for kind in kinds}
    of_detector: dict[str, list[Score]] = defaultdict(list)
    for kind in kinds:
        for detector in () if kind.whole else kind.detectors:
            of_detector[detector].append(scores[kind.name])

    def judge(kind: Kind, group: str, text: str, meant: list[tuple[int, int]], spans: list[Span]) -> None:
        """Findings are right that touch a value whose kind they may have."""
        for detector, start, end in spans:
            touches = any(start < b and end > a for a, b in meant)
            if detector.startswith("web.") and not touches:
                continue  # some contexts are HTML
            right = touches and detector in (*kind.detectors, *kind.also)
            for score in of_detector[detector]:
                score.right += right
                score.wrong += not right
            if show and not right and of_detector[detector]:
                print(f"  wrong {detector} in {kind.name}, {group}: {text!r} {text[start:end]!r}")

    for number, kind in enumerate(kinds):
        draw = Draw(SEEDS[contexts] * 10_000 + number, LOCALES[contexts])
        score = scores[kind.name]
        for group in ("whole",) if kind.whole else GROUPS:
            for _ in range(count):
                value = kind.make(draw)
                if kind.whole:
                    score.tried[group] += 1
                    good = not whole[kind.name].validate(value).failures
                    score.found[group] += good
                    score.exact[group] += good
                    continue
                text, meant = placed(draw, kind, group, contexts, value)
                spans = found_in(guard, text)
                mine = [(start, end) for detector, start, end in spans if detector in kind.detectors]
                for a, b in meant:
                    score.tried[group] += 1
                    found = any(start < b and end > a for start, end in mine)
                    score.found[group] += found
                    score.exact[group] += (a, b) in mine
                    if show and not found:
                        print(f"  missed {kind.name}, {group}: {text!r}")
                    elif show and (a, b) not in mine:
                        print(f"  not exact {kind.name}, {group}: {text!r} {[text[s:e] for s, e in mine]}")
                judge(kind, group, text, meant, spans)
        for _ in range(0 if kind.whole else count):
            for group, value in near_misses(draw, kind):
                text, _ = placed(draw, kind, group, contexts, value)
                judge(kind, "near miss", text, [], found_in(guard, text))
    return scores


def count_benign(
    guard: Guard, texts: Iterable[tuple[str, str, str]], show: bool = False
) -> tuple[Counter[str], dict[str, Counter[str]]]:
    """Characters per group, and findings per group and detector."""
    sizes: Counter[str] = Counter()
    found: dict[str, Counter[str]] = {}
    for group, name, text in texts:
        sizes[group] += len(text)
        counts = found.setdefault(group, Counter())
        for detector, start, end in found_in(guard, text):
            counts[detector] += 1
            if show:
                print(f"  in {group}, {name}: {detector} {text[max(0, start - 40) : end + 15]!r}")
    return sizes, found


def share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}".replace("100.0%", "100%")


def report(scores: dict[str, Score], kinds: Iterable[Kind]) -> Iterator[str]:
    groups = (*GROUPS[:2], "fields", "exact")
    yield "| kind | needs a word | " + " | ".join((*groups, "precision")) + " |"
    yield "|---|---|" + "---|" * (len(groups) + 1)
    for kind in kinds:
        score = scores[kind.name]
        tried = score.tried.total()
        judged = score.right + score.wrong
        cells = [
            share(score.recall(("bare", "whole"))),
            share(score.recall(("label",))),
            share(score.recall(GROUPS[2:])),
            share(score.exact.total() / max(score.found.total(), 1)) if tried else "",
            share(score.right / judged if judged else None),
        ]
        yield f"| `{kind.name}` | {'yes' if kind.word else ''} | " + " | ".join(cells) + " |"
    yield "\n| group of contexts | recall, kinds that need no word | kinds that need one |\n|---|---|---|"
    for group in GROUPS:
        rows = []
        for word in (False, True):
            some = [scores[kind.name] for kind in kinds if kind.word == word and not kind.whole]
            tried = sum(score.tried[group] for score in some)
            rows.append(share(sum(score.found[group] for score in some) / tried if tried else None))
        yield f"| {group} | {rows[0]} | {rows[1]} |"


def report_benign(sizes: Counter[str], found: dict[str, Counter[str]]) -> Iterator[str]:
    yield "\n| benign text | million characters | findings |\n|---|---|---|"
    for group, size in sizes.items():
        said = ", ".join(f"{name} {count}" for name, count in found[group].most_common())
        yield f"| {group} | {size / 1e6:.2f} | {said} |"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.quality.kinds", description="recall and false alarms per kind"
    )
    parser.add_argument("--set", choices=tuple(CONTEXTS), default="held-out", dest="contexts")
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--only", default="")
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--no-benign", action="store_true")
    options = parser.parse_args()
    kinds = [kind for kind in KINDS if options.only in kind.name]
    for line in report(measure(options.contexts, options.count, kinds, options.show), kinds):
        print(line)
    if options.no_benign:
        return
    guard, _ = guard_of()
    draw = Draw(SEEDS[options.contexts], LOCALES[options.contexts])
    for texts in (benign.real(options.contexts), benign.made(draw)):
        for line in report_benign(*count_benign(guard, texts, options.show)):
            print(line)


if __name__ == "__main__":
    main()
