"""What was typed into the form of a part's refund; empty fields mean nothing of that kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from shop.kit.errors import InvalidInput
from shop.kit.money import typed_yuan
from shop.kit.text import msg, typed_number
from shop.ledger.bearing import Part
from shop.ordering.models import OrderLine
from shop.payments.models import RefundBearer
from shop.payments.part_refunds import LONGEST_REASON, PartRefund
from shop.payments.refund_limits import LeftToRefund, RefundedUnits

MOST_FEN = 100_000_000


class Typed:
    """The fields as text, with the errors found while reading them."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self.fields = {name: value.strip()[:LONGEST_REASON] for name, value in fields.items()}
        self.errors: dict[str, str] = {}

    def part(self, lines: Iterable[OrderLine], left: LeftToRefund) -> PartRefund:
        """Raises InvalidInput. Units without an amount cost their price."""
        units = [self._units(line.id, left) for line in lines]
        bearer = self.fields.get("bearer", "")
        part = PartRefund(
            bearer=RefundBearer(bearer) if bearer in set(RefundBearer) else RefundBearer.REVERSAL,
            reason=self.fields.get("reason", ""),
            units=tuple(one for one in units if one is not None),
            freight_fen=self._fen("freight") or 0,
            free_fen=self._fen("free") or 0,
            claim_id=int(claim)
            if (claim := self.fields.get("claim", "")).isdigit() and len(claim) < 16
            else None,
        )
        if not bearer:
            self.errors["bearer"] = msg("Please choose who bears it.")
        if self.errors:
            raise InvalidInput(errors=self.errors)
        return part

    def _units(self, line_id: int, left: LeftToRefund) -> RefundedUnits | None:
        text, name = self.fields.get(f"units-{line_id}", ""), f"units-{line_id}"
        fen = self._fen(f"fen-{line_id}")
        try:
            units = typed_number(text) if text else 0
        except ValueError:
            self.errors[name] = msg("Please enter a whole number.")
            return None
        if not units:
            if fen:
                self.errors[name] = msg("Please say how many units.")
            return None
        line = left.lines.get(line_id)
        price = line.most_for(units) if line is not None else 0
        return RefundedUnits(line_id, units, price if fen is None else fen)

    def _fen(self, name: str) -> int | None:
        text = self.fields.get(name, "")
        if not text:
            return None
        try:
            fen = typed_yuan(text)
        except ValueError:
            fen = -1
        if not 0 <= fen <= MOST_FEN:
            self.errors[name] = msg("Please enter an amount in yuan.")
            return None
        return fen


def parts_of(part: PartRefund) -> list[Part]:
    """As the books will divide it."""
    units = [Part(one.amount_fen, one.order_line_id, one.units) for one in part.units]
    return [one for one in (*units, Part(part.freight_fen), Part(part.free_fen)) if one.fen]
