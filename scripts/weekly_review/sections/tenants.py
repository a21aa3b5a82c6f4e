"""Who spends."""

from __future__ import annotations

from typing import Any

from weekly_review.review import Review, Section


def build(review: Review) -> dict[str, Any] | None:
    top = review.ask("tenants", "top")
    unknown = review.ask_one("tenants", "unknown")
    concentration = review.ask_one("tenants", "concentration")
    if concentration is None:
        return None
    others = review.ask_one("tenants", "others")
    shares = [row.value("spend_share") or 0 for row in top]
    return {
        "top": top,
        "widest": max(shares, default=0) or 1,
        "others": others if others is not None and others.value("tenants") else None,
        "unknown": unknown,
        "concentration": concentration,
    }


SECTION = Section(
    "tenants",
    build,
    notes=(
        "Shares are of all spend on models, support and everything else. Unknown users are calls"
        " that name no customer and no user that one is known of. The change of a share is against"
        " the week before; a customer without spend in it has none.",
        "As many equal customers: how many customers of one size would be as concentrated.",
    ),
)
