"""Conditional independence tests, and the oracle that knows the true graph."""
