"""How the shipped classifiers are trained."""
