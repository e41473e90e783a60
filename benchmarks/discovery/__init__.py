"""How fast and how right structure learning is, beside causal-learn and Tetrad: `python -m benchmarks.discovery`."""
