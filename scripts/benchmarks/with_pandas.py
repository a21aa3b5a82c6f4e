"""pandas, in memory. Ids become integers once, words categories, money whole pico-dollars."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks import reference
from benchmarks.statements import BAD, GOOD, GRAINS, METRICS, PRODUCTION, SEGMENTS

Array = npt.NDArray[Any]
NULLABLE = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
KINDS = ("ticket", "conversation", "workflow")
DAY = np.timedelta64(1, "D")
MICRO = 1_000_000  # rates and minutes are counted in millionths


def picodollars(amounts: pa.ChunkedArray) -> pd.Series[Any]:
    """DECIMAL(18, 12) as integers: the lower half of each 128 bits."""
    whole = pa.concat_arrays(amounts.chunks)
    halves = np.frombuffer(whole.buffers()[1], dtype=np.int64)
    values = halves[::2][whole.offset : whole.offset + len(whole)].copy()
    return pd.Series(pd.arrays.IntegerArray(values, np.asarray(whole.is_null())))


def decimals(counts: pd.Series[Any], scale: int) -> pd.Series[Any]:
    """Integers of the last decimal place as DECIMAL(28, scale)."""
    given = counts.notna().to_numpy()
    halves = np.empty((len(counts), 2), dtype=np.int64)
    halves[:, 0] = counts.fillna(0).to_numpy("int64")
    halves[:, 1] = halves[:, 0] >> 63
    valid = pa.py_buffer(np.packbits(given, bitorder="little").tobytes())
    buffers = [valid, pa.py_buffer(halves)]
    amounts = pa.Array.from_buffers(pa.decimal128(28, scale), len(counts), buffers)
    return pd.Series(pd.arrays.ArrowExtensionArray(amounts), index=counts.index)


def dates(days: Array) -> pd.api.extensions.ExtensionArray:
    return pd.arrays.ArrowExtensionArray(pa.array(days.astype(np.int32)).view(pa.date32()))


def days_of(moments: pd.Series[Any]) -> Array:
    return moments.to_numpy().astype("datetime64[D]").astype(np.int64)


def period_of(grain: str, days: Array) -> Array:
    """The first day of each day's period, in days since 1970-01-01, a Thursday."""
    if grain == "day":
        return days
    if grain == "week":
        return (days + 3) // 7 * 7 - 3
    months = days.astype("datetime64[D]").astype("datetime64[M]")
    return months.astype("datetime64[D]").astype(np.int64)


def chosen(places: Array, names: Sequence[str | None]) -> pd.Categorical:
    """The name at each place; a place below 0 has none."""
    words = pd.Categorical(list(names))
    return pd.Categorical.from_codes(np.append(words.codes, -1)[places], words.categories)


def first_of(rules: Sequence[tuple[str, pd.Series[Any]]], otherwise: str) -> pd.Categorical:
    """The name of the first rule that holds."""
    names = list(dict.fromkeys([*(name for name, _ in rules), otherwise]))
    flags = [holds.to_numpy(bool) for _, holds in rules]
    places = [names.index(name) for name, _ in rules]
    return chosen(np.select(flags, places, names.index(otherwise)), names)


def translated(words: pd.Series[Any], names: Mapping[str, str | None]) -> pd.Series[Any]:
    found = chosen(words.cat.codes.to_numpy(), [names.get(word) for word in words.cat.categories])
    return pd.Series(found, index=words.index)


def coalesce(first: pd.Series[Any], second: pd.Series[Any]) -> pd.Series[Any]:
    every = first.cat.categories.union(second.cat.categories)
    codes = [words.cat.set_categories(every).cat.codes for words in (first, second)]
    merged = np.where(codes[0] >= 0, codes[0], codes[1])
    return pd.Series(pd.Categorical.from_codes(merged, every), index=first.index)


def replaced(words: pd.Series[Any], where: pd.Series[Any], name: str) -> pd.Series[Any]:
    if name not in words.cat.categories:
        words = words.cat.add_categories([name])
    return words.mask(where, name)


def filled(words: pd.Series[Any], name: str = "unknown") -> pd.Series[Any]:
    return replaced(words, words.isna(), name)


def true(flags: pd.Series[Any]) -> pd.Series[Any]:
    """Unknown is not true."""
    return flags.fillna(False).astype(bool)


def known(cost: pd.Series[Any], units: pd.Series[Any]) -> pd.Series[Any]:
    return cost.mask(units == 0, 0)


def usd_per(cost: pd.Series[Any], units: pd.Series[Any]) -> pd.Series[Any]:
    """Pico-dollars a unit, rounded half away from zero."""
    some = units.astype("Int64").where(units > 0)
    return (2 * cost + some) // (2 * some)


class Work:
    """One run: where it reads and where it writes."""

    def __init__(self, landing: Path, seeds: Path, out: Path) -> None:
        self.landing, self.seeds, self.out = landing, seeds, out
        self.rule = reference.definition(seeds)

    def raw(self, table: str) -> pa.Table:
        # Ids of users repeat often enough to be words; other ids do not.
        words = ["user_id"] if table == "llm_requests" else []
        read = pq.read_table(self.landing / table, partitioning=None, read_dictionary=words)
        return read.unify_dictionaries()

    def seed(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.seeds / f"{name}.csv", keep_default_na=False, dtype=str)

    def names(self, seed: str, key: str, value: str) -> dict[str, str | None]:
        table = self.seed(seed)
        return {name: found or None for name, found in zip(table[key], table[value], strict=True)}

    def write(self, name: str, frame: pd.DataFrame) -> None:
        money = [str(column) for column in frame if str(column).endswith("_usd")]
        frame = frame.assign(**{column: decimals(frame[column], 12) for column in money})
        (self.out / name).mkdir()
        frame.to_parquet(self.out / name / "0.parquet", index=False)


def ordered(table: pa.Table) -> tuple[Array, dict[str, Array]]:
    """Which deliveries are kept, and each attempt's place in its request.

    Only requests that were delivered more than once are ranked.
    """
    requests, _ = pd.factorize(table["external_request_id"].to_pandas())
    rows = np.flatnonzero(np.bincount(requests)[requests] > 1)
    names = ["attempt_number", "occurred_at", "ingested_at", "provider", "model"]
    several = table.select(names).take(pa.array(rows)).to_pandas()
    several = several.assign(row=rows, request=requests[rows])
    ranked = (
        several.sort_values("ingested_at", ascending=False, kind="stable")
        .drop_duplicates(["request", "attempt_number"])
        .sort_values(["request", "occurred_at", "attempt_number"])
    )
    words = ranked[["provider", "model"]].apply(lambda column: column.cat.codes)
    by_request = ranked.groupby("request", sort=False)
    places: dict[str, Array] = {
        "attempt_index": np.ones(len(requests), dtype=np.int32),
        "is_final": np.ones(len(requests), dtype=bool),
        "is_fallback": np.zeros(len(requests), dtype=bool),
    }
    kept = np.ones(len(requests), dtype=bool)
    kept[rows] = False
    rows = ranked["row"].to_numpy()
    kept[rows] = True
    places["attempt_index"][rows] = by_request.cumcount() + 1
    places["is_final"][rows] = by_request.cumcount(ascending=False) == 0
    firsts = words.groupby(ranked["request"], sort=False).transform("first")
    places["is_fallback"][rows] = (words != firsts).any(axis=1)
    return kept, {name: values[kept] for name, values in places.items()}


def price_places(rows: pd.DataFrame, days: Array, prices: list[reference.Price]) -> Array:
    """Each row's place in the list of prices, -1 for none."""
    places = np.full(len(rows), -1, dtype=np.int16)
    of_models = rows.groupby(["provider", "model"], observed=True, sort=False).indices
    size = rows["input_tokens"].fillna(0).to_numpy("int64")
    for number, price in enumerate(prices):
        candidates = of_models[(price.provider, price.model)]
        since, until = (
            date.fromisoformat(day).toordinal() - date(1970, 1, 1).toordinal()
            for day in (price.valid_from, price.valid_until)
        )
        fits = (days[candidates] >= since) & (days[candidates] < until)
        fits &= size[candidates] > price.over_input_tokens
        fits &= size[candidates] <= price.up_to_input_tokens
        places[candidates[fits]] = number
    return places


def priced(rows: pd.DataFrame, places: Array, prices: list[reference.Price]) -> pd.Series[Any]:
    """Exact cost in pico-dollars of disjoint buckets of tokens."""

    def tokens(name: str) -> Array:
        return rows[name].fillna(0).to_numpy("int64")

    cached, written = tokens("cached_input_tokens"), tokens("cache_write_tokens")
    buckets = {
        "input_pico_usd": np.maximum(tokens("input_tokens") - cached - written, 0),
        "cached_input_pico_usd": cached,
        "cache_write_pico_usd": written,
        "output_pico_usd": tokens("output_tokens"),
    }
    names = ["input_tokens", "cached_input_tokens", "cache_write_tokens", "output_tokens"]
    unknown = (places < 0) | rows[names].isna().all(axis=1).to_numpy()
    cost = np.zeros(len(rows), dtype=np.int64)
    for name, counts in buckets.items():
        listed = [getattr(price, name) for price in prices] + [None]
        values = np.array([price or 0 for price in listed])[places]
        cost += counts * values
        missing = np.array([price is None for price in listed])
        if missing[:-1].any():
            unknown |= (counts != 0) & missing[places]
    return pd.Series(pd.arrays.IntegerArray(cost, unknown))


def attempts(work: Work) -> pd.DataFrame:
    table = work.raw("llm_requests").drop_columns(["attempt_id"])
    kept, places = ordered(table)
    table = table.filter(pa.array(kept)).combine_chunks()
    reported = picodollars(table["reported_cost_usd"])
    ids = [table[name] for name in ("ticket_id", "conversation_id", "workflow_id")]
    table = table.set_column(
        table.column_names.index("workflow_id"), "workflow_id", pc.coalesce(*ids)
    ).drop_columns(["reported_cost_usd"])
    rows: pd.DataFrame = table.to_pandas(
        types_mapper=NULLABLE.get, split_blocks=True, self_destruct=True
    )
    del table, ids

    days = days_of(rows["occurred_at"])
    seen = rows[["provider", "model"]].drop_duplicates().dropna().itertuples(index=False)
    prices = list(reference.prices(work.seeds, [(row[0], row[1]) for row in seen]))
    price = price_places(rows, days, prices)
    tiers = work.seed("model_tiers").set_index(["provider", "model"])["model_tier"].to_dict()
    tag, sent = rows["endpoint_tag"], rows["status"]
    success = dict.fromkeys(GOOD, "success") | dict.fromkeys(BAD, "error")
    status = filled(translated(sent, success))
    cost = priced(rows, price, prices)
    final = places["is_final"] & (status == "success").to_numpy()
    kind = np.select([rows["ticket_id"].notna(), rows["conversation_id"].notna()], [0, 1], 2)
    kind[rows["workflow_id"].isna()] = -1
    either = reported.fillna(cost)
    rows = rows.rename(columns={"external_request_id": "request_id"}).assign(
        **places,
        is_retry=places["attempt_index"] > 1,
        request_date=dates(days),
        priced_model=chosen(price, [each.priced_model for each in prices]),
        model_tier=chosen(
            price, [tiers.get((each.provider, each.priced_model)) for each in prices]
        ),
        endpoint_tag_as_sent=tag,
        endpoint_tag=coalesce(
            translated(tag, work.names("endpoint_taxonomy", "tag", "canonical_tag")), tag
        ),
        use_case=translated(tag, work.names("endpoint_taxonomy", "tag", "use_case")),
        stage=coalesce(
            rows["stage"], translated(tag, work.names("endpoint_taxonomy", "tag", "stage"))
        ),
        tenant_id=coalesce(
            rows["tenant_id"],
            translated(rows["user_id"], work.names("tenant_users", "user_id", "tenant_id")),
        ),
        workflow_kind=chosen(kind, KINDS),
        status_as_sent=sent,
        status=status,
        is_reportable=(rows["data_mode"] == "real") & rows["environment"].isin(PRODUCTION),
        priced_cost_usd=cost,
        reported_cost_usd=reported,
        cost_usd=either,
        cost_source=first_of(
            [("reported", reported.notna()), ("priced", cost.notna())], "unpriced"
        ),
        waste_cost_usd=either.mask(final, 0),
    )
    work.write("fct_attempts", rows)
    return rows


def workflows(rows: pd.DataFrame) -> pd.DataFrame:
    """Reportable attempts by workflow; the rows are in the order of time."""
    grouped = rows.groupby("workflow")
    names = ["use_case", "tenant_id", "queue", "intent", "prompt_version"]
    flows = grouped[names].first()
    kind = grouped["kind"].min()
    costed: pd.DataFrame = flows.rename(columns={"prompt_version": "first_prompt_version"}).assign(
        workflow_kind=chosen(kind.to_numpy(), KINDS),
        use_case=replaced(flows["use_case"], kind == 0, "support"),
        started_at=grouped["occurred_at"].min(),
        last_attempt_at=grouped["occurred_at"].max(),
        attempts=grouped.size(),
        retries=grouped["is_retry"].sum(),
        unpriced_attempts=grouped["is_unpriced"].sum(),
        **grouped[["input_tokens", "output_tokens", "cost_usd", "waste_cost_usd"]].sum(min_count=1),
    )
    return costed.assign(requests=costed["attempts"] - costed["retries"])


def tickets(work: Work, found: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """The newest version of each ticket, judged by the outcome definition."""
    rule = work.rule
    newest = found.sort_values("updated_at", ascending=False, kind="stable")
    rows = newest[~newest["case"].duplicated()].set_index("case")
    closed = rows["status"].isin(("closed",) if rule.require_closed else ("closed", "solved"))
    escalated = rows["escalated_at"].notna() | rows["human_requested_at"].notna()
    human, bot = rows["human_public_replies"], rows["bot_public_replies"]
    if rule.human_reply_disqualifies:
        escalated |= true(human > 0)
    window = pd.Timedelta(hours=rule.reopen_window_hours)
    reopened = rows["last_reopened_at"] > rows["last_resolved_at"]
    reopened &= rows["last_reopened_at"] <= rows["last_resolved_at"] + window
    inactive_at = rows["last_customer_message_at"] + pd.Timedelta(hours=rule.inactivity_hours)
    quiet = inactive_at <= as_of
    outcome = first_of(
        [
            ("excluded", true(rows["is_spam"]) | true(rows["is_test"])),
            ("escalated", escalated),
            ("reopened", reopened & ~closed),
            ("negative", true(rows["csat"] <= rule.negative_csat_max)),
            (
                "resolved_confirmed",
                (closed | quiet) & (true(rows["customer_confirmed"]) | rows["csat"].isin((4, 5))),
            ),
            ("resolved_assumed", closed | (rule.accept_assumed & true(bot > 0) & quiet)),
            ("abandoned", true(bot == 0) & quiet),
        ],
        "pending",
    )
    resolved = outcome.isin(("resolved_confirmed", "resolved_assumed"))
    closed_at = rows["last_resolved_at"].fillna(rows["closed_at"])
    silent_at = inactive_at.where(quiet)
    resolved_at = closed_at.where(~(silent_at < closed_at) & closed_at.notna(), silent_at)
    resolved_at = resolved_at.where(resolved)
    return rows.assign(
        outcome=outcome,
        is_escalated=escalated.astype("boolean"),
        is_resolved=resolved,
        resolved_at=resolved_at,
        is_deflected=((human == 0) & (bot > 0)).astype("boolean").where(resolved, False),
        is_mature=as_of > resolved_at + window,
        handle_minutes=(rows["handle_minutes"] * MICRO).round().astype("Int64"),
        is_in_helpdesk=True,
    )


def cases(work: Work, judged: pd.DataFrame, costed: pd.DataFrame, ids: Array) -> pd.DataFrame:
    rows = judged.merge(
        costed, how="outer", left_index=True, right_index=True, suffixes=("", "_of_calls")
    )
    in_helpdesk = rows["is_in_helpdesk"].notna()
    rows = rows[in_helpdesk | (rows["use_case"] == "support")]
    in_helpdesk = rows["is_in_helpdesk"].notna()
    counts = {
        name: rows[name].fillna(0).astype("int64")
        for name in ("attempts", "requests", "retries", "unpriced_attempts")
    }
    bot, human = rows["bot_public_replies"], rows["human_public_replies"]
    outcome = filled(rows["outcome"])
    automated = true((bot > 0) & (human == 0)) & ~true(rows["is_escalated"])
    automation_class = first_of(
        [
            ("unknown", ~in_helpdesk),
            ("human_only", counts["attempts"] == 0),
            ("unknown", bot.isna() | human.isna()),
            ("fully_automated", automated),
            ("partially_automated", true(bot > 0)),
        ],
        "agent_assisted",
    )
    rows = rows.assign(
        **counts,
        ticket_id=ids[rows.index],
        is_in_helpdesk=in_helpdesk,
        outcome=outcome,
        is_resolved=true(rows["is_resolved"]),
        is_mature=true(rows["is_mature"]),
        is_deflected=rows["is_deflected"].where(in_helpdesk, False),
        is_handled=(counts["attempts"] > 0) & (outcome != "excluded"),
        automation_class=automation_class,
        opened_at=rows["opened_at"].fillna(rows["started_at"]),
        cost_usd=known(rows["cost_usd"], counts["attempts"]),
        **{
            name: coalesce(rows[name], rows[f"{name}_of_calls"])
            for name in ("tenant_id", "queue", "intent")
        },
    )
    names = (
        *("ticket_id", "is_in_helpdesk", "tenant_id", "channel", "queue", "intent", "project"),
        *("status", "opened_at", "resolved_at", "outcome", "is_resolved", "is_deflected"),
        *("is_escalated", "is_mature", "bot_public_replies", "human_public_replies", "csat"),
        *("handle_minutes", "cost_usd", "requests", "attempts", "retries", "unpriced_attempts"),
        *("first_prompt_version", "is_handled", "automation_class"),
    )
    rows = rows[list(names)]
    work.write("fct_tickets", rows.assign(handle_minutes=rows["handle_minutes"] / MICRO))
    return rows


def fct_workflows(
    work: Work, costed: pd.DataFrame, case_rows: pd.DataFrame, sent: pd.DataFrame, ids: Array
) -> pd.DataFrame:
    newest = sent.sort_values("completed_at", ascending=False, kind="stable")
    newest = newest[~newest["case"].duplicated()].set_index("case")
    of_cases = case_rows[["tenant_id", "intent", "outcome", "is_resolved", "is_mature"]]
    sent = newest[["use_case", "tenant_id", "outcome", "is_success", "completed_at", "value_usd"]]
    rows = costed
    for other, suffix in ((of_cases, "_of_case"), (sent, "_sent")):
        rows = rows.merge(
            other, how="left", left_index=True, right_index=True, suffixes=("", suffix)
        )
    is_case = rows["is_resolved"].notna()
    resolved, outcome = true(rows["is_resolved"]), rows["outcome"]
    ended = ~outcome.isin(("pending", "reopened", "unknown"))
    final = np.select(
        [~is_case, resolved],
        [rows["completed_at"].notna() & rows["is_success"].notna(), true(rows["is_mature"])],
        ended,
    )
    success = rows["is_success"].where(~is_case, resolved.astype("boolean"))
    tenant = coalesce(
        coalesce(rows["tenant_id_of_case"], rows["tenant_id_sent"]), rows["tenant_id"]
    )
    use_case = coalesce(rows["use_case"], rows["use_case_sent"])
    flows = rows.assign(
        workflow_id=ids[rows.index],
        use_case=replaced(use_case, is_case, "support"),
        tenant_id=tenant,
        intent=coalesce(rows["intent_of_case"], rows["intent"]),
        is_success=success.mask(outcome == "unknown"),
        has_final_outcome=final.astype(bool),
        outcome=filled(coalesce(outcome, rows["outcome_sent"])),
    )
    names = (
        *("workflow_id", "workflow_kind", "use_case", "tenant_id", "intent", "started_at"),
        *("last_attempt_at", "outcome", "is_success", "has_final_outcome", "completed_at"),
        *("value_usd", "requests", "attempts", "retries", "input_tokens", "output_tokens"),
        *("cost_usd", "waste_cost_usd", "unpriced_attempts", "first_prompt_version"),
    )
    work.write("fct_workflows", flows[list(names)])
    return flows


def case_days(rows: pd.DataFrame, case_rows: pd.DataFrame) -> pd.DataFrame:
    """What happened to a case on a day: spend, its resolution, its opening."""
    of_cases = rows[np.isin(rows["workflow"], case_rows.index)]
    grouped = of_cases.groupby(["workflow", "day"], sort=False)
    spend = pd.DataFrame(
        {
            "attempts": grouped.size(),
            "unpriced_attempts": grouped["is_unpriced"].sum(),
            "cost_usd": grouped["cost_usd"].sum(min_count=1),
        }
    ).reset_index(names=["case", "day"])
    resolved = case_rows[case_rows["is_handled"] & case_rows["resolved_at"].notna()]
    opened = case_rows[case_rows["opened_at"].notna() & (case_rows["attempts"] > 0)]
    marks = [
        pd.DataFrame({"case": part.index, "day": days_of(part[moment]), flag: 1})
        for part, moment, flag in (
            (resolved, "resolved_at", "resolutions"),
            (opened, "opened_at", "openings"),
        )
    ]
    events = pd.concat([spend, *marks], ignore_index=True)
    whole = ["attempts", "unpriced_attempts", "resolutions", "openings"]
    return events.assign(**events[whole].fillna(0).astype("int64"))


def measured(periods: pd.DataFrame, case_rows: pd.DataFrame, intents: pd.DataFrame) -> pd.DataFrame:
    """What each case adds to its period, as numbers that can be summed."""
    rows = periods.merge(
        case_rows.drop(columns=["unpriced_attempts"]),
        left_on="case",
        right_index=True,
        suffixes=("", "_ever"),
    )
    rows = rows.join(intents, on="intent")
    handled = rows["is_handled"] & (rows["attempts"] > 0)
    resolution, opening = rows["resolutions"] > 0, rows["openings"] > 0
    baseline = rows["baseline_rate"].where(handled & rows["is_escalated"].notna())
    human, minutes = rows["human_minutes"], rows["handle_minutes"]
    partly = rows["automation_class"] == "partially_automated"
    fully = rows["automation_class"] == "fully_automated"
    saved = (human - minutes).clip(lower=0).where(partly).mask(fully, human)
    flags = {
        "handled_tickets": handled,
        "resolved_tickets": resolution,
        "deflected_tickets": resolution & true(rows["is_deflected"]),
        "unknown_deflections": resolution & rows["is_deflected"].isna(),
        "tickets_with_baseline": baseline.notna(),
        "observed_escalations": baseline.notna() & true(rows["is_escalated"]),
        "unknown_minutes_tickets": handled & rows["is_resolved"] & partly & minutes.isna(),
        "cohort_tickets": opening & rows["is_handled"],
        "cohort_resolved_tickets": opening & rows["is_handled"] & rows["is_resolved"],
    }
    return pd.DataFrame(
        {
            "period": rows["period"],
            "tenant": rows["tenant_id"],
            **{name: rows[name] for name in SEGMENTS if name != "tenant"},
            **{name: values.astype("int64") for name, values in flags.items()},
            "attempts": rows["attempts"],
            "unpriced_attempts": rows["unpriced_attempts"],
            "cohort_attempts": rows["attempts_ever"].where(opening, 0),
            "unattributed_attempts": 0,
            "cost_usd": rows["cost_usd"],
            "cost_to_resolve_usd": rows["cost_usd_ever"].where(resolution),
            "cohort_cost_usd": rows["cost_usd_ever"].where(opening),
            "unattributed_cost_usd": pd.array([pd.NA], dtype="Int64")[0],
            "expected_escalations": baseline,
            "minutes_saved": saved.where(handled & rows["is_resolved"]),
        }
    ).astype({"unattributed_cost_usd": "Int64"})


def unit_economics(
    work: Work, days: pd.DataFrame, case_rows: pd.DataFrame, unattributed: pd.DataFrame
) -> pd.DataFrame:
    seed = work.seed("intents").set_index("intent")
    intents = pd.DataFrame(
        {
            name: (pd.to_numeric(seed[column]) * MICRO).round().astype("Int64")
            for name, column in (
                ("baseline_rate", "baseline_escalation_rate"),
                ("human_minutes", "human_handle_minutes"),
            )
        }
    )
    case_rows = case_rows.assign(
        **{
            name: filled(case_rows[name])
            for name in ("tenant_id", *(each for each in SEGMENTS if each != "tenant"))
        }
    )
    columns = ["attempts", "unpriced_attempts", "resolutions", "openings"]
    parts = []
    for grain in GRAINS:
        placed = days.assign(period=period_of(grain, days["day"].to_numpy()))
        grouped = placed.groupby(["case", "period"], sort=False)
        periods = grouped[columns].sum().assign(cost_usd=grouped["cost_usd"].sum(min_count=1))
        rows = measured(periods.reset_index(), case_rows, intents)
        if len(unattributed):
            rest = unattributed.assign(period=period_of(grain, unattributed["day"].to_numpy()))
            rows = pd.concat([rows, rest.drop(columns=["day"])], ignore_index=True)
        sums = [name for name in rows if name != "period" and name not in SEGMENTS]
        nullable = [name for name in sums if rows[name].dtype == "Int64"]
        whole = [name for name in sums if name not in nullable]
        for segment in ("all", *SEGMENTS):
            keys = ["period"] if segment == "all" else ["period", segment]
            of_segment = rows.groupby(keys, observed=True, sort=False)
            summed = of_segment[whole].sum().join(of_segment[nullable].sum(min_count=1))
            summed = summed.reset_index()
            value = "all" if segment == "all" else summed.pop(segment).astype(str)
            summed = summed.assign(period_grain=grain, segment_type=segment, segment_value=value)
            parts.append(summed)
    every = pd.concat(parts, ignore_index=True)
    return every.assign(period_start=dates(every["period"].to_numpy()))


def named_tables(work: Work, economics: pd.DataFrame, as_of: pd.Timestamp) -> None:
    keys = ["period_grain", "period_start", "segment_type", "segment_value"]
    rows = economics
    cost = known(rows["cost_usd"], rows["attempts"])
    cohort = known(rows["cohort_cost_usd"], rows["cohort_attempts"])
    rest = known(rows["unattributed_cost_usd"], rows["unattributed_attempts"])
    to_resolve = known(rows["cost_to_resolve_usd"], rows["resolved_tickets"])
    start = pd.Series(pd.to_datetime(rows["period"].to_numpy(), unit="D"))
    ends = {
        "day": start + pd.Timedelta(days=1),
        "week": start + pd.Timedelta(days=7),
        "month": start + pd.offsets.MonthBegin(1),
    }
    end = ends["month"].where(rows["period_grain"] == "month", ends["week"])
    end = end.mask(rows["period_grain"] == "day", ends["day"])
    settled = pd.Timedelta(hours=work.rule.maturity_hours)
    mature = as_of >= end + settled
    resolved = rows["resolved_tickets"]
    counts = rows[["handled_tickets", "resolved_tickets", "unpriced_attempts"]]
    work.write(
        "cost_per_resolved_ticket",
        rows[keys].assign(
            **counts,
            **rows[["cohort_tickets", "cohort_resolved_tickets"]],
            outcome_definition=work.rule.name,
            ticket_cost_usd=cost,
            unattributed_cost_usd=rest,
            cost_per_handled_usd=usd_per(cost, rows["handled_tickets"]),
            cost_per_resolved_usd=usd_per(cost, resolved),
            cost_per_resolved_fully_loaded_usd=usd_per(cost + rest.fillna(0), resolved),
            cost_to_resolve_usd=to_resolve,
            cost_to_resolve_per_resolved_usd=usd_per(to_resolve, resolved),
            cohort_cost_usd=cohort,
            cohort_is_mature=mature,
            cohort_cost_per_resolved_usd=usd_per(cohort, rows["cohort_resolved_tickets"]).where(
                mature
            ),
        ),
    )
    expected = rows["expected_escalations"] / MICRO
    avoided = expected - rows["observed_escalations"]
    avoided = avoided.where(avoided > 0)
    work.write(
        "cost_per_deflection",
        rows[keys].assign(
            **counts,
            **rows[["deflected_tickets", "unknown_deflections", "tickets_with_baseline"]],
            **rows[["observed_escalations", "unknown_minutes_tickets"]],
            ticket_cost_usd=cost,
            cost_per_deflection_usd=usd_per(cost, rows["deflected_tickets"]),
            expected_escalations=decimals(rows["expected_escalations"].fillna(0), 6),
            escalations_avoided=avoided,
            cost_per_escalation_avoided=cost / 1e12 / avoided,
            minutes_saved=decimals(rows["minutes_saved"].fillna(0), 6),
        ),
    )


def tenants(work: Work, rows: pd.DataFrame) -> None:
    keys = ["period", "tenant_id"]
    by_day = rows.assign(tenant_id=filled(rows["tenant_id"])).groupby(
        ["day", "tenant_id"], observed=True, sort=False
    )
    days = pd.DataFrame(
        {
            "attempts": by_day.size(),
            "unpriced_attempts": by_day["is_unpriced"].sum(),
            "cost_usd": by_day["cost_usd"].sum(min_count=1),
        }
    ).reset_index()
    parts = []
    for grain in GRAINS:
        placed = days.assign(period=period_of(grain, days["day"].to_numpy()))
        grouped = placed.groupby(keys, observed=True, sort=False)
        summed = grouped[["attempts", "unpriced_attempts"]].sum()
        summed = summed.assign(cost_usd=grouped["cost_usd"].sum(min_count=1), period_grain=grain)
        parts.append(summed.reset_index())
    every = pd.concat(parts, ignore_index=True)
    every = every.assign(
        tenant_id=every["tenant_id"].astype(str), spent=every["cost_usd"].fillna(0).astype("int64")
    ).sort_values(
        ["period_grain", "period", "spent", "tenant_id"], ascending=[True, True, False, True]
    )
    period = every.groupby(["period_grain", "period"], sort=False)
    rank, total = period.cumcount() + 1, period["spent"].transform("sum")
    names = work.seed("tenants").set_index("tenant_id")["tenant_name"]
    ranked = every.assign(
        period_start=dates(every["period"].to_numpy()),
        tenant_name=every["tenant_id"].map(names),
        spend_rank=rank,
        spend_share=every["cost_usd"] / total.where(total > 0),
        cumulative_share=period["spent"].cumsum() / total.where(total > 0),
    )
    work.write("tenant_share", ranked.drop(columns=["period", "spent"]))
    spent = every["spent"].astype(float)
    # Tenants of unknown cost come last from either end.
    from_smallest = period["cost_usd"].transform("count") - rank + 1
    sums = pd.DataFrame(
        {
            "period_grain": every["period_grain"],
            "period": every["period"],
            "costed": every["cost_usd"].notna(),
            "whole": spent,
            "top_1": spent.where(rank == 1, 0),
            "top_5": spent.where(rank <= 5, 0),
            "squared": spent * spent,
            "ranked": from_smallest * spent,
        }
    )
    summed = sums.groupby(["period_grain", "period"], sort=False).sum()
    whole, costed = summed["whole"].where(summed["whole"] > 0), summed["costed"]
    concentration = pd.DataFrame(
        {
            "tenants": period.size(),
            "cost_usd": period["cost_usd"].sum(min_count=1),
            "top_1_share": summed["top_1"] / whole,
            "top_5_share": summed["top_5"] / whole,
            "hhi": summed["squared"] / (whole * whole),
            "effective_tenants": whole * whole / summed["squared"],
            "gini": 2 * summed["ranked"] / (costed * whole) - (costed + 1) / costed,
        }
    ).reset_index()
    starts = dates(concentration.pop("period").to_numpy())
    work.write("tenant_concentration", concentration.assign(period_start=starts))


def releases(work: Work, rows: pd.DataFrame) -> pd.DataFrame:
    """Registered and seen versions of an endpoint, each with the version that it replaced."""
    keys = ["endpoint_tag", "prompt_version"]
    seen = rows.groupby(keys, observed=True)["occurred_at"].min().reset_index(name="first_seen_at")
    register = work.seed("prompt_releases")
    register = register[keys].assign(
        released_at=pd.to_datetime(register["released_at"]).dt.tz_localize(None).dt.as_unit("us"),
        declared=register["baseline_version"].replace("", None),
    )
    seen = seen.astype(dict.fromkeys(keys, "str"))
    found = register.merge(seen, on=keys, how="outer")
    found = found.assign(released_at=found["released_at"].fillna(found["first_seen_at"]))
    found = found.sort_values(["endpoint_tag", "released_at", "prompt_version"])
    before = found.groupby("endpoint_tag")["prompt_version"].shift(1)
    return found.assign(baseline_version=found["declared"].fillna(before))


def prompt_versions(
    work: Work, rows: pd.DataFrame, tagged: pd.DataFrame, flows: pd.DataFrame, as_of: pd.Timestamp
) -> None:
    keys = ["workflow", "endpoint_tag"]
    observed = tagged["input_tokens"].notna() | tagged["output_tokens"].notna()
    spent = tagged["input_tokens"].fillna(0) + tagged["output_tokens"].fillna(0)
    tagged = tagged.assign(tokens=spent.where(observed), requests=~tagged["is_retry"])
    grouped = tagged.groupby(keys, observed=True, sort=False)
    met = tagged[tagged["prompt_version"].notna()].groupby(keys, observed=True, sort=False)
    units = (
        met[["prompt_version", "occurred_at"]]
        .first()
        .rename(columns={"occurred_at": "met_at"})
        .join(grouped[["tokens", "cost_usd"]].sum(min_count=1))
        .join(grouped[["requests", "is_unpriced"]].sum())
        .reset_index()
        .join(flows[["is_success", "has_final_outcome"]], on="workflow")
    )
    age = as_of - units["met_at"]
    matured = age > pd.Timedelta(hours=work.rule.maturity_hours)
    units = units.assign(
        cost_usd=units["cost_usd"].where(units["is_unpriced"] == 0),
        resolved=true(units["is_success"]).astype("int64"),
        has_had_time_to_end=age > pd.Timedelta(hours=work.rule.inactivity_hours),
        is_settled=units["has_final_outcome"] & matured,
    )
    register = releases(work, rows)
    # Words are compared as codes: a release of a version that no call used matches nothing.
    for column, words in (
        ("endpoint_tag", units["endpoint_tag"]),
        ("prompt_version", units["prompt_version"]),
        ("baseline_version", units["prompt_version"]),
    ):
        register[f"{column}_code"] = words.cat.categories.get_indexer(pd.Index(register[column]))
    units = units.assign(
        endpoint_tag_code=units["endpoint_tag"].cat.codes.astype("int64"),
        version_code=units["prompt_version"].cat.codes.astype("int64"),
    ).drop(columns=["endpoint_tag", "prompt_version"])
    window = pd.Timedelta(days=28)
    arms = []
    for arm, version in (("candidate", "prompt_version"), ("baseline", "baseline_version")):
        wanted = register[register[f"{version}_code"] >= 0]
        names = ["endpoint_tag", "prompt_version", "released_at", "endpoint_tag_code"]
        wanted = wanted[names].assign(version_code=wanted[f"{version}_code"])
        compared = units.merge(wanted, on=["endpoint_tag_code", "version_code"])
        met_at, released_at = compared["met_at"], compared["released_at"]
        if arm == "candidate":
            inside = (released_at <= met_at) & (released_at + window > met_at)
        else:
            inside = (released_at - window <= met_at) & (released_at > met_at)
        arms.append(compared[inside].assign(arm=arm))
    every = pd.concat(arms, ignore_index=True)
    parts = []
    for name, top, bottom, flag in METRICS:
        counted = every[top].notna() & every[flag] if flag else every[top].notna()
        by_arm = every[counted].groupby(["endpoint_tag", "prompt_version", "arm"])
        units_of_arm = by_arm.size()
        tops = by_arm[top].sum().astype(float)
        bottoms = by_arm[bottom].sum() if bottom else units_of_arm
        ratio = tops / (1e12 if top == "cost_usd" else 1) / bottoms.where(bottoms > 0)
        part = pd.DataFrame({"units": units_of_arm, "ratio": ratio}).reset_index()
        parts.append(part.assign(metric=name))
    work.write("prompt_version_ratios", pd.concat(parts, ignore_index=True))


def main(landing: Path, seeds: Path, out: Path) -> None:
    work = Work(landing, seeds, out)
    rows = attempts(work)
    as_of = rows["occurred_at"].max()
    ticket_table, outcome_table = work.raw("tickets"), work.raw("workflow_outcomes")
    values = picodollars(outcome_table["value_usd"])
    ticket_rows = ticket_table.to_pandas(types_mapper=NULLABLE.get)
    outcome_rows = outcome_table.drop_columns(["value_usd"]).to_pandas(types_mapper=NULLABLE.get)
    # One set of integers for the ids of workflows, tickets and outcomes: joins are on integers.
    codes, ids = pd.factorize(
        pd.concat(
            [rows["workflow_id"], ticket_rows["ticket_id"], outcome_rows["workflow_id"]],
            ignore_index=True,
        )
    )
    of_rows, of_tickets, of_outcomes = np.split(codes, [len(rows), len(rows) + len(ticket_rows)])
    ticket_rows = ticket_rows.assign(case=of_tickets)
    outcome_rows = outcome_rows.assign(case=of_outcomes, value_usd=values)
    needed = (
        *("occurred_at", "use_case", "tenant_id", "queue", "intent", "prompt_version"),
        *("endpoint_tag", "is_retry", "input_tokens", "output_tokens"),
        *("cost_usd", "waste_cost_usd"),
    )
    narrow = rows[list(needed)].assign(
        workflow=of_rows,
        kind=rows["workflow_kind"].cat.set_categories(KINDS).cat.codes,
        day=days_of(rows["occurred_at"]),
        is_unpriced=rows["cost_usd"].isna(),
    )
    narrow = narrow[rows["is_reportable"]].sort_values("occurred_at", kind="stable")
    del rows
    of_workflows = narrow[narrow["workflow"] >= 0]
    costed = workflows(of_workflows)
    case_rows = cases(work, tickets(work, ticket_rows, as_of), costed, ids)
    flows = fct_workflows(work, costed, case_rows, outcome_rows, ids)
    rest = narrow[(narrow["workflow"] < 0) & (narrow["use_case"] == "support")]
    unattributed = rest[["day", "intent", "queue"]].assign(
        tenant=rest["tenant_id"],
        unattributed_attempts=1,
        unattributed_cost_usd=rest["cost_usd"],
    )
    economics = unit_economics(work, case_days(of_workflows, case_rows), case_rows, unattributed)
    named_tables(work, economics, as_of)
    tenants(work, narrow)
    tagged = of_workflows[of_workflows["endpoint_tag"].notna()]
    prompt_versions(work, narrow, tagged, flows, as_of)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
