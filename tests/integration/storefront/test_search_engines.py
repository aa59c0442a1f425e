"""What search engines, other shops' lists and shared links are told: one address a language, and nothing private."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
import sqlalchemy as sa
from PIL import Image

from shop.accounts.shop_settings import set_shop_settings
from shop.catalogue.models import PictureState, Product, ProductPicture, ProductStatus
from shop.catalogue.picture_files import render
from shop.catalogue.picture_names import file_name
from shop.kit.clock import utc_now
from shop.storage.media import media_store
from tests import databases
from tests.factories.counting import counted_statements
from tests.factories.market import open_market
from tests.integration.storefront.test_claims import photo

HOME = "https://shop.example.edu"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
LINK = "{http://www.w3.org/1999/xhtml}link"
G = "{http://base.google.com/ns/1.0}"


@pytest.fixture
def settings(tmp_path, database_url):
    return replace(databases.testing_settings(tmp_path, database_url), public_url=HOME)


@pytest.fixture
def market(session):
    return open_market(session)


def locations(client, path):
    return [one.text for one in ET.fromstring(client.get(path).data).iter(f"{MAP}loc")]


def test_a_page_has_one_address_in_each_language_whatever_was_asked(client, market):
    shown = client.get("/products?category=mushrooms&lang=en&utm_source=x").text
    here = f"{HOME}/products?category=mushrooms"
    assert f'<link rel="canonical" href="{here}&amp;lang=en">' in shown
    for code, end in (("zh-CN", "&amp;lang=zh"), ("en", "&amp;lang=en"), ("x-default", "")):
        assert f'<link rel="alternate" hreflang="{code}" href="{here}{end}">' in shown
    assert "localhost" not in shown
    assert "utm_source" not in re.search(r"<head>.*</head>", shown, re.DOTALL)[0]


@pytest.mark.parametrize("query", ["q=xg", "in_stock=1", "in_season=1", "price_min=5", "sort=price"])
def test_a_question_a_filter_or_an_order_is_no_page_of_its_own(client, market, query):
    shown = client.get(f"/products?{query}").text
    assert '<meta name="robots" content="noindex">' in shown
    assert 'rel="canonical"' not in shown


@pytest.mark.parametrize(
    "path", ["/cart", "/login", "/orders/find", "/products/absent", "/products/muer/share"]
)
def test_what_is_nobodys_to_find_says_so(client, market, path):
    assert '<meta name="robots" content="noindex">' in client.get(path).text


def test_a_shared_link_has_a_name_a_sentence_and_a_picture(client, market):
    shown = client.get("/products/muer?lang=zh").text
    told = dict(re.findall(r'<meta property="(og:[a-z:_]+)" content="([^"]*)"', shown))
    assert told["og:type"] == "product"
    assert told["og:title"] == "秋木耳"
    assert told["og:url"] == f"{HOME}/products/muer?lang=zh"
    assert told["og:image"].startswith(f"{HOME}/static/share/")
    picture = Image.open(io.BytesIO(client.get(told["og:image"].removeprefix(HOME)).data))
    assert (picture.format, min(picture.size) >= 300) == ("PNG", True)


def test_a_photo_is_shared_as_a_square_jpeg(client, session, market, settings):
    key, product = "a" * 32, session.scalars(sa.select(Product.id).where(Product.slug == "muer")).one()
    store = media_store(settings.media_url)
    for one in render(photo((1000, 700))).renderings:
        store.write(file_name(key, one.width), one.content)
    session.add(ProductPicture(product_id=product, key=key, state=PictureState.READY, created_at=utc_now()))
    session.commit()
    for _ in range(2):
        answer = client.get(f"/media/{key}-share.jpg")
        assert (answer.status_code, answer.content_type) == (200, "image/jpeg")
    picture = Image.open(io.BytesIO(answer.data))
    assert (picture.format, picture.width == picture.height, picture.width >= 300) == ("JPEG", True, True)
    assert f'content="{HOME}/media/{key}-share.jpg"' in client.get("/products/muer").text
    assert client.get(f"/media/{'b' * 32}-share.jpg").status_code == 404


def test_robots_are_kept_from_private_faces_or_from_everything(client, market, unit_of_work):
    told = client.get("/robots.txt").text
    assert f"Sitemap: {HOME}/sitemap.xml" in told
    rules = re.findall("^Disallow: (.+)$", told, re.MULTILINE)
    assert {"/account", "/admin", "/cart", "/orders", "/farm", "/village/"} <= set(rules)
    assert not any("/villages/ruhe".startswith(rule) or "/products".startswith(rule) for rule in rules)
    unit_of_work.run(lambda s: set_shop_settings(s, {"search_engines": "0"}, actor_id=None, now=utc_now()))
    assert client.get("/robots.txt").text == "User-agent: *\nDisallow: /\n"
    assert 'content="noindex"' in client.get("/products/muer").text


def test_the_sitemap_names_every_public_page_once_in_each_language(client, session, market):
    session.execute(sa.update(Product).where(Product.slug == "muer").values(status=ProductStatus.WITHDRAWN))
    session.commit()
    lists = locations(client, "/sitemap.xml")
    assert lists == [f"{HOME}/sitemaps/{one}.xml" for one in ("pages", "stories", "products-1")]
    pages = [one for name in lists for one in locations(client, name.removeprefix(HOME))]
    assert len(pages) == len(set(pages))
    assert f"{HOME}/products/donggu?lang=en" in pages
    assert f"{HOME}/villages/ruhe?lang=zh" in pages
    assert not any("muer" in one for one in pages)
    for address in pages:
        assert client.get(address.removeprefix(HOME)).status_code == 200, address
    tree = ET.fromstring(client.get("/sitemaps/products-1.xml").data)
    assert {link.get("hreflang") for link in tree.find(f"{MAP}url").iter(LINK)} == {
        "zh-CN",
        "en",
        "x-default",
    }
    assert all(url.find(f"{MAP}lastmod") is not None for url in tree)
    assert client.get("/sitemaps/products-2.xml").status_code == 404


def test_the_feed_lists_every_pack_and_no_text_breaks_it(client, engine, session, market):
    session.execute(
        sa.update(Product)
        .where(Product.slug == "muer")
        .values(summary_zh="]]><x>&\x0b\"'", name_zh="<b>木耳</b>")
    )
    session.commit()
    client.get("/feeds/products.xml?lang=zh")
    with counted_statements(engine) as statements:
        answer = client.get("/feeds/products.xml?lang=zh")
        body = answer.data
    assert len(statements) <= 5, statements
    assert answer.content_type == "application/rss+xml; charset=utf-8"
    items = {one.find(f"{G}id").text: one for one in ET.fromstring(body).iter("item")}
    assert items.keys() >= {"muer", "donggu"}
    assert items["muer"].find("title").text.startswith("<b>木耳</b>")
    assert re.fullmatch(r"\d+\.\d\d CNY", items["donggu"].find(f"{G}price").text)
    assert items["donggu"].find("link").text.startswith(f"{HOME}/products/donggu?sku=donggu")
    assert "Set-Cookie" not in answer.headers
    again = client.get("/feeds/products.xml?lang=zh", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert "private" in client.get("/feeds/products.xml").headers["Cache-Control"]


def test_a_product_can_be_sent_on_without_a_script(client, market):
    shown = client.get("/products/muer/share?lang=zh").text
    assert f'href="{HOME}/products/muer"' in shown
    assert "<svg viewBox" in shown
    assert 'href="/products/muer/share"' in client.get("/products/muer").text
