"""From target.toml to a Target, and the workloads it may name."""
