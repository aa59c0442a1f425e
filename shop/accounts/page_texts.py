"""The shop's own pages: privacy, terms, delivery, returns, invoices, in both languages and with a version.

The texts that stand in `page_texts/` hold until an admin writes others; a lawyer checks either. The first line of a
file is its title.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.events import ShopSettingsChanged
from shop.accounts.models import ShopSetting
from shop.accounts.setting_versions import Change, keep_version
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg, tidy, tidy_lines
from shop.storage.event_log import record

PAGES: Final = ("privacy", "terms", "delivery", "returns", "invoices")
CONSENT_DOCUMENTS: Final = ("privacy", "terms")
LONGEST: Final = 40_000
FIELDS: Final = ("title_zh", "title_en", "body_zh", "body_en")
_FOLDER: Final = Path(__file__).with_name("page_texts")


@dataclass(frozen=True)
class PageText:
    """Bodies are Markdown. `version` is what a consent names."""

    name: str
    title_zh: str
    title_en: str
    body_zh: str
    body_en: str
    version: str
    changed_at: datetime | None = None


def page_text(session: Session, name: str) -> PageText:
    """The text that holds now. Raises NotFound for a page that does not exist."""
    if name not in PAGES:
        raise NotFound()
    row = session.get(ShopSetting, row_name(name))
    if row is None:
        return _default(name)
    return PageText(name=name, version=str(row.version), changed_at=row.changed_at, **row.value)


def consent_versions(session: Session) -> dict[str, str]:
    """Which version of each text somebody agrees to now: document → version."""
    stored = {row.name: str(row.version) for row in session.execute(_VERSIONS)}
    return {name: stored.get(row_name(name), _default(name).version) for name in CONSENT_DOCUMENTS}


def set_page_text(
    session: Session,
    name: str,
    *,
    title_zh: str,
    title_en: str,
    body_zh: str,
    body_en: str,
    actor_id: int | None,
    now: datetime,
    why: str = "",
) -> PageText:
    """Write a new version; nothing happens when nothing was changed. Raises NotFound, InvalidInput."""
    change = Change(actor_id, now, why).judged()
    current = page_text(session, name)
    value = {
        "title_zh": tidy(title_zh),
        "title_en": tidy(title_en),
        "body_zh": tidy_lines(body_zh),
        "body_en": tidy_lines(body_en),
    }
    _judge(value)
    if value == {field: getattr(current, field) for field in value}:
        return current
    version = int(current.version) + 1
    row = session.get(ShopSetting, row_name(name))
    if row is None:
        session.add(ShopSetting(name=row_name(name), value=dict(value), version=version, changed_at=now))
    else:
        row.value, row.version, row.changed_at = dict(value), version, now
    if row is None:
        _keep_what_came_with_the_shop(session, name, now)
    keep_version(session, row_name(name), value, version, change)
    session.flush()
    record(session, ShopSettingsChanged((row_name(name),)))
    facts = {"version": version, **change.facts}
    audit(session, actor_id, "page.changed", "shop_setting", row_name(name), facts, now=now)
    return page_text(session, name)


def _keep_what_came_with_the_shop(session: Session, name: str, now: datetime) -> None:
    """Somebody has agreed to it, and an update may bring another one."""
    first = _default(name)
    value = {field: getattr(first, field) for field in FIELDS}
    keep_version(session, row_name(name), value, int(first.version), Change(None, now))


def _judge(value: dict[str, str]) -> None:
    errors = {field: msg("Please fill this in.") for field, text in value.items() if not text}
    errors |= {field: msg("This text is too long.") for field, text in value.items() if len(text) > LONGEST}
    if errors:
        raise InvalidInput(errors=errors)


def row_name(name: str) -> str:
    return f"page.{name}"


_ROW: Final = ShopSetting.__table__.c
_VERSIONS: Final = sa.select(_ROW.name, _ROW.version).where(
    _ROW.name.in_([row_name(name) for name in CONSENT_DOCUMENTS])
)


@cache
def _default(name: str) -> PageText:
    title_zh, body_zh = _read(name, "zh")
    title_en, body_en = _read(name, "en")
    return PageText(name, title_zh, title_en, body_zh, body_en, version="1")


def _read(name: str, language: str) -> tuple[str, str]:
    title, _, body = (_FOLDER / f"{name}.{language}.md").read_text(encoding="utf-8").partition("\n")
    return title.removeprefix("# ").strip(), body.strip()
