"""From the factors of a guard to the tables of its first stage."""

from __future__ import annotations

from dataclasses import dataclass

from guardc.compiler.prefilter.buckets import Bucket, choose_buckets
from guardc.compiler.prefilter.byteview import ByteView
from guardc.compiler.prefilter.confirm import Confirm, build_confirm
from guardc.compiler.regex import Factor

__all__ = ["Prefilter", "build_prefilter"]


@dataclass(frozen=True, slots=True, eq=False)
class Prefilter:
    """
    factors: (slot, factor) of everything that is looked for. Windows are numbered as they are.
    view: the bytes that characters are shown as.
    buckets: what the sieve looks for.
    confirm: tells the factors apart where the sieve sees something.
    """

    factors: tuple[tuple[int, Factor], ...]
    view: ByteView
    buckets: tuple[Bucket, ...]
    confirm: Confirm


def build_prefilter(factors: tuple[tuple[int, Factor], ...]) -> Prefilter:
    """
    Args:
        factors: at least one; none has an empty window.
    """
    view = ByteView(chars for _, factor in factors for chars in factor.window)
    windows = [view.window(factor.window) for _, factor in factors]
    return Prefilter(factors, view, choose_buckets(windows), build_confirm(windows))
