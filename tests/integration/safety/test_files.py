"""Files that go out, which must not calculate, and files that come in, which must be photos."""

from __future__ import annotations

import csv
import io
import re
import resource
import struct
import time
import zipfile
import zlib
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from PIL import Image, PngImagePlugin

from shop.accounts.audit import audit
from shop.accounts.models import Attempt, AttemptKind, Organisation, User
from shop.campaigns.day.models import Leftover
from shop.campaigns.member_models import ChoiceLine
from shop.campaigns.models import Campaign
from shop.catalogue.models import (
    Household,
    PictureState,
    Product,
    ProductPicture,
    SearchCount,
    Variant,
    Village,
)
from shop.catalogue.pictures import make_pictures_ready
from shop.extensions import settings, unit_of_work
from shop.inventory.models import Allocation, Lot, ReturnedUnits, ReturnStatus, ReturnWish
from shop.kit.clock import shanghai_date, utc_now
from shop.ordering.models import Basket, BasketItem, Channel, Order, OrderLine
from shop.ordering.outside.models import OutsideOrder, OutsideSource, PaidHow, SourceKind
from shop.payments.models import Refund, RefundLine
from shop.reports.all_reports import REPORTS
from shop.storage.media import media_store
from tests.whole_shop import ANONYMOUS, WholeShop

FORMULAS = ("=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "\r=1+1", " =1+1", "＝1+1", '=HYPERLINK("http://x")', "|calc", "\u200b=1", "%0A=1")  # fmt: skip
RISKY = re.compile(r"^[\s\u200b\ufeff]*[=+\-@＝＋－＠|]")


@pytest.fixture(autouse=True)
def nothing_exported_lately(shop: WholeShop) -> None:
    """All tests here are one person, who may export so many files in a quarter of an hour."""
    shop.read(lambda session: session.execute(sa.delete(Attempt).where(Attempt.kind == AttemptKind.EXPORT)))


@pytest.fixture(scope="module")
def calculating(shop: WholeShop) -> WholeShop:
    """Names that a spreadsheet would take for formulas."""

    def spoil(session) -> None:
        columns = (Household.alias_zh, Village.name_zh, Product.name_zh, Variant.name_zh, OrderLine.product_name_zh,
                   Order.recipient, Order.invoice_title, Order.note, User.name, Organisation.name)  # fmt: skip
        for column in columns:
            table, (key,) = column.class_, sa.inspect(column.class_).primary_key
            chosen = sa.case(dict(enumerate(FORMULAS)), value=key % len(FORMULAS), else_=FORMULAS[0])
            session.execute(sa.update(table).values({column.key: chosen}))

    shop.read(_take_down)
    shop.read(_leave_a_basket)
    shop.read(_send_back)
    shop.read(_leave_welfare)
    shop.read(_look_for_and_reprice)
    shop.read(spoil)
    return shop


def _leave_welfare(session) -> None:
    """Goods of a campaign that nobody collected, whose title calculates as well."""
    left = session.scalars(sa.select(Leftover)).first()
    variant_id = session.scalar(sa.select(sa.func.min(Variant.id)))
    session.add(ChoiceLine(member_id=left.member_id, variant_id=variant_id, quantity=1, price_fen=100))
    session.get_one(Campaign, left.campaign_id).title = "=1+1"


def _look_for_and_reprice(session) -> None:
    """Words that calculate were looked for, and a pack got another price."""
    now = utc_now()
    session.add(SearchCount(day=shanghai_date(now), words="=1+1", searches=1, unfound=1))
    variant_id = session.scalar(sa.select(sa.func.min(Variant.id)))
    audit(session, None, "variant.changed", "variant", variant_id, {"price_fen": [100, 200]}, now=now)


def _take_down(session) -> None:
    """An order from elsewhere, whose source and number calculate as well."""
    now = utc_now()
    order = session.scalars(
        sa.select(Order).where(Order.confirmed_at.is_not(None)).order_by(Order.id)
    ).first()
    source = OutsideSource(
        slug="calculates", kind=SourceKind.CHAT_GROUP, name_zh="=1+1", name_en="+1+1", collector="@SUM(1)"
    )
    session.add(source)
    session.flush()
    order.channel = Channel.OUTSIDE
    session.add(
        OutsideOrder(
            order_id=order.id, source_id=source.id, number="=2+2", ordered_on=shanghai_date(now), paid_how=PaidHow.NOT_YET,
            entered_at=now,
        )
    )  # fmt: skip


def _leave_a_basket(session) -> None:
    now = utc_now()
    variant_id = session.scalar(sa.select(sa.func.min(Variant.id)))
    item = BasketItem(variant_id=variant_id, quantity=2, added_at=now)
    session.add(Basket(token_hash="0" * 64, created_at=now, updated_at=now, items=[item]))


def _send_back(session) -> None:
    """A unit that came back with the first refund there is."""
    now = utc_now()
    refund_id, line_id, allocation_id = session.execute(
        sa.select(Refund.id, OrderLine.id, Allocation.id)
        .join(OrderLine, OrderLine.order_id == Refund.order_id)
        .join(Allocation, Allocation.order_line_id == OrderLine.id)
        .limit(1)
    ).one()
    back = RefundLine(refund_id=refund_id, order_line_id=line_id, units=1, amount_fen=100)
    session.add(back)
    session.flush()
    session.add(
        ReturnedUnits(
            refund_line_id=back.id, allocation_id=allocation_id, units=1, wish=ReturnWish.WRITE_OFF,
            status=ReturnStatus.WRITTEN_OFF, created_at=now, changed_at=now,
        )
    )  # fmt: skip


def exported(shop: WholeShop, name: str, kind: str, *, by: str = "admin") -> bytes:
    today = shanghai_date(utc_now())
    span = f"from={today - timedelta(days=60)}&to={today}"
    answer = shop.browser(by).get(f"/admin/reports/{name}?{span}&format={kind}", buffered=True)
    assert answer.status_code == 200, (name, kind)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    return answer.data


@pytest.mark.parametrize("name", REPORTS)
def test_no_cell_of_an_export_calculates(calculating, name):
    text = exported(calculating, name, "csv")
    assert text.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))
    assert len(rows) > 1 or name in {"advances", "coupons", "fairness", "punctuality", "receivables"}
    risky = [
        cell for row in rows for cell in row if RISKY.match(cell) and not re.fullmatch(r"-?[\d.,]+%?", cell)
    ]
    assert risky == []
    with zipfile.ZipFile(io.BytesIO(exported(calculating, name, "xlsx"))) as book:
        sheets = [
            book.read(part).decode() for part in book.namelist() if part.startswith("xl/worksheets/sheet")
        ]
        assert sheets
        assert not [sheet for sheet in sheets if re.search(r"<f[ >]|<hyperlink", sheet)]
        assert not [part for part in book.namelist() if "external" in part.lower() or "vba" in part.lower()]


def test_other_tables_do_not_calculate_either(calculating):
    number = calculating.world.records["payout"]
    answer = calculating.send("admin", "POST", f"/admin/payouts/{number}/csv", buffered=True)
    rows = csv.reader(io.StringIO(answer.data.decode("utf-8-sig")))
    assert not [
        cell for row in rows for cell in row if RISKY.match(cell) and not re.fullmatch(r"-?[\d.,]+", cell)
    ]


def test_exports_are_for_the_team_and_leave_a_trace(calculating):
    for person in (ANONYMOUS, "buyer", "farmer", "coordinator", "point", "treasurer"):
        answer = calculating.browser(person).get("/admin/reports/orders?format=csv")
        assert answer.status_code in {302, 404}, person
    trail = sa.text("SELECT count(*) FROM audit_entries WHERE action = 'report.exported'")
    before = calculating.read(lambda session: session.scalar(trail))
    # Every report as both files is as much as one person may have in an hour.
    exported(calculating, "orders", "csv", by="admin2")
    assert calculating.read(lambda session: session.scalar(trail)) == before + 1


def picture(kind: str = "PNG", size: tuple[int, int] = (320, 240), **options) -> bytes:
    written = io.BytesIO()
    Image.effect_noise(size, 40).convert("RGB").save(written, kind, **options)
    return written.getvalue()


def png_header(width: int, height: int, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG that says it is so large, and holds these chunks."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", head), *chunks, (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + body


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="300" height="300"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(document.domain)</script>"
BOMB = zlib.compress(b"\x00" * (19_000 * (1000 * 3 + 1)), 9)  # 57 MB of nothing in 56 KB
REFUSED_AT_ONCE = {
    "nothing.png": b"", "page.png": HTML, "drawing.svg": SVG, "drawing.png": SVG, "script.jpg": b"<?php system('id'); ?>",
    "animation.gif": picture("GIF"), "bitmap.bmp": picture("BMP"), "old.tiff": picture("TIFF"), "icon.ico": picture("ICO"),
    "portable.ppm": picture("PPM"), "print.eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 300 300\n", "text.pdf": b"%PDF-1.7\n",
    "archive.png": b"PK\x03\x04" + b"\x00" * 100, "table.xlsx": b"PK\x03\x04[Content_Types].xml", "program.jpg": b"MZ\x90\x00" * 50,
    "elf.webp": b"\x7fELF" * 50, "head-only.png": b"\x89PNG\r\n\x1a\n", "lie.webp": b"RIFF\x24\x00\x00\x00WEBPVP8 " + b"\x00" * 20,
    "wide.png": png_header(50_000, 50_000), "endless.png": png_header(2**31 - 1, 2**31 - 1), "tiny.png": picture(size=(16, 16)),
    "no-size.png": png_header(0, 0), "heavy.jpg": picture("JPEG") + b"\x00" * (10 * 1024 * 1024),
}  # fmt: skip
REFUSED_BY_THE_WORKER = {
    "torn.png": picture()[:400],
    "torn.jpg": picture("JPEG")[:900],
    "crc.png": picture()[:60] + b"\xff" * 40 + picture()[100:],
}
HARMLESS_AFTERWARDS = {
    "page-behind.jpg": picture("JPEG") + HTML, "zip-behind.png": picture() + b"PK\x03\x04evil.html" + HTML,
    "commented.png": picture(pnginfo=None), "comment.jpg": picture("JPEG", comment=HTML), "bomb.png": png_header(
        1000, 19_000, (b"IDAT", BOMB)), "../../../evil.png": picture("WEBP"),
}  # fmt: skip


def send_photo(shop: WholeShop, name: str, content: bytes):
    path = f"/admin/products/{shop.world.records['product']}/pictures"
    form = {"photo": (io.BytesIO(content), name), "alt_zh": "图"}
    return shop.send("admin", "POST", path, form, content_type="multipart/form-data")


def newest_picture(shop: WholeShop) -> ProductPicture | None:
    last = sa.select(ProductPicture).order_by(ProductPicture.id.desc()).limit(1)
    return shop.read(lambda session: session.scalars(last).one())


def files_below(shop: WholeShop) -> set[str]:
    folder = Path(shop.app.extensions["shop.settings"].instance_path)
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and "static" not in path.parts
    }


def make_ready(shop: WholeShop) -> None:
    with shop.app.app_context():
        make_pictures_ready(unit_of_work(), media_store(settings().media_url))


@pytest.mark.parametrize("name", REFUSED_AT_ONCE)
def test_what_is_no_photo_is_refused_and_written_nowhere(shop, name):
    before, known = files_below(shop), newest_picture(shop).id
    answer = send_photo(shop, name, REFUSED_AT_ONCE[name])
    assert answer.status_code in {303, 400, 413}
    assert newest_picture(shop).id == known
    assert {path for path in files_below(shop) - before if ".db" not in path} == set()


@pytest.mark.parametrize("name", REFUSED_BY_THE_WORKER)
def test_a_damaged_photo_is_refused_and_thrown_away(shop, name):
    assert send_photo(shop, name, REFUSED_BY_THE_WORKER[name]).status_code == 303
    make_ready(shop)
    shown = newest_picture(shop)
    if shown.state is not PictureState.REFUSED:
        assert_clean(shop, shown)
    assert not [path for path in files_below(shop) if "originals" in path]


@pytest.mark.parametrize("name", HARMLESS_AFTERWARDS)
def test_whatever_hangs_on_a_photo_is_gone_when_it_is_shown(shop, name):
    known, before = newest_picture(shop).id, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert send_photo(shop, name, HARMLESS_AFTERWARDS[name]).status_code == 303
    began = time.process_time()
    make_ready(shop)
    took = time.process_time() - began
    shown = newest_picture(shop)
    if shown.id != known:
        assert_clean(shop, shown)
    assert took < 4  # a second and a half when nothing else runs
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 260 * 1024
    assert not [
        path for path in files_below(shop) if "evil" in path or path.endswith((".html", ".php", ".svg"))
    ]


def test_a_photo_loses_its_place_its_camera_and_its_words(shop):
    """GPS, camera, comments and profiles stay behind."""
    exif = Image.Exif()
    exif[0x010F], exif[0x8298], exif[0x9286] = "SecretCamera", "SecretOwner", "SecretComment"
    exif.get_ifd(0x8825).update({1: "N", 2: (32.0, 23.0, 45.0), 3: "E", 4: (109.0, 21.0, 30.0)})
    words = PngImagePlugin.PngInfo()
    words.add_text("Author", "SecretAuthor")
    for content in (
        picture("JPEG", exif=exif, comment=b"SecretRemark"),
        picture("PNG", pnginfo=words, exif=exif),
    ):
        assert b"Secret" in content
        send_photo(shop, "photo.jpg", content)
        make_ready(shop)
        assert_clean(shop, newest_picture(shop))


def assert_clean(shop: WholeShop, shown: ProductPicture) -> None:
    """It is WebP of nothing but pixels, under a random name, and its original is gone."""
    assert shown.state is PictureState.READY
    assert re.fullmatch(r"[0-9a-f]{32}", shown.key)
    pages = [path for path in files_below(shop) if shown.key in path]
    assert pages
    for path in pages:
        name = Path(path).name
        answer = shop.browser(ANONYMOUS).get(f"/media/{name}")
        kind = {".webp": "image/webp", ".jpg": "image/jpeg"}[Path(name).suffix]  # what is shared is JPEG
        assert (answer.status_code, answer.mimetype) == (200, kind), name
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert not [
            word
            for word in (b"Secret", b"<script", b"PK\x03\x04", b"Exif", b"EXIF", b"ICCP")
            if word in answer.data
        ]
        with Image.open(io.BytesIO(answer.data)) as opened:
            assert (kind, dict(opened.getexif()), opened.info.get("exif")) == (
                f"image/{(opened.format or '').lower()}",
                {},
                None,
            )


def test_there_are_twenty_five_hostile_files_at_least():
    assert len(REFUSED_AT_ONCE) + len(REFUSED_BY_THE_WORKER) + len(HARMLESS_AFTERWARDS) >= 25


TABLES = {
    "bomb.xlsx": b"", "page.xlsx": HTML, "photo.xlsx": picture(), "entities.xlsx": b"", "nul.csv": b"sku,units\n\x00,\x00\n",
    "wide.csv": b"a," * 20_000 + b"\n", "formula.csv": b"sku,units\n=1+1,=2\n", "binary.csv": bytes(range(256)) * 50,
    "slip.xlsx": b"",
}  # fmt: skip


def table(name: str) -> bytes:
    """Workbooks that are larger than they look, read outside files, or write outside their folder."""
    entity = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><worksheet><c>&e;</c></worksheet>'
    parts = {
        "bomb.xlsx": {"xl/worksheets/sheet1.xml": b"<c>" + b"A" * 200_000_000},
        "entities.xlsx": {
            "[Content_Types].xml": entity,
            "xl/workbook.xml": entity,
            "xl/worksheets/sheet1.xml": entity,
        },
        "slip.xlsx": {"../../../../tmp/evil": b"x", "[Content_Types].xml": b"<x/>"},
    }.get(name)
    if parts is None:
        return TABLES[name]
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path, content in parts.items():
            archive.writestr(path, content)
    return written.getvalue()


@pytest.mark.parametrize("name", TABLES)
def test_a_hostile_table_is_refused_in_words(shop, name):
    lots = sa.select(sa.func.count()).select_from(Lot)
    before, began = shop.read(lambda session: session.scalar(lots)), time.process_time()
    form = {"file": (io.BytesIO(table(name)), name)}
    began = time.process_time()
    answer = shop.send("admin", "POST", "/admin/lots/import", form, content_type="multipart/form-data")
    assert answer.status_code in {400, 413}, answer.status_code
    assert "root:x:" not in answer.get_data(as_text=True)
    assert time.process_time() - began < 3
    assert shop.read(lambda session: session.scalar(lots)) == before
    assert not Path("/tmp/evil").exists()


def test_bodies_are_limited_wherever_they_are_sent(shop):
    """One megabyte, and eleven where photos and tables are sent; whoever sends it."""
    uploads = {"/admin/lots/import", f"/admin/products/{shop.world.records['product']}/pictures"}
    paths = {
        "/login",
        "/cart/items",
        "/checkout",
        "/account",
        "/payments/sandbox/webhook",
        "/village/parcels/ship",
        *uploads,
    }
    for path in sorted(paths):
        person = (
            "admin"
            if path.startswith("/admin")
            else "coordinator"
            if path.startswith("/village")
            else ANONYMOUS
        )
        size = 12_000_000 if path in uploads else 1_200_000
        answer = shop.browser(person).post(
            path, data=b"a=" + b"x" * size, content_type="application/x-www-form-urlencoded"
        )
        assert answer.status_code == 413, path
