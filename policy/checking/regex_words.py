"""What is wrong with a regex, in plain words.

Python's `re` says it in its own; the tables here say it in the author's, with the mend.

Invariant: what `re` says and no table knows is passed on as `re` said it.

Example: `in_plain_words("nothing to repeat")` is `("there is nothing before this to repeat", "write a
backslash before the character to mean the character itself")`.
"""

from __future__ import annotations

__all__ = ["in_plain_words", "warning_in_plain_words"]

_ITSELF = "write a backslash before the character to mean the character itself"

_ERRORS: tuple[tuple[str, str, str | None], ...] = (
    ("unterminated character set", "the set is never closed", "close the set with `]`, or write `\\[` for a bracket"),
    (
        "missing ), unterminated subpattern",
        "the group is never closed",
        "close the group with `)`, or write `\\(` for a bracket",
    ),
    ("missing ), unterminated comment", "the comment is never closed", "close it with `)`"),
    ("unbalanced parenthesis", "this bracket closes nothing", "write `\\)` for a bracket"),
    ("nothing to repeat", "there is nothing before this to repeat", _ITSELF),
    (
        "multiple repeat",
        "this repeats what is a repetition already",
        "put the first repetition into a group, or write a backslash before the second",
    ),
    (
        "min repeat greater than max repeat",
        "the repetition ends before it begins",
        "write the smaller number first, as in `{2,5}`",
    ),
    (
        "bad character range",
        "the range ends before it begins",
        "write the lower end first, or `\\-` for a hyphen",
    ),
    (
        "look-behind requires fixed-width pattern",
        "a look-behind can only look at texts of one length",
        "make every branch of the look-behind equally long",
    ),
    (
        "global flags not at the start",
        "flags for the whole regex stand in its middle",
        "write the flag after the closing slash",
    ),
    (
        "unknown extension ?<",
        "groups are not named so",
        "a named group is written `(?P<name>...)`, a plain one `(?:...)`",
    ),
    ("unknown extension", "there is no such kind of group", "a group is written `(...)` or `(?:...)`"),
    ("unexpected end of pattern", "the regex ends in the middle of a group", "close the group with `)`"),
    (
        "invalid group reference",
        "there is no group of this number",
        "groups are counted by their opening brackets, from 1",
    ),
    ("cannot refer to an open group", "the group refers to itself", "write out what the group can match"),
    ("unknown group name", "there is no group of this name", "a named group is written `(?P<name>...)`"),
    ("redefinition of group name", "two groups have this name", "write `(?:...)` for a group without a name"),
    ("bad character in group name", "this cannot be the name of a group", "take the letters a to z, digits and `_`"),
    ("missing group name", "the group lacks its name", "a named group is written `(?P<name>...)`"),
    ("missing >, unterminated name", "the name of the group is never closed", "close it with `>`"),
    (
        "missing -, : or )",
        "the flags of the group are not closed",
        "write `(?i:...)`",
    ),
    ("conditional backref", "the choice has more than two branches", "write `(?(1)with|without)`"),
    ("undefined character name", "there is no character of this name", "write the character itself, or `\\u00e9`"),
    ("the repetition number", "the number of repetitions is too large", "write a smaller one, or `*`"),
    ("incomplete escape", "the escape is not complete", "write two digits after `\\x`, four after `\\u`"),
)
"""What `re` says (its beginning), what that means, and the mend."""

_ESCAPES: dict[str, tuple[str, str]] = {
    "p": (
        "`\\p` is not known to Python's `re`",
        "use `\\w`, `[^\\W\\d_]` for letters alone, or a range",
    ),
    "P": ("`\\P` is not known to Python's `re`", "use `\\W`, or a set that begins with `^`"),
    "h": ("`\\h` is not known to Python's `re`", "write `[ \\t]` for spaces and tabs"),
    "H": ("`\\H` is not known to Python's `re`", "write `[^ \\t]` for anything but spaces and tabs"),
    "R": ("`\\R` is not known to Python's `re`", "write `\\r?\\n` for a line break"),
    "z": ("`\\z` is not known to Python's `re`", "write `\\Z` for the end of the text"),
    "G": ("`\\G` is not known to Python's `re`", "leave it out: every match is looked for where the last one ended"),
    "K": ("`\\K` is not known to Python's `re`", "write what stands before the match as a look-behind, `(?<=...)`"),
    "Q": ("`\\Q` is not known to Python's `re`", "write a backslash before each sign that is meant as itself"),
    "E": ("`\\E` is not known to Python's `re`", "write a backslash before each sign that is meant as itself"),
    "X": ("`\\X` is not known to Python's `re`", "write `.` for one character"),
    "e": ("`\\e` is not known to Python's `re`", "write `\\x1b` for the escape character"),
}
"""Escapes of other dialects, by their letter."""

_WARNINGS: tuple[tuple[str, str, str], ...] = (
    ("possible nested set", "this bracket stands inside a set, where it is a plain character", _ITSELF),
    ("possible set difference", "`--` is no difference of sets here", "write `\\-` for a hyphen"),
    ("possible set intersection", "`&&` is no intersection of sets here", "write `&` once"),
    ("possible set symmetric difference", "`~~` is no difference of sets here", "write `~` once"),
    ("possible set union", "`||` is no union of sets here", "write `|` once"),
)
"""The same for what `re` warns of."""


def in_plain_words(reason: str) -> tuple[str, str | None]:
    """What an error of `re` means, and its mend."""
    if reason.startswith("bad escape \\"):
        escape = reason.removeprefix("bad escape ")
        words = f"`{escape}` is not known to Python's `re`"
        return _ESCAPES.get(escape[1:], (words, "write the letter alone, or `\\\\` for a backslash"))
    for beginning, words, mend in _ERRORS:
        if reason.startswith(beginning):
            return words, mend
    return reason[:1].lower() + reason[1:], None


def warning_in_plain_words(reason: str) -> tuple[str, str]:
    """What a warning of `re` means, and its mend."""
    reason = reason[:1].lower() + reason[1:]
    for beginning, words, mend in _WARNINGS:
        if reason.startswith(beginning):
            return words, mend
    return reason, _ITSELF
