"""Prints a command of the README exactly as it stands there: `python .ci/readme_command.py run|test`.

The README marks each with an HTML comment, `<!-- command: NAME -->`, before its fenced block, which has one line.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path


def command(name: str) -> str:
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    found = re.findall(rf"<!-- command: {name} -->\n+```\w*\n(.*?)\n```", readme, re.DOTALL)
    if len(found) != 1 or "\n" in found[0]:
        raise SystemExit(f"README.md must have one `{name}` command of one line, found {len(found)}")
    return str(found[0])


if __name__ == "__main__":
    sys.stdout.write(command(sys.argv[1]) + "\n")
