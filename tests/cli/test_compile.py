"""`guardc compile`."""

from __future__ import annotations

import os
import stat

import pytest

import guardc as package
from guardc.compiler.pipeline import PASSES


@pytest.fixture
def policy(tmp_path, shop):
    file = tmp_path / "shop.guard"
    file.write_bytes(shop.read_bytes())
    return file


def test_the_plan_stands_beside_the_policy(process, policy):
    done = process("compile", policy)
    plan = policy.with_suffix(".plan")
    assert done.returncode == 0
    assert done.stdout == b""
    said = done.stderr.decode()
    assert said.startswith(f"{plan}: {plan.stat().st_size:,} bytes, guards: question, reply, 4 patterns, policy ")
    assert sorted(policy.parent.iterdir()) == [policy, plan]


def test_the_plan_is_what_the_library_compiles(guardc, policy):
    guardc("compile", policy)
    loaded = package.load(policy.with_suffix(".plan"))
    assert loaded.policy_hash == package.compile(policy).policy_hash


def test_the_mode_honours_the_umask(guardc, policy):
    for umask in (0o022, 0o077):
        before = os.umask(umask)
        try:
            guardc("compile", policy)
        finally:
            os.umask(before)
        assert stat.S_IMODE(policy.with_suffix(".plan").stat().st_mode) == 0o644 & ~umask


def test_an_old_plan_is_replaced_and_not_written_into(guardc, policy):
    plan = policy.with_suffix(".plan")
    plan.write_bytes(b"old")
    with plan.open("rb") as held:
        assert guardc("compile", policy).exit_code == 0
        assert held.read() == b"old"
    assert plan.read_bytes() != b"old"


def test_a_link_stays_a_link(guardc, policy, tmp_path):
    (tmp_path / "real.plan").write_bytes(b"old")
    link = tmp_path / "link.plan"
    link.symlink_to("real.plan")
    assert guardc("compile", policy, "-o", link).exit_code == 0
    assert link.is_symlink()
    assert (tmp_path / "real.plan").stat().st_size > 3


def test_a_policy_with_errors_leaves_the_old_plan(guardc, data, tmp_path):
    plan = tmp_path / "x.plan"
    plan.write_bytes(b"old")
    result = guardc("compile", data / "wrong.guard", "-o", plan)
    assert result.exit_code == 1
    assert "was not compiled: it has" in result.stderr
    assert plan.read_bytes() == b"old"


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("nowhere/x.plan", "there is no folder"),
        (".", "it is a folder"),
        ("shop.guard", "is the policy itself"),
    ],
)
def test_a_target_that_cannot_be_is_one_line(guardc, policy, target, said):
    result = guardc("compile", policy, "-o", policy.parent / target)
    assert result.exit_code == 1
    assert said in result.stderr
    assert list(policy.parent.iterdir()) == [policy]


def test_a_device_is_not_replaced(guardc, policy):
    result = guardc("compile", policy, "-o", os.devnull)
    assert result.exit_code == 1
    assert "only a file can be replaced" in result.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_one_line(guardc, policy):
    policy.parent.chmod(0o500)
    try:
        result = guardc("compile", policy)
    finally:
        policy.parent.chmod(0o700)
    assert result.exit_code == 1
    assert "you may not write into" in result.stderr


def test_show_ir_prints_the_module_after_each_pass(guardc, policy):
    result = guardc("compile", policy, "--show-ir")
    heads = [line for line in result.stdout.splitlines() if line.startswith("--- after ")]
    assert heads == [f"--- after {name} ---" for name in ["lower", *(step.name for step in PASSES)]]
    assert result.stdout.count("module shop.guard") == len(heads)
