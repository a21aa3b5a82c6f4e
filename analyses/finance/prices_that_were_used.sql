-- By which prices was the last month computed?
-- grain: one row a price that a reportable call carries, in the last complete month
with last_month as (

    select max(period_start) as month_start from {{ ref('dim_periods') }}
    where
        period_grain = 'month'
        and is_complete

),

attempts as (

    select * from {{ ref('fct_attempts') }}
    where
        is_reportable
        and date_trunc('month', request_date) in (select months.month_start from last_month as months)

)

select
    prices.provider,
    prices.model,
    prices.service_tier,
    prices.over_input_tokens,
    prices.effective_from,
    prices.input_usd_per_million,
    prices.output_usd_per_million,
    count(*) as attempts,
    sum(attempts.priced_cost_usd) as list_cost_usd
from attempts
inner join {{ ref('dim_model_prices') }} as prices on attempts.price_id = prices.price_id
group by all
order by
    list_cost_usd desc nulls last,
    prices.provider asc,
    prices.model asc,
    prices.service_tier asc,
    prices.over_input_tokens asc
