-- grain: one row an endpoint and prompt version whose comparison with its baseline this run makes again
{{ config(materialized='table') }}
{%- set compared_before = previous_build('dim_prompt_releases') %}
{%- set moments_before = previous_build('int_prompt_version_moments') %}
{%- set window = "interval '" ~ var('regression_window_days') ~ "' day" %}

with releases as (

    select * from {{ ref('int_prompt_releases_dated') }}

),

reports as (

    select * from {{ ref('int_as_of') }}

),

definition as (

    select * from {{ ref('int_outcome_definition') }}

),

affected as (

    select * from {{ ref('int_affected_workflows') }}

),

cases as (

    {{ rows_on_affected_list(ref('fct_tickets'), ['ticket_id'], 'int_affected_workflows', 'opened_at') }}

),

-- Cases that have come of age since count in tests on resolved cases, though nothing that a period counts has changed.
matured as (

    select affected.workflow_id
    from affected
    inner join cases on affected.workflow_id = cases.ticket_id
    where affected.was_mature <> cases.is_mature

),

dates as (

    select event_date from {{ ref('int_affected_case_dates') }}

    union

    select request_date as event_date
    from {{ ref('int_workflow_days') }}
    where
        workflow_id in (select matured.workflow_id from matured)
        and {{ is_since_first_affected('request_date', 'int_affected_workflows') }}

)

select
    releases.endpoint_tag,
    releases.prompt_version
from releases
cross join reports
cross join definition
where
    {{ all_cases_are_affected() }}
    or {{ is_changed_reference('regression_window') }}
    or {{ 'true' if compared_before is none or moments_before is none else 'false' }}
    -- its windows still fill, or their units still ripen
    or (
        {{ add_hours(
            'releases.released_at + ' ~ window, 'definition.inactivity_hours + definition.reopen_window_hours'
        ) }} >= reports.previous_as_of
        and {{ clock_has_moved() }}
    )
    or exists (
        select dates.event_date
        from dates
        where
            dates.event_date >= cast(releases.released_at - {{ window }} as date)
            and dates.event_date <= cast(releases.released_at + {{ window }} as date)
    )
{%- if compared_before is not none %}

union

-- another date or baseline, or no attempt any more
select
    coalesce(releases.endpoint_tag, compared.endpoint_tag) as endpoint_tag,
    coalesce(releases.prompt_version, compared.prompt_version) as prompt_version
from releases
full outer join {{ compared_before }} as compared
    on
        releases.endpoint_tag = compared.endpoint_tag
        and releases.prompt_version = compared.prompt_version
where
    releases.endpoint_tag is null
    or compared.endpoint_tag is null
    or releases.released_at <> compared.released_at
    or coalesce(releases.baseline_version, '') <> coalesce(compared.baseline_version, '')
{%- endif %}
