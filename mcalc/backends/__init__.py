"""The kinds of arrays: what they have in common, and what one kind needs, loaded when it comes."""
