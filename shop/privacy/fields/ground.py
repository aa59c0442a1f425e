"""Messages on their way, and the worker's heart."""

from __future__ import annotations

from typing import Final

from shop.kit.text import msg
from shop.privacy.facts import ACCOUNT_CONTACT
from shop.privacy.mapping import Gone, nobody, table
from shop.privacy.words import Kept, Reader

_MESSAGE = ACCOUNT_CONTACT.but(
    purpose=msg("To be told"), kept=Kept.MONTH, readers=(Reader.TEAM,), hidden=True
)

TABLES: Final = (
    *nobody("heartbeats"),
    table("outbox_messages", msg("Messages that were sent"), whose=None, gone=Gone.OWN_WAY,
          plain="id kind dedupe_key created_at due_at attempts sent_at failed_at",
          payload=_MESSAGE, last_error=_MESSAGE),
)  # fmt: skip
