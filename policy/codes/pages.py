"""The documentation of the codes, as Markdown.

Invariant: the pages in docs/diagnostics are what `pages()` gives; a test holds that.

Example: `pages()["G012.md"]` begins with `# G012: unknown detector`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from guardc.policy.codes import CODES, Code

__all__ = ["main", "pages"]


def pages() -> dict[str, str]:
    """The documentation of all codes: file name to Markdown."""
    index = [
        "# Diagnostics",
        "",
        "Every message of the compiler has a code, and every code a page. The pages are generated from",
        "`policy/codes/`.",
        "",
        "| code | severity | means |",
        "|---|---|---|",
    ]
    index += [f"| [{e.code}]({e.code}.md) | {e.severity} | {e.title} |" for e in CODES.values()]
    written = {"README.md": "\n".join(index) + "\n"}
    for entry in CODES.values():
        written[f"{entry.code}.md"] = _page(entry)
    return written


def _page(entry: Code) -> str:
    parts = [f"# {entry.code}: {entry.title}", f"Severity: {entry.severity}.", entry.explanation]
    if entry.wrong:
        parts += ["This gets it:", f"```\n{entry.wrong.rstrip()}\n```"]
    if entry.right:
        parts += ["This does not:", f"```\n{entry.right.rstrip()}\n```"]
    return "\n\n".join(parts) + "\n"


def main(arguments: list[str]) -> int:
    """Writes the pages into a folder. Returns the exit status."""
    if len(arguments) != 2 or arguments[0] != "--write":
        sys.stderr.write("usage: python -m guardc.policy.codes --write FOLDER\n")
        return 2
    folder = Path(arguments[1])
    folder.mkdir(parents=True, exist_ok=True)
    current = pages()
    for old in folder.glob("G*.md"):
        if old.name not in current:
            old.unlink()
    for name, text in current.items():
        (folder / name).write_text(text, encoding="utf-8")
    return 0
