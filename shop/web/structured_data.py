"""Facts about a page for machines, in schema.org's words: a block of data that no browser runs.

Strict content policy or not, a browser neither runs nor reports a `<script>` of this type; what people typed stands
in it with every sign escaped that could end the block.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from flask import Flask
from markupsafe import Markup

_ESCAPED: Final = {ord(sign): f"\\u{ord(sign):04x}" for sign in ("<", ">", "&", "'", "\u2028", "\u2029")}
Facts = Mapping[str, Any]


def register(app: Flask) -> None:
    app.jinja_env.globals["json_ld"] = json_ld


def json_ld(facts: Facts) -> Markup:
    """The block; facts that are None are left out."""
    written = json.dumps({"@context": "https://schema.org", **_known(facts)}, ensure_ascii=False)
    return Markup('<script type="application/ld+json">{}</script>').format(
        Markup(written.translate(_ESCAPED))  # noqa: S704  every sign that means something to a browser is escaped
    )


def _known(facts: Any) -> Any:
    if isinstance(facts, Mapping):
        return {name: _known(value) for name, value in facts.items() if value is not None}
    return [_known(value) for value in facts] if isinstance(facts, list) else facts


def breadcrumbs(steps: list[tuple[str, str]]) -> Facts:
    """Names and absolute addresses, the first page first."""
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": name, "item": address}
            for place, (name, address) in enumerate(steps, start=1)
        ],
    }
