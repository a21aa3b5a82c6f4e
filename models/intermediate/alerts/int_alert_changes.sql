-- grain: one row an alert, dimension (endpoint, tenant, prompt version, model) and value: what is beyond its baseline
{%- set dimensions = ['endpoint_tag', 'tenant_id', 'prompt_version', 'model'] %}
{%- set sums = ['attempts', 'unpriced_attempts', 'unattributed_attempts', 'tokens'] %}
with alerts as (

    select * from {{ ref('int_alerts_told') }}
    where cause not in ('budget', 'silence')

),

usage_days as (

    select * from {{ ref('int_usage_days_known') }}

),

-- What each alert looks at, of the scope that it is about.
looked_at as (
    {% for scope_type, (scope, column) in {
        'endpoint': ('scope_value', 'endpoint_tag'), 'prompt_version': ('endpoint_tag', 'endpoint_tag'),
        'tenant': ('scope_value', 'tenant_id'), 'use_case': ('scope_value', 'use_case')
    }.items() %}
    select
        alerts.alert_id,
        alerts.alert_kind,
        alerts.evaluated_on,
        alerts.window_days,
        usage_days.*,
        usage_days.request_date > alerts.evaluated_on - alerts.window_days as is_in_window
    from alerts
    inner join usage_days on alerts.{{ scope }} = usage_days.{{ column }}
    where
        alerts.scope_type = '{{ scope_type }}'
        and usage_days.known_on <= alerts.evaluated_on
        and usage_days.request_date <= alerts.evaluated_on
        and usage_days.request_date > alerts.evaluated_on - alerts.window_days - {{ signal_baseline_days() }}
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

cells as (

    select
        alert_id,
        alert_kind,
        evaluated_on,
        window_days,
        {{ dimensions | join(', ') }},
        min(request_date) as first_date,
        {%- for column in sums %}
        {{ whole_sum('case when is_in_window then ' ~ column ~ ' else 0 end') }} as {{ column }},
        {{ whole_sum('case when is_in_window then 0 else ' ~ column ~ ' end') }} as baseline_{{ column }},
        {%- endfor %}
        {{ sum_usd('case when is_in_window then known_cost_usd else 0 end') }} as known_cost_usd,
        {{ sum_usd('case when is_in_window then 0 else known_cost_usd end') }} as baseline_known_cost_usd
    from looked_at
    group by
        alert_id,
        alert_kind,
        evaluated_on,
        window_days,
        {{ dimensions | join(', ') }}

),

-- Calls that should not be there are counted, others weighed by what they cost.
weighed as (

    select
        *,
        case
            when alert_kind = 'unpriced_share' then {{ beyond_baseline('unpriced_attempts') }}
            when alert_kind = 'unattributed_share' then {{ beyond_baseline('unattributed_attempts') }}
            when alert_kind in ('retry_storm', 'failing_burst', 'unknown_users') then {{ beyond_baseline('attempts') }}
            else {{ beyond_baseline('known_cost_usd') }}
        end as excess
    from cells

)
{% for dimension in dimensions %}
select
    alert_id,
    '{{ dimension }}' as dimension,
    {{ dimension }} as driver,
    min(first_date) as first_date,
    max(evaluated_on - window_days) as before_window,
    {%- for column in ['attempts', 'tokens'] %}
    {{ whole_sum(column) }} as {{ column }},
    {{ whole_sum('baseline_' ~ column) }} as baseline_{{ column }},
    {%- endfor %}
    {{ sum_usd('known_cost_usd') }} as known_cost_usd,
    {{ sum_usd('baseline_known_cost_usd') }} as baseline_known_cost_usd,
    sum(excess) as excess
from weighed
group by
    alert_id,
    {{ dimension }}
{{ "union all" if not loop.last }}
{%- endfor %}
