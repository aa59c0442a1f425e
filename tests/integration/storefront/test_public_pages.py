"""The pages that are everybody's: the same bytes for every visitor, in few statements, whatever the address holds."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from shop.catalogue.models import Household, Producer, ProducerKind, SplitRule, Variant, Village
from shop.catalogue.version import bump_version
from shop.delivery.models import Run
from shop.extensions import settings as current_settings
from shop.inventory.models import Lot
from shop.inventory.trace_codes import trace_code
from shop.kit.clock import shanghai_date, utc_now
from tests.factories.counting import counted_statements
from tests.factories.market import open_market, relist
from tests.factories.small_shop import add_lot, add_product

PAGES = ("/", "/products", "/products?category=mushrooms", "/products?q=xg", "/products/muer", "/villages",
         "/villages/ruhe", "/impact", "/pages/privacy", "/pages/delivery", "/search/suggest?q=xg")  # fmt: skip
TEXT_PAGES = ("privacy", "terms", "delivery", "returns", "invoices")


@pytest.fixture
def market(session):
    return open_market(session)


@pytest.fixture
def key(app):
    with app.app_context():
        return current_settings().trace_keys[0]


@pytest.mark.parametrize("path", PAGES)
def test_every_visitor_gets_the_same_bytes(app, client, market, path):
    client.post("/cart/items", data={"sku": "donggu", "quantity": "1"})
    with_basket = client.get(path)
    stranger = app.test_client().get(path, headers={"User-Agent": "another", "Cookie": "session=x; a=b"})
    assert with_basket.status_code == stranger.status_code == 200
    assert with_basket.data == stranger.data
    for answer in (with_basket, stranger):
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_address_with_its_language_may_be_kept_by_everybody(client, market, path, lang):
    address = f"{path}{'&' if '?' in path else '?'}lang={lang}"
    answer = client.get(address, headers={"Accept-Language": "fr"})
    assert answer.headers["Cache-Control"].startswith("public")
    assert "Accept-Language" not in answer.headers.get("Vary", "")
    again = client.get(address, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    if answer.mimetype == "text/html":
        assert f'lang="{"zh-CN" if lang == "zh" else "en"}"' in answer.text


def test_without_a_language_in_the_address_the_browser_decides(client, market):
    english = client.get("/products", headers={"Accept-Language": "en"})
    assert "All goods" in english.text
    assert "Accept-Language" in english.headers["Vary"]
    assert "private" in english.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("path", "most"),
    [("/products", 4), ("/products?category=mushrooms", 4), ("/products?q=xianggu&in_stock=1", 5),
     ("/products/muer", 5), ("/villages/ruhe", 6), ("/search/suggest?q=xg", 3), ("/stock?sku=muer", 2)],
)  # fmt: skip
def test_pages_take_few_statements(app, client, engine, market, path, most):
    client.get("/products/donggu")  # the truck and the settings are read once a minute
    app.extensions["shop.page_cache"].clear()
    with counted_statements(engine) as statements:
        assert client.get(path).status_code == 200
    assert len(statements) <= most, statements


def test_a_page_that_is_kept_takes_one_statement(client, engine, market):
    client.get("/products")
    with counted_statements(engine) as statements:
        client.get("/products")
    assert len(statements) == 1


def test_a_kept_page_is_made_anew_when_the_catalogue_changes(client, session, market):
    assert "秋木耳" in client.get("/products").text
    session.execute(sa.text("UPDATE products SET name_zh = '春木耳' WHERE slug = 'muer'"))
    session.commit()
    assert "秋木耳" in client.get("/products").text
    bump_version(session)
    session.commit()
    assert "春木耳" in client.get("/products").text


HOSTILE = ["-1", "0", "99999999999999999999999", "1e9", "NaN", "²", "１", "'", "%", "%00", "<script>", "{{7*191}}",
           "../../etc/passwd", "a" * 3000, "%F0%9F%98%80", "[]", "1;DROP TABLE products", "%0d%0aX-Bad: 1", "\\"]  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE)
def test_no_address_makes_a_page_fail(client, market, value):
    for name in (
        "q",
        "page",
        "sort",
        "category",
        "village",
        "in_stock",
        "in_season",
        "price_min",
        "price_max",
        "lang",
        "x",
    ):
        answer = client.get(f"/products?{name}={value}")
        assert answer.status_code == 200, (name, value)
        assert "<script>" not in answer.text.replace('<script src="', "").replace(
            '<script type="module" src="', ""
        )
        assert "1337" not in answer.text
        assert "X-Bad" not in answer.headers
    assert client.get(f"/search/suggest?q={value}").status_code == 200
    for path in ("/products/", "/villages/", "/trace/", "/pages/", "/media/"):
        assert client.get(path + value.replace("/", "%2F")).status_code == 404
    assert client.get(f"/stock?sku={value}").status_code == 404


def test_a_full_width_page_number_is_a_number(client, market):
    assert client.get("/products?page=１").status_code == 200


def test_what_is_not_published_is_not_there(client, session, market):
    session.execute(sa.text("UPDATE products SET status = 'draft' WHERE slug = 'muer'"))
    relist(session, market)
    session.commit()
    assert client.get("/products/muer").status_code == 404
    assert client.get("/stock?sku=muer").status_code == 404
    assert "秋木耳" not in client.get("/products").text


def test_a_pack_can_be_chosen_without_script(client, market):
    page = client.get("/products/muer?sku=muer&lang=zh").text
    assert re.search(r'<input type="radio" name="sku" value="muer" checked', page)
    assert 'action="/cart/items"' in page
    assert "¥27.36" in page, "76 % of 36 yuan go to the household"


def test_where_the_money_goes_is_said_of_every_pack(client, session, market):
    other = Variant(
        product_id=market.products["muer"], sku="muer-big", name_zh="大份", name_en="big", price_fen=10000,
        net_weight_g=1000, gross_weight_g=1100, position=9,
    )  # fmt: skip
    session.add(other)
    bump_version(session)
    session.commit()
    page = client.get("/products/muer?lang=en").text
    assert "Where the ¥36.00 for one goes" in page
    assert "Where the ¥100.00 for big goes" in page
    assert "¥76.00" in page


def test_a_gift_box_names_village_and_lot_of_each_good_in_it(client, session, market, key):
    add_product(session, market, "box", price_fen=9000, parts={"muer": 1, "donggu": 2})
    relist(session, market)
    session.commit()
    page = client.get("/products/box?lang=zh").text
    ticket = page[page.index("产地票") : page.index("可能由谁供货")]
    for name in ("muer", "donggu"):
        lot = session.scalars(
            sa.select(Lot).where(Lot.variant_id == market.variants[name]).order_by(Lot.best_before, Lot.id)
        ).first()
        assert f"/trace/{trace_code(lot.id, 0, key)}" in ticket
        assert lot.code in ticket
    assert ticket.count('href="/villages/') == 2


def test_a_sold_out_product_says_so_and_cannot_be_bought(client, market):
    page = client.get("/products/walnut?lang=en").text
    assert "Sold out" in page
    assert re.search(r"<button[^>]*data-buy disabled", page)


def a_truck_comes(session, market) -> datetime:
    """In a week from now; returns when."""
    now = utc_now()
    times = {"cutoff_at": now + timedelta(days=5), "departs_at": now + timedelta(days=6)}
    arrives_at = now + timedelta(days=7)
    session.execute(sa.update(Run).where(Run.id == market.run_id).values(arrives_at=arrives_at, **times))
    session.commit()
    return arrives_at


def shown(page: str, state: str) -> str:
    """What the page says while there is some, or while it is sold out; empty while it is hidden."""
    block = re.search(rf'<div data-while="{state}"( hidden)?>(.*?)</div></div>', page, re.DOTALL)
    return "" if block[1] else block[2]


def test_a_sold_out_product_promises_no_truck_and_bears_no_seal_but_says_when_it_comes_again(
    client, session, market
):
    a_truck_comes(session, market)
    page = client.get("/products/walnut?lang=en").text
    assert shown(page, "left") == ""
    said = shown(page, "sold-out")
    assert "Its season begins again in Sep" in said or "It is in season" in said
    assert "/products?category=nuts&amp;in_stock=1" in said
    assert 'class="seal"' not in page
    there_is = client.get("/products/donggu?lang=en").text
    assert "the truck reaches campus on" in shown(there_is, "left")
    assert "Or by courier to your home" in shown(there_is, "left")
    assert shown(there_is, "sold-out") == ""
    assert 'class="seal"' in there_is


def test_a_truck_is_not_promised_for_goods_that_do_not_keep_until_it_comes(client, session, market):
    arrives_on = shanghai_date(a_truck_comes(session, market))
    session.execute(sa.update(Lot).where(Lot.code == "donggu-1").values(best_before=arrives_on))
    session.commit()
    said = shown(client.get("/products/donggu?lang=en").text, "left")
    assert "the truck reaches campus on" not in said
    assert "does not stay fresh until the next truck" in said
    assert "It goes by courier to your home" in said
    assert "Or by courier" not in said
    assert "也可以快递" not in client.get("/products/donggu?lang=zh").text


def test_exact_stock_is_told_to_programs_and_never_kept(client, market):
    answer = client.get("/stock?sku=honey&lang=en")
    assert answer.json == {"sku": "honey", "available": 2, "state": "few_left", "label": "2 left"}
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.get("/stock").status_code == 404


def test_suggestions_lead_to_pages(client, market):
    items = client.get("/search/suggest?q=mogou&lang=zh").json["items"]
    assert {"name", "href", "hint", "family", "kind"} == set(items[0])
    for item in items:
        assert client.get(item["href"]).status_code == 200


def test_a_list_says_how_to_narrow_it_and_keeps_what_was_chosen(client, market):
    page = client.get("/products?q=mogou&category=mushrooms&in_stock=1&sort=price&lang=zh").text
    assert 'href="/products?q=mogou&amp;in_stock=1&amp;sort=price&amp;lang=zh"' in page, (
        "the chip takes itself away"
    )
    assert 'name="category" value="mushrooms"' in page


def test_a_search_without_answers_says_so_and_offers_a_way_on(client, market):
    page = client.get("/products?q=zzzzqq&lang=en").text
    assert "Nothing found for “zzzzqq”" in page
    assert 'class="chip" href="/products?category=mushrooms"' in page
    narrowed = client.get("/products?q=muer&category=tea&lang=en").text
    assert "Nothing found for “muer”" in narrowed
    assert "Perhaps without the other conditions?" in narrowed


def test_a_range_of_prices_is_understood_the_other_way_round(client, market):
    turned = client.get("/products?price_min=50&price_max=40&lang=zh").text
    assert "薄皮核桃" in turned
    assert 'name="price_min" inputmode="decimal" aria-label="最低价"' in turned
    assert "高山绿茶" not in turned


def test_what_is_no_price_is_said_and_stays_as_it_was_typed(client, market):
    page = client.get("/products?price_min=abc&lang=en").text
    assert "“abc” is no price" in page
    assert 'value="abc"' in page
    assert 'aria-invalid="true"' in page


def test_goods_of_several_villages_say_so_and_a_villages_list_names_that_village(client, market):
    for address, village in (
        ("/villages/mogou", "磨沟村"),
        ("/products?village=mogou", "磨沟村"),
        ("/products", "汝河村"),
    ):
        page = client.get(f"{address}{'&' if '?' in address else '?'}lang=zh").text
        card = page[page.index('href="/products/muer"') :]
        assert f"{village}等几个村" in card[: card.index("</article>")]
    everywhere = client.get("/products?lang=zh").text
    assert everywhere.count("等几个村") == 1


def test_the_limit_of_a_buyer_is_said_with_its_days(client, session, market):
    session.execute(sa.update(Variant).where(Variant.sku == "muer").values(limit_per_buyer=3))
    bump_version(session)
    session.commit()
    assert "At most 3 for each buyer in 30 days" in client.get("/products/muer?lang=en").text
    assert "每人 30 天内限购 3 份" in client.get("/products/muer?lang=zh").text


def test_a_traced_bag_shows_its_lot_and_nothing_of_what_anybody_earned(client, session, market, key):
    session.execute(sa.update(Lot).values(bags_printed=12))
    session.commit()
    page = client.get(f"/trace/{trace_code(market.lots['muer-1'], 12, key)}?lang=zh").text
    for shown in ("muer-1", "秋木耳", "汝河村", "wang家", ">12 / "):
        assert shown in page
    session.execute(sa.text("UPDATE households SET consented_at = NULL"))
    bump_version(session)
    session.commit()
    assert "wang家" not in client.get(f"/trace/{trace_code(market.lots['muer-1'], 12, key)}?lang=zh").text


def test_a_workshops_lot_names_the_workshop_and_each_household_in_its_own_village(
    client, session, market, key
):
    lot = add_lot(
        session, market, "pooled", "muer", "wang", units=5, shares={"wang": 5000, "li": 3000, "chen": 2000}
    )
    workshop = Producer(
        slug="works", kind=ProducerKind.WORKSHOP, village_id=market.villages["ruhe"], name_zh="汝河加工坊", name_en="Works"
    )  # fmt: skip
    session.add(workshop)
    session.flush()
    session.execute(sa.update(Lot).where(Lot.id == lot).values(producer_id=workshop.id))
    session.execute(sa.update(Household).where(Household.slug == "chen").values(consented_at=None))
    bump_version(session)
    session.commit()
    page = re.sub(r"\s+", " ", client.get(f"/trace/{trace_code(lot, 1, key)}?lang=zh").text)
    assert "汝河村 · 汝河加工坊" in page
    assert "汝河村 · wang家" in page
    assert "磨沟村 · li家" in page
    assert "chen家" not in page, "it has not agreed to be named"


def test_a_forged_code_and_an_unknown_lot_are_told_apart(client, market, key):
    good = trace_code(market.lots["muer-1"], 12, key)
    forged = client.get(f"/trace/{good[:-1]}{'0' if good[-1] != '0' else '1'}?lang=en")
    unknown = client.get(f"/trace/{trace_code(999_999, 1, key)}?lang=en")
    other_key = client.get(f"/trace/{trace_code(market.lots['muer-1'], 12, 'another key')}?lang=en")
    assert forged.status_code == unknown.status_code == other_key.status_code == 404
    assert "was not made by this shop" in forged.text
    assert "was not made by this shop" in other_key.text
    assert "not in our books" in unknown.text


def test_a_code_is_read_however_it_is_typed(client, market, key):
    code = trace_code(market.lots["muer-1"], 12, key)
    typed = f"{code[:7]}-{code[7:14]} {code[14:]}".lower()
    assert client.get(f"/trace/{typed}").status_code == 200


@pytest.mark.parametrize(
    ("printed", "typed"),
    [
        ("L2611227KQ20", "L2611227KQ20"),
        ("L2611227KQ20", "l261122 7kq2o"),
        ("L2611227KQ20", "Ｌ２６１１２２－７ＫＱ２０"),
        ("MG01-001", "mg01—001"),
        ("MG01-001", "ｍｇ01　001"),
        ("MG01-001", " MG01-001 "),
        ("muer-1", "muer-1"),
    ],
)
def test_the_lot_number_on_a_label_leads_to_the_lot(client, session, market, printed, typed):
    session.get_one(Lot, market.lots["muer-1"]).code = printed
    session.commit()
    answer = client.get(f"/trace/{typed}?lang=zh")
    assert answer.status_code == 200
    assert "秋木耳" in answer.text
    assert printed in answer.text


def test_a_lot_number_that_nobody_printed_is_not_ours(client, market):
    for typed in ("L2611227KQ29", "muer-9", "%", "muer_1", "-", "L" * 400):
        answer = client.get(f"/trace/{typed}?lang=en")
        assert answer.status_code == 404, typed
        assert "was not made by this shop" in answer.text


def test_codes_under_an_older_key_stay_good(app, client, market, key):
    code = trace_code(market.lots["muer-1"], 1, key)
    with app.app_context():
        app.extensions["shop.settings"] = replace(current_settings(), trace_keys=("new", key))
    assert client.get(f"/trace/{code}").status_code == 200


@pytest.mark.parametrize("name", TEXT_PAGES)
def test_the_shops_own_texts_are_there_in_both_languages(client, market, name):
    chinese, english = (client.get(f"/pages/{name}?lang={lang}").text for lang in ("zh", "en"))
    assert chinese != english
    assert len(english) > 2000


def test_a_shop_with_nothing_in_it_still_opens(client):
    for path in ("/", "/products", "/villages", "/impact", "/search/suggest?q=x", "/pages/delivery"):
        assert client.get(path).status_code == 200, path


def test_a_village_shows_its_goods_and_those_who_agreed(client, session, market):
    page = client.get("/villages/ruhe?lang=zh").text
    assert "秋木耳" in page
    assert "wang家" in page
    assert session.scalar(sa.select(Village.product_count).where(Village.slug == "ruhe")) == 3


def test_home_says_where_a_hundred_yuan_goes_by_the_rule_in_force(client, session, market):
    assert "¥76.00" in client.get("/").text
    session.execute(sa.update(SplitRule).values(valid_from=utc_now().replace(year=2099)))
    bump_version(session)
    session.commit()
    assert "¥76.00" not in client.get("/").text
