"""Taking a table in, exactly as it was shown: in one transaction, through the functions of the forms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.catalogue.tables.description import MasterTable
from shop.catalogue.tables.planning import plan_table
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import msg
from shop.storage.named_locks import lock_name


class TableHasMistakes(InvalidInput):
    code = "table_has_mistakes"
    default_message = msg("Some rows cannot be right. Nothing was written.")


class RowsMoved(Conflict):
    code = "rows_moved"
    default_message = msg(
        "Some of these rows were changed meanwhile. Nothing was written: look at what would change now."
    )


class PricesUnsure(Conflict):
    code = "prices_unsure"
    default_message = msg("Please tick that these prices are meant.")


@dataclass(frozen=True)
class Applied:
    added: int
    changed: int


def apply_table(
    session: Session,
    table: MasterTable,
    content: bytes,
    *,
    seal: str,
    sure: bool,
    actor_id: int | None,
    now: datetime,
) -> Applied:
    """Write what was shown under this `seal`; a table that says what is stored already writes nothing.

    Raises TableHasMistakes, RowsMoved, PricesUnsure, InvalidInput. Nothing is ever deleted.
    """
    lock_name(session, "master table")
    plan = plan_table(session, table, content, lock=True)
    if plan.mistakes:
        raise TableHasMistakes(field="file")
    if not plan.rows:
        return Applied(0, 0)
    if plan.seal != seal:
        raise RowsMoved()
    if plan.doubts and not sure:
        raise PricesUnsure()
    for row in plan.rows:
        table.save(session, row.record_id, row.values, actor_id=actor_id, now=now)
    done = Applied(len(plan.added), len(plan.changed))
    facts = {"added": done.added, "altered": done.changed, "sha256": plan.digest}
    audit(session, actor_id, "table.imported", "table", table.name, facts, now=now)
    return done
