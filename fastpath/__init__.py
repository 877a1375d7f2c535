"""The fast path: reads a plan and runs it. Knows no Python regex, no grammar, no network."""
