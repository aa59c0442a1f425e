"""Lots declared, corrected and withdrawn, and imported from spreadsheets."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import date, timedelta

import openpyxl
import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry
from shop.catalogue.models import Producer, ProducerKind
from shop.inventory.models import Lot, LotChange, LotShare, LotStatus
from shop.kit.clock import shanghai_date, utc_now

HEAD = ["货号", "供货方", "数量", "采收日", "包装日", "保质期至", "证书号", "份额"]


def today() -> date:
    return shanghai_date(utc_now())


def rows(*changes: list) -> list[list]:
    return [HEAD, *changes]


def a_row(**changes: object) -> list:
    row = {
        "sku": "tea", "producer": "li", "units": "12", "harvested": (today() - timedelta(days=2)).isoformat(),
        "packed": "", "best": "", "certificate": "", "shares": "",
    } | changes  # fmt: skip
    return list(row.values())


def as_xlsx(table: list[list]) -> bytes:
    book, written = openpyxl.Workbook(), io.BytesIO()
    for row in table:
        book.active.append(row)
    book.save(written)
    return written.getvalue()


def as_csv(table: list[list], encoding: str = "utf-8-sig", separator: str = ",") -> bytes:
    written = io.StringIO()
    csv.writer(written, delimiter=separator).writerows(table)
    return written.getvalue().encode(encoding)


def look_at(admin, content: bytes, name: str = "lots.xlsx"):
    return admin.post("/admin/lots/import", file=(io.BytesIO(content), name))


def digest_in(page) -> str:
    return page.text.split('name="digest" value="')[1].split('"')[0]


@pytest.fixture
def lots(see):
    return lambda: len(see(sa.select(Lot.id)))


@pytest.fixture(autouse=True)
def capital_skus(shop, session):
    """SKUs are capitals everywhere but in the small shop."""
    session.execute(sa.text("UPDATE variants SET sku = upper(sku)"))
    workshop = Producer(
        slug="mill",
        kind=ProducerKind.WORKSHOP,
        village_id=shop.villages["mogou"],
        name_zh="油坊",
        name_en="Mill",
    )
    session.add(workshop)
    session.commit()


def test_a_lot_is_declared_corrected_and_withdrawn(admin, shop, see, session):
    form = {"sku": "tea", "producer": "li", "units": "30", "packed_on": today().isoformat()}
    answer = admin.post("/admin/lots/new", **form)
    assert answer.status_code == 303
    lot_id = int(answer.location.rpartition("/")[2])
    [lot] = see(sa.select(Lot).where(Lot.id == lot_id))
    assert (lot.available, lot.best_before) == (30, today() + timedelta(days=300))
    assert admin.post(f"/admin/lots/{lot_id}/correct", units="25", reason="five broke").status_code == 303
    assert admin.post(f"/admin/lots/{lot_id}/withdraw", reason="too wet").status_code == 303
    [lot] = see(sa.select(Lot).where(Lot.id == lot_id))
    assert (lot.status, lot.declared, lot.withdrawn) == (LotStatus.CLOSED, 25, 25)
    assert (
        session.scalar(sa.select(sa.func.count()).select_from(LotChange).where(LotChange.lot_id == lot_id))
        == 3
    )
    actions = set(session.scalars(sa.select(AuditEntry.action)))
    assert {"lot.declared", "lot.corrected", "lot.withdrawn"} <= actions


@pytest.mark.parametrize(
    ("field", "value"),
    [("sku", "NOPE"), ("producer", "nobody"), ("units", "0"), ("units", "-5"), ("units", "1e3"), ("units", "²"),
     ("harvested_on", "2999-01-01"), ("best_before", "2020-01-01"), ("certificate", "none"), ("shares", "li 50")],
)  # fmt: skip
def test_a_lot_that_cannot_be_is_refused_at_its_field(admin, field, value, lots):
    form = {"sku": "tea", "producer": "li", "units": "30", "packed_on": today().isoformat(), field: value}
    before = lots()
    answer = admin.post("/admin/lots/new", **form)
    assert answer.status_code == 400
    assert f"{field}-error" in answer.text
    assert lots() == before


def test_fewer_than_are_promised_is_refused(admin, shop, place):
    place({"TEA": 2})
    answer = admin.post(f"/admin/lots/{shop.lots['tea-li']}/correct", units="1", reason="x")
    assert answer.status_code == 400
    assert "This lot has at least 2 units: so many are promised, shipped or withdrawn." in answer.text


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("xlsx", as_xlsx),
        ("utf-8", as_csv),
        ("gb18030", lambda table: as_csv(table, "gb18030")),
        ("tabs", lambda table: as_csv(table, separator="\t")),
    ],
)
def test_a_table_is_looked_at_then_imported_once(admin, name, content, lots):
    table = rows(
        a_row(),
        ["# 说明"],
        a_row(sku="EGGS", producer="yu家", units="２０", best=today() + timedelta(days=9) if name == "xlsx" else f"{today() + timedelta(days=9):%Y/%m/%d}"),
        a_row(producer="mill", shares="li 60；chen 40%"),
    )  # fmt: skip
    before = lots()
    page = look_at(admin, content(table))
    assert page.status_code == 200, page.text[-3000:]
    assert "3 lots" in page.text
    assert lots() == before, "looking writes nothing"
    digest = digest_in(page)
    for _ in range(3):
        assert admin.post("/admin/lots/import/confirm", digest=digest).status_code == 303
    assert lots() == before + 3
    assert "imported before" in look_at(admin, content(table)).text


def test_rows_that_look_like_goods_that_are_there_are_imported_only_when_somebody_says_so(admin, lots):
    """Also when the file was saved anew meanwhile, so that its content is another one."""
    first = digest_in(look_at(admin, as_xlsx(rows(a_row()))))
    admin.post("/admin/lots/import/confirm", digest=first)
    before = lots()
    page = look_at(
        admin, as_csv(rows(a_row(units="15"), a_row(sku="EGGS", best=today() + timedelta(days=9))))
    )
    assert "1 row looks like goods that are there already" in page.text
    assert "There already:" in page.text
    digest = digest_in(page)
    refused = admin.post("/admin/lots/import/confirm", digest=digest)
    assert refused.status_code == 409
    assert "Row 2: the same goods of the same days" in refused.text
    assert admin.post("/admin/lots/import/confirm", digest=digest, others="3").status_code == 409
    assert lots() == before
    for hostile in ("", "²", "2" * 5000, "2;3"):
        assert admin.post("/admin/lots/import/confirm", digest=digest, others=hostile).status_code == 409
    for _ in range(2):
        assert admin.post("/admin/lots/import/confirm", digest=digest, others="2").status_code == 303
    assert lots() == before + 2


def test_the_same_row_twice_in_one_table_is_seen(admin, lots):
    before = lots()
    page = look_at(admin, as_xlsx(rows(a_row(), a_row(), a_row(producer="chen"))))
    assert "The same as row 2" in page.text
    assert admin.post("/admin/lots/import/confirm", digest=digest_in(page)).status_code == 409
    assert lots() == before
    assert 'value="3"' in page.text


def test_goods_that_were_taken_off_sale_are_no_double(admin, shop, see, lots):
    admin.post("/admin/lots/import/confirm", digest=digest_in(look_at(admin, as_xlsx(rows(a_row())))))
    [newest] = see(sa.select(sa.func.max(Lot.id)))
    admin.post(f"/admin/lots/{newest}/withdraw", reason="wrong table")
    assert "looks like goods" not in look_at(admin, as_csv(rows(a_row()))).text


def test_whose_goods_they_are_is_read_before_they_are_imported(admin):
    page = look_at(admin, as_xlsx(rows(a_row(producer="mill", shares="li 60; chen 40"), a_row()))).text
    for share in ("60", "40", "100"):
        assert re.search(rf"{share}(\.0)?\s?%", page), share
    assert "chen家" in page or "chen&#39;s" in page


def test_every_mistake_is_named_by_row_and_nothing_is_written(admin, lots):
    table = rows(
        a_row(),
        a_row(sku="NOPE", units="many"),
        a_row(producer="nobody", best="yesterday"),
        a_row(producer="mill"),
        a_row(producer="mill", shares="li 60; chen 30"),
        a_row(certificate="SC-1"),
        a_row(harvested="", packed=""),
    )
    before = lots()
    page = look_at(admin, as_xlsx(table))
    assert page.status_code == 400
    for words in (
        "There is no pack NOPE.", "Please enter a whole number.", "There is no producer nobody.",
        "A day is written like 2026-11-30.", "Say whose goods are in this lot.", "There is no certificate SC-1.",
        "The shares of a lot must add up to 100 per cent.", "Please enter this day, or the day of packing or harvest.",
        "Row 3", "Row 8",
    ):  # fmt: skip
        assert words in page.text, words
    assert 'name="digest"' not in page.text
    assert lots() == before


def test_a_gift_box_and_a_household_at_rest_take_no_lots(admin, shop, session):
    session.execute(sa.text("UPDATE producers SET active = false WHERE slug = 'wang'"))
    session.execute(
        sa.text("INSERT INTO bundle_items (bundle_id, component_id, units) VALUES (:box, :part, 1)"),
        {"box": shop.variants["eggs"], "part": shop.variants["tea"]},
    )
    session.commit()
    page = look_at(admin, as_xlsx(rows(a_row(sku="EGGS"), a_row(producer="wang")))).text
    assert "EGGS is a gift box" in page
    assert "wang supplies no goods at present." in page


def bomb() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<x/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 80_000_000)
    return written.getvalue()


def with_entity() -> bytes:
    """A real workbook whose sheet declares an external entity."""
    plain, written = io.BytesIO(as_xlsx(rows(a_row()))), io.BytesIO()
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(written, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename in {"xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"}:
                doctype = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
                content = doctype + content.split(b"?>", 1)[-1].replace(b"tea", b"&e;")
            new.writestr(entry.filename, content)
    return written.getvalue()


@pytest.mark.parametrize(
    "content",
    [b"", b"\0\0\0", b"%PDF-1.7", b"PK\x03\x04 broken", b"\xd0\xcf\x11\xe0 old excel", bomb, with_entity,
     lambda: as_csv([["a", "b"], ["1", "2"]]), lambda: as_csv([[]]), lambda: as_csv(rows(*[a_row()] * 600))],
)  # fmt: skip
def test_a_hostile_file_is_refused_with_words_and_nothing_is_kept(admin, tmp_path, content, lots):
    before = lots()
    page = look_at(admin, content() if callable(content) else content)
    assert page.status_code == 400
    assert "msg-bad" in page.text
    assert "root:" not in page.text
    assert lots() == before
    assert not list(tmp_path.rglob("imports/*"))


def test_a_formula_in_a_cell_stays_text(admin):
    page = look_at(admin, as_xlsx(rows(a_row(sku='=HYPERLINK("http://evil.example","x")'))))
    assert page.status_code == 400
    table = look_at(admin, as_csv(rows(a_row(sku="<script>alert(1)</script>"))), "x.csv").text
    assert "<script>alert" not in table


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_template_can_be_sent_back_and_says_that_it_is_empty(admin, kind, lots):
    template = admin.get(f"/admin/lots/import/template.{kind}")
    assert f'filename="lots.{kind}"' in template.headers["Content-Disposition"]
    page = look_at(admin, template.data, f"lots.{kind}")
    assert page.status_code == 200 or "mistake" in page.text
    assert 'name="digest"' not in page.text


def test_a_digest_that_nobody_sent_opens_nothing(admin):
    for digest in ("../../etc/passwd", "x", "0" * 63):
        assert admin.post("/admin/lots/import/confirm", digest=digest).status_code == 404
    assert admin.post("/admin/lots/import/confirm", digest="0" * 64).status_code == 303
    assert "Please send the table again." in admin.said()


def test_days_and_empty_fields_are_told_as_what_they_are(admin, shop):
    form = {"sku": "tea", "producer": "li", "units": "5"}
    wrong = admin.post("/admin/lots/new", **form, harvested_on="2026-11-20", packed_on="2026-11-19")
    assert wrong.status_code == 400
    assert "It was packed before it was harvested." in wrong.text
    table = b"SKU,Producer,Units,Packed on\n,,5,2026-11-20\n"
    page = admin.post("/admin/lots/import", file=(io.BytesIO(table), "lots.csv")).text
    assert "Please fill this in." in page
    assert "–." not in page
    assert "The file is empty." in admin.post("/admin/lots/import", file=(io.BytesIO(b""), "lots.csv")).text


def test_the_template_names_goods_and_a_producer_that_there_are(admin, shop):
    rows = admin.get("/admin/lots/import/template.csv").text.splitlines()
    assert rows[1].startswith("# TEA,")
    known = {"li", "wang", "yu", "chen"}
    assert rows[1].split(",")[1] in known


def test_a_lots_form_offers_the_packs_and_producers_that_there_are(admin, shop):
    page = admin.get("/admin/lots/new").text
    assert 'list="packs"' in page
    assert '<option value="TEA" label="Good tea one">' in page.split('<datalist id="packs">')[1]
    producers = page.split('<datalist id="producers">')[1].split("</datalist>")[0]
    assert all(f'value="{slug}"' in producers for slug in shop.producers)


def test_the_dashboards_lots_that_spoil_are_those_of_the_list_it_leads_to(admin, session, shop):
    today = shanghai_date(utc_now())
    for code, days in (("LOTSIX", 6), ("LOTEIGHT", 8)):
        session.add(
            Lot(
                code=code, variant_id=shop.variants["tea"], producer_id=shop.producers["li"], declared=5, available=5,
                best_before=today + timedelta(days=days), created_at=utc_now(),
                shares=[LotShare(household_id=shop.households["li"], share_bp=10_000)],
            )
        )  # fmt: skip
    session.commit()
    for page in (admin.get("/admin").text, admin.get("/admin/lots", shelf="spoiling").text):
        assert "LOTSIX" in page
        assert "LOTEIGHT" not in page


@pytest.mark.parametrize("units", ["-5", "－５", "0"])
def test_fewer_units_than_one_are_said_as_that(admin, units):
    page = look_at(admin, as_xlsx(rows(a_row(units=units)))).text
    assert "Please enter at least 1 unit" in page
    assert "Please enter a whole number." not in page
