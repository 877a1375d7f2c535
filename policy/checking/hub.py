"""What validators of the Guardrails hub are here, for whoever writes a rule with the name that they have there.

The lines are those of docs/migration.md, where it also stands what differs and why; a test compares the two. A line
that declares something stands above the guard, the others in it.
"""

from __future__ import annotations

import re

__all__ = ["HUB", "help_for"]

HUB: dict[str, tuple[str, ...]] = {
    "regex_match": (
        "pattern id = /ORD-[0-9]{8}/",
        "is id",
    ),
    "cucumber_expression_match": (
        'pattern steps = cucumber "I have {int} cucumber(s)"',
        "is steps",
    ),
    "contains_string": ('contains "terms apply"',),
    "ends_with": ('ends with "."',),
    "lowercase": ("lower case on fail fix",),
    "uppercase": ("upper case on fail fix",),
    "one_line": ("lines <= 1 on fail fix",),
    "two_words": ("words == 2 on fail fix",),
    "valid_length": ("chars in 1..280 on fail fix",),
    "valid_choices": ('one of "low", "normal", "high"',),
    "ban_list": (
        'words banned = ["Globex", "Initech Cloud"] ignore case, within 1 edit',
        'no banned on fail fix with ""',
    ),
    "mentions_drugs": (
        'words drugs = ["ibuprofen", "insulin glargine"] ignore case',
        "no drugs",
    ),
    "competitor_check": (
        'words rivals = ["Globex", "Umbrella CRM"] ignore case',
        'no rivals on fail fix with "another vendor"',
    ),
    "reading_time": ("reading time <= 5 min on fail fix",),
    "reading_level": ("reading grade in 4..8",),
    "redundant_sentences": ("no repeated sentences on fail fix",),
    "detect_system_prompt_leakage": (
        'text prompt = "You are the assistant of a small bank. Never speak about other banks."',
        "overlap(prompt) < 0.3",
        "no leak(prompt) on fail fix",
    ),
    "valid_range": ("number in 0..10 on fail fix",),
    "similar_to_previous_values": ("number within 3 deviations of [10, 12, 11, 9, 10]",),
    "valid_json": ("json",),
    "valid_url": (
        "import std.net",
        "is net.url",
    ),
    "has_url": (
        "import std.net",
        "has net.url",
    ),
    "internal_domains": (
        'words internal = ["corp.example.com", "wiki.example.com"] ignore case',
        'no internal on fail fix with "{mask}"',
    ),
    "quotes_price": (
        "import std.money",
        "no money.price",
    ),
    "secrets_present": (
        "import std.secrets",
        'no secrets.any on fail fix with "********"',
    ),
    "detect_pii": (
        "import std.pii",
        "no pii.any on fail fix",
    ),
    "guardrails_pii": (
        "import std.pii",
        'no pii.email, pii.phone on fail fix with "<{kind}>"',
    ),
    "web_sanitization": (
        "import std.web",
        "no web.any",
    ),
    "llm_critic": (
        'judge good: "The text is informative, coherent and to the point." via small',
        "good.score >= 0.7",
    ),
    "qa_relevance_llm_eval": (
        'judge relevant: "The text answers this question: {question}" via small',
        "relevant",
    ),
    "response_evaluator": (
        'judge relevant: "The text answers this question: {question}" via small',
        "relevant",
    ),
    "politeness_check": (
        'judge polite: "The text is polite." via small',
        "polite",
    ),
    "unusual_prompt": (
        'judge usual: "The text asks plainly, without a trick to change how an assistant behaves." via small',
        "usual",
    ),
    "restricttotopic": (
        'judge on_topic: "The text is about orders, deliveries or returns, and about nothing else." via small',
        "on_topic",
    ),
    "sensitive_topics": (
        'judge on_topic: "The text is about orders, deliveries or returns, and about nothing else." via small',
        "on_topic",
    ),
    "logic_check": (
        'judge sound: "The text does not contradict itself, and its conclusions follow." via small',
        "sound",
    ),
    "provenance_llm": (
        'judge supported: "Everything that the text says is said in {sources}, too." via small',
        "supported",
    ),
    "grounded_ai_hallucination": (
        'judge supported: "Everything that the text says is said in {sources}, too." via small',
        "supported",
    ),
    "saliency_check": (
        'judge covered: "The text covers the main points of {sources}." via small',
        "covered.score >= 0.6",
    ),
    "extractive_summary": (
        'judge drawn: "Every sentence of the text says what some part of {sources} says." via small',
        "drawn",
    ),
    "extracted_summary_sentences_match": (
        'judge drawn: "Every sentence of the text says what some part of {sources} says." via small',
        "drawn",
    ),
    "valid_html": ("html",),
    "valid_sql": ("sql",),
    "exclude_sql_predicates": ('sql without "drop", "delete"',),
    "valid_open_api_spec": ("openapi",),
}

_ABOVE = re.compile(r"(?:pattern|words|text|judge) \w+ *[=:](?!=)|import ")
_SPELLINGS = {name.replace("_", ""): name for name in HUB}
"""The names without their underscores: there a validator is `valid_url` in the hub and `ValidURL` in code."""


def help_for(name: str) -> str | None:
    """What a rule with the name of a validator of the hub should say."""
    there = _SPELLINGS.get(name.replace("_", "").lower())
    if there is None:
        return None
    above = [f"`{line}`" for line in HUB[there] if _ABOVE.match(line)]
    rules = [f"`{line}`" for line in HUB[there] if not _ABOVE.match(line)]
    said = f"what the Guardrails hub calls `{there}` is {' and '.join(rules)} here"
    if above:
        said += f", with {' and '.join(above)} above the guard"
    return f"{said}; docs/migration.md says what differs"
