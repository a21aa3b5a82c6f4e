-- grain: one row a month, provider and tier of models, with the model that wrote the most output tokens there
-- Of one month alone, so that what is reported of a month does not change with later ones.
with models_used as (

    select
        {{ period_start('month', 'request_date') }} as month_start,
        provider,
        model_tier,
        model,
        sum(output_tokens) as output_tokens
    from {{ ref('int_usage_days') }}
    where
        model_tier <> 'unknown'
        and output_tokens > 0
    group by
        {{ period_start('month', 'request_date') }},
        provider,
        model_tier,
        model

)

select
    month_start,
    provider,
    model_tier,
    model
from models_used
qualify row_number() over (
    partition by month_start, provider, model_tier
    order by output_tokens desc, model asc
) = 1
