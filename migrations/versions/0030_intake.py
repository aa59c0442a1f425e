"""Raw goods weighed in from households, what workshops make of them, and their packaging."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030_intake"
down_revision = "0029_goods_left_over"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def _number(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, _NUMBER, nullable=nullable)


def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(length), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, _MOMENT, nullable=nullable)


def _flag(name: str) -> sa.Column:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _enum(name: str, values: tuple[str, ...], kind: str) -> sa.Column:
    return sa.Column(name, sa.Enum(*values, name=kind, native_enum=False, length=32), nullable=False)


def _check(table: str, name: str, said: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(said, name=op.f(f"ck_{table}_{name}"))


def _link(table: str, column: str, target: str, **options: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"), **options
    )


def _person(table: str, column: str) -> sa.ForeignKeyConstraint:
    return _link(table, column, "users", ondelete="SET NULL")


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*(columns or ("id",)), name=op.f(f"pk_{table}"))


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def upgrade() -> None:
    _raw_goods()
    _intakes()
    _processings()
    _packaging()


def _raw_goods() -> None:
    op.create_table(
        "raw_goods",
        *(_number("id"), _text("slug", 64), _text("name_zh", 40), _text("name_en", 80)),
        *(_number("usual_yield_bp"), _number("heaviest_g"), _flag("active")),
        _check("raw_goods", "yield_range", "usual_yield_bp > 0 AND usual_yield_bp <= 10000"),
        _check("raw_goods", "heaviest_positive", "heaviest_g > 0"),
        _key("raw_goods"),
        _unique("raw_goods", "slug"),
    )
    op.create_table(
        "raw_grades",
        *(_number("id"), _number("raw_good_id"), _number("position")),
        *(_text("name_zh", 20), _text("name_en", 40), _number("weight"), _flag("active")),
        _check("raw_grades", "weight_range", "weight > 0 AND weight <= 1000"),
        _link("raw_grades", "raw_good_id", "raw_goods"),
        _key("raw_grades"),
        _unique("raw_grades", "raw_good_id", "name_zh"),
    )
    prices = "raw_grade_prices"
    op.create_table(
        prices,
        *(_number("id"), _number("grade_id"), sa.Column("valid_from", sa.Date(), nullable=False)),
        *(_number("fen_per_jin"), _moment("set_at"), _number("set_by_id", nullable=True)),
        _check(prices, "price_positive", "fen_per_jin > 0"),
        _link(prices, "grade_id", "raw_grades"),
        _person(prices, "set_by_id"),
        _key(prices),
    )
    op.create_index("ix_raw_grade_prices_grade_id_valid_from", prices, ["grade_id", "valid_from"])


def _intakes() -> None:
    table = "intakes"
    op.create_table(
        table,
        *(_number("id"), _number("producer_id"), _number("sequence"), _text("number", 32)),
        *(_number("household_id"), _number("grade_id"), _number("grams")),
        *(_number("used_g"), _number("left_g"), _number("taken_back_g"), _number("weight")),
        *(_number("fen_per_jin", nullable=True), _moment("weighed_at"), _number("weighed_by_id", nullable=True)),
        *(_number("reverses_id", nullable=True), _text("reason", 200), _text("token_hash", 64, nullable=True)),
        _check(table, "no_negative_grams", "used_g >= 0 AND left_g >= 0 AND taken_back_g >= 0"),
        _check(
            table,
            "every_gram_is_somewhere",
            "(grams > 0 AND reverses_id IS NULL AND grams = used_g + left_g + taken_back_g)"
            " OR (grams < 0 AND reverses_id IS NOT NULL AND used_g = 0 AND left_g = 0 AND taken_back_g = 0)",
        ),
        _check(table, "reversal_says_why", "reverses_id IS NULL OR reason <> ''"),
        _link(table, "producer_id", "producers"),
        _link(table, "household_id", "households"),
        _link(table, "grade_id", "raw_grades"),
        _person(table, "weighed_by_id"),
        _link(table, "reverses_id", "intakes"),
        _key(table),
        _unique(table, "number"),
        _unique(table, "producer_id", "sequence"),
        _unique(table, "reverses_id"),
        _unique(table, "token_hash"),
    )
    op.create_index("ix_intakes_left", table, ["producer_id", "grade_id", "left_g"])
    for column in ("household_id", "weighed_at"):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def _processings() -> None:
    table = "processings"
    op.create_table(
        table,
        *(_number("id"), _number("producer_id"), _number("raw_good_id"), _number("lot_id")),
        *(_number("units"), _number("in_g"), _number("out_g"), _number("lost_g")),
        *(_moment("made_at"), _number("made_by_id", nullable=True), _moment("undone_at", nullable=True)),
        *(_number("undone_by_id", nullable=True), _text("undone_reason", 200)),
        _text("token_hash", 64, nullable=True),
        _check(table, "positive", "units > 0 AND in_g > 0 AND out_g > 0 AND lost_g >= 0"),
        _check(table, "nothing_from_nothing", "out_g + lost_g <= in_g"),
        _check(table, "undoing_says_why", "undone_at IS NULL OR undone_reason <> ''"),
        _link(table, "producer_id", "producers"),
        _link(table, "raw_good_id", "raw_goods"),
        _link(table, "lot_id", "lots"),
        _person(table, "made_by_id"),
        _person(table, "undone_by_id"),
        _key(table),
        _unique(table, "lot_id"),
        _unique(table, "token_hash"),
    )
    op.create_index("ix_processings_producer_id_made_at", table, ["producer_id", "made_at"])
    op.create_index(op.f("ix_processings_raw_good_id"), table, ["raw_good_id"])
    uses = "processed_intakes"
    op.create_table(
        uses,
        *(_number("processing_id"), _number("intake_id"), _number("grams")),
        _check(uses, "grams_positive", "grams > 0"),
        _link(uses, "processing_id", "processings"),
        _link(uses, "intake_id", "intakes"),
        _key(uses, "processing_id", "intake_id"),
    )
    op.create_index(op.f("ix_processed_intakes_intake_id"), uses, ["intake_id"])


def _packaging() -> None:
    stocks, changes = "packaging_stocks", "packaging_changes"
    op.create_table(
        stocks,
        *(_number("id"), _number("producer_id", nullable=True), _number("packing_place_id", nullable=True)),
        _enum("kind", ("bag", "tin", "box", "label"), "packagingkind"),
        *(_text("name_zh", 40), _text("name_en", 80)),
        *(_number("units"), _number("alarm_at"), _flag("active")),
        _check(stocks, "no_negative_units", "units >= 0"),
        _check(stocks, "alarm_not_negative", "alarm_at >= 0"),
        _check(stocks, "one_keeper", "(producer_id IS NULL) <> (packing_place_id IS NULL)"),
        _link(stocks, "producer_id", "producers"),
        _link(stocks, "packing_place_id", "packing_places"),
        _key(stocks),
    )
    op.create_table(
        changes,
        *(_number("id"), _number("stock_id")),
        _enum("deed", ("received", "used", "given_back", "counted"), "packagingdeed"),
        *(_number("change"), _number("processing_id", nullable=True), _moment("at")),
        *(_number("actor_id", nullable=True), _text("reason", 200), _text("token_hash", 64, nullable=True)),
        _check(changes, "count_says_why", "deed <> 'counted' OR reason <> ''"),
        _check(changes, "use_names_it", "(deed IN ('used', 'given_back')) = (processing_id IS NOT NULL)"),
        _link(changes, "stock_id", "packaging_stocks"),
        _link(changes, "processing_id", "processings"),
        _person(changes, "actor_id"),
        _key(changes),
        _unique(changes, "token_hash"),
    )
    for table, columns in ((stocks, ("producer_id", "packing_place_id")), (changes, ("stock_id", "processing_id"))):
        for column in columns:
            op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def downgrade() -> None:
    for table in (
        *("packaging_changes", "packaging_stocks", "processed_intakes", "processings"),
        *("intakes", "raw_grade_prices", "raw_grades", "raw_goods"),
    ):
        op.drop_table(table)
