"""What buying on terms refuses."""

from __future__ import annotations

from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import msg


class NoTerms(InvalidInput):
    code = "no_terms"
    default_message = msg(
        "Your organisation has no terms with the shop at present. Please choose another way to pay."
    )


class OverLimit(InvalidInput):
    code = "over_terms_limit"
    default_message = msg(
        "%(organisation)s may owe ¥%(limit)s and owes ¥%(owed)s already: this order of ¥%(wanted)s is too much."
        " Pay something of it first, or choose another way to pay."
    )


class NeedsApproval(InvalidInput):
    code = "needs_approval"
    default_message = msg(
        "This comes to ¥%(wanted)s, which is above a limit of your organisation. Somebody there who may spend more has to"
        " do it, or an owner raises the limit."
    )


class DebtClosed(Conflict):
    code = "debt_closed"
    default_message = msg("Nothing is owed for this order any more.")


class DebtAlreadyProposed(Conflict):
    code = "write_off_proposed"
    default_message = msg(
        "Giving up a part of this debt is proposed already. Agree to it or take it back first."
    )


class OwnWriteOff(Conflict):
    code = "own_write_off"
    default_message = msg("You proposed this yourself. Somebody else of finance must agree.")


class MoreThanOwed(InvalidInput):
    code = "more_than_owed"
    default_message = msg("Of this debt ¥%(owed)s is open: more cannot be given up.")


class RemindedToday(Conflict):
    code = "reminded_today"
    default_message = msg("A reminder went out today already.")


class NobodyToRemind(Conflict):
    code = "nobody_to_remind"
    default_message = msg("No owner or buyer of this organisation has an e-mail address. Add a member first.")


class NothingOwed(Conflict):
    code = "nothing_owed"
    default_message = msg("This organisation owes nothing.")
