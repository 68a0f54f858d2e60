"""Leave out of the reference what nobody looks for.

That is a place in the index for each attribute, and the arguments of a class that only the
library makes.
"""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx

NEVER_CALLED = {"mcalc.Node"}


def keep_attributes_out(app: Sphinx, what: str, name: str, *rest: Any) -> None:
    """Let the attributes of a class, which have a place on its page, have none in the index."""
    lines: list[str] = rest[-1]
    for place in reversed(range(len(lines))):
        if lines[place].startswith(".. attribute::"):
            lines.insert(place + 1, "   :no-index-entry:")


def drop_arguments(app: Sphinx, what: str, name: str, *_: Any) -> tuple[str, str] | None:
    """Show a class without arguments if nobody is to call it."""
    return ("", "") if name in NEVER_CALLED else None
