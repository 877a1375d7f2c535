"""Recall of `std.secrets` per provider, and its false findings: `python -m benchmarks.quality.secrets`.

Random keys of `formats.FORMATS` are put into texts of several kinds; a key is found if findings cover nine tenths
of it. False findings are counted in the benign pages of the tests and in the Python sources of the standard library
of the Python that runs this (its tests left out); what is found there is printed without its text.

Keys are random and uniform, from a fixed seed; real keys differ, and so do real texts. The formats are what providers
document: a key of another form is no part of this.
"""

from __future__ import annotations

import sysconfig
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

from benchmarks.quality.formats import FORMATS, Format, fill
from guardc.compiler import compile_text
from guardc.runtime import Guard, load

__all__ = ["main", "recall"]

ROUNDS = 20
ENOUGH = 0.9
POLICY = """edition 1
import std.secrets
guard all on input {
    max 50 MB          on fail exception
    no secrets.any     on fail noop
}
"""
PLACES = {
    ".env": "LOG_LEVEL=info\n{NAME}={key}\nPORT=8080\n",
    "shell": "$ export {NAME}='{key}' && ./deploy.sh --now\n",
    "YAML": "service:\n  port: 80\n  {name}: {key}\n",
    "JSON": '{{"region": "eu", "{name}": "{key}", "retries": 3}}\n',
    "Python": 'import shop\nclient = shop.Client()\n{NAME} = "{key}"\n',
    "JavaScript": "const config = {{ {camel}: '{key}', debug: false }};\n",
    "log": '2026-03-14T09:41:07Z INFO starting with {NAME}="{key}" on node-7\n',
    "chat": "hi, it does not work for me, my {words} is {key}, what is wrong?\n",
}


def _named(variable: str, key: str, place: str) -> str:
    words = variable.lower().split("_")
    return PLACES[place].format(
        NAME=variable,
        name=variable.lower(),
        camel=words[0] + "".join(word.title() for word in words[1:]),
        words=" ".join(words),
        key=key,
    )


def _guard() -> Guard:
    plan = compile_text(POLICY).plan
    assert plan is not None
    return load(plan).guard("all")


def _found(guard: Guard, text: str, key: str) -> bool:
    start = text.index(key)
    covered: set[int] = set()
    for failure in guard.validate(text).failures:
        for begin, end, _ in failure.spans:
            covered.update(range(max(begin, start), min(end, start + len(key))))
    return len(covered) >= ENOUGH * len(key)


def recall(guard: Guard, form: Format, rng: Random) -> tuple[Counter[str], int]:
    """How often a key was found per place, and how often each place was tried."""
    found: Counter[str] = Counter()
    # A key that needs no name gets one that says nothing.
    variable = form.variable or "DEPLOY_VALUE"
    for place in PLACES:
        for _ in range(ROUNDS):
            key = fill(form.shape, rng)
            found[place] += _found(guard, _named(variable, key, place), key)
    return found, ROUNDS


def _benign() -> Iterator[tuple[str, list[Path]]]:
    root = Path(__file__).parents[2]
    library = Path(sysconfig.get_paths()["stdlib"])
    apart = {"test", "tests", "idle_test", "site-packages", "dist-packages"}
    yield "benign pages of the tests", sorted((root / "tests/std/data/benign").iterdir())
    sources = (path for path in library.rglob("*.py") if not apart & set(path.relative_to(library).parts))
    yield "standard library of Python", sorted(sources)


def main() -> None:
    guard = _guard()
    rng = Random(1)
    places: Counter[str] = Counter()
    low = []
    whole = 0
    for form in FORMATS:
        found, tried = recall(guard, form, rng)
        places += found
        share = found.total() / (tried * len(PLACES))
        whole += share >= 0.995
        if share < 0.995:
            missed = ", ".join(f"{place} {found[place] / tried:.0%}" for place in PLACES if found[place] < tried)
            low.append(f"| {form.provider} | {share:.1%} | {missed} |")
    tries = ROUNDS * len(FORMATS)
    print(f"{len(FORMATS)} formats, {tries * len(PLACES):,} texts: recall {places.total() / (tries * len(PLACES)):.2%}")
    print(f"{whole} formats are found in 99.5 % of their texts or more\n")
    print("| in | recall |\n|---|---|")
    print("\n".join(f"| {place} | {places[place] / tries:.2%} |" for place in PLACES))
    print("\n| format below 99.5 % | recall | where |\n|---|---|---|")
    print("\n".join(low))
    print("\n| benign text | MB | false findings |\n|---|---|---|")
    for name, paths in _benign():
        size = 0
        kinds: Counter[str] = Counter()
        for path in paths:
            text = path.read_text("utf-8", errors="replace")
            size += len(text)
            kinds.update(kind for failure in guard.validate(text).failures for _, _, kind in failure.spans)
        said = ", ".join(f"{kind} {count}" for kind, count in kinds.most_common())
        print(f"| {name} | {size / 1e6:.2f} | {kinds.total()} {said} |")


if __name__ == "__main__":
    main()
