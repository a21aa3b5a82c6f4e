-- grain: one row a window grain: from when on a rise of spend is a spike, and what makes its class
with source as (

    select * from {{ ref('spend_spike_rules') }}

),

renamed as (

    select
        {{ to_word('period_grain') }} as period_grain,
        cast(min_growth as double) as min_growth,
        cast(min_rise_usd as {{ type_usd_sum() }}) as min_rise_usd,
        cast(min_standard_errors as double) as min_standard_errors,
        cast(history_days as int) as history_days,
        cast(dominant_share as double) as dominant_share,
        cast(min_own_growth as decimal(9, 6)) as min_own_growth,
        cast(new_version_hours as int) as new_version_hours
    from source

)

select * from renamed
