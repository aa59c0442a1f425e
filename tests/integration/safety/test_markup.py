"""Markup in every text that anybody can have typed, read as everybody: it is text everywhere."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
import sqlalchemy as sa

from shop.catalogue.models import Seller
from shop.invoicing.models import PurchaseVoucher, VoucherStatus
from shop.storage.base import Base
from tests.crawling import crawl
from tests.whole_shop import ANONYMOUS, WholeShop

SHAPES = (
    "<zz1 a=1>", "<zz1/onload=1>", '"><zz1>', "'><zz1>", '" zz1="', "' zz1='", "</title><zz1>", "</textarea><zz1>",
    "</script><zz1>", "--><zz1>", "]]><zz1>", "<img src=x zz1=1>", "<svg/zz1=1>", "javascript:zz1()",
    "<a href=javascript:zz1()>x</a>", "[x](javascript:zz1())", "![x](javascript:zz1())", "<<zz1>", "&lt;zz1&gt;<zz1>",
    "<zz1\x0b>", "{{'<zz1>'|safe}}", "`<zz1>`", "<iframe srcdoc='<zz1>'>",
)  # fmt: skip
# Names by which the shop finds things: people do not type them freely, and a changed one is not found at all.
NOT_TEXT = {
    "slug", "sku", "code", "number", "token", "checkout_token", "token_hash", "subject_hash", "binding", "code_hash",
    "password_hash", "totp_secret", "hash", "previous_hash", "last_hash", "personal_digest", "key", "family",
    "provider", "provider_ref", "charge_ref", "reference", "request_token", "kind", "dedupe_key", "currency",
    "payment_method", "method", "pickup_code", "email", "phone", "language", "tax_regime", "carrier", "redirect_url",
    "return_url", "cancel_url", "document", "version", "order_number", "province", "certificate_kind", "tax_code",
    "about_id", "held_back", "name", "digest", "tracking_number", "version_num", "salt", "order_key", "subject",
    "word", "parcel_code", "task_code", "weekdays", "report", "rule", "file",
    "outside_number", "issuer", "campus_number", "sealed_person", "sealed_id_token", "provider_session_hash",
}  # fmt: skip
NAMED = {
    "users",
    "organisations",
    "campus_identities",
    "roster_rows",
    "report_views",
}  # whose `name` is what a person typed
SEALED = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'quotation%'"
EMPTY_OR_A_REASON = {
    ("purchase_vouchers", "reason"),
    ("report_schedules", "reason"),
    ("village_questions", "answer"),
}
WITH_AN_AMOUNT = {("quotation_versions", "discount_words")}
LEFT_OUT = {
    "audit_entries",
    "audit_personal",
    "audit_head",
    "heartbeats",
    "shop_settings",
    "catalogue_state",
    "runs",
}
ADDRESSES = {"href", "src", "action", "formaction", "xlink:href", "data", "poster"}
READERS = {
    ANONYMOUS: [
        "/",
        "/products",
        "/villages",
        "/stories",
        "/stories/safe-story-a",
        "/impact",
        "/products/safe-a",
        "/pages/terms",
        "/api/v1/products",
    ],
    "buyer": ["/account", "/account/addresses", "/orders", "/cart"],
    "farmer": ["/farm"],
    "coordinator": ["/village", "/village/parcels/labels", "/village/picking-list"],
    "hub": ["/village"],
    "point": ["/point"],
    "admin": ["/admin"],
}


class Live(HTMLParser):
    """Finds what a browser would make of our mark: an element, an attribute, or an address that runs."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag.startswith("zz1"):
            self.found.append(f"<{tag}>")
        for name, value in attributes:
            runs = (value or "").strip().lower().startswith(("javascript:", "data:text"))
            if name.startswith(("zz1", "on")) or name in {"srcdoc", "style"} or (name in ADDRESSES and runs):
                self.found.append(f"{tag} {name}={value!r}"[:200])

    handle_startendtag = handle_starttag


def text_columns() -> list[tuple[sa.Table, sa.Column]]:
    found = []
    for table in Base.metadata.sorted_tables:
        if table.name in LEFT_OUT or len(table.primary_key) != 1:
            continue
        for column in table.columns:
            is_text = isinstance(column.type, sa.String) and not isinstance(column.type, sa.Enum)
            is_name = column.name == "name" and table.name in NAMED
            if (
                is_text
                and not column.foreign_keys
                and not column.primary_key
                and (is_name or column.name not in NOT_TEXT)
            ):
                found.append((table, column))
    return found


def a_voucher_that_nobody_needs(session) -> None:
    due = session.scalars(sa.select(PurchaseVoucher)).first()
    other = session.scalars(sa.select(Seller.id).where(Seller.id != due.seller_id)).first()
    session.add(
        PurchaseVoucher(
            seller_id=other, sequence=1, number="SG-000001", payout_id=due.payout_id, opened_at=due.opened_at,
            household_id=due.household_id, amount_fen=1, status=VoucherStatus.NOT_NEEDED, reason="自己开",
        )
    )  # fmt: skip


@pytest.fixture(scope="module")
def defaced(shop: WholeShop) -> WholeShop:
    """Every free text in the database is markup, another shape from row to row."""

    def deface(session) -> None:
        for name in session.scalars(
            sa.text(SEALED)
        ).all():  # what was sent is never changed; here it says other things
            session.execute(sa.text(f"DROP TRIGGER {name}"))
        for offset, (table, column) in enumerate(text_columns()):
            (key,) = table.primary_key
            room = getattr(column.type, "length", None) or 200
            shapes = {place: shape[:room] for place, shape in enumerate(SHAPES)}
            chosen = sa.case(shapes, value=(key + offset) % len(SHAPES), else_=SHAPES[0])
            # A voucher says why it is not needed, and only then.
            where = (table.name, column.name)
            filled = column != "" if where in EMPTY_OR_A_REASON | WITH_AN_AMOUNT else sa.true()
            changed = session.execute(sa.update(table).where(filled).values({column.name: chosen}))
            assert changed.rowcount or where not in EMPTY_OR_A_REASON

    shop.read(a_voucher_that_nobody_needs)
    shop.read(deface)
    with shop.app.app_context():
        shop.app.extensions["shop.page_cache"].clear()
    return shop


def test_the_texts_that_people_type_are_among_the_columns():
    names = {f"{table.name}.{column.name}" for table, column in text_columns()}
    assert {
        "orders.recipient", "orders.note", "orders.street", "orders.invoice_title", "addresses.recipient",
        "users.name", "products.name_zh", "products.description_zh", "villages.story_zh", "households.alias_zh",
        "producers.name_zh", "tasks.decline_reason", "lot_changes.reason", "sessions.device", "refunds.reason",
        "product_pictures.alt_zh", "sellers.legal_name", "order_lines.product_name_zh", "units.name_zh",
    } <= names  # fmt: skip
    assert len(names) > 80


@pytest.mark.parametrize("person", READERS)
def test_markup_is_text_wherever_somebody_reads_it(defaced, person):
    orders = defaced.world.orders
    starts = list(READERS[person])
    if person in {"buyer", "admin"}:
        face = "/admin" if person == "admin" else ""
        starts += [f"{face}/orders/{order.number}" for order in orders["a"].values()]
    if person == "admin":
        starts.append(f"/admin/vouchers?state={VoucherStatus.NOT_NEEDED}")
    if person == "coordinator":
        starts += [f"/village/tasks/{order.tasks[0]}" for order in orders["a"].values() if order.tasks]
    seen = 0
    for path, answer in crawl(defaced.browser(person), starts, each=4):
        assert answer.status_code < 500, path
        if answer.mimetype != "text/html":
            continue
        live = Live()
        live.feed(answer.text)
        assert live.found == [], path
        seen += "zz1" in answer.text
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert seen, "nothing of the markup was on any page"


def test_what_an_address_says_is_text_on_its_page(shop):
    """Reflected: searches, filters, tabs, codes, paths and forms that are sent back."""
    for shape in SHAPES:
        for person, path, name in (
            (ANONYMOUS, "/products", "q"), (ANONYMOUS, "/products", "village"), (ANONYMOUS, "/login", "next"),
            (ANONYMOUS, "/language", "next"), ("coordinator", "/village/parcels", "q"), ("admin", "/admin/orders", "q"),
            ("admin", "/admin/users", "q"), ("admin", "/admin/reports/orders", "from"), (ANONYMOUS, "/orders", "page"),
        ):  # fmt: skip
            answer = shop.browser(person).get(path, query_string={name: shape})
            live = Live()
            live.feed(answer.text)
            assert (answer.status_code < 500, live.found) == (True, []), (path, name, shape)
        for path, form in (("/login", {"email": shape}), ("/register", {"email": shape, "name": shape}),
                           ("/orders/find", {"number": shape, "phone": shape}), ("/cart/items", {"sku": shape})):  # fmt: skip
            answer = shop.send(ANONYMOUS, "POST", path, form)
            live = Live()
            live.feed(answer.text)
            assert (answer.status_code < 500, live.found) == (True, []), (path, shape)


def test_json_is_never_a_page(shop):
    """What programs read is not sniffed for markup, whatever stands in it."""
    for path in (
        "/search/suggest?q=<zz1>",
        "/stock?sku=<zz1>",
        "/api/v1/products?q=<zz1>",
        "/session/summary",
    ):
        answer = shop.browser(ANONYMOUS).get(path, headers={"Accept": "application/json"})
        assert answer.mimetype in {"application/json", "application/problem+json"}, path
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
