"""A finance clerk keeps a view of the books, has it written every month, and takes the file that a letter leads to."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import openpyxl
import pytest
import sqlalchemy as sa

from shop.exports.schedule_models import ReportSchedule
from shop.extensions import unit_of_work
from shop.kit.clock import utc_now
from tests.browser.looking import DESKTOP, PHONE


@pytest.mark.parametrize(("width", "language"), [(PHONE, "zh"), (DESKTOP, "en")])
def test_a_clerk_saves_a_view_plans_it_gets_the_letter_and_takes_the_file(visit, worker, width, language):
    clerk, name = visit("admin", width=width, language=language), f"每月余额 {language}"
    clerk.open("/admin/reports/trial-balance")
    clerk.press(clerk.link("选列、筛选、保存", "Choose columns, filter, save"))
    for number, field in enumerate(clerk.main.locator("input[name^=place-]").all()):
        field.fill(str(number + 1) if number < 3 else "")
    clerk.main.locator("[name=name]").fill("")
    with clerk.ears.expecting(400):
        clerk.press(clerk.button("保存为视图", "Save as a view"))
    assert clerk.says("请给视图起一个名称", "Please give the view a name") in clerk.text
    clerk.main.locator("[name=name]").fill(name)
    clerk.press(clerk.button("保存为视图", "Save as a view"))
    assert clerk.main.locator("thead th").count() == 3
    assert name in clerk.text

    clerk.press(clerk.link("我的视图", "My views"))
    row = clerk.main.locator("tr", has_text=name)
    clerk.press(row.locator("a.btn"))
    clerk.press(clerk.link("定期生成文件", "Plan files"))
    clerk.main.locator("[name=every]").select_option("MONTHLY")
    clerk.main.locator("[name=period]").select_option("last_month")
    clerk.press(clerk.button("保存计划", "Plan"))
    assert "FREQ=MONTHLY;BYMONTHDAY=1;BYHOUR=7;BYMINUTE=30" in clerk.text

    with worker.app.app_context():
        due = utc_now() - timedelta(minutes=1)
        mine = sa.update(ReportSchedule).where(ReportSchedule.view == name).values(next_at=due)
        unit_of_work().run(lambda session: session.execute(mine))
    worker.does("plan_exports")
    worker.does("write_exports")
    letter = worker.letter(name)
    clerk.open(re.search(r"next=(/admin/exports/[0-9]+)", letter.text)[1])
    assert clerk.says("文件已完整生成", "The file is whole") in clerk.text
    with clerk.page.expect_download() as file:
        clerk.main.locator("a[href$='/file']").click()
    sheet = openpyxl.load_workbook(io.BytesIO(file.value.path().read_bytes())).active
    assert sheet.max_column == 3
