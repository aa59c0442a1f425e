"""Quotations through their pages: asked for, written, sent, accepted by a contract, taken over and credited."""

from __future__ import annotations

import io
import re
from html import unescape

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Organisation, OrganisationMember, RoleName
from shop.accounts.shop_settings import set_shop_settings
from shop.catalogue.models import Product, Seller, Variant
from shop.kit.clock import shanghai_date, utc_now
from shop.ordering.models import Order, OrderStatus
from shop.quotations.models import Quotation, QuotationContract, QuotationState
from tests.factories.counting import counted_statements
from tests.factories.organisations import grant_terms
from tests.factories.people import csrf_token, make_person, post, sign_in
from tests.factories.small_shop import open_small_shop

FORM = "/org/canteen/quotations/new"  # a page that always has one
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture
def shop(session):
    return open_small_shop(session, now=utc_now())


@pytest.fixture
def people(session, shop, unit_of_work):
    """A buyer of the canteen, somebody of another union, and the team; the canteen has terms."""
    buyer, other = (make_person(unit_of_work, f"{name}@example.com") for name in ("he", "other"))
    team = [
        make_person(unit_of_work, f"team{number}@example.com", roles=[RoleName.ADMIN, RoleName.FINANCE])
        for number in (1, 2)
    ]
    for slug, person in (("canteen", buyer), ("union", other)):
        own = Organisation(slug=slug, name=f"第一食堂 {slug}", invoice_title="某某大学", tax_number="1" * 18)
        session.add(own)
        session.flush()
        session.add(OrganisationMember(organisation_id=own.id, user_id=person.id, role="owner"))
        grant_terms(session, own.id, team[0].id, team[1].id, now=utc_now(), limit_fen=10_000_000)
    account = {"bank_payee": "某某大学", "bank_name": "工行", "bank_number": "1000200030004000"}
    set_shop_settings(session, account, actor_id=None, now=utc_now())
    session.commit()
    return {"buyer": buyer, "other": other, "team": team[0]}


@pytest.fixture
def as_(app, client, people):
    """A browser of its own for each of them."""
    own_origin = type(client)

    def browser(who):
        client = own_origin(app, app.response_class, use_cookies=True)
        sign_in(client, people[who].email)
        return client

    return browser


def asks(client, shop, **changes):
    fields = {
        "title": "冬天的茶", "rows-0-variant": str(shop.variants["tea"]), "rows-0-quantity": "８", "contact": "何老师",
        "phone": "139 0000 0000", "token": "one",
    }  # fmt: skip
    return post(client, "/org/canteen/quotations/new", "/org/canteen/quotations/new", **(fields | changes))


def number_of(engine):
    with Session(engine) as session:
        return session.scalars(sa.select(Quotation.number)).one()


def writes(client, shop, number, **changes):
    page = f"/admin/quotations/{number}/version"
    fields = {
        "lines-0-variant": str(shop.variants["tea"]), "lines-0-quantity": "8", "lines-0-price": "65",
        "lines-0-from_2": "5", "lines-0-price_2": "60", "discount_fen": "10", "discount_words": "首次合作",
        "valid_until": "2099-01-01", "delivery": "pickup", "stop": f"{shop.run_id}:{shop.point_id}", "terms": "当面验收",
    }  # fmt: skip
    return post(client, page, page, **(fields | changes))


def sends(client, number):
    page = f"/admin/quotations/{number}"
    seen = re.search(r'name="seen" value="([^"]+)"', client.get(page).text)[1]
    return post(client, f"{page}/send", page, version="1", seen=unescape(seen))


def quoted(as_, shop, engine, session):
    asks(as_("buyer"), shop)
    number, team = number_of(engine), as_("team")
    soon = shanghai_date(utc_now()).isoformat()
    assert writes(team, shop, number, valid_until=soon).status_code == 303
    assert sends(team, number).status_code == 303
    return number


def state(engine, number):
    with Session(engine) as session:
        return session.scalars(sa.select(Quotation.state).where(Quotation.number == number)).one()


def test_a_request_stands_in_the_inbox_and_the_form_keeps_what_was_typed(as_, shop, engine):
    buyer = as_("buyer")
    wrong = asks(buyer, shop, phone="12")
    assert wrong.status_code == 400
    assert "冬天的茶" in wrong.text
    assert asks(buyer, shop).status_code == 303
    assert asks(buyer, shop).location.endswith(number_of(engine))
    inbox = as_("team").get("/admin").text
    assert "第一食堂 canteen · 冬天的茶" in inbox
    assert "等我们办的报价单" in inbox


def test_more_lines_lose_nothing(as_, shop):
    page = asks(as_("buyer"), shop, more="1")
    assert page.status_code == 200
    assert 'name="rows-7-quantity"' in page.text
    assert "冬天的茶" in page.text


def test_from_a_product_and_from_the_basket_the_form_is_filled(as_, shop):
    buyer = as_("buyer")
    assert "/org/quotations/new?sku=tea" in buyer.get("/products/tea").text
    page = buyer.get("/org/quotations/new?sku=tea", follow_redirects=True).text
    assert re.search(rf'<option selected value="{shop.variants["tea"]}">', page)
    buyer.post("/cart/items", data={"sku": "eggs", "quantity": "3"})
    assert "/org/quotations/new?from=basket" in buyer.get("/cart").text
    page = buyer.get("/org/quotations/new?from=basket", follow_redirects=True).text
    assert re.search(rf'<option selected value="{shop.variants["eggs"]}">', page)
    assert "单位" in as_("team").get("/org/quotations/new?sku=tea").text


def test_a_draft_is_read_by_the_team_only_and_what_is_sent_by_both(as_, shop, engine, session):
    buyer, team = as_("buyer"), as_("team")
    asks(buyer, shop)
    number = number_of(engine)
    assert writes(team, shop, number, discount_words="").status_code == 400
    assert writes(team, shop, number, **{"lines-0-price_2": "70"}).status_code == 400
    far = writes(team, shop, number)
    assert (far.status_code, "一年以内" in far.text) == (400, True)
    today = shanghai_date(utc_now()).isoformat()
    assert writes(team, shop, number, valid_until=today).status_code == 303
    page = f"/org/canteen/quotations/{number}"
    assert "470.00" not in buyer.get(page).text
    assert "肆佰柒拾元整" in team.get(f"/admin/quotations/{number}").text
    sends(team, number)
    shown = buyer.get(page).text
    assert "470.00" in shown
    assert "您这档" in shown
    for paper in ("print", "contract"):
        assert "肆佰柒拾元整" in buyer.get(f"{page}/{paper}").text
        assert "肆佰柒拾元整" in team.get(f"/admin/quotations/{number}/{paper}").text


def test_members_of_another_organisation_find_nothing(as_, shop, engine, session):
    number = quoted(as_, shop, engine, session)
    other = as_("other")
    for where in ("canteen", "union"):
        assert other.get(f"/org/{where}/quotations/{number}").status_code == 404
        assert other.get(f"/org/{where}/quotations/{number}/contract").status_code == 404
    accept = post(other, f"/org/union/quotations/{number}/accept", version="1", payment_method="on_account")
    assert accept.status_code == 404


def test_it_is_accepted_on_account_and_confirmed(as_, shop, engine, session):
    number = quoted(as_, shop, engine, session)
    buyer, page = as_("buyer"), f"/org/canteen/quotations/{number}"
    fields = {"version": "1", "payment_method": "on_account"}
    for _ in range(2):
        assert post(buyer, f"{page}/accept", FORM, **fields).status_code == 303
    assert state(engine, number) is QuotationState.ACCEPTED
    with Session(engine) as own:
        [order] = own.scalars(sa.select(Order)).all()
    assert (order.total_fen, order.status) == (47_000, OrderStatus.CONFIRMED)
    assert order.number in buyer.get(page).text


def test_by_transfer_its_order_waits_for_the_money(as_, shop, engine, session):
    number = quoted(as_, shop, engine, session)
    buyer, page = as_("buyer"), f"/org/canteen/quotations/{number}"
    post(buyer, f"{page}/accept", page, version="1", payment_method="bank_transfer")
    with Session(engine) as own:
        [order] = own.scalars(sa.select(Order)).all()
    assert order.status is OrderStatus.AWAITING_PAYMENT
    assert f"/orders/{order.number}/pay" in buyer.get(page).text
    assert "1000200030004000" in buyer.get(f"/orders/{order.number}/pay", follow_redirects=True).text.replace(
        " ", ""
    )


def uploads(client, page, content, name="合同.pdf"):
    token = csrf_token(client, FORM)
    fields = {"version": "1", "payment_method": "on_account", "csrf_token": token}
    return client.post(
        f"{page}/contract",
        data=fields | {"contract": (io.BytesIO(content), name)},
        content_type="multipart/form-data",
        follow_redirects=True,
    )


def test_a_stamped_contract_accepts_it_and_both_sides_can_open_it(as_, shop, engine, session):
    number = quoted(as_, shop, engine, session)
    buyer, team, page = as_("buyer"), as_("team"), f"/org/canteen/quotations/{number}"
    for wrong in (b"MZ program", PDF[:-6], b"<svg></svg>"):
        uploads(buyer, page, wrong)
        assert state(engine, number) is QuotationState.QUOTED
    for _ in range(2):
        assert "盖章合同" in uploads(buyer, page, PDF).text
    assert state(engine, number) is QuotationState.ACCEPTED
    with Session(engine) as own:
        [kept] = own.scalars(sa.select(QuotationContract.id)).all()
    for client, where in (
        (buyer, f"{page}/contracts/{kept}"),
        (team, f"/admin/quotations/{number}/contracts/{kept}"),
    ):
        answer = client.get(where)
        assert answer.data == PDF
        assert answer.headers["Content-Disposition"].startswith("attachment")
    assert as_("other").get(f"/org/union/quotations/{number}/contracts/{kept}").status_code == 404


def test_what_should_be_different_is_said_and_kept_when_it_is_empty(as_, shop, engine, session):
    number = quoted(as_, shop, engine, session)
    buyer, page = as_("buyer"), f"/org/canteen/quotations/{number}"
    assert post(buyer, f"{page}/change", page, version="1", words=" ").status_code == 400
    post(buyer, f"{page}/change", page, version="1", words="鸡蛋少一点")
    assert state(engine, number) is QuotationState.CHANGES
    assert "鸡蛋少一点" in as_("team").get(f"/admin/quotations/{number}").text


def test_a_standing_price_is_where_a_version_begins(as_, shop, engine):
    team, page = as_("team"), "/admin/standing-prices"
    fields = {"variant": str(shop.variants["tea"]), "price": "66", "from_2": "10", "price_2": "61.5"}
    assert post(team, page, page, **(fields | {"price_2": "70"})).status_code == 400
    assert post(team, page, page, **fields).status_code == 303
    asks(as_("buyer"), shop)
    form = team.get(f"/admin/quotations/{number_of(engine)}/version").text
    assert 'value="66.00"' in form
    assert 'value="61.50"' in form
    post(team, f"{page}/remove", page, variant=str(shop.variants["tea"]))
    assert "还没有单位价" in team.get(page).text


def test_a_page_asks_a_fixed_number_of_statements(as_, shop, engine, session, app):
    number = quoted(as_, shop, engine, session)
    buyer = as_("buyer")
    page = f"/org/canteen/quotations/{number}"
    buyer.get(page)
    with counted_statements(engine) as asked:
        buyer.get(page)
    assert len(asked) <= 30


def test_an_offer_says_who_sells_what_where_it_is_written_and_where_it_is_read(as_, shop, engine, session):
    first = session.scalars(sa.select(Seller)).one()
    other = Seller(
        slug="other",
        name_zh="山里合作社",
        name_en="Hill cooperative",
        legal_name="山里合作社",
        tax_regime="cooperative",
        tax_number="2" * 18,
    )
    session.add(other)
    session.flush()
    eggs = sa.select(Variant.product_id).where(Variant.id == shop.variants["eggs"]).scalar_subquery()
    session.execute(sa.update(Product).where(Product.id == eggs).values(seller_id=other.id))
    session.commit()
    buyer, team = as_("buyer"), as_("team")
    asks(buyer, shop)
    number, soon = number_of(engine), shanghai_date(utc_now()).isoformat()
    form = team.get(f"/admin/quotations/{number}/version").text
    assert f"· {first.name_zh}</option>" in form
    assert "· 山里合作社</option>" in form
    both = {"lines-1-variant": str(shop.variants["eggs"]), "lines-1-quantity": "2", "lines-1-price": "60"}
    assert writes(team, shop, number, valid_until=soon, **both).status_code == 303
    sends(team, number)
    shown = buyer.get(f"/org/canteen/quotations/{number}").text
    assert f"销售方：{first.name_zh}" in shown
    assert "销售方：山里合作社" in shown
