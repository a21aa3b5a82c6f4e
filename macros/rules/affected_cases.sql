{#- What a case is counted by; when nothing of it changes, its dates need not be counted again. -#}
{% macro case_state(cases) -%}
    {%- set columns = [] -%}
    {%- for column in [
        'ticket_id', 'tenant_id', 'channel', 'queue', 'intent', 'project', 'opened_at', 'resolved_at', 'outcome', 'is_handled',
        'is_resolved', 'is_deflected', 'is_escalated', 'automation_class', 'handle_minutes', 'cost_usd', 'attempts',
        'first_attempt_at', 'last_attempt_at'
    ] -%} {%- do columns.append(cases ~ '.' ~ column) -%} {%- endfor -%}
    case when {{ cases }}.ticket_id is not null then {{ joined_text(columns) }} end
{%- endmacro %}


{#-
  When what came before tells nothing: the last run broke off, another outcome definition holds, or the reports speak for
  an earlier moment than they did.
-#}
{% macro all_cases_are_affected() -%}
    {#- One EXISTS for the three: where it finds nothing, DuckDB need not read what it filters; joined by OR, they make it. #}
    exists (
        select clock.as_of
        from {{ ref('int_as_of') }} as clock
        where
            clock.as_of < clock.previous_as_of
            or {{ is_changed_reference('outcome_definition') }}
            or {{ last_run_broke_off() }}
    )
{%- endmacro %}


{#- While the moment that the reports speak for stands still, nothing ripens, comes of age or lapses by itself. -#}
{% macro clock_has_moved() -%}
    exists (
        select clock.as_of
        from {{ ref('int_as_of') }} as clock
        where coalesce(clock.as_of <> clock.previous_as_of, true)
    )
{%- endmacro %}


{% macro last_run_broke_off() -%}
    exists (select runs.was_finished from {{ source('raw_input', 'last_run') }} as runs where not runs.was_finished)
{%- endmacro %}


{% macro is_changed_reference(reference_table) -%}
    exists (
        select changed_references.reference_key
        from {{ ref('int_references_changed') }} as changed_references
        where changed_references.reference_table = '{{ reference_table }}'
    )
{%- endmacro %}


{#- The incremental models that count cases by date. -#}
{% macro counters_of_case_dates() -%} {{- return(['int_unit_economics_days', 'int_spend_bridge_days']) -}} {%- endmacro %}
