"""Mechanisms, effects, paths, counterfactuals on an ADMG."""
