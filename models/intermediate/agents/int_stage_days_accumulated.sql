-- grain: one row a workflow, endpoint, stage and UTC date that this run looks at, with what the stage had taken before
{%- set grain = ['workflow_id', 'endpoint_tag', 'stage', 'request_date'] %}
{%- set counts = {
    'requests': 'requests',
    'attempts': 'attempts',
    'retries': 'attempts - requests',
    'unpriced_attempts': 'unpriced_attempts',
} %}

-- Most workflows live on one date: what they took there is all that they took.
{%- for name, of in {'of_one_date': 'not in', 'of_several_dates': 'in'}.items() %}
{{ 'with' if loop.first }} {{ name }} as (

    select
        {{ grain | join(', ') }},
        {%- for count, value in counts.items() %}
        {{ whole_sum(value) }} as {{ count }},
        {%- endfor %}
        {{ sum_usd('cost_usd') }} as cost_usd
    from {{ ref('int_workflow_stage_days') }}
    where
        {{ since_run_began('request_date', 'first_started_on') }}
        and workflow_id {{ of }} (
            select several.workflow_id
            from {{ ref('fct_workflows') }} as several
            where
                cast(several.started_at as date) < cast(several.last_attempt_at as date)
                and {{ since_run_began('several.last_attempt_at', 'first_started_on') }}
        )
    group by
        {{ grain | join(', ') }}

){{ ',' if not loop.last }}
{%- endfor %}

select
    *,
    true as is_first_day,
    coalesce(cost_usd, 0) as cost_so_far_usd,
    retries as retries_so_far
from of_one_date

union all

select
    *,
    row_number() over stage_days = 1 as is_first_day,
    coalesce(cast(sum(cost_usd) over stage_days as {{ type_usd_sum() }}), 0) as cost_so_far_usd,
    cast(sum(retries) over stage_days as bigint) as retries_so_far
from of_several_dates
window stage_days as (
    partition by workflow_id, endpoint_tag, stage
    order by request_date
    rows between unbounded preceding and current row
)
