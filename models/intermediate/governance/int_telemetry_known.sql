-- grain: one row a UTC date that telemetry reaches, with the dates that it was known to reach at the end of that date
{{ config(materialized='table') }}

with became_known as (

    select
        known_on,
        min(request_date) as first_date,
        max(request_date) as last_date
    from {{ ref('int_dates_known') }}
    group by known_on

),

known as (

    select
        listed.date_day,
        reach.as_of,
        min(became_known.first_date) over by_then as first_date,
        max(became_known.last_date) over by_then as last_date
    from {{ ref('int_telemetry_reach') }} as reach
    inner join {{ ref('int_dates_listed') }} as listed on listed.date_day between reach.first_date and reach.last_date
    left join became_known on listed.date_day = became_known.known_on
    window by_then as (order by listed.date_day)

)

-- A day of which nothing has come yet may be silent or late, so it is not over. Where nothing of the day before it has
-- come either, nobody can tell how it stands.
select
    date_day,
    first_date,
    last_date,
    coalesce(last_date >= cast(date_day - interval '1' day as date), false) as is_told,
    as_of >= cast(date_day + interval '1' day as timestamp) and coalesce(last_date >= date_day, false) as is_day_over
from known
