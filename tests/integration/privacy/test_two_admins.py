"""An erasure by the desk takes two admins, whoever looks after it meanwhile."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask_migrate import downgrade, upgrade

from shop.accounts.models import RoleName, User
from shop.accounts.privacy_models import PrivacyRequest, RequestStatus
from shop.cli.migrating import plug_in
from tests.factories.people import make_person
from tests.integration.privacy.test_desk import one, written

BEFORE = "0082_accepting_again"


@pytest.fixture
def second(desk_of):
    return desk_of("second", RoleName.ADMIN)


@pytest.fixture
def proposed(admin, unit_of_work):
    """Where the desk finds an erasure that the first admin has proposed."""
    somebody = make_person(unit_of_work, "lin@example.com")
    number = written(admin, kind="erasure", about="user", whose=somebody.email, text="来电要求", contact="")
    assert admin.post(f"/admin/privacy/requests/{number}/propose").status_code == 303
    return f"/admin/privacy/requests/{number}"


def test_who_proposed_it_cannot_agree_though_another_admin_pressed_take_on_an_older_page(
    admin, second, proposed, see
):
    answer = second.get(second.post(f"{proposed}/take").location)
    assert "This erasure is proposed already" in answer.text
    assert "Agree to the erasure" in answer.text, "the second admin is asked for"
    assert "Agree to the erasure" not in admin.get(proposed).text
    admin.post(f"{proposed}/agree")
    assert (one(see).status, one(see).agreed_by_id) == (RequestStatus.PROPOSED, None)
    second.post(f"{proposed}/agree")
    ids = dict(
        zip(*(see(sa.select(column).order_by(User.id)) for column in (User.email, User.id)), strict=True)
    )
    done = one(see)
    assert done.status is RequestStatus.WAITING
    assert (done.proposed_by_id, done.agreed_by_id) == (ids["admin@example.com"], ids["second@example.com"])


def test_who_proposed_it_cannot_agree_whoever_looks_after_it(admin, second, proposed, see, unit_of_work):
    """Also where somebody else's name stands at it since before taking was refused."""
    other = make_person(unit_of_work, "third@example.com")
    unit_of_work.run(lambda session: session.execute(sa.update(PrivacyRequest).values(owner_id=other.id)))
    assert "You proposed it" in admin.get(proposed).text
    admin.post(f"{proposed}/agree")
    assert one(see).status is RequestStatus.PROPOSED


def test_a_second_admin_agrees_only_to_what_they_have_read(admin, second, proposed, see, unit_of_work):
    old = second.get(proposed).text.split('name="seen" value="')[1].split('"')[0]
    unit_of_work.run(lambda s: s.execute(sa.update(PrivacyRequest).values(text="又来电：不要注销了")))
    refused = second.get(second.post(f"{proposed}/agree", seen=old).location)
    assert "Something was added to this request meanwhile" in refused.text
    assert one(see).status is RequestStatus.PROPOSED
    new = refused.text.split('name="seen" value="')[1].split('"')[0]
    second.post(f"{proposed}/agree", seen=new)
    assert one(see).status is RequestStatus.WAITING


def test_no_row_is_agreed_to_by_who_proposed_it(admin, proposed, see, unit_of_work):
    same = sa.update(PrivacyRequest).values(agreed_by_id=PrivacyRequest.proposed_by_id)
    with pytest.raises(sa.exc.IntegrityError):
        unit_of_work.run(lambda session: session.execute(same))


def test_a_proposal_from_before_keeps_who_made_it(app, engine, admin, proposed, see, unit_of_work):
    """By the trail: taking it had put another name at it."""
    other = make_person(unit_of_work, "third@example.com")
    unit_of_work.run(lambda session: session.execute(sa.update(PrivacyRequest).values(owner_id=other.id)))
    by = one(see).proposed_by_id
    plug_in(app)
    with app.app_context():
        downgrade(revision=BEFORE)
        upgrade()
    assert one(see).proposed_by_id == by != other.id
