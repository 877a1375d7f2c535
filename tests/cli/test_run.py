"""`guardc run`: which texts are judged by which guard, what comes out, and the exit codes."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

SECRETS = ("ann@example.com", "bob@example.org", "AKIAABCDEFGHIJKLMNOP")


def lines(result) -> list[dict]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def without_time(text: str) -> str:
    return re.sub(r"[\d,.]+ µs each", "N µs each", text)


def test_the_table(guardc, plan, data, golden):
    result = guardc("run", plan, data / "messages.jsonl")
    assert (result.exit_code, result.stderr) == (0, "")
    golden("run", without_time(result.stdout))


def test_a_policy_gives_what_its_plan_gives(guardc, plan, shop, data):
    from_plan = guardc("run", plan, data / "messages.jsonl", "--format", "json")
    from_policy = guardc("run", shop, data / "messages.jsonl", "--format", "json")
    assert from_plan.stdout == from_policy.stdout


def test_a_record_has_everything_but_what_was_found(guardc, plan, data):
    first, second, third, *_ = lines(guardc("run", plan, data / "messages.jsonl", "--format", "json"))
    assert first == {
        "line": 1, "id": "plain", "guard": "question", "structured": False, "passed": True, "action": None,
        "output": "Where is my parcel?", "failures": [], "unresolved": [], "reask": None, "error": None,
    }  # fmt: skip
    assert second["output"] == "Write to [email] or [email], damn it."
    assert second["failures"][0] == {
        "rule": "no email", "validator": "no", "action": "fix", "message": "found email", "path": "$",
        "source": "shop.guard:20", "error": None, "value": None,
        "spans": [
            {"start": 9, "end": 24, "detector": "email"}, {"start": 28, "end": 43, "detector": "email"},
        ],
    }  # fmt: skip
    assert (third["passed"], third["output"], third["error"]) == (False, None, "Please do not paste keys.")
    for record in (second, third):
        assert not any(secret in json.dumps(record) for secret in SECRETS)


def test_records_are_ascii_and_one_a_line(process, plan, data):
    done = process("run", plan, data / "messages.jsonl", "--format", "json")
    assert done.stdout.isascii()
    assert b"\\ud800" in done.stdout
    assert len(done.stdout.splitlines()) == 11


def test_found_texts_are_masked(guardc, plan, data):
    shown = guardc("run", plan, data / "messages.jsonl").output
    assert not any(secret in shown for secret in SECRETS)
    assert "Write to a••• or b•••, d••• it." in shown


def test_clear_shows_them(guardc, plan, data):
    shown = guardc("run", plan, data / "messages.jsonl", "--clear").output
    assert all(secret in shown for secret in SECRETS)


def test_nothing_in_a_text_steers_the_terminal(guardc, plan):
    text = "".join(map(chr, range(0x20))) + "\x7f\x9b\u202e\u2066\u2028\ufeff\U000e0041"
    message = json.dumps({"id": text, "guard": "question", "text": text + " ann@example.com"})
    for clear in ([], ["--clear"]):
        shown = guardc("run", plan, "--input", "jsonl", *clear, stdin=message).output
        assert not set(shown) & (set(text) - {"\n", " "})
        assert "\\x1b" in shown
        assert "\\u202e" in shown


def test_the_reason_why_a_line_is_bad_is_harmless(guardc, plan):
    result = guardc("run", plan, "--input", "jsonl", stdin='{"guard": "\\u001b[2J", "text": ""}')
    assert "\x1b" not in result.stderr
    assert "\\x1b[2J" in result.stderr


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1"])
def test_every_terminal_can_show_the_table(process, plan, data, encoding):
    done = process("run", plan, data / "messages.jsonl", PYTHONIOENCODING=encoding)
    assert done.returncode == 0
    assert "fixed" in done.stdout.decode(encoding)


@pytest.mark.parametrize("columns", ["40", "80"])
def test_lines_keep_to_the_width(process, plan, data, columns):
    done = process("run", plan, data / "messages.jsonl", COLUMNS=columns)
    shown = done.stdout.decode()
    assert max(map(len, shown.splitlines())) <= 80
    assert not any(line.endswith(" ") for line in shown.splitlines())
    assert "\x1b" not in shown


def test_a_huge_text_is_clipped_around_what_was_found(guardc, tmp_path):
    file = tmp_path / "x.guard"
    file.write_text(
        "edition 1\npattern id = /ID-\\d{4}/\n"
        "guard g on input {\n    max 9_000_000 chars on fail filter\n    no id on fail noop\n}\n"
    )
    text = "word " * 200_000 + "ID-1234" + " more" * 200_000
    shown = guardc("run", file, stdin=text).output
    assert len(shown) < 1_500
    assert "word word I••• more more" in shown
    assert f"({len(text):,} characters)" in shown


# --- the input ----------------------------------------------------------------------------------------------


def test_standard_input_is_one_text(guardc, plan):
    for args in ([], ["-"]):
        result = guardc("run", plan, *args, "--guard", "question", "--format", "json", stdin="two\nlines\n")
        assert [record["output"] for record in lines(result)] == ["two\nlines"]


def test_a_text_file_is_one_text_and_a_line_a_text_if_asked(guardc, plan, tmp_path):
    file = tmp_path / "x.txt"
    file.write_bytes(b"one\r\n\r\ntwo\n")
    run = ("run", plan, file, "--guard", "question", "--format", "json")
    assert [record["output"] for record in lines(guardc(*run))] == ["one\r\n\r\ntwo"]
    by_line = lines(guardc(*run, "--input", "lines"))
    assert [(record["line"], record["output"]) for record in by_line] == [(1, "one"), (3, "two")]


def test_an_empty_input_is_the_empty_text(guardc, plan):
    assert lines(guardc("run", plan, "--guard", "question", "--format", "json", stdin=""))[0]["output"] == ""
    assert guardc("run", plan, "--input", "jsonl", stdin="").stdout == "no texts\n"


def test_bad_lines_are_reported_and_the_run_goes_on(guardc, plan, tmp_path):
    bad = [
        (b"{bad", "not JSON (column 2: "),
        (b"[1]", "an array instead of a string or an object with `text`"),
        (b"null", "null instead of"),
        (b'{"guard": "reply"}', "the object has neither `text` nor `messages`"),
        (b'{"text": "a", "messages": []}', "the object has both `text` and `messages`"),
        (b'{"messages": "a"}', "`messages` is a string instead of an array"),
        (b'{"messages": null}', "`messages` is null instead of an array"),
        (b'{"messages": ["secret"]}', "messages[0] must be a mapping"),
        (b'{"text": 5}', "`text` is a number instead of a string"),
        (b'{"text": "x", "guard": ["reply"]}', "`guard` is an array instead of a string"),
        (b'{"text": "x", "metadata": "y"}', "`metadata` is a string instead of an object"),
        (b'{"text": "x", "guard": "replay"}', "there is no guard `replay`; there are `question`, `reply`"),
        (b'{"text": "secret", "guard": "reply"', "not JSON"),
        (b'"\xff"', "not UTF-8 (byte 2: 0xff)"),
        (b"[" * 100_000, "nested too deep"),
        (b'{"text": "x", "n": ' + b"1" * 10_000 + b"}", "a number is too long"),
        (b'{"text": "x", "id": NaN}', "not JSON (NaN is none of its numbers)"),
        (b'{"text": "x", "metadata": {"a": [-Infinity]}}', "not JSON (-Infinity is none of its numbers)"),
        (b'{"text": "x", "id": 1e999}', "a number is too large"),
        (b'{"text": "secret", "text": "x"}', "`text` stands in the object twice"),
        (b'{"text": "x", "guard": "reply", "guard": "question"}', "`guard` stands in the object twice"),
    ]
    file = tmp_path / "in.jsonl"
    file.write_bytes(b"\xef\xbb\xbf" + b"\n\n".join([b'"good"', *(line for line, _ in bad), b'"good"']) + b"\n")
    result = guardc("run", plan, file, "--guard", "reply", "--format", "json")
    assert result.exit_code == 4
    assert [(record["line"], record["output"]) for record in lines(result)] == [
        (1, "good"),
        (2 * len(bad) + 3, "good"),
    ]
    said = result.stderr.splitlines()
    assert len(said) == len(bad)
    for number, (line, (_, reason)) in enumerate(zip(said, bad, strict=True)):
        assert line.startswith(f"guardc: {file}:{2 * number + 3}: ")
        assert reason in line
        assert "secret" not in line


def test_chat_messages_are_judged_by_their_parts(guardc, tmp_path):
    policy = tmp_path / "x.guard"
    policy.write_text("edition 1\npattern id = /ID-\\d{4}/\nguard g on input from user {\n    no id on fail fix\n}\n")
    chat = [{"role": "system", "content": "ID-1111"}, {"role": "user", "content": "is ID-1234 mine?"}]
    line = json.dumps({"messages": chat}) + "\n"
    (record,) = lines(guardc("run", policy, "--input", "jsonl", "--format", "json", stdin=line))
    assert record["output"] == [chat[0], {"role": "user", "content": "is [id] mine?"}]
    assert [failure["path"] for failure in record["failures"]] == ["$[1].content"]
    shown = guardc("run", policy, "--input", "jsonl", stdin=line).stdout
    assert "$[1].content" in shown
    assert "1234" not in shown
    assert "ID-1234" in guardc("run", policy, "--input", "jsonl", "--clear", stdin=line).stdout


def test_only_what_the_line_itself_says_must_be_said_once(guardc, plan):
    message = '{"text": "x", "n": {"text": 1, "text": 2}, "id": 1.5}'
    (record,) = lines(guardc("run", plan, "--input", "jsonl", "--format", "json", "--guard", "reply", stdin=message))
    assert (record["output"], record["id"]) == ("x", 1.5)


def test_a_text_that_is_not_utf8_is_bad_input(guardc, plan):
    result = guardc("run", plan, "--guard", "reply", stdin=b"a\xff")
    assert result.exit_code == 4
    assert "standard input:1: not UTF-8" in result.stderr


def test_an_input_that_is_missing_is_one_line(guardc, plan, tmp_path):
    for path, said in ((tmp_path / "no.jsonl", "no such file"), (tmp_path, "folder")):
        result = guardc("run", plan, path, "--guard", "reply")
        assert result.exit_code == 1
        assert said in result.stderr


def test_lines_are_judged_as_they_come(plan):
    with subprocess.Popen(
        [sys.executable, "-m", "guardc", "run", plan, "--input", "jsonl", "--format", "json", "--guard", "reply"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as running:  # fmt: skip
        assert running.stdin is not None
        assert running.stdout is not None
        for word in (b"one", b"two"):
            running.stdin.write(b'"' + word + b'"\n')
            running.stdin.flush()
            assert word in running.stdout.readline()
        running.stdin.close()
    assert running.returncode == 0


@pytest.mark.parametrize("form", ["json", "table"])
def test_a_reader_that_leaves_is_no_error(plan, tmp_path, form):
    file = tmp_path / "many.jsonl"
    file.write_text('"hello"\n' * 20_000)
    command = [
        sys.executable,
        "-m",
        "guardc",
        "run",
        str(plan),
        str(file),
        "--guard",
        "reply",
        "--format",
        form,
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == 141


# --- guards and metadata --------------------------------------------------------------------------------------


def test_the_only_guard_needs_no_name(guardc, tmp_path):
    file = tmp_path / "x.guard"
    file.write_text("edition 1\nguard g on input {\n    json on fail filter\n}\n")
    assert lines(guardc("run", file, "--format", "json", stdin="[1]"))[0]["guard"] == "g"


def test_a_line_chooses_its_guard_before_the_option(guardc, plan):
    stdin = '{"text": "a", "guard": "question"}\n"b"\n'
    result = guardc("run", plan, "--input", "jsonl", "--format", "json", "--guard", "reply", stdin=stdin)
    assert [record["guard"] for record in lines(result)] == ["question", "reply"]


def test_without_a_guard_all_of_them_are_named(guardc, plan):
    result = guardc("run", plan, stdin="hello")
    assert result.exit_code == 2
    assert "choose one with --guard: `question`, `reply`" in result.stderr
    result = guardc("run", plan, "--input", "jsonl", stdin='"hello"')
    assert result.exit_code == 4
    assert "names no `guard`" in result.stderr


def test_an_unknown_guard_is_a_wrong_command_line(guardc, plan):
    result = guardc("run", plan, "--guard", "replay", stdin="")
    assert result.exit_code == 2
    assert "there are `question`, `reply`" in result.stderr


def test_metadata_has_the_types_that_the_policy_declares(guardc, plan):
    text = " ".join(["word"] * 13)
    run = ("run", plan, "--guard", "question", "--format", "json")
    assert lines(guardc(*run, stdin=text))[0]["action"] == "refrain"
    for given in ("tier=pro", "tier=", "tier=a=b", "age=17", "age=16.5", "age=-1"):
        assert lines(guardc(*run, "--metadata", given, stdin=text))[0]["passed"], given


def test_metadata_of_a_line_comes_before_the_option(guardc, plan):
    message = json.dumps({"text": " ".join(["word"] * 13), "metadata": {"tier": "free"}})
    run = (
        "run",
        plan,
        "--guard",
        "question",
        "--format",
        "json",
        "--input",
        "jsonl",
        "--metadata",
        "tier=pro",
    )
    assert lines(guardc(*run, stdin=message))[0]["action"] == "refrain"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("tier", "write it as NAME=VALUE"),
        ("teir=pro", "declares no such field; it declares tier (string), age (number)"),
        ("age=old", "must be a number"),
        ("age=nan", "must be a number"),
        ("age=1e999", "must be a number"),
    ],
)
def test_metadata_that_cannot_be_is_a_wrong_command_line(guardc, plan, given, said):
    result = guardc("run", plan, "--guard", "question", "--metadata", given, stdin="")
    assert result.exit_code == 2
    assert said in result.stderr


# --- exit codes -----------------------------------------------------------------------------------------------


def test_exit_codes(process, plan, data):
    messages = data / "messages.jsonl"
    good = ("run", plan, "--guard", "question", "--input", "lines")
    assert process(*good, stdin=b"fine").returncode == 0
    assert process("run", plan, messages).returncode == 0
    assert process("run", plan, messages, "--exit-code").returncode == 3
    assert process(*good, "--exit-code", stdin=b"ann@example.com").returncode == 0
    assert process(*good, "--exit-code", stdin=b"AKIAABCDEFGHIJKLMNOP\n\xff").returncode == 4
    assert process("run", data / "wrong.guard", messages).returncode == 1
    assert process("run", plan, messages, "--guard", "x").returncode == 2


# --- plans that are none ----------------------------------------------------------------------------------------


def altered(plan_bytes: bytes) -> bytes:
    """With its last byte that is not zero changed: behind it there may be nothing but gaps before empty sections."""
    last = max(0, len(plan_bytes.rstrip(b"\0")) - 1)
    return plan_bytes[:last] + bytes([plan_bytes[last] ^ 1]) + plan_bytes[last + 1 :]


def broken(plan_bytes: bytes) -> dict[str, tuple[bytes, str]]:
    return {
        "empty": (b"", "the file is empty"),
        "truncated": (plan_bytes[:5000], "truncated"),
        "longer": (plan_bytes + b"x", "followed by other data"),
        "text mode": (plan_bytes.replace(b"\r\n", b"\n", 1), "not a plan"),
        "altered": (altered(plan_bytes), "damaged"),
        "noise": (bytes(range(256)) * 4, "not a plan"),
    }


@pytest.mark.parametrize("kind", list(broken(b"x")))
def test_a_plan_that_is_none_is_one_line(process, plan, tmp_path, kind):
    content, said = broken(plan.read_bytes())[kind]
    file = tmp_path / "x.plan"
    file.write_bytes(content)
    done = process("run", file, "--guard", "reply")
    assert done.returncode == 1
    assert done.stdout == b""
    error = done.stderr.decode()
    assert error.startswith(f"guardc: error: {file}: ")
    assert error.count("\n") == 1
    assert said in error


def test_what_a_file_is_does_not_depend_on_its_name(guardc, plan, shop, tmp_path):
    (tmp_path / "a.guard").write_bytes(plan.read_bytes())
    (tmp_path / "b.plan").write_bytes(shop.read_bytes())
    for name in ("a.guard", "b.plan"):
        assert guardc("run", tmp_path / name, "--guard", "reply", stdin="x").exit_code == 0


@pytest.mark.parametrize("compiled", [False, True])
def test_a_policy_with_handlers_says_which(guardc, tmp_path, compiled):
    file = tmp_path / "x.guard"
    file.write_text(
        "edition 1\ncustom measure toxicity()\ncustom action notify(team string)\n"
        'guard g on input {\n    toxicity < 0.5 on fail custom notify("a")\n}\n'
    )
    if compiled:
        assert guardc("compile", file).exit_code == 0
        file = file.with_suffix(".plan")
    result = guardc("run", file, stdin="x")
    assert result.exit_code == 1
    assert "custom measure `toxicity`, action `notify`" in result.stderr
    assert result.stderr.splitlines()[-1].startswith(f"guardc: error: {file} needs functions of your service")


def test_a_policy_with_a_service_says_what_the_environment_lacks(guardc, tmp_path, monkeypatch):
    policy = tmp_path / "served.guard"
    policy.write_text(
        'edition 1\nservice toxicity at env("TOX_URL") {\n    protocol v2\n    on error refrain\n}\n'
        "guard g on input {\n    toxicity.score < 0.5 on fail refrain\n}\n"
    )
    result = guardc("run", policy, stdin="Hello\n")
    assert result.exit_code == 1
    assert "the service `toxicity` has no address: set TOX_URL in the environment" in result.stderr
    monkeypatch.setenv("TOX_URL", "http://127.0.0.1:1")
    record = json.loads(guardc("run", policy, "--format", "json", stdin="Hello\n").stdout)
    assert (record["action"], record["failures"][0]["error"]) == (
        "refrain",
        "the service `toxicity` could not be reached, or broke off (ClientConnectorError)",
    )
