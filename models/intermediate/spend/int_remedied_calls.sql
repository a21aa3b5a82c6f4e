-- grain: one row an attempt of the run's months and a remedy that reaches it, with what is saved alone and in order
{%- set described_by = [
    'attempt_key', 'request_id', 'attempt_index', 'request_date', 'workflow_id', 'endpoint_tag', 'is_answer'
] %}

with over_history_cap as (

    select * from {{ ref('int_thread_attempts') }}
    where
        tokens_over_cap > 0
        and {{ in_run('request_date', 'months', dated_by='request_date') }}

),

-- What the caps have cut is not there to be written, or read, by the cheaper model either.
over_tier as (

    select
        dearer.*,
        coalesce(over_history_cap.tokens_over_cap, 0) as history_over_cap
    from {{ ref('int_attempts_over_tier') }} as dearer
    left join over_history_cap on dearer.attempt_key = over_history_cap.attempt_key
    where {{ in_run('dearer.request_date', 'months', dated_by='dearer.request_date') }}

),

found as (

    select
        {{ described_by | join(', ') }},
        remedy,
        cast(saving_usd as {{ type_usd() }}) as saving_usd,
        cast(0 as {{ type_usd() }}) as cheaper_caps_usd
    from {{ ref('int_attempts_avoided') }}

    union all

    select
        {{ described_by | join(', ') }},
        'output_cap' as remedy,
        saving_usd,
        cast(0 as {{ type_usd() }}) as cheaper_caps_usd
    from {{ ref('int_attempts_output_capped') }}
    where
        tokens_over_cap > 0
        and {{ in_run('request_date', 'months', dated_by='request_date') }}

    union all

    select
        {{ described_by | join(', ') }},
        'history_cap' as remedy,
        cap_saving_usd as saving_usd,
        cast(0 as {{ type_usd() }}) as cheaper_caps_usd
    from over_history_cap

    union all

    select
        {{ described_by | join(', ') }},
        'allowed_tier' as remedy,
        cast(priced_cost_usd - what_if_cost_usd as {{ type_usd() }}) as saving_usd,
        {{ pico_usd_to_usd(
            removed_input_pico_usd('history_over_cap') ~ ' + ' ~ bucket_pico_usd('output_over_cap', 'output_pico_usd')
        ) }} as cheaper_caps_usd
    from over_tier

),

placed as (

    select
        *,
        {{ place_of_remedy() }} as place
    from found

),

ordered as (

    select
        *,
        min(case when remedy in ({{ quoted_words(avoiding_remedies()) }}) then place end) over of_attempt as avoided_by,
        coalesce(sum(case when remedy in ('output_cap', 'history_cap') then saving_usd end) over of_attempt, 0)
            as caps_saving_usd,
        row_number() over (
            partition by {{ period_start('month', 'request_date') }}, endpoint_tag, remedy, request_id
            order by attempt_index, attempt_key
        ) = 1 as is_first_of_request
    from placed
    window of_attempt as (partition by attempt_key)

)

select
    {{ described_by | join(', ') }},
    remedy,
    is_first_of_request,
    saving_usd,
    cast(
        case
            when avoided_by < place then 0
            -- On the cheaper model the caps would have saved less: that less is not saved a second time.
            when remedy = 'allowed_tier' then saving_usd - caps_saving_usd + cheaper_caps_usd
            else saving_usd
        end as {{ type_usd() }}
    ) as saving_in_order_usd
from ordered
