"""Following links, as a curious person would."""

from __future__ import annotations

import html
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from urllib.parse import urljoin, urlsplit

from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

_LINK = re.compile(r"""(?:href|src|action|data-[a-z-]+)="(/[^"]*)\"""")
_NOT_PAGES = ("/static/",)


def crawl(
    client: FlaskClient, starts: Iterable[str], *, each: int = 10
) -> Iterator[tuple[str, TestResponse]]:
    """Every page that can be reached by links from `starts`, at most `each` of one endpoint besides these."""
    adapter = client.application.url_map.bind("127.0.0.1")
    starts = list(starts)
    queue, seen, visits = deque(starts), set(starts), Counter[str]()
    while queue:
        path = queue.popleft()
        answer = client.get(path)
        yield path, answer
        found = [answer.location] if answer.location else []
        if answer.mimetype == "text/html":
            found += [html.unescape(link) for link in _LINK.findall(answer.text)]
        for link in found:
            parts = urlsplit(urljoin(path, link))
            target = parts.path + (f"?{parts.query}" if parts.query else "")
            if target in seen or target.startswith(_NOT_PAGES) or parts.netloc not in {"", "127.0.0.1:8000"}:
                continue
            seen.add(target)
            try:
                endpoint = adapter.match(parts.path, method="GET")[0]
            except HTTPException:
                continue
            visits[endpoint] += 1
            if visits[endpoint] <= each:
                queue.append(target)
