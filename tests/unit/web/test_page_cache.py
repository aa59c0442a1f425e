from __future__ import annotations

from shop.web.public import Page, PageCache


def page_of(size: int) -> Page:
    return Page(bodies={"": b"x" * size}, etag=str(size), content_type="text/html")


def test_the_page_that_nobody_asked_for_longest_goes_when_the_room_is_used_up():
    cache = PageCache(size=100)
    for key in ("a", "b"):
        cache.put(key, page_of(40))
    cache.get("a")
    cache.put("c", page_of(40))
    assert cache.get("b") is None
    assert cache.get("a") is not None
    assert cache.get("c") is not None


def test_a_page_made_anew_takes_the_room_of_the_one_before():
    cache = PageCache(size=100)
    cache.put("other", page_of(40))
    for _ in range(10):
        cache.put("a", page_of(50))
    assert cache.get("other") is not None


def test_a_page_larger_than_all_the_room_is_not_kept_and_takes_none():
    cache = PageCache(size=100)
    cache.put("huge", page_of(101))
    assert cache.get("huge") is None
    cache.put("a", page_of(100))
    assert cache.get("a") is not None
