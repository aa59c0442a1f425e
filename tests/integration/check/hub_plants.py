"""Ways to break what is held about the county hub's steps."""

from __future__ import annotations

from tests.integration.check.plants import PLANTS, Saboteur, plants

PLANTED = PLANTS
_STEP = "SELECT id FROM hub_steps WHERE kind = '{}' AND undone_at IS NULL ORDER BY id LIMIT 1"


@plants("hub: a step that stands is booked at its cost, one that was undone at nothing")
def _a_dearer_step(by: Saboteur) -> str:
    step = by.ask(_STEP.format("receive"))
    by.do("UPDATE hub_steps SET price_fen = price_fen + 1 WHERE id = :id", id=step)
    return f"hub step {step}"


@plants("hub: no entry of its work without a step")
def _an_entry_of_nobody(by: Saboteur) -> str:
    by.do("UPDATE journal_entries SET kind = 'hub_work' WHERE reference LIKE 'sale:order:%'")
    return by.ask(
        "SELECT 'entry ' || reference FROM journal_entries WHERE reference LIKE 'sale:order:%' LIMIT 1"
    )


@plants("hub: nobody else is paid for steps")
def _a_step_in_a_village(by: Saboteur) -> str:
    step = by.ask(_STEP.format("receive"))
    by.do("UPDATE packing_places SET kind = 'village' WHERE kind = 'hub'")
    return f"hub step {step}"


@plants("hub: a lot that it packed anew has one step that stands, and its request")
def _packed_for_nobody(by: Saboteur) -> str:
    step = by.ask(_STEP.format("receive"))
    by.do("UPDATE hub_steps SET kind = 'repack' WHERE id = :id", id=step)
    return f"hub step {step}"


@plants("hub: a parcel lies in another one, or stands by itself")
def _twice_in_the_world(by: Saboteur) -> str:
    step, code = by.ask(_STEP.format("receive")), by.ask("SELECT code FROM parcels ORDER BY id LIMIT 1")
    by.do(
        "INSERT INTO merged_parcels (id, step_id, code, number, packing_place_id, weight_g, packed_at, task_ids)"
        " SELECT 77, :step, code, 1, packing_place_id, 1, packed_at, '[]' FROM parcels WHERE code = :code",
        step=step,
        code=code,
    )
    return f"parcel {code}"
