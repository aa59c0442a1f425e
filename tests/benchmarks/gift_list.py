"""A gift's list of 5,000 recipients as XLSX: read while somebody waits, then judged by the worker."""

from __future__ import annotations

import io
from pathlib import Path
from time import monotonic

import sqlalchemy as sa

from shop import create_app
from shop.accounts.models import OrganisationMember
from shop.extensions import unit_of_work
from shop.gifts.drafts import start_gift
from shop.gifts.listing import Extent, judge_waiting, open_table, take_table
from shop.gifts.reader import counts_of
from shop.gifts.reading import MOST_RECIPIENTS
from shop.kit.clock import utc_now
from shop.seeding.loading import load_seed
from shop.storage.workbooks import new_workbook
from tests.benchmarks.databases import empty
from tests.databases import testing_settings
from tests.factories.seeds import SEED_FILE

PLACES = ("陕西省西安市雁塔区小寨东路", "北京海淀区中关村大街", "广东省广州市天河区五山路", "雁塔区含光南路")


def measure_gift_list(folder: Path, *, server: str | None) -> None:
    """Print how long each step takes."""
    with empty(folder, server=server) as url:
        app = create_app(testing_settings(folder / "gifts", url))
        with app.app_context():
            now = utc_now()
            load_seed(unit_of_work(), SEED_FILE, now=now, demo=True)
            buyer = sa.select(OrganisationMember.organisation_id, OrganisationMember.user_id)
            organisation_id, user_id = unit_of_work().run(
                lambda session: session.execute(buyer.limit(1)).one()
            )
            by = {"actor_id": user_id, "now": now}
            gift_id = unit_of_work().run(
                lambda session: start_gift(session, organisation_id, "礼品", token="bench", **by)
            )
            content, began = _table(), monotonic()
            table = open_table(content, "名单.xlsx")
            opened = monotonic()
            unit_of_work().run(lambda session: take_table(session, gift_id, table, extent=Extent.WHOLE, **by))
            read = monotonic()
            judge_waiting(unit_of_work(), now=now)
            judged = monotonic()
            counts = unit_of_work().run(lambda session: counts_of(session, gift_id))
        print(f"\nA gift's list of {MOST_RECIPIENTS:,} rows, XLSX of {len(content) // 1024} KiB")
        print(
            f"  opened {opened - began:5.2f} s   written {read - opened:5.2f} s   judged by the worker {judged - read:5.2f} s"
        )
        print(f"  {counts.ready:,} can be sent, {counts.mend:,} have to be mended")


def _table() -> bytes:
    buffer = io.BytesIO()
    with new_workbook(buffer, in_memory=True) as book:
        sheet = book.add_worksheet("名单")
        sheet.write_row(0, 0, ("姓名", "手机", "地址"))
        for row in range(MOST_RECIPIENTS):
            place = PLACES[row % len(PLACES)]
            sheet.write_row(row + 1, 0, (f"客户{row}", f"139{row:08d}", f"{place}{row} 号"))
    return buffer.getvalue()
