"""What a verdict over HTTP costs above an empty ASGI route.

    python -m benchmarks.serve

Servers, uvicorn as `guardc serve` runs it, one worker each: one has a route that reads its body and answers
`{"passed":true}`, one a route that answers with the body, the last one judges by twenty patterns and a length and
answers with the outcome, in which the text is. All are sent the same requests of 2 KB, over
connections that are kept, in batches that alternate; counted is the processor time of the server's main thread. Printed
is the median of the batches, with the middle half, and the ratio of a verdict to each route within a round.
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
from collections.abc import Iterator, Sequence
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


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """The route that reads and writes as much as a verdict."""
    if scope["type"] != "http":
        return
    message = await receive()
    body = message["body"]
    while message.get("more_body"):
        message = await receive()
        body += message["body"]
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@contextlib.contextmanager
def started(command: list[str], port: int, python: str = sys.executable, **environment: str) -> Iterator[Any]:
    """A process of `python -m` that listens at a port; its number, and its log."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen([python, "-m", *command], stdout=log, stderr=log, env={**os.environ, **environment})
        try:
            while True:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                    break
                if process.poll() is not None:
                    log.seek(0)
                    raise SystemExit(f"{command[0]} did not start:\n{log.read().decode()}")
                time.sleep(0.05)
            yield process.pid, log
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


def middle(values: Sequence[float]) -> str:
    low, median, high = statistics.quantiles(values, n=4)
    return f"{median:.2f} [{low:.2f}, {high:.2f}]"


def main() -> None:
    body = json.dumps({"text": workload.clean_text(2_000)}).encode()
    with tempfile.TemporaryDirectory() as folder:
        plan = Path(folder) / "full.plan"
        compiled = compile_text(workload.full_policy()).plan
        assert compiled is not None
        plan.write_bytes(compiled)
        bare = ["--no-access-log", "--lifespan", "off", "--no-server-header", "--no-proxy-headers"]
        commands = {
            "empty": ["uvicorn", "benchmarks.serve:empty", *bare],
            "echo": ["uvicorn", "benchmarks.serve:echo", *bare],
            "verdict": ["guardc", "serve", str(plan)],
        }
        with contextlib.ExitStack() as stack:
            ports = {name: free_port() for name in commands}
            pids = {
                name: stack.enter_context(started([*command, "--port", str(ports[name])], ports[name]))[0]
                for name, command in commands.items()
            }
            taken: dict[str, list[float]] = {name: [] for name in commands}
            for number in range(BATCHES + 1):
                for name, into in taken.items():
                    cost = batch(ports[name], pids[name], "/v1/guards/full/validate", body)
                    if number:  # the first round warms up
                        into.append(cost)
    for name, costs in taken.items():
        sys.stdout.write(f"{name:8} {middle(costs)} us of CPU a request\n")
    for name in ("empty", "echo"):
        ratios = [judged / other for judged, other in zip(taken["verdict"], taken[name], strict=True)]
        sys.stdout.write(f"verdict / {name:6} {middle(ratios)}\n")
    sys.stdout.write(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")


if __name__ == "__main__":
    main()
