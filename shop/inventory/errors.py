"""What inventory refuses."""

from __future__ import annotations

from datetime import datetime

from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import msg


class OutOfStock(Conflict):
    """No lot can serve the line; `variant_id` names what is missing and `left` how many units there still are."""

    code = "out_of_stock"
    default_message = msg("Only %(left)s left. Please change the quantity.")

    def __init__(self, *, variant_id: int, line: int, wanted: int, left: int) -> None:
        super().__init__(variant_id=variant_id, line=line, wanted=wanted, left=left)
        self.variant_id = variant_id
        self.line = line
        self.wanted = wanted
        self.left = left


class StockMoved(Conflict):
    """Units are no longer where this step expected them; nothing was changed."""

    code = "stock_moved"
    default_message = msg("The stock has changed meanwhile. Please try again.")


class LotCorrected(Conflict):
    """Somebody else corrected the lot since it was shown; `after` is how many units it has now."""

    code = "lot_corrected"
    default_message = msg(
        "%(who)s changed this lot from %(before)s to %(after)s units (%(at)s). Yours is not saved yet: press again to"
        " keep what you typed."
    )

    def __init__(self, *, who: str, before: int, after: int, at: datetime) -> None:
        unnamed = msg(
            "Somebody changed this lot from %(before)s to %(after)s units (%(at)s). Yours is not saved yet: press again"
            " to keep what you typed."
        )
        super().__init__(None if who else unnamed, who=who, before=before, after=after, at=at)
        self.after = after


class NotHarvested(Conflict):
    """A forecast has no units that could be counted."""

    code = "not_harvested"
    default_message = msg("This lot is not harvested yet. Say how many there are when it is.")


class CountOvertaken(Conflict):
    """Goods moved since the count's page was shown: `after` units should be on the shelf now."""

    code = "count_overtaken"
    default_message = msg(
        "Goods have moved since you counted: %(after)s should be there now, not %(before)s. Nothing is saved yet. Look"
        " at the shelf once more, then save."
    )

    def __init__(self, *, before: int, after: int) -> None:
        super().__init__(before=before, after=after)
        self.after = after


class CountSaved(Conflict):
    """The page was sent before, and said something else then: ``counted`` units, perhaps of another lot."""

    code = "count_saved"
    default_message = msg(
        "This page was saved once already, with %(counted)s counted. What you typed now is not saved yet. Look at the"
        " shelf once more, then save."
    )


class CountHitsOrders(Conflict):
    """Fewer are on the shelf than orders wait for; nothing is saved before somebody has seen which."""

    code = "count_hits_orders"
    default_message = msg("%(short)s units are missing that orders wait for. Nothing is saved yet.")

    def __init__(self, *, short: int) -> None:
        super().__init__(short=short)
        self.short = short


class CountedOffSale(Conflict):
    """A lot that is off sale holds only what is promised: more of it is no business of a count."""

    code = "counted_off_sale"
    default_message = msg(
        "This lot is off sale: only units that are promised are counted. To sell the rest, open the lot again first."
    )


class LotTooSmall(InvalidInput):
    """A lot cannot have fewer units than are already promised from it."""

    code = "lot_too_small"
    default_message = msg(
        "This lot has at least %(promised)s units: so many are promised, shipped or withdrawn."
    )


class SoldAgain(Conflict):
    """What came back is not on sale any more: it was sold again, or its lot was closed."""

    code = "sold_again"
    default_message = msg(
        "Not all of these units are for sale any more: they were sold again, or the lot is closed."
    )


class RefundedAsReturned(Conflict):
    """A refund says where units are that had left: that they never left cannot be true as well."""

    code = "refunded_as_returned"
    default_message = msg(
        "A refund says what became of these goods. They cannot be called not shipped any more."
    )


class LotRecalled(Conflict):
    """Goods of a lot that is called back are not labelled, sold, opened again or sent."""

    code = "lot_recalled"
    default_message = msg("This lot is recalled. Nothing of it is labelled, sold or sent.")


class LotInQuestion(Conflict):
    """Somebody proposes to call it back, and the team has not decided."""

    code = "lot_in_question"
    default_message = msg(
        "It is proposed to recall this lot. Until that is decided nothing of it is sold or packed anew."
    )


class PastBestBefore(Conflict):
    code = "past_best_before"
    default_message = msg("Its best-before date has passed: it cannot be sold again. Write it off.")


class PledgeMissing(Conflict):
    """The law wants a pledge for each lot of such goods, and nobody has signed this one's."""

    code = "pledge_missing"
    default_message = msg(
        "This lot needs its conformity pledge (承诺达标合格证) first. Sign it on the lot's page; then it is for sale"
        " and gets labels."
    )


class LotNotWhole(Conflict):
    """What was packed anew can be undone only while all of it lies there, and its origins are open."""

    code = "lot_not_whole"
    default_message = msg(
        "This cannot be undone any more: units of the new lot are promised or gone, or a lot is closed or recalled."
    )


class PhotoNotAwaited(Conflict):
    code = "photo_not_awaited"
    default_message = msg("The photo belongs to a lot that was not declared, and was not kept.")
