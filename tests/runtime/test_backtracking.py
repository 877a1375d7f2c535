r"""Patterns with `backtracking`: what they find, and what happens if they find nothing in time."""

from __future__ import annotations

import os
import random
import re
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import generate
import mutate
import pytest
import reference
from processes import PATIENCE, children, eventually, runs, zombies

from guardc.compiler import compile_text
from guardc.fastpath import layout
from guardc.fastpath.errors import SearchError
from guardc.policy import render
from guardc.runtime import Guard, PlanError, load
from guardc.runtime.backtracking import pool as pools
from guardc.runtime.backtracking import process as processes
from guardc.runtime.backtracking import worker
from guardc.runtime.backtracking.search import Search

BOMB = r"pattern bomb = /(a+)+\1b/ backtracking within 50 ms"
LONG_BOMB = r"pattern bomb = /(a+)+\1b/ backtracking within 60 s"
TWICE = r"pattern twice = /(\w+) \1/ backtracking within 30 s"
FATAL = "a" * 200
"""A text that keeps `re` busy for ages."""
IF_FATAL = "metadata {\nfatal bool = false\n}"
"""With `when fatal:` a short limit is for such texts only, and no other passes it on a busy machine."""
DOUBLED = "so so good"


def plan_of(rules: str, before: str) -> bytes:
    compilation = compile_text(f"edition 1\n{before}\nguard g on input {{\n{rules}\n}}\n")
    assert compilation.plan is not None, render(compilation.diagnostics)
    return compilation.plan


def guard_of(rules: str, before: str, **handlers: Any) -> Guard:
    return load(plan_of(rules, before), handlers=handlers).guard("g")


def spans(guard: Guard, text: str) -> list[tuple[int, int]]:
    """Where the one rule, a `no`, found something."""
    failures = guard.validate(text).failures
    assert all(failure.error is None for failure in failures), failures
    return [(start, end) for failure in failures for start, end, _ in failure.spans]


@contextmanager
def at_once() -> Iterator[None]:
    """Fails if it takes so long that something must have waited for a search without an end."""
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < PATIENCE


# --- what is found ----------------------------------------------------------------------------------------------------

REGEXES = [
    (r"\b(\w+) \1\b", ""),
    (r"\b(\w+)\s+\1\b", "i"),
    (r"(.)\1", "s"),
    (r"(.)\1+", ""),
    (r"(\w)(\w)\2\1", "a"),
    (r"(?P<sign>[\"'`]).*?(?P=sign)", ""),
    (r"^(\s*)\S.*\n\1\S", "m"),
    (r"\w+(?=, \w+)", ""),
    (r"(?<=ab)c|(?<!abc)d", ""),
    (r"(a)?b(?(1)c|d)", ""),
    (r"(?>a|ab)c", ""),
    (r"( a | b ) \1  # twice", "x"),
    (r"(|x)\1", ""),
    (r"([\ud800-\udfff])\1", ""),
    (r"(\x00)\1", ""),
    (r"(😀|я)\1", ""),
    (r"(ſ|k)\1", "i"),
    (r"()(\d*)\2$", ""),
]
TEXTS = [
    "",
    "so so good, no No no, so",
    "abba ab\nb aa\n\naaaa",
    "\"it's\" `x` 'y\" ''",
    "  if x:\n  y\n z\n z",
    "\ud800\ud800 \udfff\ud83d\ude00 \U0001f600\U0001f600",
    "\x00\x00a\x00\x00",
    "яя 😀😀😀 漢漢 яЯ",
    "ſs Kk \u212ak kK",
    "abc abd bd abcd c, d, e",
    "1212 3434\n",
]


@pytest.mark.parametrize(("regex", "flags"), REGEXES)
def test_finds_what_re_finds(regex: str, flags: str) -> None:
    body = regex.encode("ascii", "backslashreplace").decode().replace("/", r"\/")
    guard = guard_of("no p on fail noop", f"pattern p = /{body}/{flags} backtracking within 30 s")
    whole = guard_of("is p on fail noop", f"pattern p = /{body}/{flags} backtracking within 30 s")
    expected = re.compile(regex, sum(getattr(re, flag.upper()) for flag in flags))
    rng = random.Random(regex)
    for text in [*TEXTS, *(generate.random_text(rng) for _ in range(40))]:
        # A rule reports the longer of two findings at one place first; `re` never has two but for an empty one.
        assert sorted(spans(guard, text)) == [match.span() for match in expected.finditer(text)], (regex, text)
        assert (not whole.validate(text).failures) == bool(expected.fullmatch(text)), (regex, text)


@pytest.mark.parametrize(
    ("rules", "passed", "output"),
    [
        ("no twice on fail fix", True, "[twice] good"),
        ('no twice on fail fix with "<{kind} {mask}>"', True, "<twice *****> good"),
        ("no twice on fail refrain", False, ""),
        ("no twice except all", True, DOUBLED),
        ("has twice", True, DOUBLED),
        ("has twice except all on fail filter", False, None),
        ("is twice on fail filter", False, None),
        ("is all except twice", True, DOUBLED),
        ("count(twice) == 1", True, DOUBLED),
        ("count(twice, all) <= 1 on fail refrain", False, ""),
        ("when tier == 1: no twice", True, DOUBLED),
    ],
)
def test_stands_where_any_detector_stands(rules: str, passed: bool, output: str | None) -> None:
    before = f"{TWICE}\npattern all = /(?s:.+)/\nmetadata {{\ntier number = 0\n}}"
    outcome = guard_of(rules, before).validate(DOUBLED)
    assert (outcome.passed, outcome.output) == (passed, output)


def test_checks_are_those_of_any_pattern() -> None:
    before = r"pattern p = /(\w\w)[\w -]*(?!\1)/ backtracking within 30 s where CHECK"
    rng = random.Random(7)
    for check in ("luhn", "mod97"):
        policy = compile_text("edition 1\n" + before.replace("CHECK", check) + "\nguard g on input {\nno p\n}\n").policy
        assert policy is not None
        guard = guard_of("no p on fail noop", before.replace("CHECK", check))
        found = 0
        for _ in range(150):
            text = generate.random_text(rng)
            expected = reference.find(policy.detectors["p"], text)
            assert spans(guard, text) == expected, (check, text)
            found += len(expected)
        assert found


@pytest.mark.parametrize("check", ["luhn", "mod97"])
def test_checksums_are_those_of_the_reference(check: str) -> None:
    rng = random.Random(check)
    passed = 0
    for _ in range(20_000):
        text = "".join(rng.choice("0123456789٣٤ -WEST\x85é") for _ in range(rng.randint(0, 9)))
        passed += getattr(worker, check)(text)
        assert getattr(worker, check)(text) == reference.CHECKS[check](text), text
    assert passed
    assert [one.__name__ for one in worker.CHECKS] == list(layout.APART_CHECKS)


def test_long_texts_and_many_findings_travel_whole() -> None:
    guard = guard_of("no p on fail noop", r"pattern p = /(.)\1/s backtracking within 60 s")
    text = "aab😀😀\ud800\ud800\x00" * 100_000
    assert spans(guard, text) == [match.span() for match in re.finditer(r"(?s)(.)\1", text)]


def test_a_text_above_the_limit_is_not_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "find", None)
    assert guard_of("max 3 chars on fail refrain\nno bomb", BOMB).validate(FATAL).action == "refrain"


def test_a_text_is_searched_once_however_many_rules_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def find(search: Search, text: str, *, whole: bool) -> list[tuple[int, int]]:
        asked.append((search.name, whole))
        if search.name == "bomb":
            raise SearchError("too long")
        return [(0, 2)]

    monkeypatch.setattr(pools, "find", find)
    rules = "no bomb\nno bomb, twice\ncount(twice, other) <= 0 on fail noop\nhas bomb except twice\nis twice\nis other"
    outcome = guard_of(rules, f"{BOMB}\n{TWICE}\n{TWICE.replace('twice', 'other')}").validate("some text")
    assert asked == [("bomb", False), ("twice", False), ("twice", True)]
    assert [failure.error for failure in outcome.failures] == ["too long", "too long", None, "too long", None, None]


# --- what is not found in time ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clauses", "action", "output"),
    [
        ("", "exception", None),
        ("on error refrain", "refrain", ""),
        ("on error filter", "filter", None),
        ("on error noop", "noop", FATAL),
    ],
)
@pytest.mark.parametrize("rule", ["no bomb on fail fix", "has bomb on fail noop", "count(bomb) <= 3 on fail noop"])
def test_a_search_without_end_ends_as_the_rule_says(rule: str, clauses: str, action: str, output: str | None) -> None:
    with at_once():
        outcome = guard_of(f"{rule} {clauses}", BOMB).validate(FATAL)
    assert (outcome.action, outcome.output, outcome.passed) == (action, output, action == "noop")
    (failure,) = outcome.failures
    assert failure.error == "the search for `bomb` took longer than 50 ms"
    assert isinstance(failure.cause, SearchError)
    assert "aaa" not in repr(outcome) + repr(failure) + str(outcome.error)


def test_is_has_the_same_limit() -> None:
    with at_once():
        outcome = guard_of("is bomb on fail noop", BOMB).validate(FATAL)
    assert outcome.action == "exception"


def test_the_other_rules_are_judged_and_the_next_text_as_well() -> None:
    guard = guard_of("when fatal: no bomb on error refrain\nno twice on fail fix", f"{BOMB}\n{TWICE}\n{IF_FATAL}")
    for _ in range(3):
        outcome = guard.validate(f"{DOUBLED} {FATAL}", {"fatal": True})
        assert outcome.action == "refrain"
        assert [tuple(span) for span in outcome.failures[1].spans] == [(0, 5, "twice")]
        assert guard.validate(DOUBLED).output == "[twice] good"
    assert not zombies()


def test_a_killed_process_is_an_error_and_the_next_call_works() -> None:
    guard = guard_of("no bomb on error refrain", LONG_BOMB)
    before = children()
    ended: list[Any] = []
    thread = threading.Thread(target=lambda: ended.append(guard.validate(FATAL)))
    thread.start()

    def kill() -> bool:
        # One that was idle before may have taken the text.
        for pid in children() | before:
            if runs(pid):
                os.kill(pid, signal.SIGKILL)
        thread.join(0.05)
        return not thread.is_alive()

    with at_once():
        assert eventually(kill)
    (outcome,) = ended
    assert outcome.action == "refrain"
    assert outcome.failures[0].error in (
        "the process that searched for `bomb` ended",
        "the process to search for `bomb` ended before it was ready",
    )
    assert guard.validate("aaaab").failures[0].spans
    assert not zombies()


def test_an_idle_process_that_was_killed_is_replaced() -> None:
    guard = guard_of("no twice on fail fix", TWICE)
    guard.validate("a text")
    for pid in children():
        os.kill(pid, signal.SIGKILL)
        assert eventually(lambda pid=pid: not runs(pid))
    assert guard.validate(DOUBLED).output == "[twice] good"
    assert not zombies()


def test_a_stopped_process_is_killed_at_the_limit() -> None:
    guard = guard_of("no bomb", BOMB)
    guard.validate("a text")
    stopped = children()
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    with at_once():
        assert guard.validate("a text").failures[0].error == "the search for `bomb` took longer than 50 ms"
    for pid in stopped:
        if runs(pid):
            os.kill(pid, signal.SIGCONT)


def test_a_regex_that_re_refuses_is_an_error_of_the_rule() -> None:
    # As a plan may hold one that was compiled with another version of Python.
    plan = plan_of("no twice on error refrain", TWICE).replace(rb"(\w+) \1", rb"(\w+) \9")
    outcome = load(mutate.repair_checksums(plan)).guard("g").validate(DOUBLED)
    assert outcome.action == "refrain"
    assert outcome.failures[0].error in (
        "the search for `twice` raised error",
        "the search for `twice` raised PatternError",
    )


def test_an_interpreter_that_is_not_there_is_an_error_of_the_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "find", pools.Pool().find)
    guard = guard_of("no twice", TWICE)
    for executable, why in (("", "there is no Python interpreter"), ("/nothing/here", "No such file or directory")):
        monkeypatch.setattr(sys, "executable", executable)
        error = guard.validate(DOUBLED).failures[0].error
        assert error == f"the process to search for `twice` cannot be started: {why}"


def test_what_is_no_worker_is_an_error_of_the_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "find", pools.Pool().find)
    monkeypatch.setattr(processes, "PROGRAM", "/dev/null")
    outcome = guard_of("no twice", TWICE).validate(DOUBLED)
    assert outcome.failures[0].error == "the process to search for `twice` ended before it was ready"


# --- the processes ----------------------------------------------------------------------------------------------------


def test_there_are_never_more_processes_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = pools.Pool(most=2)
    monkeypatch.setattr(pools, "find", pool.find)
    others = children()
    guard = guard_of("no bomb on error refrain", LONG_BOMB.replace("60 s", "1 s"))
    threads = [threading.Thread(target=guard.validate, args=(FATAL,)) for _ in range(6)]
    most = 0
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        most = max(most, len(children() - others))
    assert most == 2
    pool.close()
    assert children() <= others


def test_waiting_for_a_process_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "PATIENCE", 0.2)
    pool = pools.Pool(most=0)
    with at_once(), pytest.raises(SearchError, match="no process was free to search for `x`"):
        pool.find(Search("x", "(a)", "", 50, 0), "a", whole=False)


def test_a_closed_pool_searches_no_more() -> None:
    pool = pools.Pool(most=1)
    search = Search("x", "a", "", 30_000, 0)
    assert pool.find(search, "aba", whole=False) == [(0, 1), (2, 3)]
    pool.close()
    with pytest.raises(SearchError, match="about to end"):
        pool.find(search, "a", whole=False)


def test_a_process_forgets_regexes_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "KNOWN", 3)
    pool = pools.Pool(most=1)
    for number in range(10):
        assert pool.find(Search("x", f"a{{{number + 1}}}", "", 30_000, 0), "a" * 9, whole=True) == [(0, 9)] * (
            number == 8
        )
    pool.close()


def test_an_interrupt_from_the_keyboard_does_not_reach_the_processes() -> None:
    guard_of("no twice", TWICE).validate(DOUBLED)
    groups = {os.getpgid(pid) for pid in children()}
    assert groups
    assert os.getpgid(0) not in groups


def test_many_threads_share_the_processes() -> None:
    guard = guard_of("no twice on fail fix\nwhen fatal: no bomb on error noop", f"{TWICE}\n{BOMB}\n{IF_FATAL}")
    wrong: list[Any] = []

    def work(number: int) -> None:
        for n in range(15):
            fatal = n % 5 == 0
            text = f"{number} {number} {'я😀'[n % 2]} {n}{FATAL * fatal}"
            outcome = guard.validate(text, {"fatal": fatal})
            late = sum(failure.error is not None for failure in outcome.failures)
            if outcome.output != text.replace(f"{number} {number}", "[twice]", 1) or late != fatal:
                wrong.append((text, outcome))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(11, 23)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    assert not wrong
    assert len(children()) <= pools.MOST
    assert not zombies()


# --- whole programs ---------------------------------------------------------------------------------------------------

PROGRAM = """
import faulthandler, os, signal, sys, threading
sys.path[:0] = {path!r}
import processes
import guardc
plan = guardc.load({plan!r})
guard = plan.guard("g")
"""


def program(tmp_path: Any, body: str) -> str:
    plan = tmp_path / "g.plan"
    plan.write_bytes(plan_of("no twice on fail fix on error refrain\nno bomb on error noop", f"{TWICE}\n{LONG_BOMB}"))
    path = [entry for entry in sys.path if entry.endswith("support")]
    return PROGRAM.format(path=path, plan=str(plan)) + body


def run(tmp_path: Any, body: str) -> list[str]:
    command = [sys.executable, "-W", "error", "-c", program(tmp_path, body)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=2 * PATIENCE, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout.split()


def test_loading_starts_nothing_and_imports_little(tmp_path: Any) -> None:
    body = """
heavy = {"subprocess", "socket", "guardc.runtime.backtracking.pool", "guardc.runtime.backtracking.worker"}
print(len(heavy & set(sys.modules)), len(processes.children()))
assert guard.validate("so so good").output == "[twice] good"
print(len(processes.children()))
"""
    body = "\n".join(line for line in body.splitlines() if line)
    assert run(tmp_path, body) == ["0", "0", "1"]


def test_nothing_is_left_at_the_end(tmp_path: Any) -> None:
    body = """
assert guard.validate("so so good").output == "[twice] good"
for _ in range(3):  # busy when the interpreter ends
    threading.Thread(target=guard.validate, args=("a" * 200,), daemon=True).start()
assert processes.eventually(lambda: len(processes.children()) > 1)
print(*processes.children())
"""
    left = run(tmp_path, body)
    assert len(left) > 1
    assert not any(runs(int(pid)) for pid in left)


@pytest.mark.parametrize("text", ["so so good", FATAL])
def test_a_crash_leaves_nothing(tmp_path: Any, text: str) -> None:
    # An alarm that the service holds back is none of the process's business.
    body = f"""
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
signal.signal(signal.SIGALRM, signal.SIG_IGN)
threading.Thread(target=guard.validate, args=({text!r},), daemon=True).start()
assert processes.eventually(processes.children)
print(*processes.children(), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    source = program(tmp_path, body)
    plan = tmp_path / "g.plan"
    plan.write_bytes(plan_of("no twice\nno bomb", f"{TWICE}\n{BOMB.replace('50 ms', '2 s')}"))
    ran = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    (pid,) = ran.stdout.split()
    assert eventually(lambda: not runs(int(pid)))


def test_forks_have_processes_of_their_own(tmp_path: Any) -> None:
    body = """
assert guard.validate("so so good").output == "[twice] good"
mine = processes.children()
assert mine
child = os.fork()
if child == 0:
    assert not processes.children()
    assert guard.validate("no no good").output == "[twice] good"
    assert len(processes.children()) == 1
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
assert processes.children() == mine
assert guard.validate("so so good").output == "[twice] good"
assert processes.children() == mine
print("good")
"""
    assert run(tmp_path, body) == ["good"]


def test_forks_while_threads_search(tmp_path: Any) -> None:
    body = """
def work():
    for _ in range(40):
        assert guard.validate("so so good").output == "[twice] good"
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for _ in range(10):
    child = os.fork()
    if child == 0:
        faulthandler.dump_traceback_later(20, exit=True)
        good = guard.validate("no no good").output == "[twice] good"
        os._exit(not good)
    assert os.waitpid(child, 0)[1] == 0
for thread in threads:
    thread.join()
print("good")
"""
    assert run(tmp_path, body) == ["good"]


def test_a_fork_does_not_keep_the_processes_of_its_parent(tmp_path: Any) -> None:
    body = """
assert guard.validate("so so good").output == "[twice] good"
print(*processes.children(), flush=True)
if os.fork() == 0:
    sys.stdin.read()  # until the test is over
os._exit(0)
"""
    command = [sys.executable, "-c", program(tmp_path, body)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as ran:
        assert ran.stdout is not None
        pid = int(ran.stdout.readline())
        assert eventually(lambda: not runs(pid))
        assert ran.stdin is not None
        ran.stdin.close()


# --- hostile plans ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"), [("limit", 0), ("limit", 60_001), ("limit", 0xFFFFFFFF), ("checks", 4), ("flags", 0)]
)
def test_a_search_that_cannot_be_is_refused(field: str, value: int) -> None:
    plan = bytearray(plan_of("no twice", TWICE))
    number, section = next((n, one) for n, one in enumerate(layout.SECTIONS) if one.name == "SRCH")
    _, offset, _ = list(mutate.sections(bytes(plan)))[number]
    place = offset + section.offsets[[one.name for one in section.fields].index(field)]
    struct.pack_into("<I", plan, place, value)
    with pytest.raises(PlanError, match="SRCH"):
        load(mutate.repair_checksums(bytes(plan)))
