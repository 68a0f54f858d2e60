"""Show the type of a parameter as one piece of code; a name of ours leads to its entry.

Written piece by piece, as the extension does it, a type falls apart into brackets and links.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sphinx.util.typing import stringify_annotation

_QUOTED = re.compile(r"\w+ForwardRef\('(.*?)'\)")  # an alias inside another type
_MODULES = re.compile(r"~?\b(?:\w+\.)+(?=\w)|~")


@dataclass(frozen=True)
class Formatter:
    """A function that Sphinx can store, and finds unchanged in the next build."""

    def __call__(self, annotation: Any, config: object = None) -> str | None:
        """Return the text of an annotation; None for a class, which the extension links itself."""
        if isinstance(annotation, type):
            return None
        if name := getattr(annotation, "name", None):  # an alias, which autodoc does not evaluate
            return f":py:type:`~{name}`"
        text = _MODULES.sub("", _QUOTED.sub(r"\1", stringify_annotation(annotation)))
        return f"``{text.replace('[[P]', '[P')}``"  # a list is written around the parameters P
