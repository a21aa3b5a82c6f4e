{#-
  Lines of text files as DuckDB's CSV reader gives them with one column, no quotes, and a delimiter that no text has. With these options
  it loses no line but those that are not UTF-8 or too long: the bytes of all lines and one line end between each two are the file's
  size, which the inspection checks. A carriage return ends a line too, so that Windows' line ends leave empty lines, which say nothing.
    with_rejects  the lines that are not given go to the temporary table reject_errors, until duckdb_forget_rejects()
    line_ends     with Windows' line end, that counts as one, which line numbers need; text after a lone carriage return is lost then
-#}
{% macro duckdb_read_lines(paths, with_rejects=false, line_ends="new_line = '\\n', ") -%}
    {{- return(
        "read_csv(" ~ duckdb_path_list(paths) ~ ", columns = {'line': 'VARCHAR'}, delim = chr(28) || chr(29) || chr(30) || chr(31), "
        ~ "quote = '', escape = '', header = false, auto_detect = false, strict_mode = false, " ~ line_ends
        ~ ("store_rejects = true, rejects_limit = 0, " if with_rejects else "ignore_errors = true, ")
        ~ "max_line_size = 16777216, hive_partitioning = false, filename = 'source_file')"
    ) -}}
{%- endmacro %}


{% macro duckdb_forget_rejects() -%}
    {%- for table in ['reject_errors', 'reject_scans'] -%} {%- do run_committed("drop table if exists " ~ table) -%} {%- endfor -%}
{%- endmacro %}


{% macro duckdb_is_filled(line) -%} coalesce(ltrim({{ line }}, ' ' || chr(9)) <> '', false) {%- endmacro %}


{#- The fields of a CSV line, or of several that one cell with line breaks joins; NULL where its quotes are not those of RFC 4180. -#}
{% macro duckdb_csv_fields(line, delimiter) -%}
    {%- set field = '(?:"(?:[^"]|"")*"|[^"' ~ delimiter ~ '\\n][^' ~ delimiter ~ '\\n]*|)' -%}
    case
        when not contains({{ line }}, '"') then string_split({{ line }}, '{{ delimiter }}')
        when regexp_full_match({{ line }}, '{{ field }}(?:[{{ delimiter }}]{{ field }})*')
            then list_transform(
                regexp_extract_all({{ line }}, '(?:^|[{{ delimiter }}])({{ field }})', 1),
                lambda cell: case when starts_with(cell, '"') then replace(cell[2:-2], '""', '"') else cell end
            )
    end
{%- endmacro %}


{#- The text where it is a JSON object, else NULL. -#}
{% macro duckdb_json_object(text) -%}
    {{- return("case when json_valid(" ~ text ~ ") then case when json_type(" ~ text ~ ") = 'OBJECT' then " ~ text ~ " end end") -}}
{%- endmacro %}


{#- Whether a list of names holds one of the raw table's fields twice, as a JSON object may: which value was meant is unknown. -#}
{% macro duckdb_repeats_a_field(names, raw_table) -%}
    {%- set known = "list_filter(" ~ names ~ ", lambda name: list_contains(" ~ duckdb_spellings(raw_table) ~ ", name))" -%}
    len({{ known }}) <> len(list_distinct({{ known }}))
{%- endmacro %}


{#- Both spellings of every field of a raw table, as a list. -#}
{% macro duckdb_spellings(raw_table) -%}
    {{- return(duckdb_text_list(raw_spellings(raw_table))) -}}
{%- endmacro %}
