"""Read the tags of the built pages: identities, addresses and pictures."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ADDRESSES = {"href", "src", "poster", "data", "action"}


@dataclass
class Outline:
    """What the checks ask of a page."""

    ids: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    unspoken: list[str] = field(default_factory=list)
    policies: list[str] = field(default_factory=list)
    handlers: list[str] = field(default_factory=list)


class Reader(HTMLParser):
    """Fill an outline."""

    def __init__(self) -> None:
        super().__init__()
        self.outline = Outline()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        outline = self.outline
        if "id" in values:
            outline.ids.append(values["id"])
        outline.addresses += [value for name, value in values.items() if name in ADDRESSES]
        outline.addresses += [
            part.split()[0] for part in values.get("srcset", "").split(",") if part
        ]
        outline.handlers += [
            f"{name}={value}" for name, value in values.items() if name[:2] == "on"
        ]
        alt = values.get("alt", "").strip()
        if tag == "img" and (not alt or alt == values.get("src") or alt.endswith((".svg", ".png"))):
            outline.unspoken.append(values.get("src", ""))
        if tag == "meta" and values.get("http-equiv", "").lower() == "content-security-policy":
            outline.policies.append(values.get("content", ""))


def read(path: Path) -> Outline:
    """Return the outline of a page."""
    reader = Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader.outline


def broken(site: Path, page: str, outlines: dict[str, Outline]) -> Iterator[str]:
    """Yield the addresses on a page that lead to no file, or to no place, of the site."""
    for address in dict.fromkeys(outlines[page].addresses):
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            continue  # another host's, which no build can vouch for
        path = unquote(parts.path)
        start = site if path.startswith("/") else (site / page).parent
        target = (start / path.lstrip("/")).resolve() if path else site / page
        if target.is_dir():
            target /= "index.html"
        if not target.is_file() or not target.is_relative_to(site):
            yield address
        elif parts.fragment and target.suffix == ".html":
            name = target.relative_to(site).as_posix()
            if unquote(parts.fragment) not in outlines[name].ids:
                yield address
