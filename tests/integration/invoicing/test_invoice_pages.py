"""Invoices in the browser: the buyer asks and saves, finance issues, nobody else sees anything."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry, RoleName
from shop.extensions import settings
from shop.invoicing.files import stored_name
from shop.invoicing.models import InvoiceFile, InvoiceStatus, PurchaseVoucher, VoucherStatus
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.money import plain_yuan
from shop.ledger.models import PayeeKind
from shop.ledger.payouts.closing import close_payouts
from shop.mailroom import seal
from shop.notifications.letters import compose
from shop.reports.invoice_pile import waiting_invoices
from shop.storage.field_cipher import FieldCipher
from shop.storage.media import media_store
from tests.conftest import OwnOriginClient
from tests.factories.invoicing import COMPANY, ask, document, invoice, invoices_of, issue, to_bill, waiting
from tests.factories.payouts import IDENTITY
from tests.factories.people import csrf_token, make_person, sign_in
from tests.factories.trade import open_for_trade
from tests.integration.admin.conftest import Desk
from tests.integration.storefront.test_orders import open_as_guest

ENGLISH = {"Accept-Language": "en"}
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n%%EOF\n"


@pytest.fixture
def trade(session, unit_of_work):
    at_work = open_for_trade(session, unit_of_work)
    at_work.now = max(at_work.now, utc_now() - timedelta(hours=2))
    yield at_work
    assert at_work.violations() == []


@pytest.fixture
def sold(trade):
    return trade.sell({"tea": 1}, courier=True)


@pytest.fixture
def buyer(app, client, trade, sold):
    """A guest who holds the order's link."""
    number = trade.order_row(sold).number
    open_as_guest(app, client, number)
    here = f"/orders/{number}"

    def send(**fields):
        data = {"csrf_token": csrf_token(client, here), **fields}
        return client.post(f"{here}/invoice", data=data, headers=ENGLISH)

    return here, send


@pytest.fixture
def finance(app, unit_of_work):
    return desk(app, unit_of_work, "finance", RoleName.ADMIN, RoleName.FINANCE)


def desk(app, unit_of_work, name, *roles) -> Desk:
    person = make_person(unit_of_work, f"{name}@example.com", roles=roles)
    client = OwnOriginClient(app, app.response_class, use_cookies=True)
    assert sign_in(client, person.email).status_code == 303
    return Desk(client, person.id)


def typed(trade, request, count=1, **changes):
    fields = {
        "document_number": document(trade, count),
        "issued_on": shanghai_date(trade.now).isoformat(),
        "amount": plain_yuan(to_bill(trade, request)),
        "title": COMPANY.title,
        "tax_number": COMPANY.tax_number,
    }
    return fields | changes


def xml(number):
    return f"<EInvoice><EIid>{number}</EIid></EInvoice>".encode()


def attach(finance, request, content, name="x.pdf", **fields):
    return finance.post(f"/admin/invoices/{request}/files", file=(io.BytesIO(content), name), **fields)


def files(trade):
    return trade.run(lambda s: list(s.scalars(sa.select(InvoiceFile).order_by(InvoiceFile.id))))


def test_a_buyer_asks_after_the_order_changes_the_title_and_sees_it_wait(trade, sold, buyer, client):
    here, send = buyer
    assert "Ask for an invoice" in client.get(here, headers=ENGLISH).text
    assert send(invoice_kind="personal", invoice_title="").status_code == 303
    [request] = invoices_of(trade, sold)
    assert request.title == trade.order_row(sold).recipient
    page = client.get(here, headers=ENGLISH).text
    assert "Asked for, not issued yet" in page
    assert "Change title or number" in page
    answer = send(invoice_kind="organisation", invoice_title="<b>社", tax_number=COMPANY.tax_number.lower())
    assert answer.status_code == 303
    assert "&lt;b&gt;社" in client.get(here, headers=ENGLISH).text
    assert send(invoice_kind="none").status_code == 303
    assert waiting(trade, sold) == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"invoice_kind": "organisation", "invoice_title": "社", "tax_number": "1"}, "tax_number"),
        ({"invoice_kind": "organisation", "tax_number": COMPANY.tax_number}, "invoice_title"),
        ({"invoice_kind": "personal", "invoice_title": "长" * 121}, "invoice_title"),
        ({"invoice_kind": "x"}, "invoice_kind"),
        ({}, "invoice_kind"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_stays_typed(trade, sold, buyer, fields, field):
    _, send = buyer
    answer = send(**fields)
    assert answer.status_code == 400
    assert f'id="{field}-error"' in answer.text
    assert fields.get("tax_number", "") in answer.text
    assert invoices_of(trade, sold) == []


def test_an_unpaid_or_cancelled_order_has_no_form(app, client, trade):
    for order_id in (trade.order({"tea": 1}, courier=True), trade.sell({"tea": 1}, courier=True)):
        number = trade.order_row(order_id).number
        trade.cancel(order_id, also_confirmed=True)
        open_as_guest(app, client, number)
        assert client.get(f"/orders/{number}/invoice").status_code == 302
    trade.send_refunds()


def test_finance_issues_it_with_what_is_wrong_said_and_what_was_typed_kept(trade, sold, finance):
    [request] = ask(trade, sold)
    listed = finance.get("/admin/invoices").text
    assert invoice(trade, request).number in listed
    wrong = finance.post(f"/admin/invoices/{request}/record", **typed(trade, request, amount="67.99"))
    assert wrong.status_code == 400
    assert f"makes ¥{plain_yuan(trade.order_row(sold).total_fen)}" in wrong.text
    assert document(trade, 1) in wrong.text
    differs = finance.post(f"/admin/invoices/{request}/record", **typed(trade, request, title="别人"))
    assert f"Asked for: {COMPANY.title}" in differs.text
    assert 'name="difference_reason"' in differs.text
    done = finance.post(f"/admin/invoices/{request}/record", **typed(trade, request))
    assert done.status_code == 303
    assert invoice(trade, request).status is InvoiceStatus.ISSUED
    assert invoice(trade, request).number not in finance.get("/admin/invoices").text
    assert '<option value="" selected>To do</option>' in finance.get("/admin/invoices").text
    assert invoice(trade, request).number in finance.get("/admin/invoices", state="issued").text
    assert invoice(trade, request).number in finance.get("/admin/invoices", state="all").text
    assert invoice(trade, request).number in finance.get("/admin/invoices", q=document(trade, 1)).text


@pytest.mark.parametrize(
    "query",
    [
        {"state": "x"},
        {"seller": "x"},
        {"age": "99999999"},
        {"q": "%' OR 1=1 --"},
        {"page": "-1"},
        {"age": "7"},
    ],
)
def test_filters_that_cannot_be_are_as_good_as_absent(trade, sold, finance, query):
    ask(trade, sold)
    assert finance.get("/admin/invoices", **query).status_code == 200
    assert finance.get("/admin/vouchers", **query).status_code == 200


def test_files_are_kept_apart_and_only_finance_and_the_buyer_save_them(
    app, client, trade, sold, buyer, finance, unit_of_work
):
    here, _ = buyer
    [request] = ask(trade, sold)
    attach(finance, request, PDF)
    assert files(trade) == []
    issue(trade, request, 1)
    attach(finance, request, PDF, name="../../evil.html")
    attach(finance, request, PDF)
    attach(finance, request, xml(document(trade, 2)), name="x.xml")
    assert "does not say the number" in finance.said()
    attach(finance, request, xml(document(trade, 1)), name="x.xml")
    pdf, told = files(trade)
    saved = client.get(f"{here}/invoices/{pdf.id}")
    assert saved.data == PDF
    name = f"{invoice(trade, request).number}.pdf"
    assert saved.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert saved.headers["X-Content-Type-Options"] == "nosniff"
    assert saved.headers["Cache-Control"] == "private, no-store"
    assert "XML" in client.get(here, headers=ENGLISH).text
    other = trade.order_row(trade.sell({"tea": 1}, courier=True)).number
    open_as_guest(app, client, other)
    stranger = OwnOriginClient(app, app.response_class, use_cookies=True)
    clerk = desk(app, unit_of_work, "clerk", RoleName.ADMIN)
    assert client.get(f"/orders/{other}/invoices/{pdf.id}").status_code == 404
    assert stranger.get(f"{here}/invoices/{pdf.id}").status_code == 404
    assert clerk.get(f"/admin/invoices/{request}/files/{pdf.id}").status_code == 404
    assert finance.get(f"/admin/invoices/{request}/files/{told.id}").status_code == 200
    assert stranger.get(f"/media/{pdf.key}.pdf").status_code == 404


def test_a_file_is_of_one_invoice_and_one_that_replaces_another_takes_its_place(app, trade, sold, finance):
    first, second = ask(trade, sold)[0], ask(trade, trade.sell({"tea": 1}, courier=True))[0]
    issue(trade, first, 1)
    issue(trade, second, 2)
    attach(finance, first, PDF)
    attach(finance, second, PDF)
    assert "Please choose the right one" in finance.said()
    [before] = files(trade)
    attach(finance, first, PDF + b"%%EOF\n")
    [after] = files(trade)
    with app.app_context():
        store = media_store(settings().media_url)
    assert store.read(stored_name(after.key, after.kind)).startswith(PDF)
    with pytest.raises(Exception, match="nothing here"):
        store.read(stored_name(before.key, before.kind))
    finance.post(f"/admin/invoices/{first}/files/{after.id}/remove")
    assert files(trade) == []
    with pytest.raises(Exception, match="nothing here"):
        store.read(stored_name(after.key, after.kind))


def test_hostile_files_leave_nothing_behind(app, trade, sold, finance):
    [request] = ask(trade, sold)
    issue(trade, request, 1)
    with app.app_context():
        folder = media_store(settings().media_url)
    for content in (b"", b"MZ", b"<html/>", b"<!DOCTYPE a []><a/>", PDF + b"x" * 6_000_000):
        assert attach(finance, request, content).status_code == 303
    assert files(trade) == []
    assert folder.delete_older("invoices", before=utc_now() + timedelta(days=1)) == 0


def test_a_red_letter_goes_its_way_and_leads_to_the_new_request(trade, sold, finance, buyer, client):
    here, _ = buyer
    [request] = ask(trade, sold)
    issue(trade, request, 1)
    page = f"/admin/invoices/{request}"
    finance.post(f"{page}/red", **{"red-cause": "mistake", "red-reason": "抬头"})
    assert "Red letter needed" in finance.get("/admin/invoices").text
    assert "taken back by a red letter" in client.get(here, headers=ENGLISH).text
    wrong = finance.post(f"{page}/red/asked", confirmation_number="1")
    assert wrong.status_code == 400
    assert "The number of a confirmation form has 20 digits." in wrong.text
    finance.post(f"{page}/red/asked", confirmation_number="6109 0000 0000 0000 0001")
    finance.post(f"{page}/red/confirmed")
    fields = {"document_number": document(trade, 2), "issued_on": shanghai_date(trade.now).isoformat()}
    assert finance.post(f"{page}/red/issued", **fields, amount="1").status_code == 400
    done = finance.post(f"{page}/red/issued", **fields, amount=plain_yuan(trade.order_row(sold).total_fen))
    [again] = waiting(trade, sold)
    assert done.location.endswith(f"/admin/invoices/{again}")
    assert "Asked for, not issued yet" in client.get(here, headers=ENGLISH).text
    typed = {"right-document_number": document(trade, 3), "right-issued_on": fields["issued_on"]}
    refused = finance.post(f"{page}/red/number", **typed)
    assert refused.status_code == 400
    assert f'value="{document(trade, 3)}"' in refused.text, "what was typed stays"
    assert finance.post(f"{page}/red/number", **typed, **{"right-reason": "看错"}).status_code == 303
    assert document(trade, 3) in finance.get(page).text
    assert document(trade, 2) not in finance.get(page).text
    assert "Mistyped number of a red letter put right" in finance.get("/admin/audit").text


def test_requests_are_put_together_and_retitled_on_their_page(trade, finance):
    orders = [trade.sell({"tea": 1}, courier=True) for _ in range(2)]
    first, second = (ask(trade, one)[0] for one in orders)
    page = finance.get(f"/admin/invoices/{first}").text
    assert f'value="{second}"' in page
    finance.post(f"/admin/invoices/{first}/merge", others=["x", str(second)])
    assert invoice(trade, second).merged_into_id == first
    assert "on another request" in finance.get(f"/admin/invoices/{second}").text.lower()
    finance.post(f"/admin/invoices/{first}/take-out", order_id=str(orders[1]))
    assert waiting(trade, orders[1]) != [first]
    fields = {"say-kind": "organisation", "say-invoice_title": "新名", "say-tax_number": "1"}
    assert finance.post(f"/admin/invoices/{first}/title", **fields).status_code == 400
    finance.post(f"/admin/invoices/{first}/title", **fields | {"say-tax_number": COMPANY.tax_number})
    assert invoice(trade, first).title == "新名"


def test_every_page_of_every_state_opens_in_both_languages(trade, sold, finance):
    [request] = ask(trade, sold)
    for step in (lambda: None, lambda: issue(trade, request, 1)):
        step()
        for language in ("zh", "en"):
            answer = finance.client.get(f"/admin/invoices/{request}", headers={"Accept-Language": language})
            assert answer.status_code == 200
    assert finance.get("/admin").status_code == 200


@pytest.fixture
def voucher(app, trade):
    """Planted: a sealed name and number, as a payout leaves them."""
    order_id = trade.sell({"eggs": 1}, courier=True)
    trade.deliver(order_id)
    trade.run(lambda s: close_payouts(s, shanghai_date(trade.now), now=trade.now))
    with app.app_context():
        cipher = FieldCipher(settings().field_keys)

    def add(session):
        payout_id, household_id, fen = session.execute(
            sa.text("SELECT id, household_id, amount_fen FROM payouts")
        ).one()
        session.execute(sa.text("INSERT INTO number_series (seller_id, series, last) VALUES (:s, 'voucher', 1)"),
                        {"s": trade.shop.seller_id})  # fmt: skip
        row = PurchaseVoucher(
            seller_id=trade.shop.seller_id, sequence=1, number="SG1-000001", payout_id=payout_id,
            household_id=household_id, amount_fen=fen, payee_kind=PayeeKind.CASH, opened_at=trade.now,
            name_sealed=cipher.seal("李大山"), identity_sealed=cipher.seal(IDENTITY),
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row.id

    return trade.run(add)


def test_who_sold_is_masked_until_it_is_printed_and_that_is_written_down(trade, finance, voucher):
    page = finance.get(f"/admin/vouchers/{voucher}").text
    assert IDENTITY not in page
    assert "李**" in page
    paper = finance.post(f"/admin/vouchers/{voucher}/print")
    assert IDENTITY in paper.text
    assert paper.headers["Cache-Control"] == "no-store"
    seen = sa.select(sa.func.count()).where(AuditEntry.action == "voucher.revealed")
    assert trade.run(lambda s: s.scalar(seen)) == 1


def test_a_voucher_is_written_down_in_the_browser(trade, finance, voucher):
    fen = trade.run(lambda s: s.get_one(PurchaseVoucher, voucher)).amount_fen
    fields = {"document_number": document(trade, 1), "issued_on": shanghai_date(trade.now).isoformat()}
    assert finance.post(f"/admin/vouchers/{voucher}/record", **fields, amount="1").status_code == 400
    finance.post(f"/admin/vouchers/{voucher}/aside", reason="自行开票")
    finance.post(f"/admin/vouchers/{voucher}/take-up")
    finance.post(f"/admin/vouchers/{voucher}/record", **fields, amount=plain_yuan(fen))
    assert trade.run(lambda s: s.get_one(PurchaseVoucher, voucher)).status is VoucherStatus.ISSUED
    here = f"/admin/vouchers/{voucher}"
    assert here not in finance.get("/admin/vouchers").text
    assert here in finance.get("/admin/vouchers", state="all").text


def test_a_rate_is_by_pack_and_seller_and_only_once(trade, finance):
    seller = str(trade.shop.seller_id)
    trade.run(lambda s: s.execute(sa.text("UPDATE variants SET sku = 'TEA-1' WHERE sku = 'tea'")))
    fields = {"sku": "tea-1", "seller_id": seller, "tax_rate_bp": "9"}
    assert finance.post("/admin/tax-rates/new", **fields | {"tax_exempt": "y"}).status_code == 400
    assert finance.post("/admin/tax-rates/new", **fields).status_code == 303
    assert finance.post("/admin/tax-rates/new", **fields).status_code == 400
    assert finance.post("/admin/tax-rates/new", **fields | {"sku": "none"}).status_code == 400
    assert "TEA-1" in finance.get("/admin/tax-rates").text


def test_the_letter_says_number_and_amount(app, trade, sold):
    [request] = ask(trade, sold)
    issue(trade, request, 1)
    payload = {"message": "invoice_issued", "order_id": sold, "invoice_id": request}
    with app.test_request_context():
        for message in ("invoice_issued", "invoice_rejected", "invoice_reversed"):
            letter = trade.run(lambda s, of=message: compose(s, payload | {"message": of}, now=trade.now))
            envelope = seal(letter, settings(), now=trade.now)
            assert trade.order_row(sold).number in envelope.subject
    issued = trade.run(lambda s: compose(s, payload, now=trade.now))
    with app.test_request_context():
        assert document(trade, 1) in seal(issued, settings(), now=trade.now).text


def test_finance_asks_for_an_order_and_its_page_links_what_came_of_it(trade, sold, finance):
    here = f"/admin/orders/{trade.order_row(sold).number}"
    assert f'href="{here}/invoice"' in finance.get(here).text
    assert "Company e-invoice" in finance.get(f"{here}/invoice").text
    wrong = finance.post(f"{here}/invoice", kind="organisation", invoice_title="大学", tax_number="1")
    assert wrong.status_code == 400
    assert 'id="tax_number-error"' in wrong.text
    fields = {"kind": "organisation", "invoice_title": COMPANY.title, "tax_number": COMPANY.tax_number}
    assert finance.post(f"{here}/invoice", **fields).status_code == 303
    [request] = waiting(trade, sold)
    assert f'href="/admin/invoices/{request}"' in finance.get(here).text


def test_who_calls_an_order_off_hears_of_the_invoice_that_is_issued(trade, sold, finance):
    number = trade.order_row(sold).number
    [request] = ask(trade, sold)
    issue(trade, request, 1)
    page = finance.get(f"/admin/orders/{number}").text
    assert "is issued: it needs a red letter then." in page
    finance.post(f"/admin/orders/{number}/refund", reason="frost")
    trade.send_refunds()
    said = finance.said()
    assert "needs a red letter now." in said or "Red letter needed" in finance.get("/admin/invoices").text


def test_an_issued_voucher_is_put_right_and_taken_back_in_the_browser(trade, finance, voucher):
    fen, here = (
        trade.run(lambda s: s.get_one(PurchaseVoucher, voucher)).amount_fen,
        f"/admin/vouchers/{voucher}",
    )
    day = shanghai_date(trade.now).isoformat()
    told = {"document_number": document(trade, 1), "issued_on": day, "amount": plain_yuan(fen)}
    finance.post(f"{here}/record", **told)
    wrong = {"right-document_number": "1", "right-issued_on": day, "right-reason": "x"}
    assert finance.post(f"{here}/number", **wrong).status_code == 400
    right = wrong | {"right-document_number": document(trade, 2)}
    assert finance.post(f"{here}/number", **right).status_code == 303
    assert document(trade, 2) in finance.get(here).text
    red = {f"red-{name}": value for name, value in told.items()} | {"red-reason": "退汇"}
    refused = finance.post(f"{here}/red", **(red | {"red-amount": "1"}))
    assert refused.status_code == 400
    assert "takes back the whole voucher" in refused.text
    assert (
        finance.post(f"{here}/red", **(red | {"red-document_number": document(trade, 3)})).status_code == 303
    )
    page = finance.get(here).text
    assert "Taken back by a red letter" in page
    assert document(trade, 3) in page
    assert finance.post(f"{here}/red/number", **wrong).status_code == 400
    mistyped = wrong | {"right-document_number": document(trade, 4)}
    assert finance.post(f"{here}/red/number", **mistyped).status_code == 303
    page = finance.get(here).text
    assert document(trade, 4) in page
    assert document(trade, 3) not in page
    assert here in finance.get("/admin/vouchers", state="reversed").text
    report = finance.get("/admin/reports/tax-documents", **{"from": day, "to": day}).text
    assert document(trade, 4) in report


def test_on_the_dashboard_what_has_waited_longest_stands_first(trade, sold, voucher):
    ask(trade, sold)
    long_ago = trade.now - timedelta(days=118)
    trade.run(lambda s: s.execute(sa.update(PurchaseVoucher).values(opened_at=long_ago)))
    items = trade.run(lambda s: waiting_invoices(s, trade.now, 5)).items
    assert len(items) == 2
    assert [one.since for one in items] == sorted(one.since for one in items)
    assert items[0].since == long_ago
