"""Buying on account in a browser: the buyer's checkout, the organisation's account, and finance on the other side."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from shop.accounts.models import OrganisationMember, RoleName
from shop.accounts.terms import versions_of
from shop.catalogue.models import Seller
from shop.check.all_rules import find_violations
from shop.kit.clock import shanghai_date, utc_now
from shop.mailroom import deliver_message
from shop.ordering.models import Order, OrderStatus
from shop.payments.models import Payment, PaymentStatus
from shop.payments.statements.finding import Finding
from shop.payments.statements.importing import Reading, import_statement, open_statement
from shop.payments.statements.work import open_receipts
from shop.payments.terms.reminding import remind
from shop.rounds import remind_debtors
from shop.storage.outbox import OutboxMessage, claim_due
from tests.conftest import OwnOriginClient
from tests.factories.counting import counted_statements
from tests.factories.organisations import add_union
from tests.factories.people import make_person, sign_in
from tests.factories.statements import as_csv, rows_of
from tests.fakes.channel import MemoryChannel
from tests.integration.admin.conftest import TOKEN, desk_of, see, shop  # noqa: F401
from tests.integration.storefront.test_checkout import form_of


@pytest.fixture(autouse=True)
def books_hold(unit_of_work, app):
    yield
    assert unit_of_work.run(lambda session: [str(one) for one in find_violations(session)]) == []


@pytest.fixture
def union(session, shop, unit_of_work):  # noqa: F811
    """An organisation with terms, and the account that buys for it."""
    person = make_person(unit_of_work, "union.buyer@example.com")
    _, organisation_id = add_union(session, now=shop.now, limit_fen=20_000)
    session.add(OrganisationMember(organisation_id=organisation_id, user_id=person.id, role="owner"))
    session.get_one(Seller, shop.seller_id).bank_account = "6222 0000 0000 0001"
    session.commit()
    return SimpleNamespace(id=organisation_id, buyer=person, slug="union")


@pytest.fixture
def buyer(client, union):
    sign_in(client, union.buyer.email)
    client.post("/cart/items", data={"sku": "tea", "quantity": "1"})
    return client


@pytest.fixture
def finance(desk_of):  # noqa: F811
    return [desk_of(name, RoleName.ADMIN, RoleName.FINANCE) for name in ("first", "second")]


def order_on_account(client, shop, **changes):  # noqa: F811
    return client.post("/checkout", data=form_of(client, shop, payment_method="on_account", **changes))


def test_checkout_offers_account_with_what_is_left_to_who_has_terms_only(buyer, shop, app):  # noqa: F811
    page = buyer.get("/checkout?lang=en").text
    assert 'value="on_account"' in page
    assert "¥200.00 of ¥200.00 is free, to pay within 30 days" in page
    guest = OwnOriginClient(app, app.response_class, use_cookies=True)
    guest.post("/cart/items", data={"sku": "tea", "quantity": "1"})
    assert "on_account" not in guest.get("/checkout").text
    refused = guest.post("/checkout", data=form_of(guest, shop, payment_method="on_account"))
    assert refused.status_code == 400


def test_an_order_on_account_is_confirmed_and_says_what_to_transfer(buyer, shop, union, see):  # noqa: F811
    answer = order_on_account(buyer, shop)
    page = buyer.get(answer.location, headers={"Accept-Language": "en"}).text
    [debt] = see(sa.select(Payment))
    assert see(sa.select(Order.status)) == [OrderStatus.CONFIRMED]
    for said in (
        "On account",
        "¥68.00",
        debt.reference,
        "6222 0000 0000 0001",
        "已按账期下单",
    ):
        assert said in page
    account = buyer.get("/org", follow_redirects=True, headers={"Accept-Language": "en"}).text
    for said in ("Owed now", "¥68.00", "Still free of ¥200.00", "¥132.00", debt.reference):
        assert said in account
    assert "¥68.00" in buyer.get(f"/org/{union.slug}/statement?lang=en").text


def test_what_is_over_the_limit_is_refused_before_an_order_is_placed(buyer, shop, see):  # noqa: F811
    buyer.post("/cart/items", data={"sku": "tea", "quantity": "2"})
    total = {"seen_total": str(3 * 6800)}
    answer = order_on_account(buyer, shop, note="轻放", **total)
    assert answer.status_code == 400
    assert "账期额度为 ¥200.00" in answer.text
    assert "轻放" in answer.text, "what was typed stays"
    assert see(sa.select(Order.id)) == []


def test_behind_the_limit_the_order_waits_for_another_way_to_pay(buyer, shop, see):  # noqa: F811
    """A form that hides its total meets the limit when the order is accepted."""
    buyer.post("/cart/items", data={"sku": "tea", "quantity": "2"})
    answer = order_on_account(buyer, shop, seen_total="")
    assert answer.location.endswith("/pay")
    assert "账期额度为 ¥200.00" in buyer.get(answer.location).text
    assert see(sa.select(Order.status)) == [OrderStatus.AWAITING_PAYMENT]


def test_calling_it_off_says_that_nothing_is_owed(buyer, shop, see):  # noqa: F811
    place = order_on_account(buyer, shop).location
    page = buyer.get(place, headers={"Accept-Language": "en"}).text
    assert "Nothing is owed for it any more." in page
    buyer.post(f"{place}/cancel", data={"csrf_token": TOKEN.search(page).group(1)})
    assert see(sa.select(Payment.status)) == [PaymentStatus.EXPIRED]
    after = buyer.get(place, headers={"Accept-Language": "en"}).text
    assert "Not owed any more: ¥68.00" in after


def test_nobody_else_sees_an_organisations_account(buyer, shop, union, app, unit_of_work):  # noqa: F811
    other = OwnOriginClient(app, app.response_class, use_cookies=True)
    sign_in(other, make_person(unit_of_work, "other@example.com").email)
    for path in ("/org", f"/org/{union.slug}", f"/org/{union.slug}/statement", "/org/absent"):
        assert other.get(path).status_code == 404
    assert "/login" in OwnOriginClient(app, app.response_class).get(f"/org/{union.slug}").location


@pytest.mark.parametrize(
    ("days", "typed", "said"),
    [
        ("from=abc&to=9999-99-99", "abc", "A day is written like 2026-11-30."),
        ("from=2026-12-01&to=2026-01-01", "2026-12-01", "The last day lies before the first."),
        ("from=0001-01-01", "0001-01-01", "This day is not in our calendar."),
    ],
)
def test_a_statement_of_impossible_days_says_so_and_keeps_them(buyer, finance, union, days, typed, said):
    first, _ = finance
    desk = f"/admin/receivables/{union.id}/statement?{days}"
    for answer in (
        buyer.get(f"/org/{union.slug}/statement?{days}&lang=en"),
        first.client.get(f"{desk}&lang=en"),
    ):
        assert answer.status_code == 400
        assert said in answer.text
        assert f'name="from" value="{typed}"' in answer.text


def test_a_desk_leads_to_orders_and_a_buyer_reads_the_end(buyer, finance, shop, union):  # noqa: F811
    order_on_account(buyer, shop)
    first, _ = finance
    assert "/admin/orders/" in first.get(f"/admin/receivables/{union.id}/statement").text
    own = buyer.get(f"/org/{union.slug}/statement?lang=zh").text
    assert "期末欠款" in own
    assert "/admin/orders/" not in own


def test_finance_proposes_and_another_approves(finance, union, unit_of_work):
    first, second = finance
    path = f"/admin/receivables/{union.id}"
    wrong = first.post(f"{path}/terms", limit="viel", days="0", note="合同")
    assert wrong.status_code == 400
    assert 'value="viel"' in wrong.text
    assert 'value="合同"' in wrong.text
    first.post(f"{path}/terms", limit="5000", days="45", hold_days="", note="合同")
    newest = unit_of_work.run(lambda s: versions_of(s, union.id))[0].terms.id
    first.post(f"{path}/terms/{newest}/approve")
    assert "You proposed these terms yourself" in first.said()
    second.post(f"{path}/terms/{newest}/approve")
    assert [one.state for one in unit_of_work.run(lambda s: versions_of(s, union.id))] == [
        "in_force",
        "ended",
    ]
    assert "¥5,000.00" in second.get(path).text
    second.post(f"{path}/terms/{newest}/approve")
    assert "Nothing was done now." in second.said()


def test_finance_sees_debts_by_age_and_reminds_once_a_day(buyer, shop, union, finance, unit_of_work):  # noqa: F811
    order_on_account(buyer, shop)
    desk, _ = finance
    assert "68.00" in desk.get("/admin/receivables").text
    page = desk.get(f"/admin/receivables/{union.id}").text
    assert "Send a reminder" in page
    desk.post(f"/admin/receivables/{union.id}/remind")
    desk.post(f"/admin/receivables/{union.id}/remind")
    assert "A reminder went out today already." in desk.said()
    assert len(letters(unit_of_work)) == 2, "its owner and its buyer"


def test_giving_up_keeps_what_was_typed_and_books_once(buyer, shop, union, finance, see):  # noqa: F811
    order_on_account(buyer, shop)
    [debt] = see(sa.select(Payment))
    desk, _ = finance
    path = f"/admin/debts/{debt.id}/write-off"
    assert f'data-at-most="{debt.amount_fen}"' in desk.get(path).text, "nonsense is not asked about"
    for amount, said in (("99999", "more cannot be given up"), ("zehn", "Please enter an amount")):
        answer = desk.post(path, amount=amount, reason="手续费", token="t")
        assert answer.status_code == 400
        assert said in answer.text
        assert "手续费" in answer.text
    for _ in range(2):
        assert desk.post(path, amount="0.50", reason="手续费", token="t").status_code == 303
    assert see(sa.select(Payment.credited_fen)) == [50]
    assert desk.post("/admin/debts/999999/write-off").status_code == 404


def test_a_transfer_for_all_that_an_organisation_owes_is_found_without_a_remark(
    buyer,
    shop,  # noqa: F811
    union,
    finance,
    unit_of_work,
):
    order_on_account(buyer, shop)
    buyer.post("/cart/items", data={"sku": "tea", "quantity": "1"})
    order_on_account(buyer, shop)
    now = utc_now()
    row = (shanghai_date(now).isoformat(), "", "136.00", "某某大学union", "")
    file = open_statement(as_csv(rows_of([row])))
    work = partial(import_statement, file=file, reading=Reading(), file_name="x.csv", actor_id=None, now=now)
    unit_of_work.run(work)
    [found] = unit_of_work.run(lambda s: open_receipts(s, now=now))
    assert (found.finding, len(found.payments)) == (Finding.LIKELY, 2)


def test_the_clock_reminds_three_days_before_and_then_weekly(buyer, shop, union, unit_of_work):  # noqa: F811
    order_on_account(buyer, shop)
    now = utc_now()
    sent = [day for day in range(50) if remind_debtors(unit_of_work, now=now + timedelta(days=day))]
    assert sent == [27, 34, 41, 48]


def test_the_letter_says_what_until_when_and_where_to(buyer, shop, union, unit_of_work, app, settings, see):  # noqa: F811
    order_on_account(buyer, shop)
    [debt] = see(sa.select(Payment))
    unit_of_work.run(lambda s: remind(s, union.id, actor_id=None, now=utc_now()))
    channel = MemoryChannel()
    with app.app_context():
        for message in unit_of_work.run(lambda s: claim_due(s, now=utc_now())):
            if message.payload["message"] in ("debts_due", "order_confirmed"):
                deliver_message(
                    message, unit_of_work=unit_of_work, settings=settings, now=utc_now(), channel=channel
                )
    told = [one for one in channel.envelopes if "待付" in one.subject]
    assert len(told) == 2
    for said in ("68.00", debt.reference, "6222 0000 0000 0001", f"/org/{union.slug}"):
        assert said in told[0].text
        assert said in told[0].html
    [confirmed] = [one for one in channel.envelopes if "确认" in one.subject]
    assert debt.reference in confirmed.text


def test_pages_of_debts_ask_the_database_as_often_for_many_as_for_few(buyer, shop, union, finance, engine):  # noqa: F811
    desk, _ = finance
    counts = []
    for _ in range(2):
        order_on_account(buyer, shop, seen_total="1")
        buyer.post("/cart/items", data={"sku": "tea", "quantity": "1"})
        with counted_statements(engine) as statements:
            desk.get("/admin/receivables")
            desk.get(f"/admin/receivables/{union.id}")
            buyer.get(f"/org/{union.slug}")
            buyer.get(f"/org/{union.slug}/statement")
        counts.append(len(statements))
    assert counts[0] == counts[1]


def letters(unit_of_work):
    wanted = sa.select(OutboxMessage).where(OutboxMessage.dedupe_key.like("debts_due:%"))
    return unit_of_work.run(lambda session: list(session.scalars(wanted)))
