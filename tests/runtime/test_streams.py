"""What leaves a stream, and when: rules of each kind, as people write them."""

from __future__ import annotations

import pytest
from stream_policies import HEAD, fed, guard

from guardc.compiler import compile_text
from guardc.runtime import load

# --- findings ---------------------------------------------------------------------------------------------------------


def test_a_finding_is_replaced_as_soon_as_it_is_one_or_none():
    made = guard('no order on fail fix with "[an order]"')
    assert fed(made, "see O", "RD-1", "234", "5 and ORD-12", "34.") == [
        "see ",
        "",
        "",
        "ORD-12345 and ",
        "[an order].",
        "",
    ]


def test_only_what_may_be_the_begin_of_a_finding_waits():
    made = guard("no secret on fail fix")
    assert fed(made, "monkey", "_", "ab", " ") == ["mon", "", "", "key_ab ", ""]


def test_the_end_of_the_text_decides_what_waited():
    made = guard("no secret on fail fix")
    assert fed(made, "a key_abc") == ["a ", "[secret]"]
    assert fed(made, "a key_ab") == ["a ", "key_ab"]


def test_a_word_waits_for_the_end_of_the_word():
    made = guard("no rivals on fail fix")
    assert fed(made, "by Globex", "s and globex", ".") == ["by ", "Globexs and ", "[rivals].", ""]


def test_an_entry_of_two_words_may_have_any_white_space_between():
    made = guard("no spaced on fail fix")
    assert fed(made, "at initech", "  \n ", "cloud", "!") == ["at ", "", "", "[spaced]!", ""]


@pytest.mark.parametrize(
    ("regex", "unit"),
    [
        (r"a[^bc]*b", "a"),
        (r'"[^"\n]*"x', '"'),
        (r"[a-z]+@[a-z]+\.com", "a@"),
        (r"[a-z]*key=[a-z]*!", "key="),
        (r"(?:a|aa)+$", "a"),
    ],
)
@pytest.mark.parametrize("size", [100, 400_000])
def test_hostile_texts_end(regex, unit, size):
    # A quadratic search would read some 10^10 characters here and run into the time limit of any CI.
    rules = "hold at most 500_000 chars on fail exception\nno long on fail fix"
    plan = compile_text(f"edition 1\npattern long = /{regex}/\nguard g on output stream {{\n{rules}\n}}\n").plan
    assert plan is not None
    stream = load(plan).guard("g").stream()
    text = unit * (200_000 // len(unit)) + "c\n"
    for at in range(0, len(text), size):
        stream.feed(text[at : at + size])
    assert stream.held == 0


def test_an_excepted_finding_leaves():
    made = guard("no email except order, secret on fail fix", "no secret except order on fail exception")
    assert "".join(fed(made, "ann@mail.com or", " ORD-1234")) == "[email] or ORD-1234"


def test_an_exception_stops_before_the_finding():
    stream = guard("no secret on fail exception").stream()
    assert stream.feed("it is key_") == "it is "
    assert stream.feed("abc and more") == ""
    assert stream.stopped
    assert stream.outcome is not None
    assert stream.released == "it is "
    (failure,) = stream.outcome.failures
    assert (failure.rule, failure.action, [tuple(span)[:2] for span in failure.spans]) == (
        "no secret",
        "exception",
        [(6, 13)],
    )
    assert (stream.outcome.passed, stream.outcome.output, stream.outcome.action) == (False, None, "exception")


@pytest.mark.parametrize(("action", "output"), [("refrain", ""), ("filter", None), ("exception", None)])
def test_the_action_of_a_stop_decides_the_output(action, output):
    stream = guard(f"no secret on fail {action}").stream()
    stream.feed("a key_abc b")
    assert stream.outcome is not None
    assert (stream.stopped, stream.outcome.action, stream.outcome.output) == (True, action, output)


def test_of_two_stops_at_one_place_the_stronger_action_decides():
    stream = guard("no email on fail filter", "no order, email on fail exception").stream()
    stream.feed("ann@mail.com and")
    assert stream.outcome is not None
    assert stream.outcome.action == "exception"
    assert [failure.rule for failure in stream.outcome.failures] == ["no email", "no order, email"]


def test_findings_before_a_stop_are_fixed():
    stream = guard("no email on fail fix", "no secret on fail exception").stream()
    assert stream.feed("ann@mail.com: key_abcd!") == "[email]: "
    assert stream.stopped


def test_a_fix_that_makes_a_finding_stops_before_it():
    made = guard('no order on fail fix with "key_abc"', "no secret on fail fix")
    stream = made.stream()
    assert stream.feed("see ORD-1234 there") == "see "
    assert stream.stopped
    assert stream.outcome is not None
    assert [failure.rule for failure in stream.outcome.unresolved] == ["no secret"]


@pytest.mark.parametrize("more", ["", "b", "bcd"])
def test_what_is_known_where_the_fixed_text_stops_does_not_depend_on_what_has_come(more):
    # `ab` is cut off by the finding before it, and what stands in its place stops the stream. The finding that begins
    # where the replaced part of it does is of no account: it may or may not have come.
    source = """
edition 1
pattern three = /[a-z]{3}/
pattern ab    = /ab/
guard g on output stream {
    no three on fail fix with ""
    no ab on fail fix with "ab!"
}
"""
    compilation = compile_text(source)
    assert compilation.plan is not None
    stream = load(compilation.plan).guard("g").stream()
    stream.feed("xyab" + more)
    stream.feed("bcd ")
    assert stream.outcome is not None
    assert stream.stopped
    found = {failure.rule: [tuple(span)[:2] for span in failure.spans] for failure in stream.outcome.failures}
    assert found == {"no three": [(0, 3)], "no ab": [(2, 4)]}


def test_a_rule_that_only_reports_holds_nothing():
    made = guard("no secret on fail noop")
    stream = made.stream()
    assert stream.feed("key_a") == "key_a"
    assert stream.feed("bc") == "bc"
    assert stream.close() == ""
    assert stream.outcome is not None
    assert stream.outcome.passed
    assert [failure.rule for failure in stream.outcome.failures] == ["no secret"]


# --- limits -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "pieces", "left"),
    [
        ("chars <= 5", ["abc", "def", "g"], ["abc", "de", "", ""]),
        ("bytes <= 4", ["aé", "é", "b"], ["aé", "", "", ""]),
        ("words <= 2", ["one two", " ", " three"], ["one two", "", "", ""]),
        ("words <= 2", ["one two", " ", " "], ["one two", "", "", "  "]),
        ("words <= 2", ["one tw", "o", " \n"], ["one tw", "o", "", " \n"]),
        ("lines <= 1", ["one\r", "\ntwo"], ["one", "", ""]),
        ("lines <= 1", ["one\r", "\n"], ["one", "", "\r\n"]),
        ("lines <= 2", ["a\nb", "\u2028", "c"], ["a\nb", "", "", ""]),
        ("reading time < 1 s", ["one two three", " four"], ["one two three", "", ""]),
    ],
)
def test_a_limit_cuts_the_text(rule, pieces, left):
    assert fed(guard(f"{rule} on fail fix"), *pieces) == left


@pytest.mark.parametrize(
    ("rule", "text", "left"),
    [
        ("max 5 chars", "abcdefg", "abcde"),
        ("max 4 bytes", "aééb", "aé"),
        ("chars <= 5", "abcdefg", "abcde"),
        ("bytes <= 4", "aééb", "aé"),
        ("words <= 2", "one two  three", "one two  "),
        ("lines <= 1", "one\r\ntwo", "one\r\n"),
        ("reading time < 1 s", "one two three four", "one two three "),
        ("count(rivals) <= 1", "Globex or globex or", "Globex or "),
        ("lower case", "abCd", "ab"),
        ("upper case", "ABßC", "AB"),
    ],
)
def test_a_limit_with_an_action_that_stops_does_so_where_it_is_passed(rule, text, left):
    for size in (1, 3, len(text)):
        stream = guard(f"{rule} on fail exception").stream()
        released = "".join(stream.feed(text[at : at + size]) for at in range(0, len(text), size))
        assert (released, stream.stopped) == (left, True)
        assert stream.outcome is not None
        assert [failure.action for failure in stream.outcome.failures] == ["exception"]


def test_what_a_limit_cuts_off_is_judged():
    stream = guard("chars <= 3 on fail fix", "no secret on fail exception").stream()
    assert stream.feed("abc key_abc.") == "abc"
    assert stream.stopped


def test_a_fixed_text_is_cut():
    made = guard('no secret on fail fix with "#"', "chars <= 4 on fail fix")
    assert "".join(fed(made, "a key_ab", "c, b")) == "a #,"


def test_a_count_without_an_end_holds_nothing():
    assert fed(guard("count(secret) >= 0 on fail exception"), "key_", "abc") == ["key_", "abc", ""]


def test_what_is_cut_off_is_not_held_back():
    stream = guard("chars <= 3 on fail fix", "words >= 3 on fail exception").stream()
    assert stream.feed("abcdefghi") == ""
    assert stream.held == 3
    stream = guard("chars <= 3 on fail fix").stream()
    assert stream.feed("abcdefghi") == "abc"
    assert stream.held == 0


# --- gates ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "pieces", "left"),
    [
        ("chars >= 4", ["ab", "c", "de", "f"], ["", "", "abcde", "f", ""]),
        ("words >= 2", ["one ", "t", "wo"], ["", "one t", "wo", ""]),
        ("lines >= 2", ["a\n", "b"], ["", "a\nb", ""]),
        ("bytes >= 3", ["a", "é", "b"], ["", "aé", "b", ""]),
        ("reading time > 0.3 s", ["one ", "t", "wo"], ["", "one t", "wo", ""]),
        ("count(rivals) >= 2", ["Globex ", "Umbrella", " a"], ["", "", "Globex Umbrella a", ""]),
        ("has order", ["ORD-", "1234", ", b"], ["", "", "ORD-1234, b", ""]),
        ('contains "STRASSE" ignore case', ["Stra", "ße", "!"], ["", "Straße", "!", ""]),
        ('starts with "Dear"', ["De", "ar", " Ann"], ["", "Dear", " Ann", ""]),
    ],
)
def test_a_gate_holds_everything_until_it_opens(rule, pieces, left):
    assert fed(guard(f"{rule} on fail exception"), *pieces) == left


def test_a_gate_waits_for_what_is_decided():
    made = guard("chars >= 4 on fail exception", "no secret on fail exception")
    assert fed(made, "abc", "key_", "abz", "!") == ["", "", "", "", ""]
    assert fed(made, "abc", "key_", "!") == ["", "", "abckey_!", ""]


def test_a_gate_holds_no_more_of_a_fixed_text_than_there_is():
    stream = guard('no secret on fail fix with ""', "chars >= 4 on fail exception").stream()
    assert stream.feed("abkey_abcdefgh" + "key_abcdefgh" * 20) == ""
    assert stream.held <= 2 + 12


def test_a_gate_that_never_opens_fails_at_the_end():
    stream = guard("has order on fail refrain").stream()
    assert stream.feed("nothing here") == ""
    assert stream.held == 12
    assert not stream.stopped
    assert stream.close() == ""
    assert stream.outcome is not None
    assert (stream.stopped, stream.outcome.action, stream.released) == (False, "refrain", "")


def test_what_cannot_start_right_any_more_stops():
    stream = guard('starts with "Dear" on fail exception').stream()
    assert stream.feed("De") == ""
    assert stream.feed("an") == ""
    assert stream.stopped


# --- whole texts, and the end -----------------------------------------------------------------------------------------


def test_a_rule_about_the_whole_text_holds_all_of_it():
    made = guard("json on fail exception")
    assert fed(made, "[1,", " 2]") == ["", "", "[1, 2]"]
    assert fed(made, "[1,", " 2") == ["", "", ""]


def test_a_rule_at_the_end_lets_the_text_leave_and_is_judged():
    stream = guard('ends with "." at end on fail reask "Finish."').stream()
    assert [stream.feed("Hello"), stream.feed(" you")] == ["Hello", " you"]
    assert stream.close() == ""
    assert stream.outcome is not None
    assert (stream.outcome.passed, stream.outcome.action, stream.released) == (False, "reask", "Hello you")


def test_normalize_holds_all_of_the_text():
    made = guard("normalize invisible", "no rivals on fail fix")
    assert fed(made, "a Glo", "\u200bbex b") == ["", "", "a [rivals] b"]


def test_code_of_the_service_is_called_once_with_the_whole_text():
    seen: list[str] = []

    def polite(text: str) -> bool:
        seen.append(text)
        return True

    made = guard("polite on fail exception", polite=polite)
    assert fed(made, "to ", "Ann") == ["", "", "to Ann"]
    assert seen == ["to Ann"]


# --- conditions -------------------------------------------------------------------------------------------------------


def test_conditions_are_judged_when_the_stream_is_opened():
    made = guard('when tier == "free": no rivals on fail fix')
    metadata = {"tier": "paid"}
    stream = made.stream(metadata)
    assert stream.feed("Globex") == "Globex"
    assert made.stream({"tier": "free"}).feed("Globex") == ""
    assert made.stream().feed("Globex, ") == "[rivals], "


def test_a_condition_that_fails_waits_for_the_end():
    stream = guard("when age > 17: no rivals on fail noop on error exception").stream({"age": "old"})
    assert stream.feed("hello") == ""
    assert stream.close() == ""
    assert stream.outcome is not None
    assert stream.outcome.failures[0].error is not None


# --- what may be held -------------------------------------------------------------------------------------------------


def ending(most: int, spaces: int, size: int) -> tuple[str, bool]:
    """What leaves of a text of which `7 + spaces` characters are held back, and whether that was too much."""
    source = HEAD.replace("custom predicate polite\n", "")
    source = source.replace("1000 chars on fail exception", f"{most} chars on fail refrain")
    compilation = compile_text(source % "no spaced on fail exception")
    assert compilation.plan is not None
    stream = load(compilation.plan).guard("reply").stream()
    text = "to initech" + " " * spaces + "a"
    released = "".join(stream.feed(text[at : at + size]) for at in range(0, len(text), size)) + stream.close()
    assert stream.outcome is not None
    if stream.stopped:
        (failure,) = stream.outcome.failures
        assert (failure.rule, failure.validator, failure.action) == ("hold", "chars", "refrain")
    return released, stream.stopped


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("most", [7, 16, 17, 40, 100])
def test_a_stream_that_would_hold_more_ends(most, size):
    fits = most - 7
    assert ending(most, fits, size) == ("to initech" + " " * fits + "a", False)
    assert ending(most, most - 6, size) == ("to ", True)
