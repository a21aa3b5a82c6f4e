{#-
  Landing folders on DuckDB. What a row is must not depend on a reader's mood, so text is read by one reader of lines that loses no
  byte (duckdb_lines.sql), and each new file is looked into once (duckdb_inspection.sql):
    regular files    every line is a record: read in place, JSON lines by DuckDB's own reader of them, CSV lines by splitting
    all other text   JSON arrays and documents, CSV with line breaks in cells, lines that do not parse, other encodings: unpacked once
                     into raw_input.landing_records, one row a record, with the text of what is none (duckdb_unpacking.sql)
    Parquet          read in place
  A name of a file is a name, never a pattern, and a name of a folder says nothing about the rows in it, whatever it looks like.
-#}
{% macro duckdb__stage_landing() -%}
    {%- do duckdb_list_landing_files() -%}
    {%- do refuse_removed_files() -%}
    {%- for raw_table in raw_fields() -%}
        {%- do duckdb_refuse_damaged_files(raw_table) -%}
        {%- do duckdb_inspect_new_files(raw_table) -%}
        {%- do duckdb_lay_raw_view(raw_table) -%}
    {%- endfor -%}
{%- endmacro %}


{#- DuckDB lists files, not folders; a path that leads into the folder and back to a file every Unix has tells. -#}
{% macro duckdb__require_folder(folder) -%}
    {%- do duckdb_refuse_names(folder) -%}
    {%- set name = duckdb_file_name(folder) -%}
    {%- set looks = ["select 1 from glob('" ~ name ~ "/**') limit 1"] -%}
    {%- if duckdb_reach_is_limited() -%}
        {#- By an earlier run of the same process, which has looked into what it allowed. -#}
        {%- do looks.append(
            "select 1 where list_contains(current_setting('allowed_directories'), '" ~ folder | replace("'", "''") ~ "/')"
        ) -%}
    {%- elif '://' not in folder -%}
        {%- do looks.append("select 1 from glob('" ~ name ~ '/..' * 40 ~ "/etc/hosts')") -%}
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


{#- A file that DuckDB does not list, or whose name it cannot take, would be missing without a word. -#}
{% macro duckdb_refuse_names(folder) -%}
    {%- if duckdb_has_plugin('names_not_listed') and '://' not in folder -%}
        {%- set names = run_committed(
            "select unnest(names_not_listed('" ~ folder | replace("'", "''") ~ "')) as name"
        ).columns[0].values() -%}
        {%- do duckdb_stop_for_files("Names that are not UTF-8 or hold a backslash cannot be read. Rename these files", names) -%}
    {%- endif -%}
{%- endmacro %}


{#- Compressed files that are new are read to their end: DuckDB stops in a damaged one without its name, or does not see it. -#}
{% macro duckdb_refuse_damaged_files(raw_table) -%}
    {%- if duckdb_has_plugin('why_not_unpacked') and '://' not in landing_folder() -%}
        {%- set damaged = run_committed(
            "select source_file || ': ' || reason
            from (
                select source_file, why_not_unpacked(source_file) as reason
                from " ~ raw_input_relation('landing_files') ~ "
                where raw_table = '" ~ raw_table ~ "'
                    and regexp_matches(source_file, '(?i)\\.(gz|zst)$')
                    and (source_file, file_size, modified_at) not in (
                        select (source_file, file_size, modified_at) from " ~ raw_input_relation('inspected_files') ~ "
                        where raw_table = '" ~ raw_table ~ "'
                    )
            )
            where reason is not null
            order by source_file"
        ).columns[0].values() -%}
        {%- do duckdb_stop_for_files(
            "What is compressed cannot be unpacked. Send these files again, or take them out of the landing folder", damaged
        ) -%}
    {%- endif -%}
{%- endmacro %}


{#- Stops where there are files; the first twenty are named. -#}
{% macro duckdb_stop_for_files(what_to_do, files) -%}
    {%- if files -%}
        {{- exceptions.raise_compiler_error(
            what_to_do ~ ":\n  " ~ files[:20] | join("\n  ") ~ ("\n  and " ~ (files | length - 20) ~ " more" if files | length > 20)
        ) -}}
    {%- endif -%}
{%- endmacro %}


{#- The functions are those of the plugin landing_files, which a profile of somebody's own may lack. -#}
{% macro duckdb_has_plugin(function) -%}
    {{- return(run_committed("select 1 from duckdb_functions() where function_name = '" ~ function ~ "'").rows | length > 0) -}}
{%- endmacro %}


{#- The format of a file by its name, in SQL; NULL where files of that name are not read. -#}
{% macro duckdb_format_of(name) -%}
    case
        when regexp_matches({{ name }}, '(?i)\.(jsonl|ndjson|json)(\.(gz|zst))?$') then 'json'
        when regexp_matches({{ name }}, '(?i)\.(csv|tsv)(\.(gz|zst))?$') then 'csv'
        when regexp_matches({{ name }}, '(?i)\.parquet$') then 'parquet'
    end
{%- endmacro %}


{#-
  Records what lies in the landing folder: raw_input.landing_files has the files that are read, raw_input.skipped_files those that
  are not, with the reason.
-#}
{% macro duckdb_list_landing_files() -%}
    {%- do duckdb_list_files() -%}
    {#- A last line that had to wait is looked for again, also where the file has stayed as it was. -#}
    {%- do run_committed(
        "delete from " ~ raw_input_relation('inspected_files') ~ "
        where (raw_table, source_file) in (
            select (listed.raw_table, listed.source_file) from " ~ raw_input_relation('landing_files') ~ " as listed where listed.is_still_written
        )"
    ) -%}
    {%- do run_committed(
        "create or replace table " ~ raw_input_relation('landing_files') ~ " as
        select *, false as is_still_written from listed_files where format is not null"
    ) -%}
    {%- do run_committed(
        "create or replace table " ~ raw_input_relation('skipped_files') ~ " as
        select
            raw_table,
            source_file,
            file_size,
            case when raw_table in (" ~ quoted_words(raw_fields().keys()) ~ ") then 'unknown_format' else 'unknown_raw_table' end as reason
        from listed_files
        where format is null"
    ) -%}
    {%- for raw_table in raw_fields() -%}
        {%- set formats = run_committed(
            "select count(*) || ' ' || coalesce(format, 'other') from listed_files where raw_table = '" ~ raw_table ~ "' group by format order by format nulls last"
        ).columns[0].values() -%}
        {{- log("landing: " ~ raw_table ~ ": " ~ (formats | join(', ') if formats else 'no') ~ " files", info=true) -}}
    {%- endfor -%}
{%- endmacro %}


{#- What lies in the folder at this moment, in the temporary table listed_files. -#}
{% macro duckdb_list_files() -%}
    {%- set folder = duckdb_file_name(landing_folder()) -%}
    {%- set listed = [] -%}
    {%- for raw_table in raw_fields() -%}
        {%- do listed.append("select '" ~ raw_table ~ "' as raw_table, * from (" ~ duckdb_files_below(folder ~ "/" ~ raw_table) ~ ")") -%}
    {%- endfor -%}
    {%- do run_committed(
        "create or replace temporary table listed_files as
        select
            raw_table,
            filename as source_file,
            size as file_size,
            cast(last_modified as timestamp) as modified_at,
            " ~ duckdb_format_of('filename') ~ " as format
        from (" ~ listed | join(' union all ') ~ ")
        union all
        select split_part(substr(filename, " ~ (landing_folder() | length + 2) ~ "), '/', 1), filename, size, cast(last_modified as timestamp), null
        from (" ~ duckdb_files_below(folder) ~ ")
        where split_part(substr(filename, " ~ (landing_folder() | length + 2) ~ "), '/', 1) not in (" ~ quoted_words(raw_fields().keys()) ~ ")"
    ) -%}
{%- endmacro %}


{#-
  Query of the files below a folder, at any depth. `**` follows no link, and a pattern of one level after the other does: a file or a folder
  that is linked is read under the name of its link, down to the eighth folder.
-#}
{% macro duckdb_files_below(folder) -%}
    {%- set levels = ['/**'] -%}
    {%- for depth in range(1, 9) -%} {%- do levels.append('/*' * depth) -%} {%- endfor -%}
    {%- set looks = [] -%}
    {%- for level in levels -%}
        {%- do looks.append("select filename, size, last_modified from read_blob('" ~ folder ~ level ~ "')") -%}
    {%- endfor -%}
    {{- return(looks | join(' union ')) -}}
{%- endmacro %}


{#- The files below a folder that are found by following a link. -#}
{% macro duckdb_linked_files(folder) -%}
    {{- return(run_committed(
        "select filename from (" ~ duckdb_files_below(folder) ~ ")
        where filename not in (select unlinked.filename from read_blob('" ~ folder ~ "/**') as unlinked)
        order by filename"
    ).columns[0].values()) -}}
{%- endmacro %}


{#-
  Files that are in the facts and have left the folder are either a mistake, such as a folder that is not mounted, or to be forgotten: only
  a person knows. A whole run has nothing to forget.
-#}
{% macro refuse_removed_files() -%}
    {%- if 'model.llm_costs.run_files' in selected_resources and not run_is_whole() and var('removed_files') != 'forget' -%}
        {%- set removed = run_committed(
            "select loaded.source_file from " ~ run_state('loaded_files') ~ " as loaded
            anti join " ~ raw_input_relation('landing_files') ~ " as listed
                on loaded.raw_table = listed.raw_table and loaded.source_file = listed.source_file
            order by loaded.source_file"
        ).columns[0].values() -%}
        {%- if removed -%}
            {{- exceptions.raise_compiler_error(
                removed | length ~ " files that are in the facts have left the landing folder: " ~ removed[:10] | join(', ')
                ~ (", ..." if removed | length > 10) ~ ". Bring them back, or take their rows out with --vars '{removed_files: forget}'."
            ) -}}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#-
  The files that are fully in the facts: a file that was written to while the run read it, or that ends in the middle of a line, is new
  again for the next run.
-#}
{% macro duckdb_files_taken_in() -%}
    {%- if landing_folder() -%} {%- do duckdb_list_files() -%} {%- endif -%}
    select listed.raw_table, listed.source_file, listed.file_size, listed.modified_at
    from {{ raw_input_relation('landing_files') }} as listed
    where
        not listed.is_still_written
        {%- if landing_folder() %}
        and (listed.raw_table, listed.source_file, listed.file_size, listed.modified_at) in (
            select (now_listed.raw_table, now_listed.source_file, now_listed.file_size, now_listed.modified_at) from listed_files as now_listed
        )
        {%- endif -%}
{%- endmacro %}


{#- A path as a DuckDB literal without its quotes: a name, not a pattern. -#}
{% macro duckdb_file_name(path) -%}
    {{- return(modules.re.sub('([*?]|\\[)', '[\\1]', path) | replace("'", "''")) -}}
{%- endmacro %}


{% macro duckdb_path_list(paths) -%}
    {%- set names = [] -%}
    {%- for path in paths -%} {%- do names.append("'" ~ duckdb_file_name(path) ~ "'") -%} {%- endfor -%}
    {{- return('[' ~ names | join(', ') ~ ']') -}}
{%- endmacro %}
