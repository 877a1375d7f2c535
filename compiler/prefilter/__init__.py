"""The tables of the scan's first stage, for all patterns of one guard together.

In the order of reading: `byteview` shows every character to the first stage as one of 256 bytes; `buckets` puts the
windows of all factors into a few sets of small tables that vector instructions read (the *sieve*); `confirm` makes a
small automaton that tells, where the sieve sees something, which factors it is. `build` has it all in a row.

All of it may propose too much, never too little: the second stage is exact.
"""

from guardc.compiler.prefilter.buckets import SIEVED, Bucket, sieve_tables
from guardc.compiler.prefilter.build import Prefilter, build_prefilter
from guardc.compiler.prefilter.byteview import ByteView
from guardc.compiler.prefilter.confirm import Confirm

__all__ = ["SIEVED", "Bucket", "ByteView", "Confirm", "Prefilter", "build_prefilter", "sieve_tables"]
