"""What became of refunded goods, as the team says it, and as team, buyer and whoever reads the lot see it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from shop.accounts.models import RoleName
from shop.fulfilment.receipt import receive_order
from shop.inventory.models import Allocation, Lot, ReturnedUnits, ReturnStatus
from shop.kit.clock import utc_now
from shop.ordering.claim_models import Claim, ClaimKind
from shop.ordering.models import OrderLine
from shop.payments.models import Refund
from tests.conftest import OwnOriginClient
from tests.factories.people import csrf_token, make_person, sign_in
from tests.factories.trade import Trade, open_for_trade
from tests.integration.storefront.test_orders import open_as_guest

ENGLISH = {"Accept-Language": "en"}


@dataclass
class Faces:
    """An order of two packs of tea that have come, its buyer and the team at their pages."""

    trade: Trade
    order_id: int
    number: str
    line_id: int
    lot_id: int
    buyer: FlaskClient
    team: FlaskClient

    @property
    def form(self) -> str:
        return f"/admin/orders/{self.number}/part-refund"

    def read(self, path: str, *, as_buyer: bool = False) -> str:
        return (self.buyer if as_buyer else self.team).get(path, headers=ENGLISH).text

    def order_of_buyer(self) -> str:
        return self.read(f"/orders/{self.number}", as_buyer=True)

    def order_of_team(self) -> str:
        return self.read(f"/admin/orders/{self.number}")

    def press(self, path: str, **fields: str) -> Any:
        data = {"csrf_token": csrf_token(self.team, "/account"), **fields}
        return self.team.post(path, data=data, headers=ENGLISH)

    def ask(self, goods: str, *, units: int = 1, sure: bool = True) -> Any:
        """The form, typed and sent; `sure`: not only looked at."""
        typed = {f"units-{self.line_id}": str(units), f"goods-{self.line_id}": goods}
        rest = {"bearer": "shop", "reason": "unopened", "token": "once"} | ({"sure": "1"} if sure else {})
        return self.press(self.form, **typed, **rest)

    def lot(self) -> Lot:
        return self.trade.run(lambda session: session.get_one(Lot, self.lot_id))


@pytest.fixture
def faces(app, client, session, unit_of_work) -> Iterator[Faces]:
    trade = open_for_trade(session, unit_of_work)
    trade.now = max(trade.now, utc_now() - timedelta(hours=2))
    order_id = trade.sell({"tea": 2}, courier=True)
    trade.deliver(order_id)
    number = trade.order_row(order_id).number
    open_as_guest(app, client, number)
    person = make_person(unit_of_work, "clerk@example.com", roles=[RoleName.ADMIN, RoleName.FINANCE])
    team = OwnOriginClient(app, app.response_class, use_cookies=True)
    sign_in(team, person.email)
    of_order = sa.select(Allocation.order_line_id, Allocation.lot_id).join(
        OrderLine, OrderLine.id == Allocation.order_line_id
    )
    line_id, lot_id = trade.run(
        lambda session: session.execute(of_order.where(OrderLine.order_id == order_id)).one()
    )
    yield Faces(trade, order_id, number, line_id, lot_id, client, team)
    assert trade.violations() == []


def test_units_that_come_back_are_shown_before_and_move_once_however_often_it_is_pressed(faces: Faces):
    available = faces.lot().available
    shown = faces.read(faces.form)
    assert f'<option value="restock:{faces.lot_id}"' in shown
    assert '<option value="">Nothing came back</option>' in shown
    preview = faces.ask(f"restock:{faces.lot_id}", sure=False).text
    assert "Off the sale, since the goods are back in stock" in preview
    assert "They came back whole: back in stock" in preview
    assert "The households keep their money." not in preview
    for _ in range(2):
        assert faces.ask(f"restock:{faces.lot_id}").status_code == 303
    assert "back in stock once the money is back" in faces.order_of_team()
    faces.trade.send_refunds()
    assert faces.lot().available == available + 1


def test_before_goods_of_a_parcel_that_nobody_has_yet_are_put_in_stock_the_team_reads_that_it_is_out(
    faces: Faces,
):
    faces.trade.run(lambda s: receive_order(s, faces.order_id, now=faces.trade.now))
    assert "nobody has said that it arrived" not in faces.ask(f"restock:{faces.lot_id}", sure=False).text
    order_id = faces.trade.sell({"tea": 2}, courier=True)
    faces.trade.ship(order_id)
    line_id, lot_id = faces.trade.run(
        lambda s: s.execute(
            sa.select(Allocation.order_line_id, Allocation.lot_id)
            .join(OrderLine, OrderLine.id == Allocation.order_line_id)
            .where(OrderLine.order_id == order_id)
        ).one()
    )
    number = faces.trade.order_row(order_id).number
    travelling = replace(faces, order_id=order_id, number=number, line_id=line_id, lot_id=lot_id)
    [parcel] = faces.trade.parcels(order_id)
    asked = travelling.ask(f"restock:{lot_id}", sure=False).text
    assert f"Parcel {parcel.code} has left, and nobody has said that it arrived." in asked
    assert "nobody has said" not in travelling.ask("", sure=False).text, "nothing is put in stock"


def test_what_is_back_in_stock_stands_on_the_order_its_lot_and_behind_the_code_on_the_bag(faces: Faces):
    faces.ask(f"restock:{faces.lot_id}")
    faces.trade.send_refunds()
    of_buyer = faces.order_of_buyer()
    assert "came back to the shop" in of_buyer
    assert "The households keep their money." not in of_buyer
    assert "(back in stock)" in faces.order_of_team()
    lot = faces.read(f"/admin/lots/{faces.lot_id}")
    assert "came back, for sale again +1" in lot
    assert "unopened" in lot
    traced = faces.read(f"/trace/{faces.lot().code}", as_buyer=True)
    assert "1 pack of this lot came back whole" in traced
    assert "unopened" not in traced


def test_buyer_and_team_can_add_the_parts_and_the_goods_in_stock_again_up_to_the_price(faces: Faces):
    faces.ask(f"restock:{faces.lot_id}")
    total = f"¥{faces.trade.order_row(faces.order_id).total_fen / 100:.2f}"
    assert "Goods back in stock: nobody" not in faces.order_of_buyer(), "not before the money is back"
    faces.trade.send_refunds()
    row = re.compile(r"<span>([^<]+)</span><span class=\"num ms-auto\">(¥[\d.]+)</span>")
    for page in (faces.order_of_buyer(), faces.order_of_team()):
        assert dict(row.findall(page))["Goods back in stock: nobody has a part of their price"] == "¥68.00"
        assert f'the price</b><b class="num ms-auto">{total}</b>' in page


@pytest.mark.parametrize(
    ("wish", "buyer_reads", "team_reads"),
    [
        ("", "nothing has to be sent back", "nothing came back"),
        ("write_off", "not sold again", "written off"),
    ],
)
def test_buyer_and_team_read_what_became_of_the_goods(faces: Faces, wish, buyer_reads, team_reads):
    faces.ask(f"{wish}:{faces.lot_id}" if wish else "")
    faces.trade.send_refunds()
    of_buyer = faces.order_of_buyer()
    assert f"({buyer_reads})" in of_buyer
    assert "The households keep their money." in of_buyer
    assert f"({team_reads})" in faces.order_of_team()


@pytest.mark.parametrize("typed", ["restock:999999", "restock:abc", "restock:", "restock"])
def test_a_lot_that_sent_none_of_it_is_refused_beside_its_field(faces: Faces, typed):
    answer = faces.ask(typed)
    assert answer.status_code == 400
    assert f'id="goods-{faces.line_id}-error"' in answer.text
    assert faces.trade.run(lambda s: s.scalars(sa.select(Refund.id)).all()) == []


def test_more_than_its_lot_sent_is_refused_and_what_was_chosen_stays(faces: Faces):
    faces.trade.part_refund(faces.order_id, "shop", units={"tea": 1}, goods="write_off")
    answer = faces.ask(f"restock:{faces.lot_id}", units=2)
    assert answer.status_code == 400
    assert f'<option value="restock:{faces.lot_id}" selected' in answer.text


def test_a_change_of_mind_proposes_that_the_goods_go_back_in_stock(faces: Faces):
    claim_id = faces.trade.claim(faces.order_id, "tea", kind=ClaimKind.CHANGE_OF_MIND)
    path = f"/admin/claims/{claim_id}"
    granted = {"status": "accepted", "rule": "seven_days", "answer": "Please send it back."}
    assert faces.press(path, **granted).status_code == 303
    page = faces.read(path)
    link = page[page.index(f"{faces.form}?") :].split('"')[0].replace("&amp;", "&")
    assert f'<option value="restock:{faces.lot_id}" selected' in faces.read(link)
    assert faces.trade.run(lambda s: s.get_one(Claim, claim_id).order_line_id) == faces.line_id


def test_what_is_not_fit_for_sale_after_all_is_written_off_on_the_order(faces: Faces):
    faces.ask(f"restock:{faces.lot_id}")
    faces.trade.send_refunds()
    page = faces.order_of_team()
    action = page[page.index(f"/admin/orders/{faces.number}/returned/") :].split('"')[0]
    faces.press(action, reason=" ")
    assert "Please say why." in faces.order_of_team()
    for _ in range(2):
        assert faces.press(action, reason="mouldy").status_code == 303
    after = faces.order_of_team()
    assert "(written off instead)" in after
    assert "mouldy" in after
    assert action not in after
    [row] = faces.trade.run(lambda s: s.scalars(sa.select(ReturnedUnits)).all())
    assert row.status is ReturnStatus.WRITTEN_OFF
    assert "came back, written off 1" in faces.read(f"/admin/lots/{faces.lot_id}")
