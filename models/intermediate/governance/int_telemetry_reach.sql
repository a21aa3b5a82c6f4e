-- grain: one row: the first and the last UTC date that telemetry reaches, up to the moment that the reports speak for
select
    min(days.request_date) as first_date,
    least(max(days.request_date), cast(max(clock.as_of) as date)) as last_date,
    max(clock.as_of) as as_of
from {{ ref('int_attribution_days') }} as days
cross join {{ ref('int_as_of') }} as clock
