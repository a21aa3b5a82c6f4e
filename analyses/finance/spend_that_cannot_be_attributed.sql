-- How much of the spend can nobody be charged for, and why?
-- grain: one row a month, dimension and status that is not known
--
-- The dimensions overlap: a call may lack a customer and a ticket. Never add them.
select
    period_start as month_start,
    dimension,
    status,
    sum(attempts) as attempts,
    sum(cost_usd) as cost_usd
from {{ ref('attribution_coverage') }}
where
    period_grain = 'month'
    and status in (
        'missing', 'not_registered', 'not_in_taxonomy', 'unknown_user', 'unattributed', 'unpriced', 'unobserved'
    )
group by
    period_start,
    dimension,
    status
order by
    month_start asc,
    cost_usd desc nulls last,
    dimension asc,
    status asc
