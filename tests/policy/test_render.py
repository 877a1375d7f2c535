"""Carets stand under what they mean, whatever is on the line."""

import pytest

from guardc.policy import Source, make, render


def caret(line: str, start: int, end: int) -> tuple[str, str]:
    """The source line and the line of carets as they are printed."""
    text = render([make("G002", Source("a.guard", line).span(start, end), "unexpected `x`")])
    lines = text.split("\n")
    return lines[3].removeprefix("1 |").removeprefix(" "), lines[4].removeprefix("  | ")


@pytest.mark.parametrize(
    ("line", "start", "end", "shown", "carets"),
    [
        ("no x", 3, 4, "no x", "   ^"),
        ("\tno\tx", 4, 5, "    no    x", "          ^"),
        ("名前 x", 3, 4, "名前 x", "     ^"),
        ("名前 x", 0, 2, "名前 x", "^^^^"),
        ("e\u0301e x", 4, 5, "e\u0301e x", "   ^"),
        ("no", 2, 2, "no", "  ^"),
        ("a\x1b[31mb", 6, 7, "a\N{REPLACEMENT CHARACTER}[31mb", "      ^"),
        ("no x\r", 3, 4, "no x", "   ^"),
        ("", 0, 0, "", "^"),
    ],
)
def test_carets_stand_under_the_words(line: str, start: int, end: int, shown: str, carets: str) -> None:
    assert caret(line, start, end) == (shown, carets)


@pytest.mark.parametrize("start", [0, 50, 5000, 9_999])
def test_long_lines_are_clipped_around_the_caret(start: int) -> None:
    line = "".join(chr(97 + n % 26) for n in range(10_000))
    shown, carets = caret(line, start, start + 1)
    assert len(shown) <= 110
    assert shown[len(carets) - 1] == line[start]


def test_wide_lines_are_clipped_by_columns() -> None:
    shown, carets = caret("名" * 3000 + "x", 3000, 3001)
    assert shown.endswith("x")
    assert len(carets) == 4 + 2 * (len(shown) - 5) + 1


def test_spans_of_several_lines_are_marked_on_the_first() -> None:
    assert caret("abc\ndef", 1, 6) == ("abc", " ^^")


def test_labels_of_one_diagnostic_are_shown_from_top_to_bottom() -> None:
    source = Source("a.guard", "one\ntwo\nthree\nfour\n")
    other = Source("b.guard", "five")
    text = render(
        [
            make(
                "G022",
                source.span(8, 13),
                "twice",
                label="here",
                help="first\nsecond",
                notes=["note"],
                also=[(source.span(0, 3), "and here"), (other.span(0, 4), "and there")],
            )
        ]
    )
    assert text == (
        "error[G022]: twice\n"
        " --> a.guard:3:1\n"
        "  |\n"
        "1 | one\n"
        "  | --- and here\n"
        "...\n"
        "3 | three\n"
        "  | ^^^^^ here\n"
        " ::: b.guard:1:1\n"
        "  |\n"
        "1 | five\n"
        "  | ---- and there\n"
        "  |\n"
        "  = help: first\n"
        "          second\n"
        "  = note: note\n"
        "\n"
        "1 error\n"
    )
