"""Benchmarks of guardc, and of Guardrails on the same job.

Run `python -m benchmarks.run`; README.md says what is measured.
"""
