-- grain: one row an event of a case on the dates that this run counts: its spend of a date, its resolution, its opening
with cases as (

    select * from {{ ref('fct_tickets') }}
    where {{ in_affected_case_history(counters_of_case_dates(), 'opened_at', 'first_opened_on') }}

),

case_days as (

    select * from {{ ref('int_case_days') }}

)

select
    ticket_id,
    'spend' as event,
    event_date,
    previous_event_date,
    attempts,
    unpriced_attempts,
    cost_usd
from case_days
{%- for event, (moment, condition) in {
    'resolution': ('resolved_at', 'is_handled and is_resolved'),
    'opening': ('opened_at', 'attempts > 0'),
}.items() %}

union all

select
    ticket_id,
    '{{ event }}' as event,
    cast({{ moment }} as date) as event_date,
    cast(null as date) as previous_event_date,
    cast(0 as bigint) as attempts,
    cast(0 as bigint) as unpriced_attempts,
    cast(null as {{ type_usd_sum() }}) as cost_usd
from cases
where
    {{ condition }}
    and {{ moment }} is not null
    and {{ on_affected_for(counters_of_case_dates(), ['cast(' ~ moment ~ ' as date)'], 'int_affected_case_dates') }}
{%- endfor %}
