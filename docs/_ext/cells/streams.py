"""Join what a cell prints into one text, whatever the pieces in which it arrived.

A kernel sends output in pieces that the clock cuts, so that two builds could differ.
The option of MyST-NB to join them (`nb_merge_streams`) ends a line at each cut; that of nbclient
does not, but MyST-NB cannot pass it on, so the client that it starts is replaced by one that joins.
"""

from __future__ import annotations

import nbclient.client
from traitlets import Bool


class JoiningClient(nbclient.client.NotebookClient):
    """A notebook client whose cells have one text for each stream."""

    coalesce_streams = Bool(True)


def join() -> None:
    """Let MyST-NB start this client."""
    nbclient.client.NotebookClient = JoiningClient  # type: ignore[misc]
