"""The graph of a computation, to be read, swept and drawn."""
