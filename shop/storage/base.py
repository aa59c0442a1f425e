"""The declarative base every table derives from."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, mapped_column, registry

from shop.storage.types import UtcDateTime

# SQLite only gives a rowid alias (and so fast autoincrement) to a column typed exactly INTEGER.
BigInt = sa.BigInteger().with_variant(sa.Integer, "sqlite")

PrimaryKey = Annotated[int, mapped_column(BigInt, primary_key=True)]

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def _values(enum: type[StrEnum]) -> list[str]:
    return [member.value for member in enum]


class Base(DeclarativeBase):
    """Typed models: ints are 64 bit, datetimes are aware UTC, StrEnums are stored by value."""

    registry = registry(
        metadata=sa.MetaData(naming_convention=NAMING_CONVENTION),
        type_annotation_map={
            int: BigInt,
            datetime: UtcDateTime,
            StrEnum: sa.Enum(StrEnum, native_enum=False, length=32, values_callable=_values),
            dict[str, Any]: sa.JSON(),
            list[Any]: sa.JSON(),
        },
    )
