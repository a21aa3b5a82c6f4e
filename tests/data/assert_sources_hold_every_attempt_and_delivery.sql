-- What telemetry_health adds up by date is every attempt, and every delivery that is one or was replaced, both ways.
with of_facts as (

    select
        request_date,
        cast(sum(attempts) as bigint) as attempts,
        count(*) as deliveries
    from (
        select
            request_date,
            1 as attempts
        from {{ ref('fct_attempts') }}

        union all

        select
            request_date,
            0 as attempts
        from {{ ref('redeliveries') }}
    ) as delivered
    where {{ touched('request_date', 'dates') }}
    group by request_date

),

of_sources as (

    select
        request_date,
        cast(sum(attempts) as bigint) as attempts,
        cast(sum(deliveries) as bigint) as deliveries
    from {{ ref('telemetry_health') }}
    where {{ touched('request_date', 'dates') }}
    group by request_date
    having sum(deliveries) > 0

)

{{ differences('of_facts', 'of_sources', ['request_date'], ['attempts', 'deliveries']) }}
