"""Read a value around a run; one file per source."""
