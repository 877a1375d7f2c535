"""The texts and patterns of the benchmark of the scan are the same in every run, and are what they are said to be."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

CATALOGUE = """\
msgid ""
msgstr ""
"Language: ru\\n"

msgid "one"
msgstr "раз"

#, fuzzy
msgid "long"
msgstr ""
"два, "
"три"

msgid "placeholder"
msgstr "%(n)s штук"

msgid "many"
msgid_plural "manys"
msgstr[0] "\\"день\\""
msgstr[1] "дни"
"""


def catalogues(folder: Path) -> Path:
    for language in ("ru", "zh_Hans"):
        home = folder / "locale" / language / "LC_MESSAGES"
        home.mkdir(parents=True)
        (home / "django.po").write_text(CATALOGUE, encoding="utf-8")
    return folder


def test_texts_are_the_same_in_every_run(benchmarks: ModuleType, tmp_path: Path) -> None:
    collect = benchmarks.scan.texts.collect
    folder = catalogues(tmp_path)
    first = collect(folder, 100, 100_000)
    assert first == collect(folder, 100, 100_000)
    assert {"words 100000", "english 2000", "found words 2000", "listed", "russian", "chinese"} <= set(first.named)


def test_texts_have_the_size_in_their_name(benchmarks: ModuleType, tmp_path: Path) -> None:
    named = benchmarks.scan.texts.collect(catalogues(tmp_path), 100, 100_000).named
    for name, texts in named.items():
        size = int(name.split()[-1]) if name[-1].isdigit() else 100_000
        assert all(size - 4 < len(text.encode()) <= size for text in texts), name


def test_texts_called_clean_have_no_findings_and_the_others_six(benchmarks: ModuleType) -> None:
    named = benchmarks.scan.texts.collect(None, 100, 100_000).named
    patterns = [re.compile(regex) for regex in benchmarks.workload.PATTERNS.values()]
    for name, texts in named.items():
        if name != "listed":
            wanted = 6 if name.startswith("found") else 0
            assert {sum(bool(pattern.search(text)) for pattern in patterns) for text in texts} == {wanted}, name


def test_texts_without_catalogues_are_left_out(benchmarks: ModuleType) -> None:
    named = benchmarks.scan.texts.collect(None, 100, 100_000).named
    assert "russian" not in named
    assert "english 200" in named


def test_messages_are_read_from_catalogues_without_header_and_placeholders(
    benchmarks: ModuleType, tmp_path: Path
) -> None:
    file = tmp_path / "django.po"
    file.write_text(CATALOGUE, encoding="utf-8")
    assert benchmarks.scan.texts.messages([file]) == ["раз", "два, три", '"день"', "дни"]


def test_repeated_texts_end_with_a_whole_character(benchmarks: ModuleType) -> None:
    text = benchmarks.scan.texts.repeated(["день", "ночь"], 101, "\n")
    assert len(text.encode()) in (100, 101)
    assert set(text.split("\n")[:-1]) == {"день", "ночь"}


def test_there_are_222_patterns_of_secret_scanners_and_each_finds_its_sample(benchmarks: ModuleType) -> None:
    secrets = benchmarks.scan.secrets.SECRETS
    assert len({secret.regex for secret in secrets}) == len(secrets) == 222
    for secret in secrets:
        assert re.search(secret.regex, secret.sample), secret
    assert not any(secret.regex in benchmarks.workload.PATTERNS.values() for secret in secrets)


def test_200_patterns_are_the_20_and_180_more(benchmarks: ModuleType) -> None:
    pattern_set = benchmarks.scan.policies.pattern_set
    twenty, many = pattern_set("twenty"), pattern_set("two_hundred")
    assert len(twenty) == 20
    assert len(many) == 200
    assert twenty.items() <= many.items()


def test_word_lists_have_different_words_of_which_some_stand_in_the_text(benchmarks: ModuleType) -> None:
    lists = benchmarks.scan.lists
    entries = lists.entries(2_000)
    assert len(set(entries)) == 2_000
    assert lists.entries(2_000) == entries
    words = set(re.findall(r"\w+", lists.listed_text(100_000, 2_000).lower()))
    assert len(words & set(entries)) > 50
    inside = [word for word in words if word.removeprefix("un") in entries and word not in entries]
    assert inside
