"""What was typed into the form of a part's refund; empty fields mean nothing of that kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from shop.inventory.models import ReturnWish
from shop.kit.errors import InvalidInput
from shop.kit.text import form_number, msg
from shop.kit.typed_amounts import WrongNumber, read_fen, read_whole_number
from shop.ledger.bearing import Part
from shop.ledger.bearing_preview import Restocked
from shop.ordering.models import OrderLine
from shop.payments.goods_back import Goods, Origins, find_origin
from shop.payments.models import RefundBearer
from shop.payments.part_refunds import LONGEST_REASON, PartRefund, refuse_senseless
from shop.payments.refund_limits import LeftToRefund, RefundedUnits


class Typed:
    """The fields as text, with the errors found while reading them."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self.fields = {name: value.strip()[:LONGEST_REASON] for name, value in fields.items()}
        self.errors: dict[str, str] = {}

    def part(self, lines: Iterable[OrderLine], left: LeftToRefund, origins: Origins) -> PartRefund:
        """Raises InvalidInput with everything that is wrong. Units without an amount cost their price."""
        units = [self._units(line.id, left) for line in lines]
        bearer = self.fields.get("bearer", "")
        part = PartRefund(
            bearer=RefundBearer(bearer) if bearer in set(RefundBearer) else RefundBearer.REVERSAL,
            reason=self.fields.get("reason", ""),
            units=tuple(one for one in units if one is not None),
            freight_fen=self._fen("freight") or 0,
            free_fen=self._fen("free") or 0,
            claim_id=form_number(self.fields.get("claim", "")),
        )
        if not bearer:
            self.errors["bearer"] = msg("Please choose who bears it.")
        if self.errors:
            raise InvalidInput(errors={**_senseless(part, left, origins), **self.errors})
        return part

    def _units(self, line_id: int, left: LeftToRefund) -> RefundedUnits | None:
        text, name = self.fields.get(f"units-{line_id}", ""), f"units-{line_id}"
        fen = self._fen(f"fen-{line_id}")
        try:
            units = read_whole_number(text) if text else 0
        except WrongNumber as wrong:
            self.errors[name] = wrong.message
            return None
        if not units:
            if fen:
                self.errors[name] = msg("Please say how many units.")
            return None
        line = left.lines.get(line_id)
        price = line.most_for(units) if line is not None else 0
        return RefundedUnits(line_id, units, price if fen is None else fen, goods=self._goods(line_id))

    def _goods(self, line_id: int) -> Goods | None:
        """`restock:17` is back in stock on lot 17, `write_off:` written off with the whole of a gift box."""
        wish, _, lot = self.fields.get(f"goods-{line_id}", "").partition(":")
        if wish not in set(ReturnWish):
            return None
        return Goods(ReturnWish(wish), form_number(lot))

    def _fen(self, name: str) -> int | None:
        text = self.fields.get(name, "")
        if not text:
            return None
        try:
            return read_fen(text)
        except WrongNumber as wrong:
            self.errors[name] = wrong.message
            return None


def _senseless(part: PartRefund, left: LeftToRefund, origins: Origins) -> dict[str, str]:
    """What else is wrong beside what could not be read, so that everything is said at once.

    Whether anything is chosen at all is asked when everything could be read.
    """
    try:
        refuse_senseless(part, left, origins)
    except InvalidInput as error:
        return {field: said for field, said in error.errors.items() if field != "free"}
    return {}


def parts_of(part: PartRefund) -> list[Part]:
    """As the books will divide it: what somebody bears; of units that go back in stock only which line they are of."""
    units = [
        Part(0 if one.is_restocked else one.amount_fen, one.order_line_id, one.units) for one in part.units
    ]
    return [*units, Part(part.freight_fen), Part(part.free_fen)]


def restocked_of(part: PartRefund, origins: Origins) -> list[Restocked]:
    """The units of it that go back in stock."""
    found = [(one, find_origin(origins, one.order_line_id, one.goods)) for one in part.units if one.goods]
    return [
        Restocked(one.order_line_id, one.units, origin.take(one.units))
        for one, origin in found
        if origin is not None and one.is_restocked
    ]
