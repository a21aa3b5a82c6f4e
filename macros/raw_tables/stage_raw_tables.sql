{#-
  Runs before every command: lays one view with the agreed fields over each raw table that does not come from the demo
  seeds, so that models read one shape whatever the input looks like. Reads only listings, headers and lines that do not
  parse; the data stays where it is.
-#}
{% macro stage_raw_tables() -%}
    {%- if execute and flags.WHICH in ['build', 'run', 'test', 'seed', 'run-operation'] -%}
        {%- do check_variables() -%}
        {%- do limit_reach() -%}
        {%- do refuse_models_of_the_root() -%}
        {%- if flags.WHICH in ['build', 'run'] -%}
            {%- do refuse_changed_settings() -%}
            {%- do plan_run() -%}
        {%- endif -%}
        {%- do create_run_state() -%}
        {%- if flags.WHICH in ['build', 'run'] -%}
            {%- do begin_run() -%}
            {%- do record_settings_of_the_run() -%}
        {%- endif -%}
        {%- do create_raw_input() -%}
        {%- for raw_table in raw_fields() -%}
            {%- do refuse_changed_origin(raw_table) -%}
            {%- if raw_table_origin(raw_table) == 'warehouse' -%} {%- do stage_warehouse_table(raw_table) -%} {%- endif -%}
        {%- endfor -%}
        {%- if flags.WHICH in ['build', 'run'] -%} {%- do count_rows_behind() -%} {%- endif -%}
        {%- if landing_folder() -%} {%- do adapter.dispatch('stage_landing', 'llm_costs')() -%} {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#- A view over raw input, or a record of the landing folder, where the source is declared. -#}
{% macro raw_input_relation(identifier) -%}
    {#- Not a source(): who asks for a record reads no telemetry. dbt knows no graph while it parses, or in a unit test. -#}
    {%- set declared = graph.sources['source.llm_costs.raw_input.llm_requests'] if execute and graph.sources else target -%}
    {{- return(api.Relation.create(database=declared.get('database'), schema=declared.schema, identifier=identifier)) -}}
{%- endmacro %}


{#- What is known of the files of a landing folder; all of them are empty for the other origins. -#}
{% macro create_raw_input() -%}
    {%- set text = type_text() -%}
    {%- do run_committed("create schema if not exists " ~ raw_input_relation('landing_files').without_identifier()) -%}
    {%- for table, columns in {
        'landing_files':
            'raw_table ' ~ text ~ ', source_file ' ~ text ~ ', file_size bigint, modified_at timestamp, format ' ~ text
            ~ ', is_still_written boolean',
        'skipped_files': 'raw_table ' ~ text ~ ', source_file ' ~ text ~ ', file_size bigint, reason ' ~ text,
        'inspected_files':
            'raw_table ' ~ text ~ ', source_file ' ~ text ~ ', file_size bigint, modified_at timestamp, format ' ~ text ~ ', layout ' ~ text
            ~ ', records bigint, has_known_fields boolean, looks_like ' ~ text,
        'landing_records':
            'raw_table ' ~ text ~ ', source_file ' ~ text ~ ', source_line bigint, record ' ~ text ~ ', corrupt_record ' ~ text,
    }.items() -%}
        {%- do run_committed("create table if not exists " ~ raw_input_relation(table) ~ " (" ~ columns ~ ")") -%}
    {%- endfor -%}
{%- endmacro %}


{#-
  ref() looks for a model in the root project first: where this one is installed as a package, a model of the root with the same name
  would take the place of ours in every model that reads it.
-#}
{% macro refuse_models_of_the_root() -%}
    {%- for reader in graph.nodes.values() if reader.package_name == 'llm_costs' and project_name != 'llm_costs' -%}
        {%- for read in reader.depends_on.nodes if read.split('.')[1] == project_name -%}
            {%- set name = read.split('.')[2] -%}
            {%- if 'model.llm_costs.' ~ name in graph.nodes or 'seed.llm_costs.' ~ name in graph.nodes -%}
                {{- exceptions.raise_compiler_error(
                    "Both this project and the package llm_costs have a model or seed named " ~ name ~ ", and dbt reads yours in "
                    ~ reader.name ~ " where the package means its own. Set require_ref_searches_node_package_before_root: true under"
                    ~ " `flags` in your dbt_project.yml, or disable the package's if yours is to take its place."
                ) -}}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro %}


{#-
  A field under any of its spellings as `field`; NULL where the input has neither. `present` maps lower-cased names to names. Of several
  spellings see first_spelling(), of those of a count several_counts().
-#}
{% macro raw_field_expression(field, present) -%}
    {%- set spellings = [] -%}
    {%- for spelling in field_spellings(field) -%}
        {%- if spelling | lower in present -%}
            {%- do spellings.append(adapter.quote(present[spelling | lower])) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if spellings | length == 0 -%} cast(null as {{ type_text() }}) as {{ field }}
    {%- elif spellings | length == 1 -%} {{ spellings[0] }} as {{ field }}
    {%- else -%}
        {#- Files of several spellings may type the field differently. -#}
        {%- set texts = [] -%}
        {%- set filled = [] -%}
        {%- for spelling in spellings -%}
            {%- do texts.append('cast(' ~ spelling ~ ' as ' ~ type_text() ~ ')') -%}
            {%- do filled.append(filled_text(texts[-1])) -%}
        {%- endfor -%}
        {%- if field in spelled_counts() -%} {{ several_counts(texts, filled) }} as {{ field }}
        {%- else -%} {{ first_spelling(field, texts, filled) }} as {{ field }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{% macro type_text() -%} {{- return(api.Column.translate_type('string')) -}} {%- endmacro %}


{#-
  The fields of a raw table as a select list over input whose columns are `columns`. Those that it lacks are NULL, or left out.
-#}
{% macro raw_select_list(raw_table, columns, with_missing=true) -%}
    {%- set present = {} -%}
    {%- for column in columns -%} {%- do present.update({column | lower: column}) -%} {%- endfor -%}
    {%- for field in raw_fields(raw_table) if with_missing or field_spellings(field) | map('lower') | select('in', present) | list %}
        {{ raw_field_expression(field, present) }},
    {%- endfor %}
{%- endmacro %}


{#- A table that a loader maintains; a raw table that is not named beside others that are is empty. -#}
{% macro stage_warehouse_table(raw_table) -%}
    {%- set relation = warehouse_table(raw_table) -%}
    {%- if relation.identifier -%}
        {%- do require_table(raw_table, relation) -%}
        {%- set columns = run_committed("describe " ~ relation).columns[0].values() -%}
        {%- if not columns | map('lower') | select('in', raw_spellings(raw_table) | map('lower') | list) | list -%}
            {{- exceptions.raise_compiler_error(
                relation ~ " has none of the fields of the raw table '" ~ raw_table ~ "'. It has: " ~ columns | join(', ')
                ~ ". Expected some of: " ~ raw_fields(raw_table) | join(', ') ~ " (camelCase works too)."
            ) -}}
        {%- endif -%}
        {%- set selected = raw_select_list(raw_table, columns) -%}
        {%- set origin = "from " ~ relation -%}
    {%- else -%}
        {{- log(raw_table ~ ": no table is named, so it is empty (" ~ raw_table ~ "_identifier names one)", info=true) -}}
        {%- set empty_fields = [] -%}
        {%- for field in raw_fields(raw_table) -%} {%- do empty_fields.append(raw_field_expression(field, {}) ~ ", ") -%} {%- endfor -%}
        {%- set selected = empty_fields | join -%}
        {%- set origin = "where false" -%}
    {%- endif -%}
    {%- do run_committed(
        "create or replace view " ~ raw_input_relation(raw_table) ~ " as select " ~ selected
        ~ " '" ~ raw_table_as_file(raw_table) | replace("'", "''") ~ "' as source_file, cast(null as bigint) as source_line " ~ origin
    ) -%}
{%- endmacro %}


{% macro require_table(raw_table, relation) -%}
    {%- set found = run_committed(adapter.dispatch('find_table', 'llm_costs')(relation)).rows -%}
    {%- if found | length == 0 -%}
        {{- exceptions.raise_compiler_error(
            "The raw table '" ~ raw_table ~ "' was not found at " ~ relation ~ ". Check the variables " ~ raw_table
            ~ "_identifier, " ~ raw_table ~ "_schema and " ~ raw_table ~ "_database."
        ) -}}
    {%- endif -%}
{%- endmacro %}
