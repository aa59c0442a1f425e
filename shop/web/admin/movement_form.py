"""What finance types of money that moved at the bank outside orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import DateField, SelectField

from shop.extensions import payment_providers
from shop.ledger.movements.kinds import KIND_NAMES
from shop.ledger.movements.listing import Held, VillageHeld
from shop.ledger.movements.models import MovementKind
from shop.ledger.movements.reading import LONGEST_PURPOSE, Moved
from shop.payments.providers.config import SANDBOX
from shop.web.admin.fields import NEEDED, IdField, text
from shop.web.admin.provider_names import provider_names
from shop.web.database import read_session
from shop.web.fields import YuanField
from shop.web.filters import bilingual, yuan
from shop.web.forms import ShopForm

_CHOOSE = _("Please choose one from the list.")


class MovementForm(ShopForm):
    kind = SelectField(_("What it was"), [NEEDED], choices=[])
    amount = YuanField(_("Amount (¥)"), [NEEDED])
    moved_on = DateField(_("Came to our bank or left it on"), [NEEDED])
    bank_reference = text(_("Bank's reference"), 80, needed=True, autocomplete="off")
    provider = SelectField(
        _("Payment provider"),
        choices=[],
        description=_("Only for the payout of a provider, with what it holds for us now."),
    )
    village_id = IdField(
        _("Village"), description=_("Only for packing and for a village fund, with what can be paid now.")
    )
    purpose = text(_("What for"), LONGEST_PURPOSE, autocomplete="off")

    def __init__(self, villages: Sequence[VillageHeld], held: Held, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        kinds = [(kind.value, gettext(name)) for kind, name in KIND_NAMES.items()]
        self.kind.choices = [("", gettext("Please choose")), *kinds]
        self.provider.choices = [("", gettext("None")), *providers_offered(held)]
        self.village_id.offer([(one.id, _payable(one)) for one in villages], empty=gettext("None"))

    def said(self) -> Moved | None:
        """None where a needed field is missing."""
        if not self.validate() or self.moved_on.data is None:
            return None
        return Moved(
            MovementKind(self.kind.data),
            self.amount.data,
            self.bank_reference.data or "",
            self.moved_on.data,
            purpose=self.purpose.data or "",
            village_id=self.village_id.data,
            provider=self.provider.data or "",
        )


def providers_offered(held: Held) -> list[tuple[str, str]]:
    """Those through which the shop takes money stand first, sources of orders from elsewhere last; test payments only
    where they can be made.
    """
    ours = payment_providers()
    names = provider_names(read_session())
    known = sorted(names, key=lambda name: name not in ours)
    return [(name, _holding(name, names, held)) for name in known if name in ours or name != SANDBOX]


def _holding(provider: str, names: Mapping[str, str], held: Held) -> str:
    fen = held.free(MovementKind.PROVIDER_PAYOUT, provider=provider)
    return f"{names[provider]} · {yuan(fen)}"


def _payable(one: VillageHeld) -> str:
    parts = {gettext("packing"): one.packing_fen, gettext("fund"): one.fund_fen}
    amounts = [f"{word} {yuan(fen)}" for word, fen in parts.items()]
    return " · ".join([bilingual(one, "name"), *amounts])
