"""The grammar of the policy language: `guard.lark`, and nothing else."""

__all__: list[str] = []
