"""A policy of a stranger, compiled and tried: what the page of `guardc serve` shows.

    trial.py      compiles the policy, judges the text, replays a stream
    __main__.py   a process for one trial, that can do nothing else

The process answers one question, a JSON object on its input, by one on its output, and ends. Who starts it gives it a
time and kills it after that.

Invariant: what a policy or a text says, no file but those of the standard library is read, no connection made, no
process begun, and memory and processor time are limited.
"""
