-- grain: one row a period grain, period that this run adds up, and thread (the turns of a workflow on an endpoint)
{%- set measures = ['turns', 'sum_turn', 'sum_tokens', 'sum_turn_turn', 'sum_turn_tokens', 'over_cap_attempts'] %}
{%- set is_reread = near_affected_periods_for(['thread_growth'], 'request_date', 'int_affected_periods') %}

-- Most threads live on one date: its row is the period's row too, and only the others are to be grouped. The days are
-- named in each place that reads them: one CTE for all would hold every thread of history in memory.
with workflows_of_several_dates as (

    select * from {{ ref('int_workflows_of_several_dates') }}
    where {{ since_first_affected_for(['thread_growth'], 'last_attempt_at', 'int_affected_periods') }}

),

periods as (

    select
        'day' as period_grain,
        request_date as period_start,
        workflow_id,
        endpoint_tag,
        {{ measures | join(', ') }},
        summary_cost_usd
    from {{ ref('int_thread_days') }}
    where {{ on_affected_for(['thread_growth'], ["'day'", 'request_date'], 'int_affected_periods') }}
    {%- for period_grain in period_grains() if period_grain != 'day' %}
    {%- set start = period_start(period_grain, 'request_date') %}
    {%- set period = ["'" ~ period_grain ~ "'", start] %}
    {%- set is_affected = on_affected_for(['thread_growth'], period, 'int_affected_periods') %}

    union all

    select
        '{{ period_grain }}' as period_grain,
        {{ start }} as period_start,
        workflow_id,
        endpoint_tag,
        {{ measures | join(', ') }},
        summary_cost_usd
    from {{ ref('int_thread_days') }}
    where
        workflow_id not in (select several.workflow_id from workflows_of_several_dates as several)
        and {{ is_affected }}
        and {{ is_reread }}

    union all

    select
        '{{ period_grain }}' as period_grain,
        {{ start }} as period_start,
        workflow_id,
        endpoint_tag,
        {%- for measure in measures %}
        cast(sum({{ measure }}) as bigint) as {{ measure }},
        {%- endfor %}
        {{ sum_usd('summary_cost_usd') }} as summary_cost_usd
    from {{ ref('int_thread_days') }}
    where
        workflow_id in (select several.workflow_id from workflows_of_several_dates as several)
        and {{ is_affected }}
        and {{ is_reread }}
    group by
        {{ start }},
        workflow_id,
        endpoint_tag
    {%- endfor %}

)

select
    period_grain,
    period_start,
    workflow_id,
    endpoint_tag,
    over_cap_attempts,
    summary_cost_usd,
    {{ sum_of_deviations('turns', 'sum_turn', 'sum_turn', 'sum_turn_turn') }} as turn_deviation,
    {{ sum_of_deviations('turns', 'sum_turn', 'sum_tokens', 'sum_turn_tokens') }} as token_deviation
from periods
