# ruff: noqa: F811  the fixtures of the tests beside it
"""After an offer is accepted: its order above a limit, what arrived, and its papers in the reader's language."""

from __future__ import annotations

import re
from html import unescape

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Organisation, OrganisationMember
from shop.accounts.organisation_models import Span
from shop.accounts.spending_limits import set_limits
from shop.kit.clock import shanghai_date, utc_now
from shop.ordering.models import Order, OrderLine, OrderStatus
from shop.quotations.receipt_models import GoodsReceipt, ReceiptState
from tests.factories.people import make_person, post
from tests.integration.quotations.test_pages import (  # noqa: F401
    as_,
    asks,
    number_of,
    people,
    quoted,
    sends,
    shop,
    writes,
)


def test_the_second_person_reads_what_arrived_beside_the_button(
    as_, shop, engine, session, unit_of_work, people
):
    asks(as_("buyer"), shop, two_accept="y")
    number, team = number_of(engine), as_("team")
    writes(team, shop, number, valid_until=shanghai_date(utc_now()).isoformat())
    sends(team, number)
    first, page = as_("buyer"), f"/org/canteen/quotations/{number}"
    post(first, f"{page}/accept", page, version="1", payment_method="on_account")
    people["second"] = make_person(unit_of_work, "second@example.com")
    own = session.scalars(sa.select(Organisation).where(Organisation.slug == "canteen")).one()
    session.add(OrganisationMember(organisation_id=own.id, user_id=people["second"].id, role="buyer"))
    session.execute(sa.update(Order).values(status=OrderStatus.SHIPPED))
    session.commit()
    with Session(engine) as own_session:
        line = own_session.scalars(sa.select(OrderLine.id)).one()
    said = {f"arrived-{line}": "7", f"words-{line}": "一盒压坏了", "words": "雨天卸的货"}
    assert post(first, f"{page}/receipt", f"{page}/receipt", **said).status_code == 303
    second = as_("second")
    shown = second.get(page).text
    assert all(one in shown for one in ("一盒压坏了", "雨天卸的货", "<b>7</b>"))
    seen = unescape(re.search(r'name="seen" value="([^"]+)"', shown)[1])
    assert (
        post(first, f"{page}/receipt", f"{page}/receipt", **(said | {f"arrived-{line}": "2"})).status_code
        == 303
    )
    stale = post(second, f"{page}/receipt/confirm", page, seen=seen, follow_redirects=True)
    assert "重新" in second.get(page).text or "重新" in stale.text
    assert receipt_state(engine) is ReceiptState.WRITTEN
    seen = unescape(re.search(r'name="seen" value="([^"]+)"', second.get(page).text)[1])
    post(second, f"{page}/receipt/confirm", page, seen=seen)
    assert receipt_state(engine) is ReceiptState.SHORT


def receipt_state(engine):
    with Session(engine) as session:
        return session.scalars(sa.select(GoodsReceipt.state)).one()


def test_the_usual_terms_are_read_in_the_language_of_the_paper_whoever_wrote_them(as_, shop, engine):
    asks(as_("buyer"), shop)
    number, team = number_of(engine), as_("team")
    english = {"Accept-Language": "en"}
    form = team.get(f"/admin/quotations/{number}/version", headers=english).text
    typed = unescape(re.search(r"<textarea[^>]*name=\"terms\"[^>]*>\s*([^<]+)</textarea>", form)[1])
    assert typed.startswith("Goods are checked together")
    own_words = "每箱贴溯源码。"
    soon = shanghai_date(utc_now()).isoformat()
    writes(team, shop, number, valid_until=soon, terms=f"{typed.strip()}\n{own_words}")
    sends(team, number)
    buyer, page = as_("buyer"), f"/org/canteen/quotations/{number}"
    for paper in ("print", "contract"):
        chinese = buyer.get(f"{page}/{paper}").text
        assert "拍照 24 小时内说" in chinese
        assert "a photo within 24 hours" not in chinese
        assert "a photo within 24 hours" in buyer.get(f"{page}/{paper}", headers=english).text
        assert own_words in chinese
    contract = buyer.get(f"{page}/contract").text
    assert contract.count("验收") == 1, "what every contract says is not said again by its terms"
    assert contract.count("抬头") == 1
    assert "拍照 24 小时内说" in team.get(f"/admin/quotations/{number}/version").text


def test_an_offer_without_a_day_in_words_says_the_day_of_its_truck(as_, shop, engine, session):
    number = quoted(as_, shop, engine, session)
    shown = as_("buyer").get(f"/org/canteen/quotations/{number}/print").text
    delivered = re.search(r"<dt>供货： ?</dt><dd>([^<]*)</dd>", shown)[1]
    assert "月" in delivered
    assert "图书馆" not in delivered


def test_above_a_limit_the_page_says_that_an_approver_is_asked_and_asks_for_no_payment(
    as_, shop, engine, session, unit_of_work
):
    number = quoted(as_, shop, engine, session)
    approver = make_person(unit_of_work, "leader@example.com")
    own = session.scalars(sa.select(Organisation).where(Organisation.slug == "canteen")).one()
    session.add(OrganisationMember(organisation_id=own.id, user_id=approver.id, role="approver"))
    set_limits(session, own.id, None, {Span.ORDER: 10_000}, actor_id=approver.id, now=utc_now())
    session.commit()
    buyer, page = as_("buyer"), f"/org/canteen/quotations/{number}"
    post(buyer, f"{page}/accept", page, version="1", payment_method="on_account")
    shown = buyer.get(page, headers={"Accept-Language": "en"}).text
    assert "Waits for approval" in shown
    assert "an approver agrees first" in shown
    assert "To its payment" not in shown


def test_what_goes_off_a_quotation_is_no_coupon_on_its_order(as_, shop, engine, session):
    number = quoted(as_, shop, engine, session)
    buyer, page = as_("buyer"), f"/org/canteen/quotations/{number}"
    post(buyer, f"{page}/accept", page, version="1", payment_method="on_account")
    with Session(engine) as own:
        order = own.scalars(sa.select(Order.number)).one()
    for client, where in ((buyer, f"/orders/{order}"), (as_("team"), f"/admin/orders/{order}")):
        shown = client.get(where).text
        assert re.search(r"约定优惠\D{0,80}10\.00", shown)
