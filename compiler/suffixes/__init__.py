"""The Public Suffix List, by which the check `public_suffix` tells names of domains from other words with dots.

`public_suffix_list.dat` is the list of publicsuffix.org up to the end of its ICANN section, unchanged; a newer one
takes its place as it is, the PRIVATE section with it or not. `tree` makes of it what a plan has.
"""

from guardc.compiler.suffixes.tree import SuffixNode, suffix_tree

__all__ = ["SuffixNode", "suffix_tree"]
