"""Settings of the site: `sphinx-build -c . docs _build/html`."""

import os
import sys
import tomllib
from pathlib import Path

from jupyter_client.manager import KernelManager

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT / "docs"))
# Kernels and this build talk on one machine only; without this ipykernel prints a notice per page.
KernelManager.transport_encryption.default_value = "required"
# A heartbeat that a worker sends just when the cluster of a page is closed is no error.
os.environ["DASK_LOGGING__DISTRIBUTED"] = "critical"

project = "Multivariable calculus for deep learning"
author = "The mcalc authors"
copyright = "The mcalc authors; text CC BY 4.0, code MIT"
language = "en"
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_autodoc_typehints",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinxcontrib.bibtex",
]
# Ours: the folders of docs/_ext, each with one `setup`.
OURS = "formulas ledger cells explorables running answers notebook reading assets"
OURS += " publishing reference"
extensions += [f"_ext.{folder}" for folder in OURS.split()]
exclude_patterns = ["_ext", "_static", "_templates"]
templates_path = ["docs/_templates"]
nitpicky = True
numfig = True
numfig_format = {"figure": "Figure %s", "table": "Table %s"}

# Pages are MyST notebooks. All cells run in every build that publishes: a cache that looks at
# the cells alone would print yesterday's outputs over a broken mcalc (MyST-NB issue 299).
nb_execution_mode = "force"
nb_execution_timeout = 120  # seconds for one cell, on a machine with much else to do
cells_output = 1_000_000  # characters for one cell, pictures included
cells_memory = 8 * 2**30  # bytes for one page, and for each process that it starts
cells_at_once = 2  # pages that run side by side
nb_output_stderr = "warn"  # a warning that a cell prints is not for the reader: it fails the build
nb_number_source_lines = False
nb_code_prompt_show = "Show the code"
nb_code_prompt_hide = "Hide the code"
myst_enable_extensions = ["attrs_block", "attrs_inline", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
myst_update_mathjax = False  # there is no MathJax to configure

# Mathematics is typeset at build; a macro here holds on every page.
html_math_renderer = "katex"
katex_macros = {
    r"\R": r"\mathbb{R}",
    r"\grad": r"\nabla",
    r"\T": r"^{\mathsf{T}}",
    r"\norm": r"\left\lVert #1 \right\rVert",
    r"\abs": r"\left\lvert #1 \right\rvert",
    r"\pd": r"\frac{\partial #1}{\partial #2}",
    r"\td": r"\frac{\mathrm{d} #1}{\mathrm{d} #2}",
    r"\vec": r"\mathbf{#1}",
    r"\mat": r"\mathbf{#1}",
}

bibtex_bibfiles = ["docs/references.bib"]
bibtex_default_style = "plain"
bibtex_reference_style = "author_year"

autodoc_member_order = "bysource"
# These names have an entry of their own, and evaluating them would import torch.
TYPES = ("Array", "ScalarField", "VectorField", "Method")
autodoc_type_aliases = {name: f"mcalc.{name}" for name in TYPES}
typehints_document_rtype = False  # the Returns section says it, with the shape
napoleon_numpy_docstring = False
nitpick_ignore_regex = [
    # Names of other projects: links would need their inventories, and a build needs no network.
    ("py:(class|data)", r"(collections|matplotlib|numpy|torch|types|typing)\..*|Ellipsis"),
    # Type variables, which stand for a type and have no page, and private classes.
    ("py:class", r"(mcalc\.[\w.]+\.)?[A-Z]T?|mcalc\.(\w+\.)*_.*"),
]

# Where the site and its sources will be found. What needs an address is left out without it:
# canonical links, social cards and the sitemap; "edit this page" and "report an error".
# The addresses are those of the package, unless the environment says otherwise for a build.
urls = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]
site = os.environ.get("BOOK_SITE", urls.get("Documentation", ""))  # ends with a slash
repository = os.environ.get("BOOK_REPOSITORY", urls.get("Repository", ""))

html_theme = "furo"
html_theme_options = {
    "light_css_variables": {
        "color-code-background": "#f5f6f9",
        "font-stack": (
            "'Source Sans 3', 'Source Sans 3 Upright', 'Segoe UI', Helvetica, Arial, sans-serif"
        ),
        "font-stack--headings": "var(--font-stack)",
    }
}
html_title = project
html_favicon = "docs/_static/favicon.svg"
html_static_path = ["docs/_static"]
html_extra_path = ["docs/_headers"]
html_css_files = ["book.css", "access.css", "explore.css", "answers.css", "run.css"]
html_js_files = [(name, {"defer": "defer"}) for name in ("book.js", "scrollers.js")]
html_domain_indices = False  # the reference lists the modules
html_copy_source = False  # the notebook is what a reader takes along
html_show_sphinx = False
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "github-dark"
copybutton_exclude = ".linenos, .gp, .go"
