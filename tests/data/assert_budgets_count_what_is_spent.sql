-- What a period of a budget has cost, of the workspace, a use case, an endpoint or a tenant, is what other marts say of
-- it, to the pico-dollar, with as many attempts without a price.
with budgets as (

    select
        budget_id,
        scope_type,
        scope_value,
        case period
            {%- for period, grain in budget_periods().items() %}
            when '{{ period }}' then '{{ grain }}'
            {%- endfor %}
        end as period_grain,
        period_start,
        attempts,
        unpriced_attempts,
        actual_usd as cost_usd
    from {{ ref('budget_status') }}
    where
        -- The day that ends the period.
        days_left = 0
        and amount_usd is not null
        and risk_level is null
        and scope_type <> 'intent'
        and {{ touched('period_start', 'months') }}

),

told as (
    {% for scope_type, scope_value, mart in [
        ('workspace', "'all'", 'tenant_share'), ('tenant', 'tenant_id', 'tenant_share'),
        ('use_case', 'use_case', 'endpoint_economics'), ('endpoint', 'endpoint_tag', 'endpoint_economics')
    ] %}
    select
        '{{ scope_type }}' as scope_type,
        {{ scope_value }} as scope_value,
        period_grain,
        period_start,
        {{ whole_sum('attempts') }} as attempts,
        {{ whole_sum('unpriced_attempts') }} as unpriced_attempts,
        {{ sum_usd('cost_usd') }} as cost_usd
    from {{ ref(mart) }}
    where {{ touched('period_start', 'months') }}
    group by
        {{ scope_value ~ "," if scope_type != 'workspace' }}
        period_grain,
        period_start
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

-- A period without a call is in no other mart.
marts as (

    select
        budgets.budget_id,
        budgets.period_start,
        coalesce(told.attempts, 0) as attempts,
        coalesce(told.unpriced_attempts, 0) as unpriced_attempts,
        {{ known_cost('told.cost_usd', 'told.attempts') }} as cost_usd
    from budgets
    left join told
        on
            budgets.scope_type = told.scope_type
            and budgets.scope_value = told.scope_value
            and budgets.period_grain = told.period_grain
            and budgets.period_start = told.period_start

)

{{ differences('budgets', 'marts', ['budget_id', 'period_start'], ['attempts', 'unpriced_attempts', 'cost_usd']) }}
