"""Pages of documentation, whole, as people paste and retrieve them: guides, references, manual pages, changelogs.

A package is either trained on or measured on, never both; which it is was settled before anything was trained.
"""

from __future__ import annotations

__all__ = ["HELD_OUT_MANUALS", "MANUALS"]

MANUALS = {
    "bat": r"(doc/|assets/manual/)?[^/]*\.(md|1|in)",
    "celery": r"(docs/.*|[^/]*)\.(rst|txt)",
    "curl": r"docs/.*\.md",
    "eslint": r"(docs/src/.*|[^/]*)\.md",
    "express": r"[^/]*\.md",
    "fastapi": r"docs/(en|de|fr|es|pt)/.*\.md",
    "fzf": r".*\.(md|1)",
    "helm": r"(docs|blog|versioned_docs|i18n/(de|fr|es|pt))/.*\.mdx?",
    "kubernetes": r".*\.md",
    "pip": r"(docs/.*|[^/]*)\.(md|rst)",
    "poetry": r"(docs/.*|[^/]*)\.md",
    "pydantic": r"(docs/.*|[^/]*)\.md",
    "rest-framework": r".*\.md",
    "rust-book": r"(2018-edition/)?src/.*\.md",
    "scrapy": r"(docs/.*|[^/]*)\.rst",
    "sphinx": r"(doc/.*|[^/]*)\.rst",
    "traefik": r".*\.md",
    "uv": r"(docs/.*|changelogs/.*|[^/]*)\.md",
}
"""Of each package in the material, the paths of its pages. These are trained on."""

HELD_OUT_MANUALS = {
    "dspy": r"docs/.*\.md",
    "httpie": r".*\.(md|1|rst)",
    "jq": r".*\.(md|yml|prebuilt|1|txt)|NEWS|ChangeLog",
    "prometheus": r".*\.md",
    "pytest": r".*\.rst",
    "redis": r".*\.md",
    "ripgrep": r".*\.(md|1)",
    "vue": r".*\.md",
}
"""The same; these measure."""
