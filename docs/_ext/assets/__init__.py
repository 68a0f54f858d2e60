"""The files of the site: finished pages, and what they load, small and safe."""

from __future__ import annotations

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from _ext import register
from _ext.assets import finish, typeface
from _ext.assets.one_id import ClearBoxes

POST_TRANSFORMS = {
    ClearBoxes: 510,  # Furo makes the boxes at 500
}


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the extension."""
    register(app.add_post_transform, POST_TRANSFORMS)
    app.add_config_value("site_unfinished", False, "", types=frozenset({bool}))
    app.connect("builder-inited", typeface.offer)
    app.connect("build-finished", typeface.copy)
    # Furo and MyST-NB write sheets until then.
    app.connect("build-finished", finish.finish, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
