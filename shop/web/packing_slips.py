"""A truck's packing slips on paper, for the faces that print them."""

from __future__ import annotations

from collections.abc import Callable

from flask import render_template, request

from shop.fulfilment.packing_slips import packing_slips
from shop.fulfilment.reach import Reach
from shop.web.database import read_session

MOST_PAGES = 200
ROLL = "roll"  # 100 × 150 mm; else A4


def packing_slips_page(run_code: str, by: Reach, *, back: str, at: Callable[..., str]) -> str:
    """`back` leads to the truck, `at` makes this page's address with another paper or page. Raises NotFound."""
    number = min(max(request.args.get("page", 1, type=int), 1), MOST_PAGES)
    return render_template(
        "components/packing_slips.html",
        found=packing_slips(read_session(), run_code, by, page=number),
        on_a4=request.args.get("paper") != ROLL,
        back=back,
        at=at,
    )
