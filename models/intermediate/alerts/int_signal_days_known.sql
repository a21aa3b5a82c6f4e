-- grain: one row a scope, UTC day that is over, and day of the five weeks to it, as it was known when that day ended
-- depends_on: {{ ref('run_months') }}
with days as (

    select listed.date_day as evaluated_on
    from {{ ref('int_dates_listed') }} as listed
    cross join {{ ref('int_telemetry_reach') }} as reach
    where
        listed.date_day between reach.first_date and cast(reach.as_of - interval '1' day as date)
        and {{ in_run('listed.date_day', 'months') }}

)

select
    changes.scope_type,
    changes.scope_value,
    changes.endpoint_tag,
    changes.prompt_version,
    days.evaluated_on,
    changes.request_date,
    {%- for column in signal_sums() if column != 'known_cost_usd' %}
    {{ whole_sum('changes.' ~ column) }} as {{ column }},
    {%- endfor %}
    {{ sum_usd('changes.known_cost_usd') }} as known_cost_usd
from {{ ref('int_signal_days') }} as changes
inner join days
    on
        changes.request_date <= days.evaluated_on
        and changes.known_on <= days.evaluated_on
        and changes.request_date > days.evaluated_on - {{ signal_reach_days() }}
where changes.request_date > (select min(first_day.evaluated_on) from days as first_day) - {{ signal_reach_days() }}
group by
    changes.scope_type,
    changes.scope_value,
    changes.endpoint_tag,
    changes.prompt_version,
    days.evaluated_on,
    changes.request_date
