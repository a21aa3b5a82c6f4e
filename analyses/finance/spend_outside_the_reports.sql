-- What did test, demo and staging traffic cost, which no report holds?
-- grain: one row a month, data mode and environment
select
    cast(date_trunc('month', request_date) as date) as month_start,
    coalesce(data_mode, 'not said') as data_mode,
    coalesce(environment, 'not said') as environment,
    count(*) as attempts,
    sum(cost_usd) as cost_usd
from {{ ref('fct_attempts') }}
where not is_reportable
group by
    cast(date_trunc('month', request_date) as date),
    coalesce(data_mode, 'not said'),
    coalesce(environment, 'not said')
order by
    month_start asc,
    cost_usd desc nulls last,
    data_mode asc,
    environment asc
