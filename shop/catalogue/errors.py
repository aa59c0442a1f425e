"""What the catalogue refuses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.text import msg


class NoSuchProduct(NotFound):
    code = "no_such_product"
    default_message = msg("This product is not in the shop any more.")


class NoSuchVillage(NotFound):
    code = "no_such_village"
    default_message = msg("This village is not in the shop.")


class CannotPublish(InvalidInput):
    """A product lacks what the law or the shop demands; `reasons` are those of `publishing.Reason`."""

    code = "cannot_publish"
    default_message = msg("This product cannot be published yet.")

    def __init__(self, reasons: Sequence[Any] = ()) -> None:
        super().__init__()
        self.reasons = tuple(reasons)


class NotForThisProducer(CannotPublish):
    """A producer lacks the papers that these goods demand."""

    code = "not_for_this_producer"
    default_message = msg("This producer may not bring these goods.")


class PriceMoved(Conflict):
    """The pack does not cost what it did when a lower price was proposed, or shown."""

    code = "price_moved"
    default_message = msg(
        "The pack's price has changed meanwhile. Please look at both prices again; nothing was decided."
    )
