"""The program around the commands: help, mistakes on the command line, what it imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from guardc.version import __version__

COMMANDS = ["init", "check", "validators", "compile", "explain", "run"]


def test_version(process):
    done = process("--version")
    assert (done.returncode, done.stdout) == (0, f"guardc {__version__}\n".encode())


def test_help_lists_every_command(guardc):
    result = guardc("--help")
    assert result.exit_code == 0
    for name in COMMANDS:
        assert f"  {name} " in result.output


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_has_an_example(guardc, name):
    result = guardc(name, "--help")
    assert result.exit_code == 0
    assert f"Example: guardc {name}" in result.output
    assert all(len(line) <= 100 for line in result.output.splitlines())


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["chek"], "did you mean `check`?"),
        (["nothing-like-it"], "it has init"),
        (["check"], "missing argument"),
        (["check", "--nope", "x.guard"], "no such option"),
        (["run", "x.plan", "--format", "xml"], "invalid value"),
    ],
)
def test_a_wrong_command_line_is_one_line_and_exit_code_2(process, args, said):
    done = process(*args)
    assert done.returncode == 2
    error = done.stderr.decode()
    assert error.startswith("guardc: error: ")
    assert error.count("\n") == 1
    assert said in error
    assert "--help`)" in error


def test_help_imports_no_command():
    code = (
        "import sys\nsys.argv = ['guardc', '--help']\nfrom guardc.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "bad = {'lark', 'pydantic', 'rich', 'numpy', 'guardc.compiler', 'guardc.policy', 'guardc.fastpath'}\n"
        "sys.exit(repr(bad & set(sys.modules)) if bad & set(sys.modules) else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize("form", ["json", "table"])
def test_running_a_plan_imports_no_compiler(plan, form):
    code = (
        f"import sys\nsys.argv = ['guardc', 'run', {str(plan)!r}, '--guard', 'reply', '--format', {form!r}]\n"
        "from guardc.cli import main\ntry:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        "bad = {'lark', 'pydantic', 'guardc.compiler', 'guardc.policy'}\n"
        "sys.exit(repr(bad & set(sys.modules)) if bad & set(sys.modules) else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, input=b"hi", stdout=subprocess.DEVNULL)


def test_a_full_disk_is_one_line(shop):
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "guardc", "check", str(shop)],
            stdout=full, stderr=subprocess.PIPE, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith(b"guardc: error: the output cannot be written")
    assert done.stderr.count(b"\n") == 1
