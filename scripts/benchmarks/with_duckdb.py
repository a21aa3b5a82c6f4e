"""One DuckDB script, written by hand for this work alone and as fast as we could make it.

What makes it fast also makes it less than the project: it rebuilds everything, trusts the types and
the spelling of its input, knows one service tier and no merged tickets, and keeps no rejected rows.
"""

from __future__ import annotations

import sys
from dataclasses import astuple
from pathlib import Path

import duckdb

from benchmarks import reference, statements

# The moment in microseconds and 63 bits of a hash in one HUGEINT: DuckDB has a fast path for it.
ORDER_OF_ATTEMPTS = (
    "(epoch_us(occurred_at)::hugeint * 9223372036854775808"
    " + (hash(request_id, attempt_number) >> 1)::hugeint)"
)
USD_PER = (
    "cast(case when {units} > 0 then"
    " ((2 * cast({cost} * 1000000000000 as hugeint) + {units}) // (2 * nullif({units}, 0)))"
    " * cast(0.000000000001 as decimal(13, 12)) end as decimal(28, 12))"
)
DIALECT = statements.Dialect(ORDER_OF_ATTEMPTS, USD_PER)
MEMORY_LIMIT = "5GB"


def attempts(raw: str) -> str:
    """Priced attempts; only requests that were delivered more than once are ranked and ordered."""
    return f"""
with repeated as (
    select hash(external_request_id) as request_hash
    from {raw}
    group by 1
    having count(*) > 1
), ranked as (
    select * from {raw}
    where hash(external_request_id) in (select request_hash from repeated)
    qualify row_number() over (
        partition by external_request_id, attempt_number order by ingested_at desc
    ) = 1
), ordered as (
    select *, 1 as attempt_index, true as is_final, false as is_fallback
    from {raw}
    where hash(external_request_id) not in (select request_hash from repeated)
    union all
    select
        *,
        cast(row_number() over request_order as int),
        lead(occurred_at) over request_order is null,
        provider <> first_value(provider) over request_order
            or model <> first_value(model) over request_order
    from ranked
    window request_order as (
        partition by external_request_id order by occurred_at, attempt_number
    )
), resolved as (
    select
        ordered.* exclude (endpoint_tag, stage, tenant_id, workflow_id, status),
        external_request_id as request_id,
        cast(occurred_at as date) as request_date,
        priced_model,
        model_tier,
        coalesce(canonical_tag, endpoint_tag) as endpoint_tag,
        endpoint_tag as endpoint_tag_as_sent,
        taxonomy.use_case,
        coalesce(ordered.stage, taxonomy.stage) as stage,
        coalesce(ordered.tenant_id, tenant_users.tenant_id) as tenant_id,
        coalesce(ticket_id, conversation_id, workflow_id) as workflow_id,
        case
            when ticket_id is not null then 'ticket'
            when conversation_id is not null then 'conversation'
            when workflow_id is not null then 'workflow'
        end as workflow_kind,
        ordered.status as status_as_sent,
        {statements.STATUS.replace("status_as_sent", "ordered.status")} as status,
        {statements.REPORTABLE} as is_reportable,
        cast(cast({statements.PRICED_PICO_USD} as decimal(19, 0))
            * cast(0.000000000001 as decimal(13, 12)) as decimal(18, 12)) as priced_cost_usd
    from ordered
    left join prices
        on ordered.provider = prices.provider
        and ordered.model = prices.model
        and cast(occurred_at as date) >= valid_from
        and cast(occurred_at as date) < valid_until
        and coalesce(input_tokens, 0) > over_input_tokens
        and coalesce(input_tokens, 0) <= up_to_input_tokens
    left join endpoint_taxonomy as taxonomy on endpoint_tag = tag
    left join tenant_users on ordered.user_id = tenant_users.user_id
    left join model_tiers
        on ordered.provider = model_tiers.provider and priced_model = model_tiers.model
), costed as (
    select
        *,
        coalesce(reported_cost_usd, priced_cost_usd) as cost_usd,
        case
            when reported_cost_usd is not null then 'reported'
            when priced_cost_usd is not null then 'priced'
            else 'unpriced'
        end as cost_source
    from resolved
)
select {statements.ATTEMPT_COLUMNS} from costed
"""


def main(landing: Path, seeds: Path, out: Path) -> None:
    connection = duckdb.connect(str(out / "warehouse.duckdb"))
    connection.execute("set threads = 2")
    connection.execute("set preserve_insertion_order = false")
    connection.execute(f"set memory_limit = '{MEMORY_LIMIT}'")
    for name in ("endpoint_taxonomy", "tenant_users", "model_tiers", "intents", "tenants"):
        connection.execute(
            f"create temp table {name} as select * from read_csv('{seeds / name}.csv')"
        )
    connection.execute(
        "create temp table prompt_releases as select * from"
        f" read_csv('{seeds}/prompt_releases.csv', types = {{'released_at': 'timestamp'}})"
    )
    for name in ("tickets", "workflow_outcomes"):
        connection.execute(
            f"create temp view {name} as select * from read_parquet('{landing / name}/*.parquet')"
        )
    raw = f"read_parquet('{landing}/llm_requests/*.parquet')"
    seen = connection.execute(f"select distinct provider, model from {raw}").fetchall()
    connection.execute(
        "create temp table prices (provider varchar, model varchar, priced_model varchar,"
        " valid_from date, valid_until date, over_input_tokens bigint, up_to_input_tokens bigint,"
        " input_pico_usd bigint, cached_input_pico_usd bigint, cache_write_pico_usd bigint,"
        " output_pico_usd bigint)"
    )
    connection.executemany(
        "insert into prices values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [astuple(price) for price in reference.prices(seeds, seen)],
    )
    connection.execute(f"create table fct_attempts as {attempts(raw)}")
    for name, query in statements.statements(DIALECT, reference.definition(seeds)):
        connection.execute(f"create table {name} as {query}")
    connection.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
