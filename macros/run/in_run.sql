{#-
  A table of the planner, for readers that come after it. It draws no edge: the first readers of a list say so (`-- depends_on:`), what
  follows them follows the planner, and a test holds that every reader does.
-#}
{% macro planned(run_table) -%}
    {{- return(relation_of(graph.nodes['model.llm_costs.' ~ run_table]) if execute and graph.nodes else run_state(run_table)) -}}
{%- endmacro %}


{#-
  What a run rebuilds (docs/incremental.md). The planner, models/run, lists it; a model that replaces what is on a list says so
  in its config, and reads no more than that by this one condition. In a whole run it is `true`.
    list      one of run_lists()
    column    what is looked up in it; a list of columns where the list has several
    dated_by  a date or time of the rows that is never NULL, so that storage skips what lies before the first of the list
-#}
{% macro in_run(column, list, dated_by=none) -%}
    {%- if run_is_whole() -%} true
    {%- else -%}
    {%- set of_list = run_lists(list) -%}
    {%- if list == 'months' -%}
    {{ period_start('month', column) }} in ({{ of_list.listed }})
    {%- elif column is string -%}
    {{ column }} in ({{ of_list.listed }})
    {%- else -%}
    ({{ column | join(', ') }}) in ({{ of_list.listed }})
    {%- endif -%}
    {%- if dated_by is not none %}
    and {{ dated_by }} >= ({{ of_list.first_date }})
    {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#-
  The lists: their keys, and the first date or key of them. An empty list has a date after all others, and as its first key the last
  character that there is: beside a NULL, every row would be read to find none.
    dates       UTC dates whose attempts are rebuilt from raw
    new_files   raw files, and tables, with rows that no run has taken in
    files       raw files that hold telemetry of the dates
    tickets     tickets with another newest version; outcomes: workflows with another newest outcome
    cases       workflows and cases that are added up and judged again; workflows: those of them whose attempts may be others
    months      months that are reported again; a period is looked up by its first day, so a week belongs to its Monday's month
    month_days  the days of these months, and of the weeks that begin in them
    releases    endpoints and prompt versions that are compared again; endpoints: those of them
-#}
{% macro run_lists(list) -%}
    {%- set table, key, first_date, condition = {
        'dates': ('run_dates', 'event_date', 'event_date', none),
        'new_files': ('run_files', 'source_file', none, none),
        'files': (
            'run_file_dates', 'source_file', none,
            'planned.event_date in (select dates.event_date from ' ~ planned('run_dates') ~ ' as dates)'
        ),
        'tickets': ('run_tickets', 'ticket_id', none, none),
        'outcomes': ('run_outcomes', 'workflow_id', none, none),
        'cases': ('run_cases', 'workflow_id', 'first_date', none),
        'workflows': ('run_cases', 'workflow_id', 'first_date', 'planned.may_have_other_attempts'),
        'months': ('run_months', 'month', 'month', none),
        'month_days': ('run_months', 'month + cast(spine.id as int)', 'month', none),
        'releases': ('run_releases', 'endpoint_tag, planned.prompt_version', none, none),
        'endpoints': ('run_releases', 'endpoint_tag', none, none),
    }[list] -%}
    {%- set rows = ' from ' ~ planned(table) ~ ' as planned'
        ~ (' cross join range(37) as spine (id)' if list == 'month_days') ~ (' where ' ~ condition if condition) -%}
    {{- return({
        'listed': 'select planned.' ~ key ~ rows,
        'first_date': "select coalesce(min(planned." ~ first_date ~ "), date '9999-12-31')" ~ rows,
        'first_key': "select coalesce(min(planned." ~ key ~ "), " ~ after_every_text() ~ ")" ~ rows,
    }) -}}
{%- endmacro %}


{#- A text that sorts after every name of a file. -#}
{% macro after_every_text() -%} {{- return("'\U0010ffff'") -}} {%- endmacro %}


{#- A query of the files of the run that a run before has taken in too: they were rewritten, or are gone. -#}
{% macro rewritten_files() -%}
    select planned.source_file
    from {{ planned('run_files') }} as planned
    {%- if not run_is_whole() %}
    where
        planned.source_file in (select loaded.source_file from {{ run_state('loaded_files') }} as loaded)
        or {{ last_run_broke_off() }}
    {%- endif -%}
{%- endmacro %}


{#-
  Whether a raw row lies in a file of a list. Where the list is empty, it alone would not keep an engine from reading every file
  to find no row: what it computes of a row comes before the list.
-#}
{% macro in_run_files(list) -%}
    {{ in_run('source_file', list) }}
    {%- if not run_is_whole() %}
    and source_file >= ({{ run_lists(list).first_key }})
    {%- endif -%}
{%- endmacro %}


{#-
  What lies before the first moment that this run looks back to is not read. The bounds:
    first_started_on   when the first workflow began that was still active in the run's months: a limit or a repetition counts from there
    first_opened_on    when the first case was opened that was opened, resolved or active in or after them
    compared_from      where the first window of the run's releases begins
-#}
{% macro since_run_began(column, bound) -%}
    {%- if run_is_whole() -%} true
    {%- else -%}
    {%- set planner = planned('run_releases' if bound == 'compared_from' else 'run_months') -%}
    {{ column }} >= (select coalesce(min(planned.{{ bound }}), date '9999-12-31') from {{ planner }} as planned)
    {%- endif -%}
{%- endmacro %}
