"""What unions' campaigns will want of the villages, told before the harvest."""

from __future__ import annotations

from shop.accounts.models import RoleName
from shop.campaigns.demand import demand_for_villages
from shop.kit.clock import utc_now
from shop.web.database import read_session
from shop.web.guards import requires
from shop.web.viewer import current_viewer
from shop.web.village.blueprint import village
from shop.web.village.desk import page


@village.get("/campaigns")
@requires(RoleName.COORDINATOR)
def campaigns() -> str:
    """Goods that are at home in the coordinator's villages; at the hub, of all villages."""
    own = current_viewer().village_ids
    found = demand_for_villages(read_session(), own or None, now=utc_now())
    return page("village/campaigns.html", "lots", found=found)
