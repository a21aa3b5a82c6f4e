-- With which use case do we begin: where is most spend, are requests steady, releases frequent, and one customer heavy?
-- grain: one row a use case of customers with spend in the last complete month
with month as (

    select max(period_start) as period_start
    from {{ ref('dim_periods') }}
    where
        period_grain = 'month'
        and is_complete

),

-- Of the twelve weeks before the end of that month: how far weekly requests lie apart, as a share of their mean.
weeks as (

    select
        economics.use_case,
        economics.period_start,
        sum(economics.requests) as requests
    from {{ ref('endpoint_economics') }} as economics
    inner join {{ ref('dim_periods') }} as periods
        on
            economics.period_grain = periods.period_grain
            and economics.period_start = periods.period_start
    cross join month
    where
        economics.period_grain = 'week'
        and periods.is_complete
        and economics.period_start >= month.period_start - interval '56' day
        and economics.period_start < month.period_start + interval '1' month
    group by
        economics.use_case,
        economics.period_start

),

steadiness as (

    select
        use_case,
        stddev_samp(requests) / nullif(avg(requests), 0) as spread_of_weekly_requests
    from weeks
    group by use_case

),

releases as (

    select
        endpoints.use_case,
        count(*) as releases
    from {{ ref('dim_prompt_releases') }} as releases
    inner join {{ ref('dim_endpoints') }} as endpoints on releases.endpoint_tag = endpoints.endpoint_tag
    cross join month
    where
        releases.released_at >= month.period_start - interval '56' day
        and releases.released_at < month.period_start + interval '1' month
    group by endpoints.use_case

),

customers as (

    select
        attempts.use_case,
        attempts.tenant_id,
        sum(attempts.cost_usd) as cost_usd
    from {{ ref('fct_attempts') }} as attempts
    left join {{ ref('dim_tenants') }} as tenants on attempts.tenant_id = tenants.tenant_id
    cross join month
    where
        attempts.is_reportable
        and not coalesce(tenants.is_internal, false)
        and attempts.request_date >= month.period_start
        and attempts.request_date < month.period_start + interval '1' month
    group by
        attempts.use_case,
        attempts.tenant_id

),

spend as (

    select
        use_case,
        sum(cost_usd) as cost_usd,
        -- Unknown tenants are no customer to talk to.
        max(case when tenant_id is not null then cost_usd end) / nullif(sum(cost_usd), 0) as largest_tenant_share
    from customers
    group by use_case

),

measured as (

    select
        use_cases.use_case,
        use_cases.owner,
        spend.cost_usd,
        steadiness.spread_of_weekly_requests,
        coalesce(releases.releases, 0) as releases,
        spend.largest_tenant_share
    from {{ ref('dim_use_cases') }} as use_cases
    inner join spend on use_cases.use_case = spend.use_case
    left join steadiness on use_cases.use_case = steadiness.use_case
    left join releases on use_cases.use_case = releases.use_case
    where not use_cases.is_internal_tooling

),

ranked as (

    select
        *,
        rank() over (order by cost_usd desc nulls last) as spend_rank,
        rank() over (order by spread_of_weekly_requests asc nulls last) as steadiness_rank,
        rank() over (order by releases desc) as release_rank,
        rank() over (order by largest_tenant_share desc nulls last) as tenant_rank
    from measured

)

select
    use_case,
    owner,
    spend_rank + steadiness_rank + release_rank + tenant_rank as sum_of_ranks,
    cost_usd,
    spread_of_weekly_requests,
    releases,
    largest_tenant_share,
    spend_rank,
    steadiness_rank,
    release_rank,
    tenant_rank
from ranked
order by
    sum_of_ranks asc,
    spend_rank asc,
    use_case asc
