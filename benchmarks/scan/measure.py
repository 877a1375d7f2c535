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
from benchmarks.scan.engines import ENGINES
from benchmarks.scan.findings import Findings, Measured, Scaling
from benchmarks.scan.growth import SIZES, Growth, time_growth
from benchmarks.scan.lists import entries
from benchmarks.scan.policies import pattern_policy
from benchmarks.scan.rows import Row, engine_rows, target_rows
from benchmarks.scan.secrets import SECRETS
from benchmarks.scan.texts import MEGABYTE, Texts, collect

__all__ = ["PARTS", "Plan", "measure"]

# What can be timed, and which plans it needs; `compile` compiles all that there are.
PARTS: dict[str, tuple[str, ...]] = {
    "rows": ("twenty", "two_hundred", "listed", "full"),
    "engines": ("twenty",),
    "growth": (),
    "threads": ("twenty",),
    "compile": ("twenty", "two_hundred", "secrets", "repeat_0", "repeat_1", "repeat_2", "listed"),
}
_ASCII_ONLY = tuple(engine for engine in ENGINES if engine.startswith(("RE2", "Hyperscan")))


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
        built = _compile_all(folder, plan, tell)
        tell("texts")
        peers = crew["peers"].ask("facts")
        catalogues = peers.pop("catalogues", None)
        texts = collect(Path(catalogues) if catalogues else None, plan.entries)
        facts |= crew["guardc"].ask("facts") | peers
        verdicts = _agree_all(crew, texts, built, plan.entries, tell)
        wanted = {
            "rows": tuple(target_rows(plan.entries)),
            "engines": tuple(engine_rows()),
        }
        measured = {
            part: tuple(_time_row(row, crew, texts, built, plan.effort, tell) for row in rows)
            for part, rows in wanted.items()
            if part in plan.parts
        }
        growth = tuple(_grow(crew, folder, plan.effort, tell)) if "growth" in plan.parts else ()
        scaling = tuple(_scale(crew, texts, plan.effort, tell)) if "threads" in plan.parts else ()
    # The benchmark itself keeps one core busy; what is above 1 was other work.
    facts["load average"] = f"{load_before:.1f} before, {os.getloadavg()[0]:.1f} after"
    return Findings(
        facts,
        texts.sources,
        verdicts,
        measured.get("rows", ()),
        measured.get("engines", ()),
        growth,
        scaling,
        tuple(built.values()),
    )


def _compile_all(folder: Path, plan: Plan, tell: Callable[[str], None]) -> dict[str, Built]:
    """Every policy that the parts of the plan need, by the name of its plan."""
    (folder / "entries.txt").write_text("\n".join(entries(plan.entries)), encoding="utf-8")
    needed = {name for part in plan.parts for name in PARTS[part]}
    built = {}
    for name, (title, source) in policies(plan.entries).items():
        if name in needed:
            tell(f"compile: {title}")
            built[name] = compile_policy(name, title, source, folder)
    return built


def _numbered(texts: Texts, names: Iterable[str]) -> dict[str, str]:
    return {f"{name}, number {n}": text for name in names for n, text in enumerate(texts.named[name])}


def _agree_all(
    crew: Crew, texts: Texts, built: dict[str, Built], entries: int, tell: Callable[[str], None]
) -> dict[str, int | None]:
    """How many verdicts each engine shares with guardc, over all texts that are timed and one for every pattern."""
    verdicts: dict[str, int | None] = {}

    def hold(plan: str, engine: str, patterns: str, texts: dict[str, str]) -> None:
        if plan in built and built[plan].status == "compiled":
            title = f"{engine}, {built[plan].title}"
            tell(f"agreement with {title}")
            verdicts[title] = agree(crew["guardc"], f"{plan}/found/spans", crew["peers"], f"{engine}/{patterns}", texts)

    samples = {f"the sample of {name}": f"It was {text} then." for name, text in workload.SAMPLES.items()}
    latin = _numbered(texts, (name for name in texts.named if name.startswith(("words", "english", "found"))))
    others = _numbered(texts, (name for name in ("russian", "chinese") if name in texts.named))
    for engine in ENGINES:
        hold("twenty", engine, "twenty", samples | latin | ({} if engine in _ASCII_ONLY else others))
    hold("listed", "pyahocorasick", str(entries), _numbered(texts, ["listed"]))
    small = _numbered(texts, (f"{kind} {size}" for kind in ("words", "english") for size in (200, 2_000)))
    small |= {f"sample {number}": f"It was {secret.sample}\nthen." for number, secret in enumerate(SECRETS)}
    hold("two_hundred", "re, spans", "two_hundred", small)
    if "full" in built:
        few = _numbered(texts, ("words 2000", "found words 2000"))
        tell("agreement with Guardrails AI")
        try:
            verdicts["Guardrails AI"] = agree(crew["guardc"], "full/full/passed", crew["guardrails"], "full", few)
        except WorkerError:
            crew.dismiss("guardrails")
            verdicts["Guardrails AI"] = None
    return verdicts


def _time_row(  # noqa: PLR0913, PLR0917 - everything that a run has
    row: Row, crew: Crew, texts: Texts, built: dict[str, Built], effort: Effort, tell: Callable[[str], None]
) -> Measured:
    tell(f"{row.title}, against {row.against}")
    if row.texts not in texts.named:
        return Measured(row, 0, why_not="its text is not there: Django is not installed")
    chosen = texts.named[row.texts]
    size = len(chosen[0].encode())
    for guard in (row.ours, row.theirs) if row.peer == "guardc" else (row.ours,):
        plan = built[guard.split("/")[0]]
        if plan.status != "compiled":
            return Measured(row, size, why_not=f"does not compile yet: {plan.status} {plan.detail}".strip())
    try:
        peer = crew[row.peer]
        if "absent" in peer.ask("judge", guard=row.theirs, text=""):
            return Measured(row, size, why_not=f"{row.against} is not installed")
        return Measured(
            row, size, time_in_turn(Side(crew["guardc"], row.ours, chosen), Side(peer, row.theirs, chosen), effort)
        )
    except WorkerError as error:
        for name in {"guardc", row.peer}:
            crew.dismiss(name)
        return Measured(row, size, why_not=f"failed: {str(error).strip().splitlines()[-1][:200]}")


def _grow(crew: Crew, folder: Path, effort: Effort, tell: Callable[[str], None]) -> Iterator[Growth]:
    effort = Effort(max(5, effort.rounds // 2), effort.seconds / 2)  # a ratio far from its target, and slow texts
    for number, case in enumerate(ADVERSARIAL):
        tell(f"growth: {case.title}")
        name = f"adversarial_{number}"
        source = pattern_policy({"hostile": case.regex})
        built = compile_policy(name, case.title, source, folder)
        if built.status != "compiled":
            yield Growth(case.title, None, f"{built.status} {built.detail}".strip())
            continue
        texts = {size: case.text(size) for size in SIZES}
        try:
            yield Growth(case.title, time_growth(crew["guardc"], f"{name}/found/passed", texts, effort))
        except WorkerError as error:
            yield Growth(case.title, None, f"failed: {str(error).strip().splitlines()[-1][:200]}")
        crew.dismiss("guardc")  # gives back the memory of long texts and of what was found in them


def _scale(crew: Crew, texts: Texts, effort: Effort, tell: Callable[[str], None]) -> Iterator[Scaling]:
    """Two threads against one on all cores, one guard for both."""
    cores = sorted(os.sched_getaffinity(0))
    crew.use(cores)
    english = texts.named[f"english {MEGABYTE}"][0]
    for megabytes in (1, 10):
        tell(f"threads: {megabytes} MB")
        chosen = [english * megabytes]
        one, two = (Side(crew["guardc"], "twenty/found/passed", chosen, threads) for threads in (1, 2))
        yield Scaling(f"{megabytes} MB clean, English", time_in_turn(two, one, effort).gain)
    crew.use(cores[-1:])
