"""Somebody as a provider describes them, before anything is stored."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

from shop.accounts.campus.models import CampusKind, Provider
from shop.kit.text import tidy


@dataclass(frozen=True)
class CampusPerson:
    """`issuer` and `subject` are who it is; everything else is what is said of them.

    `session_key` is the provider's own name for this signing-in (CAS: the ticket; OpenID: `sid`), `id_token` what it
    wants to be shown at signing out; `proven_phone` a number (E.164) to which a code was just given.
    """

    provider: Provider
    issuer: str
    subject: str
    name: str = ""
    number: str = ""
    kind: CampusKind = CampusKind.OTHER
    unit_code: str = ""
    session_key: str = ""
    id_token: str = ""
    proven_phone: str = ""

    def tidied(self) -> CampusPerson:
        """As it fits into our columns: what a provider sends is as hostile as what anybody types."""
        return replace(
            self,
            name=tidy(self.name)[:80],
            number=tidy(self.number)[:40],
            unit_code=tidy(self.unit_code)[:120],
        )


def person_as_text(person: CampusPerson) -> str:
    return json.dumps(asdict(person), ensure_ascii=False)


def person_from_text(text: str) -> CampusPerson:
    said = json.loads(text)
    return CampusPerson(**{**said, "provider": Provider(said["provider"]), "kind": CampusKind(said["kind"])})
