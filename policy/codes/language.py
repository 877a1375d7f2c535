"""The codes of what can be wrong with files, with the writing, and with names (G001 to G029)."""

from __future__ import annotations

from guardc.policy.codes.entry import Code

__all__ = ["ENTRIES", "guard"]


def guard(*rules: str, before: str = "") -> str:
    """A policy with one guard of these rules, for an example."""
    lines = "".join(f"    {rule}\n" for rule in rules)
    head = before.rstrip("\n") + "\n\n" if before else ""
    return f"edition 1\n\n{head}guard reply on output {{\n{lines}}}\n"


ENTRIES = (
    Code(
        "G001",
        "the policy cannot be read",
        "error",
        "The file does not exist, may not be read, is not UTF-8 text, or is larger than a policy may be (2 MiB).",
    ),
    Code(
        "G002",
        "unexpected word",
        "error",
        "The line does not follow the form of its statement. The help shows that form. After a line that cannot be "
        "read the compiler goes on with the next one, so one run shows every such line, up to twenty of a file. Of a "
        "file in which hardly a line begins like a statement only that is said.",
        wrong=guard("words between 1 and 300"),
        right=guard("words in 1..300"),
    ),
    Code(
        "G003",
        "malformed string",
        "error",
        'Strings are written between double quotes, on one line. Inside, `\\"`, `\\\\`, `\\n`, `\\t`, `\\r` '
        "and `\\u{1F600}` stand for characters that are hard to write; nothing else may follow a backslash.",
        wrong=guard('no rivals on fail fix with "a\\z"', before='words rivals = ["Globex"]'),
        right=guard('no rivals on fail fix with "a\\\\z"', before='words rivals = ["Globex"]'),
    ),
    Code(
        "G004",
        "malformed regex literal",
        "error",
        "A regex stands between slashes on one line, and a slash inside it is written `\\/`. Letters "
        "after the closing "
        "slash are flags.",
        wrong=guard("no order_id", before="pattern order_id = /ORD-\\d{8}"),
        right=guard("no order_id", before="pattern order_id = /ORD-\\d{8}/"),
    ),
    Code(
        "G005",
        "unexpected character",
        "error",
        "The character has no meaning at this place. Names are made of the letters a to z, digits and `_`.",
        wrong=guard("no order-id", before="pattern order_id = /ORD-\\d{8}/"),
        right=guard("no order_id", before="pattern order_id = /ORD-\\d{8}/"),
    ),
    Code(
        "G006",
        "brackets do not match",
        "error",
        "A `{`, `[` or `(` is never closed, or a closing bracket has nothing to close.",
        wrong=("edition 1\n\nguard reply on output {\n    chars in 1..300\n\nguard question on input {\n    json\n}\n"),
        right=(
            "edition 1\n\nguard reply on output {\n    chars in 1..300\n}\n\nguard question on input {\n    json\n}\n"
        ),
    ),
    Code(
        "G007",
        "reserved for a later edition",
        "error",
        "The word belongs to a part of the language that this edition does not have yet.",
        wrong="edition 1\n\nguard reply on output {\n    json\n}\n\nassert reply never emits pii.card\n",
        right="edition 1\n\nguard reply on output {\n    json\n}\n",
    ),
    Code(
        "G008",
        "nested too deeply",
        "error",
        "Brackets, `not` and calls may nest 32 deep.",
    ),
    Code(
        "G010",
        "no edition",
        "warning",
        "A policy says in its first line which edition of the language it is written in, so that it "
        "keeps its meaning when "
        "the language grows. Without the line, edition 1 is taken.",
        wrong="guard reply on output {\n    chars in 1..300\n}\n",
        right="edition 1\n\nguard reply on output {\n    chars in 1..300\n}\n",
    ),
    Code(
        "G011",
        "wrong edition",
        "error",
        "The only edition is 1. It is given once, before every other statement.",
        wrong="edition 2\n\nguard reply on output {\n    chars in 1..300\n}\n",
        right="edition 1\n\nguard reply on output {\n    chars in 1..300\n}\n",
    ),
    Code(
        "G012",
        "unknown detector",
        "error",
        "A rule names a pattern, a word list or a custom detector that is not defined. Names of "
        "imported files are written "
        "with the name of the import in front, as in `pii.email`.",
        wrong=guard("no pii.emial", before="import std.pii"),
        right=guard("no pii.email", before="import std.pii"),
    ),
    Code(
        "G013",
        "unknown test",
        "error",
        "A rule begins with a word that is neither a built-in test nor a custom measure or predicate of this policy.",
        wrong=guard("wrods <= 300"),
        right=guard("words <= 300"),
    ),
    Code(
        "G014",
        "unknown action",
        "error",
        "The actions are noop, custom, fix, fix_reask, reask, filter, refrain and exception. "
        "`custom` is followed by the "
        "name of a custom action of this policy.",
        wrong=guard("words <= 300 on fail exeption"),
        right=guard("words <= 300 on fail exception"),
    ),
    Code(
        "G015",
        "unknown metadata field",
        "error",
        "A condition may only name fields that are declared in `metadata { ... }`.",
        wrong=guard('when teir == "free": words <= 300', before="metadata {\n    tier string\n}"),
        right=guard('when tier == "free": words <= 300', before="metadata {\n    tier string\n}"),
    ),
    Code(
        "G016",
        "unknown unit",
        "error",
        "The units are chars, words, lines, bytes, KB (1024 bytes), MB (1024 KB), and of time s and min; chars, words, "
        "lines and bytes may be "
        "written in the singular.",
        wrong=guard("max 64 kilobytes", "json"),
        right=guard("max 64 KB", "json"),
    ),
    Code(
        "G017",
        "unknown check",
        "error",
        "The checks after `where` are those with a name, such as `luhn` (card numbers), and `entropy >= 3.5`, "
        "`no placeholder`, `is NAME`, `has NAME`, `no NAME`, `near NAME within 50 chars`. `guardc validators` lists "
        "them.",
        wrong=guard("no card", before="pattern card = /\\d{16}/ where lunh"),
        right=guard("no card", before="pattern card = /\\d{16}/ where luhn"),
    ),
    Code(
        "G018",
        "bad template",
        "error",
        "A template after `with` may contain the placeholders `{kind}`, the last part of the detector's name, and "
        "`{mask}`, as many `*` as the finding has characters. No placeholder keeps what was found. A brace that is "
        "meant as a brace is written twice.",
        wrong=guard('no rivals on fail fix with "[{kidn}]"', before='words rivals = ["Globex"]'),
        right=guard('no rivals on fail fix with "[{kind}]"', before='words rivals = ["Globex"]'),
    ),
    Code(
        "G019",
        "unknown module",
        "error",
        "The standard library has no module of this name. A file of your own is imported by its path, in quotes.",
        wrong=guard("json", before="import std.pij"),
        right=guard("no pii.email", before="import std.pii"),
    ),
    Code(
        "G020",
        "wrong kind of name",
        "error",
        "The name exists, but stands for something that cannot be used here. A detector needs `no`, "
        "`has` or `is` before "
        "it, a measure is compared with a number, a predicate stands alone, an action follows `on "
        "fail custom`.",
        wrong=guard("toxicity", before="custom measure toxicity"),
        right=guard("toxicity < 0.4", before="custom measure toxicity"),
    ),
    Code(
        "G021",
        "name that cannot be used",
        "error",
        "Words of the language, and words reserved for later editions, cannot be names. Names have "
        "no dots: the part before "
        "a dot is the name of an import.",
        wrong=guard("no words", before='words words = ["Globex"]'),
        right=guard("no rivals", before='words rivals = ["Globex"]'),
    ),
    Code(
        "G022",
        "name defined twice",
        "error",
        "Patterns, word lists, custom validators and imports share one set of names; guards, "
        "metadata fields, parameters "
        "and the labels of a guard's rules have one set each. Within a set a name is defined once.",
        wrong=guard("no id", before="pattern id = /A\\d+/\npattern id = /B\\d+/"),
        right=guard("no id_a, id_b", before="pattern id_a = /A\\d+/\npattern id_b = /B\\d+/"),
    ),
    Code(
        "G024",
        "said twice",
        "error",
        "A rule has at most one `on fail` and one `on error`, a guard at most one `max`, `on fail` "
        "and `on error`, a policy "
        "at most one `defaults`, and an option is given once.",
        wrong=guard("words <= 300 on fail fix on fail refrain"),
        right=guard("words <= 300 on fail refrain"),
    ),
    Code(
        "G025",
        "unknown type",
        "error",
        "Parameters and metadata fields have one of the types string, number and bool. A custom "
        "validator is a detector, a "
        "measure, a predicate or an action. A guard is on input or on output.",
        wrong=guard('when tier == "free": words <= 300', before="metadata {\n    tier text\n}"),
        right=guard('when tier == "free": words <= 300', before="metadata {\n    tier string\n}"),
    ),
    Code(
        "G026",
        "file not found",
        "error",
        "An imported policy or a file of words cannot be read. Paths are relative to the folder of "
        "the file that names "
        "them. Files are UTF-8 text.",
        wrong=guard("no banned", before='words banned = lines("no such file.txt")'),
        right=guard("no banned", before='words banned = ["Globex"]'),
    ),
    Code(
        "G027",
        "files import each other",
        "error",
        "A file imports itself, directly or through other files. Move what both need into a third file.",
    ),
    Code(
        "G028",
        "useless entry",
        "warning",
        "An entry of a word list is written twice (white space counts as one space, and with `ignore case` the case "
        "does not count), or the list has no entries at all and finds nothing.",
        wrong=guard("no rivals", before='words rivals = ["Globex", "Initech", "Globex"]'),
        right=guard("no rivals", before='words rivals = ["Globex", "Initech"]'),
    ),
    Code(
        "G029",
        "empty entry",
        "error",
        "An entry of a word list has no characters but white space. It would be found everywhere.",
        wrong=guard("no rivals", before='words rivals = ["Globex", " "]'),
        right=guard("no rivals", before='words rivals = ["Globex"]'),
    ),
)
