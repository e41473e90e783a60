"""The questions a debugging session asks, one module each; pure."""
