-- grain: one row a budget, period, knowledge (as_known, now) and UTC day on which another state is entered
with status as (
    {% for knowledge, suffix in [('as_known', '_as_known'), ('now', '')] %}
    select
        '{{ knowledge }}' as knowledge,
        budget_id,
        scope_type,
        scope_value,
        risk_level,
        period,
        period_start,
        period_end,
        status_date,
        state_{{ knowledge }} as state,
        reason{{ suffix }} as reason,
        decided_by{{ suffix }} as decided_by,
        is_lower_bound{{ suffix }} as is_lower_bound,
        amount_usd,
        actual{{ suffix }}_usd as actual_usd,
        forecast{{ suffix }}_usd as forecast_usd,
        amount_tokens,
        actual{{ suffix }}_tokens as actual_tokens,
        forecast{{ suffix }}_tokens as forecast_tokens,
        owner,
        is_day_over
    from {{ ref('budget_status') }}
    {{ "union all" if not loop.last }}
    {%- endfor %}

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
    from status
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
