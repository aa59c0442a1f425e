"""How kinds of certificates are called: as the classes that demand them say, or as everybody does."""

from __future__ import annotations

from typing import Final

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from shop.catalogue.editing.law import certificate_kinds
from shop.web.phrases import language

# Papers that a seller has although no class of goods demands them.
USUAL_KINDS: Final = {"food_business": _("Food business licence")}


def kind_words(session: Session) -> dict[str, str]:
    """By the kind's code. One statement."""
    usual, english = {kind: str(word) for kind, word in USUAL_KINDS.items()}, language() == "en"
    return usual | {kind: en if english else zh for kind, zh, en in certificate_kinds(session)}
