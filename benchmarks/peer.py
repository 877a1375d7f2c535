"""The peer's virtual environment, made once, and the process environment that keeps it from the network."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

__all__ = ["peer_environment", "peer_python"]

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
REQUIREMENTS = HERE / "peers.txt"


def peer_python() -> str:
    """The interpreter of the peer's environment, made if it is missing or holds other versions."""
    python = VENV / "bin" / "python"
    made_for = VENV / "peers.txt"
    wanted = REQUIREMENTS.read_text(encoding="utf-8")
    if not made_for.exists() or made_for.read_text(encoding="utf-8") != wanted:
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "-r", str(REQUIREMENTS)], check=True)
        made_for.write_text(wanted, encoding="utf-8")
    return str(python)


def peer_environment(home: Path) -> dict[str, str]:
    """Variables for processes of the peer: no telemetry, no price list from the network, no event loop.

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
