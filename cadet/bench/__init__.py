"""How good is the engine: cases with known truth, strategies that debug them, metrics, and one table."""
