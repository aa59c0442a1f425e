"""What delivery refuses."""

from __future__ import annotations

from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import msg


class NotServed(InvalidInput):
    """No courier goes there, or not yet."""

    code = "not_served"
    default_message = msg("We do not deliver to %(province)s yet. Campus pickup is possible.")


class RunClosed(Conflict):
    """The truck takes no more orders: past its cut-off, departed or cancelled, or not stopping at this point."""

    code = "run_closed"
    default_message = msg("This truck takes no more orders. Please choose another day.")


class RunFull(Conflict):
    """The truck has no room left for this order's weight."""

    code = "run_full"
    default_message = msg("This truck is full. Please choose another day.")


class BadTrackingNumber(InvalidInput):
    """The number cannot be one of this carrier's; `example` shows what they look like."""

    code = "bad_tracking_number"
    default_message = msg("This is not a tracking number of this courier. They look like %(example)s.")
