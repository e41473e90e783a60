"""A device behind ssh: everything that touches it happens there, in an agent; questions and answers go through ssh."""
