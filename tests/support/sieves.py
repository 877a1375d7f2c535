"""The bodies of the sieve: every test that goes through them puts the usual one back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from guardc.fastpath._core import choose_sieve

__all__ = ["BODIES", "sieve"]

BODIES = ("scalar", "ssse3", "avx2", "avx512")


@contextmanager
def sieve(body: str) -> Iterator[None]:
    """Scan with this body. The test is skipped where the processor lacks it."""
    try:
        chosen = choose_sieve(body)
    except ValueError as error:
        pytest.skip(str(error))
    assert chosen == body
    try:
        yield
    finally:
        choose_sieve(os.environ.get("GUARDC_SIEVE") or None)
