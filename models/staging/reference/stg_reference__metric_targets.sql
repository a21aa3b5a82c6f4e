-- grain: one row a metric of week_on_week and date from which its target holds
with source as (

    select * from {{ ref('metric_targets') }}

),

renamed as (

    select
        {{ to_word('metric') }} as metric,
        cast(valid_from as date) as valid_from,
        cast(target_value as {{ type_usd_sum() }}) as target_value,
        {{ to_text('owner') }} as owner
    from source

)

select * from renamed
