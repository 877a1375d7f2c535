"""What the language brings along: its tests, actions, units and checks, with what they take and what they
can fix.

Vocabulary: a test's *own fix* is what `on fail fix` does without `with` and `to`.

Invariant: the checker knows built-in tests and actions only through this table, and people read the same
table.

Example: `TESTS["json"].own_fix` is None, so `json on fail fix` does not compile.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from guardc.policy.model import Normalization

__all__ = [
    "ACTIONS",
    "BACKTRACKING",
    "CHECKS",
    "COSTS",
    "DETECTORS",
    "FRACTIONAL",
    "MEASURES",
    "NORMALIZATIONS",
    "READING_RATE",
    "ROLES",
    "SCORE",
    "SQL_DIALECTS",
    "SQL_PARTS",
    "TESTS",
    "TIMES",
    "UNITS",
    "WORD_OPTIONS",
    "ActionEntry",
    "DetectorEntry",
    "PatternOption",
    "TestEntry",
    "Unit",
]


COSTS: dict[str, str] = {
    "scan": "found in the one scan of the guard, together with everything else that it looks for",
    "constant": "constant, whatever the length of the text",
    "pass": "linear: one pass over the text",
    "lookup": "linear: one pass over the text, and a look-up among the hashes of the given text for each word",
    "sort": "linear: one pass over the text, and sorting one number for each sentence",
    "parser": "a parser in Python, in a thread of its own; it is stopped after a second, and texts above 100,000 "
    "characters are not judged",
}
"""What judging a text costs, by the names that entries use. Nothing is more than linear in the text."""


@dataclass(frozen=True)
class TestEntry:
    """A built-in test. `form` is how it is written, `holds` says when it holds, `own_fix` what a plain fix
    does. `cost` is a key of `COSTS`; `extra` names the optional dependencies that it needs."""

    name: str
    kind: Literal["detector", "measure", "predicate"]
    form: str
    holds: str
    own_fix: str | None
    example: str
    cost: str
    extra: str | None = None


TESTS: dict[str, TestEntry] = {
    entry.name: entry
    for entry in (
        TestEntry(
            "no",
            "detector",
            "no DETECTOR, ... except DETECTOR, ...",
            "nothing that the detectors find is left, apart from what the exceptions cover",
            "replaces each finding by its kind in square brackets, or by the template after `with`",
            "no pii.any except order_id on fail fix",
            "scan",
        ),
        TestEntry(
            "has",
            "detector",
            "has DETECTOR, ... except DETECTOR, ...",
            "at least one of the detectors finds something",
            None,
            'has contact on fail reask "Please give a contact."',
            "scan",
        ),
        TestEntry(
            "is",
            "detector",
            "is DETECTOR, ... except DETECTOR, ...",
            "the whole text is what one of the detectors finds",
            None,
            "is order_id on fail refrain",
            "pass",
        ),
        TestEntry(
            "chars",
            "measure",
            "chars COMPARISON",
            "the number of characters lies in the range",
            "cuts the text after the last character that fits",
            "chars in 1..280 on fail fix",
            "constant",
        ),
        TestEntry(
            "words",
            "measure",
            "words COMPARISON",
            "the number of words (runs without white space) lies in the range",
            "cuts the text after the last word that fits",
            "words <= 300 on fail fix",
            "pass",
        ),
        TestEntry(
            "lines",
            "measure",
            "lines COMPARISON",
            "the number of lines lies in the range",
            "cuts the text after the last line that fits",
            "lines <= 10 on fail fix",
            "pass",
        ),
        TestEntry(
            "bytes",
            "measure",
            "bytes COMPARISON",
            "the number of bytes of the text in UTF-8 lies in the range",
            "cuts the text after the last whole character that fits",
            "bytes <= 64 KB on fail fix",
            "pass",
        ),
        TestEntry(
            "count",
            "measure",
            "count(DETECTOR, ...) COMPARISON",
            "the number of findings of all the detectors together lies in the range",
            None,
            "count(pii.email, pii.phone) <= 3 on fail refrain",
            "scan",
        ),
        TestEntry(
            "one of",
            "predicate",
            'one of "A", "B", ... [ignore case]',
            "the text is one of the choices",
            None,
            'one of "low", "normal", "high" on fail fix to "normal"',
            "pass",
        ),
        TestEntry(
            "json",
            "predicate",
            "json",
            "the text is one JSON value (RFC 8259)",
            None,
            'json on fail reask "Answer in JSON."',
            "pass",
        ),
        TestEntry(
            "lower case",
            "predicate",
            "lower case",
            "the text has no upper-case letters",
            "makes the text lower case",
            "lower case on fail fix",
            "pass",
        ),
        TestEntry(
            "upper case",
            "predicate",
            "upper case",
            "the text has no lower-case letters",
            "makes the text upper case",
            "upper case on fail fix",
            "pass",
        ),
        TestEntry(
            "starts with",
            "predicate",
            'starts with "TEXT"',
            "the text begins with the given one",
            "puts the given text before the text",
            'starts with "Dear " on fail fix',
            "constant",
        ),
        TestEntry(
            "ends with",
            "predicate",
            'ends with "TEXT"',
            "the text ends with the given one",
            "puts the given text after the text",
            'ends with "." on fail fix',
            "constant",
        ),
        TestEntry(
            "contains",
            "predicate",
            'contains "TEXT" [ignore case]',
            "the given text stands somewhere in the text",
            None,
            'contains "Not financial advice." on fail reask "Add the disclaimer."',
            "pass",
        ),
        TestEntry(
            "number",
            "measure",
            "number COMPARISON",
            "the text is one number as JSON writes it, and lies in the range",
            "gives the end of the range that the number is beyond",
            "number in 0..10 on fail fix",
            "pass",
        ),
        TestEntry(
            "number within",
            "measure",
            "number within NUMBER deviations of [NUMBER, ...]",
            "the text is one number, no further from the mean of the given ones than so many standard deviations",
            "gives the end of the range that the number is beyond",
            "number within 2 deviations of [10, 12, 11] on fail refrain",
            "pass",
        ),
        TestEntry(
            "reading time",
            "measure",
            "reading time COMPARISON",
            "the time in which the text is read, at 238 words a minute, lies in the range",
            "cuts the text after the last word that fits",
            "reading time <= 5 min on fail fix",
            "pass",
        ),
        TestEntry(
            "reading grade",
            "measure",
            "reading grade COMPARISON",
            "the Flesch-Kincaid grade level of the text, which is meant to be English, lies in the range",
            None,
            'reading grade <= 8 on fail reask "Write it in simpler words."',
            "pass",
        ),
        TestEntry(
            "overlap",
            "measure",
            "overlap(TEXT) COMPARISON",
            "the share of the given text's groups of four words that stand in the text lies in the range",
            None,
            "overlap(prompt) < 0.3 on fail refrain",
            "lookup",
        ),
        TestEntry(
            "sql",
            "predicate",
            'sql [dialect "NAME"] [without "PART", ...]',
            "the text is one or more SQL statements that have none of the parts in them",
            None,
            'sql dialect "postgres" without "drop", "delete" on fail refrain',
            "parser",
            "sql",
        ),
        TestEntry(
            "html",
            "predicate",
            "html",
            "the text is HTML without a parse error, as a document or as a part of one",
            None,
            'html on fail reask "Close every tag."',
            "parser",
            "html",
        ),
        TestEntry(
            "openapi",
            "predicate",
            "openapi",
            "the text is an OpenAPI description, in JSON or YAML, that refers to nothing outside of itself",
            None,
            "openapi on fail refrain",
            "parser",
            "openapi",
        ),
    )
}

FRACTIONAL = frozenset({"number", "number within", "reading time", "reading grade", "overlap"})
"""Measures whose values have fractions. The others count, and are never below zero."""

READING_RATE = 238
"""Words a minute: what adults read silently in English non-fiction, on the average of 190 studies (Brysbaert, How many
words do we read per minute?, Journal of Memory and Language 109, 2019)."""


@dataclass(frozen=True)
class DetectorEntry:
    """A detector of the language. `finds` says what, `own_fix` what a plain fix of `no` does with it."""

    name: str
    form: str
    finds: str
    own_fix: str
    example: str
    cost: str


DETECTORS: dict[str, DetectorEntry] = {
    entry.name: entry
    for entry in (
        DetectorEntry(
            "leak",
            "leak(TEXT)",
            "stretches of the text that the given text has, too: four words or more, whatever their case and "
            "punctuation",
            "replaces the stretch by `[leak]`",
            "no leak(prompt) on fail fix",
            "lookup",
        ),
        DetectorEntry(
            "repeated sentences",
            "repeated sentences",
            "sentences of three words or more that stood before, whatever their case and punctuation",
            "deletes the sentence and the white space before it",
            "no repeated sentences on fail fix",
            "sort",
        ),
    )
}

SQL_DIALECTS = (
    "athena", "bigquery", "clickhouse", "databricks", "doris", "drill", "duckdb", "hive", "mysql", "oracle",
    "postgres", "presto", "redshift", "snowflake", "spark", "sqlite", "starrocks", "teradata", "trino", "tsql",
)  # fmt: skip
"""What `sql dialect` knows."""

SQL_PARTS = (
    "alter", "attach", "commit", "copy", "create", "delete", "describe", "drop", "grant", "insert", "intersect", "into",
    "join", "load data", "merge", "pragma", "revoke", "rollback", "select", "set", "star", "subquery", "transaction",
    "truncate", "union", "update", "use", "with",
)  # fmt: skip
"""What may stand after `sql without`: kinds of statements, and parts of them."""
SCORE = TestEntry(
    "NAME.score",
    "measure",
    "NAME.score COMPARISON",
    "the probability that the classifier NAME gives, from 0 to 1, lies in the range",
    None,
    "models.injection.score < 0.8 on fail refrain",
    "pass",
)
"""The score of a classifier: a measure whose name begins with the classifier's."""

MEASURES = tuple(name for name, entry in TESTS.items() if entry.kind == "measure")


@dataclass(frozen=True)
class ActionEntry:
    """An on-fail action. `does` says what comes out; the flags say where it may stand."""

    name: str
    form: str
    does: str
    on_limit: bool
    on_error: bool
    example: str


ACTIONS: dict[str, ActionEntry] = {
    entry.name: entry
    for entry in (
        ActionEntry(
            "exception",
            "exception",
            "stops: the outcome carries an error",
            True,
            True,
            'on fail exception "Please do not paste credentials."',
        ),
        ActionEntry("refrain", "refrain", "the output is the empty text", True, True, "on fail refrain"),
        ActionEntry("filter", "filter", "there is no output", True, True, "on fail filter"),
        ActionEntry(
            "reask",
            "reask",
            "the model is asked again, with the message",
            False,
            False,
            'on fail reask "Give a contact."',
        ),
        ActionEntry(
            "fix_reask",
            'fix_reask [with "TEMPLATE" | to "TEXT"]',
            "as fix; if the fixed text still fails, the model is asked again",
            False,
            False,
            "on fail fix_reask",
        ),
        ActionEntry(
            "fix",
            'fix [with "TEMPLATE" | to "TEXT"]',
            "the text is mended and judged once more",
            False,
            False,
            'on fail fix with "[{kind}]"',
        ),
        ActionEntry(
            "custom",
            "custom ACTION(ARGUMENTS)",
            "a function of the service mends the text",
            False,
            False,
            'on fail custom notify("team")',
        ),
        ActionEntry("noop", "noop", "the failure is only reported", False, True, "on fail noop"),
    )
}
"""All actions, strongest first."""


@dataclass(frozen=True)
class Unit:
    """A unit of a number: what it counts, and how many of them it stands for."""

    measure: str
    factor: int


UNITS: dict[str, Unit] = {
    "chars": Unit("chars", 1),
    "char": Unit("chars", 1),
    "words": Unit("words", 1),
    "word": Unit("words", 1),
    "lines": Unit("lines", 1),
    "line": Unit("lines", 1),
    "bytes": Unit("bytes", 1),
    "byte": Unit("bytes", 1),
    "KB": Unit("bytes", 1024),
    "MB": Unit("bytes", 1024 * 1024),
    "s": Unit("reading time", 1),
    "min": Unit("reading time", 60),
}

TIMES: dict[str, int] = {"ms": 1, "s": 1000}
"""Units of time, in milliseconds."""

CHECKS: dict[str, str] = {
    "luhn": "the digits pass the Luhn formula (card numbers)",
    "mod97": "the characters leave 1 when divided by 97 (IBAN)",
    "no placeholder": "it does not look like a stand-in: `xxxx`, `example`, `your-key`, `12345678`, `<key>`, `${KEY}`",
    "verhoeff": "its digits pass Verhoeff's formula (Aadhaar)",
    "ean13": "the check digit of an EAN-13, of a Swiss AHV number",
    "isbn": "the check digit of an ISBN, of ten or thirteen digits",
    "vin": "the check digit of a vehicle identification number",
    "npi": "the check digit of a US provider's NPI",
    "aba": "the check digit and district of a US bank routing number",
    "uk_nhs": "the check digit of an NHS number",
    "de_tax_id": "the check digit of a German tax identification number",
    "fr_nir": "the key of a French social security number",
    "es_nif": "the control character of a Spanish NIF, NIE or CIF",
    "it_codice_fiscale": "the control letter of an Italian codice fiscale",
    "br_cpf": "the check digits of a Brazilian CPF",
    "br_cnpj": "the check digits of a Brazilian CNPJ",
    "au_tfn": "the check of an Australian tax file number",
    "au_abn": "the check of an Australian business number",
    "au_medicare": "the check digit of an Australian Medicare card",
    "nl_bsn": "the check of a Dutch BSN",
    "pl_pesel": "the check digit of a Polish PESEL",
    "se_personnummer": "the check digit of a Swedish personal number",
    "be_national": "the check digits of a Belgian national number",
    "pt_nif": "the check digit of a Portuguese NIF",
    "cn_resident": "the check character of a Chinese resident identity number",
    "jp_my_number": "the check digit of a Japanese individual number",
    "kr_rrn": "the check digit of a Korean resident registration number",
    "mx_curp": "the check digit of a Mexican CURP",
    "sg_nric": "the check letter of a Singaporean NRIC or FIN",
    "no_fodselsnummer": "the check digits of a Norwegian identity number",
    "fi_hetu": "the check character of a Finnish identity code",
    "base58check": "the checksum of a Bitcoin, Litecoin, Dogecoin or TRON address",
    "xrp_address": "the checksum of an XRP address",
    "bech32": "the checksum of a segwit address (BIP-173, BIP-350)",
    "eip55": "an Ethereum address whose letters have the case of its checksum, or one case",
    "public_suffix": "a domain name: a label and more under a public suffix (ICANN section of publicsuffix.org)",
    "entropy >= BITS": "its characters differ: Shannon entropy in bits per character",
    "is NAME": "another detector takes all of the match",
    "has NAME": "another detector finds something in the match",
    "no NAME": "another detector finds nothing in the match",
    "not before NAME": "another detector does not match right behind it",
    "not in NAME": "the match is no part of one of another detector",
    "near NAME within N chars": "something that another detector finds begins so near before or after the match; "
    'words may be written in place: `near ["card", "visa"] within 50 chars`',
}
"""What may stand after `where` of a pattern, with its meaning. The match is judged as a text of its own."""


ROLES: dict[str, str] = {
    "system": "the service's own instructions to the model",
    "developer": "the same, under the name that newer APIs give them",
    "user": "what people write",
    "assistant": "what the model answered, and what it asks tools to do",
    "tool": "what tools answered (also the older role `function`)",
}
"""Who speaks in chat messages: what may stand after `from` of a guard, with its meaning."""


@dataclass(frozen=True)
class PatternOption:
    """What may stand after the regex of a pattern."""

    form: str
    does: str
    example: str


BACKTRACKING = PatternOption(
    "backtracking [within TIME]",
    "for back-references and the like: Python's `re` searches in a process apart, for 100 ms or TIME at most; "
    "if that is too short, the rule's `on error` decides",
    r"pattern doubled = /\b(\w+) \1\b/ backtracking within 50 ms",
)

WORD_OPTIONS: dict[str, str] = {
    "ignore case": "upper and lower case are the same",
    "anywhere": "entries are found inside words as well",
    "leet": "digits and signs may stand for letters, as in `p4$$w0rd`",
    "within 1 edit": "entries are found with an error: a letter missing, wrong, too many, or two that changed places",
    "within 2 edits": "entries of at least eight characters are found with two errors",
}
"""What may stand after the entries of a word list."""

NORMALIZATIONS: dict[Normalization, str] = {
    "invisible": "characters that are not shown are removed: zero-width ones, soft hyphens, marks of direction, tags",
    "width": "full-width, half-width, circled, superscript and mathematical forms and ligatures are made plain",
    "confusables": "letters of other alphabets that look like ASCII letters become these, in words that mix alphabets; "
    "strokes through letters are removed",
    "escapes": "`\\u0041`, `\\x41`, `\\n`, `%41`, `&#65;`, `&amp;` and their like become what they stand for, once",
}
"""What may stand after `normalize` of a guard, with what the guard's detectors do not see any more."""
