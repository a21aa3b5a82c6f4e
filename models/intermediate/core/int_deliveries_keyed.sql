-- grain: one row a delivery of a request that was delivered more than once and has a delivery on a date that this run
-- rebuilds, with the request that it is of and the key of its attempt
with touched as (

    select request_hash
    from {{ ref('int_deliveries_repeated') }}
    where {{ in_run('event_date', 'dates') }}

),

reused as (

    select * from {{ ref('int_requests_reused') }}

),

deliveries as (

    select
        coalesce(reused.request_id, deliveries.request_id) as request_id,
        {%- for column in delivery_columns() %}
        deliveries.{{ column }},
        {%- endfor %}
        case
            when deliveries.request_id in (select reused_ids.sent_request_id from reused as reused_ids)
                then deliveries.request_id
        end as reused_request_id
    from {{ ref('int_deliveries_repeated') }} as deliveries
    left join reused
        on
            deliveries.request_id = reused.sent_request_id
            and deliveries.attempt_id is null
            and {{ joined_text(['deliveries.ticket_id', 'deliveries.tenant_id', 'deliveries.sent_occurred_at']) }}
            = reused.named_as
    where deliveries.request_hash in (select touched.request_hash from touched)

),

keyed as (

    select
        *,
        {{ attempt_key() }} as attempt_key,
        {{ is_ended_without_answer('status_as_sent', 'error_code') }} as is_ended_without_answer
    from deliveries

),

-- A streamed answer that is logged as it grows, by an application that names no attempts.
streams as (

    select
        *,
        case
            when
                not is_ended_without_answer
                and not lag(is_ended_without_answer) over stream
                and output_tokens >= lag(output_tokens) over stream
                and occurred_at <= lag(occurred_at) over stream + {{ snapshot_gap() }}
                then 0
            else 1
        end as begins_answer
    from keyed
    where
        attempt_id is null
        and attempt_number is null
    window stream as (
        partition by request_id, provider, model, {{ input_counts() | join(', ') }}
        order by occurred_at, output_tokens nulls last, attempt_key
    )

),

answers as (

    select
        *,
        sum(begins_answer) over (
            partition by request_id, provider, model, {{ input_counts() | join(', ') }}
            order by occurred_at, output_tokens nulls last, attempt_key
            rows between unbounded preceding and current row
        ) as answer
    from streams

),

snapshots as (

    select
        *,
        min(output_tokens) over answer_window < max(output_tokens) over answer_window as is_snapshot,
        first_value(attempt_key) over (
            partition by request_id, provider, model, {{ input_counts() | join(', ') }}, answer
            order by occurred_at, output_tokens nulls last, attempt_key
        ) as first_attempt_key
    from answers
    window answer_window as (partition by request_id, provider, model, {{ input_counts() | join(', ') }}, answer)

)

select
    request_id,
    reused_request_id,
    {{ delivery_columns() | join(', ') }},
    attempt_key,
    false as is_snapshot
from keyed
where
    attempt_id is not null
    or attempt_number is not null

union all

select
    request_id,
    reused_request_id,
    {{ delivery_columns() | join(', ') }},
    case when is_snapshot then first_attempt_key else attempt_key end as attempt_key,
    coalesce(is_snapshot, false) as is_snapshot
from snapshots
