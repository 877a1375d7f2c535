"""What a stream is to the code that holds it: pieces of any kind, its end, memory, threads."""

from __future__ import annotations

import gc
import threading
import tracemalloc

import pytest
from stream_policies import fed, guard

from guardc.compiler import compile_text
from guardc.runtime import load


def test_a_stream_says_what_it_holds_and_what_has_left():
    stream = guard("no secret on fail fix").stream()
    assert repr(stream) == "<Stream of 'reply': open, 0 characters have left>"
    stream.feed("a key_")
    assert (stream.held, stream.released, stream.outcome, stream.stopped) == (4, "a ", None, False)
    stream.feed("abcdefghij")
    assert (stream.held, stream.released) == (0, "a [secret]ij")
    stream.close()
    assert repr(stream) == "<Stream of 'reply': closed, 12 characters have left>"
    stopped = guard("no secret on fail exception").stream()
    stopped.feed("key_abc.")
    assert repr(stopped) == "<Stream of 'reply': stopped, 0 characters have left>"
    assert stopped.held == 0


@pytest.mark.parametrize("piece", [b"abc", None, 3, ["a"], bytearray(b"a")])
def test_a_piece_is_text(piece):
    stream = guard("no secret on fail fix").stream()
    with pytest.raises(TypeError):
        stream.feed(piece)
    assert stream.feed("still open") == "still open"


def test_a_kind_of_str_is_text():
    class Kind(str):
        __slots__ = ()

    stream = guard("no secret on fail fix").stream()
    left = stream.feed(Kind("hello"))
    assert (left, type(left)) == ("hello", str)
    assert type(stream.released) is str


def test_a_closed_stream_takes_no_more():
    stream = guard("no secret on fail fix").stream()
    stream.feed("a")
    stream.close()
    with pytest.raises(ValueError, match="open another one"):
        stream.feed("b")
    assert stream.close() == ""
    assert stream.released == "a"


def test_a_stopped_stream_lets_nothing_leave_and_does_not_complain():
    stream = guard("no secret on fail exception").stream()
    stream.feed("key_abc.")
    outcome = stream.outcome
    assert [stream.feed("more"), stream.close(), stream.feed("more")] == ["", "", ""]
    assert stream.outcome is outcome


def test_a_long_stream_takes_little_more_memory_than_its_text():
    made = guard("max 9 MB on fail exception", "no secret, email on fail fix", "no order on fail exception")
    piece, pieces = "monk ey. key", 800_000
    stream = made.stream()
    gc.collect()
    tracemalloc.start()
    try:
        for at in range(pieces):
            stream.feed(piece[at % 8 : at % 8 + 4])
        grown, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # What came and what has left are kept, for the outcome, and no more: the pieces would take thirty times as much.
    assert grown < 2.2 * 4 * pieces
    assert stream.held < 10
    assert stream.feed(" key_abcdef!").endswith("[secret]!")


def test_what_a_check_looks_for_may_stand_where_nothing_has_come_yet():
    # `_word` cannot begin behind a digit: that is known at the end of the text. Of what stands further on nothing is.
    source = r"""
edition 1
pattern digits = /\d\d/ where near _word within 9 chars
pattern _word  = /\bab/
guard g on output stream {
    no digits on fail fix
}
"""
    compilation = compile_text(source)
    assert compilation.plan is not None, compilation.diagnostics
    made = load(compilation.plan).guard("g")
    for _ in range(20):
        made.stream().feed("a" * 250)  # leaves letters in the memory that the next stream may get
        stream = made.stream()
        released = "".join(stream.feed(piece) for piece in ["." * 30, "12", ". ab "])
        assert released == "." * 30 + "[digits]. ab "


def test_an_empty_stream_is_the_empty_text():
    made = guard("no secret on fail fix", "chars >= 1 on fail exception")
    stream = made.stream()
    assert (stream.feed(""), stream.close()) == ("", "")
    assert stream.outcome is not None
    assert not stream.outcome.passed


def test_empty_pieces_change_nothing():
    made = guard("no secret on fail fix")
    assert fed(made, "", "key", "", "_abc", "", ".", "") == ["", "", "", "", "", "[secret].", "", ""]


def test_a_text_may_become_wider():
    made = guard("no secret, rivals on fail fix")
    pieces = ["caf\xe9 key", "_a", "bc привет Glo", "bex 😀 key_", "abc ", "\ud800", "key_abc"]
    whole = made.validate("".join(pieces))
    assert "".join(fed(made, *pieces)) == whole.output == "caf\xe9 [secret] привет [rivals] 😀 [secret] \ud800[secret]"


def test_only_guards_for_streams_have_them():
    compilation = compile_text("edition 1\nguard g on output {\n chars <= 3\n}\n")
    assert compilation.plan is not None
    with pytest.raises(TypeError, match="on output stream"):
        load(compilation.plan).guard("g").stream()


def test_streams_of_one_guard_do_not_meet():
    made = guard("no secret on fail fix")
    one, other = made.stream(), made.stream()
    assert [one.feed("key_"), other.feed("a"), one.feed("b"), other.feed("key_abc.")] == ["", "a", "", "[secret]."]
    assert [one.feed("cd "), other.close(), one.close()] == ["[secret] ", "", ""]


def test_each_thread_has_a_stream():
    made = guard("no secret, rivals on fail fix")
    text = "Globex key_abcde monkey_ab. " * 200
    wanted = made.validate(text).output
    found: dict[int, str] = {}

    def work(number: int) -> None:
        stream = made.stream()
        size = number + 1
        released = [stream.feed(text[at : at + size]) for at in range(0, len(text), size)]
        found[number] = "".join(released) + stream.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(found.values()) == {wanted}
    assert len(found) == 8


def test_no_message_has_what_was_found():
    stream = guard('no secret on fail exception "Not {this}."').stream()
    stream.feed("key_abcdefgh ")
    assert stream.outcome is not None
    shown = (
        repr(stream)
        + repr(stream.outcome)
        + "".join(repr(failure) + str(failure.message) for failure in stream.outcome.failures)
    )
    assert "key_" not in shown
    assert "abcdefgh" not in shown
