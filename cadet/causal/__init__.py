"""From a dataset to effects; pure functions of their arguments."""
