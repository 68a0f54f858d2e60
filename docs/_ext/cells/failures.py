"""Name the page and the line of a cell that raised.

MyST-NB warns that a page failed and can print the traceback, but it gives no line to go to.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

from _ext.cells.executed import code_cells

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
