"""The board: all of own villages on one screen."""

from __future__ import annotations

from shop.accounts.models import RoleName
from shop.fulfilment.board import Lane
from shop.fulfilment.board import board as standing
from shop.fulfilment.board_counts import Way, progress
from shop.fulfilment.household_tasks import give_back_list, work_list
from shop.fulfilment.packing_list import count_to_pack
from shop.fulfilment.parcel_list import packed_parcels
from shop.fulfilment.run_list import next_run
from shop.kit.clock import utc_now
from shop.kit.text import msg
from shop.web.database import read_session
from shop.web.guards import requires
from shop.web.village.blueprint import village
from shop.web.village.desk import page, reach
from shop.web.village.packaging import running_out
from shop.web.village.recalls import to_put_aside

LANES = {
    Lane.OPEN: msg("Not yet accepted"),
    Lane.ACCEPTED: msg("In preparation"),
    Lane.READY: msg("Ready to hand in"),
    Lane.RECEIVED: msg("Received"),
}
FIRST_TO_DECIDE = 3
CARDS_SHOWN = 40
PACKAGING_SHOWN = 3


@village.get("")
@requires(RoleName.COORDINATOR)
def board() -> str:
    session, by, now = read_session(), reach(), utc_now()
    run = next_run(session, now=now)
    return page(
        "village/board.html",
        "board",
        board=standing(session, by),
        lanes=LANES,
        cards_shown=CARDS_SHOWN,
        to_decide=work_list(session, by, now=now, limit=FIRST_TO_DECIDE),
        back_to_households=give_back_list(session, by, limit=FIRST_TO_DECIDE),
        to_put_aside=to_put_aside(),
        packed=packed_parcels(session, by),
        to_pack=count_to_pack(session, by),
        run=run,
        ways=Way,
        running_out=running_out(),
        packaging_shown=PACKAGING_SHOWN,
        progress=progress(session, by, run_id=run.id if run else None),
    )
