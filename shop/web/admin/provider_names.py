"""Who holds money for the shop, as the reader calls them: payment providers, and sources of orders from elsewhere."""

from __future__ import annotations

from flask_babel import gettext
from sqlalchemy.orm import Session

from shop.ledger.movements.kinds import PROVIDER_NAMES
from shop.ordering.outside.queries import sources_by_provider
from shop.web.filters import bilingual


def provider_names(session: Session) -> dict[str, str]:
    """In the reader's language, by the name under which the books know them. One statement."""
    ours = {name: str(gettext(word)) for name, word in PROVIDER_NAMES.items()}
    return ours | {name: bilingual(one, "name") for name, one in sources_by_provider(session).items()}
