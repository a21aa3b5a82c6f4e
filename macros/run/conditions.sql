{#-
  Whether a telemetry event is new to the facts. Everything is, when there are none yet. Landing files are taken in whole,
  so every row of a file that was not loaded is new, however old it says it is. Tables of a warehouse (and the demo seeds)
  are read on from the newest ingested_at: that batch may still have been arriving when it was read, so it counts as new
  again. Events without an ingested_at are looked for by their own time, as far back as the lookback says.
-#}
{% macro is_new_delivery() -%}
    {%- set in_new_file = in_run_files('new_files') -%}
    {%- if run_is_whole() -%} true
    {%- elif raw_table_origin('llm_requests') == 'landing' -%} {{ in_new_file }}
    {%- else -%}
        {{ looked_for_until() }} >= (
            select coalesce(max(completed.ingested_through), timestamp '0001-01-01')
            from {{ run_state('completed_run') }} as completed
        )
    {%- endif -%}
{%- endmacro %}


{#- Up to which moment of the facts a run looks for an event of a table as new. -#}
{% macro looked_for_until() -%}
    coalesce(
        sent_ingested_at,
        sent_occurred_at + interval '{{ var("lookback_days_without_ingested_at") }}' day,
        timestamp '9999-12-31'
    )
{%- endmacro %}


{#-
  Rows of a table of telemetry that lie behind the moment up to which a run took them in: as many as that run left, unless a loader
  has taken rows out since, or added some with an old time. No file tells, so they are counted.
-#}
{% macro rows_behind(moment) -%}
    {%- set staged = load_cached_relation(relation_of(graph.nodes['model.llm_costs.stg_telemetry__llm_requests'])) -%}
    {%- if raw_table_origin('llm_requests') == 'warehouse' and staged is not none -%}
    (select count(*) from {{ staged }} where {{ looked_for_until() }} < {{ moment }})
    {%- else -%} cast(null as bigint)
    {%- endif -%}
{%- endmacro %}


{#- Counted once, before the first model; then run_differing_dates looks for the dates on which rows and facts differ. -#}
{% macro count_rows_behind() -%}
    {%- if raw_table_origin('llm_requests') == 'warehouse' and not run_is_whole() -%}
        {%- set completed = run_state('completed_run') -%}
        {%- set counted = run_committed(
            "select rows_behind - " ~ rows_behind('completed.ingested_through') ~ " from " ~ completed ~ " as completed"
        ).rows[0][0] -%}
        {%- set kept = [previous_build('int_attempts_attributed'), previous_build('redeliveries'), previous_build('int_deliveries_rejected')] -%}
        {%- if counted and none not in kept -%}
            {%- do graph.update({'rows_behind_differ': true}) -%}
            {{- log(
                "llm_requests: " ~ (counted | abs) ~ " rows " ~ ("have left " if counted > 0 else "were added behind the last run to ")
                ~ warehouse_table('llm_requests') ~ ": their dates are rebuilt", info=true
            ) -}}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{% macro rows_behind_differ() -%} {{- return(execute and graph.get('rows_behind_differ', false)) -}} {%- endmacro %}


{#-
  When what came before tells nothing: the last run broke off, another outcome definition holds, other words of help desks or other
  primary outcomes, or the reports speak for an earlier moment than they did.
-#}
{% macro all_cases_are_in_run() -%}
    {#- One EXISTS for all of them: where it finds nothing, DuckDB need not read what it filters; joined by OR, they make it. #}
    exists (
        select clock.as_of
        from {{ ref('int_as_of') }} as clock
        where
            clock.as_of < {{ previous_as_of() }}
            or {{ is_changed_reference('outcome_definition') }}
            or {{ is_changed_reference('ticket_statuses') }}
            or {{ is_changed_reference('primary_outcomes') }}
            or {{ last_run_broke_off() }}
    )
{%- endmacro %}


{#- The moment that the reports of the last completed run spoke for. -#}
{% macro previous_as_of() -%} (select completed.as_of from {{ run_state('completed_run') }} as completed) {%- endmacro %}


{#- While the moment that the reports speak for stands still, nothing ripens, comes of age or lapses by itself. -#}
{% macro clock_has_moved() -%}
    exists (
        select clock.as_of
        from {{ ref('int_as_of') }} as clock
        where coalesce(clock.as_of <> {{ previous_as_of() }}, true)
    )
{%- endmacro %}


{% macro last_run_broke_off() -%}
    exists (select runs.was_finished from {{ run_state('last_run') }} as runs where not runs.was_finished)
{%- endmacro %}


{% macro is_changed_reference(reference_table) -%}
    exists (
        select changed.reference_key
        from {{ ref('run_references') }} as changed
        where
            changed.is_changed
            and changed.reference_table = '{{ reference_table }}'
    )
{%- endmacro %}


{#- When what is reported of every period may be another, whatever the dates of the run. -#}
{% macro all_months_are_in_run() -%}
    (
        {{ all_cases_are_in_run() }}
        {%- for reference_table in [
            'intent_baselines', 'stage_cost_caps', 'spend_spike_rules', 'tool_call_caps', 'internal_tooling', 'internal_tenants',
            'intent_tiers', 'endpoint_risks', 'risk_tiers', 'tier_ranks'
        ] %}
        or {{ is_changed_reference(reference_table) }}
        {%- endfor %}
        -- The first windows of history are judged by fewer days than others.
        or coalesce(
            (select min(days.request_date) from {{ ref('int_tenant_days') }} as days)
            <> (select completed.first_spend_on from {{ run_state('completed_run') }} as completed), true
        )
    )
{%- endmacro %}


{#-
  References as the state keeps them, and merges of tickets, which are no reference that somebody maintains but are carried by
  attempts all the same.
-#}
{% macro applied_references(run_references, tickets_merged) -%}
    select reference_table, reference_key, reference_value from {{ run_references }} where is_current
    union all
    select 'ticket_merges', ticket_id, merged_ticket_id from {{ tickets_merged }}
{%- endmacro %}


{#- A query of the tickets whose merge is another than the one that the facts carry, with that one. -#}
{% macro changed_merges() -%}
    select
        coalesce(merged.ticket_id, applied.reference_key) as ticket_id,
        applied.reference_value as was_merged_into
    from {{ ref('int_tickets_merged') }} as merged
    full outer join (
        select
            reference_key,
            reference_value
        from {{ run_state('applied_references') }}
        where reference_table = 'ticket_merges'
    ) as applied
        on merged.ticket_id = applied.reference_key
    where coalesce(merged.merged_ticket_id <> applied.reference_value, true)
{%- endmacro %}


{#- What a case is counted by; when nothing of it changes, its dates need not be counted again. -#}
{% macro case_state(cases) -%}
    {%- set columns = [] -%}
    {%- for column in [
        'ticket_id', 'tenant_id', 'channel', 'queue', 'intent', 'project', 'opened_at', 'resolved_at', 'outcome', 'is_handled',
        'is_resolved', 'is_deflected', 'is_escalated', 'automation_class', 'handle_minutes', 'cost_usd', 'attempts',
        'first_attempt_at', 'last_attempt_at', 'has_bot_reply', 'is_transferred', 'returned_after_maturity'
    ] -%} {%- do columns.append(cases ~ '.' ~ column) -%} {%- endfor -%}
    case when {{ cases }}.ticket_id is not null then {{ joined_text(columns) }} end
{%- endmacro %}
