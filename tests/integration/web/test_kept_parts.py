"""Header and footer are made once for all pages, and still belong to the page, the language and the moment."""

from __future__ import annotations

from shop.accounts.shop_settings import set_shop_settings
from shop.kit.clock import utc_now


def test_the_language_switch_of_each_page_leads_back_to_it(client):
    for path in ("/products", "/villages", "/products"):
        page = client.get(f"{path}?lang=zh").text
        assert f'name="next" value="{path}" data-here' in page
        assert "{here}" not in page


def test_an_address_cannot_write_into_the_footer(client):
    page = client.get("/pages/%22%3E%3Cb%3E?lang=en")
    assert '"><b>' not in page.text


def test_each_language_has_its_own_header_and_footer(client):
    for language, said, other in (("zh", "找订单", "Find an order"), ("en", "Find an order", "找订单")) * 2:
        page = client.get(f"/products?lang={language}").text
        assert said in page
        assert other not in page


def test_the_place_of_a_page_is_marked_on_that_page_only(client):
    assert 'href="/impact" aria-current="page"' in client.get("/impact?lang=zh").text
    assert 'href="/impact" aria-current="page"' not in client.get("/products?lang=zh").text


def test_what_somebody_searched_stands_only_in_their_own_header(client):
    assert 'value="茶"' in client.get("/products?lang=zh&q=茶").text
    assert 'value="茶"' not in client.get("/products?lang=zh").text


def test_a_changed_telephone_stands_in_the_footer_at_once(client, unit_of_work):
    for phone in ("029-0000-0001", "029-0000-0002"):
        typed = {"phone": phone}
        unit_of_work.run(
            lambda session, typed=typed: set_shop_settings(session, typed, actor_id=None, now=utc_now())
        )
        assert f"tel:{phone}" in client.get("/villages?lang=zh").text
