"""One owner, one action, one guardrail, a date."""

from __future__ import annotations

from typing import Any

from weekly_review.review import Review, Section


def build(review: Review) -> dict[str, Any] | None:
    if review.is_empty:
        return None
    return {"action": review.story.action, "is_complete": review.is_complete}


SECTION = Section(
    "action",
    build,
    notes=(
        "The action is a proposal: that of the finding that costs most, for the owner of its"
        " endpoint (seeds/reference/endpoint_taxonomy.csv). Whether last week's action worked is"
        " not known, because nothing records actions yet.",
    ),
)
