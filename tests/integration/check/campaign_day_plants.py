"""Ways to break what is held about the day of distribution."""

from __future__ import annotations

from tests.integration.check.campaign_plants import close_a_campaign
from tests.integration.check.plants import PLANTS, Saboteur, plants

PLANTED = PLANTS
_TABLES = ("campaign_handouts", "campaign_leftovers", "campaign_piles", "campaign_pile_members")


@plants("campaign: what was handed out is what a member of a closed campaign chose")
def _handed_out_while_it_was_open(by: Saboteur) -> str:
    _on_its_day(by)
    by.do("UPDATE campaigns SET state = 'open' WHERE id = 901")
    return "campaign handout 905"


@plants("campaign: nobody's goods were handed out and given away as left over")
def _given_twice(by: Saboteur) -> str:
    _on_its_day(by)
    by.do(
        "INSERT INTO campaign_leftovers (id, campaign_id, member_id, decision) VALUES (906, 901, 902, 'shop')"
    )
    return "campaign member 902"


@plants("campaign: a pile holds as many people as it says, of its sub-union")
def _one_too_few(by: Saboteur) -> str:
    _on_its_day(by)
    by.do("INSERT INTO campaign_piles (id, campaign_id, unit_id, people) VALUES (907, 901, 904, 2)")
    by.do("INSERT INTO campaign_pile_members (pile_id, member_id, stands) VALUES (907, 902, true)")
    return "campaign pile 907"


@plants("campaign: a pile that was undone stands for nobody")
def _undone_by_half(by: Saboteur) -> str:
    _on_its_day(by)
    by.do(
        "INSERT INTO campaign_piles (id, campaign_id, unit_id, people, undone_at)"
        " VALUES (907, 901, 904, 1, '2026-01-01')"
    )
    by.do("INSERT INTO campaign_pile_members (pile_id, member_id, stands) VALUES (907, 902, true)")
    return "campaign pile 907"


def _on_its_day(by: Saboteur) -> None:
    close_a_campaign(by)
    for table in _TABLES:
        by.free(table)
    by.do(
        "INSERT INTO campaign_handouts (id, campaign_id, member_id, pickup_point_id) VALUES (905, 901, 902, 1)"
    )
