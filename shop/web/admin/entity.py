"""An entity of the back office, described once: its columns, its filters, its form, and who may open it.

    VILLAGES = Entity(
        key="villages",
        title=msg("Villages"),
        columns=(Column("name", msg("Name"), value=named, head=True), …),
        rows=list_villages,
        form=VillageForm,
        read=get_village,
        write=save_village,
        create_label=msg("Add a village"),
    )
    add_entity(VILLAGES)

makes `/admin/villages`, `/admin/villages/new` and `/admin/villages/<id>`. A form writes only the fields that it names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import msg
from shop.web.admin.blueprint import admin
from shop.web.admin.listing import Column, Filter, Rows, list_screen
from shop.web.admin.meanwhile import Trail, lock_record, save_over, values_of
from shop.web.admin.pages import desk_page
from shop.web.database import read_session, transact
from shop.web.form_errors import show_errors
from shop.web.forms import ShopForm
from shop.web.guards import recently_authenticated, requires
from shop.web.viewer import current_user_id

Values = Mapping[str, Any]
View = Callable[..., Any]


class Write(Protocol):
    def __call__(
        self, session: Session, record_id: int | None, values: Values, *, actor_id: int | None, now: datetime
    ) -> int: ...


def _no_choices(form: ShopForm, session: Session) -> None:
    """Most forms offer nothing that has to be looked up."""


def _as_it_is(session: Session, record: Any) -> Values:
    return {}


class _Filled:
    """What a form is filled with: what `fill` says, else the record's own attributes."""

    def __init__(self, record: Any, said: Values) -> None:
        self._record, self._said = record, said

    def __getattr__(self, name: str) -> Any:
        return self._said[name] if name in self._said else getattr(self._record, name)


@dataclass(frozen=True)
class Entity:
    """`read` raises NotFound; `write` raises InvalidInput by field; `fill` gives what the form cannot read itself."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: Rows
    form: type[ShopForm]
    read: Callable[[Session, int], Any]
    write: Write
    create_label: str
    name: Callable[[Any], str]
    filters: tuple[Filter, ...] = ()
    note: str = ""
    form_note: str = ""
    choices: Callable[[ShopForm, Session], None] = _no_choices
    fill: Callable[[Session, Any], Values] = _as_it_is
    empty: str = ""
    roles: tuple[RoleName, ...] = (RoleName.ADMIN,)
    fixed: tuple[str, ...] = ()  # asked for something new only
    template: str = "admin/form.html"
    more: Callable[[Session, Any], Mapping[str, Any]] | None = None
    subject: str = ""  # what the audit trail calls it, when that is not `key` in the singular
    opens_new: bool = False  # something new is opened at once: there is more to say about it
    told: Callable[[Session, int], str] | None = None  # what its person should know after saving, if anything
    look: Callable[[Session, Any, ShopForm], Mapping[str, Any]] | None = (
        None  # what would come of what is typed
    )
    hurts: bool = False  # the password is asked for again before the form opens
    gate: Callable[[Any], str | None] | None = (
        None  # a page to be answered before the record is shown, if any
    )

    @property
    def audited_as(self) -> str:
        return self.subject or self.key.replace("-", "_").removesuffix("s")

    @property
    def endpoint(self) -> str:
        return self.key.replace("-", "_")


def add_entity(entity: Entity) -> None:
    """Hang the screens of an entity on the back office."""

    def show_list() -> str:
        return _list(entity)

    def create() -> Any:
        return _edit(entity, None)

    def change(record_id: int) -> Any:
        return _edit(entity, record_id)

    path = f"/{entity.key}"
    writes = ["GET", "POST"]
    _add(entity, path, entity.endpoint, show_list, ["GET"])
    _add(entity, f"{path}/new", f"{entity.endpoint}_new", _careful(entity, create), writes)
    _add(entity, f"{path}/<int:record_id>", f"{entity.endpoint}_one", _careful(entity, change), writes)


def _careful(entity: Entity, view: View) -> View:
    return recently_authenticated(view) if entity.hurts else view


def _add(entity: Entity, path: str, endpoint: str, view: View, methods: list[str]) -> None:
    for role in entity.roles:
        view = requires(role)(view)
    admin.add_url_rule(path, endpoint, view, methods=methods)


def _list(entity: Entity) -> str:
    screen = list_screen(
        read_session(),
        title=entity.title,
        note=entity.note,
        columns=entity.columns,
        filters=entity.filters,
        rows=entity.rows,
        endpoint=f"admin.{entity.endpoint}",
        empty=entity.empty,
    )
    screen["create_href"] = url_for(f"admin.{entity.endpoint}_new")
    screen["create_label"] = gettext(entity.create_label)
    return desk_page("admin/list.html", entity.key, screen=screen)


def _edit(entity: Entity, record_id: int | None) -> Any:
    record = _read(entity, record_id)
    form = _form(entity, read_session(), record)
    entity.choices(form, read_session())
    if request.method == "GET":
        asked = entity.gate(record) if entity.gate is not None and record is not None else None
        if asked is not None:
            return asked
        return _form_page(entity, record, form)
    if entity.look is not None and "look" in request.form:
        return _form_page(entity, record, form), 200 if form.validate() else 400
    answer = _save(entity, record_id, form)
    if answer is not None:
        return answer
    entity.choices(form, read_session())  # what was read before the attempt is gone
    return _form_page(entity, _read(entity, record_id), form), 400


def _form(entity: Entity, session: Session, record: Any, *, sent: bool = True) -> ShopForm:
    """Filled from the record, and from what was sent with this request unless that was another form."""
    obj = _Filled(record, entity.fill(session, record)) if record is not None else None
    form = entity.form(obj=obj) if sent else entity.form(formdata=None, obj=obj)
    if record is not None:
        for name in entity.fixed:
            del form[name]
    return form


def show_form(entity: Entity, record_id: int) -> str:
    """The form of a record whose gate was answered."""
    record = _read(entity, record_id)
    form = _form(entity, read_session(), record, sent=False)
    entity.choices(form, read_session())
    return _form_page(entity, record, form)


def _read(entity: Entity, record_id: int | None) -> Any:
    return entity.read(read_session(), record_id) if record_id is not None else None


def _form_page(entity: Entity, record: Any, form: ShopForm) -> str:
    screen = {
        "title": entity.name(record) if record is not None else gettext(entity.create_label),
        "note": gettext(entity.form_note) if entity.form_note else "",
        "back_href": url_for(f"admin.{entity.endpoint}"),
        "back_label": gettext(entity.title),
        "action": url_for(f"admin.{entity.endpoint}_one", record_id=record.id)
        if record is not None
        else request.path,
    }
    more = entity.more(read_session(), record) if entity.more is not None and record is not None else {}
    if entity.look is not None:
        more = {**more, **entity.look(read_session(), record, form)}
    return desk_page(entity.template, entity.key, screen=screen, form=form, record=record, **more)


def _save(entity: Entity, record_id: int | None, form: ShopForm) -> Response | None:
    if not form.validate():
        return None
    try:
        saved_id = _write(entity, record_id, form)
    except (InvalidInput, Conflict) as error:
        show_errors(form, error)
        return None
    flash(gettext(msg("Saved.")), "ok")
    if entity.told is not None and (sentence := entity.told(read_session(), saved_id)):
        flash(sentence, "warn")
    if record_id is None and entity.opens_new:
        return redirect(url_for(f"admin.{entity.endpoint}_one", record_id=saved_id), 303)
    return redirect(url_for(f"admin.{entity.endpoint}"), 303)


def _write(entity: Entity, record_id: int | None, form: ShopForm) -> int:
    actor_id, now = current_user_id(), utc_now()

    def write(session: Session, values: Values) -> int:
        return entity.write(session, record_id, values, actor_id=actor_id, now=now)

    if record_id is None:
        return transact(lambda session: write(session, values_of(form)))
    return save_over(
        form,
        lambda session: _stored(entity, session, record_id),
        write,
        trail=Trail(entity.audited_as, str(record_id)),
    )


def _stored(entity: Entity, session: Session, record_id: int) -> ShopForm:
    record = entity.read(session, record_id)
    lock_record(session, record)
    form = _form(entity, session, record, sent=False)
    entity.choices(form, session)
    return form
