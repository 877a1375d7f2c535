"""Runs everything: compiles, holds all sides to one answer, then times."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks import workload
from benchmarks.machine import machine_facts
from benchmarks.pairs import Effort, Side, time_in_turn
from benchmarks.protocol import WorkerError
from benchmarks.scan.adversarial import ADVERSARIAL
from benchmarks.scan.agreement import agree
from benchmarks.scan.building import Built, compile_policy, policies
from benchmarks.scan.crew import Crew
from benchmarks.scan.engines import ASCII_ONLY, ENGINES
from benchmarks.scan.findings import Findings, Measured, Scaling
from benchmarks.scan.growth import SIZES, Growth, time_growth
from benchmarks.scan.lists import entries
from benchmarks.scan.policies import pattern_policy
from benchmarks.scan.rows import Row, engine_rows, target_rows
from benchmarks.scan.secrets import SECRETS
from benchmarks.scan.texts import MEGABYTE, collect

__all__ = ["PARTS", "Plan", "measure"]

# What can be timed, and which plans it needs; `compile` compiles all that there are.
PARTS: dict[str, tuple[str, ...]] = {
    "rows": ("twenty", "two_hundred", "listed", "full"),
    "engines": ("twenty",),
    "growth": (),
    "threads": ("twenty",),
    "compile": ("twenty", "two_hundred", "secrets", "repeat_0", "repeat_1", "repeat_2", "listed"),
}


@dataclass(frozen=True)
class Plan:
    """What a run does. `entries`: of the long word list; `parts`: some of `PARTS`."""

    effort: Effort
    entries: int
    parts: tuple[str, ...]


def measure(plan: Plan, folder: Path, tell: Callable[[str], None]) -> Findings:
    """Everything that the plan asks for.

    Args:
        folder: an empty folder for policies and plans.
        tell: gets a line as each step begins.

    Raises:
        DisagreementError: guardc and a peer found different things; nothing was timed.
    """
    facts = machine_facts()
    load_before = os.getloadavg()[0]
    with Crew(folder) as crew:
        run = _Run(plan, folder, tell, crew)
        facts |= run.versions
        verdicts = dict(run.agree())
        rows = tuple(map(run.time, target_rows(plan.entries))) if "rows" in plan.parts else ()
        engines = tuple(map(run.time, engine_rows())) if "engines" in plan.parts else ()
        growth = tuple(run.grow()) if "growth" in plan.parts else ()
        scaling = tuple(run.scale()) if "threads" in plan.parts else ()
    # The benchmark itself keeps one core busy; what is above 1 was other work.
    facts["load average"] = f"{load_before:.1f} before, {os.getloadavg()[0]:.1f} after"
    compiled = tuple(run.built.values())
    return Findings(facts, run.texts.sources, verdicts, rows, engines, growth, scaling, compiled)


class _Run:
    """What the steps of a run share: plans, texts and workers.

    built: how each compilation ended, by the name of its plan.
    """

    def __init__(self, plan: Plan, folder: Path, tell: Callable[[str], None], crew: Crew) -> None:
        self._plan, self._folder, self._tell, self._crew = plan, folder, tell, crew
        self.built = dict(self._compile())
        tell("texts")
        peers = crew["peers"].ask("facts")
        catalogues = peers.pop("catalogues", None)
        self.versions: dict[str, str] = {**crew["guardc"].ask("facts"), **peers}
        self.texts = collect(Path(catalogues) if catalogues else None, plan.entries)

    def _compile(self) -> Iterator[tuple[str, Built]]:
        (self._folder / "entries.txt").write_text("\n".join(entries(self._plan.entries)), encoding="utf-8")
        needed = {name for part in self._plan.parts for name in PARTS[part]}
        for name, (title, source) in policies(self._plan.entries).items():
            if name in needed:
                self._tell(f"compile: {title}")
                yield name, compile_policy(name, title, source, self._folder)

    def _compiled(self, plan: str) -> bool:
        return plan in self.built and self.built[plan].status == "compiled"

    # --- agreement ----------------------------------------------------------------------------------------

    def agree(self) -> Iterator[tuple[str, int | None]]:
        """On how many texts each peer agrees with guardc: on all that are timed, and one for every pattern."""
        if self._compiled("twenty"):
            samples = {f"the sample of {name}": f"It was {text} then." for name, text in workload.SAMPLES.items()}
            latin = self._named(name for name in self.texts.named if name.startswith(("words", "english", "found")))
            others = self._named(name for name in ("russian", "chinese") if name in self.texts.named)
            for engine in ENGINES:
                chosen = samples | latin | ({} if engine in ASCII_ONLY else others)
                yield self._held("twenty/found/spans", "peers", f"{engine}/twenty", chosen)
        if self._compiled("listed"):
            theirs = f"pyahocorasick/{self._plan.entries}"
            yield self._held("listed/found/spans", "peers", theirs, self._named(["listed"]))
        if self._compiled("two_hundred"):
            small = self._named(f"{kind} {size}" for kind in ("words", "english") for size in (200, 2_000))
            small |= {f"sample {number}": f"It was {secret.sample}\nthen." for number, secret in enumerate(SECRETS)}
            yield self._held("two_hundred/found/spans", "peers", "re, spans/two_hundred", small)
        if self._compiled("full"):
            few = self._named(("words 2000", "found words 2000"))
            try:
                yield self._held("full/full/passed", "guardrails", "full", few)
            except WorkerError:
                self._crew.dismiss("guardrails")
                yield "Guardrails AI", None

    def _held(self, ours: str, peer: str, theirs: str, texts: dict[str, str]) -> tuple[str, int | None]:
        """Hold one engine to guardc's answers on some texts."""
        plan, engine = ours.partition("/")[0], theirs.partition("/")[0]
        title = f"{'Guardrails AI' if peer == 'guardrails' else engine}; {self.built[plan].title}"
        self._tell(f"agreement: {title}")
        return title, agree(self._crew["guardc"], ours, self._crew[peer], theirs, texts)

    def _named(self, names: Iterable[str]) -> dict[str, str]:
        return {f"{name}, number {n}": text for name in names for n, text in enumerate(self.texts.named[name])}

    # --- times --------------------------------------------------------------------------------------------

    def time(self, row: Row) -> Measured:
        """One row in pairs of batches, or the reason why it cannot be timed."""
        self._tell(f"{row.title}, against {row.against}")
        texts = self.texts.named.get(row.texts)
        if texts is None:
            return Measured(row, 0, why_not="its text is not there: Django is not installed")
        size = len(texts[0].encode())
        for guard in (row.ours, row.theirs) if row.peer == "guardc" else (row.ours,):
            plan = guard.split("/")[0]
            if not self._compiled(plan):
                built = self.built[plan]
                return Measured(row, size, why_not=f"does not compile yet: {built.status} {built.detail}".strip())
        try:
            peer = self._crew[row.peer]
            if "absent" in peer.ask("judge", guard=row.theirs, text=""):
                return Measured(row, size, why_not=f"{row.against} is not installed")
            ours, theirs = Side(self._crew["guardc"], row.ours, texts), Side(peer, row.theirs, texts)
            return Measured(row, size, time_in_turn(ours, theirs, self._plan.effort))
        except WorkerError as error:
            for name in {"guardc", row.peer}:
                self._crew.dismiss(name)
            return Measured(row, size, why_not=_failed(error))

    def grow(self) -> Iterator[Growth]:
        """The adversarial texts, each on a fresh worker: long texts and many findings leave memory behind."""
        whole = self._plan.effort
        effort = Effort(max(5, whole.rounds // 2), whole.seconds / 2)  # four sizes a round, far from the target
        for number, case in enumerate(ADVERSARIAL):
            self._tell(f"growth: {case.title}")
            name = f"adversarial_{number}"
            built = compile_policy(name, case.title, pattern_policy({"hostile": case.regex}), self._folder)
            if built.status != "compiled":
                yield Growth(case.title, None, f"{built.status} {built.detail}".strip())
                continue
            texts = {size: case.text(size) for size in SIZES}
            try:
                yield Growth(case.title, time_growth(self._crew["guardc"], f"{name}/found/passed", texts, effort))
            except WorkerError as error:
                yield Growth(case.title, None, _failed(error))
            self._crew.dismiss("guardc")

    def scale(self) -> Iterator[Scaling]:
        """Two threads against one on all cores, one guard for both."""
        if not self._compiled("twenty"):
            return
        cores = sorted(os.sched_getaffinity(0))
        self._crew.use(cores)
        (english,) = self.texts.named[f"english {MEGABYTE}"]
        for megabytes in (1, 10):
            self._tell(f"threads: {megabytes} MB")
            chosen = [english * megabytes]
            one, two = (Side(self._crew["guardc"], "twenty/found/passed", chosen, threads) for threads in (1, 2))
            yield Scaling(f"{megabytes} MB clean, English", time_in_turn(two, one, self._plan.effort).gain)
        self._crew.use(cores[-1:])


def _failed(error: WorkerError) -> str:
    """The last line of what a worker said before it ended."""
    return f"failed: {str(error).strip().splitlines()[-1][:200]}"
