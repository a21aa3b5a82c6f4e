-- What would work above its allowed model tier have cost on a model of that tier?
-- grain: one row a month, endpoint, intent and model above the tier that the work's risk allows
--
-- Assumptions: the same tokens and tries on another model. The replacement is the model of the allowed tier, of the
-- same provider, that has written the most output tokens in the month (int_replacement_models). Its price is that of
-- the day, for the service tier of the call where it has one, else standard. List prices stand on both sides, so that a
-- discount is no saving. Attempts without a list price or a replacement are counted, not repriced. What it risks: the
-- remedy allowed_tier of the mart remedies.
with compared as (

    select
        *,
        what_if_cost_usd is not null and priced_cost_usd is not null as is_compared
    from {{ ref('int_attempts_over_tier') }}

)

select
    {{ period_start('month', 'request_date') }} as month_start,
    endpoint_tag,
    intent,
    provider,
    model,
    max_model_tier,
    replacement_model,
    count(*) as attempts,
    count(*) filter (where is_compared) as repriced_attempts,
    {{ sum_usd('case when is_compared then priced_cost_usd end') }} as list_cost_usd,
    {{ sum_usd('case when is_compared then what_if_cost_usd end') }} as what_if_cost_usd,
    {{ sum_usd('case when is_compared then priced_cost_usd - what_if_cost_usd end') }} as saving_usd
from compared
group by
    {{ period_start('month', 'request_date') }},
    endpoint_tag,
    intent,
    provider,
    model,
    max_model_tier,
    replacement_model
order by
    month_start asc,
    saving_usd desc nulls last,
    endpoint_tag asc,
    intent asc,
    provider asc,
    model asc
