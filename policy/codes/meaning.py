"""The codes of what can be wrong with values, tests, actions and whole guards (G030 to G089), and of
patterns that the compiler cannot take (G060 on)."""

from __future__ import annotations

from guardc.policy.codes.entry import Code
from guardc.policy.codes.language import guard

__all__ = ["ENTRIES"]

_RIVALS = 'words rivals = ["Globex"]'
_TIER = "metadata {\n    tier string\n}"

ENTRIES = (
    Code(
        "G030",
        "wrong number of arguments",
        "error",
        "A custom validator or action is given one argument for each of its parameters, in their "
        "order. Those that have a "
        "default may be left out at the end.",
        wrong=guard("toxicity < 0.4", before="custom measure toxicity(language string)"),
        right=guard('toxicity("en") < 0.4', before="custom measure toxicity(language string)"),
    ),
    Code(
        "G031",
        "wrong type",
        "error",
        "A value has another type than the place it is given for: a string where a number is asked "
        "for, a name where a "
        "value is.",
        wrong=guard("toxicity(7) < 0.4", before="custom measure toxicity(language string)"),
        right=guard('toxicity("en") < 0.4', before="custom measure toxicity(language string)"),
    ),
    Code(
        "G032",
        "number out of range",
        "error",
        "The number is larger than numbers may be (2 to the power of 53), smaller than makes sense "
        "here, or has a fraction "
        "where whole numbers are counted.",
        wrong=guard("words <= 300.5"),
        right=guard("words <= 300"),
    ),
    Code(
        "G033",
        "wrong unit",
        "error",
        "The unit does not suit what is measured, or a unit is missing. `max` is given in chars or bytes.",
        wrong=guard("words <= 300 chars"),
        right=guard("words <= 300 words"),
    ),
    Code(
        "G034",
        "range without a number in it",
        "error",
        "No number satisfies the comparison, so the rule could never hold, or the condition never be true.",
        wrong=guard("words in 300..1"),
        right=guard("words in 1..300"),
    ),
    Code(
        "G035",
        "rules that contradict each other",
        "error",
        "Two rules of one guard compare the same measure with ranges that have no number in common, "
        "so every text fails one "
        "of them. Rules with a `when`, and rules that only report (`noop`), are not compared.",
        wrong=guard("words <= 10", "words >= 20"),
        right=guard("words >= 10", "words <= 20"),
    ),
    Code(
        "G036",
        "invalid regex",
        "error",
        "The regex is not one that Python's `re` module accepts.",
        wrong=guard("no order_id", before="pattern order_id = /ORD-[0-9/"),
        right=guard("no order_id", before="pattern order_id = /ORD-[0-9]/"),
    ),
    Code(
        "G037",
        "doubtful regex",
        "warning",
        "The regex is accepted today, but Python's `re` module warns that it reads something in it "
        "in another way than it may "
        "look, or will read it in another way some day. Escape the character that is meant.",
        wrong=guard("no tag", before="pattern tag = /[[a]/"),
        right=guard("no tag", before="pattern tag = /[\\[a]/"),
    ),
    Code(
        "G038",
        "unknown regex flag",
        "error",
        "The flags are `a` (ASCII), `i` (ignore case), `m` (`^` and `$` at lines), `s` (`.` matches "
        "line breaks) and `x` "
        "(verbose).",
        wrong=guard("no order_id", before="pattern order_id = /ORD-\\d{8}/g"),
        right=guard("no order_id", before="pattern order_id = /ORD-\\d{8}/i"),
    ),
    Code(
        "G040",
        "condition that cannot be judged",
        "error",
        "A condition is true or false. Both sides of a comparison have one type, and `<`, `<=`, `>`, "
        "`>=` and ranges compare "
        "numbers.",
        wrong=guard("when tier == 3: words <= 300", before=_TIER),
        right=guard('when tier == "free": words <= 300', before=_TIER),
    ),
    Code(
        "G041",
        "action that does not fit",
        "error",
        "A limit ends the judging, so its action is exception, refrain or filter. After an error "
        "there is nothing to fix or "
        "ask again, so `on error` takes exception, refrain, filter or noop.",
        wrong=guard("max 64 KB on fail fix", "json"),
        right=guard("max 64 KB on fail refrain", "json"),
    ),
    Code(
        "G042",
        "nothing to fix with",
        "error",
        "The test has no fix of its own: say what the text becomes, with `fix to`, or take another "
        "action. A measure can be "
        "cut to its upper end if it has one; lower case, upper case, starts with and ends with can "
        "be made to hold; `no` "
        "replaces what it found.",
        wrong=guard("json on fail fix"),
        right=guard('json on fail fix to "{}"'),
    ),
    Code(
        "G043",
        "words that do not fit the action",
        "error",
        "`with` and `to` belong to fix and fix_reask, and only one of them is given. `with` replaces "
        "what a `no` rule found; "
        "`to` replaces the whole text.",
        wrong=guard('words <= 300 on fail fix with "..."'),
        right=guard("words <= 300 on fail fix"),
    ),
    Code(
        "G045",
        "fix that does not hold",
        "error",
        "The text after `fix to` fails the very rule it is to mend.",
        wrong=guard('one of "low", "high" on fail fix to "normal"'),
        right=guard('one of "low", "high" on fail fix to "low"'),
    ),
    Code(
        "G048",
        "unusable weights",
        "error",
        "The file after `weights` was not written by `guardc fit`, or was damaged or cut since. Nothing in it is "
        "believed: a checksum covers all of it.",
    ),
    Code(
        "G050",
        "not used",
        "warning",
        "Something is defined or imported that no guard uses. Only the policy that is compiled is "
        "looked at, not what it "
        "imports.",
        wrong=guard("json", before=_RIVALS),
        right=guard("no rivals", before=_RIVALS),
    ),
    Code(
        "G051",
        "empty guard",
        "warning",
        "The guard has no rules: every text passes that is not longer than its limit.",
        wrong="edition 1\n\nguard reply on output {\n}\n",
        right=guard("words <= 300"),
    ),
    Code(
        "G052",
        "rule written twice",
        "warning",
        "Two rules of the guard are the same. The second adds nothing but a second failure in reports.",
        wrong=guard("words <= 300", "words <= 300"),
        right=guard("words <= 300"),
    ),
    Code(
        "G053",
        "condition that is always the same",
        "warning",
        "The condition, or a part of it, is true or false whatever the metadata says.",
        wrong=guard("when 1 < 2: words <= 300"),
        right=guard("words <= 300"),
    ),
    Code(
        "G054",
        "no guards",
        "warning",
        "The policy has no guard, so its plan would judge nothing. A file of definitions for other "
        "policies needs no compiling.",
        wrong="edition 1\n\npattern order_id = /ORD-\\d{8}/\n",
        right=guard("no order_id", before="pattern order_id = /ORD-\\d{8}/"),
    ),
    Code(
        "G055",
        "guards of an imported file",
        "warning",
        "An import brings the patterns, word lists, shapes and custom validators of a file, and its defaults to its "
        "shapes. Its guards and metadata have no effect here.",
    ),
    Code(
        "G056",
        "test that always holds",
        "warning",
        "No text can fail this test: lengths and counts are never below zero.",
        wrong=guard("words >= 0"),
        right=guard("words >= 1"),
    ),
    Code(
        "G058",
        "checks that lead back or too far",
        "error",
        "A check may name another detector, whose checks may name others, through three detectors at most and never "
        "back: every match that is judged must come to an end.",
        wrong=guard("no key", before="pattern key = /k\\w{8}/ where no known\npattern known = /\\w{8}/ where no key"),
        right=guard("no key", before="pattern key = /k\\w{8}/ where no known\npattern known = /\\w{8}/ where luhn"),
    ),
    Code(
        "G059",
        "check that does not fit",
        "error",
        "Entropy is given as `entropy >= 3.5`, in bits per character, more than 0 and at most 8. A distance after "
        "`near` is 1 to 1000 chars. What judges a match, or stands near it, is a word list or a pattern that is "
        "compiled; what stands near has no checks of its own. A pattern with `backtracking` knows the checks `luhn` "
        "and `mod97` only. A pattern has at most 16 checks.",
        wrong=guard("no card", before='pattern card = /\\d{16}/ where near ["card"] within 50 words'),
        right=guard("no card", before='pattern card = /\\d{16}/ where near ["card"] within 50 chars'),
    ),
    Code(
        "G088",
        "entry too short for its edits",
        "error",
        "With `within` an entry is found although letters are missing, wrong or too many. Of a short entry so little "
        "is left then that ordinary words are like it: `hell` within two edits is `tell`, `ball` and `help`. An entry "
        "has at least four characters, white space not counted, for each edit.",
        wrong=guard("no terms", before='words terms = ["hell"] within 2 edits'),
        right=guard("no terms", before='words terms = ["hell"] within 1 edit'),
    ),
    Code(
        "G089",
        "number of edits",
        "error",
        "A word list is searched within one or two edits.",
        wrong=guard("no terms", before='words terms = ["blockheaded"] within 3 edits'),
        right=guard("no terms", before='words terms = ["blockheaded"] within 2 edits'),
    ),
    Code(
        "G060",
        "pattern cannot be compiled",
        "error",
        "Patterns run in time linear in the text. Back-references and conditionals cannot, and are refused. So is "
        "look-around of more than one character, except ahead at what the match goes on to consume; and so are "
        "atomic groups and possessive quantifiers where the next character does not tell whether they end. "
        "With `backtracking` after the regex such a pattern runs apart, under a time limit.",
        wrong=guard("no twice", before="pattern twice = /(\\w+) \\1/"),
        right=guard("no twice", before="pattern twice = /\\w+ \\w+/"),
    ),
    Code(
        "G061",
        "pattern too large",
        "error",
        "Compiled, the pattern would need more room than one pattern may have. Large counted "
        "repetitions are the usual "
        "cause. Or all patterns of the policy together tell more groups of characters apart than a plan has room "
        "for.",
    ),
    Code(
        "G062",
        "pattern matches the empty string",
        "warning",
        "The pattern matches without any character, so it is found in every text, between all its characters.",
        wrong=guard("no digits", before="pattern digits = /\\d*/"),
        right=guard("no digits", before="pattern digits = /\\d+/"),
    ),
    Code(
        "G063",
        "match too long for a check",
        "error",
        "A check reads every candidate from its start to its end. If a match could be as long as the text, the "
        "time per character would grow with the text, so a pattern with a check matches at most 256 characters.",
        wrong=guard("no digits", before="pattern digits = /\\d+/ where luhn"),
        right=guard("no digits", before="pattern digits = /\\d{13,19}/ where luhn"),
    ),
    Code(
        "G064",
        "pattern can never match",
        "warning",
        "No text has a match of the pattern, so a rule that uses it never finds anything.",
        wrong=guard("no tail", before="pattern tail = /\\d++\\d/"),
        right=guard("no tail", before="pattern tail = /\\d+\\d/"),
    ),
    Code(
        "G065",
        "alternative that decides nothing",
        "warning",
        "The pattern finds the same without one of its alternatives. Alternatives are tried in their order, and the "
        "first that leads to a match is taken: in `foo|foobar`, with nothing behind it, `foo` is found wherever "
        "`foobar` stands. Write the longer one first, or delete what is not needed. The "
        "comparison is exact: it covers every text, what stands around the alternatives, and whether a rule asks with "
        "`is`. Patterns of more than 32 alternatives, and those for which it would take long, are left alone.",
        wrong=guard("no shops", before="pattern shops = /foo|foobar/"),
        right=guard("no shops", before="pattern shops = /foobar|foo/"),
    ),
    Code(
        "G066",
        "backtracking without need",
        "warning",
        "The pattern can be compiled to run in time linear in the text. With `backtracking` it is slower, and there "
        "may be texts that take longer than its limit.",
        wrong=guard("no digits", before="pattern digits = /\\d+/ backtracking"),
        right=guard("no digits", before="pattern digits = /\\d+/"),
    ),
)
