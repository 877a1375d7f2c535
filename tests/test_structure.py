"""The rooms of the tree: which may import which, and what loading and running a plan may not import."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import mutate
import pytest

import guardc

ROOT = Path(__file__).parents[1]
ROOMS = ("policy", "compiler", "runtime", "fastpath", "training", "grammars")

# What each room may import of the others. The face (src/guardc) may import all.
ALLOWED = {
    "grammars": set(),
    "policy": {"grammars"},
    "compiler": {"policy", "fastpath"},
    "runtime": {"fastpath"},
    "fastpath": set(),
    "training": {"policy", "fastpath"},
}
# Of the fast path the compiler may know the layout of a plan, and nothing else.
LAYOUT_ONLY = {("compiler", "fastpath"): {"guardc.fastpath.layout"}}

HEAVY = (
    "lark",
    "pydantic",
    "pydantic_core",
    "litellm",
    "opentelemetry",
    "numpy",
    "rich",
    "click",
    "guardc.policy",
    "guardc.compiler",
    "asyncio",
    "concurrent",
    "inspect",
    "guardc.runtime.llm",
    "guardc.runtime.remote",
    "aiohttp",
    "guardc.runtime.telemetry",
    "typing_extensions",
    "sqlglot",
    "html5lib",
    "yaml",
    "openapi_spec_validator",
    "ctypes",
    "starlette",
    "uvicorn",
    "http",
    "ssl",
    "guardc.runtime.server",
    "guardc.runtime.client",
    "guardc.runtime.inference",
    "onnxruntime",
    "tokenizers",
)


def imports(file: Path) -> Iterator[str]:
    """Every `guardc...` module that a file imports, at the top or inside a function."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def cython_imports(file: Path) -> Iterator[str]:
    for line in file.read_text(encoding="utf-8").splitlines():
        words = line.split()
        if words[:1] == ["from"] and "import" in words:
            yield from (f"{words[1]}.{name.strip(',')}" for name in words[3:])


@pytest.mark.parametrize("room", ROOMS)
def test_arrows_between_rooms(room: str) -> None:
    wrong = []
    for file in sorted((ROOT / room).rglob("*.py*")):
        if file.suffix not in (".py", ".pyi", ".pyx"):
            continue
        for name in imports(file) if file.suffix != ".pyx" else cython_imports(file):
            if not name.startswith("guardc."):
                continue
            target = name.split(".")[1]
            if target == room or target in ("version",):
                continue
            narrow = LAYOUT_ONLY.get((room, target))
            if target not in ALLOWED[room] or (narrow and not any(name.startswith(module) for module in narrow)):
                wrong.append(f"{file.relative_to(ROOT)} imports {name}")
    assert not wrong


def test_loading_and_running_imports_nothing_heavy(tmp_path: Path) -> None:
    plan = tmp_path / "sample.plan"
    plan.write_bytes(mutate.sample_plan())
    # Only what guardc adds counts: a site's .pth files may import things into every interpreter.
    program = (
        "import sys; before = set(sys.modules)\n"
        "import guardc\n"
        f"plan = guardc.load({str(plan)!r}, services=dict.fromkeys(('tox', 'doubted', 'standing'), lambda text: 0.5))\n"
        "outcome = plan.guard('g').validate('Write to ann@example.com', {'age': 3})\n"
        "assert outcome.failures, outcome\n"
        "print('\\n'.join(set(sys.modules) - before))\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    # `inspect` is asked about the function in the place of a service.
    added = set(ran.stdout.split()) - {"inspect", "ast", "dis", "opcode"}
    assert "guardc.fastpath._core" in added
    assert not {name for name in added if name in HEAVY or name.startswith(tuple(f"{heavy}." for heavy in HEAVY))}


def test_public_names() -> None:
    assert set(guardc.__all__) == {
        "AsyncCallStream",
        "AsyncClient",
        "AsyncGuard",
        "AsyncServedGuard",
        "AsyncServedStream",
        "Attempt",
        "CallError",
        "CallOutcome",
        "CallStream",
        "Client",
        "Failure",
        "Field",
        "Guard",
        "GuardcError",
        "HandlerError",
        "MetadataError",
        "Outcome",
        "Plan",
        "PlanError",
        "PolicyError",
        "Reask",
        "ServedFailure",
        "ServedGuard",
        "ServedOutcome",
        "ServedStream",
        "ServerError",
        "ServiceError",
        "Span",
        "Stream",
        "UnknownGuardError",
        "Usage",
        "ValidationError",
        "ValueStream",
        "__version__",
        "compile",
        "load",
    }
    for name in guardc.__all__:
        assert getattr(guardc, name) is not None
    assert set(guardc.__all__) <= set(dir(guardc))
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = guardc.nonsense


@pytest.mark.parametrize("name", sorted(set(guardc.__all__) - {"__version__"}))
def test_public_names_are_documented(name: str) -> None:
    assert getattr(guardc, name).__doc__


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(file.relative_to(ROOT))
        for room in (*ROOMS, "src", "tests")
        for file in sorted((ROOT / room).rglob("*.py"))
        if file.stat().st_size and not ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
    ]
    assert not silent
