"""The nouns, frozen, under their textbook names."""
