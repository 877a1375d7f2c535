"""`guardc check`."""

from __future__ import annotations

import json

import pytest


def test_a_good_policy_is_ok(process, shop):
    done = process("check", shop)
    assert (done.returncode, done.stdout.decode(), done.stderr) == (0, f"{shop}: ok\n", b"")


def test_mistakes_are_shown_on_stderr_and_counted_on_stdout(guardc, data, golden):
    result = guardc("check", data / "wrong.guard")
    assert result.exit_code == 1
    assert result.stdout.startswith(f"{data / 'wrong.guard'}: ")
    assert "errors" in result.stdout
    golden("check", result.stderr + result.stdout.replace(str(data), "data"))


def test_mistakes_that_only_the_compiler_finds_are_found(guardc, tmp_path):
    file = tmp_path / "x.guard"
    file.write_text("edition 1\npattern p = /a*/\nguard g on input {\n    no p on fail filter\n}\n")
    result = guardc("check", file)
    assert (result.exit_code, result.stdout) == (0, f"{file}: ok, 1 warning\n")
    assert "warning[G062]" in result.stderr


def test_mistakes_of_both_kinds_are_shown_in_one_run_from_top_to_bottom(guardc, tmp_path):
    file = tmp_path / "x.guard"
    file.write_text(
        "edition 1\n"
        "pattern empty = /a*/\n"
        'words twice = ["Foo", "foo"] ignore case\n'
        "pattern back = /(a)\\1/\n"
        "pattern bad = /[/\n"
        "guard g on input {\n    no empty, back, bad, twice, nothing on fail filter\n}\n"
    )
    result = guardc("check", file)
    assert result.exit_code == 1
    lines = [line for line in result.stderr.splitlines() if line.startswith(("error", "warning"))]
    assert [line.partition("]")[0].partition("[")[2] for line in lines] == ["G062", "G028", "G060", "G036", "G012"]


def test_json_is_one_object_on_stdout(process, data):
    done = process("check", "--format", "json", data / "wrong.guard")
    assert done.returncode == 1
    assert done.stderr == b""
    found = json.loads(done.stdout)
    assert found["errors"] == sum(one["severity"] == "error" for one in found["diagnostics"]) > 0
    assert found["warnings"] == len(found["diagnostics"]) - found["errors"]
    assert {"code", "severity", "message", "labels", "help"} <= set(found["diagnostics"][0])


def test_nothing_is_written(guardc, tmp_path, shop):
    file = tmp_path / "shop.guard"
    file.write_bytes(shop.read_bytes())
    guardc("check", file)
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("command", ["check", "compile", "explain", "run"])
def test_a_file_that_is_none_is_one_line(process, tmp_path, command):
    for path, said in ((tmp_path / "no.guard", "there is no such file"), (tmp_path, "this is a folder")):
        done = process(command, path)
        assert done.returncode == 1
        assert done.stderr.decode() == f"guardc: error: {path}: {said}{'; give a file' * (path == tmp_path)}\n"


@pytest.mark.parametrize("command", ["check", "compile", "explain"])
def test_a_plan_in_place_of_a_policy_is_said_to_be_one(guardc, plan, command):
    result = guardc(command, plan)
    assert result.exit_code == 1
    assert "this is a compiled plan" in result.stderr


def test_a_binary_file_is_a_diagnostic(guardc, tmp_path):
    file = tmp_path / "x.guard"
    file.write_bytes(bytes(range(256)))
    result = guardc("check", file)
    assert result.exit_code == 1
    assert "cannot be read" in result.stderr


def test_colour_is_for_terminals_only(process, data):
    assert b"\x1b" not in process("check", data / "wrong.guard").stderr
