"""The shop's team at a desk, and at a phone: transfers, refunds, reports, goods."""

from __future__ import annotations

import csv
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from shop.extensions import settings, unit_of_work
from shop.kit.clock import shanghai_date, utc_now
from shop.ledger.models import PayeeKind, Payout, PayoutRun
from shop.ledger.payouts.payees import PayeeAsked, set_payee
from shop.storage.field_cipher import FieldCipher
from tests.browser.looking import DESKTOP, PHONE
from tests.factories.payouts import IDENTITY


@pytest.fixture
def admin(visit):
    return at_desk(visit, "admin")


def at_desk(visit, name):
    """At a desk, with the password just given again."""
    someone = visit(name, width=DESKTOP, language="en")
    someone.open("/verify")
    someone.page.locator("main input[type=password]").fill("demo-password")
    someone.press(someone.button("继续", "Go on"))
    return someone


def test_an_admin_confirms_a_transfer_and_refunds_an_order(admin, visit, world):
    buyer = visit("buyer2", width=DESKTOP, language="en")
    number = world.orders["b"]["awaiting"].number
    buyer.open(f"/orders/{number}/pay")
    buyer.choose("payment_method", "bank_transfer")
    buyer.press(buyer.button("转账 ¥", "Transfer ¥"))
    assert "Please transfer exactly this" in buyer.text

    admin.open(f"/admin/transfers?q={number}")
    admin.press(admin.link("到账了", "It arrived"))
    amount = admin.main.locator("form input[name=received]")
    amount.fill("1.00")
    with admin.ears.expecting(400):
        admin.press(admin.button("", "Confirm that it arrived"))
    amount.fill("106.00")
    admin.button("", "Confirm that it arrived").click()
    admin.confirm("", "It is there")
    assert "the order goes to the villages" in admin.text

    admin.page.locator("#reason").fill("a change of mind")
    admin.button("", "Cancel and refund ¥106.00").click()
    admin.confirm("", "Cancel it")
    assert "The order is cancelled" in admin.text
    buyer.open(f"/orders/{number}")
    assert "cancelled" in buyer.text


def test_an_admin_reads_and_exports_a_report(admin):
    today = shanghai_date(utc_now())
    admin.open(f"/admin/reports/sales-by-day?from={today - timedelta(days=30)}&to={today}")
    assert admin.page.locator("svg[role=img]").count()
    total = admin.page.locator("tfoot td").last.inner_text().lstrip("¥").replace(",", "")
    with admin.page.expect_download() as file:
        admin.link("", "Export CSV").click()
    rows = csv.DictReader(Path(file.value.path()).read_text("utf-8-sig").splitlines())
    assert sum(Decimal(row["After refunds (CNY)"]) for row in rows) == Decimal(total)
    with admin.page.expect_download() as excel:
        admin.link("", "Export Excel").click()
    assert excel.value.suggested_filename.endswith(".xlsx")


@pytest.fixture
def payable(worker_app):
    """The number of a draft run, of which one household has named its account two days ago."""

    def name_account(session):
        run = session.scalars(sa.select(PayoutRun).where(PayoutRun.approved_at.is_(None))).first()
        household_id = session.scalar(sa.select(Payout.household_id).where(Payout.run_id == run.id))
        asked = PayeeAsked(PayeeKind.OWN, "李大山", IDENTITY, "6222020200112230", "农行平利支行")
        cipher, two_days_ago = FieldCipher(settings().field_keys), utc_now() - timedelta(days=2)
        set_payee(
            session, household_id, asked, seen_version=0, cipher=cipher, actor_id=None, now=two_days_ago
        )
        return run.number

    with worker_app.app_context():
        return unit_of_work().run(name_account)


def test_after_the_bank_file_its_page_asks_whether_the_bank_has_paid(admin, visit, payable):
    other = at_desk(visit, "admin2")
    other.open(f"/admin/payouts/{payable}")
    other.button("", "Approve").click()
    other.confirm("", "Approve")
    assert "Somebody else of finance must make its bank file" in other.text
    admin.open(f"/admin/payouts/{payable}")
    with admin.page.expect_download() as file:
        admin.button("", "Make the bank file").click()
    assert file.value.suggested_filename == f"{payable}-bank.csv"
    assert "6222020200112230" in Path(file.value.path()).read_text("utf-8-sig")
    admin.button("", "The bank has paid the file").wait_for()
    admin.press(admin.button("", "Make the bank file"))
    assert "Everything that can go to the bank stands in a bank file already." in admin.text


def test_an_admin_edits_withdraws_and_publishes_a_product(admin):
    admin.open("/admin/products?q=Pan-fired")
    admin.press(admin.main.locator("td.hd a").first)
    address = admin.path
    name = admin.page.locator("[name=name_en]").input_value()
    admin.page.locator("[name=name_en]").fill(f"{name}, by hand")
    admin.press(admin.button("", "Save"))
    admin.open(address)
    assert admin.page.locator("[name=name_en]").input_value() == f"{name}, by hand"
    admin.page.get_by_label("Reason").fill("out of season")
    admin.button("", "Take it out of the shop").click()
    admin.confirm("", "Take it out")
    admin.open(address)
    admin.press(admin.button("", "Publish"))
    assert "For sale" in admin.text


def test_lots_of_a_spreadsheet_are_judged_line_by_line(admin, tmp_path):
    admin.open("/admin/lots/import")
    with admin.page.expect_download() as template:
        admin.page.locator("a[href$='template.csv']").click()
    head = Path(template.value.path()).read_text("utf-8-sig").splitlines()[0]
    sheet = tmp_path / "lots.csv"
    sheet.write_text(f"{head}\nNO-SUCH-SKU,nobody,many\n", "utf-8")
    admin.page.locator("input[type=file]").set_input_files(sheet)
    with admin.ears.expecting(400):
        admin.press(admin.main.locator("form[enctype] button").first)
    assert "NO-SUCH-SKU" in admin.page.content()


def test_the_dashboard_leads_to_what_waits_on_a_phone_too(visit):
    someone = visit("admin2", width=PHONE, language="zh")
    someone.open("/admin")
    someone.press(someone.main.locator("article h3 a").first)
    assert someone.page.url.startswith(someone.url)


def test_nobody_is_asked_whether_they_are_sure_before_they_said_why(admin):
    admin.open("/admin/products?q=Pan-fired")
    admin.press(admin.main.locator("td.hd a").first)
    admin.button("", "Take it out of the shop").click()
    assert not admin.page.locator("dialog[open]").count()
    reason = admin.page.get_by_label("Reason")
    assert reason.evaluate("field => document.activeElement === field")
    reason.fill("out of season")
    admin.button("", "Take it out of the shop").click()
    expect(admin.page.locator("dialog[open]")).to_have_count(1)


def test_nobody_is_asked_to_give_up_what_is_no_part_of_a_debt(admin):
    admin.open("/admin/receivables")
    admin.press(admin.main.locator("td.hd a").first)
    admin.press(admin.main.locator("a[href*='/write-off']").first)
    for typed in ("-1", "0", "x", "999999"):
        admin.main.locator("[name=amount]").fill(typed)
        admin.main.locator("[name=reason]").fill("bank charges")
        with admin.ears.expecting(400):
            admin.press(admin.button("", "Give it up"))
        assert not admin.page.locator("dialog[open]").count(), typed
    admin.main.locator("[name=amount]").fill("1.00")
    admin.button("", "Give it up").click()
    expect(admin.page.locator("dialog[open]")).to_have_count(1)


def test_the_list_that_is_open_is_in_view_among_its_tabs_on_a_phone(visit):
    admin = visit("admin", width=PHONE, language="en")
    for path in ("/admin/split-rules", "/admin/products"):
        admin.open(path)
        tab = admin.page.locator(".chips-x [aria-current]").bounding_box()
        assert tab["x"] >= 0
        assert tab["x"] + tab["width"] <= PHONE
