"""Name the page and the line of a cell that raised.

MyST-NB warns that a page failed and can print the traceback, but it gives no line to go to.
"""

from __future__ import annotations

from docutils import nodes
from executed import code_cells
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.typing import ExtensionMetadata

logger = logging.getLogger(__name__)


def report_failures(app: Sphinx, doctree: nodes.document) -> None:
    """Warn of the error that ended the run of the page."""
    docname = app.env.docname
    for cell in code_cells(app.env, docname):
        if failure := cell.failure:
            logger.warning(
                "this cell raised %s: %s",
                failure.ename,
                failure.evalue,
                location=(docname, cell.line_of(failure)),
                type="book",
                subtype="cell",
            )


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the extension."""
    app.connect("doctree-read", report_failures)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
