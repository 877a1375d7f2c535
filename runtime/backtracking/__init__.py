"""Searching with Python's `re` for what cannot be searched for in linear time: apart, and under a time limit.

`re` cannot be interrupted and holds the interpreter lock while it searches, so it runs in processes of its own, which
can be killed. In the order in which a search passes them:

    search.py    what the fast path calls: one regex of a plan
    pool.py      the processes that there are, shared by all plans and threads of this one
    process.py   one of them, seen from here: asking it, and ending it when the time is over
    worker.py    the program that runs in it

`forks.py` is about services that fork. No more than that and `search.py` is imported before the first text that needs a
search, and no process started. The processes run the interpreter of the service; where there is none, as in a program
that is frozen into one file, every search is an error.
"""

from guardc.runtime.backtracking.search import resolve_searches

__all__ = ["resolve_searches"]
