{#-
  Landing folders on DuckDB. Files are read in place: Parquet as it is, CSV and JSONL as text. Lines that do not parse are
  looked for when a run starts and kept in raw_input.unparsable_lines, with file and line, so that they end as rejected rows.
-#}

{#- DuckDB lists files, not folders; a path that leads into the folder and back to a file every Unix has tells. -#}
{% macro duckdb__require_folder(folder) -%}
    {%- set quoted = folder | replace("'", "''") -%}
    {%- set way_back = '/..' * 40 ~ '/etc/hosts' -%}
    {%- set found = run_committed(
        "select 1 from glob('" ~ quoted ~ "/**') union all select 1 from glob('" ~ quoted ~ way_back ~ "') limit 1"
    ).rows -%}
    {%- if found | length == 0 -%}
        {{- exceptions.raise_compiler_error(
            "The landing folder '" ~ folder ~ "' does not exist. Create it, with one sub-folder a raw table ("
            ~ raw_fields().keys() | join(', ') ~ "), or correct the variable `landing` or LLM_COSTS_LANDING."
        ) -}}
    {%- endif -%}
{%- endmacro %}


{% macro duckdb__stage_landing(raw_table) -%}
    {%- set listing = duckdb_list_landing_files(raw_table) -%}
    {{- log("landing: " ~ raw_table ~ ": " ~ listing.parquet | length ~ " parquet, " ~ listing.csv | length ~ " csv, "
        ~ listing.jsonl | length ~ " jsonl files", info=true) -}}
    {%- do run_committed(
        "create table if not exists " ~ raw_input_relation('unparsable_lines')
        ~ " (raw_table varchar, source_file varchar, source_line bigint, corrupt_record varchar)"
    ) -%}
    {%- set csv_layouts = duckdb_csv_layouts(listing.csv, raw_table) -%}
    {%- do duckdb_find_unparsable_lines(raw_table, listing, csv_layouts) -%}
    {%- set branches = [] -%}
    {%- if listing.parquet -%} {%- do branches.append(duckdb_select_parquet(raw_table)) -%} {%- endif -%}
    {%- for header, layout in csv_layouts.items() -%}
        {%- do branches.append(duckdb_select_csv(raw_table, layout)) -%}
    {%- endfor -%}
    {%- if listing.jsonl -%} {%- do branches.append(duckdb_select_jsonl(raw_table)) -%} {%- endif -%}
    {%- do branches.append(duckdb_select_unparsable_lines(raw_table, typed=listing.parquet | length == 0)) -%}
    {%- do run_committed(
        "create or replace view " ~ raw_input_relation(raw_table) ~ " as " ~ branches | join("\nunion all by name\n")
    ) -%}
{%- endmacro %}


{#- Lists the files of a raw table, records them in raw_input.landing_files, and returns their paths by format. -#}
{% macro duckdb_list_landing_files(raw_table) -%}
    {%- set listing = {'parquet': [], 'csv': [], 'jsonl': []} -%}
    {%- do run_committed(
        "delete from " ~ raw_input_relation('landing_files') ~ " where raw_table = '" ~ raw_table ~ "'"
    ) -%}
    {%- for format, paths in listing.items() -%}
        {%- set pattern = duckdb_landing_pattern(raw_table, format) -%}
        {%- for row in run_committed("select file from glob('" ~ pattern ~ "') order by file").rows -%}
            {%- do paths.append(row[0]) -%}
        {%- endfor -%}
        {%- if paths -%}
            {%- do run_committed(
                "insert into " ~ raw_input_relation('landing_files') ~ " select '" ~ raw_table
                ~ "', filename, size, cast(last_modified as timestamp) from read_blob('" ~ pattern ~ "')"
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(listing) -}}
{%- endmacro %}


{#- The glob of a raw table's files of one format, ready for single quotes. -#}
{% macro duckdb_landing_pattern(raw_table, format) -%}
    {{- return(landing_folder() | replace("'", "''") ~ '/' ~ raw_table ~ '/**/*.' ~ format) -}}
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


{#- CSV files by header: the files of one header are read together with its columns. -#}
{% macro duckdb_csv_layouts(paths, raw_table) -%}
    {%- set layouts = {} -%}
    {%- for path in paths -%}
        {%- set first = run_committed("select line from " ~ duckdb_read_lines([path]) ~ " where line is not null limit 1").rows -%}
        {%- if first | length > 0 -%}
            {%- set header = first[0][0].lstrip('\ufeff').rstrip('\r') -%}
            {%- if header not in layouts -%}
                {%- set delimiter = '\t' if '\t' in header else (';' if ';' in header and ',' not in header else ',') -%}
                {%- set columns = [] -%}
                {%- for column in header.split(delimiter) -%} {%- do columns.append(column.strip().strip('"')) -%} {%- endfor -%}
                {%- if columns | map('lower') | unique | list | length < columns | length -%}
                    {{- exceptions.raise_compiler_error("The file '" ~ path ~ "' names a column twice: " ~ header) -}}
                {%- endif -%}
                {%- do layouts.update({header: {'delimiter': delimiter, 'columns': columns, 'paths': []}}) -%}
            {%- endif -%}
            {%- do layouts[header]['paths'].append(path) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(layouts) -}}
{%- endmacro %}


{% macro duckdb_read_csv(layout, paths, error_handling) -%}
    {%- set columns = [] -%}
    {%- for column in layout.columns -%} {%- do columns.append("'" ~ column | replace("'", "''") ~ "': 'VARCHAR'") -%} {%- endfor -%}
    {{- return(
        "read_csv(" ~ duckdb_path_list(paths) ~ ", columns = {" ~ columns | join(', ') ~ "}, delim = '" ~ layout.delimiter
        ~ "', quote = '\"', escape = '\"', header = true, auto_detect = false, filename = true, " ~ error_handling ~ ")"
    ) -}}
{%- endmacro %}


{% macro duckdb_select_parquet(raw_table) -%}
    {%- set reader = "read_parquet('" ~ duckdb_landing_pattern(raw_table, 'parquet') ~ "', union_by_name = true, filename = true)" -%}
    {%- set columns = run_committed("describe select * exclude (filename) from " ~ reader).columns[0].values() -%}
    {{- return(
        "select " ~ raw_select_list(raw_table, columns, landing_folder() ~ '/' ~ raw_table ~ '/**/*.parquet')
        ~ " filename as source_file, cast(null as bigint) as source_line from " ~ reader
    ) -}}
{%- endmacro %}


{% macro duckdb_select_csv(raw_table, layout) -%}
    {{- return(
        "select " ~ raw_select_list(raw_table, layout.columns, layout.paths[0])
        ~ " filename as source_file, cast(null as bigint) as source_line from "
        ~ duckdb_read_csv(layout, layout.paths, "ignore_errors = true")
    ) -}}
{%- endmacro %}


{% macro duckdb_select_jsonl(raw_table) -%}
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
            from " ~ duckdb_read_lines(['#']) | replace("['#']", "'" ~ duckdb_landing_pattern(raw_table, 'jsonl') ~ "'")
        ~ " where " ~ duckdb_json_object('line') ~ " is not null)"
    ) -}}
{%- endmacro %}


{#- The text where it is a JSON object, else NULL. -#}
{% macro duckdb_json_object(text) -%}
    {{- return("case when json_valid(" ~ text ~ ") and json_type(" ~ text ~ ") = 'OBJECT' then " ~ text ~ " end") -}}
{%- endmacro %}


{#- Beside Parquet, whose columns keep their types, the other columns stay away, so that union by name leaves the types. -#}
{% macro duckdb_select_unparsable_lines(raw_table, typed) -%}
    {%- set nulls = [] -%}
    {%- for field in raw_fields(raw_table) if typed and field != 'corrupt_record' -%}
        {%- do nulls.append("cast(null as varchar) as " ~ field ~ ", ") -%}
    {%- endfor -%}
    {{- return(
        "select " ~ nulls | join ~ "corrupt_record, source_file, source_line from " ~ raw_input_relation('unparsable_lines')
        ~ " where raw_table = '" ~ raw_table ~ "'"
    ) -}}
{%- endmacro %}


{#- Keeps the lines of every text file that do not parse: those that are no JSON object, and those that the reader refuses. -#}
{% macro duckdb_find_unparsable_lines(raw_table, listing, csv_layouts) -%}
    {%- set lines = raw_input_relation('unparsable_lines') -%}
    {%- do run_committed("delete from " ~ lines ~ " where raw_table = '" ~ raw_table ~ "'") -%}
    {#- Line numbers count rows in file order, which DuckDB keeps only on request. -#}
    {%- do run_committed("set preserve_insertion_order = true") -%}
    {%- for path in listing.jsonl -%}
        {%- do run_committed(
            "insert into " ~ lines ~ " select '" ~ raw_table ~ "', filename, source_line, line from (
                select filename, line, row_number() over () as source_line from " ~ duckdb_read_lines([path]) ~ "
            ) where regexp_matches(line, '[^\\s]') and (" ~ duckdb_json_object('line') ~ ") is null"
        ) -%}
        {%- do duckdb_keep_reader_rejects(raw_table, "select count(line) from "
            ~ duckdb_read_lines([path]) | replace('ignore_errors = true', duckdb_reject_options())) -%}
    {%- endfor -%}
    {%- for layout in csv_layouts.values() -%}
        {%- do duckdb_keep_reader_rejects(raw_table, "select count(columns(*)) from "
            ~ duckdb_read_csv(layout, layout.paths, duckdb_reject_options())) -%}
    {%- endfor -%}
    {%- do run_committed("set preserve_insertion_order = false") -%}
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


{#- Replaces the record of what was loaded (macros/raw_tables/load_state.sql) by what this run has read. -#}
{% macro duckdb__write_load_state() -%}
    {%- do run_committed(
        "create or replace table " ~ raw_input_relation('loaded_files') ~ " as select * from "
        ~ raw_input_relation('landing_files')
    ) -%}
    {%- set loaded_through = raw_input_relation('loaded_through') -%}
    {%- set rows = [] -%}
    {%- for raw_table in raw_fields() -%}
        {%- do rows.append("('" ~ raw_table ~ "', '" ~ raw_origin_name(raw_table) | replace("'", "''") ~ "')") -%}
    {%- endfor -%}
    {%- do run_committed(
        "create or replace table " ~ loaded_through ~ " as
        select
            origins.raw_table,
            origins.origin,
            '" ~ fact_settings() | replace("'", "''") ~ "' as settings,
            case when origins.raw_table = 'llm_requests' then coalesce(
                (select max(seen_through) from " ~ previous_build('int_affected_dates', even_in_full_refresh=true) ~ "),
                (select max(ingested_through) from " ~ loaded_through ~ ")
            ) end as ingested_through
        from (values " ~ rows | join(', ') ~ ") as origins (raw_table, origin)"
    ) -%}
{%- endmacro %}


{#- A run that is killed leaves `is_finished` as it is set here. -#}
{% macro duckdb__begin_run() -%}
    {%- set last_run = raw_input_relation('last_run') -%}
    {%- do run_committed(
        "create or replace table " ~ last_run ~ " as
        select coalesce(bool_and(is_finished), true) as was_finished, false as is_finished from " ~ last_run
    ) -%}
{%- endmacro %}


{#- none: this run has touched nothing that counts, and leaves things as the run before it did. -#}
{% macro duckdb__end_run(is_finished) -%}
    {%- do run_committed(
        "update " ~ raw_input_relation('last_run') ~ " set is_finished = "
        ~ ('was_finished' if is_finished is none else 'true')
    ) -%}
{%- endmacro %}
