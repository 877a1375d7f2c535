"""The benchmark of the scan: guardc beside regex engines and multi-pattern matchers on the same texts.

Run `python -m benchmarks.scan`; ../README.md says what is measured. `texts`, `secrets`, `lists` and `policies` make
the workload; `rows` lists what is compared and what is aimed at; `agreement` holds all sides to one answer;
`worker_guardc` and `worker_peers` are the sides; `measure` runs everything; `report` and `plot` show it.
"""
