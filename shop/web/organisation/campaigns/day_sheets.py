"""The sign-off sheet of a campaign, on paper and as a file, for who hands out."""

from __future__ import annotations

from typing import Final

from flask import Response as FlaskResponse
from flask import render_template
from flask_babel import gettext

from shop.accounts.audit import audit
from shop.campaigns.access import Desk
from shop.campaigns.day.hands import hand_of
from shop.kit.clock import utc_now
from shop.kit.errors import NotFound
from shop.web.database import patient_session, read_session
from shop.web.exports import let_out
from shop.web.guards import signed_in
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.campaigns.day import acts, at_day, day_desk
from shop.web.sign_off_sheets import asked_of_list, sheet_rows, sign_off_sheet
from shop.web.tables import asked_kind, table_file
from shop.web.viewer import current_user_id

_PATH: Final = "/<slug>/campaigns/<int:campaign_id>/day"


@organisation.get(f"{_PATH}/sheet")
@signed_in
def campaign_sheet(slug: str, campaign_id: int) -> str:
    desk = _acting(slug, campaign_id)
    sheet = sign_off_sheet(read_session(), hand_of(desk, current_user_id()), campaign_id, asked_of_list())
    back = at_day(slug, campaign_id)
    return render_template("organisation/campaigns/sheet.html", sheet=sheet, back=back, is_whole=True)


@organisation.get(f"{_PATH}/sheet.<kind>")
@signed_in
def campaign_sheet_file(slug: str, campaign_id: int, kind: str) -> FlaskResponse:
    asked_kind(kind)
    _acting(slug, campaign_id)
    user_id, now, asked = current_user_id(), utc_now(), asked_of_list()
    facts = {"format": kind}
    let_out(lambda s: audit(s, user_id, "campaign.sheet_exported", "campaign", campaign_id, facts, now=now))
    desk = _acting(slug, campaign_id)
    sheet = sign_off_sheet(patient_session(seconds=60), hand_of(desk, user_id), campaign_id, asked)
    return table_file(
        sheet_rows(sheet), kind, name=f"sign-off-{campaign_id}", title=gettext("Sign-off sheet by name")
    )


def _acting(slug: str, campaign_id: int) -> Desk:
    """Raises NotFound for who only reads: staff numbers leave the shop with those who hand out."""
    desk = day_desk(slug, campaign_id)
    if not acts(desk):
        raise NotFound()
    return desk
