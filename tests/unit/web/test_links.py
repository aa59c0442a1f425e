"""`?next=` stays on this host."""

from __future__ import annotations

import pytest

from shop.web.links import safe_next


@pytest.mark.parametrize(
    "target",
    [
        None, "", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example",
        "http:evil.example", "javascript:alert(1)", "data:text/html,x", "evil.example", "@evil.example",
        "/\t/evil.example", "\t//evil.example", " //evil.example", "/\n/evil.example", "/a\r\nSet-Cookie: x=1",
        "https:/\\evil.example", "/a\\b", "//evil。example", "/" + "a" * 3000,
    ],
)  # fmt: skip
def test_no_spelling_leads_elsewhere(target):
    assert safe_next(target) == "/"


@pytest.mark.parametrize(
    "target", ["/", "/orders/A1", "/products?q=%E9%A6%99&page=2", "/products?q=香菇#top"]
)
def test_own_addresses_are_kept(target):
    assert safe_next(target) == target
