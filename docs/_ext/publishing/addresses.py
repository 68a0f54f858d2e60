"""Tell search engines and social networks where the site stands, if the setting `site` says so.

Without an address there are no canonical links, no social cards and no sitemap: all of them would
name a place that does not exist. The page for a wrong address makes its own links absolute, since
it is shown at any depth, and our scripts ask it where the site begins.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from sphinx.application import Sphinx

SETTINGS = {
    "sitemap_url_scheme": "{link}",
    "sitemap_show_lastmod": False,  # two builds of the same sources are the same
    "sitemap_excludes": ["404.html", "search.html"],
}


def root(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: object) -> None:
    """Say on the page for a wrong address where the site begins."""
    if page == app.config.notfound_pagename:
        context["content_root"] = app.config.notfound_urls_prefix


def configure(app: Sphinx) -> None:
    """Make the settings of others that follow from the address, and load those that need one."""
    app.setup_extension("notfound.extension")
    site = app.config.site
    app.config.notfound_urls_prefix = urlsplit(site).path or "/"
    app.config.notfound_template = "404.html"
    app.config.notfound_context = {"title": "There is no such page"}
    app.connect("html-page-context", root)
    if site:
        app.config.html_baseurl = site
        app.setup_extension("sphinxext.opengraph")
        app.setup_extension("sphinx_sitemap")
        app.config.ogp_site_url = site
        for name, value in SETTINGS.items():
            app.config[name] = value
