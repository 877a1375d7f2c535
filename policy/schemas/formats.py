"""The formats of JSON Schema as detectors of the standard library.

Example: `format_detector("email")` is `("std.pii", "pii.email")`.
"""

from __future__ import annotations

import functools
import re

from guardc.policy.checking.library import STD

__all__ = ["detector_format", "format_detector"]

NAMES = {
    "date": "date", "date-time": "date_time", "time": "time", "duration": "duration", "email": "email",
    "idn-email": "email", "hostname": "host", "idn-hostname": "host", "ipv4": "ipv4", "ipv6": "ipv6",
    "uuid": "uuid", "uri": "url", "url": "url", "json-pointer": "json_pointer",
}  # fmt: skip
"""Format (JSON Schema 2020-12, validation, section 7.3) to the name of a detector, in whichever module has it."""

_DEFINITION = re.compile(r"^pattern +(\w+)", re.MULTILINE)


@functools.cache
def _detectors() -> dict[str, str]:
    """Names of detectors with the module that has them."""
    found: dict[str, str] = {}
    for path in sorted(STD.glob("*.guard")):
        for name in _DEFINITION.findall(path.read_text(encoding="utf-8")):
            found.setdefault(name, path.stem)
    return found


def format_detector(format_: str) -> tuple[str, str] | None:
    """The module to import and the detector's name, or None if the standard library has none."""
    name = NAMES.get(format_, "")
    module = _detectors().get(name)
    return None if module is None else (f"std.{module}", f"{module}.{name}")


def detector_format(name: str) -> str | None:
    """The format that a detector is; None if it is none."""
    return next((format_ for format_ in NAMES if (format_detector(format_) or ("", ""))[1] == name), None)
