"""guardc's server against that of Guardrails AI: the same guard over HTTP.

    python -m benchmarks.serve_peer

Twenty patterns and a length, a text of 2 KB in which nothing is found; both servers have one worker process, run by
uvicorn as their documents say, and are asked by the same client over as many kept connections, in turns. Before
anything is timed, both judge a text for each pattern and a clean one, and must agree. Printed are requests a second and
processor time of the server's process for each, with the middle half of the rounds, and the median ratios of a round.
The client is a process of its own and shares the machine; the processor time tells what the servers themselves take.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import workload
from benchmarks.machine import machine_facts
from benchmarks.peer import guardrails_environment, peer_python
from benchmarks.serve import free_port, middle, started
from guardc.compiler import compile_text

ROUNDS = 7
CONNECTIONS = 4
TICKS = os.sysconf("SC_CLK_TCK")


class Side(NamedTuple):
    """A server.

    Attributes:
        port, pid: where it is.
        path: of the route.
        field: of the text in a request's body.
        verdict: of whether it passed in an answer.
        requests: of a round.
    """

    port: int
    pid: int
    path: str
    field: str
    verdict: str
    requests: int


def ask(connection: http.client.HTTPConnection, side: Side, text: str) -> dict[str, Any]:
    body = json.dumps({side.field: text})
    connection.request("POST", side.path, body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    data = response.read()
    assert response.status == 200, data
    answer: dict[str, Any] = json.loads(data)
    return answer


def seconds(pid: int) -> float:
    """Processor time of a process and all its threads, in ticks of the system."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def measured(side: Side, text: str) -> tuple[float, float]:
    """Requests a second, and microseconds of processor time for each."""

    def send() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", side.port)
        for _ in range(side.requests // CONNECTIONS):
            ask(connection, side, text)
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(CONNECTIONS)]
    before, begun = seconds(side.pid), time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = time.perf_counter() - begun
    return side.requests / taken, (seconds(side.pid) - before) / side.requests * 1e6


def agree(sides: list[Side]) -> None:
    """Stop, if they judge a text differently."""
    for name, text in {**workload.SAMPLES, "nothing": workload.clean_text(200)}.items():
        said = []
        for side in sides:
            connection = http.client.HTTPConnection("127.0.0.1", side.port)
            said.append(ask(connection, side, f"Here: {text} is it.")[side.verdict])
            connection.close()
        if said != [name == "nothing"] * 2:
            raise SystemExit(f"{name}: guardc says {said[0]}, Guardrails {said[1]}")


def main() -> None:
    text = workload.clean_text(2_000)
    python = peer_python("guardrails_server")
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        plan = Path(folder) / "full.plan"
        compiled = compile_text(workload.full_policy()).plan
        assert compiled is not None
        plan.write_bytes(compiled)
        ports = free_port(), free_port()
        own, _ = stack.enter_context(started(["guardc", "serve", str(plan), "--port", str(ports[0])], ports[0]))
        config = Path(__file__).with_name("guardrails_config.py")
        environment = {
            **guardrails_environment(Path(folder)),
            "GR_CONFIG_FILE_PATH": str(config),
            "PYTHONPATH": str(Path(__file__).parents[1]),
            "PORT": str(ports[1]),
        }
        command = ["uvicorn", "--factory", "guardrails_api.app:create_app", "--port", str(ports[1]), "--no-access-log"]
        peer, _ = stack.enter_context(started(command, ports[1], python=python, **environment))
        sides = [
            Side(ports[0], own, "/v1/guards/full/validate", "text", "passed", 8_000),
            Side(ports[1], peer, "/guards/full/validate", "llm_output", "validationPassed", 40),
        ]
        agree(sides)
        for side in sides:
            measured(side, text)  # warms up
        rounds = [[measured(side, text) for side in sides] for _ in range(ROUNDS)]
    for number, name in enumerate(("guardc", "Guardrails")):
        rates, costs = zip(*(each[number] for each in rounds), strict=True)
        sys.stdout.write(f"{name:11} {middle(list(rates))} requests a second, {middle(list(costs))} us of CPU each\n")
    faster = statistics.median([own[0] / peer[0] for own, peer in rounds])
    cheaper = statistics.median([peer[1] / own[1] for own, peer in rounds])
    sys.stdout.write(f"throughput {faster:,.0f} times, processor time 1/{cheaper:,.0f}\n")
    facts = machine_facts()
    load = f"load average {os.getloadavg()[0]:.1f} on {facts['cores']} cores"
    sys.stdout.write(f"{facts['processor']}, {facts['date']}, {load}\n")


if __name__ == "__main__":
    main()
