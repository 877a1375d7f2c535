"""Values that belong to people: mail addresses, phone numbers, cards, accounts, numbers of states.

Made from definitions: ITU-T E.164 and the numbering plans of the countries, ISO/IEC 7812, the IBAN registry, and the
check digits of python-stdnum. Nothing here looks at a pattern of the standard library.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from importlib import import_module

from stdnum import iban, luhn, numdb, verhoeff

from benchmarks.quality.draw import DIGITS, Draw, Kind

__all__ = ["PEOPLE"]

UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def stdnum(country: str, number: str):
    """`is_valid` of one of stdnum's modules."""
    return import_module(f"stdnum.{country}.{number}").is_valid


# --- phones: the plans of the countries ----------------------------------------------------------------------

# Country code; how its numbers are written within the country, N a digit 2-9, X a digit, and with what they begin.
PLANS = """
1 (NXX) NXX-XXXX|NXX-NXX-XXXX|NXX.NXX.XXXX|NXX NXX XXXX|(NXX)NXX-XXXX|(NXX) NXX XXXX
44 020 7XXX XXXX|07XXX XXXXXX|0121 NXX XXXX|01632 9XXXXX|(020) 7XXX XXXX|07XXX NXX XXX
49 030 NXXXXXX|0151 NXXXXXXX|089/NXXXXX|(0221) NXXXXXX|0176-NXXXXXXX|06221 NX XX XX
33 06 XX XX XX XX|01.XX.XX.XX.XX|04-XX-XX-XX-XX|07 XX XX XX XX
39 02 NXXXXXXX|06 NXXX XXXX|333 NXXXXXX|347 NXX XXXX|011 NXX XXXX
34 6XX XXX XXX|91 XXX XX XX|7XX XX XX XX|932 XX XX XX|6XX-XXX-XXX
31 06 NXXXXXXX|020 NXX XXXX|06-NXXXXXXX|010-NXXXXXX
32 0470 XX XX XX|02 NXX XX XX|09 NXX XX XX
41 044 NXX XX XX|079 NXX XX XX
43 01 NXXXXXX|0664 NXXXXXX|0316/NXXXXX
48 5XX XXX XXX|6XX-XXX-XXX|22 NXX XX XX|12 NXX-XX-XX
46 070-NXX XX XX|08-NXX XXX XX|031-NXX XX XX
45 2X XX XX XX|5XXX XXXX
47 4XX XX XXX|9X XX XX XX|22 XX XX XX
358 040 NXXXXXX|050 NXX XXXX|09 NXXXXXX
351 91X XXX XXX|21X XXX XXX
353 087 NXX XXXX|01 NXX XXXX
30 21X XXX XXXX|69X XXX XXXX
420 60X XXX XXX|77X XXX XXX
36 06 1 NXX XXXX|06 30 NXX XXXX
40 0722 XXX XXX|021 NXX XXXX
90 0532 NXX XX XX|(0212) NXX XX XX
7 8 (916) NXX-XX-XX|8 495 NXX-XX-XX|8 (812) NXX XX XX
380 067 NXX XX XX|(044) NXX-XX-XX
972 050-NXXXXXX|03-NXXXXXX
971 050 NXX XXXX|04 NXX XXXX
966 050 NXX XXXX
91 9XXXX XXXXX|98XXX-XXXXX|022 NXXX XXXX|080-NXXXXXXX|7XXX XXX XXX
92 0300 NXXXXXX|021-NXXXXXXX
86 138 XXXX XXXX|139-XXXX-XXXX|010-NXXXXXXX|021 NXXX XXXX
81 03-NXXX-XXXX|090-XXXX-XXXX|06-NXXX-XXXX
82 010-NXXX-XXXX|02-NXX-XXXX
65 9XXX XXXX|6XXX XXXX
61 04XX XXX XXX|(02) 9XXX XXXX|03 9XXX XXXX
64 021 NXX XXX|09 NXX XXXX
27 082 NXX XXXX|011 NXX XXXX
55 (11) 9XXXX-XXXX|(21) NXXX-XXXX|11 9XXXX-XXXX|(31) 9 XXXX-XXXX
52 55 NXXX XXXX|33 NXXX XXXX
54 011 4XXX-XXXX|(011) 4XXX-XXXX
57 300 NXX XXXX|310 NXXXXXX
62 0812-NXXX-XXXX|021 NXX XXXX
63 0917 NXX XXXX
66 081 NXX XXXX|02 NXX XXXX
84 090 NXX XXXX
234 0803 NXX XXXX
254 0722 XXXXXX
20 010 NXXX XXXX
"""
FORMS = [(line.split(" ", 1)[0], line.split(" ", 1)[1].split("|")) for line in PLANS.strip().splitlines()]
TRUNK_STAYS = {"39"}


def filled(draw: Draw, form: str) -> str:
    return "".join(
        draw.one(*"23456789") if sign == "N" else draw.one(*DIGITS) if sign == "X" else sign for sign in form
    )


def national(draw: Draw, *, home: str = "") -> tuple[str, str]:
    code, forms = draw.rng.choice([plan for plan in FORMS if not home or plan[0] == home])
    return code, filled(draw, draw.rng.choice(forms))


def phone_international(draw: Draw) -> str:
    code, number = national(draw)
    digits = "".join(sign for sign in number if sign.isdigit())
    if code not in TRUNK_STAYS and digits.startswith("0"):
        digits = digits[1:]
    if code == "7":
        digits = digits[1:]
    if code == "36" and digits.startswith("6"):
        digits = digits[1:]
    cut = 2 if len(digits) < 10 else 3
    rest = digits[cut:]
    half = len(rest) // 2
    sign = draw.one(" ", " ", "-", ".", "\u00a0")
    spaced = sign.join((digits[:cut], rest[:half], rest[half:]))
    return draw.one(
        f"+{code}{digits}",
        f"+{code}{sign}{spaced}",
        f"+{code} {digits}",
        f"+{code} ({digits[:cut]}) {rest[:half]}-{rest[half:]}",
    )


def phone_digits(draw: Draw) -> str:
    while True:
        _, number = national(draw)
        digits = "".join(sign for sign in number if sign.isdigit())
        if len(digits) >= 9:
            return digits


GROUPED_ALONE = ("1", "44", "33", "32", "41", "61", "81")
"""Countries whose spelling tells a phone number: brackets round an area, a leading 0 with separators."""


def phone_told(draw: Draw) -> str:
    while True:
        _, number = national(draw, home=draw.one(*GROUPED_ALONE))
        if number[0] in "(0" or number.count("-") == 2 or number.count(".") == 2:
            return number


def mail(draw: Draw) -> str:
    faker = draw.faker()
    name = draw.rng.choice([faker.ascii_email, faker.ascii_company_email, faker.ascii_free_email])()
    return draw.one(name, name.capitalize(), name.replace("@", "+news@"), name.replace("@", "@mail."), name.upper())


# --- cards and accounts --------------------------------------------------------------------------------------

BRANDS = {
    "visa": (("4",), (16,)),
    "mastercard": (("51", "52", "53", "54", "55", "2221", "2300", "2499", "2700", "2720"), (16,)),
    "amex": (("34", "37"), (15,)),
    "discover": (("6011", "644", "647", "649", "65"), (16,)),
    "diners": (("300", "303", "305", "36", "38", "39"), (14,)),
    "jcb": (("3528", "3540", "3589"), (16,)),
    "unionpay": (("62",), (16, 19)),
}
PRINTED = {14: (4, 6, 4), 15: (4, 6, 5), 16: (4, 4, 4, 4), 19: (4, 4, 4, 4, 3)}


def card(draw: Draw, brand: str = "") -> str:
    firsts, lengths = BRANDS[brand or draw.one(*BRANDS)]
    first, length = draw.one(*firsts), draw.rng.choice(lengths)
    body = first + draw.of(DIGITS, length - len(first) - 1)
    return draw.grouped(body + luhn.calc_check_digit(body), *PRINTED[length])


def luhn_good(number: str) -> bool:
    return luhn.is_valid("".join(sign for sign in number if sign.isdigit()))


def account(draw: Draw) -> str:
    """An account of any country of the registry, by the structure of its BBAN."""
    _, _, country, about, _ = draw.rng.choice([row for row in numdb.get("iban").prefixes if row[3].get("bban")])
    alphabets = {"n": DIGITS, "a": UPPER, "c": DIGITS + UPPER}
    bban = "".join(draw.of(alphabets[kind], int(count)) for count, kind in re.findall(r"(\d+)!([nac])", about["bban"]))
    number = country + iban.calc_check_digits(country + "00" + bban) + bban
    return draw.one(number, iban.format(number))


def bic(draw: Draw) -> str:
    country = draw.one("DE", "FR", "GB", "US", "IT", "ES", "NL", "CH", "JP", "BR", "IN", "PL")
    return draw.of(UPPER, 4) + country + draw.of(UPPER, 1) + draw.of(UPPER + DIGITS, 1) + draw.one("", "XXX", "500")


# --- numbers of states ---------------------------------------------------------------------------------------


def born(draw: Draw, form: str) -> str:
    return (date(1930, 1, 1) + timedelta(draw.rng.randrange(25_500))).strftime(form)


def drawn(country: str, number: str, count: int, *sizes: int, signs: str = "", first: str = DIGITS):
    """Digits until stdnum finds them right, in groups."""
    good = stdnum(country, number)

    def make(draw: Draw) -> str:
        value = draw.until(good, lambda: draw.digits(count, first))
        return draw.grouped(value, *sizes, signs=signs) if sizes else value

    return make


def dated(country: str, number: str, form: str, count: int, sign: str = ""):
    """A date of birth, digits until stdnum finds them right."""
    good = stdnum(country, number)
    return lambda draw: draw.until(good, lambda: born(draw, form) + sign + draw.of(DIGITS, count))


def with_letter(draw: Draw, body: str, good) -> str:
    return draw.until(good, lambda: body + draw.one(*UPPER))


def ssn(draw: Draw) -> str:
    good = stdnum("us", "ssn")
    return draw.until(good, lambda: f"{draw.digits(3, DIGITS)}-{draw.digits(2, DIGITS)}-{draw.digits(4, DIGITS)}")


def npi_good(number: str) -> bool:
    return len(number) == 10 and number[0] in "12" and luhn.is_valid("80840" + number)


def medicare_good(number: str) -> bool:
    digits = [int(sign) for sign in number if sign.isdigit()]
    weights = (1, 3, 7, 9, 1, 3, 7, 9)
    return sum(a * b for a, b in zip(digits, weights, strict=False)) % 10 == digits[8] and digits[0] in range(2, 7)


def my_number_good(number: str) -> bool:
    digits = [int(sign) for sign in number if sign.isdigit()]
    rest = sum(d * (n + 1 if n <= 6 else n - 5) for n, d in enumerate(reversed(digits[:11]), 1)) % 11
    return digits[11] == (0 if rest <= 1 else 11 - rest)


def nric_good(number: str) -> bool:
    total = sum(int(d) * w for d, w in zip(number[1:8], (2, 7, 6, 5, 4, 3, 2), strict=True))
    total += 4 if number[0] in "TG" else 0
    return number[8] == ("JZIHGFEDCBA" if number[0] in "ST" else "XWUTRQPNMLK")[total % 11]


def nino(draw: Draw) -> str:
    prefix = draw.one("AB", "CE", "JG", "PX", "SL", "WM", "YZ")
    return draw.grouped(prefix + draw.of(DIGITS, 6) + draw.one(*"ABCD"), 2, 2, 2, 2, 1, signs=" ")


def passport(draw: Draw) -> str:
    return draw.one(
        draw.digits(9), draw.of(UPPER, 1) + draw.of(DIGITS, 8), draw.of(UPPER, 2) + draw.of(DIGITS, 7),
        draw.of(DIGITS, 2) + draw.of(UPPER, 2) + draw.of(DIGITS, 5), "C" + draw.of("CFGHJKLMNPRTVWXYZ0123456789", 7) + draw.of(DIGITS, 1),
    )  # fmt: skip


def curp(draw: Draw) -> str:
    head = draw.of(UPPER.replace("X", ""), 1) + draw.one(*"AEIOU") + draw.of("BCDFGHJKLM", 2)
    body = (
        head
        + born(draw, "%y%m%d")
        + draw.one("H", "M")
        + draw.one("DF", "JC", "NL", "VZ")
        + draw.of("BCDFGHJKLM", 3)
        + "0"
    )
    return draw.until(stdnum("mx", "curp"), lambda: body + draw.one(*DIGITS))


def rfc(draw: Draw) -> str:
    return draw.until(
        lambda value: stdnum("mx", "rfc")(value, validate_check_digits=True),
        lambda: (
            draw.of("BCDFGHJKLM", 1)
            + draw.one(*"AEIO")
            + draw.of("BCDFGHJKLM", 2)
            + born(draw, "%y%m%d")
            + draw.of("123456789", 2)
            + draw.one(*DIGITS, "A")
        ),
    )


def pan(draw: Draw) -> str:
    return (
        draw.of(UPPER, 3)
        + draw.one(*"ABCFGHJLPT")
        + draw.of(UPPER, 1)
        + draw.until(lambda v: v != "0000", lambda: draw.of(DIGITS, 4))
        + draw.of(UPPER, 1)
    )


def aadhaar(draw: Draw) -> str:
    body = draw.digits(11, "23456789")
    return draw.grouped(body + verhoeff.calc_check_digit(body), 4, 4, 4, signs=" ")


def za_id(draw: Draw) -> str:
    body = born(draw, "%y%m%d") + draw.of(DIGITS, 4) + draw.one("0", "1") + "8"
    return body + luhn.calc_check_digit(body)


def birth_date(draw: Draw) -> str:
    return born(draw, draw.one("%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%d %B %Y", "%B %d, %Y", "%d-%m-%Y"))


def hetu(draw: Draw) -> str:
    body = born(draw, "%d%m%y") + "-" + draw.digits(3, "12345678")
    return draw.until(stdnum("fi", "hetu"), lambda: body + draw.one(*"0123456789ABCDEFHJKLMNPRSTUVWXY"))


def se_person(draw: Draw) -> str:
    good = stdnum("se", "personnummer")
    short = draw.until(good, lambda: born(draw, "%y%m%d") + "-" + draw.of(DIGITS, 4))
    return draw.one(short, short.replace("-", ""), "19" + short)


def codice(draw: Draw) -> str:
    return draw.until(stdnum("it", "codicefiscale"), lambda: draw.faker("it_IT").ssn())


def order(draw: Draw) -> str:
    return draw.one(draw.digits(10), draw.digits(11), draw.digits(8), draw.digits(12))


def digits_with_dots(draw: Draw) -> str:
    return draw.one(
        f"{draw.digits(1)}.{draw.digits(2)}.{draw.digits(3)}", f"0.{draw.digits(12)}", f"{draw.digits(4)}-{draw.digits(2)}-{draw.digits(3)}",
        f"{draw.digits(6)}-{draw.digits(6)}", f"PN {draw.digits(4)}-{draw.digits(6)}", f"{draw.digits(13)}", f"{draw.digits(3)},{draw.digits(3)},{draw.digits(3)}",
    )  # fmt: skip


def not_mail(draw: Draw) -> str:
    return draw.one(
        "left-pad@1.3.0",
        "icon@2x.png",
        "@handle",
        "user@localhost",
        f"HEAD@{{{draw.digits(1)}}}",
        "a@b",
        f"pkg@^{draw.digits(1)}.0.0",
    )


PHONE = ("phone", "mobile number", "Telefon", "teléfono", "tel")
PHONE_UNSEEN = ("telephone", "cell", "contact number", "Rufnummer", "numéro de téléphone", "móvil", "cellulare", "telefoonnummer",
                "телефон", "電話番号", "mobil", "WhatsApp", "fax")  # fmt: skip
TOLD = ("pii.phone", "pii.phone_digits")
CARD = ("card", "credit card number", "Kreditkarte", "tarjeta")
CARD_UNSEEN = ("payment card", "cc number", "carte bancaire", "cartão de crédito", "debit card", "Kartennummer")
BRAND = tuple(f"money.{brand}" for brand in BRANDS)
CARD_ALSO = ("pii.card", "pii.card_digits", *BRAND)


def number(name, country, module, make, labels, unseen, *, word=True, detectors=(), also=()):
    """A number of a state with its oracle in stdnum."""
    good = stdnum(country, module)
    return Kind(
        f"ids.{name}", (f"ids.{name}", *detectors), make, labels, unseen, good, word=word, also=also, solid=True
    )


PEOPLE = (
    Kind("pii.email", ("pii.email",), mail, ("email", "E-Mail", "correo"), ("mail", "contact address", "courriel", "e-mailadres"),
         near_miss=(not_mail,), also=("net.domain",)),
    Kind("pii.phone, international", TOLD, phone_international, PHONE, PHONE_UNSEEN, near_miss=(digits_with_dots,)),
    Kind("pii.phone, spelled as one", TOLD, phone_told, PHONE, PHONE_UNSEEN, near_miss=(order,)),
    Kind("pii.phone, other groups", TOLD, lambda draw: national(draw)[1], PHONE, PHONE_UNSEEN, word=True),
    Kind("pii.phone, only digits", TOLD, phone_digits, PHONE, PHONE_UNSEEN, word=True, near_miss=(order,)),
    Kind("pii.phone, Faker", TOLD, lambda draw: draw.faker().phone_number(), PHONE, PHONE_UNSEEN, word=True),
    Kind("pii.card", ("pii.card",), card, CARD, CARD_UNSEEN, luhn_good, also=CARD_ALSO, solid=True),
    Kind("pii.card, Faker", ("pii.card", "pii.card_digits"), lambda draw: draw.faker("en_US").credit_card_number(), CARD, CARD_UNSEEN,
         luhn_good, word=True, also=CARD_ALSO),
    *(Kind(f"money.{brand}", (f"money.{brand}",), lambda draw, brand=brand: card(draw, brand), CARD, CARD_UNSEEN, luhn_good, also=CARD_ALSO, solid=True)
      for brand in BRANDS),
    Kind("money.card_code", ("money.card_code",), lambda draw: draw.digits(draw.rng.choice((3, 3, 4)), DIGITS),
         ("cvv", "CVC", "security code"), ("cvv2", "card verification value", "Prüfnummer", "cryptogramme"), word=True),
    Kind("money.card_expiry", ("money.card_expiry",), lambda draw: draw.one("01", "07", "12") + "/" + draw.one("", "20") + draw.one("26", "31"),
         ("expiry", "exp", "valid thru"), ("expiration date", "gültig bis", "caduca", "scadenza"), word=True),
    Kind("pii.iban", ("pii.iban",), account, ("iban", "IBAN", "account"), ("Konto", "bank account", "compte", "IBAN-Nr."),
         lambda value: iban.is_valid(value, check_country=False), solid=True),
    Kind("money.bic", ("money.bic",), bic, ("bic", "SWIFT", "BIC/SWIFT"), ("swift code", "SWIFT-BIC", "bic"), word=True),
    Kind("pii.us_ssn", ("pii.us_ssn",), ssn, ("ssn", "SSN", "social security number"), ("social", "social security no.", "Soc. Sec."),
         stdnum("us", "ssn")),
    number("us_ssn_digits", "us", "ssn", lambda draw: ssn(draw).replace("-", ""), ("ssn", "SSN", "social security number"),
           ("SSN#", "social security no.", "soc sec number"), also=("pii.us_ssn",)),
    number("us_itin", "us", "itin", lambda draw: draw.until(stdnum("us", "itin"), lambda: f"9{draw.of(DIGITS, 2)}-{draw.of(DIGITS, 2)}-{draw.of(DIGITS, 4)}"),
           ("itin", "ITIN"), ("taxpayer number", "individual taxpayer id"), word=False),
    number("us_ein", "us", "ein", lambda draw: draw.until(stdnum("us", "ein"), lambda: f"{draw.of(DIGITS, 2)}-{draw.of(DIGITS, 7)}"),
           ("ein", "EIN", "employer identification number"), ("FEIN", "federal tax ID", "employer ID number")),
    number("us_routing", "us", "rtn", lambda draw: draw.until(stdnum("us", "rtn"), lambda: draw.one("01", "06", "12", "21", "32", "61", "72", "80") + draw.of(DIGITS, 7)), ("routing", "routing number", "ABA"), ("RTN", "bank routing no.", "ABA number")),
    Kind("ids.us_npi", ("ids.us_npi",), lambda draw: draw.until(npi_good, lambda: draw.digits(10, "12")), ("npi", "NPI", "provider number"),
         ("NPI#", "national provider identifier"), npi_good, word=True),
    number("uk_nhs", "gb", "nhs", drawn("gb", "nhs", 10, 3, 3, signs=" -", first="49"), ("nhs_number", "NHS number", "NHS no"),
           ("NHS", "National Health Service number", "patient NHS")),
    Kind("ids.uk_nino", ("ids.uk_nino",), nino, ("nino", "NI number"), ("national insurance", "NINO")),
    number("ca_sin", "ca", "sin", drawn("ca", "sin", 9, 3, 3, signs=" -", first="1234567"), ("sin", "SIN", "social insurance number"),
           ("S.I.N.", "numéro d'assurance sociale", "social insurance no.")),
    number("au_tfn", "au", "tfn", drawn("au", "tfn", 9, 3, 3, signs=" ", first="123456789"), ("tfn", "TFN", "tax file number"), ("Tax File No", "TFN")),
    number("au_abn", "au", "abn", lambda draw: draw.split(drawn("au", "abn", 11, first="123456789")(draw), " ", 2, 3, 3, 3),
           ("abn", "ABN"), ("Australian business number", "ABN"), word=False),
    number("au_abn_digits", "au", "abn", drawn("au", "abn", 11, first="123456789"), ("abn", "ABN"), ("Australian business number", "A.B.N."), also=("ids.au_abn",)),
    Kind("ids.au_medicare", ("ids.au_medicare",), lambda draw: draw.grouped(draw.until(medicare_good, lambda: draw.digits(9, "23456")) + draw.one(*"12345"), 4, 5, signs=" "),
         ("medicare", "Medicare number"), ("Medicare card", "medicare no"), medicare_good, word=True),
    number("de_tax_id", "de", "idnr", drawn("de", "idnr", 11, 2, 3, 3, signs=" ", first="123456789"), ("steuer_id", "Steuer-ID", "IdNr"),
           ("Steueridentifikationsnummer", "steuerliche Identifikationsnummer", "tax ID")),
    number("fr_nir", "fr", "nir", lambda draw: draw.grouped(draw.until(stdnum("fr", "nir"), lambda: draw.one("1", "2") + born(draw, "%y%m") + draw.one("75", "13", "59", "33") + draw.of(DIGITS, 8)), 1, 2, 2, 2, 3, 3, signs=" "),
           ("nir", "NIR"), ("numéro de sécurité sociale", "n° sécu"), word=False),
    number("es_dni", "es", "nif", lambda draw: draw.until(stdnum("es", "nif"), lambda: draw.one(draw.of(DIGITS, 8), draw.one(*"XYZ") + draw.of(DIGITS, 7)) + draw.one("", "-") + draw.one(*UPPER)),
           ("dni", "DNI", "NIE"), ("NIF", "documento de identidad"), word=False),
    number("es_cif", "es", "cif", lambda draw: draw.until(stdnum("es", "cif"), lambda: draw.one(*"ABCDEFGHJ") + draw.of(DIGITS, 8)), ("cif", "CIF", "NIF"), ("C.I.F.", "NIF de la empresa")),
    number("it_codice_fiscale", "it", "codicefiscale", codice, ("codice_fiscale", "codice fiscale"), ("C.F.", "cod. fiscale"), word=False),
    number("pt_nif", "pt", "nif", drawn("pt", "nif", 9, 3, 3, signs=" ", first="1235"), ("nif", "NIF", "contribuinte"), ("número de contribuinte", "N.I.F.")),
    number("nl_bsn", "nl", "bsn", drawn("nl", "bsn", 9, first="123456789"), ("bsn", "BSN"), ("burgerservicenummer", "BSN-nummer")),
    number("be_national", "be", "nn", lambda draw: draw.until(stdnum("be", "nn"), lambda: born(draw, "%y.%m.%d") + "-" + draw.of(DIGITS, 3) + "." + draw.of(DIGITS, 2)),
           ("rijksregisternummer",), ("numéro national", "INSZ"), word=False),
    number("be_national_digits", "be", "nn", dated("be", "nn", "%y%m%d", 5), ("rijksregisternummer", "NISS"), ("numéro de registre national", "INSZ-nummer"), also=("ids.be_national",)),
    number("ch_ahv", "ch", "ssn", lambda draw: draw.until(stdnum("ch", "ssn"), lambda: f"756.{draw.of(DIGITS, 4)}.{draw.of(DIGITS, 4)}.{draw.of(DIGITS, 2)}"),
           ("ahv", "AHV-Nummer"), ("numéro AVS", "Sozialversicherungsnummer"), word=False),
    number("pl_pesel", "pl", "pesel", dated("pl", "pesel", "%y%m%d", 5), ("pesel", "PESEL"), ("numer PESEL", "nr PESEL")),
    number("se_personnummer", "se", "personnummer", se_person, ("personnummer", "personnr"), ("Swedish personal number", "pers.nr")),
    number("no_fodselsnummer", "no", "fodselsnummer", dated("no", "fodselsnummer", "%d%m%y", 5), ("fodselsnummer", "fødselsnummer"), ("fnr", "personnummer"), word=False),
    number("fi_hetu", "fi", "hetu", hetu, ("hetu", "henkilötunnus"), ("HETU", "personbeteckning"), word=False),
    number("dk_cpr", "dk", "cpr", lambda draw: draw.until(stdnum("dk", "cpr"), lambda: born(draw, "%d%m%y") + draw.one("", "-") + draw.of(DIGITS, 4)), ("cpr", "CPR", "CPR-nummer"), ("CPR-nr.", "personnummer")),
    number("br_cpf", "br", "cpf", lambda draw: import_module("stdnum.br.cpf").format(drawn("br", "cpf", 11)(draw)), ("cpf", "CPF"), ("Cadastro de Pessoas Físicas", "C.P.F."), word=False),
    number("br_cpf_digits", "br", "cpf", drawn("br", "cpf", 11), ("cpf", "CPF"), ("nº do CPF", "C.P.F."), also=("ids.br_cpf",)),
    number("br_cnpj", "br", "cnpj", lambda draw: import_module("stdnum.br.cnpj").format(draw.until(stdnum("br", "cnpj"), lambda: draw.of(DIGITS, 8) + "0001" + draw.of(DIGITS, 2))), ("cnpj", "CNPJ"), ("C.N.P.J.", "cadastro da empresa"), word=False),
    number("br_cnpj_digits", "br", "cnpj", lambda draw: draw.until(stdnum("br", "cnpj"), lambda: draw.of(DIGITS, 8) + "0001" + draw.of(DIGITS, 2)), ("cnpj", "CNPJ"), ("C.N.P.J.", "CNPJ da empresa"), also=("ids.br_cnpj",)),
    number("mx_curp", "mx", "curp", curp, ("curp", "CURP"), ("clave CURP", "C.U.R.P."), word=False),
    number("mx_rfc", "mx", "rfc", rfc, ("rfc", "RFC"), ("R.F.C.", "registro federal de contribuyentes")),
    number("in_aadhaar", "in_", "aadhaar", aadhaar, ("aadhaar", "Aadhaar number"), ("आधार संख्या", "UIDAI", "aadhar card")),
    number("in_pan", "in_", "pan", pan, ("pan", "PAN"), ("permanent account number", "PAN card"), word=False),
    number("cn_resident", "cn", "ric", lambda draw: draw.until(stdnum("cn", "ric"), lambda: draw.one("110105", "310101", "440106") + born(draw, "%Y%m%d") + draw.of(DIGITS, 3) + draw.one(*DIGITS, "X")), ("id_card", "身份证"), ("身份证号码", "resident ID"), word=False),
    Kind("ids.jp_my_number", ("ids.jp_my_number",), lambda draw: draw.until(my_number_good, lambda: draw.of(DIGITS, 12)), ("my_number", "マイナンバー"), ("個人番号", "individual number"), my_number_good, word=True),
    number("kr_rrn", "kr", "rrn", lambda draw: draw.until(stdnum("kr", "rrn"), lambda: born(draw, "%y%m%d") + "-" + draw.one("1", "2") + draw.of(DIGITS, 6)), ("rrn", "주민등록번호"), ("resident registration number", "주민번호"), word=False),
    Kind("ids.sg_nric", ("ids.sg_nric",), lambda draw: draw.until(nric_good, lambda: draw.one(*"STFG") + draw.of(DIGITS, 7) + draw.one(*UPPER)), ("nric", "NRIC"), ("FIN", "NRIC no."), nric_good),
    number("za_id", "za", "idnr", za_id, ("id_number", "ID number", "SA ID"), ("identity number", "South African ID")),
    Kind("ids.passport", ("ids.passport",), passport, ("passport", "Reisepass", "passport number"), ("passport no.", "numéro de passeport", "pasaporte", "Passnummer"), word=True),
    Kind("ids.birth_date", ("ids.birth_date",), birth_date, ("birth_date", "date of birth", "DOB"), ("born", "geboren am", "fecha de nacimiento", "né le"), word=True, also=("time.date",)),
)  # fmt: skip
