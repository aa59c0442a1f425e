"""报销材料包 over HTTP: who gets it, what is in it, what it says is missing, and that it is made once."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import timedelta
from functools import partial
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
import time_machine
from pypdf import PdfReader, PdfWriter

from shop.accounts.models import AuditEntry, OrganisationMember, User
from shop.accounts.organisations import APPROVER, BUYER, OWNER, VIEWER
from shop.catalogue.models import Certificate, Variant
from shop.extensions import settings, unit_of_work
from shop.inventory.models import Allocation, AllocationStatus
from shop.inventory.proof_files import attach_proof, of_certificate
from shop.invoicing.files import attach_file
from shop.jobs import run_job
from shop.kit.clock import shanghai_date
from shop.ordering.approvals.models import OrderProcurement
from shop.ordering.models import Order, OrderLine
from shop.payments.models import RefundBearer
from shop.reimbursement.models import PackState, ReimbursementPack, ReimbursementPaper
from shop.storage.media import media_store
from shop.storage.outbox import OutboxMessage
from tests.conftest import OwnOriginClient
from tests.factories.counting import counted_statements
from tests.factories.invoicing import invoice, issue, waiting
from tests.factories.organisations import add_union
from tests.factories.people import make_person, sign_in
from tests.factories.trade import open_for_trade
from tests.integration.admin.conftest import TOKEN
from tests.integration.invoicing.test_one_for_many import asks

HERE = SimpleNamespace(app=None)  # the application of the test that runs
ROLES = (OWNER, BUYER, APPROVER, VIEWER)


@pytest.fixture
def trade(session, unit_of_work, app):
    at_work = open_for_trade(session, unit_of_work)
    HERE.app = app
    yield at_work
    assert at_work.violations() == []


@pytest.fixture
def people(trade, session, unit_of_work, app):
    """One member of each role in a browser, and somebody of another organisation."""
    _, stranger = add_union(session, now=trade.now, slug="stranger")
    session.commit()
    browsers = {}
    for role in (*ROLES, "stranger"):
        person = make_person(unit_of_work, f"{role}@example.com")
        own = stranger if role == "stranger" else trade.organisation_id
        session.add(
            OrganisationMember(
                organisation_id=own, user_id=person.id, role=OWNER if role == "stranger" else role
            )
        )
        session.commit()
        client = OwnOriginClient(app, app.response_class, use_cookies=True)
        sign_in(client, person.email)
        browsers[role] = client
    return SimpleNamespace(**browsers)


def path_of(trade, order_id, *, slug="union", language="zh"):
    return f"/org/{slug}/papers/order/{trade.order_row(order_id).number}?lang={language}"


def press(client, path, **fields):
    token = TOKEN.search(client.get("/account").text).group(1)
    data = {"csrf_token": token, **fields}
    return client.post(path.split("?")[0], data=data, content_type="multipart/form-data")


def works(name):
    """The worker's turn."""
    with HERE.app.app_context():
        return run_job(name)


def with_store(work):
    with HERE.app.app_context():
        return work(unit_of_work(), media_store(settings().media_url))


def make(client, path):
    assert press(client, path).status_code == 303
    return works("make_papers")


def take(client, path, ending):
    return client.get(f"{path.split('?')[0]}/pack.{ending}")


def text_of(content):
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def entries_of(content):
    with zipfile.ZipFile(io.BytesIO(content)) as pack:
        assert pack.testzip() is None
        return {one.filename: pack.read(one) for one in pack.infolist()}


def a_pdf(words="INVOICE"):
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.add_metadata({"/Title": words})
    kept = io.BytesIO()
    writer.write(kept)
    return kept.getvalue()


def with_invoice(trade, order_id, *, count=1, content=None):
    """Issued in the organisation's title, with its file."""
    [request] = waiting(trade, order_id) or [asks(trade, [order_id])]
    asked = invoice(trade, request)
    issue(trade, request, count, wish=SimpleNamespace(title=asked.title, tax_number=asked.tax_number))
    if content is not None:
        with_store(
            lambda work, store: attach_file(
                work, store, request, content, red=False, actor_id=trade.admin_id, now=trade.now
            )
        )
    return request


@pytest.mark.parametrize("role", ROLES)
def test_every_member_gets_one_pdf_and_one_zip_by_one_button(role, trade, people):
    order = trade.sell_on_terms({"tea": 2})
    client, path = getattr(people, role), path_of(trade, order)
    page = client.get(path).text
    assert "一键生成报销材料包" in page
    assert "还没有申请发票" in page
    assert make(client, path) == 1
    page = client.get(path).text
    assert "下载 PDF" in page
    pdf, packed = take(client, path, "pdf"), take(client, path, "zip")
    assert (pdf.status_code, packed.status_code) == (200, 200)
    assert pdf.headers["Content-Disposition"].startswith("attachment")
    assert pdf.headers["Cache-Control"] == "private, no-store"
    said = text_of(pdf.data)
    for words in (
        "报销材料包",
        "明细清单",
        "验收单",
        "签收单",
        "付款凭证",
        "¥136.00",
        trade.order_row(order).number,
    ):
        assert words in said
    assert sorted(entries_of(packed.data)) == [
        "00 报销材料包.pdf", "02 明细清单.pdf", "04 验收单.pdf", "05 签收单.pdf", "06 付款凭证.pdf",
    ]  # fmt: skip


def test_others_and_what_there_is_not_are_404_in_every_way(trade, people):
    order = trade.sell_on_terms({"tea": 1})
    own, strangers = path_of(trade, order), path_of(trade, order, slug="stranger")
    make(people.buyer, own)
    absent = "/org/union/papers/order/260101-AAAA-AAAA"
    for client, path in (
        *((people.stranger, one) for one in (own, strangers)),
        *((people.buyer, one) for one in (strangers, absent, "/org/union/papers/pigeon/1")),
        *(
            (people.buyer, f"/org/union/papers/{kind}/99999")
            for kind in ("campaign", "gift", "bill", "quotation")
        ),
        *((people.buyer, f"/org/union/papers/{kind}/x") for kind in ("campaign", "gift")),
    ):
        assert client.get(path).status_code == 404
        assert press(client, path).status_code == 404
        assert take(client, path, "pdf").status_code == 404
    assert take(people.buyer, own, "exe").status_code == 404


def test_an_order_that_is_not_confirmed_has_no_papers(trade, people):
    waits = trade.order({"tea": 1})
    trade.run(lambda s: setattr(s.get_one(Order, waits), "organisation_id", trade.organisation_id))
    assert people.buyer.get(path_of(trade, waits)).status_code == 404


def test_pressed_twice_it_is_made_once_and_the_page_says_how_far_it_is(trade, people):
    path = path_of(trade, trade.sell_on_terms({"tea": 1}))
    for client in (people.buyer, people.viewer):
        press(client, path)
    page = people.buyer.get(path).text
    assert "data-refresh" in page
    assert works("make_papers") == 1
    assert works("make_papers") == 0
    packs = trade.run(lambda s: s.scalars(sa.select(ReimbursementPack)).all())
    assert [(one.state, one.done == one.total > 0) for one in packs] == [(PackState.MADE, True)]


def test_the_cover_says_what_is_missing_and_why_until_it_is_there(trade, people):
    order = trade.sell_on_terms({"tea": 1})
    path, client = path_of(trade, order), people.owner
    assert "还没有申请发票" in client.get(path).text
    asks(trade, [order])
    assert "发票还没有登记" in client.get(path).text
    request = with_invoice(trade, order)
    assert "发票文件还没有上传" in client.get(path).text
    with_store(
        lambda work, store: attach_file(
            work, store, request, a_pdf(), red=False, actor_id=trade.admin_id, now=trade.now
        )
    )
    page = client.get(path).text
    assert invoice(trade, request).document_number in page
    assert "发票文件还没有上传" not in page
    assert "未付" in page
    trade.settle(order)
    assert "已付 ¥68.00" in client.get(path).text
    make(client, path)
    entries = entries_of(take(client, path, "zip").data)
    original = next(content for name, content in entries.items() if name.startswith("01 "))
    assert original == a_pdf(), "as it was issued, to the byte"
    assert len(PdfReader(io.BytesIO(take(client, path, "pdf").data)).pages) >= 6


def test_an_ofd_stands_in_the_zip_and_the_pdf_says_so(trade, people):
    order = trade.sell_on_terms({"tea": 1})
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as ofd:
        ofd.writestr("OFD.xml", "<ofd/>")
        ofd.writestr("Doc_0/Document.xml", "<d/>")
    with_invoice(trade, order, content=kept.getvalue())
    path = path_of(trade, order)
    make(people.buyer, path)
    assert any(name.endswith(".ofd") for name in entries_of(take(people.buyer, path, "zip").data))
    assert "以原件放在 ZIP 里" in text_of(take(people.buyer, path, "pdf").data)


def test_a_refund_after_the_invoice_says_that_a_red_letter_is_under_way(trade, people):
    order = trade.sell_on_terms({"tea": 2})
    with_invoice(trade, order, content=a_pdf())
    trade.settle(order)
    trade.deliver(order)
    trade.part_refund(order, RefundBearer.SHOP, units={"tea": 1})
    page = people.buyer.get(path_of(trade, order)).text
    assert "正在红冲" in page
    assert "其中 ¥68.00 已退款" in page


def test_a_bill_of_several_orders_has_all_of_them(trade, people):
    orders = [trade.sell_on_terms({"tea": count}) for count in (1, 2)]
    number = invoice(trade, asks(trade, orders)).number
    path = f"/org/union/papers/bill/{number}?lang=zh"
    assert "共 2 个订单，合计 ¥204.00" in people.viewer.get(path).text
    make(people.viewer, path)
    said = text_of(take(people.viewer, path, "pdf").data)
    assert all(trade.order_row(order).number in said for order in orders)
    assert people.stranger.get(f"/org/stranger/papers/bill/{number}").status_code == 404


def test_project_handler_and_acceptor_stand_on_the_papers(trade, people):
    order = trade.sell_on_terms({"tea": 1})
    said = OrderProcurement(
        order_id=order, project_number="GH-2026-07", project_name="慰问", handler="韩老师", acceptor="许老师"
    )
    trade.run(lambda s: s.add(said))
    path = path_of(trade, order)
    make(people.buyer, path)
    pdf = text_of(take(people.buyer, path, "pdf").data)
    assert all(words in pdf for words in ("GH-2026-07", "韩老师", "许老师"))
    assert "GH-2026-07" in people.buyer.get(path).text


def test_the_papers_are_in_the_language_of_who_asked(trade, people):
    path = path_of(trade, trade.sell_on_terms({"tea": 1}), language="en")
    assert "Put the papers together" in people.buyer.get(path).text
    people.buyer.get("/account?lang=en")
    token = TOKEN.search(people.buyer.get("/account").text).group(1)
    people.buyer.post(path, data={"csrf_token": token}, headers={"Accept-Language": "en"})
    works("make_papers")
    assert "Itemised list" in text_of(take(people.buyer, path, "pdf").data)


def test_owners_and_buyers_attach_papers_and_take_them_away_again(trade, people):
    path = path_of(trade, trade.sell_on_terms({"tea": 1}))
    where = f"{path.split('?')[0]}/attached"

    def attach(client, content, slot="payment"):
        return press(client, where, slot=slot, file=(io.BytesIO(content), "银行 回单/../../x.pdf"))

    assert attach(people.viewer, a_pdf()).status_code == 404
    assert attach(people.stranger, a_pdf()).status_code == 404
    assert attach(people.buyer, b"GIF89a").status_code == 400
    assert attach(people.buyer, a_pdf(), slot="pigeon").status_code == 400
    for _ in range(2):
        assert attach(people.buyer, a_pdf()).status_code == 303
    [paper] = trade.run(lambda s: s.scalars(sa.select(ReimbursementPaper)).all())
    assert people.viewer.get(f"{where}/{paper.id}").data == a_pdf()
    assert people.stranger.get(f"{where}/{paper.id}").status_code == 404
    make(people.buyer, path)
    assert f"06 付款凭证 payment-{paper.id}.pdf" in entries_of(take(people.buyer, path, "zip").data)
    assert press(people.viewer, f"{where}/{paper.id}/remove").status_code == 404
    assert press(people.owner, f"{where}/{paper.id}/remove").status_code == 303
    assert people.viewer.get(f"{where}/{paper.id}").status_code == 404


def test_a_broken_original_never_stops_the_others(trade, people):
    order = trade.sell_on_terms({"tea": 1})
    with_invoice(trade, order, content=b"%PDF-1.4 this is none %%EOF")
    path = path_of(trade, order)
    assert make(people.buyer, path) == 1
    assert "以原件放在 ZIP 里" in text_of(take(people.buyer, path, "pdf").data)


def test_asking_and_taking_are_in_the_trail(trade, people):
    path = path_of(trade, trade.sell_on_terms({"tea": 1}))
    make(people.buyer, path)
    take(people.buyer, path, "pdf")
    take(people.buyer, path, "zip")
    wanted = sa.select(AuditEntry.action).where(AuditEntry.action.like("reimbursement.%"))
    assert trade.run(lambda s: list(s.scalars(wanted.order_by(AuditEntry.id)))) == [
        "reimbursement.asked", "reimbursement.exported", "reimbursement.exported",
    ]  # fmt: skip


def test_after_three_days_the_files_are_gone(trade, people):
    path = path_of(trade, trade.sell_on_terms({"tea": 1}))
    make(people.buyer, path)
    with time_machine.travel(trade.now + timedelta(days=4000), tick=False):
        works("forget_imports")
    assert trade.run(lambda s: s.scalars(sa.select(ReimbursementPack)).all()) == []
    assert take(people.buyer, path, "pdf").status_code == 404


def test_the_page_takes_as_many_statements_for_many_orders_as_for_one(trade, people, engine):
    def count(orders):
        number = invoice(trade, asks(trade, orders)).number
        with counted_statements(engine) as counted:
            assert people.viewer.get(f"/org/union/papers/bill/{number}").status_code == 200
        return len(counted)

    first = [trade.sell_on_terms({"tea": 1})]
    one = count(first)
    assert count([*first, *(trade.sell_on_terms({"tea": 1}) for _ in range(4))]) == one


def test_the_page_of_bills_asks_for_one_invoice_and_says_what_the_books_say(trade, people):
    orders = [trade.sell_on_terms({"tea": 1}) for _ in range(2)]
    month = f"{shanghai_date(trade.now):%Y-%m}"
    page = people.viewer.get(f"/org/union/bills?month={month}&lang=zh").text
    assert "¥136.00" in page
    assert "所选订单合开一张发票" not in page
    assert "/bills/invoice" not in page  # no form, since it would be refused
    numbers = [trade.order_row(order).number for order in orders]
    fields = {"seller": str(trade.shop.seller_id), "month": month, "orders": numbers}
    for client in (people.viewer, people.approver, people.stranger):
        assert press(client, "/org/union/bills/invoice", **fields).status_code == 404
    assert press(people.buyer, "/org/union/bills/invoice", **fields).status_code == 303
    page = people.buyer.get(f"/org/union/bills?month={month}&lang=zh").text
    assert "与另外 1 个订单合开" in page
    assert "/papers/bill/" in page


def test_a_stranger_in_name_only_is_nobody(trade, people, session):
    """Who leaves the organisation gets nothing any more."""
    path = path_of(trade, trade.sell_on_terms({"tea": 1}))
    make(people.viewer, path)
    viewer = session.scalar(sa.select(User.id).where(User.email == "viewer@example.com"))
    session.execute(sa.delete(OrganisationMember).where(OrganisationMember.user_id == viewer))
    session.commit()
    assert take(people.viewer, path, "pdf").status_code == 404


def told(session):
    """Payloads of the letters about papers that wait to be sent."""
    own = sa.select(OutboxMessage).where(OutboxMessage.dedupe_key.startswith("papers_ready"))
    found = [one.payload for one in session.scalars(own)]
    session.commit()
    return found


def test_who_asked_is_told_once_when_the_papers_are_ready(trade, people, session):
    order = trade.sell_on_terms({"tea": 2})
    client, path = people.buyer, path_of(trade, order)
    assert press(client, path).status_code == 303
    assert "通知您" in client.get(path).text
    assert works("make_papers") == 1
    assert works("make_papers") == 0
    [letter] = told(session)
    assert letter["facts"]["path"] == path.split("?")[0]
    assert letter["facts"]["made"] is True


def test_nobody_is_told_who_has_left_the_organisation(trade, people, session):
    order = trade.sell_on_terms({"tea": 2})
    assert press(people.buyer, path_of(trade, order)).status_code == 303
    session.execute(sa.delete(OrganisationMember).where(OrganisationMember.role == BUYER))
    session.commit()
    assert works("make_papers") == 1
    assert told(session) == []


def test_certificates_of_what_was_delivered_lie_in_a_folder_of_the_zip(trade, people, session):
    order = trade.sell_on_terms({"tea": 2})
    product_id = session.scalar(
        sa.select(Variant.product_id).join(OrderLine, OrderLine.variant_id == Variant.id).limit(1)
    )
    row = Certificate(kind="inspection", number="检-2026-7", product_id=product_id, issued_by="县检测站")
    session.add(row)
    session.commit()
    of_it, sent = row.id, a_pdf("REPORT")
    with_store(
        lambda work, store: attach_proof(
            work, store, partial(of_certificate, certificate_id=of_it), "报告.pdf", sent,
            actor_id=trade.admin_id, now=trade.now,
        )
    )  # fmt: skip
    client, path = people.owner, path_of(trade, order)
    make(client, path)
    assert not [name for name in entries_of(take(client, path, "zip").data) if "证书" in name]
    trade.run(lambda s: s.execute(sa.update(Allocation).values(status=AllocationStatus.SHIPPED)))
    make(client, path)
    kept = entries_of(take(client, path, "zip").data)
    [name] = [name for name in kept if "/" in name]
    assert kept[name] == sent
    assert re.fullmatch(r"\d\d 货品证书/certificate-\d+\.pdf", name)
    assert "检-2026-7" in text_of(take(client, path, "pdf").data)
    trade.run(lambda s: s.execute(sa.update(Allocation).values(status=AllocationStatus.COMMITTED)))
