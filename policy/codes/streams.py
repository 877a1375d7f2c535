"""The codes of what can be wrong with streams: the checker's (G120 on), and the compiler's (G067, G068)."""

from __future__ import annotations

from guardc.policy.codes.entry import Code

__all__ = ["ENTRIES"]


def _stream(*rules: str, before: str = "", direction: str = "output stream") -> str:
    lines = "".join(f"    {rule}\n" for rule in rules)
    head = f"{before}\n\n" if before else ""
    return f"edition 1\n\n{head}guard reply on {direction} {{\n{lines}}}\n"


_KEY = "pattern key = /\\bk_\\w+/"
_ORDER = "pattern order_id = /\\bORD-\\d{8}\\b/"

ENTRIES = (
    Code(
        "G067",
        "rule that holds a stream without a bound",
        "error",
        "A stream holds text back while a rule may still change or stop it. This rule may do so for as long as the "
        "text goes on: a match that has no longest length, something that is looked for and may never come, or a test "
        "of the whole text. Say what happens then: `hold at most 200 chars on fail exception` ends a stream that would "
        "hold more. Or bound the pattern; or write `at end` behind the test: the text then leaves before the rule is "
        "judged.",
        wrong=_stream("no key", before=_KEY),
        right=_stream("hold at most 200 chars on fail exception", "no key", before=_KEY),
    ),
    Code(
        "G068",
        "rule that holds more than the guard allows",
        "error",
        "The guard says `hold at most`, and this rule may hold back more characters than that, or does together with "
        "another: `chars >= 20` waits for 20 characters of which it is decided what they are. A text that rules with "
        "`fix` have changed is judged once more on its way, so in a guard with such rules every bound counts twice. "
        "Allow more, bound the pattern, or say what ends a stream that would hold more: `on fail exception` behind "
        "`hold`.",
        wrong=_stream("hold at most 8 chars", "no order_id", before=_ORDER),
        right=_stream("hold at most 12 chars", "no order_id", before=_ORDER),
    ),
    Code(
        "G120",
        "stream of an input",
        "error",
        "Only answers come piece by piece. The input is there as a whole before the model is called.",
        wrong=_stream("chars <= 300", direction="input stream"),
        right=_stream("chars <= 300", direction="input"),
    ),
    Code(
        "G121",
        "action that comes too late in a stream",
        "error",
        "What has left a stream cannot be taken back. So a rule of a stream can end it (`exception`, `refrain`, "
        "`filter`), mend findings and cut the text (`fix`), or report (`noop`); it cannot ask for another text or put "
        "another one in its place. When a rule `at end` is judged, all of the text has left: it can still say that the "
        "text did not hold, or that another one is to be asked for, but mend nothing.",
        wrong=_stream("json on fail reask"),
        right=_stream("json at end on fail reask"),
    ),
    Code(
        "G122",
        "words of streams where there is none",
        "error",
        "`hold` and `at end` say how a text leaves that is given piece by piece. Other guards get the whole text, and "
        "guards `as json` whole values.",
        wrong=_stream("chars <= 300 at end", direction="output"),
        right=_stream("chars <= 300", direction="output"),
    ),
    Code(
        "G123",
        "`at end` that changes nothing",
        "warning",
        "A rule that only reports never holds a stream back, and what it has to say is said at the end.",
        wrong=_stream("chars <= 300 at end on fail noop"),
        right=_stream("chars <= 300 on fail noop"),
    ),
)
