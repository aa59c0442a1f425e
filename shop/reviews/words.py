"""Reviews in words, for their authors, for readers and for the team."""

from __future__ import annotations

from typing import Final

from shop.kit.text import msg
from shop.reviews.models import HiddenReason, ShownAs

REASONS: Final = {
    HiddenReason.ABUSE: msg("It insults somebody"),
    HiddenReason.ADVERTISING: msg("It advertises something else"),
    HiddenReason.PRIVATE: msg("It names persons, numbers or addresses"),
    HiddenReason.EFFECT: msg("It claims an effect or a cure, which the law forbids beside food"),
    HiddenReason.OTHER_MATTER: msg("It is not about the goods"),
    HiddenReason.UNLAWFUL: msg("It breaks the law"),
}
NAMES: Final = {
    ShownAs.NOBODY: msg("Without a name"),
    ShownAs.SURNAME: msg("Only the surname"),
    ShownAs.UNIT: msg("My department"),
}
