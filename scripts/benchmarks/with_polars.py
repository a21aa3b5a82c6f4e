"""Polars, in memory or streaming. Money is whole pico-dollars (Int64) until it is written."""

# mypy: disable-error-code="import-not-found"
# Only `make bench` installs what this module imports.

from __future__ import annotations

import sys
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal

import polars as pl

from benchmarks import reference
from benchmarks.statements import BAD, GOOD, GRAINS, METRICS, PRODUCTION, SEGMENTS

Engine = Literal["in-memory", "streaming"]
PERIODS = {"day": "1d", "week": "1w", "month": "1mo"}
COUNTS = (
    "handled_tickets",
    "resolved_tickets",
    "deflected_tickets",
    "unknown_deflections",
    "tickets_with_baseline",
    "observed_escalations",
    "unknown_minutes_tickets",
    "cohort_tickets",
    "cohort_resolved_tickets",
)
SUMS = (
    "attempts",
    "unpriced_attempts",
    "unattributed_attempts",
    "cohort_attempts",
    "cost_usd",
    "cost_to_resolve_usd",
    "cohort_cost_usd",
    "unattributed_cost_usd",
    "expected_escalations",
    "minutes_saved",
)


def total(name: str) -> pl.Expr:
    """A sum that is NULL where every value is."""
    return pl.when(pl.col(name).count() > 0).then(pl.col(name).sum())


def some(amount: pl.Expr) -> pl.Expr:
    """What may be divided by: NULL instead of nothing."""
    return pl.when(amount > 0).then(amount)


def first(name: str) -> pl.Expr:
    """The value on the first attempt that has one."""
    return pl.col(name).min_by(pl.when(pl.col(name).is_not_null()).then("occurred_at"))


def usd(pico: pl.Expr) -> pl.Expr:
    trillion = pl.lit(Decimal(10**12), dtype=pl.Decimal(38, 0))
    return pico.cast(pl.Decimal(38, 12)) / trillion


def usd_per(cost: str, units: str) -> pl.Expr:
    """Pico-dollars a unit, rounded half away from zero."""
    quotient = (2 * pl.col(cost) + pl.col(units)) // (2 * pl.col(units))
    return pl.when(pl.col(units) > 0).then(quotient)


class Work:
    """One run: where it reads, where it writes, and what it has built so far."""

    def __init__(self, landing: Path, seeds: Path, out: Path, engine: Engine) -> None:
        self.landing, self.seeds, self.out, self.engine = landing, seeds, out, engine
        self.rule = reference.definition(seeds)

    def raw(self, table: str) -> pl.LazyFrame:
        return pl.scan_parquet(self.landing / table / "*.parquet")

    def seed(self, name: str) -> pl.LazyFrame:
        """Words are categories, as in the raw data, so that joins compare integers."""
        table = pl.scan_csv(self.seeds / f"{name}.csv", try_parse_dates=True)
        return table.with_columns(pl.col(pl.String).cast(pl.Categorical))

    def keep(self, name: str, frame: pl.LazyFrame, money: tuple[str, ...] = ()) -> pl.LazyFrame:
        """Writes a table, money as decimals, and hands it on with money as pico-dollars."""
        folder = self.out / name
        folder.mkdir()
        dollars = [usd(pl.col(column)).alias(column) for column in money]
        file = folder / "0.parquet"
        if self.engine == "streaming":
            frame.with_columns(dollars).sink_parquet(file, engine="streaming")
            pico = [_pico(pl.col(column)).alias(column) for column in money]
            return pl.scan_parquet(file).with_columns(pico)
        held = frame.collect()
        held.with_columns(dollars).write_parquet(file)
        return held.lazy()

    def hold(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """Computes a table that is used more than once and not written."""
        return frame.collect(engine=self.engine).lazy()


def _pico(dollars: pl.Expr) -> pl.Expr:
    trillion = pl.lit(Decimal(10**12), dtype=pl.Decimal(38, 0))
    return (dollars.cast(pl.Decimal(38, 12)) * trillion).cast(pl.Int64)


def prices(work: Work) -> pl.DataFrame:
    """What a model costs on a day that it was used: a list of prices by size of the input."""
    keys = ("provider", "model")
    days = pl.col("occurred_at").dt.date().alias("request_date")
    seen = work.raw("llm_requests").select(*keys, days).unique().collect(engine=work.engine)
    found = reference.prices(work.seeds, seen.select(keys).unique().iter_rows())
    listed = pl.LazyFrame(found, infer_schema_length=None).with_columns(
        pl.col("valid_from", "valid_until").str.to_date(),
        pl.col("provider", "model", "priced_model").cast(pl.Categorical),
    )
    tiers = work.seed("model_tiers").select("provider", "model", "model_tier")
    return (
        seen.lazy()
        .join(listed, on=keys)
        .filter(pl.col("request_date").is_between("valid_from", "valid_until", closed="left"))
        .group_by(*keys, "request_date")
        .agg(
            pl.col("priced_model").first(),
            pl.struct(
                "over_input_tokens",
                "up_to_input_tokens",
                "input_pico_usd",
                "cached_input_pico_usd",
                "cache_write_pico_usd",
                "output_pico_usd",
            ).alias("sizes"),
        )
        .join(tiers, left_on=["provider", "priced_model"], right_on=keys, how="left")
        .collect()
    )


def attempts(work: Work) -> pl.LazyFrame:
    raw = work.raw("llm_requests")
    repeated = (
        raw.select("external_request_id")
        .group_by("external_request_id")
        .len()
        .filter(pl.col("len") > 1)
        .select("external_request_id")
    )
    repeated = work.hold(repeated)
    request_order = {"order_by": ["occurred_at", "attempt_number"]}
    single = raw.join(repeated, on="external_request_id", how="anti").with_columns(
        attempt_index=pl.lit(1, pl.UInt32), is_final=pl.lit(True), is_fallback=pl.lit(False)
    )
    several = (
        raw.join(repeated, on="external_request_id", how="semi")
        .sort("ingested_at", descending=True)
        .unique(["external_request_id", "attempt_number"], keep="first", maintain_order=True)
        .sort("external_request_id", *request_order["order_by"])
        .with_columns(
            attempt_index=(pl.int_range(pl.len()) + 1).over("external_request_id").cast(pl.UInt32),
            is_final=(pl.int_range(pl.len()) + 1 == pl.len()).over("external_request_id"),
            is_fallback=(pl.col("provider") != pl.col("provider").first()).over(
                "external_request_id"
            )
            | (pl.col("model") != pl.col("model").first()).over("external_request_id"),
        )
    )
    taxonomy = work.seed("endpoint_taxonomy").select(
        "tag", "canonical_tag", "use_case", pl.col("stage").alias("stage_of_tag")
    )
    users = work.seed("tenant_users").select(
        pl.col("user_id").cast(pl.String), pl.col("tenant_id").alias("tenant_of_user")
    )
    count = pl.col("input_tokens").fill_null(0)
    day = pl.col("occurred_at").dt.date()
    of_days = prices(work)
    ranged = (
        pl.concat([single, several])
        .with_columns(request_date=day)
        .join(of_days.lazy(), on=["provider", "model", "request_date"], how="left")
    )
    columns = ("input", "cached_input", "cache_write", "output")
    applicable: dict[str, pl.Expr] = {name: pl.lit(None, pl.Int64) for name in columns}
    has_price = pl.lit(False)
    # A day has one price or two, for smaller and for larger inputs: each is tried.
    most = of_days["sizes"].list.len().max()
    for number in range(most if isinstance(most, int) else 0):
        size = pl.col("sizes").list.get(number, null_on_oob=True).struct
        applies = (count > size.field("over_input_tokens")) & (
            count <= size.field("up_to_input_tokens")
        )
        has_price = has_price | applies.fill_null(False)
        for name in columns:
            price = size.field(f"{name}_pico_usd")
            applicable[name] = pl.when(applies).then(price).otherwise(applicable[name])
    cached = pl.col("cached_input_tokens").fill_null(0)
    written = pl.col("cache_write_tokens").fill_null(0)
    plain = (count - cached - written).clip(lower_bound=0)
    buckets = {
        "input": plain,
        "cached_input": cached,
        "cache_write": written,
        "output": pl.col("output_tokens").fill_null(0),
    }
    cost = pl.lit(0, pl.Int64)
    for name, tokens in buckets.items():
        cost = cost + pl.when(tokens == 0).then(0).otherwise(tokens * applicable[name])
    observed = pl.any_horizontal(
        pl.col(
            "input_tokens", "cached_input_tokens", "cache_write_tokens", "output_tokens"
        ).is_not_null()
    )
    resolved = (
        ranged.with_columns(
            priced_cost_usd=pl.when(has_price & observed).then(cost),
            priced_model=pl.when(has_price).then("priced_model"),
            model_tier=pl.when(has_price).then("model_tier"),
            reported_cost_usd=_pico(pl.col("reported_cost_usd")),
        )
        .drop("sizes")
        .join(taxonomy, left_on="endpoint_tag", right_on="tag", how="left")
        .join(users, on="user_id", how="left")
        .rename({"status": "status_as_sent", "external_request_id": "request_id"})
        .with_columns(
            endpoint_tag_as_sent=pl.col("endpoint_tag"),
            endpoint_tag=pl.coalesce("canonical_tag", "endpoint_tag"),
            stage=pl.coalesce("stage", "stage_of_tag"),
            tenant_id=pl.coalesce("tenant_id", "tenant_of_user"),
            workflow_kind=pl.when(pl.col("ticket_id").is_not_null())
            .then(pl.lit("ticket"))
            .when(pl.col("conversation_id").is_not_null())
            .then(pl.lit("conversation"))
            .when(pl.col("workflow_id").is_not_null())
            .then(pl.lit("workflow")),
            workflow_id=pl.coalesce("ticket_id", "conversation_id", "workflow_id"),
            status=pl.when(pl.col("status_as_sent").is_in(GOOD))
            .then(pl.lit("success"))
            .when(pl.col("status_as_sent").is_in(BAD))
            .then(pl.lit("error"))
            .otherwise(pl.lit("unknown")),
            is_reportable=(
                (pl.col("data_mode") == "real") & pl.col("environment").is_in(PRODUCTION)
            ).fill_null(False),
            cost_usd=pl.coalesce("reported_cost_usd", "priced_cost_usd"),
            cost_source=pl.when(pl.col("reported_cost_usd").is_not_null())
            .then(pl.lit("reported"))
            .when(pl.col("priced_cost_usd").is_not_null())
            .then(pl.lit("priced"))
            .otherwise(pl.lit("unpriced")),
            is_retry=pl.col("attempt_index") > 1,
        )
        .with_columns(
            waste_cost_usd=pl.when(pl.col("is_final") & (pl.col("status") == "success"))
            .then(0)
            .otherwise("cost_usd")
        )
        .drop("canonical_tag", "stage_of_tag", "tenant_of_user", "attempt_id")
    )
    money = ("priced_cost_usd", "reported_cost_usd", "cost_usd", "waste_cost_usd")
    return work.keep("fct_attempts", resolved, money)


def workflows(work: Work, reportable: pl.LazyFrame) -> pl.LazyFrame:
    ticket = (pl.col("workflow_kind") == "ticket").any()
    grouped = reportable.group_by("workflow_id").agg(
        workflow_kind=pl.when(ticket)
        .then(pl.lit("ticket"))
        .when((pl.col("workflow_kind") == "conversation").any())
        .then(pl.lit("conversation"))
        .otherwise(pl.lit("workflow")),
        use_case=pl.when(ticket).then(pl.lit("support")).otherwise(first("use_case")),
        tenant_id=first("tenant_id"),
        queue=first("queue"),
        intent=first("intent"),
        first_prompt_version=first("prompt_version"),
        started_at=pl.col("occurred_at").min(),
        last_attempt_at=pl.col("occurred_at").max(),
        requests=(~pl.col("is_retry")).sum(),
        attempts=pl.len(),
        retries=pl.col("is_retry").sum(),
        input_tokens=total("input_tokens"),
        output_tokens=total("output_tokens"),
        cost_usd=total("cost_usd"),
        waste_cost_usd=total("waste_cost_usd"),
        unpriced_attempts=pl.col("cost_usd").null_count(),
    )
    return work.hold(grouped)


def tickets(work: Work, as_of: datetime) -> pl.LazyFrame:
    rule = work.rule
    closed = ("closed",) if rule.require_closed else ("closed", "solved")
    inactive_at = pl.col("last_customer_message_at") + pl.duration(hours=rule.inactivity_hours)
    reopen_until = pl.col("last_resolved_at") + pl.duration(hours=rule.reopen_window_hours)
    is_closed = pl.col("status").is_in(closed).fill_null(False)
    escalated = pl.col("escalated_at").is_not_null() | pl.col("human_requested_at").is_not_null()
    if rule.human_reply_disqualifies:
        escalated = escalated | (pl.col("human_public_replies") > 0).fill_null(False)
    reopened = (
        (pl.col("last_reopened_at") > pl.col("last_resolved_at"))
        & (pl.col("last_reopened_at") <= reopen_until)
    ).fill_null(False)
    quiet = inactive_at <= as_of
    outcome = (
        pl.when(pl.col("is_spam").fill_null(False) | pl.col("is_test").fill_null(False))
        .then(pl.lit("excluded"))
        .when(escalated)
        .then(pl.lit("escalated"))
        .when(reopened & ~is_closed)
        .then(pl.lit("reopened"))
        .when(pl.col("csat") <= rule.negative_csat_max)
        .then(pl.lit("negative"))
        .when(
            (is_closed | quiet)
            & (pl.col("customer_confirmed").fill_null(False) | pl.col("csat").is_in((4, 5)))
        )
        .then(pl.lit("resolved_confirmed"))
        .when(is_closed)
        .then(pl.lit("resolved_assumed"))
        .when(pl.lit(rule.accept_assumed) & (pl.col("bot_public_replies") > 0) & quiet)
        .then(pl.lit("resolved_assumed"))
        .when((pl.col("bot_public_replies") == 0) & quiet)
        .then(pl.lit("abandoned"))
        .otherwise(pl.lit("pending"))
    )
    resolved = pl.col("outcome").is_in(("resolved_confirmed", "resolved_assumed"))
    mature_from = pl.col("resolved_at") + pl.duration(hours=rule.reopen_window_hours)
    return (
        work.raw("tickets")
        .sort("updated_at", descending=True, nulls_last=True)
        .unique("ticket_id", keep="first", maintain_order=True)
        .with_columns(
            outcome=outcome,
            is_escalated=escalated,
            inactive_at=inactive_at,
            handle_minutes=pl.col("handle_minutes").cast(pl.Decimal(18, 6)),
        )
        .with_columns(is_resolved=resolved)
        .with_columns(
            resolved_at=pl.when("is_resolved").then(
                pl.min_horizontal(
                    pl.coalesce("last_resolved_at", "closed_at"),
                    pl.when(pl.col("inactive_at") <= as_of).then("inactive_at"),
                )
            ),
            is_deflected=pl.when("is_resolved")
            .then((pl.col("human_public_replies") == 0) & (pl.col("bot_public_replies") > 0))
            .otherwise(False),
        )
        .with_columns(
            is_mature=(pl.col("is_resolved") & (pl.lit(as_of) > mature_from)).fill_null(False)
        )
    )


def cases(work: Work, judged: pl.LazyFrame, costed: pl.LazyFrame) -> pl.LazyFrame:
    judged = judged.with_columns(is_in_helpdesk=pl.lit(True))
    joined = judged.join(
        costed.rename({"workflow_id": "ticket_id"}), on="ticket_id", how="full", coalesce=True
    ).filter(pl.col("is_in_helpdesk").is_not_null() | (pl.col("use_case") == "support"))
    bot, human = pl.col("bot_public_replies"), pl.col("human_public_replies")
    known = (
        joined.with_columns(
            pl.col("attempts", "requests", "retries", "unpriced_attempts").fill_null(0),
            pl.col("is_in_helpdesk", "is_resolved", "is_mature").fill_null(False),
            outcome=pl.col("outcome").fill_null("unknown"),
            tenant_id=pl.coalesce("tenant_id", "tenant_id_right"),
            queue=pl.coalesce("queue", "queue_right"),
            intent=pl.coalesce("intent", "intent_right"),
            opened_at=pl.coalesce("opened_at", "started_at"),
        )
        .with_columns(
            cost_usd=pl.when(pl.col("attempts") == 0).then(0).otherwise("cost_usd"),
            is_deflected=pl.when("is_in_helpdesk").then("is_deflected").otherwise(False),
            is_handled=(pl.col("attempts") > 0) & (pl.col("outcome") != "excluded"),
            automation_class=pl.when(~pl.col("is_in_helpdesk"))
            .then(pl.lit("unknown"))
            .when(pl.col("attempts") == 0)
            .then(pl.lit("human_only"))
            .when(bot.is_null() | human.is_null())
            .then(pl.lit("unknown"))
            .when((bot > 0) & (human == 0) & ~pl.col("is_escalated"))
            .then(pl.lit("fully_automated"))
            .when(bot > 0)
            .then(pl.lit("partially_automated"))
            .otherwise(pl.lit("agent_assisted")),
        )
        .select(
            *("ticket_id", "is_in_helpdesk", "tenant_id", "channel", "queue", "intent", "project"),
            *("status", "opened_at", "resolved_at", "outcome", "is_resolved", "is_deflected"),
            *("is_escalated", "is_mature", "csat", "handle_minutes", "cost_usd", "requests"),
            *("attempts", "retries", "unpriced_attempts", "first_prompt_version", "is_handled"),
            "automation_class",
        )
    )
    return work.keep("fct_tickets", known, ("cost_usd",))


def fct_workflows(work: Work, costed: pl.LazyFrame, case_rows: pl.LazyFrame) -> pl.LazyFrame:
    outcomes = (
        work.raw("workflow_outcomes")
        .sort("completed_at", descending=True, nulls_last=True)
        .unique("workflow_id", keep="first", maintain_order=True)
        .rename(
            {"outcome": "outcome_sent", "use_case": "use_case_sent", "tenant_id": "tenant_sent"}
        )
        .drop("started_at")
    )
    of_cases = case_rows.select(
        pl.col("ticket_id").alias("workflow_id"),
        pl.col("tenant_id").alias("case_tenant"),
        pl.col("intent").alias("case_intent"),
        pl.col("outcome"),
        "is_resolved",
        "is_mature",
        is_case=pl.lit(True),
    )
    is_case = pl.col("is_case").is_not_null()
    joined = (
        costed.join(of_cases, on="workflow_id", how="left")
        .join(outcomes, on="workflow_id", how="left")
        .with_columns(
            use_case=pl.when(is_case)
            .then(pl.lit("support"))
            .otherwise(pl.coalesce("use_case", "use_case_sent")),
            tenant_id=pl.coalesce("case_tenant", "tenant_sent", "tenant_id"),
            intent=pl.coalesce("case_intent", "intent"),
            is_success=pl.when(pl.col("outcome") == "unknown")
            .then(None)
            .when(is_case)
            .then("is_resolved")
            .otherwise("is_success"),
            has_final_outcome=pl.when(~is_case)
            .then(pl.col("completed_at").is_not_null() & pl.col("is_success").is_not_null())
            .when("is_resolved")
            .then("is_mature")
            .otherwise(~pl.col("outcome").is_in(("pending", "reopened", "unknown"))),
        )
        .with_columns(outcome=pl.coalesce("outcome", "outcome_sent", pl.lit("unknown")))
        .drop(
            *("case_tenant", "case_intent", "is_resolved", "is_mature", "is_case"),
            *("use_case_sent", "tenant_sent", "outcome_sent", "queue"),
        )
    )
    return work.keep("fct_workflows", joined, ("cost_usd", "waste_cost_usd"))


def unit_economics(
    work: Work, reportable: pl.LazyFrame, unattributed: pl.LazyFrame, case_rows: pl.LazyFrame
) -> pl.LazyFrame:
    spend = (
        reportable.group_by(pl.col("workflow_id").alias("ticket_id"), "request_date")
        .agg(
            attempts=pl.len().cast(pl.Int64),
            unpriced_attempts=pl.col("cost_usd").null_count().cast(pl.Int64),
            cost_usd=total("cost_usd"),
        )
        .rename({"request_date": "event_date"})
        .join(case_rows.select("ticket_id"), on="ticket_id", how="semi")
    )
    resolutions = case_rows.filter(
        pl.col("is_handled") & pl.col("is_resolved") & pl.col("resolved_at").is_not_null()
    ).select("ticket_id", event_date=pl.col("resolved_at").dt.date(), is_resolution=pl.lit(True))
    openings = case_rows.filter(
        pl.col("opened_at").is_not_null() & (pl.col("attempts") > 0)
    ).select("ticket_id", event_date=pl.col("opened_at").dt.date(), is_opening=pl.lit(True))
    events = work.hold(pl.concat([spend, resolutions, openings], how="diagonal"))
    periods = pl.concat(
        [
            events.group_by(
                pl.lit(grain).alias("period_grain"),
                pl.col("event_date").dt.truncate(PERIODS[grain]).alias("period_start"),
                "ticket_id",
            ).agg(
                period_attempts=pl.col("attempts").sum(),
                period_unpriced=pl.col("unpriced_attempts").sum(),
                period_cost=total("cost_usd"),
                is_resolution=pl.col("is_resolution").any(),
                is_opening=pl.col("is_opening").any(),
            )
            for grain in GRAINS
        ]
    )
    intents = work.seed("intents").select(
        "intent",
        pl.col("baseline_escalation_rate").cast(pl.Decimal(9, 6)),
        pl.col("human_handle_minutes").cast(pl.Decimal(18, 6)),
    )
    measured = (
        periods.join(case_rows, on="ticket_id")
        .join(intents, on="intent", how="left")
        .with_columns(
            handled=pl.col("is_handled") & (pl.col("period_attempts") > 0),
            baseline=pl.when(pl.col("is_escalated").is_not_null()).then("baseline_escalation_rate"),
        )
    )
    minutes, human = pl.col("handle_minutes"), pl.col("human_handle_minutes")
    partly = pl.col("automation_class") == "partially_automated"
    saved = (
        pl.when(human > minutes)
        .then(human - minutes)
        .when(minutes.is_not_null())
        .then(pl.lit(Decimal(0), dtype=pl.Decimal(18, 6)))
    )
    resolution, opening, handled = (
        pl.col("is_resolution"),
        pl.col("is_opening"),
        pl.col("handled"),
    )
    with_baseline = handled & pl.col("baseline").is_not_null()
    flags = {
        "handled_tickets": handled,
        "resolved_tickets": resolution,
        "deflected_tickets": resolution & pl.col("is_deflected").fill_null(False),
        "unknown_deflections": resolution & pl.col("is_deflected").is_null(),
        "tickets_with_baseline": with_baseline,
        "observed_escalations": with_baseline & pl.col("is_escalated"),
        "unknown_minutes_tickets": handled & pl.col("is_resolved") & partly & minutes.is_null(),
        "cohort_tickets": opening & pl.col("is_handled"),
        "cohort_resolved_tickets": opening & pl.col("is_handled") & pl.col("is_resolved"),
    }
    of_cases = measured.select(
        "period_grain",
        "period_start",
        pl.col("tenant_id").alias("tenant"),
        *("intent", "queue", "channel", "automation_class", "project"),
        *(flag.alias(name) for name, flag in flags.items()),
        attempts=pl.col("period_attempts"),
        unpriced_attempts=pl.col("period_unpriced"),
        cohort_attempts=pl.when(opening).then(pl.col("attempts").cast(pl.Int64)),
        cost_usd=pl.col("period_cost"),
        cost_to_resolve_usd=pl.when(resolution).then("cost_usd"),
        cohort_cost_usd=pl.when(opening).then("cost_usd"),
        expected_escalations=pl.when(handled).then("baseline"),
        minutes_saved=pl.when(handled & pl.col("is_resolved")).then(
            pl.when(pl.col("automation_class") == "fully_automated")
            .then(human)
            .when(partly)
            .then(saved)
        ),
    )
    return work.hold(segmented(work, of_cases, unattributed))


def segmented(work: Work, of_cases: pl.LazyFrame, unattributed: pl.LazyFrame) -> pl.LazyFrame:
    rows = pl.concat(
        [
            of_cases,
            *(
                unattributed.with_columns(
                    period_grain=pl.lit(grain),
                    period_start=pl.col("request_date").dt.truncate(PERIODS[grain]),
                ).drop("request_date")
                for grain in GRAINS
            ),
        ],
        how="diagonal",
    )
    rows = work.hold(rows.with_columns(pl.col(*SEGMENTS).fill_null("unknown")))
    return pl.concat(
        [
            rows.group_by(
                "period_grain",
                "period_start",
                pl.lit(segment).alias("segment_type"),
                (pl.lit("all") if segment == "all" else pl.col(segment)).alias("segment_value"),
            )
            .agg(
                *(pl.col(name).sum().cast(pl.Int64) for name in COUNTS),
                *(total(name) for name in SUMS),
            )
            .with_columns(pl.col("segment_value").cast(pl.String))
            for segment in ("all", *SEGMENTS)
        ]
    )


def known(cost: str, units: str) -> pl.Expr:
    return pl.when(pl.col(units).fill_null(0) == 0).then(0).otherwise(pl.col(cost))


def named_tables(work: Work, economics: pl.LazyFrame, as_of: datetime) -> None:
    keys = ("period_grain", "period_start", "segment_type", "segment_value")
    start = pl.col("period_start").cast(pl.Datetime("us"))
    end = (
        pl.when(pl.col("period_grain") == "day")
        .then(start.dt.offset_by("1d"))
        .when(pl.col("period_grain") == "week")
        .then(start.dt.offset_by("7d"))
        .otherwise(start.dt.offset_by("1mo"))
    )
    settled = pl.duration(hours=work.rule.maturity_hours)
    resolved = (
        economics.with_columns(
            ticket_cost_usd=known("cost_usd", "attempts"),
            unattributed_cost_usd=known("unattributed_cost_usd", "unattributed_attempts"),
            cohort_cost_usd=known("cohort_cost_usd", "cohort_attempts"),
            cost_to_resolve_usd=known("cost_to_resolve_usd", "resolved_tickets"),
            cohort_is_mature=pl.lit(as_of) >= end + settled,
        )
        .with_columns(
            loaded=pl.col("ticket_cost_usd") + pl.col("unattributed_cost_usd").fill_null(Decimal(0))
        )
        .select(
            *keys,
            pl.lit(work.rule.name).alias("outcome_definition"),
            *("ticket_cost_usd", "unattributed_cost_usd", "handled_tickets", "resolved_tickets"),
            *("cost_to_resolve_usd", "cohort_tickets", "cohort_cost_usd"),
            *("cohort_resolved_tickets", "cohort_is_mature", "unpriced_attempts"),
            cost_per_handled_usd=usd_per("ticket_cost_usd", "handled_tickets"),
            cost_per_resolved_usd=usd_per("ticket_cost_usd", "resolved_tickets"),
            cost_per_resolved_fully_loaded_usd=usd_per("loaded", "resolved_tickets"),
            cost_to_resolve_per_resolved_usd=usd_per("cost_to_resolve_usd", "resolved_tickets"),
            cohort_cost_per_resolved_usd=pl.when("cohort_is_mature").then(
                usd_per("cohort_cost_usd", "cohort_resolved_tickets")
            ),
        )
    )
    work.keep(
        "cost_per_resolved_ticket",
        resolved,
        (
            *("ticket_cost_usd", "unattributed_cost_usd", "cost_to_resolve_usd"),
            *("cohort_cost_usd", "cost_per_handled_usd", "cost_per_resolved_usd"),
            *("cost_per_resolved_fully_loaded_usd", "cost_to_resolve_per_resolved_usd"),
            "cohort_cost_per_resolved_usd",
        ),
    )
    fewer = pl.col("expected_escalations").cast(pl.Float64) - pl.col("observed_escalations")
    deflected = economics.with_columns(
        ticket_cost_usd=known("cost_usd", "attempts"),
        escalations_avoided=pl.when(fewer > 0).then(fewer),
        minutes_saved=pl.col("minutes_saved").fill_null(Decimal(0)),
        expected_escalations=pl.col("expected_escalations").fill_null(Decimal(0)),
    ).select(
        *keys,
        *("ticket_cost_usd", "handled_tickets", "resolved_tickets", "deflected_tickets"),
        *("unknown_deflections", "tickets_with_baseline", "expected_escalations"),
        *("observed_escalations", "escalations_avoided", "minutes_saved"),
        *("unknown_minutes_tickets", "unpriced_attempts"),
        cost_per_deflection_usd=usd_per("ticket_cost_usd", "deflected_tickets"),
        cost_per_escalation_avoided=pl.col("ticket_cost_usd") / pl.col("escalations_avoided"),
    )
    work.keep("cost_per_deflection", deflected, ("ticket_cost_usd", "cost_per_deflection_usd"))


def tenants(work: Work, attempt_rows: pl.LazyFrame) -> None:
    days = work.hold(
        attempt_rows.filter("is_reportable")
        .group_by("request_date", pl.col("tenant_id").cast(pl.String).fill_null("unknown"))
        .agg(
            attempts=pl.len().cast(pl.Int64),
            unpriced_attempts=pl.col("cost_usd").null_count(),
            cost_usd=total("cost_usd"),
        )
    )
    period = ("period_grain", "period_start")
    periods = pl.concat(
        [
            days.group_by(
                pl.lit(grain).alias("period_grain"),
                pl.col("request_date").dt.truncate(PERIODS[grain]).alias("period_start"),
                "tenant_id",
            ).agg(
                pl.col("attempts", "unpriced_attempts").sum(),
                cost_usd=total("cost_usd"),
            )
            for grain in GRAINS
        ]
    )
    ranked = work.hold(
        periods.with_columns(spent=pl.col("cost_usd").fill_null(0))
        .sort(*period, "spent", "tenant_id", descending=[False, False, True, False])
        .with_columns(
            spend_rank=(pl.int_range(pl.len()) + 1).over(period),
            # Tenants of unknown cost come last from either end.
            rank_from_smallest=(pl.col("cost_usd").count() - pl.int_range(pl.len())).over(period),
            total=some(pl.col("spent").sum()).over(period),
            cumulative=pl.col("spent").cum_sum().over(period),
        )
    )
    share = ranked.join(
        work.seed("tenants").select(pl.col("tenant_id", "tenant_name").cast(pl.String)),
        on="tenant_id",
        how="left",
    ).select(
        *period,
        *("tenant_id", "tenant_name", "cost_usd", "spend_rank", "attempts", "unpriced_attempts"),
        spend_share=pl.col("cost_usd") / pl.col("total"),
        cumulative_share=pl.col("cumulative") / pl.col("total"),
    )
    work.keep("tenant_share", share, ("cost_usd",))
    spent, whole = pl.col("spent").cast(pl.Float64), some(pl.col("spent").sum()).cast(pl.Float64)
    count = pl.col("cost_usd").count()
    concentration = ranked.group_by(period).agg(
        tenants=pl.len(),
        cost_usd=total("cost_usd"),
        top_1_share=pl.col("spent").filter(pl.col("spend_rank") == 1).sum() / whole,
        top_5_share=pl.col("spent").filter(pl.col("spend_rank") <= 5).sum() / whole,
        hhi=(spent * spent).sum() / (whole * whole),
        effective_tenants=whole * whole / (spent * spent).sum(),
        gini=2 * (pl.col("rank_from_smallest") * spent).sum() / (count * whole)
        - (count + 1) / count,
    )
    work.keep("tenant_concentration", concentration, ("cost_usd",))


def prompt_versions(
    work: Work,
    of_workflows: pl.LazyFrame,
    reportable: pl.LazyFrame,
    flows: pl.LazyFrame,
    as_of: datetime,
) -> None:
    tagged = of_workflows.filter(pl.col("endpoint_tag").is_not_null())
    observed = pl.coalesce("input_tokens", "output_tokens").is_not_null()
    spent = pl.col("input_tokens").fill_null(0) + pl.col("output_tokens").fill_null(0)
    met, released = pl.col("first_met_at"), pl.col("released_at")
    ended = met + pl.duration(hours=work.rule.inactivity_hours) < as_of
    matured = met + pl.duration(hours=work.rule.maturity_hours) < as_of
    units = work.hold(
        tagged.with_columns(tokens=pl.when(observed).then(spent))
        .group_by("workflow_id", "endpoint_tag")
        .agg(
            prompt_version=first("prompt_version"),
            first_met_at=pl.when(pl.col("prompt_version").is_not_null()).then("occurred_at").min(),
            requests=(~pl.col("is_retry")).sum(),
            tokens=total("tokens"),
            cost_usd=pl.when(pl.col("cost_usd").null_count() == 0).then(pl.col("cost_usd").sum()),
        )
        .filter(pl.col("prompt_version").is_not_null())
        .join(flows.select("workflow_id", "is_success", "has_final_outcome"), on="workflow_id")
        .with_columns(
            resolved=pl.col("is_success").fill_null(False).cast(pl.Int64),
            has_had_time_to_end=ended,
            is_settled=pl.col("has_final_outcome") & matured,
        )
    )
    seen = (
        reportable.filter(
            pl.col("endpoint_tag").is_not_null() & pl.col("prompt_version").is_not_null()
        )
        .group_by("endpoint_tag", "prompt_version")
        .agg(first_seen_at=pl.col("occurred_at").min())
    )
    registered = work.seed("prompt_releases").select(
        "endpoint_tag",
        "prompt_version",
        pl.col("released_at").cast(pl.Datetime("us")),
        pl.col("baseline_version").alias("declared"),
    )
    releases = (
        registered.join(seen, on=["endpoint_tag", "prompt_version"], how="full", coalesce=True)
        .with_columns(released_at=pl.coalesce("released_at", "first_seen_at"))
        .sort("endpoint_tag", "released_at", "prompt_version")
        .with_columns(
            baseline_version=pl.coalesce(
                "declared", pl.col("prompt_version").shift(1).over("endpoint_tag")
            )
        )
        .select("endpoint_tag", "released_at", "baseline_version", "prompt_version")
    )
    window = pl.duration(days=28)
    candidates = (
        units.join(releases, on=["endpoint_tag", "prompt_version"])
        .filter((released <= met) & (released + window > met))
        .with_columns(arm=pl.lit("candidate"))
        .drop("baseline_version")
    )
    baselines = (
        units.rename({"prompt_version": "baseline_version"})
        .join(releases, on=["endpoint_tag", "baseline_version"])
        .filter((released - window <= met) & (released > met))
        .with_columns(arm=pl.lit("baseline"))
        .drop("baseline_version")
    )
    arms = work.hold(pl.concat([candidates, baselines], how="diagonal"))
    ratios = []
    for name, top, bottom, flag in METRICS:
        numerator = pl.col(top).sum().cast(pl.Float64)
        denominator = pl.col(bottom).sum() if bottom else pl.len()
        unit = 1e12 if top == "cost_usd" else 1
        ratios.append(
            arms.filter(pl.col(top).is_not_null(), flag is None or pl.col(flag))
            .group_by("endpoint_tag", "prompt_version", "arm")
            .agg(
                metric=pl.lit(name).first(),
                units=pl.len(),
                ratio=pl.when(denominator > 0).then(numerator / unit / denominator),
            )
        )
    work.keep("prompt_version_ratios", pl.concat(ratios))


def main(landing: Path, seeds: Path, out: Path, engine: Engine) -> None:
    work = Work(landing, seeds, out, engine)
    attempt_rows = attempts(work)
    reportable = attempt_rows.filter("is_reportable")
    of_workflows = reportable.filter(pl.col("workflow_id").is_not_null())
    clock = attempt_rows.select(pl.col("occurred_at").max()).collect(engine=engine).item()
    costed = workflows(work, of_workflows)
    case_rows = cases(work, tickets(work, clock), costed)
    flows = fct_workflows(work, costed, case_rows)
    unattributed = reportable.filter(
        pl.col("workflow_id").is_null() & (pl.col("use_case") == "support")
    ).select(
        "request_date",
        *(pl.col("tenant_id").alias("tenant"), "intent", "queue"),
        unattributed_attempts=pl.lit(1, pl.Int64),
        unattributed_cost_usd="cost_usd",
    )
    economics = unit_economics(work, of_workflows, unattributed, case_rows)
    named_tables(work, economics, clock)
    tenants(work, attempt_rows)
    prompt_versions(work, of_workflows, reportable, flows, clock)


if __name__ == "__main__":
    main(
        Path(sys.argv[1]),
        Path(sys.argv[2]),
        Path(sys.argv[3]),
        "streaming" if sys.argv[4] == "streaming" else "in-memory",
    )
