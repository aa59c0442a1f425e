"""Looking a pickup code up: six digits are soon guessed by who may go on trying."""

from __future__ import annotations

from shop.accounts.attempts import begin_attempt, take_back_attempt
from shop.accounts.models import AttemptKind
from shop.fulfilment.handover import Pickup, find_pickups
from shop.fulfilment.point_errors import NotLeftYet, UnknownPickupCode
from shop.kit.clock import utc_now
from shop.web.database import read_session, transact
from shop.web.origin import request_origin
from shop.web.point.counter import reach
from shop.web.viewer import current_user_id


def look_up(typed_code: str) -> list[Pickup]:
    """Who has parcels for this code; a wrong one is counted, by keeper and by address.

    Raises UnknownPickupCode, NotLeftYet, and TooManyAttempts after too many wrong ones.
    """
    keeper, origin, now = str(current_user_id()), request_origin(), utc_now()
    attempt_id = transact(
        lambda session: begin_attempt(session, AttemptKind.PICKUP, keeper, origin=origin, now=now)
    )
    is_wrong = False
    try:
        return find_pickups(read_session(), typed_code, by=reach())
    except UnknownPickupCode as error:
        is_wrong = not isinstance(error, NotLeftYet)
        raise
    finally:
        if not is_wrong:
            transact(lambda session: take_back_attempt(session, attempt_id))
