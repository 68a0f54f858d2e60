"""Whether a formula is right: two sides, wrong variants, and an oracle of values alone."""
