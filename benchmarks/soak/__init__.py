"""A server under mixed load for ten minutes, with reloads and a service that fails.

policies.py    two policies that answer differently, the texts, and what each policy says of each
service.py     a service that scores texts, and misbehaves in turns; a process of its own
load.py        the requests of each kind, each answer compared with what its policy says
process.py     what the kernel says of the server: memory, descriptors, threads
__main__.py    starts everything, reloads, reports
"""
