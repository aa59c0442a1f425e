"""What is refused on the day of distribution."""

from __future__ import annotations

from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.text import msg


class NotHandingOut(Conflict):
    code = "campaign_not_handing_out"
    default_message = msg("Nothing is handed out yet: the campaign is not closed.")


class NotTheDay(Conflict):
    """Facts: ``day``."""

    code = "campaign_not_the_day"
    default_message = msg("Goods are handed out from %(day)s on, or once they have arrived.")


class OwnCodeNeeded(Conflict):
    code = "campaign_own_code_needed"
    default_message = msg(
        "These are your own goods: enter your pickup code as everybody does, or let somebody else hand them over."
    )


class UnknownMemberCode(NotFound):
    """The same for a wrong code and for somebody else's people."""

    code = "campaign_unknown_code"
    default_message = msg("Nobody here has this code.")


class NotTheirCode(Conflict):
    """It was written down without a network, and checked when there was one again. Facts: ``name``."""

    code = "campaign_not_their_code"
    default_message = msg(
        "The code is not that of %(name)s. For the shop the goods are still here: ask for the code again."
    )


class HandedOutBefore(Conflict):
    """Facts: ``name``, ``when``."""

    code = "campaign_handed_out_before"
    default_message = msg(
        "%(name)s's goods were handed over already on %(when)s. Please look whom you gave something."
    )


class WithRepresentative(Conflict):
    """Facts: ``name``, ``taken_by``, ``when``."""

    code = "campaign_with_representative"
    default_message = msg(
        "%(name)s's goods are not here: %(taken_by)s took them along for the sub-union on %(when)s."
    )


class GivenElsewhere(Conflict):
    """Facts: ``name``."""

    code = "campaign_given_elsewhere"
    default_message = msg(
        "The union has decided otherwise about %(name)s's goods, since nobody came. The organiser can correct it."
    )


class NothingToUndo(Conflict):
    code = "campaign_nothing_to_undo"
    default_message = msg("This was undone already, or never stood.")


class PileInUse(Conflict):
    code = "campaign_pile_in_use"
    default_message = msg(
        "Some of this pile was handed out already. Undo those handovers first, then the pile."
    )


class NothingInPile(Conflict):
    code = "campaign_nothing_in_pile"
    default_message = msg("Nothing of this sub-union is left here to take along.")


class ReasonMissing(InvalidInput):
    code = "campaign_reason_missing"
    default_message = msg("Please say why, in a few words.")


class NameMissing(InvalidInput):
    code = "campaign_name_missing"
    default_message = msg("Please write the name of the person.")


class DayMissing(InvalidInput):
    code = "campaign_day_missing"
    default_message = msg("Please choose a day that is not over yet.")


class NobodyMarked(InvalidInput):
    code = "campaign_nobody_marked"
    default_message = msg("Please mark somebody first.")


class BeforeDeadline(Conflict):
    """Facts: ``day``."""

    code = "campaign_before_deadline"
    default_message = msg("Members may still come until %(day)s. What is left over is decided after that.")
