"""Files that cannot be read, and files that import files."""

import os
from pathlib import Path

import pytest

from guardc.policy import Checked, check_file, check_text, render

GUARD = "guard reply on output {\n    no {}\n}\n"


def codes(checked: Checked) -> list[str]:
    return [diagnostic.code for diagnostic in checked.diagnostics]


@pytest.fixture
def write(tmp_path: Path):
    def writer(name: str, *lines: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(["edition 1", *lines, ""]), encoding="utf-8")
        return path

    return writer


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "there is no such file"),
        (b"edition 1\n\xff\xfe", "it is not UTF-8 text (line 2)"),
        (b"\x7fELF\0\0", "it is not text"),
        (b"#" * (2 * 1024 * 1024 + 1), "it is larger than 2 MB"),
    ],
)
def test_file_that_is_no_policy_is_reported(tmp_path: Path, content: bytes | None, reason: str) -> None:
    path = tmp_path / "policy.guard"
    if content is not None:
        path.write_bytes(content)
    result = check_file(path)
    assert codes(result) == ["G001"]
    assert result.policy is None
    assert reason in render(result.diagnostics)


def test_the_line_that_is_not_utf8_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "policy.guard"
    path.write_bytes(b'\xef\xbb\xbfedition 1\r\nwords x = ["caf\xe9"]\r\n')
    (diagnostic,) = check_file(path).diagnostics
    assert (diagnostic.labels[0].line, diagnostic.labels[0].column) == (2, 16)
    assert diagnostic.labels[0].excerpt.startswith('words x = ["caf')
    assert diagnostic.help == "save the file as UTF-8"


@pytest.mark.parametrize("lines", [1, 50])
def test_nothing_is_shown_of_an_import_that_is_no_policy(write, tmp_path: Path, lines: int) -> None:
    (tmp_path / "users.txt").write_text("".join(f"user{n}:x:{n}:secret\n" for n in range(lines)), encoding="utf-8")
    root = write("root.guard", 'import "users.txt"', GUARD.replace("{}", "users.any"))
    result = check_file(root)
    assert codes(result) == ["G002"]
    assert "does not look like a policy" in render(result.diagnostics)
    assert "secret" not in render(result.diagnostics)


def test_nothing_is_shown_of_an_import_with_old_line_breaks(write, tmp_path: Path) -> None:
    (tmp_path / "old.guard").write_bytes(b"edition 1\rpattern secret = /a/\r")
    root = write("root.guard", 'import "old.guard"', GUARD.replace("{}", "old.secret"))
    result = check_file(root)
    assert codes(result) == ["G005"]
    assert "the lines of the imported file end with CR alone" in render(result.diagnostics)
    assert "pattern secret" not in render(result.diagnostics)


def test_folder_is_no_policy(tmp_path: Path) -> None:
    assert "it is a folder" in render(check_file(tmp_path).diagnostics)


@pytest.mark.parametrize("name", ["", "\0", "a" * 5000, "no/such/folder/x.guard"])
def test_odd_paths_are_reported(name: str) -> None:
    assert codes(check_file(Path(name))) == ["G001"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_file_without_permission_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "policy.guard"
    path.write_text("edition 1")
    path.chmod(0)
    assert "not permitted" in render(check_file(path).diagnostics)


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "#" * (2 * 1024 * 1024 + 1)])
def test_text_that_is_no_policy_is_reported(text: str) -> None:
    assert codes(check_text(text)) == ["G001"]


def test_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "policy.guard"
    path.write_bytes(b"\xef\xbb\xbfedition 1\nguard reply on output { json }\n")
    assert check_file(path).diagnostics == ()


def test_names_of_imported_files_are_relative_to_the_policy(write) -> None:
    write("shared/deep/terms.guard", "pattern t = /t/")
    write("shared/more.guard", 'import "deep/terms.guard"', "pattern m = /m/")
    root = write("policies/root.guard", 'import "../shared/more.guard"', GUARD.replace("{}", "more.m"))
    result = check_file(root)
    assert result.diagnostics == ()
    assert result.policy is not None
    assert result.policy.file == "root.guard"
    assert result.policy.detectors["more.m"].at.file == "../shared/more.guard"
    assert set(result.sources) == {"root.guard", "../shared/more.guard", "../shared/deep/terms.guard"}


def test_names_that_an_import_imports_are_not_passed_on(write) -> None:
    write("inner.guard", "pattern t = /t/")
    write("outer.guard", 'import "inner.guard"', "pattern o = /o/")
    root = write("root.guard", 'import "outer.guard"', GUARD.replace("{}", "outer.inner, outer.t, outer.any"))
    assert codes(check_file(root)) == ["G012", "G012"]


def test_only_what_is_used_of_an_import_is_in_the_policy(write) -> None:
    write("terms.guard", "pattern a = /a/", "pattern b = /b/", "custom action c")
    root = write("root.guard", 'import "terms.guard" as t', GUARD.replace("{}", "t.b"))
    policy = check_file(root).policy
    assert policy is not None
    assert list(policy.detectors) == ["t.b"]
    assert policy.customs == {}


def test_custom_validators_of_an_import_are_called_by_their_full_name(write) -> None:
    write("own.guard", "custom measure score(x number = 3)", "custom action tell")
    root = write(
        "root.guard",
        'import "own.guard"',
        "guard reply on output {",
        "own.score < 3 on fail custom own.tell",
        "}",
    )
    policy = check_file(root).policy
    assert policy is not None
    rule = policy.guards[0].rules[0]
    assert rule.test.kind == "measure"
    assert rule.test.call is not None
    assert (rule.test.call.name, rule.test.call.arguments) == ("own.score", (3,))
    assert set(policy.customs) == {"own.score", "own.tell"}


def test_any_is_every_pattern_and_word_list_in_order(write) -> None:
    write(
        "t.guard",
        "words z = ['z']".replace("'", '"'),
        "pattern a = /a/",
        "custom detector d",
        "pattern m = /m/",
    )
    root = write("root.guard", 'import "t.guard"', GUARD.replace("{}", "t.any"))
    policy = check_file(root).policy
    assert policy is not None
    test = policy.guards[0].rules[0].test
    assert test.kind == "find"
    assert [use.name for use in test.detectors] == ["t.z", "t.a", "t.m"]


def test_mistakes_in_an_import_are_told_in_its_file(write) -> None:
    write("terms.guard", "pattern a = /(/", "patern b = /b/", 'words c = [""]')
    root = write("root.guard", 'import "terms.guard"', GUARD.replace("{}", "terms.a, terms.b, terms.c"))
    result = check_file(root)
    assert codes(result) == ["G036", "G002", "G029"]
    assert {d.labels[0].file for d in result.diagnostics} == {"terms.guard"}


def test_one_file_imported_twice_is_read_once(write) -> None:
    write("terms.guard", "pattern a = /(/")
    root = write(
        "root.guard",
        'import "terms.guard"',
        'import "./terms.guard" as t',
        GUARD.replace("{}", "t.a, terms.a"),
    )
    assert codes(check_file(root)) == ["G036"]


def test_file_that_imports_itself_is_reported_with_its_chain(write) -> None:
    root = write("root.guard", 'import "root.guard" as me', "pattern a = /a/", GUARD.replace("{}", "a"))
    result = check_file(root)
    assert codes(result) == ["G027"]
    assert result.diagnostics[0].notes == ("the chain: `root.guard` -> `root.guard`",)


def test_cycles_through_several_files_are_reported_once(write) -> None:
    for name, other in (("a", "b"), ("b", "c"), ("c", "a")):
        root = write(f"{name}.guard", f'import "{other}.guard"', f"pattern p{name} = /x/")
    result = check_file(root)
    assert codes(result).count("G027") == 1
    assert "`c.guard` -> `a.guard` -> `b.guard` -> `c.guard`" in render(result.diagnostics)


def test_long_chains_of_imports_end(write) -> None:
    for number in range(60):
        write(f"f{number}.guard", f'import "f{number + 1}.guard" as next')
    root = write("root.guard", 'import "f0.guard"', GUARD.replace("{}", "f0.x"))
    assert "G008" in codes(check_file(root))


def test_missing_files_are_reported_where_they_are_named(write) -> None:
    root = write(
        "root.guard",
        'import "missing.guard"',
        'words w = lines("no.txt")',
        GUARD.replace("{}", "missing.a, w"),
    )
    result = check_file(root)
    assert codes(result) == ["G026", "G026"]
    assert [d.labels[0].line for d in result.diagnostics] == [2, 3]


@pytest.mark.parametrize("path", ["\\u{0}", "", ".", "/", "/dev/zero", "x" * 3000])
def test_odd_paths_in_a_policy_are_reported(write, path: str) -> None:
    root = write("root.guard", f'import "{path}" as a', f'words w = lines("{path}")', GUARD.replace("{}", "a.x, w"))
    assert codes(check_file(root)) == ["G026", "G026"]


def test_word_file_is_normalised(write, tmp_path: Path) -> None:
    (tmp_path / "w.txt").write_bytes("\ufeffAcme\r\n\r\n  Big \u00a0 Co\t\nAcme\n名".encode())
    root = write("root.guard", 'words w = lines("w.txt")', GUARD.replace("{}", "w"))
    policy = check_file(root).policy
    assert policy is not None
    words = policy.detectors["w"]
    assert words.kind == "words"
    assert words.entries == ("Acme", "Big Co", "名")


def test_text_and_file_give_the_same(write) -> None:
    write("terms.guard", "pattern t = /t/")
    root = write("root.guard", 'import "terms.guard"', GUARD.replace("{}", "terms.t"))
    text = check_text(root.read_text(), "root.guard", root.parent)
    assert text.policy == check_file(root).policy
