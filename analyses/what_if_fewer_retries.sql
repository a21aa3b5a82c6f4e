-- What would a limit on retries have saved, and which answers would it have cost?
-- grain: one row a month and endpoint
--
-- Assumptions: a request gives up after `remedy_max_retries` retries, a variable; another goes into the next line.
{%- set max_retries = var('remedy_max_retries') %}
-- Attempts beyond the limit are not made; what came before them is as it was. A request that succeeded only beyond the
-- limit is lost (lost_successes): weigh the saving against it. What was spent on all attempts but the successful last
-- ones (waste_cost_usd) is the most that fewer failures could save. Costs are what was paid (cost_usd).
with attempts as (

    select
        *,
        attempt_index > {{ max_retries }} + 1 as is_beyond_limit
    from {{ ref('fct_attempts') }}
    where is_reportable

)

select
    {{ period_start('month', 'request_date') }} as month_start,
    coalesce(endpoint_tag, 'unknown') as endpoint_tag,
    count(*) filter (where attempt_index = 1) as requests,
    count(*) as attempts,
    count(*) filter (where is_beyond_limit) as attempts_beyond_limit,
    count(*) filter (where is_beyond_limit and cost_usd is null) as unpriced_attempts_beyond_limit,
    count(*) filter (where is_beyond_limit and is_final and status = 'success') as lost_successes,
    {{ sum_usd('cost_usd') }} as cost_usd,
    {{ known_cost(
        sum_usd('case when is_beyond_limit then cost_usd end'), 'count(*) filter (where is_beyond_limit)'
    ) }} as saving_usd,
    {{ known_cost(
        sum_usd("case when status = 'error' then cost_usd end"), "count(*) filter (where status = 'error')"
    ) }} as failed_cost_usd,
    {{ sum_usd('waste_cost_usd') }} as waste_cost_usd
from attempts
group by
    {{ period_start('month', 'request_date') }},
    coalesce(endpoint_tag, 'unknown')
order by
    month_start asc,
    saving_usd desc nulls last,
    endpoint_tag asc
