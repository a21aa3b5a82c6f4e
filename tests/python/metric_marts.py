"""Which metric is which column of which mart, at which cuts."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

GRAINS = ("day", "week", "month")
CASE_SEGMENTS = ("tenant", "intent", "queue", "channel", "automation_class", "project")
PICO = Decimal("0.000000000001")
OF_CASES = (
    *("ticket_cost_usd", "handled_tickets", "resolved_tickets"),
    *("cost_per_handled_usd", "cost_per_resolved_usd"),
)
OF_DEFLECTIONS = ("deflected_tickets", "cost_per_deflection_usd")
OF_WORKFLOWS = (
    *("workflows", "successful_workflows"),
    *("cost_per_workflow_usd", "cost_per_successful_workflow_usd"),
)
OF_TENANTS = ("spend_usd", "attempts", "unpriced_attempts")
OF_ENDPOINTS = (
    *("spend_usd", "requests", "successful_requests", "attempts", "waste_usd"),
    *("cost_per_request_usd", "cost_per_successful_request_usd", "waste_share"),
)


@dataclass(frozen=True)
class Cut:
    """Metrics by one dimension (None: by none), and the query that says the same of a mart."""

    metrics: tuple[str, ...]
    dimension: str | None
    mart: str  # period_start, the dimension if there is one, then the metrics; {grain} is asked for

    def __str__(self) -> str:
        return f"{self.metrics[0]}-{self.dimension or 'all'}"


def _segments(mart: str, metrics: tuple[str, ...]) -> list[Cut]:
    return [
        Cut(
            metrics,
            None if segment == "all" else f"ticket__{segment}",
            f"""
            select period_start, {"" if segment == "all" else "segment_value,"} {", ".join(metrics)}
            from {mart} where period_grain = '{{grain}}' and segment_type = '{segment}'
            """,
        )
        for segment in ("all", *CASE_SEGMENTS)
    ]


CUTS = (
    *_segments("cost_per_resolved_ticket", OF_CASES),
    *_segments("cost_per_deflection", OF_DEFLECTIONS),
    Cut(
        OF_TENANTS,
        "attempt__tenant",
        """
        select period_start, tenant_id, cost_usd, attempts, unpriced_attempts
        from tenant_share where period_grain = '{grain}'
        """,
    ),
    *(
        Cut(
            OF_ENDPOINTS,
            f"attempt__{dimension}" if dimension else None,
            f"""
            select
                period_start, {column} sum(cost_usd), sum(requests), sum(successful_requests),
                sum(attempts), sum(waste_cost_usd), sum(cost_usd) / nullif(sum(requests), 0),
                sum(cost_usd) / nullif(sum(successful_requests), 0),
                sum(waste_cost_usd)::double / nullif(sum(cost_usd), 0)::double
            from endpoint_economics where period_grain = '{{grain}}'
            group by all
            """,
        )
        for dimension, column in (
            *((None, ""), ("endpoint", "endpoint_tag,"), ("use_case", "use_case,")),
            *(("model", "model,"), ("prompt_version", "prompt_version,")),
        )
    ),
    *(
        Cut(
            OF_WORKFLOWS,
            f"workflow__{dimension}" if dimension else None,
            f"""
            select
                period_start, {f"{dimension}," if dimension else ""} sum(workflows),
                sum(successful_workflows), sum(cost_usd) / nullif(sum(workflows), 0),
                sum(cost_usd) / nullif(sum(successful_workflows), 0)
            from use_case_economics where period_grain = '{{grain}}'
            group by all
            """,
        )
        for dimension in (None, "use_case", "flow", "outcome_definition")
    ),
)


def printed(value: Any) -> Any:
    """A figure as it is printed: to twelve places, whatever type it came in."""
    if isinstance(value, bool) or value is None or value == "":
        return None
    if isinstance(value, str):
        try:
            value = Decimal(value)
        except ArithmeticError:
            return value
    if isinstance(value, (int, float, Decimal)):
        return str(Decimal(str(value)).quantize(PICO, ROUND_HALF_UP).normalize() + 0)
    return str(value)[:10]


def comparable(rows: list[tuple[Any, ...]], metrics: int) -> set[tuple[Any, ...]]:
    """Keys and printed figures, without rows of nothing."""
    found = set()
    for row in rows:
        keys = tuple(
            str(key)[:10] if place == 0 else key for place, key in enumerate(row[:-metrics])
        )
        figures = tuple(printed(value) for value in row[-metrics:])
        if all(figure in (None, "0") for figure in figures):
            continue
        found.add((*keys, *figures))
    return found
