-- What remedies say of an endpoint and month is what attempts and breaches of tiers say: its cost, and every call above
-- its tier, in both directions.
with facts as (

    select
        {{ period_start('month', 'request_date') }} as period_start,
        coalesce(endpoint_tag, 'unknown') as endpoint_tag,
        {{ sum_usd('cost_usd') }} as cost_usd
    from {{ ref('fct_attempts') }}
    where
        is_reportable
        and {{ touched('request_date', 'months', dated_by='request_date') }}
    group by
        {{ period_start('month', 'request_date') }},
        coalesce(endpoint_tag, 'unknown')

),

reported as (

    select * from {{ ref('remedies') }}
    where {{ touched('period_start', 'months', dated_by='period_start') }}

),

costs as (

    select distinct
        reported.period_start,
        reported.endpoint_tag,
        'cost' as what,
        cast(reported.endpoint_cost_usd as {{ type_usd_sum() }}) as amount
    from reported

),

spent as (

    select
        facts.period_start,
        facts.endpoint_tag,
        'cost' as what,
        facts.cost_usd as amount
    from facts
    where exists (
        select costs.amount from costs
        where
            costs.period_start = facts.period_start
            and costs.endpoint_tag = facts.endpoint_tag
    )

),

remedied as (

    select
        period_start,
        endpoint_tag,
        'calls' as what,
        cast(calls_affected as {{ type_usd_sum() }}) as amount
    from reported
    where
        remedy = 'allowed_tier'
        and calls_affected > 0

    union all

    select * from costs

),

expected as (

    select
        period_start,
        endpoint_tag,
        'calls' as what,
        cast(sum(attempts) as {{ type_usd_sum() }}) as amount
    from {{ ref('model_tier_breaches') }}
    where
        period_grain = 'month'
        and {{ touched('period_start', 'months', dated_by='period_start') }}
    group by
        period_start,
        endpoint_tag

    union all

    select * from spent

)

{{ differences('remedied', 'expected', ['period_start', 'endpoint_tag', 'what'], ['amount']) }}
