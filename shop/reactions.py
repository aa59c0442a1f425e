"""What happens after what: one table, to be read from top to bottom.

A reaction is `reaction(session, event)`. It runs in the transaction that recorded the event, before the commit,
in the order written here, and touches only the database; an exception undoes everything. What must reach the
outside world goes through the outbox.
"""

from __future__ import annotations

from shop.storage.unit_of_work import Reaction

REACTIONS: dict[type, tuple[Reaction, ...]] = {}
