"""Everything that touches the machine: targets, workloads, sensors, runs."""
