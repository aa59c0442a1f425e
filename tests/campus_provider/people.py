"""What this university says of its people: the user's first name is the whole name, the last name is unit and kind."""

from __future__ import annotations

from cas_server.auth import DjangoAuthUser
from oauth2_provider.oauth2_validators import OAuth2Validator


def described(user):
    unit, _, kind = user.last_name.partition("|")
    return {
        "name": user.first_name,
        "employee_number": user.username,
        "department": unit,
        "affiliation": kind,
    }


class Claims(OAuth2Validator):
    oidc_claim_scope = None

    def get_additional_claims(self, request):
        return described(request.user) | {"email": request.user.email}


class CasPerson(DjangoAuthUser):
    def attributs(self):
        facts = described(self.user)
        return {"cn": facts["name"], "ou": facts["department"], "eduPersonAffiliation": facts["affiliation"],
                "mail": self.user.email}  # fmt: skip
