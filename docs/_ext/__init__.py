"""The extensions of the book: a folder for each subject, with one `setup`.

They are imported as `_ext.ledger` and the like, because a name such as `notebook` is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def register(add: Callable[[Any], None], transforms: Mapping[Any, int]) -> None:
    """Add the transforms of a folder, each with its priority: what has a lower one comes first.

    Those of one priority come in the order of the list.
    """
    for transform, priority in transforms.items():
        transform.default_priority = priority
        add(transform)
