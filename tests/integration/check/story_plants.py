"""Stories whose history lacks a version, or that are shown with nothing in them."""

from __future__ import annotations

from tests.integration.check.plants import Saboteur, plants

PLANTED = True
_POST = (
    "INSERT INTO posts (id, slug, kind, state, title_zh, title_en, text_zh, text_en, author_name, published_at, reason,"
    " version, token, created_at, changed_at) SELECT 77, 'frost-77', 'harvest', 'published', '初霜', '', :text, '', '',"
    " placed_at, '', :version, 't77', placed_at, placed_at FROM orders ORDER BY id LIMIT 1"
)
_EVENT = (
    "INSERT INTO post_events (post_id, version, at, kind, facts)"
    " SELECT 77, 1, created_at, 'written', '{}' FROM posts WHERE id = 77"
)


@plants("story: its history has every version")
def _a_version_that_nobody_wrote(by: Saboteur) -> str:
    by.do(_POST, text="下霜了", version=2)
    by.do(_EVENT)
    return "story frost-77"


@plants("story: what is shown has a text and a date")
def _an_empty_story(by: Saboteur) -> str:
    by.do(_POST, text="", version=1)
    by.do(_EVENT)
    return "story frost-77"
