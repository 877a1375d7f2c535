"""The check `public_suffix`: the cases of publicsuffix.org, what a plan has for it, and what a damaged plan has."""

from __future__ import annotations

import random
import struct

import mutate
import pytest
from public_suffixes import public_suffix, rules

from guardc.compiler import compile_text
from guardc.fastpath import layout
from guardc.fastpath.errors import PlanError
from guardc.runtime import Guard, load

POLICY = "edition 1\npattern name = /\\S{1,200}/%s\nguard g on input {\nis name on fail exception\n}\n"

# From the test data of publicsuffix.org, of its ICANN section. (None) there is no domain.
DOMAINS = [
    "example.com", "b.example.com", "a.b.example.com", "EXAMPLE.COM", "WwW.Example.COM", "domain.biz",
    "b.domain.biz", "uk.com", "github.io", "test.ac", "b.c.test.ac", "b.c.mm", "a.b.c.mm", "test.jp",
    "www.test.jp", "test.ac.jp", "test.kyoto.jp", "b.test.ide.kyoto.jp", "b.c.kobe.jp", "a.b.c.kobe.jp",
    "city.kobe.jp", "www.city.kobe.jp", "b.test.ck", "a.b.test.ck", "www.ck", "www.www.ck", "test.us",
    "test.ak.us", "www.test.k12.ak.us", "食狮.com.cn", "食狮.公司.cn", "www.食狮.公司.cn", "shishi.公司.cn",
    "食狮.中国",
    "xn--85x722f.com.cn", "xn--85x722f.xn--55qx5d.cn", "www.xn--85x722f.xn--55qx5d.cn",
    "shishi.xn--55qx5d.cn", "xn--85x722f.xn--fiqs8s", "食狮.xn--55qx5d.cn", "xn--85x722f.公司.cn",
]  # fmt: skip
NONE = [
    "com", "COM", ".com", ".example", ".example.com", ".example.example", "example", "local", "example.local",
    "a.b.example.local", "biz", "ac", "jp", "ac.jp", "kyoto.jp", "ide.kyoto.jp", "c.kobe.jp", "ck", "test.ck",
    "mm", "c.mm", "us", "ak.us", "k12.ak.us", "公司.cn", "中国", "xn--55qx5d.cn", "xn--fiqs8s", "cn", "a..com",
    "example.com.", ".",
]  # fmt: skip


@pytest.fixture(scope="module")
def guard() -> Guard:
    return _guard(POLICY % " where public_suffix")


def _guard(source: str) -> Guard:
    plan = compile_text(source).plan
    assert plan is not None
    return load(plan).guard("g")


@pytest.mark.parametrize(("names", "expected"), [(DOMAINS, True), (NONE, False)])
def test_names_of_domains_are_told_from_suffixes_and_other_names(
    names: list[str], expected: bool, guard: Guard
) -> None:
    for name in names:
        assert guard.validate(name).passed == expected, name
        assert public_suffix(name) == expected, name


def test_the_fast_path_and_the_list_agree_on_every_rule(guard: Guard) -> None:
    rng = random.Random(3)
    for rule in sorted(rules()):
        name = rule.lstrip("!").replace("*", "any")
        if rng.random() < 0.3:
            name = name.encode("idna").decode("ascii")
        for one in (name, f"a.{name}", f"A.{name}".upper(), f"a.b.{name}", f"{name}.com"):
            assert guard.validate(one).passed == public_suffix(one), one


def test_the_list_is_in_a_plan_only_if_a_check_needs_it() -> None:
    def lengths(checks: str) -> dict[str, int]:
        plan = compile_text(POLICY % checks).plan
        assert plan is not None
        entries = [struct.unpack_from("<4sIQQ", plan, place) for place, _, _ in mutate.sections(plan)]
        return {name.decode(): length for name, _, _, length in entries if name[:3] == b"SUF"}

    assert lengths("") == {"SUFL": 0, "SUFC": 0}
    assert all(lengths(" where public_suffix").values())


@pytest.mark.parametrize(
    ("field", "value"), [("text", 1 << 20), ("first", 1 << 20), ("count", 0xFFFF), ("length", 0xFF)]
)
def test_a_plan_whose_labels_lead_nowhere_is_refused(field: str, value: int) -> None:
    plan = compile_text(POLICY % " where public_suffix").plan
    assert plan is not None
    number = [section.name for section in layout.SECTIONS].index("SUFL")
    section = layout.SECTIONS[number]
    _, offset, length = list(mutate.sections(plan))[number]
    column = [one.name for one in section.fields].index(field)
    damaged = bytearray(plan)
    code = {"u8": "<B", "u16": "<H", "u32": "<I"}[section.fields[column].type]
    # The label whose characters stand last.
    place = max(range(offset, offset + length, section.size), key=lambda at: struct.unpack_from("<I", plan, at))
    struct.pack_into(code, damaged, place + section.offsets[column], value)
    with pytest.raises(PlanError, match="section SUFL of the plan is damaged"):
        load(mutate.repair_checksums(bytes(damaged)))


def test_a_plan_that_has_the_check_and_no_labels_is_refused() -> None:
    plan = compile_text(POLICY % " where luhn").plan
    assert plan is not None
    number = [section.name for section in layout.SECTIONS].index("CHEK")
    section = layout.SECTIONS[number]
    _, offset, _ = list(mutate.sections(plan))[number]
    column = [one.name for one in section.fields].index("what")
    damaged = bytearray(plan)
    damaged[offset + section.offsets[column]] = layout.CHECKS.index("public_suffix")
    with pytest.raises(PlanError, match="section CHEK of the plan is damaged: a check for public suffixes"):
        load(mutate.repair_checksums(bytes(damaged)))
