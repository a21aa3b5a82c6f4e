-- grain: one row a kind of alert: from when on it is one, from when on it wakes somebody, and whose it is
with source as (

    select * from {{ ref('alert_rules') }}

),

renamed as (

    select
        {{ to_word('alert_kind') }} as alert_kind,
        cast(min_growth as double) as min_growth,
        cast(min_points as double) as min_points,
        cast(min_standard_errors as double) as min_standard_errors,
        cast(min_calls as int) as min_calls,
        cast(min_rise_usd as {{ type_usd_sum() }}) as min_rise_usd,
        cast(critical_growth as double) as critical_growth,
        cast(critical_rise_usd as {{ type_usd_sum() }}) as critical_rise_usd,
        {{ to_text('owner') }} as owner,
        {{ to_text('escalation_path') }} as escalation_path
    from source

)

select * from renamed
