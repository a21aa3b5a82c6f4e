-- grain: one row a provider and model that telemetry has named, with those of the price book that it means
with names as (

    select * from {{ ref('int_model_names_read') }}

),

-- Every name of a model of the price book: its own, exact aliases, and beginnings.
known_names as (

    select distinct
        provider,
        model as known_name,
        model as priced_model,
        1 as preference
    from {{ ref('stg_reference__model_prices') }}

    union all

    select
        provider,
        alias as known_name,
        model as priced_model,
        case when match_type = 'exact' then 2 else 3 end as preference
    from {{ ref('stg_reference__model_aliases') }}

),

candidates as (

    select
        names.provider,
        names.model,
        names.taken_off,
        known_names.provider as priced_provider,
        known_names.priced_model,
        known_names.preference,
        length(known_names.known_name) as matched_length,
        -- who was named counts before whom the model's prefix names
        case
            when known_names.provider = names.named_provider then 1
            when known_names.provider = names.prefix_provider then 2
            else 3
        end as provider_preference
    from names
    inner join known_names
        on
            (
                known_names.provider in (names.named_provider, names.prefix_provider)
                or (names.provider = '' and names.prefix_provider is null)
            )
            and (
                names.name = known_names.known_name
                or (
                    known_names.preference = 3
                    and {{ is_named_by_prefix('names.name', 'known_names.known_name') }}
                )
            )

),

-- A model without a provider is that of the only one who has it; of several nobody knows which was meant.
meant as (

    select *
    from candidates
    qualify
        provider_preference < 3
        or min(priced_provider) over (partition by provider, model)
        = max(priced_provider) over (partition by provider, model)

)

select
    provider,
    model,
    priced_provider,
    priced_model
from meant
qualify row_number() over (
    partition by provider, model
    order by
        provider_preference asc,
        taken_off asc,
        preference asc,
        matched_length desc,
        priced_provider asc,
        priced_model asc
) = 1
