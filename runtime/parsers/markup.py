"""Is a text HTML without a parse error? By html5lib, which follows the HTML standard.

Every text is HTML to a browser, which repairs what it finds; the standard says what it had to repair. One such error is
enough here.
"""

from __future__ import annotations

import re

from html5lib import HTMLParser
from html5lib.html5parser import ParseError

__all__ = ["is_html"]

_DOCUMENT = re.compile(r"\s*(?:<!--.*?-->\s*)*<(?:!doctype|html)\b", re.IGNORECASE | re.DOTALL)


def is_html(text: str) -> bool:
    """True if the text is a document (it begins with a doctype or `<html>`), or else what may stand in the body of one,
    without a parse error."""
    parser = HTMLParser(strict=True)
    try:
        if _DOCUMENT.match(text) is None:
            parser.parseFragment(text)
        else:
            parser.parse(text)
    except ParseError:
        return False
    return True
