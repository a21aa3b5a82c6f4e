-- grain: one row a version of an attempt on the dates that this run rebuilds; what counts has its place in its request
with deliveries as (

    select
        *,
        cast(null as {{ type_text() }}) as reused_request_id
    from {{ ref('int_deliveries_read') }}
    where reject_reason is null

),

-- Hashes alone: as a CTE of all columns, ranked rows would be held in memory.
repeated as (

    select request_hash from {{ ref('int_deliveries_ranked') }}

),

ranked as (

    select
        *,
        {{ known_on() }} as known_on
    from {{ ref('int_deliveries_ranked') }}

),

-- What counts at the end of a day is the best of what has come by then.
versions as (

    select
        *,
        min(delivery_rank) over (
            partition by attempt_key
            order by known_on
            range between unbounded preceding and current row
        ) as best_rank_by_then,
        min(known_on) over (
            partition by attempt_key
            order by delivery_rank
            rows between unbounded preceding and 1 preceding
        ) as replaced_on
    from ranked

),

-- Who succeeds does not try again: of two tries that nothing else orders, a success is the last.
kept as (

    select
        *,
        {{ attempt_status('status_as_sent') }} = 'success' as is_success
    from versions
    where delivery_rank = 1

),

delivered_once as (

    select
        {{ attempt_columns() }},
        {{ attempt_key() }} as attempt_key,
        1 as attempt_index,
        true as is_final,
        false as is_fallback,
        false as is_after_success,
        {{ known_on() }} as known_on,
        cast(null as date) as replaced_on
    from deliveries
    where request_hash not in (select repeated.request_hash from repeated)

),

delivered_repeatedly as (

    select
        {{ attempt_columns() }},
        attempt_key,
        cast(row_number() over request_order as int) as attempt_index,
        row_number() over request_order = count(*) over (partition by request_id) as is_final,
        -- a retry that went to another provider or model than the request's first attempt
        {{ is_different('provider', 'first_value(provider) over request_order') }}
        or {{ is_different('model', 'first_value(model) over request_order') }} as is_fallback,
        coalesce(
            max(is_success) over (
                partition by request_id
                order by occurred_at, attempt_number nulls last, is_success, attempt_key
                rows between unbounded preceding and 1 preceding
            ), false
        ) as is_after_success,
        known_on,
        replaced_on
    from kept
    window request_order as (
        partition by request_id
        order by occurred_at, attempt_number nulls last, is_success, attempt_key
        rows between unbounded preceding and current row
    )

)

select * from delivered_once

union all

select * from delivered_repeatedly
where {{ in_run('event_date', 'dates') }}

union all

select
    {{ attempt_columns() }},
    attempt_key,
    cast(null as int) as attempt_index,
    false as is_final,
    false as is_fallback,
    false as is_after_success,
    known_on,
    replaced_on
from versions
where
    delivery_rank > 1
    and delivery_rank = best_rank_by_then
    and {{ in_run('event_date', 'dates') }}
