-- What would limits have saved, and what may they cost?
-- grain: one row an endpoint and remedy, in the last complete month; savings in order add up, savings alone do not
select
    period_start,
    application_order,
    remedy,
    endpoint_tag,
    saving_usd,
    saving_in_order_usd,
    unpriced_calls,
    requests_affected,
    cases_affected,
    affected_success_share,
    rest_success_share,
    answers_lost,
    guard_verdict,
    guard_reason
from {{ ref('remedies') }}
where
    calls_affected > 0
    and period_start = (
        select max(periods.period_start) from {{ ref('dim_periods') }} as periods
        where
            periods.period_grain = 'month'
            and periods.is_complete
    )
order by
    application_order asc,
    saving_in_order_usd desc nulls last,
    endpoint_tag asc
