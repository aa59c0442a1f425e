"""A bank statement from the file to the confirmed order, by people in browsers."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from html import unescape

import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry, RoleName, User
from shop.accounts.shop_settings import set_shop_settings
from shop.check.all_rules import find_violations
from shop.invoicing.models import Invoice
from shop.kit.clock import in_shanghai, shanghai_date, utc_now
from shop.kit.money import plain_yuan
from shop.ledger.models import JournalEntry
from shop.ordering.models import InvoiceKind, Order, OrderStatus
from shop.ordering.wish import InvoiceWish
from shop.payments.models import Payment, PaymentStatus, Refund, RefundStatus
from shop.payments.statements.models import BankMatch, BankStatement, LineStatus, StatementLine
from shop.web.admin import reconcile
from tests.factories.counting import counted_statements
from tests.factories.statements import as_csv, as_xlsx, rows_of

PAYER = "某某大学机械学院工会"


@pytest.fixture(autouse=True)
def books_hold(unit_of_work, app):
    """Whatever the test did, every invariant holds at its end."""
    yield
    assert unit_of_work.run(lambda session: [str(one) for one in find_violations(session)]) == []


@pytest.fixture
def today():
    return shanghai_date(utc_now()).isoformat()


@pytest.fixture
def awaited(place, begin_payment, unit_of_work):
    """An order that waits for its transfer: its payment as it is now."""

    def _awaited(goods=None, **wish) -> Payment:
        payment_id = begin_payment(place(goods or {"tea": 1}, payment_method="bank_transfer", **wish))
        return unit_of_work.run(lambda session: session.get_one(Payment, payment_id))

    return _awaited


@pytest.fixture
def status_of(see):
    return lambda payment: see(sa.select(Order.status).where(Order.id == payment.order_id))[0]


def line(day, payment, *, fen=None, remark=None, payer=PAYER, serial=""):
    amount = plain_yuan(payment.amount_fen if fen is None else fen)
    return (day, serial, amount, payer, payment.reference if remark is None else remark)


def send(desk, content: bytes, name="对账单 1122.csv"):
    return desk.post("/admin/reconcile/import", file=(io.BytesIO(content), name))


def chosen_in(page: str) -> dict[str, str]:
    """The fields of the preview's form as a browser would send them."""
    form = page[page.index('class="card-p mb-3"') :]
    fields = dict(re.findall(r'name="(digest|file_name|account)" value="([^"]*)"', form))
    for name, body in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        found = re.search(r'value="(\d*)" selected', body)
        fields[name] = found.group(1) if found else ""
    return fields


def bring_in(desk, content: bytes):
    """Send, look, confirm."""
    preview = send(desk, content)
    assert preview.status_code == 200, preview.text
    answer = desk.post("/admin/reconcile/import/confirm", **chosen_in(preview.text))
    assert answer.status_code == 303
    return desk.said()


def ticked(page: str) -> list[str]:
    return re.findall(
        r'<input class="form-check-input" type="checkbox" name="receipt" value="([^"]+)" checked', page
    )


def test_a_statement_is_looked_at_then_imported_then_confirmed(admin, see, awaited, status_of, today):
    payment = awaited()
    preview = send(admin, as_csv(rows_of([line(today, payment)]), encoding="gb18030"))
    assert "Import 1 receipt" in preview.text
    assert "D 贷方金额" in preview.text
    assert 'value="0088"' in preview.text, "the account stands in the titles"
    assert see(sa.select(StatementLine.id)) == [], "looking writes nothing"
    admin.post("/admin/reconcile/import/confirm", **chosen_in(preview.text))
    assert "1 receipt is new." in admin.said()
    page = admin.get("/admin/reconcile").text
    assert payment.reference in page
    assert status_of(payment) is OrderStatus.AWAITING_PAYMENT, "importing books nothing"
    (sure,) = ticked(page)
    assert admin.post("/admin/reconcile/confirm", receipt=sure).status_code == 303
    assert "1 transfer is confirmed." in admin.said()
    assert status_of(payment) is OrderStatus.CONFIRMED
    assert see(sa.select(StatementLine.status)) == [LineStatus.MATCHED]
    assert see(sa.select(Payment.confirmed_by_id).where(Payment.id == payment.id)) == [admin.user_id]
    actions = see(sa.select(AuditEntry.action))
    assert {"statement.imported", "transfer.confirmed"} <= set(actions)
    admin.post("/admin/reconcile/confirm", receipt=sure)
    assert actions.count("transfer.confirmed") == 1
    assert "Every receipt is matched" in admin.get("/admin/reconcile").text


def test_the_same_and_an_overlapping_file_are_written_once(admin, see, awaited, today):
    payment = awaited()
    known = [
        line(today, payment, serial="S1"),
        line(today, payment, fen=500, remark="甲"),
        line(today, payment, fen=500, remark="甲"),
    ]
    bring_in(admin, as_csv(rows_of(known)))
    assert len(see(sa.select(StatementLine.id))) == 3, "two that say the same are two"
    assert "3 were known before" in bring_in(admin, as_csv(rows_of(known)))
    assert "3 were known before" in bring_in(admin, as_xlsx(rows_of(known))), "in another dress"
    more = [*known, line(today, payment, fen=700, serial="S2")]
    preview = send(admin, as_csv(rows_of(more))).text
    assert "Import 1 receipt" in preview
    assert "3 were known before and are not written again" in preview
    assert "1 receipt is new. 3 were known before." in bring_in(admin, as_csv(rows_of(more)))
    assert len(see(sa.select(StatementLine.id))) == 4
    assert see(sa.select(BankStatement.known).order_by(BankStatement.id.desc()))[0] == 3


def test_columns_are_changed_and_remembered(admin, see, awaited, today):
    payment = awaited()
    head = ("日子", "交易日期", "金额", "进账数", "来自", "说明")
    row = (today, "2026-01-01", "1.00", plain_yuan(payment.amount_fen), PAYER, payment.reference)
    preview = send(admin, as_csv([head, row]))
    fields = chosen_in(preview.text)
    assert (fields["column-date"], fields["column-amount"], fields["column-payer"]) == ("1", "2", "")
    refused = admin.post("/admin/reconcile/import/columns", **(fields | {"column-amount": ""}))
    assert refused.status_code == 400
    assert 'id="amount-error"' in refused.text
    wanted = fields | {
        "column-date": "0", "column-amount": "3", "column-payer": "4", "column-remark": "5", "account": "",
    }  # fmt: skip
    assert plain_yuan(payment.amount_fen) in admin.post("/admin/reconcile/import/columns", **wanted).text
    nowhere = admin.post("/admin/reconcile/import/confirm", **wanted)
    assert nowhere.status_code == 400
    assert 'id="account-error"' in nowhere.text, "nobody knows which account it is"
    assert re.search(r'id="account"[^>]* required pattern=', nowhere.text), "nothing to ask about before"
    assert (
        admin.post("/admin/reconcile/import/confirm", **(wanted | {"account": "尾号 0088"})).status_code
        == 303
    )
    assert see(sa.select(StatementLine.payer)) == [PAYER]
    again = send(admin, as_csv([head, (*row[:3], "9.00", *row[4:])])).text
    assert chosen_in(again)["column-amount"] == "3"
    assert chosen_in(again)["account"] == "0088"
    assert "was read last" in again


def test_a_bank_that_nobody_has_met_is_asked_about(admin, see, awaited, today):
    payment = awaited()
    content = as_csv(
        [("何时", "几多", "谁", "说"), (today, plain_yuan(payment.amount_fen), PAYER, payment.reference)]
    )
    preview = send(admin, content)
    assert preview.status_code == 400
    assert "Please choose a column." in preview.text
    wanted = chosen_in(preview.text) | {
        "column-date": "0", "column-amount": "1", "column-payer": "2", "column-remark": "3", "account": "0088",
    }  # fmt: skip
    assert "Import 1 receipt" in admin.post("/admin/reconcile/import/columns", **wanted).text
    assert admin.post("/admin/reconcile/import/confirm", **wanted).status_code == 303
    assert see(sa.select(StatementLine.remark)) == [payment.reference]
    assert "was read last" in send(admin, content).text


def test_rows_that_cannot_be_read_are_named_and_left_out(admin, see, awaited, today):
    payment = awaited()
    rows = [
        line(today, payment),
        (today, "", "-5.00", "甲", ""),
        ("13月", "", "6.00", "乙", ""),
        (today, "", "=1+1", "丙", ""),
    ]
    preview = send(admin, as_csv(rows_of(rows))).text
    for words in ("Row 7", "“-5.00” is negative", "“13月” is no day", "“=1+1” is no amount"):
        assert words in preview, words
    bring_in(admin, as_csv(rows_of(rows)))
    assert len(see(sa.select(StatementLine.id))) == 1
    assert see(sa.select(BankStatement.left_out)) == [3]


@pytest.mark.parametrize(
    "content",
    [b"", b"\x89PNG\r\n\x1a\n\0", b"a,b\n1,2\n", b"<html></html>", b"PK\x03\x04x", b"\xd0\xcf\x11\xe0x"],
)
def test_a_file_that_is_no_statement_is_refused(admin, see, content):
    answer = send(admin, content)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert see(sa.select(StatementLine.id)) == []


def test_a_file_that_is_too_large_or_gone_is_refused(admin):
    assert send(admin, b"x" * (12 * 1024 * 1024)).status_code == 413
    assert admin.post("/admin/reconcile/import/confirm", digest="0" * 64).location.endswith("/import")
    assert admin.post("/admin/reconcile/import/confirm", digest="../../etc").status_code == 404


def test_what_a_bank_writes_is_never_markup_nor_a_formula(admin, awaited, today, see):
    payment = awaited()
    evil = "=HYPERLINK(1)<script>alert(1)</script>{{7*191}}"
    bring_in(admin, as_csv(rows_of([line(today, payment, fen=1, payer=evil, remark=evil)])))
    for path in (
        "/admin/reconcile",
        "/admin/reconcile/lines",
        f"/admin/reconcile/lines/{see(sa.select(StatementLine.id))[0]}",
    ):
        page = admin.get(path).text
        assert "<script>alert" not in page
        assert "1337" not in page
    days = {"from": today, "to": today}
    text = admin.get("/admin/reports/reconciliation-differences", **days, format="csv").text
    assert "'=HYPERLINK" in text


def test_a_payer_without_a_remark_is_known_from_the_second_time_on(
    admin, awaited, status_of, see, unit_of_work, today
):
    first = awaited({"tea": 1})
    bring_in(admin, as_csv(rows_of([line(today, first, payer="市财政局零余额账户")])))
    admin.post("/admin/reconcile/confirm", receipt=ticked(admin.get("/admin/reconcile").text)[0])
    second, other = awaited({"tea": 2}), awaited({"tea": 2})

    def same_buyer(session):
        buyer = session.get_one(Order, first.order_id).user_id
        session.get_one(Order, second.order_id).user_id = buyer

    unit_of_work.run(same_buyer)
    bring_in(admin, as_csv(rows_of([line(today, second, payer="市财政局零余额账户", remark="支付货款")])))
    page = admin.get("/admin/reconcile").text
    assert "Amount and payer fit" in page
    assert ticked(page) == [], "only what is sure is ticked beforehand"
    (likely,) = re.findall(r'name="receipt" value="([^"]+)"', page)
    admin.post("/admin/reconcile/confirm", receipt=likely)
    assert status_of(second) is OrderStatus.CONFIRMED
    assert status_of(other) is OrderStatus.AWAITING_PAYMENT


def test_a_payer_who_is_not_the_invoice_title_is_flagged(admin, awaited, today):
    invoice = InvoiceWish(InvoiceKind.ORGANISATION, "示例大学工会委员会", "81610000MJ00000000")
    payment = awaited(invoice=invoice)
    bring_in(admin, as_csv(rows_of([line(today, payment, payer="示例大学")])))
    page = admin.get("/admin/reconcile").text
    assert "Payer is not the invoice title" in page
    assert 'name="receipt"' in page
    assert ticked(page) == [], "whoever confirms it looks first"


def test_for_a_person_the_payer_is_compared_with_the_title_too_where_somebody_decides(
    admin, awaited, see, today
):
    payment = awaited(invoice=InvoiceWish(InvoiceKind.PERSONAL, "林老师"))
    bring_in(admin, as_csv(rows_of([line(today, payment, payer="王先生", remark="货款")])))
    (line_id,) = the_lines(see)
    page = admin.get(f"/admin/reconcile/lines/{line_id}").text
    listed, dialog = page.split('<dialog class="ask" id="ask-match"')
    assert "Payer is not the invoice title" in listed
    assert " data-other-title>" in listed
    assert "data-title-if>The payer is not the invoice title." in dialog
    admin.post(f"/admin/reconcile/lines/{line_id}", payment=payment.id)
    [invoice_id] = see(sa.select(Invoice.id))
    assert "The transfer came from 王先生." in admin.get(f"/admin/invoices/{invoice_id}").text


def test_a_payer_who_is_the_title_is_not_flagged(admin, awaited, see, today):
    payment = awaited(invoice=InvoiceWish(InvoiceKind.PERSONAL, "林老师"))
    bring_in(admin, as_csv(rows_of([line(today, payment, payer="林老师", remark="货款")])))
    (line_id,) = the_lines(see)
    assert "Payer is not the invoice title" not in admin.get(f"/admin/reconcile/lines/{line_id}").text
    admin.post(f"/admin/reconcile/lines/{line_id}", payment=payment.id)
    [invoice_id] = see(sa.select(Invoice.id))
    assert "The transfer came from" not in admin.get(f"/admin/invoices/{invoice_id}").text


def test_an_overpaid_receipt_names_the_order_that_it_paid_and_not_the_one_in_its_remark(
    admin, awaited, see, today
):
    paid, named = awaited({"tea": 1}), awaited({"tea": 1})
    remark = named.reference
    bring_in(admin, as_csv(rows_of([line(today, named, serial="A")])))
    admin.post(f"/admin/reconcile/lines/{the_lines(see)[0]}", payment=named.id)
    over = line(today, paid, fen=paid.amount_fen + 500, remark=remark, serial="B")
    bring_in(admin, as_csv(rows_of([over])))
    admin.post(f"/admin/reconcile/lines/{the_lines(see)[1]}", payment=paid.id)
    numbers = dict(zip((paid.id, named.id), [
        see(sa.select(Order.number).where(Order.id == one.order_id))[0] for one in (paid, named)], strict=True))  # fmt: skip
    card = admin.get("/admin/reconcile").text.split("Its orders are paid", 1)[1].split("</article>")[0]
    assert numbers[paid.id] in card
    assert numbers[named.id] not in card


def test_nobody_reads_paid_already_of_an_order_that_waits_for_a_second_person(
    admin, other, always_two, awaited, see, today
):
    payment = awaited()
    bring_in(admin, as_csv(rows_of([line(today, payment, serial="A"), line(today, payment, serial="B")])))
    admin.post("/admin/reconcile/confirm", receipt=ticked(admin.get("/admin/reconcile").text)[0])
    for page in ("/admin/reconcile", f"/admin/reconcile/lines/{the_lines(see)[1]}"):
        shown = admin.get(page).text
        assert "Another receipt waits" in shown
        assert "Paid already" not in shown
    other.post(f"/admin/proposals/{proposal_on(other.get('/admin/reconcile').text)}/agree")
    assert "Paid already" in admin.get("/admin/reconcile").text


def test_what_does_not_add_up_is_said_with_thousands_at_the_receipts_own_address(admin, awaited, see, today):
    payment = awaited({"tea": 1})
    bring_in(
        admin, as_csv(rows_of([line(today, payment, fen=12_34567, remark="x"), line(today, payment, fen=1)]))
    )
    first, second = the_lines(see)
    page = f"/admin/reconcile/lines/{first}"
    assert f'method="post" action="{page}"' in admin.get(page, q=payment.reference).text
    answer = admin.post(page, payment=payment.id, line=second)
    assert answer.status_code == 400
    assert "¥12,345.68" in answer.text
    assert admin.get(page).status_code == 200


def test_a_receipt_waits_since_the_time_that_its_statement_says(admin, awaited):
    now = in_shanghai(utc_now())
    ago = (now - timedelta(hours=3)).strftime("%Y-%m-%d %H:%M:%S")
    yesterday = (now - timedelta(days=1)).date().isoformat()
    lines = [line(ago, awaited(), remark="x"), line(yesterday, awaited(), remark="y", fen=5)]
    bring_in(admin, as_csv(rows_of(lines)))
    page = admin.get("/admin/reconcile").text
    assert "for 3 hours" in page
    assert "for 1 day" in page


def test_the_question_before_a_receipt_pays_knows_what_each_thing_is_worth(admin, awaited, see, today):
    payment = awaited()
    lines = [line(today, payment, fen=900), line(today, payment, fen=payment.amount_fen - 900)]
    bring_in(admin, as_csv(rows_of(lines)))
    first, second = see(sa.select(StatementLine.id).order_by(StatementLine.id))
    page = admin.get(f"/admin/reconcile/lines/{first}").text
    assert 'data-adds-up="900"' in page
    assert f'name="payment" value="{payment.id}"' in page
    assert f' data-pays="order" data-fen="{payment.amount_fen}"' in page
    assert f'name="line" value="{second}" data-pays="receipt" data-fen="{payment.amount_fen - 900}"' in page


@pytest.mark.parametrize(
    ("change", "words"),
    [({"fen": 100}, "Too little"), ({"fen": 99_900}, "Too much"), ({"remark": "货款", "fen": 31}, "No clue")],
)
def test_what_does_not_fit_goes_to_the_work_list(admin, awaited, status_of, today, change, words):
    payment = awaited()
    bring_in(admin, as_csv(rows_of([line(today, payment, **change)])))
    page = admin.get("/admin/reconcile").text
    assert words in page
    assert ticked(page) == []
    assert '<a class="btn btn-primary btn-sm" href="/admin/reconcile/lines/' in page
    assert "Bank receipts to match" in admin.get("/admin").text
    assert status_of(payment) is OrderStatus.AWAITING_PAYMENT


def the_lines(see):
    return see(sa.select(StatementLine.id).order_by(StatementLine.id))


def test_one_transfer_pays_many_orders_and_what_is_over_is_set_aside(admin, awaited, status_of, see, today):
    first, second = awaited({"tea": 1}), awaited({"tea": 2})
    fen = first.amount_fen + second.amount_fen
    bring_in(admin, as_csv(rows_of([line(today, first, fen=fen + 7, remark="两单")])))
    (line_id,) = the_lines(see)
    path = f"/admin/reconcile/lines/{line_id}"
    assert first.reference in admin.get(path, q=first.reference).text
    chosen = {"payment": [first.id, second.id]}
    assert admin.post(path, **chosen).status_code == 303
    assert {status_of(first), status_of(second)} == {OrderStatus.CONFIRMED}
    assert "¥0.07" in admin.get(path).text
    assert admin.post(f"{path}/aside", reason="").status_code == 303
    assert "Please say why." in admin.said()
    admin.post(f"{path}/aside", reason="多付的已退回")
    assert see(sa.select(StatementLine.status)) == [LineStatus.SET_ASIDE]
    admin.post(f"{path}/take-up")
    assert see(sa.select(StatementLine.status)) == [LineStatus.OPEN]
    assert {"statement.line_set_aside", "statement.line_taken_up"} <= set(see(sa.select(AuditEntry.action)))


def test_many_transfers_pay_one_order_to_the_fen(admin, awaited, status_of, see, today):
    payment = awaited()
    rows = [line(today, payment, fen=5000), line(today, payment, fen=payment.amount_fen - 5000)]
    bring_in(admin, as_csv(rows_of(rows)))
    first, second = the_lines(see)
    path = f"/admin/reconcile/lines/{first}"
    assert "Other receipts that pay with it" in admin.get(path).text
    alone = admin.post(path, payment=payment.id)
    assert alone.status_code == 400
    assert "whole amount" in alone.text
    assert f'value="{payment.id}" checked' in alone.text, "what was ticked stays"
    assert status_of(payment) is OrderStatus.AWAITING_PAYMENT
    assert admin.post(path, payment=payment.id, line=second).status_code == 303
    assert status_of(payment) is OrderStatus.CONFIRMED
    assert see(sa.select(sa.func.sum(BankMatch.amount_fen))) == [payment.amount_fen]


def test_many_transfers_pay_many_orders(admin, awaited, status_of, see, today):
    first, second = awaited({"tea": 1}), awaited({"tea": 2})
    fen = first.amount_fen + second.amount_fen
    rows = [
        line(today, first, fen=5000, remark="甲", serial="A"),
        line(today, first, fen=fen - 5000, remark="乙", serial="B"),
    ]
    bring_in(admin, as_csv(rows_of(rows)))
    one, other_line = the_lines(see)
    chosen = {"payment": [first.id, second.id], "line": other_line}
    assert admin.post(f"/admin/reconcile/lines/{one}", **chosen).status_code == 303
    assert {status_of(first), status_of(second)} == {OrderStatus.CONFIRMED}
    assert set(see(sa.select(StatementLine.status))) == {LineStatus.MATCHED}


def test_a_second_transfer_for_a_paid_order_is_a_duplicate(admin, awaited, see, today):
    payment = awaited()
    bring_in(admin, as_csv(rows_of([line(today, payment, serial="A"), line(today, payment, serial="B")])))
    page = admin.get("/admin/reconcile").text
    assert len(ticked(page)) == 1
    assert "Paid already" in page
    admin.post("/admin/reconcile/confirm", receipt=ticked(page)[0])
    assert "Paid already" in admin.get("/admin/reconcile").text
    admin.post(f"/admin/reconcile/lines/{the_lines(see)[1]}", payment=payment.id)
    [number] = see(sa.select(Order.number).where(Order.id == payment.order_id))
    said = f"for {number}. Another receipt pays this order already. Please look again."
    assert said in admin.said()
    assert len(see(sa.select(BankMatch.id))) == 1


def test_a_transfer_confirmed_by_hand_gets_its_receipt_afterwards(admin, awaited, see, today):
    payment = awaited()
    admin.post(f"/admin/transfers/{payment.id}", received=plain_yuan(payment.amount_fen))
    days = {"from": today, "to": today}
    assert payment.reference in admin.get("/admin/reports/reconciliation-differences", **days).text
    bring_in(admin, as_csv(rows_of([line(today, payment)])))
    page = admin.get("/admin/reconcile").text
    assert "confirmed by hand before" in page
    admin.post("/admin/reconcile/confirm", receipt=ticked(page)[0])
    assert see(sa.select(AuditEntry.action)).count("transfer.confirmed") == 1
    assert payment.reference not in admin.get("/admin/reports/reconciliation-differences", **days).text


@pytest.fixture
def always_two(unit_of_work):
    limit = {"second_person_above_yuan": "0"}
    unit_of_work.run(lambda session: set_shop_settings(session, limit, actor_id=None, now=utc_now()))


@pytest.fixture
def other(desk_of):
    return desk_of("other", RoleName.ADMIN, RoleName.FINANCE)


def proposal_on(page: str) -> str:
    return re.search(r"/admin/proposals/(\d+)/withdraw", page).group(1)


def test_above_the_limit_one_proposes_and_another_confirms(
    admin, other, always_two, awaited, status_of, see, today
):
    payment = awaited()
    bring_in(admin, as_csv(rows_of([line(today, payment)])))
    sure = ticked(admin.get("/admin/reconcile").text)[0]
    admin.post("/admin/reconcile/confirm", receipt=sure)
    assert "1 waits for a second person." in admin.said()
    assert status_of(payment) is OrderStatus.AWAITING_PAYMENT
    page = admin.get("/admin/reconcile").text
    assert "Another person of finance confirms it." in page
    assert ticked(page) == [], "its receipt is spoken for"
    path = f"/admin/proposals/{proposal_on(page)}/agree"
    admin.post(path)
    assert "Nobody confirms what they said themselves." in admin.said()
    again = admin.post(f"/admin/transfers/{payment.id}", received=plain_yuan(payment.amount_fen))
    assert again.status_code == 303, "saying it again is no mistake, and no second person"
    assert status_of(payment) is OrderStatus.AWAITING_PAYMENT
    assert "Waits for a second person" in other.get("/admin").text
    for _ in range(2):
        assert other.post(path).status_code == 303
        assert status_of(payment) is OrderStatus.CONFIRMED
    assert see(sa.select(AuditEntry.action)).count("transfer.confirmed") == 1
    assert see(sa.select(Payment.confirmed_by_id).where(Payment.id == payment.id)) == [other.user_id]


def test_what_one_proposed_is_taken_back_and_its_receipt_is_free(
    admin, other, always_two, awaited, status_of, see, today
):
    payment = awaited()
    bring_in(admin, as_csv(rows_of([line(today, payment)])))
    admin.post("/admin/reconcile/confirm", receipt=ticked(admin.get("/admin/reconcile").text)[0])
    number = proposal_on(other.get("/admin/reconcile").text)
    for _ in range(2):
        other.post(f"/admin/proposals/{number}/withdraw")
    assert see(sa.select(StatementLine.status)) == [LineStatus.OPEN]
    assert see(sa.select(BankMatch.id)) == []
    other.post(f"/admin/proposals/{number}/agree")
    assert "It was taken back meanwhile." in other.said()
    assert status_of(payment) is OrderStatus.AWAITING_PAYMENT
    assert len(ticked(admin.get("/admin/reconcile").text)) == 1


def test_two_persons_by_hand_and_for_money_sent_back(admin, other, always_two, awaited, status_of, see):
    payment = awaited()
    path, form = f"/admin/transfers/{payment.id}", {"received": plain_yuan(payment.amount_fen)}
    for _ in range(2):
        assert admin.post(path, **form).status_code == 303
    assert "when a second person of finance says so too" in admin.said()
    assert status_of(payment) is OrderStatus.AWAITING_PAYMENT
    assert "Another person of finance confirms it." in admin.get(path).text
    other.post(path, **form)
    assert status_of(payment) is OrderStatus.CONFIRMED
    number = see(sa.select(Order.number).where(Order.id == payment.order_id))[0]
    admin.post(f"/admin/orders/{number}/refund", reason="买错了")
    (refund_id,) = see(sa.text("SELECT id FROM refunds"))
    admin.post(f"/admin/refunds/{refund_id}/ask")
    admin.post(f"/admin/refunds/{refund_id}/sent")
    assert see(sa.text("SELECT status FROM refunds")) == ["pending"]
    assert "Waits for a second person" in admin.get("/admin/money-work").text
    admin.post(f"/admin/refunds/{refund_id}/sent")
    assert see(sa.text("SELECT status FROM refunds")) == ["pending"]
    other.post(f"/admin/refunds/{refund_id}/sent")
    assert see(sa.text("SELECT status FROM refunds")) == ["succeeded"]


def of_two_people(admin, other, awaited, see, today) -> tuple[list[str], list[str]]:
    """What two people have ticked of two sure receipts, and the numbers of their orders."""
    payments = [awaited({"tea": 1}), awaited({"tea": 2})]
    rows = [line(today, payment, serial=str(payment.id)) for payment in payments]
    bring_in(admin, as_csv(rows_of(rows)))
    both = ticked(other.get("/admin/reconcile").text)
    assert len(both) == 2
    wanted = sa.select(Order.number).where(Order.id.in_([one.order_id for one in payments]))
    return both, see(wanted.order_by(Order.id))


def test_what_somebody_else_has_confirmed_meanwhile_is_named(admin, other, awaited, see, today):
    both, (first, second) = of_two_people(admin, other, awaited, see, today)
    admin.post("/admin/reconcile/confirm", receipt=both[0])
    other.post("/admin/reconcile/confirm", receipt=both)
    said = other.said()
    assert "1 transfer is confirmed." in said
    assert f"Not confirmed: {PAYER} ¥68.00 for {first}. It has been confirmed meanwhile." in said
    assert second not in said


def test_of_two_who_confirm_at_once_the_slower_one_reads_what_was_left(
    admin, other, awaited, see, today, monkeypatch
):
    """Both have looked before either has written."""
    both, numbers = of_two_people(admin, other, awaited, see, today)
    seen = reconcile.open_receipts

    def overtaken(session, *, now):
        found = seen(session, now=now)
        monkeypatch.setattr(reconcile, "open_receipts", seen)
        admin.post("/admin/reconcile/confirm", receipt=both)
        return found

    monkeypatch.setattr(reconcile, "open_receipts", overtaken)
    other.post("/admin/reconcile/confirm", receipt=both)
    said = other.said()
    for number in numbers:
        assert f"for {number}. It has been confirmed meanwhile." in said
    assert see(sa.select(AuditEntry.action)).count("transfer.confirmed") == 2


def test_a_receipt_that_was_ticked_and_set_aside_or_proposed_meanwhile_says_so(
    admin, other, always_two, awaited, see, today
):
    both, _ = of_two_people(admin, other, awaited, see, today)
    admin.post("/admin/reconcile/confirm", receipt=both[0])
    other.post(f"/admin/reconcile/lines/{the_lines(see)[1]}/aside", reason="not ours")
    other.post("/admin/reconcile/confirm", receipt=both)
    said = other.said()
    assert "Somebody else has said so meanwhile, and it waits for a second person." in said
    assert "It was set aside meanwhile: not ours." in said


def test_the_history_of_an_order_says_who_confirmed_its_transfer_and_finance_finds_the_receipt(
    admin, other, clerk, always_two, awaited, see, today
):
    payment = awaited()
    bring_in(admin, as_csv(rows_of([line(today, payment)])))
    admin.post("/admin/reconcile/confirm", receipt=ticked(admin.get("/admin/reconcile").text)[0])
    [number] = see(sa.select(Order.number))
    page, receipt = f"/admin/orders/{number}", f'href="/admin/reconcile/lines/{the_lines(see)[0]}"'
    assert receipt in admin.get(page).text, "also while it waits"
    other.post(f"/admin/proposals/{proposal_on(other.get('/admin/reconcile').text)}/agree")
    for desk in (admin, clerk):
        shown = unescape(desk.get(page).text)
        names = see(sa.select(sa.func.coalesce(sa.func.nullif(User.name, ""), User.email)).where(
            User.id.in_([admin.user_id, other.user_id])).order_by(User.id))  # fmt: skip
        assert f"{names[0]} said that the transfer came, {names[1]} confirmed it" in shown
    assert admin.get(page).text.count(receipt) == 2, "beside the payment, and in the history"
    assert receipt not in clerk.get(page).text


@pytest.fixture
def overpaid(admin, awaited, status_of, see, today):
    """The page of a receipt that was ten yuan more than its order, which is paid with it."""
    payment = awaited()
    bring_in(admin, as_csv(rows_of([line(today, payment, fen=payment.amount_fen + 1000)])))
    path = f"/admin/reconcile/lines/{the_lines(see)[0]}"
    assert admin.post(path, payment=[payment.id]).status_code == 303
    assert status_of(payment) is OrderStatus.CONFIRMED
    return path


def test_what_is_over_is_called_overpaid_and_can_be_noted_as_sent_back(admin, overpaid, see):
    for page in (admin.get("/admin/reconcile").text, admin.get(overpaid).text):
        assert "Overpaid by ¥10.00" in page
        assert "Paid already" not in page
    for _ in range(2):
        admin.post(f"{overpaid}/rest", rest="rest_sent_back", sent_as="ICBC-79")
    assert see(sa.select(StatementLine.status)) == [LineStatus.SET_ASIDE]
    page = admin.get(overpaid).text
    assert "sent back to the payer" in page
    assert "ICBC-79" in page
    assert "Overpaid by" not in admin.get("/admin/reconcile").text
    assert see(sa.select(AuditEntry.action)).count("statement.line_sent_back") == 1


def test_what_is_kept_of_a_payer_is_named_at_the_next_receipt_and_pays_with_it(
    admin, overpaid, awaited, status_of, see, today
):
    admin.post(f"{overpaid}/rest", rest="rest_kept")
    following = awaited()
    bring_in(admin, as_csv(rows_of([line(today, following, fen=following.amount_fen - 1000)])))
    kept, new = the_lines(see)
    assert f'href="{overpaid}"' in admin.get(f"/admin/reconcile/lines/{new}").text
    assert "¥10.00 of this payer is kept" in admin.get(f"/admin/reconcile/lines/{new}").text
    admin.post(f"{overpaid}/take-up")
    admin.post(f"/admin/reconcile/lines/{new}", payment=[following.id], line=[kept])
    assert status_of(following) is OrderStatus.CONFIRMED
    assert see(sa.select(StatementLine.status)) == [LineStatus.MATCHED, LineStatus.MATCHED]


def test_what_became_of_a_rest_is_one_of_two_things(admin, overpaid, see):
    assert admin.post(f"{overpaid}/rest", rest="eaten").status_code == 303
    assert see(sa.select(StatementLine.status)) == [LineStatus.OPEN]


GUESSED = InvoiceWish(InvoiceKind.ORGANISATION, "示例大学工会委员会", "81610000MJ00000000")


@pytest.fixture
def called_off(admin, awaited, see, today):
    """The refund, asked for a moment ago, of an order that a receipt of somebody else than its title paid."""
    payment = awaited(invoice=GUESSED)
    bring_in(admin, as_csv(rows_of([line(today, payment)])))
    admin.post("/admin/reconcile/confirm", receipt=f"{the_lines(see)[0]}:{payment.id}")
    return call_off(admin, see, payment)


def call_off(admin, see, payment) -> int:
    [number] = see(sa.select(Order.number).where(Order.id == payment.order_id))
    admin.post(f"/admin/orders/{number}/refund", reason="买错了")
    return see(sa.select(Refund.id).where(Refund.payment_id == payment.id))[0]


def test_money_to_be_sent_back_stands_there_at_once_with_who_paid_it(admin, see, called_off):
    assert see(sa.select(Refund.status)) == [RefundStatus.REQUESTED]
    page = admin.get("/admin/money-work").text
    assert f'<p class="all">It came from {PAYER}, account ending in 1234' in page, "read to its end"
    assert GUESSED.title not in page


def test_without_a_receipt_the_title_of_the_invoice_is_said_to_be_a_guess(admin, awaited, see):
    payment = awaited(invoice=GUESSED)
    admin.post(f"/admin/transfers/{payment.id}", received=plain_yuan(payment.amount_fen))
    call_off(admin, see, payment)
    page = admin.get("/admin/money-work").text
    assert f"No receipt is matched; the invoice is for {GUESSED.title}, who probably paid" in page


def test_what_the_bank_calls_a_transfer_back_is_kept_and_shown(admin, see, called_off):
    admin.post(f"/admin/refunds/{called_off}/sent", sent_as=" ICBC-77 ")
    assert see(sa.select(Refund.status)) == [RefundStatus.SUCCEEDED]
    assert see(sa.select(Refund.sent_as)) == ["ICBC-77"]
    [number] = see(sa.select(Order.number))
    for path in (f"/admin/orders/{number}", "/admin/audit"):
        assert "ICBC-77" in admin.get(path).text


def test_the_second_person_reads_who_paid_and_what_the_bank_calls_it(
    admin, other, see, called_off, unit_of_work
):
    always = {"second_person_above_yuan": "0"}
    unit_of_work.run(lambda s: set_shop_settings(s, always, actor_id=None, now=utc_now()))
    admin.post(f"/admin/refunds/{called_off}/sent", sent_as="ICBC-78")
    page = other.get("/admin/reconcile").text
    assert f"{PAYER} (account ending in 1234)" in page
    assert "ICBC-78" in page
    other.post("/admin/proposals/1/agree")
    assert see(sa.select(Refund.status)) == [RefundStatus.SUCCEEDED]
    assert see(sa.select(Refund.sent_as)) == ["ICBC-78"]


def test_only_finance_sets_from_which_amount_two_are_needed(clerk, admin, see):
    names = {"name_zh": "甲", "name_en": "A", "short_name_zh": "甲", "short_name_en": "A"}
    assert clerk.post("/admin/settings", **names, second_person_above_yuan="9").status_code == 400
    assert 'name="second_person_above_yuan"' not in clerk.get("/admin/settings").text
    assert admin.post("/admin/settings", **names, second_person_above_yuan="9").status_code == 303


def test_late_money_revives_its_order_or_goes_back(admin, awaited, status_of, see, unit_of_work, today):
    payment = awaited(courier=True)

    def give_up(session):
        late = session.get_one(Payment, payment.id)
        late.status, late.ended_at = PaymentStatus.EXPIRED, utc_now()

    unit_of_work.run(give_up)
    bring_in(admin, as_csv(rows_of([line(today, payment)])))
    page = admin.get("/admin/reconcile").text
    assert "Too late" in page
    (line_id,) = the_lines(see)
    admin.post(f"/admin/reconcile/lines/{line_id}", payment=payment.id)
    assert status_of(payment) is OrderStatus.CONFIRMED


def test_all_receipts_are_listed_and_found(admin, awaited, today):
    payment = awaited()
    bring_in(admin, as_csv(rows_of([line(today, payment, remark="年终礼品")])))
    for asked in ({"q": "年终"}, {"q": PAYER[:4]}, {"status": "open"}, {"q": plain_yuan(payment.amount_fen)}):
        assert PAYER in admin.get("/admin/reconcile/lines", **asked).text, asked
    for nothing in ({"q": "%"}, {"status": "matched"}, {"q": "1.23"}):
        assert "Nothing found" in admin.get("/admin/reconcile/lines", **nothing).text, nothing


def test_the_work_list_asks_the_database_as_often_for_many_receipts_as_for_one(admin, awaited, engine, today):
    payment = awaited()
    rows = [
        line(today, payment, serial="0"),
        *[line(today, payment, fen=n + 1, serial=str(n + 1)) for n in range(30)],
    ]
    bring_in(admin, as_csv(rows_of(rows[:2])))
    with counted_statements(engine) as few:
        admin.get("/admin/reconcile")
    bring_in(admin, as_csv(rows_of(rows)))
    with counted_statements(engine) as many:
        page = admin.get("/admin/reconcile").text
    assert len(many) == len(few) < 25
    assert "for " in page or "just now" in page


def test_the_clerk_sees_none_of_it(clerk):
    for path in (
        "/admin/reconcile",
        "/admin/reconcile/lines",
        "/admin/reconcile/import",
        "/admin/reconcile/lines/1",
    ):
        assert clerk.get(path).status_code == 404


def test_a_transfer_that_a_receipt_names_stands_in_one_pile(admin, awaited, today):
    payment, other = awaited(), awaited()
    page = admin.get("/admin").text
    assert f'href="/admin/transfers/{payment.id}"' in page
    bring_in(admin, as_csv(rows_of([line(today, payment)]), encoding="gb18030"))
    page = admin.get("/admin").text
    assert f'href="/admin/transfers/{payment.id}"' not in page
    assert f'href="/admin/transfers/{other.id}"' in page
    narrowed = admin.get("/admin/transfers", open="1").text
    assert payment.reference not in narrowed
    assert other.reference in narrowed
    assert payment.reference in admin.get("/admin/transfers").text


def test_suspense_leads_to_the_receipt_and_the_receipt_to_its_entries(admin, awaited, today, see):
    bring_in(admin, as_csv(rows_of([line(today, awaited(), fen=1234, remark="货款")])))
    (line_id,) = see(sa.select(StatementLine.id))
    (entry_id,) = see(sa.select(JournalEntry.id).where(JournalEntry.reference == f"receipt:{line_id}:1"))
    books = admin.get("/admin/books").text
    assert "Received, not yet known what for" in books
    assert "/admin/books/accounts/suspense?" in books
    account = admin.client.get(admin.get("/admin/books/accounts/suspense").location).text
    receipt_page = f"/admin/reconcile/lines/{line_id}"
    assert f'href="{receipt_page}"' in account
    assert f'href="{receipt_page}"' in admin.get(f"/admin/books/entries/{entry_id}").text
    page = admin.get(receipt_page).text
    way = re.search(r'href="(/admin/books/accounts/suspense\?[^"]+)">¥12\.34<', page)
    assert f"/admin/books/entries/{entry_id}" in admin.client.get(unescape(way[1])).text
    admin.post(f"{receipt_page}/aside", reason="not ours")
    assert "In suspense" not in admin.get(receipt_page).text
