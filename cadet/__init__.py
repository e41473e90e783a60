"""CADET: causal performance debugging, from a slow deployment to a fix that was proven on the device."""
