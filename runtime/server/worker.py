"""What a worker process imports: the application by the settings in its environment."""

from __future__ import annotations

import os
from typing import Any

from guardc.runtime.server.application import application
from guardc.runtime.server.settings import VARIABLE, Settings

__all__ = ["made"]


def made() -> Any:
    """The application of this process."""
    return application(Settings.from_json(os.environ[VARIABLE]))
