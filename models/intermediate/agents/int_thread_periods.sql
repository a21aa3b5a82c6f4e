-- grain: one row a period grain, period of the run's months, and thread (the turns of a workflow on an endpoint)
{%- set measures = ['turns', 'sum_turn', 'sum_tokens', 'sum_turn_turn', 'sum_turn_tokens', 'over_cap_attempts'] %}
{%- set is_read = in_run('request_date', 'month_days') %}

-- Most threads live on one date: its row is the period's row too, and only the others are to be grouped. The days are
-- named in each place that reads them: one CTE for all would hold every thread of history in memory.
with workflows_of_several_dates as (

    select workflow_id
    from {{ ref('fct_workflows') }}
    where
        cast(started_at as date) < cast(last_attempt_at as date)
        and {{ since_run_began('last_attempt_at', 'first_started_on') }}

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
    where {{ in_run('request_date', 'months', dated_by='request_date') }}
    {%- for period_grain in period_grains() if period_grain != 'day' %}
    {%- set start = period_start(period_grain, 'request_date') %}

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
        and {{ in_run(start, 'months') }}
        and {{ is_read }}

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
        and {{ in_run(start, 'months') }}
        and {{ is_read }}
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
