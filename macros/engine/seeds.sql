{#-
  Seeds load by name. dbt keeps a table that is there and copies the file into it by position, so that columns in another order would
  change places without a word. Here the table is made anew from the header each time, and what cannot be meant stops before that: the
  message names file, line and value. What a value means is tested in staging (tests/generic/seed_rules.sql).
  dbt finds these three before its own for the seeds of this package, also where it is installed in another project.
-#}
{% macro reset_csv_table(model, full_refresh, old_relation, agate_table) -%}
    {%- do require_seed_columns(model, agate_table.column_names) -%}
    {%- do require_seed_cells(model, agate_table) -%}
    {#- In the transaction that fills it again, which adapter.drop_relation() is not. -#}
    {%- call statement('drop_seed') -%} drop table if exists {{ old_relation }} {%- endcall -%}
    {{- return(dbt.create_csv_table(model, agate_table)) -}}
{%- endmacro %}


{% macro create_csv_table(model, agate_table) -%}
    {%- do require_seed_columns(model, agate_table.column_names) -%}
    {%- do require_seed_cells(model, agate_table) -%}
    {{- return(dbt.create_csv_table(model, agate_table)) -}}
{%- endmacro %}


{% macro load_csv_rows(model, agate_table) -%} {{ return(adapter.dispatch('load_csv_rows', 'llm_costs')(model, agate_table)) }} {%- endmacro %}
{#- With nothing left to detect: DuckDB would skip lines that do not look like the others. -#}
{% macro duckdb__load_csv_rows(model, agate_table) %}
    {%- set columns = [] -%}
    {%- for column in agate_table.column_names -%} {%- do columns.append(adapter.quote(column)) -%} {%- endfor -%}
    {%- set sql -%}
        copy {{ this.render() }} ({{ columns | join(', ') }})
        from '{{ adapter.get_seed_file_path(model) | replace("'", "''") }}'
        (format csv, header true, auto_detect false, delimiter '{{ config.get("delimiter", ",") }}', quote '"', escape '"',
        null_padding false, nullstr ['', 'null', 'NULL'])
    {%- endset -%}
    {%- do adapter.add_query(sql, abridge_sql_log=True) -%}
    {{- return(sql) -}}
{% endmacro %}


{#- The columns of a seed are those that its file in YAML gives a type. -#}
{% macro require_seed_columns(model, found) -%}
    {%- set expected = model.config.column_types.keys() | list -%}
    {%- set missing = expected | reject('in', found) | list -%}
    {%- set unknown = found | reject('in', expected) | list -%}
    {%- if missing or unknown -%}
        {%- set said = [] -%}
        {%- if unknown -%}
            {%- do said.append("unknown: " ~ unknown | join(', ')
                ~ " (dbt calls a column without a name by a letter, and one that is named twice <name>_2)") -%}
        {%- endif -%}
        {%- if missing -%} {%- do said.append("missing: " ~ missing | join(', ')) -%} {%- endif -%}
        {{- exceptions.raise_compiler_error(
            model.original_file_path ~ ", line 1: the columns are not those of this seed; " ~ said | join('; ')
            ~ ". Its columns, in any order: " ~ expected | join(', ') ~ ". They are separated by commas."
        ) -}}
    {%- endif -%}
{%- endmacro %}


{#-
  Every cell is text here, because every column has a type. What a column holds that no rule reads (a name, a note) is marked as prose
  in YAML, and may hold any character.
-#}
{% macro require_seed_cells(model, agate_table) -%}
    {%- set mistakes = [] -%}
    {%- for column, type in model.config.column_types.items() -%}
        {%- set declared = model.columns.get(column, {}) -%}
        {%- set is_prose = declared.get('config', {}).get('meta', {}).get('is_prose', false) -%}
        {%- if not is_prose and model.fqn[1] == 'reference' -%}
            {%- for cell in agate_table.columns[column].values() -%}
                {%- set mistake = seed_cell_mistake(cell, type) if cell is not none -%}
                {%- if mistake -%}
                    {%- do mistakes.append("line " ~ (loop.index0 + 2) ~ ": " ~ column ~ " is '" ~ cell ~ "', " ~ mistake) -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if mistakes -%}
        {{- exceptions.raise_compiler_error(model.original_file_path ~ " has cells that do not fit:\n" ~ mistakes | join("\n")) -}}
    {%- endif -%}
{%- endmacro %}


{#- What is wrong with a cell for its type; nothing if it fits. Casts round, cut off and guess, each engine in its own way. -#}
{% macro seed_cell_mistake(cell, type) -%}
    {%- if modules.re.search('[^\\S ]|[\\x00-\\x1f\\x7f\\u200b-\\u200f\\u2028-\\u202f\\u2060\\ufeff]', cell) -%}
        {{- return("which holds a blank that is no space, or a character that cannot be seen") -}}
    {%- elif cell != cell.strip() -%}
        {{- return("which begins or ends with a blank") -}}
    {%- elif type in ['int', 'bigint'] -%}
        {{- return("" if modules.re.fullmatch('-?[0-9]{1,' ~ (9 if type == 'int' else 18) ~ '}', cell) else "which is no whole number, such as 600") -}}
    {%- elif type.startswith('decimal') -%}
        {%- set precision, scale = type[8:-1].split(',') -%}
        {%- set pattern = '-?([0-9]{1,' ~ (precision | int - scale | int) ~ '}([.][0-9]{1,' ~ scale ~ '}0*)?|[.][0-9]{1,' ~ scale ~ '}0*)' -%}
        {{- return("" if modules.re.fullmatch(pattern, cell)
            else "which is no plain number of at most " ~ scale ~ " decimal places, such as 1234.5") -}}
    {%- elif type == 'date' -%}
        {{- return("" if is_calendar_date(cell) else "which is no date, such as 2026-09-30") -}}
    {%- elif type == 'timestamp' -%}
        {%- set time = '([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?(Z|[+]00:?00)?)?' -%}
        {{- return("" if is_calendar_date(cell[:10]) and modules.re.fullmatch(time, cell[10:])
            else "which is no time in UTC, such as 2026-09-30T08:00:00Z") -}}
    {%- elif type == 'boolean' -%}
        {{- return("" if cell | lower in ['true', 'false', '1', '0', 'yes', 'no'] else "which is neither true nor false") -}}
    {%- endif -%}
    {{- return("") -}}
{%- endmacro %}


{% macro is_calendar_date(text) -%}
    {%- if not modules.re.fullmatch('[0-9]{4}-[0-9]{2}-[0-9]{2}', text) -%} {{- return(false) -}} {%- endif -%}
    {%- set year, month, day = text[:4] | int, text[5:7] | int, text[8:] | int -%}
    {%- set in_leap_year = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) -%}
    {%- set days = [31, 29 if in_leap_year else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] -%}
    {{- return(year > 0 and 1 <= month <= 12 and 1 <= day <= days[month - 1]) -}}
{%- endmacro %}
