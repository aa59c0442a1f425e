"""A buyer fills every field with marked words, is erased, and none of them is found again but where the law keeps it."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path

import pytest
import sqlalchemy as sa
from PIL import Image

from shop.accounts.models import User
from shop.accounts.privacy_models import DoomedFile
from shop.extensions import settings, unit_of_work
from shop.ordering.models import Order
from shop.privacy.mapping import Gone, Person
from shop.privacy.whole_map import WHOLE_MAP, retained
from shop.storage.base import Base
from shop.storage.media import MediaStore
from tests.factories.navigators.admin import Admin
from tests.factories.navigators.buyer import Buyer
from tests.factories.page_forms import forms_of
from tests.factories.town import Town
from tests.integration.privacy.spoken import (
    is_answered,
    keeps_a_passkey,
    reviews,
    thanks,
    wishes,
    writes_to_the_shop,
)

TEA, POUCH = "yunwu-green-tea", "TEA-YW-250"
PASSWORD = "Kumquat-39-lanterns"
MARK = "zkanary"
EMAIL, PHONE, OTHER_PHONE = f"{MARK}@mail.example", "13912345670", "13812345671"
# What a buyer can type anywhere: each is found again in a dump, if it is there at all.
TYPED = {word: f"{MARK}{word}" for word in (
    "name", "recipient", "street", "note", "claim", "title", "request", "contact", "addressee", "lane", "robot",
)}  # fmt: skip
WORDS = (MARK, PHONE, OTHER_PHONE, "KANARYEXIF")
HOME = {"province": "陕西省", "city": "西安市", "district": "碑林区"}


def photo() -> bytes:
    written, exif = io.BytesIO(), Image.Exif()
    exif[0x010E] = "KANARYEXIF"
    Image.new("RGB", (640, 480), "brown").save(written, "JPEG", exif=exif)
    return written.getvalue()


class Marked(Buyer):
    """A buyer of one's own, who registers and types a marked word into whatever asks for one."""

    def comes(self) -> None:
        self.browser.open("/register")
        self.browser.send("/register", email=EMAIL, name=TYPED["name"], password=PASSWORD, agree="y")
        self.signs_in()
        self.browser.open("/account")
        self.browser.send("/account", phone=PHONE)
        self.browser.open("/account/addresses/new")
        self.browser.send(
            "/account/addresses",
            recipient=TYPED["addressee"],
            phone=OTHER_PHONE,
            street=TYPED["lane"],
            **HOME,
        )
        self.browser.open("/account/messages")
        key = f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={TYPED['robot']}"
        self.browser.send("/account/messages/robot", address=key)

    def signs_in(self, refused: int = 0) -> str:
        self.browser.open("/login")
        return self.browser.send("/login", refused=refused, email=EMAIL, password=PASSWORD).text

    def says_password(self) -> None:
        self.browser.open("/verify")
        self.browser.send("/verify", password=PASSWORD)

    def claims(self) -> None:
        self.browser.open(f"{self.order_path}/claim")
        self.browser.open(self.browser.link(rf"{self.order_path}/claim\?line=\d+"))
        (form,) = [one for one in forms_of(self.browser.page) if one.action.endswith("/claim")]
        sent = form.fields | {"kind": "other", "text": TYPED["claim"]}
        kinds = re.findall(r'name="kind" value="(\w+)"', self.browser.page)
        sent |= {"kind": kinds[0], "photo": (io.BytesIO(photo()), f"{MARK}.jpg")}
        answer = self.browser.client.post(f"{self.order_path}/claim", data=sent)
        assert answer.status_code == 303, answer.text[:800]


@pytest.fixture
def bought(town: Town, capfd) -> Marked:
    """Everything that a buyer can leave behind, up to an order that was sent, claimed, answered and completed."""
    buyer = Marked(town._browser())
    buyer.comes()
    keeps_a_passkey(town, EMAIL, MARK)
    buyer.puts_in_basket(TEA, POUCH, 2)
    buyer.orders(
        delivery="courier", recipient=TYPED["recipient"], phone=PHONE, email=EMAIL, street=TYPED["street"],
        note=TYPED["note"], invoice_kind="personal", invoice_title=TYPED["title"], address_id="", **HOME,
    )  # fmt: skip
    buyer.pays_at_the_till()
    coordinator = town.coordinator()
    farmer = town.farmer()
    farmer.looks_at_tasks()
    farmer.accepts()
    farmer.is_ready()
    coordinator.receives(buyer.number)
    coordinator.ships(coordinator.packs(buyer.number), "sf", "SF1234567890123")
    town.works("outbox")
    buyer.confirms_receipt()
    buyer.claims()
    wishes(buyer, TEA)
    writes_to_the_shop(buyer, MARK, photo())
    reviews(buyer, MARK, photo())
    thanks(buyer, MARK)
    is_answered(town, MARK)
    town.works("pictures")
    admin = town.admin()
    admin.gives_password_again()
    admin.browser.open("/admin/claims")
    claim = admin.browser.link(r"/admin/claims/\d+")
    admin.browser.open(claim)
    admin.browser.send(claim, status="refused", rule="not_shown", answer=f"{MARK} 看过了")
    buyer.puts_in_basket(TEA, POUCH, 1)
    buyer.browser.open("/account/privacy")
    buyer.browser.send(
        "/account/privacy/requests", kind="objection", text=TYPED["request"], contact=TYPED["contact"]
    )
    town.works("outbox")
    return buyer


def rejects_the_invoice(admin: Admin) -> None:
    admin.gives_password_again()
    admin.browser.open("/admin/invoices")
    invoice = admin.browser.link(r"/admin/invoices/\d+")
    admin.browser.open(invoice)
    admin.browser.send(f"{invoice}/reject", reason="抬头写错了")


def records_the_invoice(admin: Admin) -> None:
    admin.gives_password_again()
    admin.browser.open("/admin/invoices")
    invoice = admin.browser.link(r"/admin/invoices/\d+")
    admin.browser.open(invoice)
    admin.browser.send(
        f"{invoice}/record",
        document_number="26612000000012345678",
        issued_on="2026-11-23",
        amount="262.00",
        title=TYPED["title"],
    )


def dump(town: Town) -> dict[tuple[str, str], str]:
    """Every column of every table as text, by table and column; SQLite's own dump besides."""

    def read(session) -> dict[tuple[str, str], str]:
        found: dict[tuple[str, str], str] = {}
        for rows in Base.metadata.sorted_tables:
            for column in rows.columns:
                values = session.execute(sa.select(sa.cast(column, sa.Text)).where(column.is_not(None)))
                found[rows.name, column.name] = "\n".join(str(value) for value in values.scalars())
        if session.get_bind().dialect.name == "sqlite":
            raw = session.connection().connection.driver_connection
            inserts = [line for line in raw.iterdump() if any(word in line for word in WORDS)]
            for line in inserts:
                name = line.split('"')[1] if '"' in line else line
                found.setdefault((name, "*"), "")
                found[name, "*"] += line
        return found

    with town.app.app_context():
        return unit_of_work().run(read)


def hits(town: Town) -> set[tuple[str, str]]:
    return {place for place, text in dump(town).items() if any(word in text for word in WORDS)}


def rows_that_were_to_go(town: Town) -> list[str]:
    """Tables that still have rows of whom the map says that they are deleted."""

    def read(session) -> list[str]:
        user_id = session.scalar(sa.select(User.id).where(User.erased_at.is_not(None)))
        placed = session.execute(sa.select(Order.id, Order.number).where(Order.user_id == user_id)).all()
        person = Person(user_id, tuple(one.id for one in placed), tuple(one.number for one in placed))
        tables = [one for one in WHOLE_MAP.values() if one.gone is Gone.ROW and one.whose]
        rows = [(one, Base.metadata.tables[one.name]) for one in tables]
        return [
            one.name
            for one, of in rows
            if session.execute(sa.select(of).where(one.whose(of, person))).first()
        ]

    with town.app.app_context():
        return unit_of_work().run(read)


def media(town: Town) -> list[Path]:
    with town.app.app_context():
        folder = Path(settings().media_url.removeprefix("file://"))
    return [one for one in folder.rglob("*") if one.is_file()]


def totals(town: Town) -> dict[str, list]:
    admin = town.admin()
    span = {"from": "2026-11-01", "to": "2026-12-31"}
    return {name: admin.exports(name, **span) for name in ("sales-by-day", "sales-by-unit")}


def test_nothing_of_an_erased_buyer_is_found_but_what_the_law_keeps(town: Town, bought: Marked, capfd):
    before = hits(town)
    assert {("users", "email"), ("orders", "street"), ("claims", "text"), ("addresses", "street")} <= before
    assert {("invoices", "title"), ("order_events", "facts")} & before
    spoken = {("conversation_messages", "text"), ("reviews", "text"), ("review_events", "facts")}
    assert spoken | {("thanks", "text"), ("passkeys", "label")} <= before
    kept_files, figures = set(media(town)), totals(town)
    photos = [one for one in kept_files if {"claims", "conversations", "reviews"} & set(one.parts)]
    assert {one.parent.name for one in photos} == {"claims", "conversations", "reviews"}
    assert not any(b"KANARYEXIF" in one.read_bytes() for one in photos)

    # What is still open is said, and nothing is planned.
    bought.says_password()
    page = bought.browser.open("/account/privacy/erase").text
    assert "发票" in page
    assert bought.number in page
    admin = town.admin()
    rejects_the_invoice(admin)

    # Planned, called off, planned again; carried out on its day and not before.
    bought.browser.open("/account/privacy/erase")
    bought.browser.send("/account/privacy/erase", understood="y")
    call_off = re.search(r'action="(/account/privacy/requests/\w+/withdraw)"', bought.browser.page)
    assert call_off
    bought.browser.send(call_off[1])
    bought.browser.open("/account/privacy/erase")
    bought.browser.send("/account/privacy/erase", understood="y")
    town.waits(days=6, hours=23)
    town.works("erase_people")
    assert ("users", "email") in hits(town)
    town.waits(hours=2)
    town.works("erase_people", "erase_people", "outbox")

    left = {(name, column) for name, column in hits(town) if column != "*"}
    law = {(name, column) for name, columns in retained().items() for column in columns}
    assert left <= law, sorted(left - law)
    assert {name for name, column in hits(town) if column == "*"} <= {name for name, _ in left}
    assert left == set(), "nothing of this buyer had to be kept"
    assert rows_that_were_to_go(town) == []
    assert not set(photos) & set(media(town))
    assert not [one for one in media(town) if any(word.encode() in one.read_bytes() for word in WORDS)]
    said = capfd.readouterr()
    assert not [word for word in WORDS if word in said.out + said.err]
    assert "不对" in bought.signs_in(refused=400)
    assert totals(town) == figures
    town.works("close_lots", "stock_states")
    town.adds_up()
    assert bought.number in town.admin().looks_at_order(bought.number)


def test_a_copy_has_all_of_its_person_and_nothing_of_anybody_else(town: Town, bought: Marked):
    other = town.buyer()
    other.puts_in_basket(TEA, POUCH, 1)
    other.orders(note="别人的备注")
    bought.says_password()
    bought.browser.open("/account/privacy")
    answer = bought.browser.client.post(
        "/account/privacy/copy",
        data=next(one.fields for one in forms_of(bought.browser.page) if one.action.endswith("/copy")),
    )
    assert answer.content_type == "application/zip"
    pack = zipfile.ZipFile(io.BytesIO(answer.data))
    text = pack.read("copy.json").decode()
    copied = json.loads(text)["data"]
    for word in ("name", "recipient", "street", "note", "claim", "title", "request", "contact", "lane"):
        assert TYPED[word] in text, word
    assert [one["number"] for one in copied["orders"]] == [bought.number]
    assert {"users", "consents", "sessions", "order_lines", "payments", "basket_items"} <= set(copied)
    for word in ("asked", "answered", "then", "thanks", "key"):
        assert f"{MARK}{word}" in text, word
    assert f"{MARK}aside" not in text, "what the team writes among itself is not the buyer's"
    photos = [name for name in pack.namelist() if name.startswith("photos/")]
    assert len(photos) == 4, "of a claim, of a conversation, and of a review that has two"
    assert not {"credential_id", "public_key", "household_id"} & set(text.split('"'))
    assert pack.read("csv/orders.csv").decode().startswith("\ufeffid,number")
    assert not [
        word
        for word in ("别人的备注", other.number, "demo.example", "password_hash", "argon2")
        if word in text
    ]


def test_killed_between_rows_and_files_the_next_run_does_the_rest(town: Town, bought: Marked, monkeypatch):
    records_the_invoice(town.admin())
    bought.says_password()
    bought.browser.open("/account/privacy/erase")
    bought.browser.send("/account/privacy/erase", understood="y")
    town.waits(days=8)

    def dies(*_args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(MediaStore, "delete", dies)
        with pytest.raises(KeyboardInterrupt):
            town.works("erase_people")
    law = {(name, column) for name, columns in retained().items() for column in columns}
    left = {(name, column) for name, column in hits(town) if column != "*"}
    assert ("invoices", "title") in left, "it was issued, so tax law keeps it"
    assert left <= law, sorted(left - law)
    photos = [one for one in media(town) if "claims" in one.parts]
    assert photos, "the files are not yet"
    town.works("erase_people")
    assert not set(photos) & set(media(town))
    with town.app.app_context():
        left = unit_of_work().run(lambda session: session.scalars(sa.select(DoomedFile)).all())
        user = unit_of_work().run(
            lambda session: session.scalars(sa.select(User).where(User.erased_at.is_not(None))).one()
        )
    assert left == []
    assert (user.active, user.name, user.email) == (False, "", None)
