"""The standard library finds what it says and leaves alone what it says.

`data/<module>.toml` has examples for every detector: under `found` texts with the expected findings
between « and », under `quiet` texts in which it finds nothing. `data/benign/` holds pages of ordinary text
in which no detector finds anything.

Tokens that look real are written in the data so that `library.fill` makes them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import reference
from library import detectors as read
from library import fill

from guardc.compiler import compile_text
from guardc.policy.model import NearCheck, Pattern, Words
from guardc.runtime import load

HERE = Path(__file__).parent
DATA = HERE / "data"
MODULES = ("pii", "secrets", "injection", "web")


def compiled(detector: Pattern | Words) -> re.Pattern[str]:
    return reference.regex_of(detector)


find = reference.find


# --- the examples ------------------------------------------------------------------------------------------


def examples() -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """(module, pattern, text, findings) of every example."""
    for module in MODULES:
        for name, cases in tomllib.loads((DATA / f"{module}.toml").read_text("utf-8")).items():
            for text in cases["found"]:
                filled = fill(text)
                yield module, name, re.sub("[«»]", "", filled), tuple(re.findall("(?s)«(.*?)»", filled))
            for text in cases["quiet"]:
                yield module, name, fill(text), ()


PATTERNS = {module: read(module) for module in MODULES}
EXAMPLES = list(examples())
# Some of the pages are written in HTML, which these find.
MARKUP = {"web.any_tag", "web.form_tag"}
PAGES = sorted((DATA / "benign").iterdir())


@pytest.mark.parametrize(
    ("module", "name", "text", "expected"),
    EXAMPLES,
    ids=[f"{module}.{name}-{index}" for index, (module, name, *_) in enumerate(EXAMPLES)],
)
def test_a_detector_finds_exactly_what_is_marked(module: str, name: str, text: str, expected: tuple[str, ...]) -> None:
    assert tuple(text[start:end] for start, end in find(PATTERNS[module][name], text)) == expected


# --- what may stand around a finding -----------------------------------------------------------------------

BEFORE = {
    "underscore": "_",
    "name": "my_",
    **{f"\\{c}": f"done\\{c}" for c in "nrtbf"},
    **{f"\\u{code}": f"done\\u{code}" for code in ("0022", "000a", "000A")},
    **{f"%{code}": f"a%{code}" for code in ("20", "22", "3D", "3d", "0a", "0A")},
    **{f"={code}": f"a={code}" for code in ("3D", "0A", "20")},
    "colour": "\x1b[31m",
    "escaped colour": "\\u001b[1;31m",
}
# After these the detectors are silent on purpose: the policy files say why.
DIGIT = {"\\u0022", "%20", "%22", "=20"}
LOWER_HEX = {"\\u000a", "%3d", "%0a"}
SILENT = {
    "email": set(),
    "phone": set(),
    "us_ssn": DIGIT,
    "card": set(),
    "ipv4": {"underscore", "name"} | DIGIT | LOWER_HEX,
    "ipv6": {"underscore", "name", "\\b", "\\f", "\\u000A", "%3D", "%0A", "=3D", "=0A"} | DIGIT | LOWER_HEX,
    "openai_key": {"\\u000a", "%0a"},
    "openrouter_key": {"\\u000a", "%0a"},
    "stripe_key": {"\\u000a", "%0a"},
    "square_token": {"\\u000A", "%3D", "%0A", "=3D", "=0A"} | DIGIT | LOWER_HEX,
    "mailgun_key": {f"\\{c}" for c in "nrtbf"} | LOWER_HEX,
    "mailchimp_key": {"\\b", "\\f"} | DIGIT | LOWER_HEX,
    "google_refresh_token": DIGIT,
    "zoho_token": DIGIT,
    "asana_token": DIGIT,
    "facebook_app_token": {"\\u0022"},
    "elevenlabs_key": {"\\u000a", "%0a"},
    "langfuse_key": {"\\u000a", "%0a"},
    "helicone_key": {"\\u000a", "%0a"},
    "woocommerce_key": {"\\u000a", "%0a"},
    "cursor_key": {f"\\{c}" for c in "nrtbf"} | LOWER_HEX,
    "facebook_token": {"\\u000A", "%3D", "%0A", "=3D", "=0A"} | DIGIT | LOWER_HEX,
    "twitter_bearer_token": {"\\u000A", "%3D", "%0A", "=3D", "=0A"} | DIGIT | LOWER_HEX,
    "ghost_admin_key": {"\\b", "\\f"} | DIGIT | LOWER_HEX,
}
# These have no boundary of their own, so that what stands before may become part of the finding.
OPEN = {"email", "url_password", "telegram_bot_token", "facebook_app_token"}
FIRST: dict[str, tuple[str, str, str]] = {}
for _module, _name, _text, _expected in EXAMPLES:
    # What needs a word near it is nothing by itself.
    _needs_words = any(isinstance(check, NearCheck) for check in getattr(PATTERNS[_module][_name], "checks", ()))
    if _expected and _module not in {"injection", "web"} and not _needs_words:
        FIRST.setdefault(_name, (_module, _expected[0], "@host" if _name == "url_password" else ""))


@pytest.mark.parametrize("name", FIRST)
def test_no_escape_and_no_underscore_hides_a_finding(name: str) -> None:
    module, token, after = FIRST[name]
    for before, written in BEFORE.items():
        text = written + token + after
        spans = list(find(PATTERNS[module][name], text))
        if before in SILENT.get(name, ()):
            assert spans == [], before
            continue
        assert len(spans) == 1, before
        ((start, end),) = spans
        assert end == len(text) - len(after), before
        assert start <= len(written) if name in OPEN else start == len(written), before


@pytest.mark.parametrize("name", [name for name in FIRST if name not in {"ipv4", "ipv6"}])
def test_nothing_that_may_follow_hides_a_finding(name: str) -> None:
    module, token, host = FIRST[name]
    for after in ("_", "_x", "\\n", "\\u0022", "%20", "\x1b[0m"):
        spans = list(find(PATTERNS[module][name], token + host + after))
        assert any(start == 0 and end >= len(token) for start, end in spans), after


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_ordinary_pages_are_left_alone(page: Path) -> None:
    text = page.read_text("utf-8")
    found = [
        f"{module}.{name}: {text[start:end]!r}"
        for module, patterns in PATTERNS.items()
        for name, pattern in patterns.items()
        if f"{module}.{name}" not in MARKUP
        for start, end in find(pattern, text)
    ]
    assert found == []


@pytest.mark.parametrize("module", MODULES)
def test_every_detector_has_enough_examples(module: str) -> None:
    found_at_least, quiet_at_least = {"pii": (5, 8), "secrets": (2, 2), "injection": (2, 2), "web": (2, 3)}[module]
    data = tomllib.loads((DATA / f"{module}.toml").read_text("utf-8"))
    assert list(data) == list(PATTERNS[module])
    for name, cases in data.items():
        assert len(cases["found"]) >= found_at_least, name
        assert len(cases["quiet"]) >= quiet_at_least, name
        assert all("«" in text for text in cases["found"]), name
        assert not any("«" in text for text in cases["quiet"]), name


@pytest.mark.parametrize("module", MODULES)
def test_no_pattern_matches_the_empty_text(module: str) -> None:
    for name, pattern in PATTERNS[module].items():
        assert compiled(pattern).search("") is None, name


@pytest.mark.parametrize("module", MODULES)
def test_patterns_keep_to_the_compilable_part_of_re(module: str) -> None:
    for name, pattern in PATTERNS[module].items():
        if isinstance(pattern, Words):
            continue
        outside_classes = re.sub(r"\[(?:\\.|[^\]])*\]", "[]", pattern.regex)
        assert not re.search(r"\\[1-9]|\(\?P=|\(\?\(|\(\?>|[*+?}]\+", outside_classes), name
        bounds = re.findall(r"\{(\d+),?(\d*)\}", pattern.regex)
        assert all(int(bound) <= 300 for pair in bounds for bound in pair if bound), name


def test_a_jailbreak_name_is_not_found_inside_a_word() -> None:
    pages = "a redundant array, abundant dandelions, a sedan, attendance"
    assert [name for name, pattern in PATTERNS["injection"].items() if list(find(pattern, pages))] == []


def test_the_example_key_of_aws_is_found() -> None:
    text = "AKIA" + "IOSFODNN7" + "EXAMPLE"
    found = [name for name, pattern in PATTERNS["secrets"].items() if list(find(pattern, text))]
    assert found == ["aws_access_key_id"]


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("ann@example.com", True),
        ("a.b+c@mail.example.co.uk", True),
        ("jürgen@müller.example", True),
        ("user@例え.jp", True),
        ("用户@例子.广告", True),
        ("用户@example.com", True),
        ("अजय@डाटा.भारत", True),
        ("a" * 64 + "@" + "b" * 63 + ".example", True),
        ("a" * 65 + "@b.example", False),
        ("a@" + "b" * 64 + ".example", False),
        ("a..b@c.de", False),
        (".a@c.de", False),
        ("a.@c.de", False),
        ("a@b-.de", False),
        ("a@-b.de", False),
        ("a@b..de", False),
        ("a@b.c-.de", False),
        ("a@b.de-", False),
        ("a@b.de.", False),
        ("a@b.1", False),
        ("a@localhost", False),
        ("联系ann@example.com", False),
    ],
)
def test_a_text_is_a_mail_address_or_none(text: str, taken: bool) -> None:
    assert reference.full(PATTERNS["pii"]["email"], text) == taken


@pytest.mark.parametrize("text", ["::", "::5", "a::", "1::f", "2001:db8::", "::ffff:192.0.2.1"])
def test_any_ipv6_address_that_is_all_of_the_text_is_one(text: str) -> None:
    assert reference.full(PATTERNS["pii"]["ipv6"], text)
    assert not reference.full(PATTERNS["pii"]["ipv6"], f"{text}:")


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        ("I am at 415-555-2671, order 12345678.", "I am at [phone], order 12345678."),
        ("mobile 4155552671" + " " * 20 + "order 12345678", "mobile [phone_digits]" + " " * 20 + "order 12345678"),
        ("4111111111111111, order 4466570304930", "[card], order 4466570304930"),
        (
            "card no 4466570304930" + " " * 25 + "id 4466570304930",
            "card no [card_digits]" + " " * 25 + "id 4466570304930",
        ),
    ],
)
def test_what_takes_the_place_of_a_number_does_not_betray_the_next(text: str, fixed: str) -> None:
    compilation = compile_text("edition 1\nimport std.pii\nguard g on input {\nno pii.any on fail fix\n}\n")
    assert compilation.plan is not None
    assert load(compilation.plan).guard("g").validate(text).output == fixed
