-- grain: one row a window grain and window of spend that this run compares again
-- depends_on: {{ ref('int_references_changed') }}
{{ config(materialized='table') }}
{%- set compared_before = previous_build('spend_change_drivers') %}

with windows as (

    select * from {{ ref('int_spend_windows') }}

),

rules as (

    select * from {{ ref('stg_reference__spend_spike_rules') }}

),

affected as (

    select * from {{ ref('int_affected_case_dates') }}

),

reaching_back as (

    select
        windows.window_grain,
        windows.window_start,
        windows.window_end,
        least(
            windows.baseline_start,
            cast({{ add_hours('cast(windows.window_start as timestamp)', '-24 * rules.history_days') }} as date)
        ) as reads_from
    from windows
    inner join rules on windows.window_grain = rules.window_grain

)

select
    reaching_back.window_grain,
    reaching_back.window_start
from reaching_back
inner join affected
    on
        reaching_back.reads_from <= affected.event_date
        and reaching_back.window_end > affected.event_date

union

select
    window_grain,
    window_start
from reaching_back
where
    {{ is_changed_reference('spend_spike_rules') }}
    or {{ 'true' if compared_before is none else 'false' }}
{%- if compared_before is not none %}

union

-- complete only now
select
    window_grain,
    window_start
from reaching_back
where (window_grain, window_start) not in (
    select
        before.window_grain,
        before.window_start
    from {{ compared_before }} as before
)

union

-- An earlier beginning of history: the windows after the old one were judged by fewer days than they have now.
select
    window_grain,
    window_start
from reaching_back
where
    (select min(earliest.window_start) from reaching_back as earliest)
    < (select min(before.window_start) from {{ compared_before }} as before)

union

-- gone since
select
    before.window_grain,
    before.window_start
from {{ compared_before }} as before
where (before.window_grain, before.window_start) not in (
    select
        reaching_back.window_grain,
        reaching_back.window_start
    from reaching_back
)
{%- endif %}
