"""How much the standard library finds of what it should, and how much of what it should not.

python tests/support/quality.py [N] [--show]      # N values of each kind; --show prints misses and wrong findings

Values are made from the definitions of their issuers: python-stdnum gives the check digits, Faker the people's data of
several countries. Each value is put into sentences and records as people write them. The other side is text that has
none of these things: Python's own library, hashes, UUIDs, versions, logs, lock files, order numbers.
"""

from __future__ import annotations

import hashlib
import random
import sys
import sysconfig
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from faker import Faker
from stdnum import iban as iban_number
from stdnum import luhn, verhoeff
from stdnum.au import abn, tfn
from stdnum.br import cnpj, cpf
from stdnum.de import idnr
from stdnum.es import dni, nie
from stdnum.gb import nhs
from stdnum.pl import pesel
from stdnum.us import rtn

from guardc.compiler import compile_text
from guardc.policy.checking.library import STD
from guardc.runtime import Guard, load

MODULES = ("pii", "ids", "crypto", "time", "money", "format", "net")
LOCALES = ("en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "pt_BR", "it_IT", "nl_NL", "en_IN", "pl_PL")

# What is said around a value. `{}` is the value; a word that says what it is stands in `{what}`.
FRAMES = (
    "My {what} is {}.",
    "{what}: {}",
    "{what}={}",
    '{{"{what}": "{}", "n": 3}}',
    "{what},{},yes\n",
    "Please note {what} {}, thanks!",
    "({what} {})",
    "| {what} | {} |",
    "- **{what}**: `{}`\n- other",
    "{what}:\n{}\n",
    "Hallo, meine {what} lautet {}; danke.",
    "<td>{what}</td><td>{}</td>",
    "Bonjour, mon {what} : {} !",
    "{what} - {}",
    "Mi {what} es {}?",
    "Meu {what} é {}…",
    "मेरा {what} {} है।",
    "self.{what} = '{}'  # note",
)


def digits(rng: random.Random, count: int, first: str = "123456789") -> str:
    return rng.choice(first) + "".join(rng.choice("0123456789") for _ in range(count - 1))


def valid(rng: random.Random, make: Callable[[], str], good: Callable[[str], bool]) -> str:
    while not good(value := make()):
        pass
    return value


def grouped(rng: random.Random, number: str, *sizes: int, signs: str = " -") -> str:
    """The number in one piece, or in groups with one of the signs between them."""
    sign = rng.choice(["", *signs])
    parts, place = [], 0
    for size in sizes:
        parts.append(number[place : place + size])
        place += size
    return sign.join(parts)


def with_digit(number: str, calculate: Callable[[str], str], sign: str = "") -> str:
    return f"{number}{sign}{calculate(number)}"


def card(rng: random.Random) -> str:
    first, length = rng.choice(
        [("4", 16), ("51", 16), ("55", 16), ("2221", 16), ("34", 15), ("37", 15), ("6011", 16), ("36", 14)]
    )
    body = first + "".join(rng.choice("0123456789") for _ in range(length - len(first) - 1))
    number = body + luhn.calc_check_digit(body)
    return grouped(rng, number, *{16: (4, 4, 4, 4), 15: (4, 6, 5), 14: (4, 6, 4)}[length])


def account(rng: random.Random, fake: dict[str, Faker]) -> str:
    number = iban_number.compact(
        fake[rng.choice(["de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "en_GB", "pl_PL"])].iban()
    )
    return rng.choice([number, iban_number.format(number)])


def mail(rng: random.Random, fake: dict[str, Faker]) -> str:
    name = fake[rng.choice(LOCALES)].ascii_email()
    return rng.choice([name, name.capitalize(), name.replace("@", "+news@"), name.replace("@", ".x_1@mail.")])


def phone(rng: random.Random, fake: dict[str, Faker]) -> str:
    """E.164 and the national ways of the large countries, as their numbering plans group them."""
    d = lambda count, first="23456789": digits(rng, count, first)  # noqa: E731
    return rng.choice(
        [
            f"+1 {d(3)}-{d(3)}-{d(4)}",
            f"({d(3)}) {d(3)}-{d(4)}",
            f"{d(3)}-{d(3)}-{d(4)}",
            f"+1{d(3)}{d(3)}{d(4)}",
            f"+44 20 {d(4)} {d(4)}",
            f"+44 7{d(3)} {d(6)}",
            f"07{d(3)} {d(6)}",
            f"020 {d(4)} {d(4)}",
            f"+49 {d(3)} {d(7)}",
            f"+49 30 {d(6)}",
            f"0{d(3)} {d(6)}",
            f"0{d(3)}/{d(6)}",
            f"+491{d(9)}",
            f"+33 6 {d(2)} {d(2)} {d(2)} {d(2)}",
            f"06 {d(2)} {d(2)} {d(2)} {d(2)}",
            f"01.{d(2)}.{d(2)}.{d(2)}.{d(2)}",
            f"+34 6{d(2)} {d(3)} {d(3)}",
            f"+34 91 {d(3)} {d(2)} {d(2)}",
            f"+55 11 9{d(4)}-{d(4)}",
            f"(11) 9{d(4)}-{d(4)}",
            f"+91 {d(5, '6789')} {d(5)}",
            f"+91-{d(10, '6789')}",
            f"+39 3{d(2)} {d(7)}",
            f"+31 6 {d(8)}",
            f"+81 90-{d(4)}-{d(4)}",
            f"+86 138 {d(4)} {d(4)}",
            f"+48 {d(3)} {d(3)} {d(3)}",
            f"+61 4{d(2)} {d(3)} {d(3)}",
            f"0043 1 {d(7)}",
            f"6{d(2)} {d(3)} {d(3)}",
            f"9{d(4)} {d(5)}",
            f"9{d(9)}",
            f"91 {d(3)} {d(2)} {d(2)}",
            f"{d(3)} {d(3)} {d(3)}",
        ]
    )


def kinds(
    rng: random.Random, fake: dict[str, Faker]
) -> dict[str, tuple[tuple[str, ...], tuple[str, ...], Callable[[], str]]]:
    """kind -> (detectors one of which should find it, words that say what it is, a maker)."""
    d = lambda count, first="123456789": digits(rng, count, first)  # noqa: E731
    return {
        "email": (("pii.email",), ("email", "E-Mail", "contact"), lambda: mail(rng, fake)),
        "phone": (("pii.phone", "pii.phone_digits"), ("phone", "Telefon", "tel"), lambda: phone(rng, fake)),
        "card": (("pii.card",), ("card", "Visa", "pago"), lambda: card(rng)),
        "iban": (("pii.iban",), ("IBAN", "Konto"), lambda: account(rng, fake)),
        "us_ssn": (
            ("pii.us_ssn", "ids.us_ssn_digits"),
            ("SSN", "social security number"),
            lambda: grouped(rng, fake["en_US"].ssn().replace("-", ""), 3, 2, 4),
        ),
        "ipv4": (("pii.ipv4",), ("ip", "host"), fake["en_US"].ipv4),
        "ipv6": (("pii.ipv6",), ("ip", "host"), fake["en_US"].ipv6),
        "url": (("net.url",), ("link", "see"), fake["en_US"].uri),
        "mac": (("net.mac",), ("mac", "device"), fake["en_US"].mac_address),
        "uuid": (("format.uuid",), ("id", "request"), lambda: str(uuid.UUID(int=rng.getrandbits(128)))),
        "date": (("time.date", "time.date_time"), ("on", "date"), fake["en_US"].date),
        "date_time": (
            ("time.date_time",),
            ("at", "created"),
            lambda: fake["en_US"].iso8601() + rng.choice(["", "Z", "+02:00"]),
        ),
        "nhs": (
            ("ids.uk_nhs",),
            ("NHS number", "NHS"),
            lambda: grouped(rng, valid(rng, lambda: d(10), nhs.is_valid), 3, 3, 4),
        ),
        "nino": (
            ("ids.uk_nino",),
            ("NI number",),
            lambda: grouped(rng, "AB" + d(6) + rng.choice("ABCD"), 2, 2, 2, 2, 1, signs=" "),
        ),
        "de_tax_id": (
            ("ids.de_tax_id",),
            ("Steuer-ID", "Steueridentifikationsnummer", "IdNr"),
            lambda: grouped(rng, valid(rng, lambda: d(11), idnr.is_valid), 2, 3, 3, 3, signs=" "),
        ),
        "dni": (
            ("ids.es_dni",),
            ("DNI", "NIF"),
            lambda: with_digit(d(8), dni.calc_check_digit, rng.choice(["", "-"])),
        ),
        "nie": (("ids.es_dni",), ("NIE",), lambda: with_digit(rng.choice("XYZ") + d(7), nie.calc_check_digit)),
        "codice_fiscale": (("ids.it_codice_fiscale",), ("codice fiscale", "CF"), fake["it_IT"].ssn),
        "nir": (("ids.fr_nir",), ("NIR", "sécurité sociale"), fake["fr_FR"].ssn),
        "aadhaar": (
            ("ids.in_aadhaar",),
            ("Aadhaar", "aadhaar number", "आधार"),
            lambda: grouped(rng, with_digit(d(11, "23456789"), verhoeff.calc_check_digit), 4, 4, 4),
        ),
        "pan": (
            ("ids.in_pan",),
            ("PAN",),
            lambda: (
                "".join(rng.choice("ABCDEFGHJKLM") for _ in range(3))
                + "P"
                + rng.choice("ABCDEFGS")
                + d(4)
                + rng.choice("ABCDEFGZ")
            ),
        ),
        "cpf": (
            ("ids.br_cpf", "ids.br_cpf_digits"),
            ("CPF", "cpf"),
            lambda: rng.choice([cpf.compact, cpf.format])(valid(rng, lambda: d(11), cpf.is_valid)),
        ),
        "cnpj": (
            ("ids.br_cnpj", "ids.br_cnpj_digits"),
            ("CNPJ",),
            lambda: cnpj.format(valid(rng, lambda: d(8) + "0001" + d(2, "0123456789"), cnpj.is_valid)),
        ),
        "sin": (
            ("ids.ca_sin",),
            ("SIN",),
            lambda: grouped(rng, valid(rng, lambda: d(9, "1234567"), luhn.is_valid), 3, 3, 3),
        ),
        "tfn": (
            ("ids.au_tfn",),
            ("TFN",),
            lambda: grouped(rng, valid(rng, lambda: d(9), tfn.is_valid), 3, 3, 3, signs=" "),
        ),
        "abn": (
            ("ids.au_abn", "ids.au_abn_digits"),
            ("ABN",),
            lambda: rng.choice([abn.format, abn.compact])(valid(rng, lambda: d(11), abn.is_valid)),
        ),
        "bsn": (("ids.nl_bsn",), ("BSN", "burgerservicenummer"), fake["nl_NL"].ssn),
        "pesel": (("ids.pl_pesel",), ("PESEL",), lambda: valid(rng, fake["pl_PL"].pesel, pesel.is_valid)),
        "routing": (
            ("ids.us_routing",),
            ("routing number", "ABA"),
            lambda: valid(rng, lambda: rng.choice(["02", "11", "12", "21", "31"]) + d(7), rtn.is_valid),
        ),
        "itin": (("ids.us_itin",), ("ITIN",), fake["en_US"].itin),
    }


def frames(rng: random.Random, words: tuple[str, ...], value: str) -> tuple[str, int]:
    """A text with the value in it, and where."""
    text = rng.choice(FRAMES).replace("{what}", rng.choice(words)).replace("{{", "{").replace("}}", "}")
    start = text.index("{}")
    return text.replace("{}", value, 1), start


def benign(rng: random.Random, fake: dict[str, Faker]) -> Iterator[tuple[str, str]]:
    """(kind, text) that holds nothing of anybody, but for the addresses in the documentation of Python's library."""
    stdlib = Path(sysconfig.get_paths()["stdlib"])
    for path in sorted(stdlib.glob("*.py"))[:160]:
        yield "python library", path.read_text("utf-8", "replace")
    line: list[str] = []
    for _ in range(4_000):
        token = hashlib.sha256(str(rng.random()).encode()).hexdigest()
        line += [
            f"commit {token[:40]}",
            f"  sha512: {token}{token[::-1]}",
            f"index {token[:7]}..{token[7:14]} 100644",
            f"{rng.randint(1_600_000_000, 1_800_000_000)} {rng.randint(10**12, 2 * 10**12)}",
            f"request={uuid.UUID(int=rng.getrandbits(128))}",
            f"numpy=={rng.randint(0, 3)}.{rng.randint(0, 40)}.{rng.randint(0, 9)}",
            f"v{rng.randint(0, 30)}.{rng.randint(0, 99)}.{rng.randint(0, 9)}",
            f"order {digits(rng, 8)} invoice {digits(rng, 10)}",
            f"tracking 1Z{token[:16].upper()} parcel {digits(rng, 12)}",
            f"EAN {digits(rng, 13)} SKU-{digits(rng, 6)} part {token[:4].upper()}-{digits(rng, 5)}",
            f"lot {digits(rng, 9)}",
            f"{rng.randint(1, 9999)}.{digits(rng, 6)} {digits(rng, 3)},{digits(rng, 3)} rows in {rng.random():.9f} s",
        ]
    yield "hashes, versions, orders", "\n".join(line)
    yield "prose", "\n".join(fake[locale].paragraph(40) for locale in LOCALES for _ in range(30))


def guard_of() -> Guard:
    imports = "".join(f"import std.{module}\n" for module in MODULES)
    rules = "".join(f"no {module}.any on fail noop\n" for module in MODULES)
    plan = compile_text(
        f"edition 1\n{imports}guard g on input {{\nmax 50 MB on fail refrain\n{rules}}}\n", folder=STD
    ).plan
    assert plan is not None
    return load(plan).guard("g")


def found_in(guard: Guard, text: str) -> list[tuple[str, int, int]]:
    return [
        (span.detector, span.start, span.end) for failure in guard.validate(text).failures for span in failure.spans
    ]


def main() -> None:
    count = next((int(argument) for argument in sys.argv[1:] if argument.isdigit()), 300)
    show = "--show" in sys.argv
    rng = random.Random(2026)
    Faker.seed(2026)
    fake = {locale: Faker(locale) for locale in LOCALES}
    guard = guard_of()
    print("kind            found  exact  of")
    for kind, (wanted, words, make) in kinds(rng, fake).items():
        found = exact = 0
        for _ in range(count):
            value = make()
            text, start = frames(rng, words, value)
            end = start + len(value)
            spans = [(a, b) for name, a, b in found_in(guard, text) if name in wanted]
            found += any(a < end and b > start for a, b in spans)
            exact += (start, end) in spans
            if show and (start, end) not in spans:
                print("   missed", kind, repr(text), [text[a:b] for a, b in spans])
        print(f"{kind:15} {found / count:6.1%} {exact / count:6.1%}  {count}")
    wrong: dict[str, Counter[str]] = {}
    size: Counter[str] = Counter()
    for kind, text in benign(rng, fake):
        size[kind] += len(text)
        for name, start, end in found_in(guard, text):
            wrong.setdefault(kind, Counter())[name] += 1
            if show:
                print("   in", kind, name, repr(text[max(0, start - 30) : end + 10]))
    for kind, counts in wrong.items():
        listed = ", ".join(f"{name} {n}" for name, n in counts.most_common())
        print(f"{kind}, {size[kind] / 1e6:.1f} million characters: {listed}")


if __name__ == "__main__":
    main()
