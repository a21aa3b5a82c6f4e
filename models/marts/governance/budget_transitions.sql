-- grain: one row a budget, period, knowledge (as_known, now) and UTC day on which another state is entered
{%- set now_and_as_known = {
    'reason': 'reason_as_known', 'decided_by': 'decided_by_as_known', 'is_lower_bound': 'is_lower_bound_as_known',
    'actual_usd': 'actual_as_known_usd', 'forecast_usd': 'forecast_as_known_usd',
    'actual_tokens': 'actual_as_known_tokens', 'forecast_tokens': 'forecast_as_known_tokens',
} %}
with status as (
    {% for knowledge in ['as_known', 'now'] %}
    select
        *,
        '{{ knowledge }}' as knowledge
    from {{ ref('budget_status') }}
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

stated as (

    select
        budget_id,
        scope_type,
        scope_value,
        risk_level,
        period,
        period_start,
        period_end,
        status_date,
        knowledge,
        case when knowledge = 'now' then state_now else state_as_known end as state,
        {%- for now, as_known in now_and_as_known.items() %}
        case when knowledge = 'now' then {{ now }} else {{ as_known }} end as {{ now }},
        {%- endfor %}
        amount_usd,
        amount_tokens,
        owner,
        is_day_over
    from status

),

-- Of a day of which nothing was known no state was told: the one before it stands.
told as (

    select
        *,
        -- Nothing is spent when a period begins.
        coalesce(
            lag(state) over (
                partition by budget_id, period_start, knowledge
                order by status_date
            ),
            'ok'
        ) as from_state
    from stated
    where state is not null

)

select
    budget_id,
    scope_type,
    scope_value,
    risk_level,
    period,
    period_start,
    period_end,
    knowledge,
    status_date as entered_on,
    from_state,
    state as to_state,
    reason,
    decided_by,
    is_lower_bound,
    amount_usd,
    actual_usd,
    forecast_usd,
    amount_tokens,
    actual_tokens,
    forecast_tokens,
    owner,
    is_day_over
from told
where from_state <> state
