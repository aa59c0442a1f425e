"""What the sandbox remembers of payments: each can be refunded like a real one, however old it is."""

from __future__ import annotations

from shop.demo.made import Made
from shop.demo.rows import Rows
from shop.payments.providers.sandbox import LIFETIME
from shop.payments.sandbox.models import SandboxSession, TillStatus


def add_till(rows: Rows, made: Made, token: str, reference: str, *, refunded_fen: int) -> None:
    placed = made.life.placed
    rows.add(
        SandboxSession,
        token=token,
        reference=reference,
        status=TillStatus.PAID,
        amount_fen=made.total_fen,
        order_number=made.number,
        items=[[line.goods.product_name_zh, line.goods.price_fen, line.quantity] for line in made.lines],
        language="zh",
        return_url="/orders",
        cancel_url="/orders",
        created_at=placed,
        expires_at=placed + LIFETIME,
        refunded_fen=refunded_fen,
    )
