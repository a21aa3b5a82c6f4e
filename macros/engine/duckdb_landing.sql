{#-
  Landing folders on DuckDB. Files are read in place: Parquet as it is, CSV and JSONL as text. Lines that do not parse are
  looked for when a run first sees their file and kept in raw_input.unparsable_lines, with file and line, so that they end
  as rejected rows.
-#}

{#- DuckDB lists files, not folders; a path that leads into the folder and back to a file every Unix has tells. -#}
{% macro duckdb__require_folder(folder) -%}
    {%- set quoted = duckdb_literal_glob(folder) -%}
    {%- set looks = ["select 1 from glob('" ~ quoted ~ "/**') limit 1"] -%}
    {%- if duckdb_reach_is_limited() -%}
        {#- By an earlier run of the same process, which has looked into what it allowed. -#}
        {%- do looks.append(
            "select 1 where list_contains(current_setting('allowed_directories'), '" ~ folder | replace("'", "''") ~ "/')"
        ) -%}
    {%- elif '://' not in folder -%}
        {%- do looks.append("select 1 from glob('" ~ quoted ~ '/..' * 40 ~ "/etc/hosts')") -%}
    {%- endif -%}
    {%- set found = [] -%}
    {%- for look in looks if not found -%} {%- do found.extend(run_committed(look).rows) -%} {%- endfor -%}
    {%- if not found -%}
        {{- exceptions.raise_compiler_error(
            "The landing folder '" ~ folder ~ "' does not exist. Create it, with one sub-folder a raw table ("
            ~ raw_fields().keys() | join(', ') ~ "), or correct the variable `landing` or LLM_COSTS_LANDING."
        ) -}}
    {%- endif -%}
{%- endmacro %}


{% macro duckdb__stage_landing(raw_table) -%}
    {%- do duckdb_list_landing_files(raw_table) -%}
    {%- do duckdb_inspect_new_files(raw_table) -%}
    {%- set layouts = duckdb_landing_layouts(raw_table) -%}
    {%- set branches = [] -%}
    {%- set parquet_columns = [] -%}
    {%- for paths in layouts.parquet.values() -%}
        {%- set columns = run_committed("describe select * exclude (filename) from " ~ duckdb_read_parquet(paths)).columns[0].values() -%}
        {%- do parquet_columns.extend(columns) -%}
        {%- do branches.append(duckdb_select_parquet(raw_table, columns, paths)) -%}
    {%- endfor -%}
    {%- for header, paths in layouts.csv.items() -%}
        {%- do branches.append(duckdb_select_csv(raw_table, header, paths)) -%}
    {%- endfor -%}
    {%- for paths in layouts.jsonl.values() -%} {%- do branches.append(duckdb_select_jsonl(raw_table, paths)) -%} {%- endfor -%}
    {%- do branches.append(duckdb_select_unparsable_lines(raw_table, parquet_columns)) -%}
    {%- do run_committed(
        "create or replace view " ~ raw_input_relation(raw_table) ~ " as " ~ branches | join("\nunion all by name\n")
    ) -%}
{%- endmacro %}


{#- Records the files of a raw table in raw_input.landing_files. -#}
{% macro duckdb_list_landing_files(raw_table) -%}
    {%- set landing_files = raw_input_relation('landing_files') -%}
    {%- set found = [] -%}
    {%- do run_committed("delete from " ~ landing_files ~ " where raw_table = '" ~ raw_table ~ "'") -%}
    {%- for format in ['parquet', 'csv', 'jsonl'] -%}
        {%- set pattern = duckdb_landing_pattern(raw_table, format) -%}
        {%- set files = run_committed("select count(*) from glob('" ~ pattern ~ "')").rows[0][0] -%}
        {%- do found.append(files ~ " " ~ format) -%}
        {%- if files > 0 -%}
            {%- do run_committed(
                "insert into " ~ landing_files ~ " select '" ~ raw_table
                ~ "', filename, size, cast(last_modified as timestamp) from read_blob('" ~ pattern ~ "')"
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- log("landing: " ~ raw_table ~ ": " ~ found | join(", ") ~ " files", info=true) -}}
{%- endmacro %}


{#-
  Looks into the files that are new or have changed, and into no other, so that a long history costs no run anything:
  raw_input.inspected_files keeps the layout of each (the columns and types of a Parquet file, the header of a CSV file),
  raw_input.unparsable_lines what could not be read of it.
-#}
{% macro duckdb_inspect_new_files(raw_table) -%}
    {%- set inspected_files = raw_input_relation('inspected_files') -%}
    {%- set unparsable_lines = raw_input_relation('unparsable_lines') -%}
    {%- do run_committed(
        "create table if not exists " ~ inspected_files
        ~ " (raw_table varchar, source_file varchar, file_size bigint, modified_at timestamp, layout varchar)"
    ) -%}
    {%- do run_committed(
        "create table if not exists " ~ unparsable_lines
        ~ " (raw_table varchar, source_file varchar, source_line bigint, corrupt_record varchar)"
    ) -%}
    {%- do run_committed(
        "delete from " ~ inspected_files ~ " where raw_table = '" ~ raw_table ~ "'
        and (source_file, file_size, modified_at) not in (
            select (source_file, file_size, modified_at) from " ~ raw_input_relation('landing_files') ~ "
            where raw_table = '" ~ raw_table ~ "'
        )"
    ) -%}
    {%- set is_not_inspected -%}
        raw_table = '{{ raw_table }}'
        and source_file not in (select source_file from {{ inspected_files }} where raw_table = '{{ raw_table }}')
    {%- endset -%}
    {%- do run_committed("delete from " ~ unparsable_lines ~ " where " ~ is_not_inspected) -%}
    {%- set new_paths = {'parquet': [], 'csv': [], 'jsonl': []} -%}
    {%- for row in run_committed(
        "select source_file from " ~ raw_input_relation('landing_files') ~ " where " ~ is_not_inspected ~ " order by source_file"
    ).rows -%}
        {%- do new_paths[row[0].split('.') | last].append(row[0]) -%}
    {%- endfor -%}
    {#- Line numbers count rows in file order, which DuckDB keeps only on request. -#}
    {%- do run_committed("set preserve_insertion_order = true") -%}
    {%- if new_paths.parquet -%} {%- do duckdb_inspect_parquet(raw_table, new_paths.parquet) -%} {%- endif -%}
    {%- if new_paths.csv -%} {%- do duckdb_inspect_csv(raw_table, new_paths.csv) -%} {%- endif -%}
    {%- if new_paths.jsonl -%} {%- do duckdb_inspect_jsonl(raw_table, new_paths.jsonl) -%} {%- endif -%}
    {%- do run_committed("set preserve_insertion_order = false") -%}
{%- endmacro %}


{#- `layouts`: a query of source_file and layout. -#}
{% macro duckdb_remember_layouts(raw_table, layouts) -%}
    {%- do run_committed(
        "insert into " ~ raw_input_relation('inspected_files') ~ "
        select listed.*, layouts.layout
        from " ~ raw_input_relation('landing_files') ~ " as listed
        inner join (" ~ layouts ~ ") as layouts on listed.source_file = layouts.source_file
        where listed.raw_table = '" ~ raw_table ~ "'"
    ) -%}
{%- endmacro %}


{% macro duckdb_inspect_parquet(raw_table, paths) -%}
    {%- do duckdb_remember_layouts(raw_table,
        "select file_name as source_file, string_agg(column_layout, ', ' order by column_layout) as layout
        from (
            select
                file_name,
                concat_ws(' ', name, type, converted_type, logical_type, precision, scale, num_children) as column_layout
            from parquet_schema(" ~ duckdb_path_list(paths) ~ ")
        )
        group by file_name"
    ) -%}
{%- endmacro %}


{% macro duckdb_inspect_csv(raw_table, paths) -%}
    {%- set layouts = {} -%}
    {%- for path in paths -%}
        {%- set first = run_committed("select line from " ~ duckdb_read_lines([path]) ~ " where line is not null limit 1").rows -%}
        {%- set header = first[0][0].lstrip('\ufeff').rstrip('\r') if first | length > 0 else '' -%}
        {%- set columns = duckdb_csv_columns(header) -%}
        {%- if columns | map('lower') | unique | list | length < columns | length -%}
            {{- exceptions.raise_compiler_error("The file '" ~ path ~ "' names a column twice: " ~ header) -}}
        {%- endif -%}
        {%- do layouts.setdefault(header, []).append(path) -%}
    {%- endfor -%}
    {%- for header, paths_of_layout in layouts.items() -%}
        {#- A file without a line has no header. -#}
        {%- if header -%}
            {%- do duckdb_keep_reader_rejects(raw_table, "select count(columns(*)) from "
                ~ duckdb_read_csv(header, paths_of_layout, duckdb_reject_options())) -%}
        {%- endif -%}
        {%- do duckdb_remember_layouts(raw_table,
            "select unnest(" ~ duckdb_path_list(paths_of_layout) ~ ") as source_file, '" ~ header | replace("'", "''") ~ "' as layout"
        ) -%}
    {%- endfor -%}
{%- endmacro %}


{% macro duckdb_inspect_jsonl(raw_table, paths) -%}
    {%- for path in paths -%}
        {%- do run_committed(
            "insert into " ~ raw_input_relation('unparsable_lines') ~ " select '" ~ raw_table ~ "', filename, source_line, line from (
                select filename, line, row_number() over () as source_line from " ~ duckdb_read_lines([path]) ~ "
            ) where regexp_matches(line, '[^\\s]') and (" ~ duckdb_json_object('line') ~ ") is null"
        ) -%}
        {%- do duckdb_keep_reader_rejects(raw_table, "select count(line) from "
            ~ duckdb_read_lines([path]) | replace('ignore_errors = true', duckdb_reject_options())) -%}
    {%- endfor -%}
    {%- do duckdb_remember_layouts(raw_table,
        "select unnest(" ~ duckdb_path_list(paths) ~ ") as source_file, 'one object a line' as layout"
    ) -%}
{%- endmacro %}


{#- Paths by format and layout: files of one layout are read together, without opening each to learn what it has. -#}
{% macro duckdb_landing_layouts(raw_table) -%}
    {%- set layouts = {'parquet': {}, 'csv': {}, 'jsonl': {}} -%}
    {%- for row in run_committed(
        "select source_file, layout from " ~ raw_input_relation('inspected_files') ~ "
        where raw_table = '" ~ raw_table ~ "' and layout <> '' order by source_file"
    ).rows -%}
        {%- do layouts[row[0].split('.') | last].setdefault(row[1], []).append(row[0]) -%}
    {%- endfor -%}
    {{- return(layouts) -}}
{%- endmacro %}


{#- The glob of a raw table's files of one format, ready for single quotes. -#}
{% macro duckdb_landing_pattern(raw_table, format) -%}
    {{- return(duckdb_literal_glob(landing_folder()) ~ '/' ~ raw_table ~ '/**/*.' ~ format) -}}
{%- endmacro %}


{#- A folder's name within a glob, where it stands for itself whatever characters it has. -#}
{% macro duckdb_literal_glob(folder) -%}
    {{- return(modules.re.sub('([*?\\[])', '[\\1]', folder) | replace("'", "''")) -}}
{%- endmacro %}


{#- A list of paths as a DuckDB literal. -#}
{% macro duckdb_path_list(paths) -%}
    {%- set quoted = [] -%}
    {%- for path in paths -%} {%- do quoted.append("'" ~ path | replace("'", "''") ~ "'") -%} {%- endfor -%}
    {{- return('[' ~ quoted | join(', ') ~ ']') -}}
{%- endmacro %}


{#- The whole line as one column: a delimiter that no text file holds, and no quoting. Lines of up to 2 MB. -#}
{% macro duckdb_read_lines(paths) -%}
    {{- return(
        "read_csv(" ~ duckdb_path_list(paths) ~ ", columns = {'line': 'VARCHAR'}, delim = chr(1), quote = '', escape = '', header = false, "
        ~ "auto_detect = false, filename = true, ignore_errors = true)"
    ) -}}
{%- endmacro %}


{% macro duckdb_csv_delimiter(header) -%}
    {{- return('\t' if '\t' in header else (';' if ';' in header and ',' not in header else ',')) -}}
{%- endmacro %}


{% macro duckdb_csv_columns(header) -%}
    {%- set columns = [] -%}
    {%- for column in header.split(duckdb_csv_delimiter(header)) -%} {%- do columns.append(column.strip().strip('"')) -%} {%- endfor -%}
    {{- return(columns) -}}
{%- endmacro %}


{% macro duckdb_read_csv(header, paths, error_handling) -%}
    {%- set columns = [] -%}
    {%- for column in duckdb_csv_columns(header) -%} {%- do columns.append("'" ~ column | replace("'", "''") ~ "': 'VARCHAR'") -%} {%- endfor -%}
    {{- return(
        "read_csv(" ~ duckdb_path_list(paths) ~ ", columns = {" ~ columns | join(', ') ~ "}, delim = '" ~ duckdb_csv_delimiter(header)
        ~ "', quote = '\"', escape = '\"', header = true, auto_detect = false, filename = true, " ~ error_handling ~ ")"
    ) -}}
{%- endmacro %}


{% macro duckdb_read_parquet(paths) -%}
    {{- return("read_parquet(" ~ duckdb_path_list(paths) ~ ", filename = true)") -}}
{%- endmacro %}


{#- A field that these files lack stays away: its NULLs would be text, and make text of what other files have typed. -#}
{% macro duckdb_select_parquet(raw_table, columns, paths) -%}
    {{- return(
        "select " ~ raw_select_list(raw_table, columns, paths[0], with_missing=false)
        ~ " filename as source_file, cast(null as bigint) as source_line from " ~ duckdb_read_parquet(paths)
    ) -}}
{%- endmacro %}


{% macro duckdb_select_csv(raw_table, header, paths) -%}
    {{- return(
        "select " ~ raw_select_list(raw_table, duckdb_csv_columns(header), paths[0])
        ~ " filename as source_file, cast(null as bigint) as source_line from "
        ~ duckdb_read_csv(header, paths, "ignore_errors = true")
    ) -}}
{%- endmacro %}


{% macro duckdb_select_jsonl(raw_table, paths) -%}
    {%- set spellings = [] -%}
    {%- for field in raw_fields(raw_table) -%}
        {%- for spelling in [field, camel_case(field)] | unique -%} {%- do spellings.append(spelling) -%} {%- endfor -%}
    {%- endfor -%}
    {%- set present = {} -%}
    {%- for spelling in spellings -%} {%- do present.update({spelling | lower: spelling}) -%} {%- endfor -%}
    {%- set selected = [] -%}
    {%- for field in raw_fields(raw_table) -%}
        {%- do selected.append(raw_field_expression(field, present)) -%}
    {%- endfor -%}
    {%- set structure = [] -%}
    {%- for spelling in spellings -%} {%- do structure.append('"' ~ spelling ~ '":"VARCHAR"') -%} {%- endfor -%}
    {{- return(
        "select " ~ selected | join(', ') ~ ", source_file, cast(null as bigint) as source_line from (
            select filename as source_file, unnest(from_json(" ~ duckdb_json_object('line') ~ ", '{" ~ structure | join(',') ~ "}'))
            from " ~ duckdb_read_lines(paths) ~ " where " ~ duckdb_json_object('line') ~ " is not null)"
    ) -}}
{%- endmacro %}


{#- The text where it is a JSON object, else NULL. -#}
{% macro duckdb_json_object(text) -%}
    {{- return("case when json_valid(" ~ text ~ ") and json_type(" ~ text ~ ") = 'OBJECT' then " ~ text ~ " end") -}}
{%- endmacro %}


{#- Fields that Parquet files have keep their types; the others are NULL, as text. -#}
{% macro duckdb_select_unparsable_lines(raw_table, parquet_columns) -%}
    {%- set present = parquet_columns | map('lower') | list -%}
    {%- set nulls = [] -%}
    {%- for field in raw_fields(raw_table)
        if field != 'corrupt_record' and field not in present and camel_case(field) | lower not in present -%}
        {%- do nulls.append("cast(null as varchar) as " ~ field ~ ", ") -%}
    {%- endfor -%}
    {{- return(
        "select " ~ nulls | join ~ "corrupt_record, source_file, source_line from " ~ raw_input_relation('unparsable_lines')
        ~ " where raw_table = '" ~ raw_table ~ "'"
    ) -}}
{%- endmacro %}


{% macro duckdb_reject_options() -%}
    {{- return("store_rejects = true, rejects_table = 'reader_rejects', rejects_scan = 'reader_scans', rejects_limit = 0") -}}
{%- endmacro %}


{#- Reads once for the lines that DuckDB's reader itself refuses: wrong number of columns, broken quotes, broken UTF-8. -#}
{% macro duckdb_keep_reader_rejects(raw_table, scan) -%}
    {%- do run_committed(scan) -%}
    {%- do run_committed(
        "insert into " ~ raw_input_relation('unparsable_lines') ~ "
        select distinct on (reader_scans.file_path, reader_rejects.line)
            '" ~ raw_table ~ "', reader_scans.file_path, reader_rejects.line, reader_rejects.csv_line
        from reader_rejects
        inner join reader_scans using (scan_id, file_id)
        where regexp_matches(reader_rejects.csv_line, '[^\\s]')"
    ) -%}
    {%- do run_committed("drop table if exists reader_rejects") -%}
    {%- do run_committed("drop table if exists reader_scans") -%}
{%- endmacro %}
