"""`guardc init`."""

from __future__ import annotations


def test_the_starter_policy_is_a_policy_without_warnings(guardc, tmp_path):
    file = tmp_path / "my.guard"
    result = guardc("init", file)
    assert result.exit_code == 0
    assert f"guardc check {file}" in result.output
    checked = guardc("check", file)
    assert (checked.exit_code, checked.output) == (0, f"{file}: ok\n")


def test_a_file_that_exists_is_left_alone(guardc, tmp_path):
    file = tmp_path / "my.guard"
    file.write_text("mine")
    result = guardc("init", file)
    assert result.exit_code == 1
    assert "exists already" in result.stderr
    assert file.read_text() == "mine"


def test_a_folder_that_is_missing_is_named(guardc, tmp_path):
    result = guardc("init", tmp_path / "nowhere" / "my.guard")
    assert result.exit_code == 1
    assert f"there is no folder `{tmp_path / 'nowhere'}`" in result.stderr
