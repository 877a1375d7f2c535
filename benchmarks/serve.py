"""What a verdict over HTTP costs above an empty ASGI route.

    python -m benchmarks.serve

Two servers, uvicorn as `guardc serve` runs it, one worker each: one has a route that reads its body and answers
`{"passed":true}`, the other one judges by twenty patterns and a length. Both are sent the same requests of 2 KB, over
connections that are kept, in batches that alternate; counted is the processor time of the server's main thread. Printed
is the median of the batches, with the middle half, and the ratio of the two of each pair.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import workload
from guardc.compiler import compile_text

BATCHES = 10
REQUESTS = 2_000
CONNECTIONS = 4


async def empty(scope: Any, receive: Any, send: Any) -> None:
    """The route without a guard."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    headers = [(b"content-type", b"application/json"), (b"content-length", b"15")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"passed":true}'})


@contextlib.contextmanager
def serving(command: list[str], port: int) -> Iterator[int]:
    """A server in a process of its own; its number."""
    process = subprocess.Popen([sys.executable, "-m", *command, "--port", str(port)], stderr=subprocess.DEVNULL)
    try:
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def seconds(pid: int) -> float:
    """Processor time of a process so far."""
    fields = Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()
    return int(fields[0]) / 1e9


def send(port: int, path: str, body: bytes, count: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for _ in range(count):
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        data = response.read()
        assert response.status == 200, data
    connection.close()


def batch(port: int, pid: int, path: str, body: bytes) -> float:
    """Microseconds of processor time that a request takes the server."""
    begun = seconds(pid)
    threads = [
        threading.Thread(target=send, args=(port, path, body, REQUESTS // CONNECTIONS)) for _ in range(CONNECTIONS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return (seconds(pid) - begun) / REQUESTS * 1e6


def middle(values: list[float]) -> str:
    low, median, high = statistics.quantiles(values, n=4)
    return f"{median:.2f} [{low:.2f}, {high:.2f}]"


def main() -> None:
    body = json.dumps({"text": workload.clean_text(2_000)}).encode()
    with tempfile.TemporaryDirectory() as folder:
        plan = Path(folder) / "full.plan"
        compiled = compile_text(workload.full_policy()).plan
        assert compiled is not None
        plan.write_bytes(compiled)
        ports = free_port(), free_port()
        bare = ["uvicorn", "benchmarks.serve:empty", "--no-access-log", "--lifespan", "off", "--no-server-header"]
        bare += ["--no-proxy-headers"]
        judging = ["guardc", "serve", str(plan), "--concurrency", "1000"]
        path = "/v1/guards/full/validate"
        with serving(bare, ports[0]) as empty_pid, serving(judging, ports[1]) as guard_pid:
            pairs = [(empty_pid, ports[0]), (guard_pid, ports[1])]
            for pid, port in pairs:  # warm
                batch(port, pid, path, body)
            taken: tuple[list[float], list[float]] = ([], [])
            for _ in range(BATCHES):
                for into, (pid, port) in zip(taken, pairs, strict=True):
                    into.append(batch(port, pid, path, body))
    ratios = [judged / bare for bare, judged in zip(*taken, strict=True)]
    sys.stdout.write(
        f"empty route  {middle(taken[0])} us of CPU a request\n"
        f"verdict      {middle(taken[1])} us of CPU a request\n"
        f"ratio        {middle(ratios)}\n"
        f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n"
    )


if __name__ == "__main__":
    main()
