"""Products, packs, villages and households as tables: what goes out comes back the same, and a change is seen first."""

from __future__ import annotations

import csv
import io
import re

import openpyxl
import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry
from shop.catalogue.models import BundleItem, Household, Product, ProductStatus, Variant, Village

TABLES = ("products", "packs", "villages", "households")


@pytest.fixture(autouse=True)
def capital_skus(shop, session):
    session.execute(sa.text("UPDATE variants SET sku = upper(sku)"))
    session.commit()


def file_of(admin, name: str, kind: str = "csv", **query) -> bytes:
    answer = admin.get(f"/admin/tables/{name}/file.{kind}", **query)
    assert answer.status_code == 200, answer.text[-2000:]
    return answer.data


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def as_csv(rows: list[dict[str, str]]) -> bytes:
    written = io.StringIO()
    writer = csv.DictWriter(written, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue().encode("utf-8-sig")


def look_at(admin, name: str, content: bytes):
    return admin.post(f"/admin/tables/{name}", file=(io.BytesIO(content), "a-table"))


def press(admin, name: str, page, **more):
    hidden = dict(re.findall(r'name="(digest|seal)" value="([0-9a-f]{64})"', page.text))
    return admin.post(f"/admin/tables/{name}/confirm", **hidden, **more)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("name", TABLES)
def test_a_table_that_nobody_touched_changes_nothing(admin, name, kind):
    page = look_at(admin, name, file_of(admin, name, kind))
    assert page.status_code == 200, page.text[-3000:]
    assert "All of it stands there already. Nothing would change." in page.text
    assert 'name="seal"' not in page.text


def test_what_was_shown_is_written_once_and_stands_in_the_trail(admin, see, session, shop):
    rows = rows_of(file_of(admin, "packs"))
    tea = next(row for row in rows if row["SKU"] == "TEA")
    before = tea["Price (¥)"]
    tea["Price (¥)"], tea["Net weight in g"], tea["Gross weight in g"] = "￥７９.5", "260", "300"
    rows.append({**tea, "SKU": "tea-big", "Name in Chinese": "大罐", "Price (¥)": "150"})
    page = look_at(admin, "packs", as_csv(rows))
    assert "1 new · 1 changed" in page.text
    assert f"<del>{before}</del> → <ins>79.50</ins>" in page.text
    assert see(sa.select(Variant.id).where(Variant.sku == "TEA-BIG")) == []
    assert press(admin, "packs", page).status_code == 303
    [stored] = see(sa.select(Variant).where(Variant.sku == "TEA"))
    assert (stored.price_fen, stored.net_weight_g) == (7950, 260)
    [made] = see(sa.select(Variant).where(Variant.sku == "TEA-BIG"))
    assert (made.price_fen, made.product_id) == (15000, stored.product_id)
    changed = sa.select(AuditEntry.facts).where(
        AuditEntry.action == "variant.changed", AuditEntry.subject_id == str(stored.id)
    )
    assert see(changed)[0]["net_weight_g"][1] == 260
    again = press(admin, "packs", page)
    assert again.status_code == 303
    assert "All of it stands there already. Nothing was changed." in admin.said()
    assert len(see(changed)) == 1


def test_every_fault_of_a_row_is_said_at_its_column(admin, see):
    [row, *_] = [row for row in rows_of(file_of(admin, "packs")) if row["SKU"] == "TEA"]
    row |= {"Price (¥)": "12.345", "Net weight in g": "ten", "Tax rate (%)": "7", "Can be bought": "maybe",
            "Contents of a box": "NOPE 2", "Name in Chinese": ""}  # fmt: skip
    page = look_at(admin, "packs", as_csv([row]))
    assert page.status_code == 400
    for sentence in (
        "An amount has at most two places after the point",
        "Please enter a whole number.",
        "There is no such rate of value-added tax",
        "Please write 是 or 否 (yes or no).",
        "Please fill this in.",
    ):
        assert sentence in page.text, sentence
    assert "5 mistakes in the table" in page.text
    assert 'name="seal"' not in page.text


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"Product": "eggs"}, "This stays as it is"),
        ({"Contents of a box": "NOPE 2"}, "There is no pack NOPE."),
        ({"Contents of a box": "TEA 1"}, "A gift box cannot contain a gift box, nor itself."),
        ({"Net weight in g": "9999"}, "The gross weight cannot be less than the net weight."),
        ({"Product": "no-such"}, "There is nothing with the short name “no-such”."),
        ({"Name in English": "cures cancer"}, "This claims an effect"),
    ],
)
def test_what_only_the_whole_row_shows_is_refused_as_in_the_form(admin, change, sentence):
    [row, *_] = [row for row in rows_of(file_of(admin, "packs")) if row["SKU"] == "TEA"]
    page = look_at(admin, "packs", as_csv([row | change]))
    assert page.status_code == 400
    assert sentence in page.text


def test_a_row_that_stands_there_twice_is_a_fault(admin):
    rows = rows_of(file_of(admin, "products"))
    page = look_at(admin, "products", as_csv([rows[0], rows[0]]))
    assert page.status_code == 400
    assert "Row 2 has the same." in page.text


def test_rows_that_moved_since_they_were_shown_are_shown_again(admin, see, session):
    rows = rows_of(file_of(admin, "products"))
    rows[0]["Name in English"] = "Another name"
    page = look_at(admin, "products", as_csv(rows[:1]))
    session.execute(sa.update(Product).values(name_en="Meanwhile"))
    session.commit()
    answer = press(admin, "products", page)
    assert answer.status_code == 409
    assert "Some of these rows were changed meanwhile." in answer.text
    assert "<del>Meanwhile</del> → <ins>Another name</ins>" in answer.text
    assert set(see(sa.select(Product.name_en))) == {"Meanwhile"}
    assert press(admin, "products", answer).status_code == 303
    assert see(sa.select(Product.name_en).where(Product.slug == rows[0]["Short name"])) == ["Another name"]


def test_a_price_ten_times_as_high_has_to_be_ticked(admin, see):
    rows = [row for row in rows_of(file_of(admin, "packs")) if row["SKU"] == "TEA"]
    rows[0]["Price (¥)"] = "9999"
    page = look_at(admin, "packs", as_csv(rows))
    assert "more than ten times apart" in page.text
    assert press(admin, "packs", page).status_code == 409
    assert press(admin, "packs", page, sure="y").status_code == 303
    assert see(sa.select(Variant.price_fen).where(Variant.sku == "TEA")) == [999900]


def test_columns_that_are_left_out_stay_and_nothing_is_deleted(admin, see):
    before = len(see(sa.select(Product.id)))
    rows = rows_of(file_of(admin, "products"))
    only = [{"Short name": rows[0]["Short name"], "Summary in Chinese": "新简介"}]
    assert press(admin, "products", look_at(admin, "products", as_csv(only))).status_code == 303
    [changed] = see(sa.select(Product).where(Product.slug == rows[0]["Short name"]))
    assert (changed.summary_zh, changed.name_zh) == ("新简介", rows[0]["Name in Chinese"])
    assert len(see(sa.select(Product.id))) == before


def test_a_new_product_is_a_draft(admin, see):
    rows = rows_of(file_of(admin, "products"))
    new = rows[0] | {"Short name": "brand-new", "Season (months)": "3 4", "Summary in Chinese": "新茶"}
    page = look_at(admin, "products", as_csv([new]))
    assert press(admin, "products", page).status_code == 303, page.text[-2000:]
    [made] = see(sa.select(Product).where(Product.slug == "brand-new"))
    assert (made.status, made.season_mask) == (ProductStatus.DRAFT, 0b1100)


def test_a_box_is_filled_by_the_table(admin, see):
    rows = rows_of(file_of(admin, "packs"))
    box = next(row for row in rows if row["SKU"] == "TEA") | {"SKU": "BOX", "Contents of a box": "EGGS 2"}
    assert press(admin, "packs", look_at(admin, "packs", as_csv([box]))).status_code == 303
    assert see(sa.select(BundleItem.units)) == [2]
    assert "Nothing would change" in look_at(admin, "packs", file_of(admin, "packs")).text


def test_a_price_for_a_time_is_not_in_the_table_and_not_written_over(admin, session, see):
    session.execute(
        sa.text("UPDATE variants SET former_fen = price_fen, price_fen = 1, price_until = :until"),
        {"until": "2099-01-01 00:00:00.000000"},
    )
    session.commit()
    rows = [row for row in rows_of(file_of(admin, "packs")) if row["SKU"] == "TEA"]
    assert rows[0]["Price (¥)"] != "0.01"
    assert "Nothing would change" in look_at(admin, "packs", as_csv(rows)).text
    rows[0]["Price (¥)"] = "0.01"
    page = look_at(admin, "packs", as_csv(rows))
    assert page.status_code == 400
    assert "A price for a time runs." in page.text


def test_the_file_holds_what_the_list_is_filtered_to(admin):
    everything = rows_of(file_of(admin, "products"))
    one = everything[0]["Short name"]
    assert [row["Short name"] for row in rows_of(file_of(admin, "products", q=one))] == [one]
    assert rows_of(file_of(admin, "products", status="withdrawn")) == []
    assert {row["Product"] for row in rows_of(file_of(admin, "packs", q=one))} == {one}
    assert f"q={one}" in admin.get("/admin/tables/products", q=one).text


def test_households_leave_out_what_is_personal_and_make_no_new_ones(admin, see, session):
    session.execute(sa.update(Household).values(phone="13800138000", story_zh="秘密"))
    session.commit()
    content = file_of(admin, "households")
    assert b"13800138000" not in content
    assert "秘密".encode() not in content
    rows = rows_of(content)
    rows[0]["Alias in English"] = "Somebody else"
    page = look_at(admin, "households", as_csv(rows))
    assert press(admin, "households", page).status_code == 303
    assert "Somebody else" in see(sa.select(Household.alias_en))
    assert set(see(sa.select(Household.phone))) == {"13800138000"}
    new = look_at(admin, "households", as_csv([rows[0] | {"Short name": "nobody-yet"}]))
    assert new.status_code == 400
    assert "this table makes no new ones" in new.text


def test_what_is_a_formula_elsewhere_is_text_here(admin, session, see):
    hostile = {
        "town_zh": "=cmd|' /C calc'!A0",
        "town_en": "'=1+1",
        "county_zh": "＠SUM(1)",
        "county_en": "'好",
    }
    session.execute(sa.update(Village).values(**hostile))
    session.commit()
    content = file_of(admin, "villages")
    for row in rows_of(content):
        assert row["Town in Chinese"].startswith("'=")
    sheet = openpyxl.load_workbook(io.BytesIO(file_of(admin, "villages", "xlsx"))).active
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    assert "Nothing would change" in look_at(admin, "villages", content).text
    assert "Nothing would change" in look_at(admin, "villages", file_of(admin, "villages", "xlsx")).text


@pytest.mark.parametrize("content", [b"", b"\0\0", b"PK\x03\x04nonsense", b"nothing,here\n1,2\n", b"SKU\n"])
def test_what_is_no_table_is_refused(admin, content):
    assert look_at(admin, "packs", content).status_code == 400


@pytest.mark.parametrize(("name", "kind"), [("users", "csv"), ("products", "exe")])
def test_there_are_no_other_tables(admin, name, kind):
    assert admin.get(f"/admin/tables/{name}/file.{kind}").status_code == 404


def test_a_press_without_what_was_shown_finds_nothing(admin):
    assert admin.post("/admin/tables/packs/confirm", digest="../x", seal="x").status_code == 404
    gone = admin.post("/admin/tables/packs/confirm", digest="0" * 64, seal="0" * 64)
    assert gone.status_code == 303
    assert "Please send the table again." in admin.said()
