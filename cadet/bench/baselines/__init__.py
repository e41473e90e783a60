"""What others do with the same budget: each baseline one module, with its source."""
