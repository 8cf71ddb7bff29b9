"""Checks the site in the folder of the argument: every link leads to a file and an anchor that exist, and nothing
is loaded from another host."""

import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADS = {"src", "srcset", "poster", "data", "action"}


class Page(HTMLParser):
    """The anchors of a page, the links that a reader may follow, and what the browser loads automatically."""

    def __init__(self, path):
        super().__init__()
        self.path, self.anchors, self.links, self.loads = path, {""}, [], []
        self.feed(path.read_text())

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("id", "name"):
                self.anchors.add(value)
            elif name == "href" and tag == "a":
                self.links.append(value)
            elif name in LOADS or name == "href":
                self.loads.append(value)


def is_foreign(url):
    return bool(urlsplit(url).netloc)


def problems_of(page, pages):
    for url in page.loads:
        if is_foreign(url):
            yield f"loads {url} from another host"
    for url in page.links + page.loads:
        parts = urlsplit(url)
        if parts.scheme or parts.netloc:
            continue
        path = unquote(parts.path)
        target = (page.path.parent / path).resolve() if path else page.path
        if target.is_dir():
            target = target / "index.html"
        if not target.is_file():
            yield f"{url}: there is no such file"
        elif target in pages and unquote(parts.fragment) not in pages[target].anchors:
            yield f"{url}: there is no such heading"


def main(folder):
    root = Path(folder).resolve()
    # The page for paths that do not exist has links from the root of the host.
    pages = {path: Page(path) for path in root.rglob("*.html") if path.name != "404.html"}
    assert len(pages) > 20, f"{folder} has {len(pages)} pages"
    problems = [f"{page.path.relative_to(root)}: {text}" for page in pages.values() for text in problems_of(page, pages)]
    for path in root.rglob("*.css"):
        found = re.findall(r"(?:@import|url\()\s*[\"']?((?:https?:)?//[^\"')]+)", path.read_text())
        problems += [f"{path.relative_to(root)}: loads {url} from another host" for url in found]
    print("\n".join(problems) or f"{len(pages)} pages, every link leads somewhere")
    return 1 if problems else 0


sys.exit(main(sys.argv[1]))
