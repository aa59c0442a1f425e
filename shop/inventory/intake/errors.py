"""What weighing in and processing refuse."""

from __future__ import annotations

from shop.kit.errors import Conflict
from shop.kit.text import msg


class UnusualWeight(Conflict):
    """Heavier than one household brings of it at once; the same weight sent as sure is taken. `grams` is what was typed."""

    code = "unusual_weight"
    default_message = msg(
        "%(jin)s jin is more than one household usually brings at once (%(most)s jin). Please look at the scale again;"
        " if it is right, press once more."
    )

    def __init__(self, *, grams: int, jin: str, most: str) -> None:
        super().__init__(jin=jin, most=most)
        self.grams = grams


class UnusualYield(Conflict):
    """Far from what usually comes out; the same sent as sure is taken. `yield_bp` is what was found."""

    code = "unusual_yield"
    default_message = msg(
        "%(found)s of the weight came out; usually it is %(usual)s. Please check weights and units; if they are right,"
        " press once more."
    )

    def __init__(self, *, yield_bp: int, found: str, usual: str) -> None:
        super().__init__(found=found, usual=usual)
        self.yield_bp = yield_bp


class IntakeUsed(Conflict):
    """Its goods are in a lot already."""

    code = "intake_used"
    default_message = msg("Some of it is in a lot already. Undo that processing first.")


class IntakeTakenBack(Conflict):
    code = "intake_taken_back"
    default_message = msg("A counter-entry has taken this slip back already.")


class IntakesMoved(Conflict):
    """Fewer grams are left of an intake than this step was to take; nothing was changed."""

    code = "intakes_moved"
    default_message = msg("Somebody used some of these intakes meanwhile. Please choose again.")


class TooFewPieces(Conflict):
    """Less packaging is there than was used."""

    code = "too_few_pieces"
    default_message = msg(
        "The book has only %(left)s pieces of %(name)s. Please enter what came in, or count them, first."
    )


class LotInUse(Conflict):
    """A processing cannot be undone any more."""

    code = "lot_in_use"
    default_message = msg("Something of this lot is promised, sold or withdrawn. It can no longer be undone.")


class UndoneAlready(Conflict):
    code = "undone_already"
    default_message = msg("This processing was undone already.")
