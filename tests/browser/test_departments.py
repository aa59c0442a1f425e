"""What a department buys over the counter stands on the board and in the statement, and its file says the same."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from datetime import datetime

import openpyxl
import pytest
import sqlalchemy as sa

from shop.accounts.models import Organisation, Unit
from shop.extensions import unit_of_work
from shop.purchases.models import Funding, PurchaseBuyer
from tests.browser.looking import DESKTOP, PHONE


@dataclass(frozen=True)
class Department:
    slug: str
    name: str
    unit_id: int


@pytest.fixture
def department(worker_app):
    """An organisation that buys for a unit of the university."""

    def add(session):
        known = session.scalar(sa.select(Organisation).where(Organisation.slug == "chemistry"))
        unit_id = session.scalar(sa.select(sa.func.min(Unit.id)))
        if known is None:
            title = {"invoice_title": "化学与材料系", "tax_number": "1" * 18}
            known = Organisation(slug="chemistry", name="化学与材料系", unit_id=unit_id, **title)
            session.add(known)
            session.flush()
            session.add(
                PurchaseBuyer(organisation_id=known.id, unit_id=unit_id, funding=Funding.ADMINISTRATION)
            )
        return Department(known.slug, known.name, unit_id)

    with worker_app.app_context():
        return unit_of_work().run(add)


@pytest.mark.parametrize(("width", "language", "name"), [(PHONE, "zh", "point"), (DESKTOP, "en", "point2")])
def test_a_sale_for_a_department_stands_in_the_statement_and_its_file(
    width, language, name, visit, world, department
):
    keeper, own = visit(name, width=width, language=language), world.records["shelves"][name]
    keeper.open(f"/point/shelf/{own['shelf_id']}")
    keeper.main.get_by_role("button", name=keeper.says("加一", "Plus")).first.click()
    keeper.press(keeper.button("算总价", "To the total"))
    keeper.main.get_by_text(keeper.says("代部门或单位购买", "It is bought for a department")).click()
    keeper.main.locator("[name=find]").fill(department.slug)
    keeper.press(keeper.button("查找", "Find"))
    keeper.press(keeper.link(department.name, department.name))
    assert keeper.says("代谁购买", "Bought for") in keeper.text
    keeper.press(keeper.button("现金", "Cash"))
    assert department.name in keeper.text

    admin = visit("admin", width=width, language=language)
    admin.open("/admin/units/board")
    admin.press(admin.link("消费帮扶台账", "Procurement statement").last)
    admin.main.locator("select[name=channel]").select_option("counter")
    admin.main.locator("select[name=unit]").select_option(str(department.unit_id))
    admin.press(admin.button("看结果", "Show"))
    assert department.name in admin.text
    shown = count_of(admin)
    with admin.page.expect_download() as file:
        admin.link("导出 Excel", "Export Excel").click()
    book = openpyxl.load_workbook(io.BytesIO(file.value.path().read_bytes()))
    rows = list(book.worksheets[0].iter_rows(min_row=2, values_only=True))
    assert len([row for row in rows if isinstance(row[0], datetime)]) == shown, "beside the sum's own row"
    text = admin.text
    money = [cell for row in rows for cell in row if isinstance(cell, int | float) and cell > 1]
    assert money, "the file has amounts"
    assert all(f"{cell:,.2f}" in text or str(cell) in text for cell in money[:12])

    admin.open(admin.path)
    admin.press(admin.main.locator("#left button").first)
    assert admin.says("和当时一样", "The same rows as then") in admin.text


def count_of(admin):
    """So many rows, as the page says."""
    found = re.search(
        admin.says(r"(\d+)\s*行", r"(\d+) rows?\b"), admin.main.locator(".card-p").first.inner_text()
    )
    assert found, admin.text
    return int(found[1])
