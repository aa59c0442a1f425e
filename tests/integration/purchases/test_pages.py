# ruff: noqa: F811  the fixtures of the back office's tests
"""The pages about departments' purchases, as their people send and read them."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry, Consent, Unit, User
from shop.check.all_rules import find_violations
from shop.kit.clock import shanghai_date, utc_now
from shop.mailroom import deliver_message
from shop.ordering.models import Order
from shop.payments.terms.accepting import accept_on_terms
from shop.purchases.layout_models import StatementExport, StatementLayoutVersion
from shop.purchases.models import CountedPurchase, Funding, PurchaseBuyer, UnitTarget
from shop.purchases.platform_models import PlatformPurchase
from shop.storage.outbox import claim_due
from tests.conftest import OwnOriginClient
from tests.factories.buying import buy
from tests.factories.organisations import add_union
from tests.factories.people import make_person, post, sign_in
from tests.fakes.channel import MemoryChannel
from tests.integration.admin.conftest import admin, clerk, desk_of, see, shop  # noqa: F401
from tests.integration.storefront.test_checkout import form_of

YEAR = shanghai_date(utc_now()).year


@pytest.fixture
def unit_id(unit_of_work) -> int:
    def add(session) -> int:
        unit = Unit(slug="physics", name_zh="物理学院", name_en="School of Physics")
        session.add(unit)
        session.flush()
        return unit.id

    return unit_of_work.run(add)


@pytest.fixture
def union(session, unit_of_work, shop, unit_id):
    """An organisation that bought for a department; returns its id, and its order's number."""
    buyer_id, organisation_id = add_union(session, now=utc_now())
    session.add(PurchaseBuyer(organisation_id=organisation_id, unit_id=unit_id, funding=Funding.UNION))
    session.commit()
    placed = buy(session, shop, {"tea": 2}, user_id=buyer_id, payment_method="on_account")
    unit_of_work.run(
        lambda inner: accept_on_terms(inner, placed.order_id, organisation_id=organisation_id, now=utc_now())
    )
    return organisation_id, placed.number


def member(app, unit_of_work, unit_id: int, email: str = "teacher@example.com"):
    person = make_person(unit_of_work, email)
    unit_of_work.run(
        lambda session: session.execute(sa.update(User).where(User.id == person.id).values(unit_id=unit_id))
    )
    browser = OwnOriginClient(app, app.response_class, use_cookies=True)
    sign_in(browser, email)
    return browser


@pytest.mark.parametrize("ticked", [True, False])
def test_somebody_of_a_department_is_asked_once_and_not_counted_unless_they_tick(
    app,
    unit_of_work,
    shop,
    unit_id,
    see,
    ticked,
):
    browser = member(app, unit_of_work, unit_id)
    for _ in range(2):
        browser.post("/cart/items", data={"sku": "tea", "quantity": "1"})
        asked = 'name="count_for_unit"' in browser.get("/checkout").text
        tick = {"count_for_unit": "y"} if ticked and asked else {}
        assert browser.post("/checkout", data=form_of(browser, shop, **tick)).status_code == 303
    assert not asked  # the second time
    assert see(sa.select(Order.counts_for_unit)) == [ticked, ticked]
    assert see(sa.select(User.counts_for_unit).where(User.unit_id == unit_id)) == [ticked]
    assert len(see(sa.select(Consent).where(Consent.document == "unit_purchases"))) == int(ticked)


def test_whoever_has_agreed_takes_it_back_in_the_account(app, unit_of_work, shop, unit_id, see):
    browser = member(app, unit_of_work, unit_id)
    assert post(browser, "/account/counting", agrees="yes").status_code == 303
    assert "purchases count for the unit" in browser.get("/account/privacy?lang=en").text
    browser.post("/cart/items", data={"sku": "tea", "quantity": "1"})
    browser.post("/checkout", data=form_of(browser, shop))
    post(browser, "/account/counting", agrees="no")
    browser.post("/cart/items", data={"sku": "tea", "quantity": "1"})
    browser.post("/checkout", data=form_of(browser, shop))
    assert see(sa.select(Order.counts_for_unit).order_by(Order.id)) == [True, False]
    assert see(sa.select(Consent.withdrawn_at.is_not(None)).where(Consent.document == "unit_purchases")) == [
        True
    ]


def test_a_guest_and_somebody_of_no_department_are_not_asked(client, shop):
    client.post("/cart/items", data={"sku": "tea", "quantity": "1"})
    assert "count_for_unit" not in client.get("/checkout").text
    client.post("/checkout", data=form_of(client, shop, count_for_unit="y"))


def test_a_target_is_set_and_who_buys_is_told_that_it_is_behind(
    clerk,
    union,
    unit_id,
    see,
    app,
    unit_of_work,
    settings,
):
    answer = clerk.post(f"/admin/units/board/{unit_id}", year=YEAR, target_fen="90000", reason="年初定的")
    assert answer.status_code == 303
    assert see(sa.select(UnitTarget.target_fen)) == [9_000_000]
    wrong = clerk.post(f"/admin/units/board/{unit_id}", year=YEAR, target_fen="viel", reason="第二次")
    assert (wrong.status_code, "第二次" in wrong.text) == (400, True)
    board = clerk.get("/admin/units/board").text
    assert "School of Physics" in board
    assert "do not fill the share" in board
    clerk.post("/admin/units/board/remind")
    clerk.post("/admin/units/board/remind")
    channel = MemoryChannel()
    with app.app_context():
        for message in unit_of_work.run(lambda session: claim_due(session, now=utc_now())):
            if message.payload["message"] == "unit_behind":
                deliver_message(
                    message, unit_of_work=unit_of_work, settings=settings, now=utc_now(), channel=channel
                )
    [letter] = channel.envelopes
    for said in ("物理学院", "90,000.00", "/org/union/purchases"):
        assert said in letter.text
        assert said in letter.html


def test_the_statement_is_asked_for_taken_and_compared(admin, union, unit_id, see):
    _, number = union
    page = admin.get("/admin/statement", unit=unit_id, funding="union").text
    assert number in page
    assert "¥0.00" in page  # the difference to the books
    assert number not in admin.get("/admin/statement", funding="canteen").text
    file = admin.get("/admin/statement", format="xlsx", unit=unit_id)
    book = openpyxl.load_workbook(io.BytesIO(file.data))
    about = {row[0].value: row[1].value for row in book.worksheets[1].iter_rows()}
    assert about["Filters"] == "Unit of the university: School of Physics"
    [export] = see(sa.select(StatementExport))
    assert about["Digest of the rows (SHA-256)"] == export.digest
    assert about["After refunds"] == f"{export.net_fen / 100:.2f}"
    admin.post(f"/admin/statement/exports/{export.id}/compare")
    assert "The same rows as then" in admin.said()
    assert see(sa.select(AuditEntry.action).where(AuditEntry.subject_id == "procurement-statement")) == [
        "report.exported"
    ]
    assert admin.get("/admin/statement", layout="absent").status_code == 404
    assert admin.get("/admin/statement", **{"from": "gestern"}).status_code == 400


@pytest.mark.parametrize(
    "wrong", [{"unit": "999999"}, {"unit": "x"}, {"funding": "gold"}, {"channel": "tv"}, {"kind": "no"}]
)
def test_what_cannot_be_chosen_is_a_mistake_and_not_everything(admin, union, wrong):
    page = admin.get("/admin/statement", **wrong)
    assert page.status_code == 400
    assert f"there is no “{next(iter(wrong.values()))}” to choose" in page.text
    assert union[1] not in page.text
    assert admin.get("/admin/statement", format="csv", **wrong).status_code == 400


def test_two_columns_on_one_place_are_refused_and_kept(admin, union):
    admin.post("/admin/statement/layouts/new", slug="moe", name="教育部统计表")
    fields = {
        "place-0": "1",
        "heading-0": "序号",
        "place-1": "2",
        "heading-1": "日期",
        "place-2": "2",
        "heading-2": "部门",
    }
    refused = admin.post("/admin/statement/layouts/moe", **fields)
    assert refused.status_code == 400
    assert "Two columns stand on place 2." in refused.text
    assert "部门" in refused.text


def test_a_filter_offers_all_of_it_once(admin, union):
    page = admin.get("/admin/platform-orders").text
    [units] = re.findall(r'<select[^>]*name="unit".*?</select>', page, re.DOTALL)
    assert units.count('value=""') == 1


def test_a_layout_is_made_mapped_and_taken(admin, union, see):
    made = admin.post("/admin/statement/layouts/new", slug="moe", name="教育部统计表")
    assert made.location.endswith("/admin/statement/layouts/moe")
    place = {f"place-{n}": "" for n in range(21)}
    fields = place | {
        "place-17": "1",
        "heading-17": "采购金额",
        "place-0": "2",
        "place-18": "3",
        "heading-18": "填报",
        "text-18": "某校",
    }
    assert admin.post("/admin/statement/layouts/moe", **fields).status_code == 303
    page = admin.get("/admin/statement/layouts/moe").text
    assert "某校" in page  # the preview
    text = admin.get("/admin/statement", format="csv", layout="moe").data.decode("utf-8-sig")
    assert text.splitlines()[0] == "采购金额,Number of the row,填报"
    refused = admin.post("/admin/statement/layouts/moe", **place | {"place-3": "eins", "heading-3": "什么"})
    assert (refused.status_code, "什么" in refused.text) == (400, True)
    assert see(sa.select(StatementLayoutVersion.version)) == [1, 2]
    again = admin.post("/admin/statement/layouts/new", slug="moe", name="另一张表")
    assert again.status_code == 400


def test_one_order_is_put_right(admin, union, unit_id, see, unit_of_work):
    _, number = union
    assert f"/admin/purchases/{number}" in admin.get(f"/admin/orders/{number}").text
    fields = {"unit_id": unit_id, "funding": "canteen", "kind": "helped", "outside_number": "832-5"}
    assert admin.post(f"/admin/purchases/{number}", **fields).status_code == 303
    [counted] = see(sa.select(CountedPurchase))
    assert (counted.funding, counted.outside_number) == (Funding.CANTEEN, "832-5")
    assert admin.post(f"/admin/purchases/{number}", **fields | {"funding": "personal"}).status_code == 400
    assert unit_of_work.run(lambda session: [str(one) for one in find_violations(session)]) == []


def test_a_table_of_the_platform_is_looked_at_and_imported(admin, unit_id, see):
    head = "订单号,下单日期,单位,供应商,商品,金额\n"
    rows = f"83277,{YEAR}-01-02,物理学院,某合作社,大米,1360\n"

    def send(text: str):
        return admin.post("/admin/platform-orders/import", file=(io.BytesIO(text.encode()), "t.csv"))

    wrong = send(head + rows + f"83278,{YEAR}-01-02,没有的学院,某,大米,1\n")
    assert wrong.status_code == 400
    assert "Row 3" in wrong.text
    looked = send(head + rows)
    digest = re.search(r'name="digest" value="([0-9a-f]{64})"', looked.text)[1]
    assert see(sa.select(PlatformPurchase.id)) == []
    for _ in range(2):
        assert admin.post("/admin/platform-orders/import/confirm", digest=digest).status_code == 303
    assert see(sa.select(PlatformPurchase.amount_fen)) == [136_000]
    assert "83277" in admin.get("/admin/platform-orders", q="83277").text
    assert "83277" in admin.get("/admin/statement", channel="832").text


def test_members_see_their_own_organisation_and_no_other(app, unit_of_work, union, unit_id, see):
    organisation_id, number = union
    outsider = member(app, unit_of_work, unit_id)
    assert outsider.get("/org/union/purchases").status_code == 404
    assert outsider.get("/org/union/purchases/statement.csv").status_code == 404
    viewer = member(app, unit_of_work, unit_id, "viewer@example.com")
    [viewer_id] = see(sa.select(User.id).where(User.email == "viewer@example.com"))
    unit_of_work.run(
        lambda session: session.execute(
            sa.text(
                "INSERT INTO organisation_members (organisation_id, user_id, role) VALUES (:o, :u, 'viewer')"
            ),
            {"o": organisation_id, "u": viewer_id},
        )
    )
    page = viewer.get("/org/union/purchases?lang=en").text
    assert number in page
    assert "School of Physics" in page
    file = viewer.get("/org/union/purchases/statement.csv").data.decode("utf-8-sig")
    assert number in file
    assert viewer.get("/org/union/purchases/statement.exe").status_code == 404
