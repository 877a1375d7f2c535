"""The texts: frequent words, real English, real Russian and Chinese, and with findings. Nothing is downloaded here.

English is the language reference that Python ships for `help()` (`pydoc_data.topics`). Russian and Chinese are the
translations in Django's message catalogues, which the environment of the peers contains. Both are cut into
paragraphs or messages, shuffled by a fixed seed, and repeated up to their size.
"""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from benchmarks import workload
from benchmarks.scan.lists import listed_text

__all__ = ["SMALL", "Texts", "collect", "english", "messages", "pieces", "repeated"]

MEGABYTE = 1_000_000
SMALL = (200, 2_000)
_COUNT = 20  # different texts of each small size, judged by turns: no side may learn one by heart


@dataclass(frozen=True)
class Texts:
    """Texts by name, as `english 2000`, `words 1000000`, `found english 2000`, `russian`.

    sources: by name of a text what it is made of, for the report.
    """

    named: dict[str, tuple[str, ...]]
    sources: dict[str, str]


def english(size: int) -> tuple[str, int]:
    """`size` ASCII characters of Python's language reference without any finding, and how many are not repeated."""
    topics: dict[str, str] = import_module("pydoc_data.topics").topics
    found = [re.compile(regex) for regex in workload.PATTERNS.values()]
    paragraphs = [
        paragraph
        for paragraph in "\n\n".join(topics.values()).split("\n\n")
        if paragraph.isascii() and not any(pattern.search(paragraph) for pattern in found)
    ]
    paragraphs = sorted({paragraph for paragraph in paragraphs if paragraph.strip()})
    return repeated(paragraphs, size, "\n\n"), len("\n\n".join(paragraphs))


def messages(catalogues: Sequence[Path]) -> list[str]:
    """The translated messages of some `.po` files that are plain text: without placeholders and markup."""
    found = dict.fromkeys(message for file in catalogues for message in _translations(file))
    return [message for message in found if message and not set(message) & set("%<{\\")]


def _translations(file: Path) -> Iterator[str]:
    """Every `msgstr`, joined over its lines; the first belongs to the file's header and is left out."""
    translations: list[str] = []
    inside = False
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("msgstr"):
            translations.append(ast.literal_eval(line.partition(" ")[2]))
            inside = True
        elif inside and line.startswith('"'):
            translations[-1] += ast.literal_eval(line)
        else:
            inside = False
    return iter(translations[1:])


def repeated(parts: Sequence[str], size: int, between: str) -> str:
    """The parts in a shuffled order, again in another one, and so on, up to `size` bytes of UTF-8, whole characters."""
    shuffle = random.Random(17)
    chosen: list[str] = []
    length = 0
    while length < size:
        order = list(parts)
        shuffle.shuffle(order)
        chosen += order
        length += sum(len(part.encode()) + len(between) for part in order)
    return between.join(chosen).encode()[:size].decode(errors="ignore")


def pieces(text: str, size: int, count: int) -> tuple[str, ...]:
    """`count` pieces of a long text, each from the beginning of a paragraph or sentence."""
    step = (len(text) - 4 * size) // count
    starts = (text.index("\n", number * step) + 1 for number in range(count))
    return tuple(text[start : start + size] for start in starts)


def collect(catalogues: Path | None, entries: int, long: int = MEGABYTE) -> Texts:
    """All texts of the benchmark.

    Args:
        catalogues: the folder of Django, or None if it is not there: then Russian and Chinese are missing.
        entries: of the long word list.
        long: size of the long texts, in bytes.
    """
    real, distinct = english(long)
    kinds = {"words": workload.clean_text(long), "english": real}
    named: dict[str, tuple[str, ...]] = {}
    for kind, text in kinds.items():
        named[f"{kind} {long}"] = (text,)
        for size in SMALL:
            named[f"{kind} {size}"] = pieces(text, size, _COUNT)
        named[f"found {kind} 2000"] = tuple(
            workload.with_findings(piece) for piece in pieces(text, 2_000 - workload.FINDINGS_SIZE, _COUNT)
        )
    named["listed"] = (listed_text(long, entries),)
    sources = {
        "words": "random sentences of the hundred most frequent English words",
        "english": f"Python's language reference (pydoc_data.topics), {distinct:,} characters, shuffled and repeated",
    }
    for name, language in (("russian", "ru"), ("chinese", "zh_Hans")):
        files = sorted(catalogues.glob(f"**/locale/{language}/LC_MESSAGES/django.po")) if catalogues else []
        if files:
            found = messages(files)
            named[name] = (repeated(found, long, "\n"),)
            size = sum(len(message) for message in found)
            sources[name] = (
                f"{len(found):,} messages of Django's catalogues, {size:,} characters, shuffled and repeated"
            )
    return Texts(named, sources)
