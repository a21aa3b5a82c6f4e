-- grain: one row a provider and model that telemetry has named, with the model of the price book that it means
with seen as (

    select distinct
        provider,
        model
    from {{ ref('int_models_seen') }}

),

price_book as (

    select distinct
        provider,
        model
    from {{ ref('stg_reference__model_prices') }}

),

aliases as (

    select * from {{ ref('stg_reference__model_aliases') }}

),

candidates as (

    select
        seen.provider,
        seen.model,
        price_book.model as priced_model,
        1 as preference,
        length(seen.model) as matched_length
    from seen
    inner join price_book
        on
            seen.provider = price_book.provider
            and seen.model = price_book.model

    union all

    select
        seen.provider,
        seen.model,
        aliases.model as priced_model,
        case when aliases.match_type = 'exact' then 2 else 3 end as preference,
        length(aliases.alias) as matched_length
    from seen
    inner join aliases
        on
            seen.provider = aliases.provider
            and (
                seen.model = aliases.alias
                or (aliases.match_type = 'prefix' and substr(seen.model, 1, length(aliases.alias)) = aliases.alias)
            )

)

select
    provider,
    model,
    priced_model
from candidates
qualify row_number() over (
    partition by provider, model
    order by preference asc, matched_length desc, priced_model asc
) = 1
