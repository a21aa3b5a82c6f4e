-- grain: one row the Monday of a week with a date that this run rebuilds
select distinct {{ week_start('event_date') }} as week_start
from {{ ref('int_affected_dates') }}
