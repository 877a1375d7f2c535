"""All bodies of the sieve mark the same places: those that the tables say."""

from __future__ import annotations

import ctypes
import mmap
import os
import subprocess
import sys

import numpy as np
import numpy.typing as npt
import pytest
import scanning
from sieves import BODIES, sieve

from guardc.fastpath._core import choose_sieve, sieve_marks
from guardc.fastpath.layout import GROUP, MAX_GROUPS, SIEVED

BLOCK = 64
AHEAD = SIEVED - 1
MOST_BLOCKS = 32

Bytes = npt.NDArray[np.uint8]


def marked(tables: Bytes, text: Bytes) -> list[int]:
    """What the sieve is to mark, in the words of the plan's format: some bit is set in all eight entries."""
    places = len(text) - AHEAD
    found = np.zeros(places, dtype=np.bool_)
    for low, high in tables.reshape(-1, 2, SIEVED, 16):
        bits = np.full(places, 0xFF, dtype=np.uint8)
        for k in range(SIEVED):
            at = text[k : k + places]
            bits &= low[k][at & 15] & high[k][at >> 4]
        found |= bits != 0
    return [
        int.from_bytes(np.packbits(block, bitorder="little").tobytes(), "little") for block in found.reshape(-1, BLOCK)
    ]


def random_tables(rng: np.random.Generator, groups: int) -> Bytes:
    """Tables from nearly empty to nearly full, so that some places are marked and some are not."""
    density = rng.choice([0.3, 0.6, 0.75, 0.9])
    bits = rng.random((groups * GROUP, 8)) < density
    return np.packbits(bits, axis=1).reshape(-1)


@pytest.mark.parametrize("groups", range(1, MAX_GROUPS + 1))
@pytest.mark.parametrize("body", BODIES)
def test_marks_are_what_the_tables_say(body: str, groups: int) -> None:
    rng = np.random.default_rng(groups)
    some = most = 0
    with sieve(body):
        for round_ in range(120):
            blocks = 1 + round_ % MOST_BLOCKS
            offset = int(rng.integers(0, 64))
            tables = random_tables(rng, groups)
            memory = rng.integers(0, 256, offset + BLOCK * blocks + AHEAD, dtype=np.uint8)
            text = memory[offset:]  # at any alignment
            wanted = marked(tables, text)
            assert sieve_marks(tables.tobytes(), memoryview(text)) == wanted
            shifted = np.concatenate([np.zeros(1, dtype=np.uint8), tables])[1:]
            assert sieve_marks(memoryview(shifted), memoryview(text)) == wanted
            count = sum(word.bit_count() for word in wanted)
            some += count > 0
            most += count < BLOCK * blocks
    assert some > 30  # the tables must tell places apart, or nothing was compared
    assert most > 30


@pytest.mark.parametrize("body", BODIES)
def test_every_bit_of_every_entry_is_read(body: str) -> None:
    """One bucket that admits one sequence of four bytes, for each bit, group, and half byte."""
    rng = np.random.default_rng(5)
    with sieve(body):
        for groups in range(1, MAX_GROUPS + 1):
            for group in range(groups):
                for bit in range(8):
                    for low in range(16):
                        wanted = (np.array([low, low + 3, low + 7, 15 - low]) & 15) | rng.integers(0, 16, SIEVED) << 4
                        tables = np.zeros((groups, 2, SIEVED, 16), dtype=np.uint8)
                        tables[group, 0, range(SIEVED), wanted & 15] = 1 << bit
                        tables[group, 1, range(SIEVED), wanted >> 4] = 1 << bit
                        text = np.full(BLOCK + AHEAD, wanted[0] ^ 0xFF, dtype=np.uint8)
                        at = int(rng.integers(0, BLOCK))
                        text[at : at + SIEVED] = wanted
                        assert sieve_marks(tables.tobytes(), text.tobytes()) == [1 << at]


@pytest.mark.parametrize("body", BODIES)
def test_no_body_reads_behind_the_text(body: str) -> None:
    """The text ends where a page ends, and the next one cannot be read."""
    page = mmap.PAGESIZE
    libc = ctypes.CDLL(None, use_errno=True)
    memory = mmap.mmap(-1, 2 * page)
    anchor = ctypes.c_char.from_buffer(memory)
    address = ctypes.addressof(anchor)
    del anchor
    if libc.mprotect(ctypes.c_void_p(address + page), ctypes.c_size_t(page), 0):
        pytest.skip("the memory of this machine cannot be protected")
    try:
        rng = np.random.default_rng(9)
        tables = random_tables(rng, 2)
        with sieve(body):
            for blocks in (1, 2, 31, 32):
                size = BLOCK * blocks + AHEAD
                content = rng.integers(0, 256, size, dtype=np.uint8)
                memory[page - size : page] = content.tobytes()
                with memoryview(memory) as whole, whole[page - size : page] as text:
                    assert sieve_marks(tables.tobytes(), text) == marked(tables, content)
    finally:
        libc.mprotect(ctypes.c_void_p(address + page), ctypes.c_size_t(page), mmap.PROT_READ | mmap.PROT_WRITE)
        memory.close()


@pytest.mark.parametrize(
    ("tables", "text"),
    [
        (0, BLOCK + AHEAD),
        (GROUP - 1, BLOCK + AHEAD),
        (GROUP + 1, BLOCK + AHEAD),
        ((MAX_GROUPS + 1) * GROUP, BLOCK + AHEAD),
        (GROUP, 0),
        (GROUP, AHEAD),
        (GROUP, BLOCK),
        (GROUP, BLOCK + AHEAD + 1),
        (GROUP, (MOST_BLOCKS + 1) * BLOCK + AHEAD),
    ],
)
def test_wrong_lengths_are_refused(tables: int, text: int) -> None:
    with pytest.raises(ValueError, match="1 to"):
        sieve_marks(bytes(tables), bytes(text))


def test_a_body_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match=r"there is no sieve `sse9` on this processor; it has .*scalar"):
        choose_sieve("sse9")


@pytest.mark.parametrize(("body", "imported"), [("scalar", True), ("", True), ("sse9", False)])
def test_the_environment_forces_a_body(body: str, imported: bool) -> None:
    command = [sys.executable, "-c", "import guardc.fastpath._core"]
    environment = {**os.environ, "GUARDC_SIEVE": body}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (ran.returncode == 0) is imported
    assert imported or "there is no sieve `sse9` on this processor" in ran.stderr


@pytest.fixture(scope="module")
def cases() -> list[scanning.Case]:
    made = [scanning.case(seed) for seed in range(20_000, 20_100)]
    return [case for case in made if case is not None]


@pytest.mark.parametrize("body", BODIES)
def test_the_whole_scan_finds_the_same_with_every_body(cases: list[scanning.Case], body: str) -> None:
    with sieve(body):
        assert sum(case.check() for case in cases) > 2_000
