"""The passes: each file holds one, a function from module to module. `pipeline.PASSES` puts them in order."""
