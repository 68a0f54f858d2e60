"""Give a page the policy that it may load from the site alone, and run the site's scripts alone.

It stands in the page, so that it holds from a plain file server too.
What runs in the page itself is named by its hash: nothing that was slipped in would run.
"""

from __future__ import annotations

import base64
import hashlib
import re

RULES = {
    "default-src": "'none'",
    "script-src": "'self' 'wasm-unsafe-eval'",  # the engine of Python is WebAssembly
    "worker-src": "'self'",
    "style-src": "'self'",
    "style-src-attr": "'unsafe-inline'",  # KaTeX places the parts of a formula with it
    "img-src": "'self' data:",  # Furo's icons are data
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
}
_INLINE = re.compile(r"<(script|style)(?![^>]*\ssrc=)[^>]*>(.*?)</\1>", re.DOTALL)


def protected(html: str) -> str:
    """Return the page with its policy, before all that the policy speaks of."""
    rules = dict(RULES)
    for kind, text in dict.fromkeys(_INLINE.findall(html)):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        rules[f"{kind}-src"] += f" 'sha256-{digest}'"
    policy = "; ".join(f"{name} {value}" for name, value in rules.items())
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    return html.replace('<meta charset="utf-8">', f'<meta charset="utf-8">\n    {meta}', 1)
