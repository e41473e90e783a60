"""From independence tests and knowledge to a PAG, and from a PAG to an ADMG."""
