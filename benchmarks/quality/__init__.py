"""How well the standard library finds what it says: recall on generated texts, false findings on benign ones."""

__all__: list[str] = []
