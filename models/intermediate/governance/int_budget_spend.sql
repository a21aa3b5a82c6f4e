-- grain: one row a budget, UTC date, and later date on which some of it became known (NULL: all of it, by now)
{{ config(materialized='table') }}
{%- set counts = ['attempts', 'unpriced_attempts', 'uncounted_attempts', 'tokens'] %}
{%- set scopes = budget_scopes().values() | select | list %}
with budgets as (

    select distinct
        budget_id,
        scope_type,
        scope_value,
        risk_level
    from {{ ref('int_budget_calendar') }}

),

known as (
    {% for model, known_on in [('int_scope_days', 'cast(null as date)'), ('int_scope_days_late', 'known_on')] %}
    select
        request_date,
        {{ known_on }} as known_on,
        {{ scopes | join(', ') }},
        {{ counts | join(', ') }},
        known_cost_usd
    from {{ ref(model) }}
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

risky as (

    select
        known.*,
        {{ risk_of_work() }} as risk_level
    from known
    left join {{ ref('stg_reference__intents') }} as intents on known.intent = intents.intent
    left join {{ ref('dim_endpoints') }} as endpoints on known.endpoint_tag = endpoints.endpoint_tag

),

-- Added up before it is joined, so that a budget meets a row a day and risk.
scoped as (
    {% for scope_type, column in budget_scopes().items() %}
    select
        '{{ scope_type }}' as scope_type,
        {{ column or "'all'" }} as scope_value,
        risk_level,
        request_date,
        known_on,
        {%- for count in counts %}
        {{ whole_sum(count) }} as {{ count }},
        {%- endfor %}
        {{ sum_usd('known_cost_usd') }} as cost_usd
    from risky
    group by
        {{ column ~ "," if column }}
        risk_level,
        request_date,
        known_on
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

select
    budgets.budget_id,
    scoped.request_date,
    scoped.known_on,
    {%- for count in counts %}
    {{ whole_sum('scoped.' ~ count) }} as {{ count }},
    {%- endfor %}
    {{ sum_usd('scoped.cost_usd') }} as cost_usd
from scoped
inner join budgets
    on
        scoped.scope_type = budgets.scope_type
        and scoped.scope_value = budgets.scope_value
        and (budgets.risk_level is null or scoped.risk_level = budgets.risk_level)
group by
    budgets.budget_id,
    scoped.request_date,
    scoped.known_on
