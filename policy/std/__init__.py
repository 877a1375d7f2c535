"""The standard library: policies whose patterns and word lists other policies import as `std.NAME`."""

__all__: list[str] = []
