"""Benign texts: those of this machine that people wrote for other people, and records that look like somebody's data.

The files are the interpreter's library, the packages installed beside it, and the manual pages and documents of the
system. Each file belongs to the tuning half or to the held-out half, by a hash of its name. Packages that bring examples
of the very things that are looked for (Faker, python-stdnum, this project) are left out; links, addresses, dates and
versions in the rest are what they look like, and found as such.
"""

from __future__ import annotations

import gzip
import hashlib
import sysconfig
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.quality.draw import DIGITS, Draw

__all__ = ["HALVES", "library_sources", "made", "real"]

HALVES = ("tuning", "held-out")
EXAMPLES_INSIDE = {"faker", "stdnum", "guardc", "test", "tests", "idle_test", "__pycache__"}
PROSE = {".md", ".rst", ".txt", ".html"}
DATA = {".json", ".js", ".css", ".csv", ".toml", ".cfg", ".ini", ".lock", ".pem"}
MOST = 6_000_000
"""Bytes of one group of files and one half."""


def library_sources() -> list[Path]:
    """The Python files of the interpreter's library, without its tests."""
    library = Path(sysconfig.get_paths()["stdlib"])
    apart = {"test", "tests", "idle_test", "site-packages", "dist-packages"}
    return sorted(path for path in library.rglob("*.py") if not apart & set(path.relative_to(library).parts))


def _groups() -> Iterator[tuple[str, Path, list[Path]]]:
    """(group, folder that names are relative to, files)"""
    library = Path(sysconfig.get_paths()["stdlib"])
    packages = Path(sysconfig.get_paths()["purelib"])

    def apart(path: Path) -> bool:
        return any(part.split("-")[0].lower() in EXAMPLES_INSIDE for part in path.relative_to(packages).parts)

    installed = [path for path in packages.rglob("*") if path.is_file() and not apart(path)]
    sources = [path for path in installed if path.suffix in (".py", ".pyi", ".pyx", ".c", ".h")]
    yield "sources of the library", library, library_sources()
    yield "sources of packages", packages, sources
    yield (
        "documents of packages",
        packages,
        [path for path in installed if path.suffix in PROSE or path.name == "METADATA"],
    )
    yield "data of packages", packages, [path for path in installed if path.suffix in DATA or path.name == "RECORD"]
    for group, folder in (
        ("manual pages", "/usr/share/man"),
        ("documents of the system", "/usr/share/doc"),
        ("logs", "/var/log"),
    ):
        root = Path(folder)
        files = [path for path in root.rglob("*") if path.is_file() and not path.is_symlink()] if root.is_dir() else []
        yield group, root, files


def _half(name: str) -> tuple[str, str]:
    """The half that a file belongs to, and its place in it."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    return HALVES[int(digest[0], 16) % 2], digest


def _read(path: Path) -> str:
    """A file as text; nothing if it is none or cannot be read."""
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except OSError:
        return ""
    return "" if b"\0" in data[:4096] else data.decode("utf-8", "replace")


def real(half: str) -> Iterator[tuple[str, str, str]]:
    """(group, name, text) of one half of the files of this machine."""
    for group, root, files in _groups():
        ordered = sorted((_half(path.relative_to(root).as_posix())[1], path) for path in files)
        size = 0
        for _, path in ordered:
            name = path.relative_to(root).as_posix()
            if _half(name)[0] != half or size > MOST:
                continue
            text = _read(path)[:MOST]
            size += len(text)
            if text:
                yield group, name, text


def made(draw: Draw) -> Iterator[tuple[str, str, str]]:
    """(group, name, text) of records and prose that hold nothing of anybody."""
    for locale in draw.locales:
        yield "prose", locale, "\n".join(draw.faker(locale).paragraph(12) for _ in range(60))
    hexed = "0123456789abcdef"
    lines = []
    for number in range(3_000):
        token = draw.of(hexed, 64)
        when = datetime.fromtimestamp(draw.rng.randint(1_500_000_000, 1_800_000_000), UTC)
        stamp = when.timestamp()
        lines += [
            f"commit {token[:40]}",
            f"index {token[:7]}..{token[7:14]} 100644",
            f"sha512-{token}{token[::-1]}",
            f"{number:08x}  " + " ".join(token[place : place + 2] for place in range(0, 32, 2)),
            f"order {draw.digits(10)} of customer {draw.digits(6)}: {draw.digits(1)} x {draw.digits(8)}, parcel {draw.digits(12)}",
            f"Order #{draw.digits(7)} shipped, tracking number 1Z{token[:16].upper()}",
            f"invoice no. {draw.digits(3)}-{draw.digits(7)}-{draw.digits(7)}",
            f"EAN {draw.digits(13)}, article {draw.digits(3)}.{draw.digits(3)}.{draw.digits(2)}, lot {draw.digits(9)}",
            f"ticket {draw.digits(9)} case {draw.digits(10)} build {draw.digits(8)}.{draw.digits(2)}",
            f"{int(stamp)} {int(stamp * 1000)} {int(stamp * 1e6)} seq={draw.digits(11)}",
            f"epoch={int(stamp)} pid {draw.digits(5)} thread {draw.digits(15)} took {draw.rng.random():.9f}",
            f"batch {draw.of(DIGITS, 4)} {draw.of(DIGITS, 4)} {draw.of(DIGITS, 4)} rows {draw.digits(3)},{draw.digits(3)},{draw.digits(3)}",
            f"user_id={draw.digits(10)} account={draw.digits(8)} amount_cents={draw.digits(5)}",
            f'{{"id": {draw.digits(18)}, "parent": {draw.digits(10)}, "checksum": "{token[:32]}"}}',
            f"part no. {draw.digits(3)}-{draw.digits(4)} rev {draw.digits(2)}, drawing {draw.digits(2)}-{draw.digits(3)}-{draw.digits(4)}",
            f"!function(e,t){{var n={draw.digits(10)},r=0x{token[:8]};return e[{draw.digits(3)}]^n>>>{draw.digits(1)}}}();",
            f'    "node_modules/{draw.of("abcdefgh", 5)}": {{"integrity": "sha1-{draw.of(hexed + "ABCDEFGHXYZ+/", 27)}="}},',
            f"{draw.rng.uniform(0, 1e6):.6f},{draw.rng.uniform(0, 1e6):.6f},{draw.rng.uniform(0, 1):.12f},{draw.digits(8)}",
            f"Row {draw.digits(3)} {draw.digits(3)} {draw.digits(4)} {draw.digits(2)} {draw.digits(5)}",
        ]  # fmt: skip
    yield "records", "records", "\n".join(lines)
