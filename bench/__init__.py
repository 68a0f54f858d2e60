"""The benchmark: mcalc and its peers on the same work, in one run, by one thread.

`python -m bench` measures, prints the table and writes ``_build/bench.json``. A module has one
subject: `workloads` says what is computed and how fast it should be, `peers` how each library
does it, `measuring` times calls, `growth` follows the cost as a problem grows, `record` holds
what was found, `report` prints it, and `session` does one thing after the other.
"""
