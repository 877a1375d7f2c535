"""Writes the pages of all codes: `python -m guardc.policy.codes --write docs/diagnostics`."""

from __future__ import annotations

import sys

from guardc.policy.codes.pages import main

sys.exit(main(sys.argv[1:]))
