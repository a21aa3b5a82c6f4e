{#-
  The view over the files of a raw table, with the fields of the input contract: one branch for the files of each layout, which are read
  together without opening each to learn what it has.
-#}
{% macro duckdb_lay_raw_view(raw_table) -%}
    {%- set layouts = {'parquet': {}, 'csv': {}, 'json': {}} -%}
    {%- set unpacked = [] -%}
    {%- for row in run_committed(
        "select source_file, format, layout from " ~ raw_input_relation('inspected_files') ~ "
        where raw_table = '" ~ raw_table ~ "' order by source_file"
    ).rows -%}
        {%- if row[2] == 'unpacked' -%} {%- do unpacked.append(row[0]) -%}
        {%- else -%} {%- do layouts[row[1]].setdefault(row[2], []).append(row[0]) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set branches = [] -%}
    {%- for paths in layouts.json.values() -%} {%- do branches.append(duckdb_select_json(raw_table, paths)) -%} {%- endfor -%}
    {%- for header, paths in layouts.csv.items() -%} {%- do branches.append(duckdb_select_csv(raw_table, header, paths)) -%} {%- endfor -%}
    {%- if unpacked -%} {%- do branches.append(duckdb_select_unpacked(raw_table)) -%} {%- endif -%}
    {%- set typed = duckdb_parquet_types(layouts.parquet.values() | list, typed=branches | length == 0) -%}
    {%- for paths in layouts.parquet.values() -%} {%- do branches.append(duckdb_select_parquet(raw_table, paths, typed)) -%} {%- endfor -%}
    {%- do branches.append(duckdb_select_nothing(raw_table, typed)) -%}
    {%- do run_committed(
        "create or replace view " ~ raw_input_relation(raw_table) ~ " as " ~ branches | join("\nunion all by name\n")
    ) -%}
{%- endmacro %}


{% macro duckdb_select_json(raw_table, paths) -%}
    {{- return(
        "select " ~ raw_select_list(raw_table, raw_spellings(raw_table)) ~ " source_file, cast(null as bigint) as source_line
        from " ~ duckdb_read_json(raw_table, paths)
    ) -}}
{%- endmacro %}


{% macro duckdb_read_json(raw_table, paths) -%}
    {%- set columns = [] -%}
    {%- for spelling in raw_spellings(raw_table) -%} {%- do columns.append("'" ~ spelling ~ "': 'VARCHAR'") -%} {%- endfor -%}
    {{- return(
        "read_json(" ~ duckdb_path_list(paths) ~ ", columns = {" ~ columns | join(', ') ~ "}, format = 'newline_delimited', "
        ~ "ignore_errors = true, hive_partitioning = false, filename = 'source_file')"
    ) -}}
{%- endmacro %}


{% macro duckdb_select_csv(raw_table, header, paths) -%}
    {%- set columns = duckdb_csv_columns(raw_table, header, paths[0]) -%}
    {%- set known = raw_spellings(raw_table) | map('lower') | list -%}
    {%- set cells = [] -%}
    {%- set present = [] -%}
    {%- for name in columns.names if name | lower in known -%}
        {%- do present.append(name) -%}
        {%- do cells.append("nullif(cells[" ~ (columns.names.index(name) + 1) ~ "], '') as " ~ adapter.quote(name) ~ ", ") -%}
    {%- endfor -%}
    {{- return(
        "select " ~ raw_select_list(raw_table, present) ~ " source_file, cast(null as bigint) as source_line
        from (
            select " ~ cells | join ~ "source_file
            from (
                select source_file, " ~ duckdb_csv_fields('line', columns.delimiter) ~ " as cells
                from " ~ duckdb_read_csv_lines(header, paths) ~ "
            )
        )"
    ) -}}
{%- endmacro %}


{% macro duckdb_select_unpacked(raw_table) -%}
    {%- set structure = [] -%}
    {%- for spelling in raw_spellings(raw_table) -%} {%- do structure.append('"' ~ spelling ~ '":"VARCHAR"') -%} {%- endfor -%}
    {{- return(
        "select * exclude (line_that_is_none) replace (coalesce(line_that_is_none, corrupt_record) as corrupt_record)
        from (
            select " ~ raw_select_list(raw_table, raw_spellings(raw_table)) ~ " line_that_is_none, source_file, source_line
            from (
                select
                    source_file,
                    source_line,
                    corrupt_record as line_that_is_none,
                    unnest(from_json(case when record is null then '{}' else record end, '{" ~ structure | join(',') ~ "}'))
                from " ~ raw_input_relation('landing_records') ~ "
                where raw_table = '" ~ raw_table ~ "'
            )
        )"
    ) -}}
{%- endmacro %}


{#-
  The type of every column that the Parquet files of a raw table have, by its name in lower case: text where they do not agree, where
  other files have text, and for what is made of parts.
-#}
{% macro duckdb_parquet_types(paths_of_layouts, typed) -%}
    {%- set types = {} -%}
    {%- for paths in paths_of_layouts -%}
        {%- set names = [] -%}
        {%- for row in run_committed("describe select * from " ~ duckdb_read_parquet(paths)).rows if row[0] != '_landing_file' -%}
            {%- if row[0] | lower in names -%}
                {{- exceptions.raise_compiler_error("The file '" ~ paths[0] ~ "' names the column " ~ row[0] ~ " twice.") -}}
            {%- endif -%}
            {%- do names.append(row[0] | lower) -%}
            {%- set is_simple = typed and not modules.re.search('[(\\[]|BLOB', row[1].replace('DECIMAL(', '')) -%}
            {%- set type = row[1] if is_simple and types.get(row[0] | lower, row[1]) == row[1] else 'VARCHAR' -%}
            {%- do types.update({row[0] | lower: type}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(types) -}}
{%- endmacro %}


{% macro duckdb_read_parquet(paths) -%}
    {{- return("read_parquet(" ~ duckdb_path_list(paths) ~ ", hive_partitioning = false, filename = '_landing_file')") -}}
{%- endmacro %}


{#- A field that these files lack stays away: its NULLs would be text, and make text of what other files have typed. -#}
{% macro duckdb_select_parquet(raw_table, paths, types) -%}
    {%- set names = [] -%}
    {%- set cast_columns = [] -%}
    {%- for row in run_committed("describe select * from " ~ duckdb_read_parquet(paths)).rows
        if row[0] | lower in raw_spellings(raw_table) | map('lower') | list -%}
        {%- do names.append(row[0]) -%}
        {%- do cast_columns.append(
            "cast(" ~ adapter.quote(row[0]) ~ " as " ~ types[row[0] | lower] ~ ") as " ~ adapter.quote(row[0]) ~ ", "
        ) -%}
    {%- endfor -%}
    {{- return(
        "select " ~ (raw_select_list(raw_table, names, with_missing=false) if names) ~ " source_file, cast(null as bigint) as source_line
        from (select " ~ cast_columns | join ~ "_landing_file as source_file from " ~ duckdb_read_parquet(paths) ~ ")"
    ) -}}
{%- endmacro %}


{#- No row, but every field: those that Parquet files have keep their types, the others are text. -#}
{% macro duckdb_select_nothing(raw_table, types) -%}
    {%- set nulls = [] -%}
    {%- for field in raw_fields(raw_table) if not field_spellings(field) | map('lower') | select('in', types) | list -%}
        {%- do nulls.append("cast(null as varchar) as " ~ field ~ ", ") -%}
    {%- endfor -%}
    {{- return("select " ~ nulls | join ~ "cast(null as varchar) as source_file, cast(null as bigint) as source_line where false") -}}
{%- endmacro %}
