"""PySpark on two local threads: the same SQL as the DuckDB script where the engines agree."""

# mypy: disable-error-code="import-not-found"
# Only `make bench` installs what this module imports.

from __future__ import annotations

import sys
from dataclasses import astuple
from pathlib import Path

from pyspark.sql import SparkSession

from benchmarks import reference, statements

DIALECT = statements.Dialect(
    order_of_attempts="struct(occurred_at, request_id, attempt_number)",
    usd_per="cast(case when {units} > 0 then {cost} / cast(nullif({units}, 0) as decimal(10, 0))"
    " end as decimal(28, 12))",
)
PRICE_TYPES = (
    "provider string, model string, priced_model string, valid_from string, valid_until string,"
    " over_input_tokens bigint, up_to_input_tokens bigint, input_pico_usd bigint,"
    " cached_input_pico_usd bigint, cache_write_pico_usd bigint, output_pico_usd bigint"
)
ATTEMPTS = f"""
with ranked as (
    select * from raw
    qualify row_number() over (
        partition by external_request_id, attempt_number order by ingested_at desc
    ) = 1
), ordered as (
    select
        *,
        external_request_id as request_id,
        cast(occurred_at as date) as request_date,
        row_number() over request_order as attempt_index,
        row_number() over request_order = count(*) over (partition by external_request_id)
            as is_final,
        provider <> first_value(provider) over request_order
            or model <> first_value(model) over request_order as is_fallback
    from ranked
    window request_order as (
        partition by external_request_id order by occurred_at, attempt_number
        rows between unbounded preceding and current row
    )
), resolved as (
    select
        ordered.* except (endpoint_tag, stage, tenant_id, workflow_id, status),
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
        and request_date >= cast(valid_from as date)
        and request_date < cast(valid_until as date)
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
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.memory", "6g")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "16")
        .config("spark.sql.warehouse.dir", str(out / "warehouse"))
        .config("spark.local.dir", str(out / "shuffle"))
        .getOrCreate()
    )
    for name in ("endpoint_taxonomy", "tenant_users", "model_tiers", "intents", "tenants"):
        table = session.read.csv(str(seeds / f"{name}.csv"), header=True, inferSchema=True)
        table.createOrReplaceTempView(name)
    releases = session.read.csv(str(seeds / "prompt_releases.csv"), header=True)
    releases.withColumn(
        "released_at", releases["released_at"].cast("timestamp")
    ).createOrReplaceTempView("prompt_releases")
    for name, folder in (
        ("raw", "llm_requests"),
        ("tickets", "tickets"),
        ("workflow_outcomes", "workflow_outcomes"),
    ):
        session.read.parquet(str(landing / folder)).createOrReplaceTempView(name)
    seen = [
        (row[0], row[1])
        for row in session.sql("select distinct provider, model from raw").collect()
    ]
    prices = [astuple(price) for price in reference.prices(seeds, seen)]
    session.createDataFrame(prices, PRICE_TYPES).createOrReplaceTempView("prices")
    tables = [("fct_attempts", ATTEMPTS)]
    tables += statements.statements(DIALECT, reference.definition(seeds))
    for name, query in tables:
        session.sql(query).write.parquet(str(out / name))
        session.read.parquet(str(out / name)).createOrReplaceTempView(name)
    gateway = session.sparkContext._gateway
    session.stop()
    # The virtual machine's time counts only once it has ended.
    if gateway is not None:
        gateway.shutdown()
        gateway.proc.stdin.close()
        gateway.proc.wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
