-- grain: one row an endpoint and prompt version that this run compares with its baseline again; none in a whole run
{{ config(materialized='table') }}
{%- set compared_before = previous_build('dim_prompt_releases') %}
{%- set window = "interval '" ~ var('regression_window_days') ~ "' day" %}

with releases as (

    select * from {{ ref('int_prompt_releases_dated') }}

),

{% if run_is_whole() or compared_before is none -%}
affected as (

    -- Where nothing was compared before, everything is.
    select
        endpoint_tag,
        prompt_version,
        released_at
    from releases
    where {{ 'false' if run_is_whole() else 'true' }}

)
{%- else -%}
matured as (

    -- Cases that have come of age since count in tests on resolved cases, though no period counts them otherwise.
    select affected.workflow_id
    from {{ ref('run_cases') }} as affected
    inner join {{ ref('fct_tickets') }} as cases on affected.workflow_id = cases.ticket_id
    where affected.was_mature <> cases.is_mature

),

months as (

    select month from {{ ref('run_months') }}

    union

    select {{ period_start('month', 'request_date') }} as month
    from {{ ref('int_workflow_days') }}
    where
        workflow_id in (select matured.workflow_id from matured)
        and request_date >= (
            select coalesce(min(planned.first_date), date '9999-12-31')
            from {{ ref('run_cases') }} as planned
        )

),

affected as (

    select
        releases.endpoint_tag,
        releases.prompt_version,
        releases.released_at
    from releases
    cross join {{ ref('int_outcome_definition') }} as definition
    where
        {{ all_cases_are_in_run() }}
        or {{ is_changed_reference('regression_window') }}
        -- its windows still fill, or their units still ripen
        or (
            {{ add_hours(
                'releases.released_at + ' ~ window, 'definition.inactivity_hours + definition.maturity_hours'
            ) }} >= {{ previous_as_of() }}
            and {{ clock_has_moved() }}
        )
        or exists (
            select months.month
            from months
            where
                {{ next_period_start('month', 'months.month') }} > cast(releases.released_at - {{ window }} as date)
                and months.month <= cast(releases.released_at + {{ window }} as date)
        )

    union

    -- another date or baseline, or no attempt any more
    select
        coalesce(releases.endpoint_tag, compared.endpoint_tag) as endpoint_tag,
        coalesce(releases.prompt_version, compared.prompt_version) as prompt_version,
        releases.released_at
    from releases
    full outer join {{ compared_before }} as compared
        on
            releases.endpoint_tag = compared.endpoint_tag
            and releases.prompt_version = compared.prompt_version
    where
        releases.endpoint_tag is null
        or compared.endpoint_tag is null
        or releases.released_at <> compared.released_at
        or {{ is_different('releases.baseline_version', 'compared.baseline_version') }}

)
{%- endif %}

select
    endpoint_tag,
    prompt_version,
    released_at - {{ window }} as compared_from
from affected
