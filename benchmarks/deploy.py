"""What a server needs: time until it is ready, and memory, by workers and plans.

    python -m benchmarks.deploy

The plans are that of `examples/support.guard`, and the same with a list of 100,000 words besides. Each server is asked
for a few verdicts by every worker first. Memory is the proportional set size: what several processes map counts once,
shared among them. *One more worker* is what each worker adds to the row above; with the first two comes the process
that looks after them.
"""

from __future__ import annotations

import http.client
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.machine import machine_facts
from benchmarks.serve import free_port, send
from benchmarks.soak.process import family, use
from guardc.compiler import compile_file

WORKERS = (1, 2, 4)
ROUNDS = 5
EXAMPLE = Path(__file__).parents[1] / "examples" / "support.guard"


def plans(folder: Path) -> dict[str, Path]:
    """The plans by what they are called in the report."""
    draw = random.Random(5)
    letters = "abcdefghijklmnopqrstuvwxyz"
    listed = folder / "listed.txt"
    words = sorted({"".join(draw.choices(letters, k=draw.randrange(5, 12))) for _ in range(100_000)})
    listed.write_text("\n".join(words), encoding="utf-8")
    for beside in EXAMPLE.parent.glob("*.txt"):
        (folder / beside.name).write_bytes(beside.read_bytes())
    source = EXAMPLE.read_text(encoding="utf-8")
    large = folder / "large.guard"
    rules = 'words listed = lines("listed.txt")\nguard listing on input {\n    no listed on fail refrain\n}\n'
    large.write_text(source.replace("\ndefaults {", f"\n{rules}\ndefaults {{", 1), encoding="utf-8")
    made = {}
    for name, policy in (("support.guard", EXAMPLE), ("with 100,000 words", large)):
        compiled = compile_file(policy).plan
        assert compiled is not None, name
        made[name] = folder / f"{len(made)}.plan"
        made[name].write_bytes(compiled)
    return made


def ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", "/ready")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def measured(plan: Path, workers: int) -> tuple[float, int]:
    """Seconds until it is ready, and bytes of all its processes."""
    port = free_port()
    command = ["guardc", "serve", str(plan), "--port", str(port), "--workers", str(workers)]
    begun = time.monotonic()
    process = subprocess.Popen([sys.executable, "-m", *command], stderr=subprocess.PIPE, text=True)
    try:
        while not ready(port):
            time.sleep(0.01)
        seconds = time.monotonic() - begun
        assert process.stderr is not None
        up = 0
        while up < workers:
            up += "Application startup complete" in process.stderr.readline()
        body = json.dumps({"text": "Write to ann@example.com about order 12345678."}).encode()
        for _ in range(20 * workers):  # connections of their own reach every worker
            send(port, "/v1/guards/question/validate", body, 5)
        return seconds, sum(use(pid).memory for pid in family(process.pid))
    finally:
        process.terminate()
        process.communicate()


def main() -> None:
    write = sys.stdout.write
    write("| plan | workers | ready after | memory | one more worker |\n| --- | ---: | ---: | ---: | ---: |\n")
    with tempfile.TemporaryDirectory() as folder:
        for name, plan in plans(Path(folder)).items():
            before, fewer = 0, 0
            for workers in WORKERS:
                seconds, sizes = zip(*(measured(plan, workers) for _ in range(ROUNDS)), strict=True)
                memory = sorted(sizes)[ROUNDS // 2]
                more = f"{(memory - before) / (workers - fewer) / 1e6:.1f} MB" if fewer else ""
                before, fewer = memory, workers
                label = f"{name}, {plan.stat().st_size / 1e6:.1f} MB"
                write(f"| {label} | {workers} | {min(seconds):.2f} s | {memory / 1e6:.1f} MB | {more} |\n")
    facts = machine_facts()
    write(f"{facts['processor']}, {facts['date']}, {facts['cores']} cores\n")


if __name__ == "__main__":
    main()
