"""The check `public_suffix` as publicsuffix.org describes it: of the rules that match, the one that counts."""

from __future__ import annotations

import functools
from pathlib import Path

import guardc.compiler.suffixes

__all__ = ["public_suffix", "rules"]


@functools.cache
def rules() -> frozenset[str]:
    """The lines of the ICANN section, in small letters."""
    text = (Path(guardc.compiler.suffixes.__file__).parent / "public_suffix_list.dat").read_text(encoding="utf-8")
    section = text.partition("===BEGIN ICANN DOMAINS===\n")[2].partition("// ===END ICANN DOMAINS===")[0]
    return frozenset(line for line in section.splitlines() if line and not line.startswith("//"))


def _unicode(label: str) -> str:
    """The label in small letters, without its ASCII form if it stands for the label of a rule."""
    label = "".join(c.lower()[0] for c in label)
    return _ascii_forms().get(label, label)


@functools.cache
def _ascii_forms() -> dict[str, str]:
    labels = {label for rule in rules() for label in rule.split(".")}
    return {label.encode("idna").decode("ascii"): label for label in labels if not label.isascii()}


def _matching(labels: list[str]) -> int:
    """How many labels at the end are the public suffix; 0: none. The default rule of the list is not asked."""
    found = 0
    for start in range(len(labels)):
        own, any_label = ".".join(labels[start:]), ".".join(["*", *labels[start + 1 :]])
        if f"!{own}" in rules():
            return len(labels) - start - 1
        if own in rules() or any_label in rules():
            found = max(found, len(labels) - start)
    return found


def public_suffix(text: str) -> bool:
    labels = [_unicode(label) for label in text.split(".")]
    return all(labels) and 0 < _matching(labels) < len(labels)
