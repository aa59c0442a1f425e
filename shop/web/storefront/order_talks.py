"""What was written about an order: to the shop, and to its households."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shop.conversations.reading import OwnConversation, conversations_of_order
from shop.conversations.thanks import OwnThanks, thanks_of_order
from shop.web.database import read_session
from shop.web.viewer import current_viewer


@dataclass(frozen=True)
class OrderTalks:
    conversations: Sequence[OwnConversation]
    thanks: OwnThanks | None

    def of_claim(self, claim_id: int) -> str:
        """The code of a claim's conversation; empty for one that has none."""
        return next((one.code for one in self.conversations if one.claim_id == claim_id), "")


def read_talks(order_id: int) -> OrderTalks:
    session = read_session()
    own = conversations_of_order(session, order_id, reader_id=current_viewer().user_id)
    return OrderTalks(own, thanks_of_order(session, order_id))
