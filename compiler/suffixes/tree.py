"""The rules of the Public Suffix List as a tree of labels, the last label of a name first.

Vocabulary:
    rule     a line of the list: `co.uk`; `*.ck`, which stands for every name of one more label; `!www.ck`, an exception
             to such a rule
    node     a label under the label behind it, and what rules say of the name that begins with it

Invariant: siblings stand in the order of their code points, and children behind their parents; node 0 is the root.
Labels are in small letters, and each that is not ASCII is there a second time in its ASCII form (`xn--`), with the same
children.

Example: of the rules `uk` and `co.uk` there are three nodes: the root, `uk` under it, `co` under that. A suffix ends at
both.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from guardc.fastpath.layout import SUFFIX_ANY, SUFFIX_EXCEPT, SUFFIX_HERE

__all__ = ["SuffixNode", "suffix_tree"]

LIST: Final = Path(__file__).parent / "public_suffix_list.dat"
BEGIN: Final = "// ===BEGIN ICANN DOMAINS==="
END: Final = "// ===END ICANN DOMAINS==="


@dataclass(frozen=True, slots=True)
class SuffixNode:
    """`first` is the number of a node; `rule` is made of the bits SUFFIX_HERE, SUFFIX_ANY and SUFFIX_EXCEPT."""

    label: str
    first: int
    count: int
    rule: int


@dataclass(slots=True)
class _Branch:
    rule: int = 0
    children: dict[str, _Branch] = field(default_factory=dict)


@functools.cache
def suffix_tree() -> tuple[SuffixNode, ...]:
    """The nodes of the shipped list, its ICANN section alone."""
    return _nodes(_grow(_rules(LIST.read_text(encoding="utf-8"))))


def _rules(text: str) -> list[str]:
    lines = [line.strip() for line in text.splitlines()]
    section = lines[lines.index(BEGIN) + 1 : lines.index(END)]
    return [line.split()[0] for line in section if line and not line.startswith("//")]


def _grow(rules: list[str]) -> _Branch:
    root = _Branch()
    for rule in rules:
        labels = rule.removeprefix("!").removeprefix("*.").split(".")
        branch = root
        for label in reversed(labels):
            branch = branch.children.setdefault(label.lower(), _Branch())
        branch.rule |= SUFFIX_EXCEPT if rule[0] == "!" else SUFFIX_ANY if rule[0] == "*" else SUFFIX_HERE
    return root


def _nodes(root: _Branch) -> tuple[SuffixNode, ...]:
    """Breadth first, so that the children of a branch stand together."""
    rows: list[tuple[str, _Branch]] = [("", root)]
    places: dict[int, int] = {}
    for _, branch in rows:
        if id(branch) in places:
            continue
        places[id(branch)] = len(rows)
        spelt = {spelling: child for label, child in branch.children.items() for spelling in {label, _ascii(label)}}
        rows += sorted(spelt.items(), key=lambda row: row[0])
    counts = {id(branch): 0 for _, branch in rows}
    for _, branch in rows:
        counts[id(branch)] = sum(1 + (not label.isascii()) for label in branch.children)
    return tuple(SuffixNode(label, places[id(branch)], counts[id(branch)], branch.rule) for label, branch in rows)


def _ascii(label: str) -> str:
    return label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")
