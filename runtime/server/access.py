"""Who may call: the key of a request, or what takes its place where there are none.

Without keys a server is for programs of its machine. A web page in a browser on that machine is none of them: it may
not name another host (DNS that was turned to this machine), and it cannot send JSON to another site without being let.
"""

from __future__ import annotations

from guardc.runtime.server.keys import EVERYBODY, SCOPES, Caller, Keys
from guardc.runtime.server.refusals import Refusal
from guardc.runtime.server.settings import Access

__all__ = ["LOOPBACK", "allow", "caller_of"]

LOOPBACK = ("127.0.0.1", "localhost", "::1")
HERE = Caller("this machine", None, frozenset(SCOPES))
CHALLENGE = ((b"www-authenticate", b'Bearer realm="guardc"'),)


def caller_of(headers: dict[bytes, bytes], access: Access, keys: Keys | None) -> Caller | None:
    """Who calls; None: nobody who may. What is open to all is open to None, too.

    Raises:
        Refusal: the request comes from a web page of elsewhere.
    """
    if access == "keys":
        return None if keys is None else keys.of(headers.get(b"authorization", b""))
    if access == "open":
        return EVERYBODY
    host = headers.get(b"host", b"").decode("latin-1")
    name, _, port = host.rpartition(":")
    if (name if name and port.isdigit() else host).strip("[]").lower() not in LOOPBACK:
        raise Refusal(
            "forbidden",
            "the request names another host; without keys this server is for programs of its own machine",
            where="headers",
            help=f"call it by one of {', '.join(LOOPBACK)}, or start it with --keys",
        )
    return HERE


def allow(caller: Caller | None, scope: str, guard: str | None = None, what: str = "guard") -> Caller:
    """The caller, if it may do this. A guard of the name of a model stands for it: `what` says which it is.

    Raises:
        Refusal: there is no key, or it is for something else.
    """
    if caller is None:
        raise Refusal(
            "no_key",
            "there is no key, or none that this server knows",
            where="headers",
            help="send `Authorization: Bearer KEY`; `guardc key` makes one",
            headers=CHALLENGE,
        )
    if not caller.may(scope, guard):
        said = f"{what} `{guard}`" if guard is not None and scope in caller.scopes else f"the scope `{scope}`"
        raise Refusal(
            "forbidden", f"the key is not for {said}", where="headers", help="ask the operator for another key"
        )
    return caller
