"""A process for one trial. It loads everything, gives up what it does not need, and then reads what it is to try."""

from __future__ import annotations

import json
import resource
import sys
import sysconfig
from pathlib import Path
from typing import Any

from guardc import compiler, fastpath, policy, runtime
from guardc.playground.trial import tried
from guardc.policy.checking.library import STD
from guardc.policy.reading.files import only_in

MEMORY = 1 << 30
"""Bytes of addresses above what the process has when it begins."""
SECONDS = 60
"""Of processor time; who started it has less patience."""
REFUSED = (
    "socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.system", "os.remove", "os.rename", "ctypes.",
)  # fmt: skip
"""Events of Python (PEP 578) that no trial needs."""


def give_up() -> None:
    """Let go of everything that a trial does not need. It holds for the rest of the process."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    addresses = pages * resource.getpagesize() + MEMORY
    limits = {
        resource.RLIMIT_AS: addresses,
        resource.RLIMIT_CPU: SECONDS,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    for kind, limit in limits.items():
        resource.setrlimit(kind, (limit, limit))
    only_in(STD)
    # Modules that are not imported yet.
    rooms = (str(folder) for room in (compiler, fastpath, policy, runtime) for folder in room.__path__)
    readable = (*rooms, str(Path(__file__).parents[1]), *set(sysconfig.get_paths().values()))

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event.startswith(REFUSED):
            raise PermissionError(f"a trial does not do this: {event}")
        if event == "open" and not str(arguments[0]).startswith(readable):
            raise PermissionError("a trial reads no files")

    sys.addaudithook(hook)


def main() -> None:
    tried(
        {
            "policy": "edition 1\nguard g on input {\n    words <= 3 on fail fix\n}\n",
            "text": "",
            "guard": None,
            "piece": 1,
        }
    )
    give_up()
    print(json.dumps(tried(json.loads(sys.stdin.buffer.readline()))))


if __name__ == "__main__":
    main()
