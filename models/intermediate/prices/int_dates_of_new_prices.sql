-- grain: one row a date (possibly repeated) with attempts that had no price when they were built and have one now
{%- set history = previous_build('int_attempts_attributed') %}

with prices as (

    select * from {{ ref('int_model_prices_applicable') }}

)
{%- if history is not none %}

select attempts.request_date
from {{ history }} as attempts
inner join prices
    on
        attempts.provider = prices.provider
        and attempts.model = prices.model
        and coalesce(attempts.service_tier, 'standard') = prices.service_tier
        and attempts.request_date >= prices.valid_from
        and attempts.request_date < prices.valid_until
where attempts.price_id is null
{%- else %}

select cast(null as date) as request_date
from prices
where false
{%- endif %}
