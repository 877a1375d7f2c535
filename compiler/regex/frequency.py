"""How often characters and short windows of them occur in ordinary text: prose, some markup, a little data.

Only ratios matter, and only roughly: they choose between windows that are all correct. The shares of single
characters are rounded from common knowledge of English letter frequencies, with upper case at a thirtieth of lower
case, and digits and punctuation as chat messages and mails have them. Characters beyond ASCII share one small mass.

Letters do not come independently (`th` is frequent, `tq` is not), so the chance of a window follows them from one to
the next, as a Markov chain (A. A. Markov, 1913) over groups of characters: the letters without their case, digits, the
frequent signs, all others. `_AFFINITY` has how much more often two groups follow each other than they would by chance,
counted over two million characters of English documentation (the docstrings of Python's standard library).

Sums are exact, of whole numbers in floats or by `fsum`: a plan must not depend on the order in which a machine adds.

Example: `likelihood(CharSet.of("@"))` is well below a hundredth of `likelihood(CharSet.of("e"))`, and `th` has a far
greater chance than `tq`.
"""

from __future__ import annotations

from functools import lru_cache
from math import fsum
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from guardc.compiler.regex.charset import CharSet

__all__ = ["GROUPS", "chances", "likelihood", "shares", "shares_of_bytes"]

_LETTERS: Final = "etaoinsrhldcumfpgwybvkxjqz"
_PER_MILLE: Final = (
    96, 70, 62, 58, 56, 55, 50, 47, 44, 32, 29, 22, 21, 19, 17, 16, 15, 15, 14, 12, 8, 6, 2, 1.5, 0.9, 0.7
)  # fmt: skip
_OTHERS: Final = {
    " ": 160, "\n": 14, "\t": 1.5, "\r": 0.5, ".": 11, ",": 10, "-": 4, "'": 4, '"': 4, ":": 3, "/": 2.5,
    "(": 2, ")": 2, "?": 1.2, "!": 1.2, ";": 0.8, "_": 1.2, "=": 1.2, "*": 1, "<": 0.6, ">": 0.6, "[": 0.6,
    "]": 0.6, "{": 0.4, "}": 0.4, "#": 0.5, "+": 0.4, "@": 0.4, "%": 0.4, "&": 0.3, "$": 0.3, "|": 0.3,
    "`": 0.6, "\\": 0.2, "~": 0.1, "^": 0.05,
}  # fmt: skip
_DIGITS: Final = {"0": 4, "1": 4, "2": 3.5, "3": 2, "4": 2, "5": 2.2, "6": 1.7, "7": 1.7, "8": 1.7, "9": 1.7}
_UPPER: Final = 1 / 30
_CONTROL: Final = 0.001
_BEYOND_ASCII: Final = 20.0
_BEYOND_ASCII_COUNT: Final = 0x110000 - 0x80
_COMMON_BEYOND: Final = 0x3000 - 0x80  # alphabets and punctuation, where most of that mass lies


def _table() -> list[float]:
    weights = [_CONTROL] * 0x80
    for letter, weight in zip(_LETTERS, _PER_MILLE, strict=True):
        weights[ord(letter)] = weight
        weights[ord(letter.upper())] = weight * _UPPER + 0.3
    for character, weight in (_OTHERS | _DIGITS).items():
        weights[ord(character)] = weight
    scale = fsum(weights) + _BEYOND_ASCII
    return [weight / scale for weight in weights]


_ASCII: Final = _table()
_BEYOND: Final = 1 - fsum(_ASCII)


@lru_cache(maxsize=4_096)
def likelihood(chars: CharSet) -> float:
    """The share of the characters of ordinary text that are in the set, between 0 and 1."""
    return fsum(fsum(_ASCII[low : min(high, 0x7F) + 1]) for low, high in chars.ranges) + _likelihood_beyond(chars)


def _likelihood_beyond(chars: CharSet) -> float:
    common = beyond = 0
    for low, high in chars.ranges:
        if high >= 0x80:
            beyond += high - max(low, 0x80) + 1
            if low < 0x3000:
                common += min(high, 0x2FFF) - max(low, 0x80) + 1
    return _BEYOND * (0.8 * common / _COMMON_BEYOND + 0.2 * beyond / _BEYOND_ASCII_COUNT)


_SIGNS: Final = (" ", "\n\t\r", ".", ",", "-", "'", '"', ":", "/", "(", ")", "_", "=")
_AFFINITY: Final = (
    "0pon0go0jepsqr0mhqoploikoi6jfdd9eacbafb9c",  # a
    "nfkdq8d0lz6sd7mheliat8f8wohabjgfnlgpgmidg",  # b
    "p1j9obarm0wpb3sdlkcpp914h2eecjebiggmhik7f",  # c
    "kgflq9l2pj5j56l7agjandbak2cpmqqjlinrnlofj",  # d
    "jfoqdmj8ccdlno7luqol8okvlgbomopgkjnjmlmei",  # e
    "m1gaioe0r16j71s9dn9hq4f0l4fokllhijhhiki7f",  # f
    "ic82p8non39lfkfd4mlcrf935phomqpgkjprmmmfj",  # g
    "q004t401p02cc6o11g6he033e74khhicgggcgfkdc",  # h
    "hppmhro069moptpkhiqo4r0n0w832c9975ck0a70a",  # i
    "i380v6307ck010kbd2k0s657belcallbmnofjmeao",  # j
    "kf9dsam0o84j9i8le8n5jcp3dhenkrrjnnoornqln",  # k
    "oibmql93q4dr55oh09kjpfh1tj6kijkghhjjrhlde",  # l
    "rr6ar404l1dgo9ot25ibn980g48jfjkeigjngjm7d",  # m
    "m9psljv7icngedmff4oplo54mfanjmminhkjljkch",  # n
    "bpmp9sm1c5olqsgp0rjkqqqkajajgffcechfhcgaa",  # o
    "q8efob4gk1er75pq7rfmoka0s8jgdjjeihkllilce",  # p
    "249c07410d9e7b0dece3z7685fj6d4efjggggcrbe",  # q
    "oejkqho1o9qenlng0jmjlmk2q4amkmmfkkllmkmdh",  # r
    "h3j3odclm9lfd8kok3noocc4m45pmrqdljsplmlgk",  # s
    "mafanb0wp0hhd3og6mkgo8leofamjnnhlimmmkoeh",  # t
    "iqmjmim0j16rspcq2rqoc00b036faca0dc7b36b09",  # u
    "t1b0u010p610c0i67570163628o49dc21balegh3e",  # v
    "p859k35uu50h8ip76mj603jg0gbjfljflehfiioed",  # w
    "nes9mf5en73dk1atdbbs39apmpskhoqkpoqqmqonn",  # x
    "6gebead4i40giios5gmm09o0dohqorsknpqqmqnkm",  # y
    "nc92ug52qeabl6kbf06b387ainodeghfqtllgk9ch",  # z
    "bhbcbc300l611a366035437k1hzknwwqxqvvnxlks",  # 0-9
    "oqomgpkinklknjmomjmokorgjmnm6d0joqjkp4gmo",
    "lnomfnkhljjilgjnmnlmjlpfhhmnve0monjan0iks",  # \n\t\r
    "djifchmdckhfhbcmmegddfgi9lunzri0ihgb2nr1h",  # .
    "080300530c902203g0000a4fh7ltr458fm38be038",  # ,
    "dljhbhbchdejgbeklfhedhij7osji07zff7c9d0er",  # -
    "iokjcljgfmjilgflmipkhmnnemwmorvqrruvfzlgs",  # '
    "jnljfnkgikjhjhflhhkighnripoooswlrottlvxmu",  # "
    "abdf5e909rkde32jb890382g1hqqy9cfnqzz9d5yq",  # :
    "hqpngnlkjqqnqepqpjkijttkihwjhljktrdzakfqo",  # /
    "lnlpgogflmnhmiklhhnjikorhkv29f0jzt5hkzhcq",  # (
    "0d8607011770000080800062390oxwwaqyxnfw6cq",  # )
    "jnoohopkklomnkjnqjnihnoi7mjdfjk0ksgfxhzen",  # _
    "be792i504fd4dh0ab57d0idfghrnlcfapt8kgcgzo",  # =
    "eiiiajccgmoeghdjkcidbjfrfkrprnqqsuommsmtz",  # rest
)
"""Row: the first of two neighbours; column: the second. A digit `d` in base 36 stands for `2 ** ((d - 22) / 3)`."""

GROUPS: Final = len(_AFFINITY)
_OTHERS_GROUP: Final = GROUPS - 1
_SHARE_UNIT: Final = 2**16
_AFFINITY_UNIT: Final = 2**6
_ROOM: Final = 2.0**18
"""Weights are kept below this, so that a sum of products stays a whole number below 2**53, which a float holds."""

_RATIOS: Final = np.array(
    [[max(1, round(_AFFINITY_UNIT * 2 ** ((int(digit, 36) - 22) / 3))) for digit in row] for row in _AFFINITY],
    dtype=np.float64,
)


def _group(point: int) -> int:
    character = chr(point).lower()
    if "a" <= character <= "z":
        return ord(character) - ord("a")
    if character.isdigit():
        return 26
    return next((27 + n for n, signs in enumerate(_SIGNS) if character in signs), _OTHERS_GROUP)


def _byte_shares() -> npt.NDArray[np.float64]:
    table = np.zeros((256, GROUPS))
    for point in range(0x80):
        table[point, _group(point)] = round(_SHARE_UNIT * _ASCII[point])
    # What is beyond ASCII is shown to the first stage as one of these bytes.
    table[0x80:, _OTHERS_GROUP] = max(1, round(_SHARE_UNIT * _BEYOND / 0x80))
    return table


_BYTE_SHARES: Final = _byte_shares()


def shares_of_bytes(rows: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """The shares of sets of bytes by group. `rows` has shape (..., 256), the result (..., GROUPS)."""
    found: npt.NDArray[np.float64] = rows.astype(np.float64) @ _BYTE_SHARES
    return found


@lru_cache(maxsize=4_096)
def shares(chars: CharSet) -> npt.NDArray[np.float64]:
    """The shares of a set of characters by group, shape (GROUPS,)."""
    row = np.zeros(GROUPS)
    for low, high in chars.ranges:
        row += _BYTE_SHARES[low : min(high, 0x7F) + 1].sum(axis=0)
    row[_OTHERS_GROUP] += round(_SHARE_UNIT * _likelihood_beyond(chars))
    return row


def chances(windows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """How often to expect the first one, two, ... characters of windows at a place of ordinary text.

    Args:
        windows: shares, shape (windows, characters, GROUPS).

    Returns:
        Shape (windows, characters).
    """
    count, length, _ = windows.shape
    found = np.zeros((count, length))
    weights, scale = windows[:, 0], np.full(count, 1 / _SHARE_UNIT)
    found[:, 0] = weights.sum(axis=1) * scale
    for at in range(1, length):
        weights, scale = _within_room(weights, scale)
        weights = (weights @ _RATIOS) * windows[:, at]
        scale = scale / (_SHARE_UNIT * _AFFINITY_UNIT)
        found[:, at] = np.minimum(weights.sum(axis=1) * scale, found[:, at - 1])
    return found


def _within_room(
    weights: npt.NDArray[np.float64], scale: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The same weights times scale, with whole weights below `_ROOM`.

    Scales are powers of two, so nothing is rounded but the weights, downwards.
    """
    _, exponents = np.frexp(np.maximum(weights.max(axis=1), 1.0) / _ROOM)
    factor = np.ldexp(1.0, np.maximum(exponents, 0))
    return np.floor(weights / factor[:, None]), scale * factor
