"""What the documents say is so: links lead somewhere, policies compile, commands exist.

How policies are written in a document:

- a block that opens with ```` ```guard ```` is a whole policy and compiles without an error;
- if its first line is `# excerpt`, it is a part of one. What it needs is put around it: the edition, the imports of
  the standard library whose names it uses and, if it has no guard of its own, `guard example on output { ... }`;
- a block that is not to be compiled (it needs files, or shows a mistake) is not marked as `guard`.

`docs/language.md` and `docs/diagnostics/` have tests of their own, with stricter rules.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from guardc.cli.app import GROUPS
from guardc.compiler import compile_text
from guardc.policy import render

ROOT = Path(__file__).parents[1]
STD = sorted(path.stem for path in (ROOT / "policy" / "std").glob("*.guard"))
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md") if (ROOT / name).exists()),
    *sorted((ROOT / "docs").rglob("*.md")),
]
COMMANDS = {name for _, commands in GROUPS for name, _ in commands}
EXCERPT = "# excerpt\n"


class Block(NamedTuple):
    language: str
    text: str


def name_of(document: Path) -> str:
    return document.relative_to(ROOT).as_posix()


FENCE = re.compile(r"^( *)(`{3,}|~{3,})([^\n`]*)\n(.*?)^ *\2`* *$", re.DOTALL | re.MULTILINE)


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a document."""
    return [Block(found[3].strip(), found[4]) for found in FENCE.finditer(text)]


def prose(text: str) -> str:
    """The document without fenced blocks, indented blocks and code in lines."""
    text = FENCE.sub("", text)
    text = re.sub(r"(?<=\n\n)(?: {4}.*\n)+", "", text)
    return re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text)


# --- links ------------------------------------------------------------------------------------------------------------

LINK = re.compile(
    r"""\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)"""  # [text](target "title")
    r"""|^\[[^\]]+\]:\s*(\S+)"""  # [name]: target
    r"""|\b(?:src|href|srcset)="([^"]+)\"""",  # <img src="target">
    re.MULTILINE,
)
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)


def links(text: str) -> list[str]:
    """The targets within this tree."""
    found = ["".join(groups) for groups in LINK.findall(prose(text))]
    return [target for target in found if not re.match(r"[a-z][a-z0-9+.-]*:|//", target, re.IGNORECASE)]


def anchors(text: str) -> set[str]:
    """What `#...` can name in a document: its headings, spelled as GitHub does."""
    titles = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title) for title in HEADING.findall(FENCE.sub("", text))]
    slugs = [re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles]
    seen: Counter[str] = Counter()
    numbered = []
    for slug in slugs:
        numbered.append(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        seen[slug] += 1
    return {*numbered, *re.findall(r'\b(?:id|name)="([^"]+)"', text)}


def problem(document: Path, target: str) -> str | None:
    path, _, anchor = target.partition("#")
    aim = (document.parent / path).resolve() if path else document
    if not aim.is_relative_to(ROOT) or not aim.exists():
        return f"{target}: there is no such file"
    if anchor and aim.suffix == ".md" and anchor not in anchors(aim.read_text(encoding="utf-8")):
        return f"{target}: there is no such heading"
    return None


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_links_lead_somewhere(document: Path) -> None:
    targets = links(document.read_text(encoding="utf-8"))
    assert [said for target in targets if (said := problem(document, target))] == []


# --- policies ---------------------------------------------------------------------------------------------------------


def completed(source: str) -> str:
    """An excerpt as a whole policy."""
    if not re.search(r"^guard\b", source, re.MULTILINE):
        source = f"guard example on output {{\n{source}}}\n"
    modules = [
        module for module in STD if re.search(rf"(?<!\.)\b{module}\.", source) and f"import std.{module}" not in source
    ]
    return "".join(["edition 1\n", *(f"import std.{module}\n" for module in modules), source])


def policies() -> Iterator[tuple[str, str]]:
    for document in DOCUMENTS:
        name = name_of(document)
        if name == "docs/language.md" or name.startswith("docs/diagnostics/"):
            continue
        found = [block.text for block in blocks(document.read_text(encoding="utf-8")) if block.language == "guard"]
        for number, source in enumerate(found, 1):
            yield f"{name}-{number}", completed(source) if source.startswith(EXCERPT) else source


@pytest.mark.parametrize("source", [pytest.param(source, id=name) for name, source in policies()])
def test_policies_compile(source: str) -> None:
    compilation = compile_text(source)
    assert compilation.plan is not None, render(compilation.diagnostics)


@pytest.mark.parametrize(
    ("excerpt", "whole"),
    [
        ("# excerpt\nno pii.email\n", "import std.pii\nguard example on output {\n# excerpt\nno pii.email\n}\n"),
        ("# excerpt\nguard g on input {\n}\n", "# excerpt\nguard g on input {\n}\n"),
    ],
)
def test_excerpts_are_completed(excerpt: str, whole: str) -> None:
    assert completed(excerpt) == f"edition 1\n{whole}"


# --- commands ---------------------------------------------------------------------------------------------------------

# `guardc` where a shell takes it for a command: first in a line, or after what may stand before a command.
COMMAND = re.compile(
    r"(?:^|[|;&($`]|-m\s|\b(?:RUN|run:|uvx|exec)\s)\s*(?:[\w./-]*/)?guardc ([a-z][\w-]*)", re.MULTILINE
)
SHELL = {"", "sh", "bash", "shell", "console", "text", "yaml", "dockerfile", "make", "makefile"}


def commands(text: str) -> set[str]:
    """The commands of `guardc` that a document names in code."""
    code = [block.text for block in blocks(text) if block.language.lower() in SHELL]
    outside = FENCE.sub("", text)
    code += re.findall(r"`[^`\n]+`", outside)
    code += [line.strip() for line in re.findall(r"^ {4}.*$", outside, re.MULTILINE)]
    return {name for part in code for name in COMMAND.findall(part)}


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_commands_exist(document: Path) -> None:
    assert commands(document.read_text(encoding="utf-8")) - COMMANDS == set()


def test_commands_are_seen() -> None:
    text = "\n".join(
        [
            "`guardc one FILE` and guardc no, `python -m guardc two`, `the guardc no`, `import guardc`",
            "",
            "    cat x | guardc three -",
            "```sh",
            "a && .venv/bin/guardc four",
            "guardc five  # guardc no",
            "guardc: error: no",
            "```",
            "```python",
            "from guardc import load",
            "```",
        ]
    )
    assert commands(text) == {"one", "two", "three", "four", "five"}


def test_links_are_seen() -> None:
    text = "\n".join(
        [
            '[a](one.md), ![b](two.svg "title"), `[c](no)`, [d](https://no.example), <img src="three.png">',
            "```",
            "[e](no)",
            "```",
            "[f]: four.md#heading",
        ]
    )
    assert links(text) == ["one.md", "two.svg", "three.png", "four.md#heading"]
    assert anchors("# One two: `three`\n## [Four](x.md), five\n## [Four](x.md), five\n") == {
        "one-two-three",
        "four-five",
        "four-five-1",
    }
