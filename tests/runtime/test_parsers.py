"""`sql`, `html` and `openapi`: what they take, and what keeps hostile texts from doing harm."""

from __future__ import annotations

import builtins
import contextlib
import json
import logging
import socket
import sys
import threading
import types
from importlib.machinery import EXTENSION_SUFFIXES

import pytest

from guardc.compiler import compile_text
from guardc.fastpath import layout
from guardc.runtime import Guard, PlanError, load
from guardc.runtime.parsers import deadline
from guardc.runtime.parsers.sql import sql_judge


def plan_of(rule: str) -> bytes:
    plan = compile_text(f"edition 1\nguard g on output {{\n    {rule} on fail noop on error refrain\n}}\n").plan
    assert plan is not None
    return plan


def guard_of(rule: str) -> Guard:
    return load(plan_of(rule)).guard("g")


def holds(rule: str, text: str) -> bool:
    outcome = guard_of(rule).validate(text)
    assert all(failure.error is None for failure in outcome.failures), outcome.failures
    return not outcome.failures


@pytest.mark.parametrize(
    ("rule", "text", "good"),
    [
        ("sql", "select a, b from t where c = 'x'", True),
        ("sql", "insert into t values (1); delete from t", True),
        ("sql", "create table t (a int)", True),
        ("sql", "", False),
        ("sql", " ; ", False),
        ("sql", "-- nothing", False),
        ("sql", "hello world", False),
        ("sql", "42", False),
        ("sql", "select from where", False),
        ("sql", "select 'never closed", False),
        ('sql dialect "postgres"', "select a::int from t", True),
        ('sql dialect "mysql"', "select `a` from t limit 1, 2", True),
        ('sql dialect "tsql"', "select top 3 [a] from t", True),
        ('sql without "drop"', "select a from t", True),
        ('sql without "drop"', "select a from t; DROP TABLE t", False),
        ('sql without "drop"', "select a from t; -- drop table t", True),
        ('sql without "drop"', "select 'drop table t'", True),
        ('sql without "drop"', "explain analyze drop table t", False),
        ('sql without "truncate", "delete"', "truncate table t", False),
        ('sql without "join"', "select 1 from a join b on a.x = b.x", False),
        ('sql without "union"', "select 1 union select 2", False),
        ('sql without "star"', "select * from t", False),
        ('sql without "subquery"', "select a from (select b from c) d", False),
        ("html", "", True),
        ("html", "plain text", True),
        ("html", "<p>Hello <b>you</b></p>", True),
        ("html", "<!DOCTYPE html><title>T</title><p>Hello", True),
        ("html", "<html><body>no doctype</body></html>", False),
        ("html", "<p>Hello <b>you</p>", False),
        ("html", "<a href=x href=y>twice</a>", False),
        ("html", "a < b & c &unknown;", False),
        ("html", "</p>", False),
    ],
)
def test_what_is_taken_and_refused(rule: str, text: str, good: bool) -> None:
    assert holds(rule, text) == good


MERGE = "merge into t using s on t.a = s.a when {} then {}"


@pytest.mark.parametrize(
    ("dialect", "text", "parts"),
    [
        ("", MERGE.format("matched", "delete"), "delete merge"),
        ("", MERGE.format("matched", "update set b = s.b"), "update merge"),
        ("", MERGE.format("not matched", "insert (a) values (s.a)"), "insert merge"),
        ("tsql", MERGE.format("not matched by source", "DELETE") + ";", "delete merge"),
        ("postgres", MERGE.format("matched", "do nothing"), "merge"),
        ("databricks", MERGE.format("matched", "update set *"), "update merge"),
        (
            "snowflake",
            MERGE.format("matched and s.b = 1", "delete") + " when matched then update set b = 1",
            "delete update merge",
        ),
        ("postgres", "insert into t values (1) on conflict (a) do update set b = 1", "insert update"),
        ("postgres", "insert into t values (1) on conflict do nothing", "insert"),
        ("mysql", "insert into t values (1) on duplicate key update a = 1", "insert update"),
        ("sqlite", "insert or replace into t values (1)", "insert update delete"),
        ("sqlite", "insert or ignore into t values (1)", "insert"),
        ("hive", "insert overwrite table t select 1", "insert delete"),
        ("postgres", "with x as (delete from t returning *) select * from x", "delete select with"),
        ("postgres", "with x as (update t set a = 1 returning *) select * from x", "update select with"),
        ("postgres", "with x as (insert into t values (1) returning *) select a from x", "insert select with"),
        ("postgres", "create table u as with x as (delete from t returning *) select a from x", "create delete"),
        ("postgres", "select 1; delete from t", "select delete"),
        ("postgres", "select 1 /* ; delete from t */ -- update t", "select"),
        ("mysql", "select 1 # ; delete from t", "select"),
        ("mysql", "select 1 --\tone; delete from t", "select"),
        ("mysql", "select '--1' -- one", "select"),
        ("tsql", "select 1 delete from t", "select delete"),
        ("tsql", "select 1 [delete] from t", "select"),
        ("postgres", "create table t (a int references u on delete cascade)", "create"),
        ("postgres", "select a from t for update", "select"),
        ("postgres", "create function f() returns int return 1", "create"),
    ],
)
def test_what_a_statement_does_within_a_clause_counts(dialect: str, text: str, parts: str) -> None:
    for part in ("delete", "update", "insert", "merge", "create", "drop"):
        judge = sql_judge(dialect, [part])
        assert judge(text) == (part not in parts.split()), part


def test_two_hyphens_in_mysql_are_signs() -> None:
    # Versions of sqlglot differ: to some the rest of the line is a comment, which is not read.
    assert not sql_judge("mysql", ["delete"])("select 1 --1; delete from t")


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        ("mysql", "select 1 /*! ; delete from t */"),
        ("mysql", "/*!50000 delete from t */ ; select 1"),
        ("", "select 1 /*M! ; delete from t */"),
        ("spark", "select 1 /* /* */ ; delete from t ; /* */ */"),
        ("postgres", "create function f() returns void as $$ delete from t $$ language sql"),
        ("postgres", "create function f() returns void language sql as 'delete from t'"),
        ("snowflake", "create procedure p() returns int language sql as $$ delete from t $$"),
        ("postgres", "do $$ begin delete from t; end $$"),
        ("postgres", "prepare p as delete from t"),
        ("tsql", "exec('delete from t')"),
    ],
)
def test_what_may_be_executed_is_free_of_nothing(dialect: str, text: str) -> None:
    assert not sql_judge(dialect, ["drop"])(text)


MINIMAL = {"openapi": "3.0.3", "info": {"title": "T", "version": "1"}, "paths": {}}
REFERRING = MINIMAL | {"paths": {"/a": {"get": {"responses": {"200": {"$ref": "#/components/responses/ok"}}}}}}


@pytest.mark.parametrize(
    ("text", "good"),
    [
        (json.dumps(MINIMAL), True),
        ("openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths: {}\n", True),
        (json.dumps(REFERRING | {"components": {"responses": {"ok": {"description": "Fine."}}}}), True),
        (json.dumps(MINIMAL | {"info": {"title": "T"}}), False),
        (json.dumps(MINIMAL | {"paths": []}), False),
        ("{}", False),
        ("[]", False),
        ("null", False),
        ("", False),
        ("plain text", False),
        ("a: [", False),
        ("a: &a [x]\nb: *a\n", False),
        ("!!python/object/apply:os.getcwd []", False),
        (json.dumps(MINIMAL | {"components": {"schemas": {"A": {"$ref": "other.yaml#/A"}}}}), False),
        (json.dumps(MINIMAL | {"components": {"schemas": {"A": {"$id": "http://127.0.0.1/", "$ref": "#/B"}}}}), False),
    ],
)
def test_descriptions(text: str, good: bool) -> None:
    assert holds("openapi", text) == good


def test_no_reference_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    guard = guard_of("openapi")

    def touched(*args: object, **kwargs: object) -> None:
        raise AssertionError("something outside of the text was opened")

    monkeypatch.setattr(socket.socket, "connect", touched)
    monkeypatch.setattr(builtins, "open", touched)
    for target in ("http://127.0.0.1:9/x", "file:///etc/passwd", "//127.0.0.1/x", "other.json", ""):
        for place in ("paths", "components", "x-more"):
            text = json.dumps(MINIMAL | {place: {"/a": {"$ref": target}}})
            (failure,) = guard.validate(text).failures
            assert failure.error is None


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("sql", "select " + "(" * 5000),
        ("sql", "select " + "case when " * 1000),
        ("html", "<div>" * 19_000),
        ("openapi", '{"a":' * 15_000),
        ("openapi", "- " * 20_000),
    ],
)
def test_a_parser_that_does_not_come_to_an_end_is_an_error_of_the_rule(rule: str, text: str) -> None:
    outcome = guard_of(rule).validate(text)
    (failure,) = outcome.failures
    assert outcome.action == ("refrain" if failure.error else "noop")
    assert failure.error is None or f"`{rule}`" in failure.error


def test_a_text_that_takes_for_ever_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadline, "SECONDS", 0.05)
    (failure,) = guard_of("sql").validate("select 1 from a " + "join b " * 200).failures
    assert failure.error == "`sql` was given up: the text takes the parser longer than 0.05 s"
    assert not [thread for thread in threading.enumerate() if thread.name == deadline.NAME]


@pytest.mark.parametrize("key", ["pattern", "patternProperties"])
def test_no_regex_of_a_description_is_run(key: str) -> None:
    # `re` needs 2**60 steps to see that this does not match.
    regex, text = "(a+)+$", "a" * 60 + "!"
    schema = {"pattern": regex, "default": text} if key == "pattern" else {key: {regex: {}}, "default": {text: 1}}
    described = MINIMAL | {"openapi": "3.1.0", "components": {"schemas": {"A": schema}}}
    assert holds("openapi", json.dumps(described))


def test_a_regex_that_is_none_is_no_description() -> None:
    assert not holds("openapi", json.dumps(MINIMAL | {"components": {"schemas": {"A": {"pattern": "("}}}}))


def test_a_compiled_library_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = types.ModuleType("sqlglot.parser")
    compiled.__file__ = "parser" + EXTENSION_SUFFIXES[0]
    monkeypatch.setitem(sys.modules, "sqlglot.parser", compiled)
    with pytest.raises(PlanError) as caught:
        load(plan_of("sql"))
    assert str(caught.value) == (
        "`sql` (policy.guard:3) needs sqlglot in plain Python: the compiled one that is installed cannot be stopped "
        "when a text takes it too long; pip uninstall sqlglotc"
    )


def test_a_parser_that_catches_everything_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadline, "SECONDS", 0.01)
    monkeypatch.setattr(deadline, "_PATIENCE", 2)
    let_go = threading.Event()

    def stubborn(text: str) -> bool:
        while not let_go.is_set():
            with contextlib.suppress(SystemExit):
                let_go.wait(0.001)
        return True

    try:
        with pytest.raises(Exception, match="was given up"):
            deadline.limited("sql", stubborn)("x")
    finally:
        let_go.set()


def test_a_text_above_the_limit_is_not_judged() -> None:
    outcome = guard_of("html").validate("x" * (deadline.LONGEST + 1))
    assert outcome.action == "refrain"
    assert outcome.failures[0].error == "`html` judges texts of at most 100,000 characters"
    assert guard_of("html").validate("x" * deadline.LONGEST).failures == ()


def test_nothing_of_the_text_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    guard_of("sql").validate("vacuum hunter2; call hunter2(); optimize hunter2")
    assert "hunter2" not in caplog.text


@pytest.mark.parametrize(
    ("rule", "library"), [("sql", "sqlglot"), ("html", "html5lib"), ("openapi", "openapi_spec_validator")]
)
def test_a_missing_library_is_named_with_its_extra(rule: str, library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, library, None)
    with pytest.raises(PlanError) as caught:
        load(plan_of(rule))
    assert str(caught.value) == (
        f"`{rule}` (policy.guard:3) needs {library}, which is not installed: pip install 'guardc[{rule}]'"
    )


def test_a_dialect_that_sqlglot_does_not_know_is_refused_at_load() -> None:
    plan = plan_of('sql dialect "postgres"')
    import mutate  # noqa: PLC0415

    with pytest.raises(PlanError, match="asks for what the installed sqlglot does not know"):
        load(mutate.repair_checksums(plan.replace(b"postgres", b"postgrex")))


def test_the_predicates_with_parsers_are_those_of_the_layout() -> None:
    from guardc.compiler.ir import PARSED  # noqa: PLC0415
    from guardc.runtime.parsers.resolve import MODULES  # noqa: PLC0415

    assert set(PARSED) == set(MODULES) <= set(layout.PREDICATES)
