"""The peers' virtual environments, each made once, and the process environment that keeps a peer from the network."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

__all__ = ["guardrails_environment", "peer_python"]

HERE = Path(__file__).resolve().parent


def peer_python(name: str) -> str:
    """The interpreter of the environment `benchmarks/.venv/NAME`, made if it is missing or holds other versions.

    Args:
        name: of a file of requirements in `benchmarks/peers`. One that cannot be installed is left out and
            reported on standard error: whoever needs it finds out when importing it.
    """
    home = HERE / ".venv" / name
    python = home / "bin" / "python"
    made_for = home / "requirements.txt"
    wanted = (HERE / "peers" / f"{name}.txt").read_text(encoding="utf-8")
    if not made_for.exists() or made_for.read_text(encoding="utf-8") != wanted:
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        lines = (line.partition("#")[0].strip() for line in wanted.splitlines())
        complete = _install(python, [line for line in lines if line])
        if complete:
            made_for.write_text(wanted, encoding="utf-8")
    return str(python)


def _install(python: Path, requirements: list[str]) -> bool:
    """Install all at once; if that fails, each by itself. Returns whether every one is there."""
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if not subprocess.run([*command, *requirements], check=False).returncode:
        return True
    failed = [one for one in requirements if subprocess.run([*command, one], check=False).returncode]
    for one in failed:
        print(f"could not install {one}: its rows stay empty", file=sys.stderr)
    return not failed


def guardrails_environment(home: Path) -> dict[str, str]:
    """Variables for processes of Guardrails: no telemetry, no price list from the network, no event loop.

    Without an event loop, validators run one after the other: the faster of its two ways.

    Args:
        home: an empty folder; becomes the home directory, with a settings file that turns metrics off.
    """
    settings = "enable_metrics=false\nuse_remote_inferencing=false\n"
    (home / ".guardrailsrc").write_text(settings, encoding="utf-8")
    return {
        **os.environ,
        "HOME": str(home),
        "GUARDRAILS_RUN_SYNC": "true",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "OTEL_SDK_DISABLED": "true",
        "PYTHONWARNINGS": "ignore",
    }
