-- What reported_against_list adds up is every reportable attempt with both figures, in both directions.
with of_attempts as (

    select
        request_date,
        priced_provider as provider,
        priced_model as model,
        count(*) as attempts,
        {{ sum_usd('reported_cost_usd') }} as reported_cost_usd
    from {{ ref('fct_attempts') }}
    where
        is_reportable
        and reported_cost_usd is not null
        and priced_cost_usd is not null
        and cost_source <> 'cache_hit'
        and {{ touched('request_date', 'dates') }}
    group by
        request_date,
        priced_provider,
        priced_model

),

of_days as (

    select
        request_date,
        provider,
        model,
        attempts,
        reported_cost_usd
    from {{ ref('int_reported_days') }}
    where {{ touched('request_date', 'dates') }}

)

{{ differences('of_attempts', 'of_days', ['request_date', 'provider', 'model'], ['attempts', 'reported_cost_usd']) }}
