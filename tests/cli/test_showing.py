"""What of an output is shown without `--clear`: nothing of what was found and not replaced."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from guardc.cli.messages import Message
from guardc.cli.showing import loose_marks
from guardc.cli.verdicts import VerdictPrinter, verdict
from guardc.compiler import compile_text
from guardc.runtime import Guard, Plan

KEY = "AKIAIOSFODNN7EXAMPLE"
TEXT = f"key {KEY} ok"

PREAMBLE = r"""edition 1
pattern key = /\bAKIA[0-9A-Z]{16}\b/
pattern tail = /(?<=7)EXAMPLE(?!_)/
pattern word = /\bok\b/
pattern inner = /SFOD/
pattern gap = /(?<=O)(?=S)/
guard g on input {
    max 500 chars on fail filter
"""


def guard(*rules: str) -> Guard:
    compilation = compile_text(PREAMBLE + "".join(f"    {rule}\n" for rule in rules) + "}\n")
    assert compilation.plan is not None, compilation.diagnostics
    return Plan(compilation.plan).guard("g")


@pytest.fixture
def show(capsys) -> Callable[..., str]:
    """The block of one text, without its white space: lines are broken anywhere."""

    def run(judged_by: Guard, text: str, *, clear: bool = False) -> str:
        VerdictPrinter(clear=clear).show(Message(1, text), judged_by.validate(text), 0)
        return "".join(capsys.readouterr().out.split())

    return run


UNSURE = "output(notshown:itmayholdpartofwhatwasfound;--clearshowsit)"


@pytest.mark.parametrize(
    ("rules", "shown"),
    [
        (["lower case on fail fix"], "outputkeya•••ok"),
        (["upper case on fail fix"], "outputKEYA•••OK"),
        (["chars <= 20 on fail fix"], "outputkeyA•••"),
        (["chars <= 3 on fail fix"], "outputkey"),
        (["no tail on fail fix"], UNSURE),
        (["no gap on fail fix"], UNSURE),
        (["no word on fail fix"], "outputkeyA•••[word]"),
        (["no word on fail fix", "chars <= 20 on fail fix"], "outputkeyA•••"),
        (["no word on fail fix", "lower case on fail fix"], "outputkeya•••[word]"),
        (["no word on fail fix", "lower case on fail fix", "chars <= 9 on fail fix"], "outputkeya•••"),
        (['starts with "> " on fail fix', 'ends with "!" on fail fix'], "output>keyA•••ok!"),
        (['starts with "> " on fail fix', "lower case on fail fix"], UNSURE),
        (['no word on fail fix to "withheld"'], "outputwithheld"),
        (['one of "yes", "YES" on fail fix to "yes"', "upper case on fail fix"], "outputYES"),
    ],
)
def test_a_finding_that_a_rule_only_reports_stays_hidden(show, rules, shown):
    judged_by = guard("no key on fail noop", *rules)
    found = show(judged_by, TEXT)
    assert found.endswith(shown)
    lowered = found.lower()
    assert not any(KEY.lower()[at : at + 4] in lowered for at in range(len(KEY) - 3))
    assert judged_by.validate(TEXT).output is not None
    assert "•" not in show(judged_by, TEXT, clear=True)


def test_what_was_replaced_does_not_hide_the_output(show):
    found = show(guard("no key on fail fix", "lower case on fail fix"), TEXT)
    assert found.endswith("outputkey[key]ok")


def test_a_whole_copy_elsewhere_does_not_stand_for_one_that_was_cut(show):
    text = f"_{KEY}_ {KEY}"  # the first is no finding, and `tail` leaves it whole
    judged_by = guard("no key on fail noop", "no tail on fail fix")
    assert judged_by.validate(text).output == f"_{KEY}_ {KEY[:13]}[tail]"
    assert show(judged_by, text).endswith(UNSURE)


@pytest.mark.parametrize("place", [(3, 4), (3, 3)])
def test_a_fix_inside_a_finding_makes_the_output_unsure(place):
    text = "SECRET" + "-SECRET"
    outcome = SimpleNamespace(
        output="SEC[x]RET-SECRET",
        action="fix",
        failures=[
            SimpleNamespace(rule="a", validator="no", action="noop", error=None, spans=((0, 6, "a"),), fix=None),
            SimpleNamespace(
                rule="b", validator="no", action="fix", error=None, spans=((*place, "b"),), fix="SEC[x]RET-SECRET"
            ),
        ],
    )
    assert loose_marks(text, outcome) is None  # type: ignore[arg-type]


def test_letters_that_become_two_move_everything_behind_them(show):
    judged_by = guard("no key on fail noop", "upper case on fail fix")
    text = f"{'ß' * 15} {KEY}"
    assert judged_by.validate(text).output == f"{'SS' * 15} {KEY}"
    assert show(judged_by, text).endswith(UNSURE)


def test_too_much_to_compare_is_not_shown():
    spans = ((0, 50_000, "a"),)
    failures = [
        SimpleNamespace(rule="no a", validator="no", action="noop", error=None, spans=spans, fix=None),
        SimpleNamespace(
            rule="ends", validator="ends with", action="fix", error=None, spans=(), fix="a" * 100_000 + "!"
        ),
    ]
    outcome = SimpleNamespace(output="a" * 100_000 + "!", action="fix", failures=failures)
    assert loose_marks("a" * 100_000, outcome) is None  # type: ignore[arg-type]


def test_a_text_above_the_limit_is_not_shown(show):
    judged_by = guard("no key on fail noop")
    text = f"{TEXT} {'x' * 500}"
    assert "text(528characters,notshown:noteverythingwaslookedforinit;--clearshowsit)" in show(judged_by, text)
    assert KEY not in show(judged_by, text)
    assert KEY in show(judged_by, text, clear=True)


def test_a_text_that_a_rule_could_not_look_at_is_not_shown(show):
    compilation = compile_text(
        "edition 1\npattern key = /AKIA/\nmetadata {\n    age number\n}\n"
        "guard g on input {\n    when age > 3: no key on fail filter on error noop\n    lower case on fail fix\n}\n"
    )
    assert compilation.plan is not None, compilation.diagnostics
    found = show(Plan(compilation.plan).guard("g"), TEXT)
    assert "notshown" in found
    assert "akia" not in found.lower()


RULES = (
    "no tail on fail fix",
    "no inner on fail fix",
    "no gap on fail fix",
    'no word on fail fix with "<{mask}>"',
    'no word on fail fix to "gone"',
    "chars <= 30 on fail fix",
    "words <= 4 on fail fix",
    "bytes <= 45 on fail fix",
    "lower case on fail fix",
    "upper case on fail fix",
    'starts with "> " on fail fix',
    'ends with "!" on fail fix_reask',
    'one of "a", "b" on fail fix to "a"',
)


def test_no_part_of_what_was_found_is_ever_shown(show):
    random_ = random.Random(20)
    pieces = ("ok", "so", "é", "ß", "İ", "Σ", "\n", "-", "many", "7")
    fixed = 0
    for _ in range(120):
        judged_by = guard("no key on fail noop", *random_.sample(RULES, random_.randint(1, 4)))
        for _ in range(12):
            keys = [
                "AKIA" + "".join(random_.choices("BCDGHJ0123456789", k=3)) + random_.choice(("OSFOD7", "QRTUVW")) + end
                for end in ("EXAMPLE", "LMNPZKQ")
            ]
            parts = random_.choices(pieces, k=random_.randint(0, 8))
            for key in random_.choices(keys, k=random_.randint(1, 3)):
                parts.insert(random_.randint(0, len(parts)), key)
            text = " ".join(parts)
            outcome = judged_by.validate(text)
            fixed += verdict(outcome) == "fixed"
            shown = show(judged_by, text).lower()
            for key, at in itertools.product(keys, range(15)):
                assert key[at : at + 6].lower() not in shown, (text, outcome)
    assert fixed > 300
