"""Gifts for tests: a list as a table, a draft, and everybody it is sent to."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from functools import partial

import sqlalchemy as sa

from shop.gifts.drafts import Card, choose_goods, start_gift, write_card
from shop.gifts.listing import Extent, Taken, open_table, take_table
from shop.gifts.models import GiftRecipient
from shop.gifts.placing import place_gift
from shop.gifts.quoting import quote_gift
from shop.gifts.submitting import submit_gift
from shop.kit.money import plain_yuan
from shop.payments.joint.matching import say_it_came
from shop.payments.joint.models import JointState, JointTransfer
from shop.payments.joint.settling import settle_joint_transfers
from shop.payments.statements.importing import Reading, import_statement, open_statement
from shop.payments.statements.models import StatementLine
from tests.factories.statements import as_csv, rows_of
from tests.factories.trade import Trade

HEAD = ("姓名", "手机", "地址")
PEOPLE = (
    ("陈女士", "13800000014", "陕西省西安市雁塔区小寨东路9号"),
    ("周先生", "13800000037", "西安碑林区咸宁西路28号"),
    ("许经理", "13800000052", "广东省广州市天河区天河路1号"),
)


def a_table(rows: Sequence[Sequence[str]], head: Sequence[str] = HEAD) -> bytes:
    written = io.StringIO()
    csv.writer(written).writerows([head, *rows])
    return written.getvalue().encode()


def a_gift(trade: Trade, goods: dict[str, int] | None = None, *, name: str = "年终答谢礼") -> int:
    """A draft of the union, with these goods for each recipient."""
    who = {"actor_id": trade.union_id, "now": trade.now}
    gift_id = trade.run(
        lambda session: start_gift(session, trade.organisation_id, name, token=f"{name}{trade.now}", **who)
    )
    units = {trade.shop.variants[sku]: number for sku, number in (goods or {"tea": 2}).items()}
    trade.run(lambda session: choose_goods(session, gift_id, units, **who))
    card = Card("{称呼}：这一年多谢您。", "校工会", True, True)
    trade.run(lambda session: write_card(session, gift_id, card, **who))
    return gift_id


def a_list(
    trade: Trade,
    gift_id: int,
    rows: Sequence[Sequence[str]] = PEOPLE,
    *,
    extent: Extent = Extent.WHOLE,
    head: Sequence[str] = HEAD,
) -> Taken:
    take = partial(
        take_table,
        gift_id=gift_id,
        table=open_table(a_table(rows, head), "名单.csv"),
        extent=extent,
        actor_id=trade.union_id,
        now=trade.now,
    )
    return trade.run(take)


def total_of(trade: Trade, gift_id: int) -> int:
    return trade.run(lambda session: quote_gift(session, gift_id, now=trade.now)).total_fen


def submit(trade: Trade, gift_id: int, total_fen: int | None = None, *, hold_days: int | None = None) -> int:
    """`hold_days`: paid in advance by one transfer."""
    seen = total_of(trade, gift_id) if total_fen is None else total_fen
    send = partial(
        submit_gift,
        gift_id=gift_id,
        seen_total_fen=seen,
        actor_id=trade.union_id,
        now=trade.now,
        hold_days=hold_days,
    )
    return trade.run(send)


def place(trade: Trade, gift_id: int) -> int:
    """The worker's turn."""
    return place_gift(trade.unit_of_work, gift_id, now=trade.now)


def rows(trade: Trade, gift_id: int) -> list[GiftRecipient]:
    of_gift = sa.select(GiftRecipient).where(GiftRecipient.gift_id == gift_id).order_by(GiftRecipient.row)
    return trade.run(lambda session: list(session.scalars(of_gift)))


def states(trade: Trade, gift_id: int) -> list[str]:
    return [row.state.value for row in rows(trade, gift_id)]


def the_joint(trade: Trade, gift_id: int) -> JointTransfer:
    """The gift's last transfer."""
    last = sa.select(JointTransfer).where(JointTransfer.gift_id == gift_id).order_by(JointTransfer.id.desc())
    return trade.run(lambda session: session.scalars(last).first())


def receipt(trade: Trade, fen: int, remark: str, *, payer: str = "某某大学工会") -> int:
    """Money that stands on the bank's statement; the id of its line."""
    day, serial = trade.now.date().isoformat(), f"J{trade.now:%d%H%M}{fen}"
    file = open_statement(as_csv(rows_of([(day, serial, plain_yuan(fen), payer, remark)])))
    who = {"actor_id": trade.admin_id, "now": trade.now}
    trade.run(lambda session: import_statement(session, file, Reading(), file_name="12.csv", **who))
    return trade.run(lambda session: session.scalar(sa.select(sa.func.max(StatementLine.id))))


def say(trade: Trade, joint_id: int, lines: Sequence[int], actor_id: int | None = None) -> JointState:
    who = {"actor_id": actor_id or trade.admin_id, "now": trade.now}
    return trade.run(lambda session: say_it_came(session, joint_id, lines, **who))


def settle(trade: Trade) -> int:
    """The worker's turn."""
    return settle_joint_transfers(trade.unit_of_work, now=trade.now)
