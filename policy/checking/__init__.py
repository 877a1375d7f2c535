"""Syntax tree to checked policy: names, types, actions, and what is suspicious."""
