"""The checks that take nothing, in plain Python: twins of fastpath/numbers.h and fastpath/addresses.h.

`PLAIN` has them by the name that a policy gives them. Those of numbers look at the letters and digits of a match alone.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable

__all__ = ["PLAIN", "keccak256"]


def compact(text: str) -> str:
    kept = ""
    for c in text:
        if c.isdecimal():
            kept += str(unicodedata.decimal(c))
        elif c.isascii() and c.isalpha():
            kept += c.upper()
    return kept


def total(number: str, weights: tuple[int, ...]) -> int:
    return sum(weight * int(digit) for weight, digit in zip(weights, number, strict=False))


def luhn_sum(number: str) -> int:
    return sum(int(d) if i % 2 == 0 else sum(divmod(2 * int(d), 10)) for i, d in enumerate(reversed(number)))


def digits(number: str, length: int) -> bool:
    return re.fullmatch(f"[0-9]{{{length}}}", number) is not None


def verhoeff(number: str) -> bool:
    # The dihedral group: 0-4 are rotations, 5-9 reflections.
    def times(a: int, b: int) -> int:
        if a < 5:
            return (a + b) % 5 if b < 5 else 5 + (a + b - 5) % 5
        return 5 + (a - 5 - b) % 5 if b < 5 else (a - b) % 5

    turned = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]
    check = 0
    if len(number) < 2 or not digits(number, len(number)):
        return False
    for place, digit in enumerate(reversed(number)):
        value = int(digit)
        for _ in range(place % 8):
            value = turned[value]
        check = times(check, value)
    return check == 0


def ean13(number: str) -> bool:
    return digits(number, 13) and total(number, (1, 3) * 6 + (1,)) % 10 == 0


def isbn(number: str) -> bool:
    if len(number) == 13:
        return number[:3] in ("978", "979") and ean13(number)
    if not re.fullmatch("[0-9]{9}[0-9X]", number):
        return False
    values = [10 if c == "X" else int(c) for c in number]
    return sum((10 - i) * value for i, value in enumerate(values)) % 11 == 0


def vin(number: str) -> bool:
    if not re.fullmatch("[0-9A-HJ-NPR-Z]{17}", number):
        return False
    letters = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", "12345678123457923456789", strict=True))
    weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
    return number[8] == "0123456789X"[total("".join(letters.get(c, c) for c in number), weights) % 11]


def npi(number: str) -> bool:
    return digits(number, 10) and luhn_sum("80840" + number) % 10 == 0


def aba(number: str) -> bool:
    if not digits(number, 9) or len(set(number)) == 1:
        return False
    district = int(number[:2])
    return district in {*range(13), *range(21, 33), *range(61, 73), 80} and total(number, (3, 7, 1) * 3) % 10 == 0


def uk_nhs(number: str) -> bool:
    return digits(number, 10) and len(set(number)) > 1 and total(number, tuple(range(10, 0, -1))) % 11 == 0


def de_tax_id(number: str) -> bool:
    if not digits(number, 11) or number[0] == "0":
        return False
    often = [count for count in Counter(number[:10]).values() if count > 1]
    if len(often) != 1 or often[0] > 3:
        return False
    product = 10
    for digit in number[:10]:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(number[10])


def fr_nir(number: str) -> bool:
    plain = re.sub("^(.{5})2A", r"\g<1>19", number)
    plain = re.sub("^(.{5})2B", r"\g<1>18", plain)
    return digits(plain, 15) and 97 - int(plain[:13]) % 97 == int(plain[13:])


def es_nif(number: str) -> bool:
    if len(number) != 9:
        return False
    person = number[0].translate(str.maketrans("XYZ", "012")) + number[1:8]
    if digits(person, 8):
        return number[8] == "TRWAGMYFPDXBNJZSQVHLCKE"[int(person) % 23]
    if not re.fullmatch("[ABCDEFGHJNPQRSUVW][0-9]{7}.", number):
        return False
    control = -luhn_sum(number[1:8] + "0") % 10
    if number[8] == str(control):
        return number[0] not in "PQRSNW"
    return number[8] == "JABCDEFGHI"[control] and number[0] not in "ABEH"


def it_codice_fiscale(number: str) -> bool:
    if len(number) != 16:
        return False
    odd = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
    values = [int(c) if c.isdigit() else ord(c) - ord("A") for c in number[:15]]
    return number[15] == chr(ord("A") + (sum(odd[v] for v in values[::2]) + sum(values[1::2])) % 26)


def brazilian(number: str, most: int) -> bool:
    for length in (len(number) - 2, len(number) - 1):
        weights = [2 + place % (most - 1) for place in range(length)]
        rest = sum(w * (ord(c) - 48) for w, c in zip(weights, reversed(number[:length]), strict=True)) % 11
        if int(number[length]) != (0 if rest < 2 else 11 - rest):
            return False
    return True


def br_cpf(number: str) -> bool:
    return digits(number, 11) and len(set(number)) > 1 and brazilian(number, 11)


def br_cnpj(number: str) -> bool:
    return re.fullmatch("[0-9A-Z]{12}[0-9]{2}", number) is not None and len(set(number)) > 1 and brazilian(number, 9)


def au_tfn(number: str) -> bool:
    return digits(number, 9) and len(set(number)) > 1 and total(number, (1, 4, 3, 7, 5, 8, 6, 9, 10)) % 11 == 0


def au_abn(number: str) -> bool:
    if not digits(number, 11) or number[0] == "0":
        return False
    return total(str(int(number) - 10**10).zfill(11), (10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19)) % 89 == 0


def au_medicare(number: str) -> bool:
    good = digits(number, 10) or digits(number, 11)
    return good and number[0] in "23456" and total(number, (1, 3, 7, 9) * 2) % 10 == int(number[8])


def nl_bsn(number: str) -> bool:
    return digits(number, 9) and len(set(number)) > 1 and total(number, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def pl_pesel(number: str) -> bool:
    return digits(number, 11) and total(number, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0


def se_personnummer(number: str) -> bool:
    return (digits(number, 10) or digits(number, 12)) and luhn_sum(number[-10:]) % 10 == 0


def be_national(number: str) -> bool:
    return digits(number, 11) and int(number[9:]) in (97 - int(number[:9]) % 97, 97 - int("2" + number[:9]) % 97)


def pt_nif(number: str) -> bool:
    if not digits(number, 9) or number[0] == "0" or len(set(number)) == 1:
        return False
    rest = total(number[:8], (9, 8, 7, 6, 5, 4, 3, 2)) % 11
    return int(number[8]) == (0 if rest < 2 else 11 - rest)


def cn_resident(number: str) -> bool:
    if not re.fullmatch("[0-9]{17}[0-9X]", number):
        return False
    values = [10 if c == "X" else int(c) for c in number]
    return sum(value * pow(2, 17 - i, 11) for i, value in enumerate(values)) % 11 == 1


def jp_my_number(number: str) -> bool:
    if not digits(number, 12) or len(set(number)) == 1:
        return False
    rest = total(number[:11], (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return int(number[11]) == (0 if rest < 2 else 11 - rest)


def kr_rrn(number: str) -> bool:
    return digits(number, 13) and (11 - total(number[:12], (*range(2, 10), *range(2, 6))) % 11) % 10 == int(number[12])


def mx_curp(number: str) -> bool:
    if not re.fullmatch("[0-9A-Z]{17}[0-9]", number):
        return False
    alphabet = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"
    return -sum((18 - i) * alphabet.index(c) for i, c in enumerate(number[:17])) % 10 == int(number[17])


def sg_nric(number: str) -> bool:
    if not re.fullmatch("[STFG][0-9]{7}[A-Z]", number):
        return False
    rest = (total(number[1:8], (2, 7, 6, 5, 4, 3, 2)) + 4 * (number[0] in "TG")) % 11
    return number[8] == ("JZIHGFEDCBA" if number[0] in "ST" else "XWUTRQPNMLK")[rest]


def no_fodselsnummer(number: str) -> bool:
    return (
        digits(number, 11)
        and total(number[:10], (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) % 11 == 0
        and total(number, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0
    )


def fi_hetu(number: str) -> bool:
    plain = number[:6] + number[7:] if len(number) == 11 else number
    if not re.fullmatch("[0-9]{9}.", plain):
        return False
    return plain[9] == "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(plain[:9]) % 31]


def base58(text: str, alphabet: str) -> bool:
    if not 25 <= len(text) <= 35 or not set(text) <= set(alphabet):
        return False
    value = 0
    for c in text:
        value = 58 * value + alphabet.index(c)
    leading = len(text) - len(text.lstrip(alphabet[0]))
    data = bytes(leading) + value.to_bytes((value.bit_length() + 7) // 8, "big")
    return len(data) == 25 and hashlib.sha256(hashlib.sha256(data[:21]).digest()).digest()[:4] == data[21:]


def base58check(text: str) -> bool:
    return base58(text, "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")


def xrp_address(text: str) -> bool:
    return base58(text, "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz")


def bech32(text: str) -> bool:
    alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
    if not text.isascii() or len(text) > 90 or text not in (text.lower(), text.upper()):
        return False
    name, mark, data = text.lower().rpartition("1")
    if not name or not mark or len(data) < 11 or not set(data) <= set(alphabet):
        return False
    values = [alphabet.index(c) for c in data]
    rest = 1
    for value in [*(ord(c) >> 5 for c in name), 0, *(ord(c) & 31 for c in name), *values]:
        top = rest >> 25
        rest = (rest & 0x1FFFFFF) << 5 ^ value
        for i, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            rest ^= generator if top >> i & 1 else 0
    return rest == (0x2BC830A3 if values[0] else 1)


def keccak256(data: bytes) -> bytes:
    """Keccak-256 with the padding of 2011, of at most 135 bytes."""
    mask = 2**64 - 1

    def turn(value: int, by: int) -> int:
        return (value << by | value >> (64 - by)) & mask

    block = bytearray(data.ljust(136, b"\0"))
    block[len(data)] ^= 1
    block[135] ^= 0x80
    lanes = [[0] * 5 for _ in range(5)]
    for i in range(17):
        lanes[i % 5][i // 5] = int.from_bytes(block[8 * i : 8 * i + 8], "little")
    register = 1
    for _ in range(24):
        columns = [a ^ b ^ c ^ d ^ e for a, b, c, d, e in lanes]
        for x in range(5):
            mixed = columns[x - 1] ^ turn(columns[(x + 1) % 5], 1)
            lanes[x] = [lane ^ mixed for lane in lanes[x]]
        x, y, current = 1, 0, lanes[1][0]
        for step in range(24):
            x, y = y, (2 * x + 3 * y) % 5
            current, lanes[x][y] = lanes[x][y], turn(current, (step + 1) * (step + 2) // 2 % 64)
        for y in range(5):
            row = [lanes[x][y] for x in range(5)]
            for x in range(5):
                lanes[x][y] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5] & mask)
        for i in range(7):
            register = (register << 1 ^ (register >> 7) * 0x71) % 256
            if register & 2:
                lanes[0][0] ^= 1 << ((1 << i) - 1)
    return b"".join(lanes[x][0].to_bytes(8, "little") for x in range(4))


def eip55(text: str) -> bool:
    if not re.fullmatch("0x[0-9a-fA-F]{40}", text):
        return False
    address = text[2:]
    if address in (address.lower(), address.upper()):
        return True
    spread = keccak256(address.lower().encode()).hex()
    return all(c == (c.upper() if int(h, 16) > 7 else c.lower()) for c, h in zip(address, spread, strict=False))


def of_number(check: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda text: check(compact(text))


NUMBERS = (
    verhoeff, ean13, isbn, vin, npi, aba, uk_nhs, de_tax_id, fr_nir, es_nif, it_codice_fiscale, br_cpf, br_cnpj,
    au_tfn, au_abn, au_medicare, nl_bsn, pl_pesel, se_personnummer, be_national, pt_nif, cn_resident, jp_my_number,
    kr_rrn, mx_curp, sg_nric, no_fodselsnummer, fi_hetu,
)  # fmt: skip
PLAIN: dict[str, Callable[[str], bool]] = {
    **{check.__name__: of_number(check) for check in NUMBERS},
    **{check.__name__: check for check in (base58check, xrp_address, bech32, eip55)},
}
