"""Full-text indexes on search_documents: FTS5 on SQLite, two tsvector columns on PostgreSQL.

The words are cut by the application, so neither database needs a dictionary or an extension.
"""

from __future__ import annotations

from alembic import op

revision = "0003_search"
down_revision = "0002_append_only"
branch_labels = None
depends_on = None

_ON_SQLITE = (
    # detail=column: which column holds a word is asked, at which place is not.
    """CREATE VIRTUAL TABLE search_fts USING fts5(
        name_tokens, all_tokens, content='search_documents', content_rowid='id', detail=column,
        tokenize="unicode61 remove_diacritics 0 tokenchars '_'")""",
    "INSERT INTO search_fts(search_fts) VALUES ('rebuild')",
    """CREATE TRIGGER search_fts_insert AFTER INSERT ON search_documents BEGIN
        INSERT INTO search_fts(rowid, name_tokens, all_tokens)
        VALUES (new.id, new.name_tokens, new.all_tokens);
    END""",
    """CREATE TRIGGER search_fts_delete AFTER DELETE ON search_documents BEGIN
        INSERT INTO search_fts(search_fts, rowid, name_tokens, all_tokens)
        VALUES ('delete', old.id, old.name_tokens, old.all_tokens);
    END""",
    """CREATE TRIGGER search_fts_update AFTER UPDATE ON search_documents BEGIN
        INSERT INTO search_fts(search_fts, rowid, name_tokens, all_tokens)
        VALUES ('delete', old.id, old.name_tokens, old.all_tokens);
        INSERT INTO search_fts(rowid, name_tokens, all_tokens)
        VALUES (new.id, new.name_tokens, new.all_tokens);
    END""",
)
_ON_POSTGRESQL = (
    """ALTER TABLE search_documents
        ADD COLUMN search_fts_name tsvector
            GENERATED ALWAYS AS (array_to_tsvector(string_to_array(name_tokens, ' '))) STORED,
        ADD COLUMN search_fts_all tsvector
            GENERATED ALWAYS AS (array_to_tsvector(string_to_array(all_tokens, ' '))) STORED""",
    "CREATE INDEX search_fts_name_index ON search_documents USING gin (search_fts_name)",
    "CREATE INDEX search_fts_all_index ON search_documents USING gin (search_fts_all)",
)


def upgrade() -> None:
    for statement in _ON_SQLITE if op.get_bind().dialect.name == "sqlite" else _ON_POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for trigger in ("search_fts_insert", "search_fts_delete", "search_fts_update"):
            op.execute(f"DROP TRIGGER {trigger}")
        op.execute("DROP TABLE search_fts")
    else:
        op.execute("DROP INDEX search_fts_name_index, search_fts_all_index")
        op.execute("ALTER TABLE search_documents DROP COLUMN search_fts_name, DROP COLUMN search_fts_all")
