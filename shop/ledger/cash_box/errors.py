"""What is refused where cash is counted."""

from __future__ import annotations

from shop.kit.errors import Conflict
from shop.kit.text import msg


class CountsDiffer(Conflict):
    """The second person is not told what the first one counted."""

    code = "cash_counts_differ"
    default_message = msg("The first person counted another sum. Please count once more, together.")


class CashMoved(Conflict):
    code = "cash_moved"
    default_message = msg(
        "Meanwhile something was sold or given back: ¥%(now)s should be in the box now. Please count again."
    )


class CountWaits(Conflict):
    code = "cash_count_waits"
    default_message = msg("A count waits for its second person already.")


class CountOver(Conflict):
    code = "cash_count_over"
    default_message = msg("This count is over already.")
