"""What the tests of the command line share: running it, and golden files.

`GUARDC_UPDATE_GOLDEN=1 pytest tests/cli` writes the golden files anew; read the diff before you keep it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from guardc.cli.app import app

HERE = Path(__file__).parent
DATA = HERE / "data"
GOLDEN = HERE / "golden"

Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture
def guardc() -> Callable[..., Result]:
    """Runs a command in this process."""

    def run(*args: str | Path, stdin: bytes | str | None = None) -> Result:
        result = CliRunner().invoke(app, [str(arg) for arg in args], input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


@pytest.fixture
def process() -> Run:
    """Runs a command in a process of its own; never with a traceback."""

    def run(*args: str | Path, stdin: bytes = b"", **env: str) -> subprocess.CompletedProcess[bytes]:
        done = subprocess.run(
            [sys.executable, "-m", "guardc", *map(str, args)],
            input=stdin,
            capture_output=True,
            check=False,
            timeout=120,
            env={name: value for name, value in os.environ.items() if name != "COLUMNS"} | env,
        )
        assert b"Traceback" not in done.stderr, done.stderr.decode(errors="replace")
        return done

    return run


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compares a text with a golden file."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / f"{name}.txt"
        if os.environ.get("GUARDC_UPDATE_GOLDEN"):
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"{path} is missing: run with GUARDC_UPDATE_GOLDEN=1"
        assert text == path.read_text(encoding="utf-8")

    return compare


@pytest.fixture(scope="session")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plan of data/shop.guard."""
    path = tmp_path_factory.mktemp("plans") / "shop.plan"
    result = CliRunner().invoke(app, ["compile", str(DATA / "shop.guard"), "-o", str(path)])
    assert result.exit_code == 0, result.output
    return path


@pytest.fixture
def shop() -> Path:
    return DATA / "shop.guard"


@pytest.fixture
def data() -> Path:
    return DATA
