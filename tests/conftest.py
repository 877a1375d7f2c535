"""What all tests share: a process of the tests works out a pattern, and a file of the standard library, once.

Most of the time of a test that compiles a policy goes into the patterns of the standard library, which most policies of
the tests import. No test sees a difference: what is kept is immutable, equal arguments give equal results, and those
of the regex compiler call its functions themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from guardc.compiler.passes import fuse, select
from guardc.compiler.prefilter import build_prefilter
from guardc.compiler.regex import CompiledPattern, compile_pattern, compiled
from guardc.policy.checking import modules
from guardc.policy.diagnostics import Reporter
from guardc.policy.reading.source import Source, Span
from guardc.policy.reading.syntax import Tree
from guardc.policy.recovery.recover import parse

if TYPE_CHECKING:
    import pytest


@lru_cache(maxsize=2_000)
def pattern_once(_determinize: Callable[..., object], regex: str, flags: str) -> CompiledPattern:
    return compile_pattern(regex, flags)


def compile_once(regex: str, flags: str) -> CompiledPattern:
    # Some tests put something else in the place of this function.
    return pattern_once(compiled.determinize, regex, flags)


TREES: dict[tuple[str, str], Tree] = {}


def parse_once(source: Source, reporter: Reporter, imported: Span | None = None) -> Tree | None:
    if not source.file.startswith("std."):
        return parse(source, reporter, imported)
    key = source.file, source.text
    if key not in TREES:
        tree = parse(source, reporter, imported)
        if tree is None:
            return None
        TREES[key] = tree
    return TREES[key]


def pytest_configure(config: pytest.Config) -> None:
    select.compile_pattern = compile_once
    fuse.build_prefilter = lru_cache(maxsize=50)(build_prefilter)
    modules.parse = parse_once
