"""What quotations refuse."""

from __future__ import annotations

from shop.kit.errors import Conflict, InvalidInput, NotAllowed
from shop.kit.text import msg


class NotYourPart(NotAllowed):
    code = "not_your_part"
    default_message = msg("Your part in this organisation does not allow that. Its owner can change it.")


class OlderVersion(Conflict):
    """Somebody saw an older version than the newest."""

    code = "older_version"
    default_message = msg("There is a newer version of this quotation by now. Please read that one.")


class QuotationExpired(Conflict):
    code = "quotation_expired"
    default_message = msg("This quotation was valid until %(day)s. Please ask for a new version.")


class NotToBeAccepted(Conflict):
    """It was answered otherwise."""

    code = "not_to_be_accepted"
    default_message = msg("This quotation does not wait for your answer any more.")


class AcceptedOtherwise(Conflict):
    code = "accepted_otherwise"
    default_message = msg("Another version of this quotation was accepted already.")


class CalledOffMeanwhile(Conflict):
    """The order that came of it was called off since the page was shown."""

    code = "called_off_meanwhile"
    default_message = msg(
        "The order of this quotation was called off meanwhile. Please look at the page again before you accept it once more."
    )


class ChangedMeanwhile(Conflict):
    """The draft is not what its person saw."""

    code = "draft_changed"
    default_message = msg("Somebody changed this draft meanwhile. Please read it again before you send it.")


class WrongContract(InvalidInput):
    code = "wrong_contract"
    default_message = msg("Only PDF, JPEG and PNG files can be kept as a contract.")


class ContractTooLarge(InvalidInput):
    code = "contract_too_large"
    default_message = msg("A contract has at most 10 MB.")


class ContractDamaged(InvalidInput):
    code = "contract_damaged"
    default_message = msg("This file is damaged or is not what it says, and was not kept.")


class NothingToReceive(Conflict):
    code = "nothing_to_receive"
    default_message = msg("The goods of this quotation have not left yet: there is nothing to take over.")


class ReceivedAlready(Conflict):
    code = "received_already"
    default_message = msg("Somebody wrote down already what arrived.")


class OwnReceipt(Conflict):
    code = "own_receipt"
    default_message = msg("You wrote this yourself. A second person of your organisation confirms it.")


class WrittenAnew(Conflict):
    """What the second person looked at was written anew meanwhile."""

    code = "written_anew"
    default_message = msg("What arrived was written anew meanwhile. Please look at it again.")
