{#-
  Every variable of the project, one line each: what may stand in it. The checks before a run, the record of its settings and the test
  that holds this list and dbt_project.yml together read it, so a new variable is a line here and one there.
    kind       moment      a time, empty for none
               folder      empty for none; `folders` a list of them
               identifier  a name, empty for none
               word        one of `of`
               words       a list of one or more
               definition  of the seed outcome_definitions
               whole       a whole number `from` .. `to`; `number` any number `from` .. `to`; `share` a number 0 .. 1
               names       a list of words, empty for none
               switch      true or false; `switches` a list of words that are true, or words with true or false
               caps        a whole number `from` .. `to`, or one an endpoint and a default; null for none
                   (history_cap_tokens also one a tier of models, `model_tier:economy`, and a plan, `plan:starter`)
    recorded   false where no number depends on it, so that the record of a run leaves it out
-#}
{% macro settings() -%}
    {%- set listed = {
        'as_of': {'kind': 'moment'},
        'landing': {'kind': 'folder'},
        'removed_files': {'kind': 'word', 'of': ['refuse', 'forget']},
        'more_directories': {'kind': 'folders', 'recorded': false},
        'outcome_definition': {'kind': 'definition'},
        'lookback_days_without_ingested_at': {'kind': 'whole', 'from': 0, 'to': 3660},
        'cost_basis': {'kind': 'word', 'of': ['reported_first', 'priced_first']},
        'service_tiers': {'kind': 'words', 'such_as': '[standard, batch]'},
        'reportable_data_modes': {'kind': 'words', 'such_as': '[real]'},
        'reportable_environments': {'kind': 'words', 'such_as': '[prod, production]'},
        'regression_window_days': {'kind': 'whole', 'from': 1, 'to': 366},
        'regression_min_units': {'kind': 'whole', 'from': 1, 'to': 1000000},
        'regression_min_stratum_units': {'kind': 'whole', 'from': 1, 'to': 1000000},
        'regression_min_lift': {'kind': 'number', 'from': 0, 'to': 100},
        'regression_min_extra_usd': {'kind': 'number', 'from': 0, 'to': 1000000000},
        'regression_max_q_value': {'kind': 'share'},
        'burst_baseline_days': {'kind': 'whole', 'from': 1, 'to': 366},
        'burst_min_requests': {'kind': 'whole', 'from': 1, 'to': 1000000000},
        'burst_min_retries': {'kind': 'whole', 'from': 1, 'to': 1000000000},
        'burst_min_ratio': {'kind': 'number', 'from': 1, 'to': 1000},
        'burst_min_failure_rise': {'kind': 'share'},
        'history_cap_tokens': {'kind': 'caps', 'from': 1, 'to': 1000000000},
        'history_summary_tokens': {'kind': 'whole', 'from': 0, 'to': 1000000000},
        'throttle_user_calls': {'kind': 'caps', 'from': 0, 'to': 1000000000},
        'throttle_user_tokens': {'kind': 'caps', 'from': 0, 'to': 1000000000000},
        'throttle_endpoint_calls': {'kind': 'caps', 'from': 0, 'to': 1000000000},
        'throttle_endpoint_tokens': {'kind': 'caps', 'from': 0, 'to': 1000000000000},
        'remedy_max_retries': {'kind': 'whole', 'from': 0, 'to': 1000000},
        'remedy_min_cases': {'kind': 'whole', 'from': 2, 'to': 1000000},
        'remedy_max_success_loss': {'kind': 'share'},
        'remedy_max_csat_loss': {'kind': 'number', 'from': 0, 'to': 100},
        'retrieval_min_requests': {'kind': 'whole', 'from': 1, 'to': 1000000000},
        'retrieval_min_tokens_lift': {'kind': 'number', 'from': 0, 'to': 100},
        'retrieval_min_hit_rate_fall': {'kind': 'share'},
        'stage_request_limit': {'kind': 'whole', 'from': 1, 'to': 1000000},
        'stage_retry_limit': {'kind': 'whole', 'from': 0, 'to': 1000000},
        'budget_warning_share': {'kind': 'share'},
        'budget_alert_forecast_share': {'kind': 'number', 'from': 1, 'to': 100},
        'input_excludes_cache': {'kind': 'switches'},
        'free_providers': {'kind': 'names'},
        'reported_cost_includes_fees': {'kind': 'switch'},
    } -%}
    {%- for raw_table in raw_fields() -%}
        {%- for part in ['identifier', 'schema', 'database'] -%}
            {%- do listed.update({raw_table ~ '_' ~ part: {'kind': 'identifier'}}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(listed) -}}
{%- endmacro %}


{#- Variables that cannot be meant stop a run before it starts, all of them at once, with a message that says what to set. -#}
{% macro check_variables() -%}
    {%- set wrong = unknown_variables() -%}
    {%- for name, rule in settings().items() -%}
        {%- set value = var(name, '') -%}
        {%- set expected = expected_of(value, rule) -%}
        {%- if expected -%}
            {%- do wrong.append("The variable " ~ name ~ " is " ~ (value if value != '' else 'empty') ~ "; set " ~ expected ~ ".") -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if wrong -%} {{- exceptions.raise_compiler_error(wrong | join("\n")) -}} {%- endif -%}
    {%- do warn_of_unknown_endpoints() -%}
    {%- for folder_variable in [landing_folder()] if folder_variable -%}
        {%- do adapter.dispatch('require_folder', 'llm_costs')(folder_variable) -%}
    {%- endfor -%}
{%- endmacro %}


{#- What a variable is to hold, where it holds something else; else nothing. A number may stand in quotes: SQL is text. -#}
{% macro expected_of(value, rule) -%}
    {%- set kind = rule.kind -%}
    {%- set is_list = value is iterable and value is not string and value is not mapping -%}
    {%- if kind == 'moment' -%} {{- return(expected_moment(value)) -}}
    {%- elif kind == 'definition' -%} {{- return(expected_definition(value)) -}}
    {%- elif kind == 'whole' -%}
        {{- return('' if is_whole(value, rule) else 'a whole number from ' ~ rule.from ~ ' to ' ~ rule.to) -}}
    {%- elif kind in ['number', 'share'] -%}
        {%- set from, to = (0, 1) if kind == 'share' else (rule.from, rule.to) -%}
        {%- set is_number = modules.re.fullmatch('-?[0-9]{1,12}([.][0-9]{1,20})?(e[+-]?[0-9]{1,2})?', value ~ '') -%}
        {{- return('' if is_number and from <= value | float <= to else 'a number from ' ~ from ~ ' to ' ~ to) -}}
    {%- elif kind == 'word' -%}
        {{- return('' if value is string and value in rule.of else rule.of | join(' or ')) -}}
    {%- elif kind == 'words' -%}
        {{- return('' if is_list and value and are_texts(value) else 'a list with at least one word, e.g. ' ~ rule.such_as) -}}
    {%- elif kind == 'folders' -%}
        {{- return('' if is_list and are_texts(value) else 'a list of folders, e.g. [/data/shared], or []') -}}
    {%- elif kind in ['folder', 'identifier'] -%}
        {%- set is_text = value is none or value == '' or are_texts([value]) -%}
        {{- return('' if is_text else 'one folder' if kind == 'folder' else 'one name, in quotes') -}}
    {%- elif kind == 'names' -%}
        {{- return('' if is_list and are_texts(value) else 'a list of words, or []') -}}
    {%- elif kind == 'switch' -%} {{- return('' if value is boolean else 'true or false') -}}
    {%- elif kind == 'switches' -%}
        {%- set are_switches = value is mapping and are_texts(value.keys() | list)
            and value.values() | reject('boolean') | list | length == 0 -%}
        {{- return('' if are_switches or is_list and are_texts(value)
            else 'a list of words, e.g. [anthropic], or words with true or false, e.g. {anthropic: true, litellm: false}') -}}
    {%- elif kind == 'caps' -%}
        {%- set right = [] -%}
        {%- for tag, cap in (value if value is mapping else {'default': value}).items()
            if tag is string and (cap is none or is_whole(cap, rule)) -%}
            {%- do right.append(tag) -%}
        {%- endfor -%}
        {{- return(
            '' if right | length == (value | length if value is mapping else 1)
            else 'a whole number from ' ~ rule.from ~ ' to ' ~ rule.to
            ~ ', null, or one of these for each endpoint and for default, e.g. {default: 8000, support.reply: null}'
        ) -}}
    {%- else -%} {{- exceptions.raise_compiler_error("No variable is of the kind " ~ kind ~ ".") -}}
    {%- endif -%}
{%- endmacro %}


{% macro is_whole(value, rule) -%}
    {{- return(modules.re.fullmatch('-?[0-9]{1,12}', value ~ '') is not none and rule.from <= value | int <= rule.to) -}}
{%- endmacro %}


{% macro are_texts(values) -%}
    {{- return(values | select('string') | map('trim') | select | list | length == values | length) -}}
{%- endmacro %}


{#- Text that reads as a time of this century; YAML makes times of text by itself. -#}
{% macro expected_moment(value) -%}
    {%- set text = value ~ '' -%}
    {#- Engines take a year alone for a time, and any number of hours for an offset. -#}
    {%- set reads_as_one = modules.re.match('[0-9]{4}-[0-9]{2}-[0-9]{2}', text)
        and not modules.re.search('[+-](1[5-9]|[2-9][0-9])(:?[0-9]{2})?$', text[10:]) -%}
    {%- set is_moment = value is none or text == '' or (reads_as_one and run_committed(
        "select 1 where " ~ to_timestamp("'" ~ text | replace("'", "''") ~ "'")
        ~ " between timestamp '2000-01-01 00:00:00' and timestamp '2100-01-01 00:00:00'"
    ).rows) -%}
    {{- return('' if is_moment else "a time from 2000 to 2100, e.g. '2026-09-30' or '2026-09-30T18:00:00+02:00', or leave it empty") -}}
{%- endmacro %}


{#- Of a definition the file of the seed knows; where it is not ours, int_outcome_definition stops by itself. -#}
{% macro expected_definition(value) -%}
    {%- set rows = reference_rows('outcome_definitions', ['definition_id', 'version']) -%}
    {%- set known = [] -%}
    {%- for row in rows -%} {%- do known.extend([row[0] ~ '_v' ~ row[1], row[0]]) -%} {%- endfor -%}
    {%- if not are_texts([value]) -%} {{- return('the name of an outcome definition') -}}
    {%- elif known and value not in known and value in retired_definitions() -%}
        {{- return("version 2 of it, " ~ value[:-1] ~ "2: version 1 is retired, because its rules gave the bot credit for what it did not do") -}}
    {%- elif known and value not in known -%}
        {{- return(
            'a definition_id or <definition_id>_v<version> of the seed outcome_definitions; the nearest is '
            ~ nearest_of(value, known | unique | list)
        ) -}}
    {%- endif -%}
    {{- return('') -}}
{%- endmacro %}


{#-
  A cap of an endpoint that the taxonomy lacks may be meant for tags that are not registered, or be misspelt; so one of a tier or a plan that
  no reference names.
-#}
{% macro warn_of_unknown_endpoints() -%}
    {%- for variable, rule in settings().items() if rule.kind == 'caps' and var(variable) is mapping -%}
        {%- set places = {
            'endpoint': ('endpoint_taxonomy', 'canonical_tag', 'canonical tag', "It caps no other endpoint's "
                ~ ('threads' if variable == 'history_cap_tokens' else 'calls') ~ '.'),
        } -%}
        {%- if variable == 'history_cap_tokens' -%}
            {%- do places.update({
                'model_tier': ('model_tiers', 'model_tier', 'tier', 'It caps no thread.'),
                'plan': ('tenants', 'plan_id', 'plan', 'It caps no thread.'),
            }) -%}
        {%- endif -%}
        {%- for kind, (seed, column, meaning, consequence) in places.items() -%}
            {%- set caps = history_caps()[kind] if variable == 'history_cap_tokens' else var(variable) -%}
            {%- set known = reference_rows(seed, [column]) | map(attribute=0) | select | unique | list if caps else [] -%}
            {%- for name in caps if known and name != 'default' and name not in known -%}
                {%- do exceptions.warn(
                    variable ~ " sets a cap for '" ~ name ~ "', which is no " ~ meaning ~ " of the seed " ~ seed ~ "; the nearest is "
                    ~ nearest_of(name, known) ~ ". " ~ consequence
                ) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro %}


{#-
  Names that are not ours, each with the nearest that is. Of this project alone every name is; of a project that installs it, what
  stands under `llm_costs:` is, and on the command line what is all but one of ours and no variable of the project's own.
-#}
{% macro unknown_variables() -%}
    {%- set known = settings().keys() | list -%}
    {%- set file = variables_of_the_project() -%}
    {%- set of_the_file = {} -%}
    {%- set of_the_command = {} -%}
    {%- do of_the_file.update(file.get('llm_costs') or {}) -%}
    {%- if project_name == 'llm_costs' -%}
        {%- do of_the_command.update(invocation_args_dict.vars) -%}
        {%- for name, value in file.items() if not (value is mapping and (name == 'llm_costs' or is_package(name))) -%}
            {%- do of_the_file.update({name: value}) -%}
        {%- endfor -%}
    {%- else -%}
        {%- for name in invocation_args_dict.vars if name not in file and (name == 'llm_costs' or is_near(name, known)) -%}
            {%- do of_the_command.update({name: ''}) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set wrong = [] -%}
    {%- for place, found in {'on the command line': of_the_command, 'in dbt_project.yml': of_the_file}.items() -%}
        {%- for name in found if name not in known -%}
            {%- if name == 'llm_costs' -%}
                {%- do wrong.append("On the command line variables stand by themselves, e.g. --vars '{as_of: ...}', not under llm_costs.") -%}
            {%- else -%}
                {%- do wrong.append("There is no variable " ~ name ~ " (set " ~ place ~ "); the nearest is " ~ nearest_of(name, known) ~ ".") -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(wrong) -}}
{%- endmacro %}


{#- Variables under a package's name are that package's. -#}
{% macro is_package(name) -%}
    {{- return(name in graph.nodes.values() | map(attribute='package_name') or adapter.dispatch('has_package', 'llm_costs')(name)) -}}
{%- endmacro %}


{#- The nearest of some names to one that is none of them. -#}
{% macro nearest_of(name, names) -%}
    {%- set rows = [] -%}
    {%- for listed in names -%} {%- do rows.append("select '" ~ listed | replace("'", "''") ~ "' as name") -%} {%- endfor -%}
    {%- set likeness = adapter.dispatch('likeness', 'llm_costs')('name', "'" ~ name | string | lower | replace("'", "''") ~ "'") -%}
    {{- return(run_committed(
        "select name from (" ~ rows | join(" union all ") ~ ") as names order by " ~ likeness ~ " desc, name limit 1"
    ).rows[0][0]) -}}
{%- endmacro %}


{#- Whether a name is one of some names but for a slip of the pen. -#}
{% macro is_near(name, names) -%}
    {%- set nearest = nearest_of(name, names) -%}
    {{- return(nearest != name and run_committed(
        "select levenshtein('" ~ name | string | lower | replace("'", "''") ~ "', '" ~ nearest ~ "')"
    ).rows[0][0] <= 2) -}}
{%- endmacro %}


{#- How alike two names are: their letters, beginnings most, and how many of them are others. -#}
{% macro default__likeness(name, other) -%}
    (jaro_winkler_similarity({{ name }}, {{ other }}) - levenshtein({{ name }}, {{ other }}) / greatest(length({{ name }}), length({{ other }})))
{%- endmacro %}
{% macro spark__likeness(name, other) -%} -levenshtein({{ name }}, {{ other }}) {%- endmacro %}


{#- The folder of the project that dbt runs. -#}
{% macro project_folder() -%} {{- return(invocation_args_dict.project_dir or '.') -}} {%- endmacro %}


{#- The variables of dbt_project.yml, which Jinja can ask one by one and cannot list. -#}
{% macro variables_of_the_project() -%} {{- return(adapter.dispatch('variables_of_the_project', 'llm_costs')()) -}} {%- endmacro %}
{% macro default__variables_of_the_project() -%}
    {%- set file = (project_folder() ~ '/dbt_project.yml') | replace("'", "''") -%}
    {%- set text = run_committed("select content from read_text('" ~ file ~ "')").rows[0][0] -%}
    {{- return(fromyaml(text).get('vars') or {}) -}}
{%- endmacro %}
{#- Spark's files may be another machine's. -#}
{% macro spark__variables_of_the_project() -%} {{- return({}) -}} {%- endmacro %}


{#- A package that has macros alone is known by its folder. -#}
{% macro default__has_package(name) -%}
    {%- set file = (project_folder() ~ '/dbt_packages/' ~ name ~ '/dbt_project.yml') | replace("'", "''") -%}
    {{- return(run_committed("select 1 from glob('" ~ file ~ "')").rows | length > 0) -}}
{%- endmacro %}
{% macro spark__has_package(name) -%} {{- return(false) -}} {%- endmacro %}


{#- The rows of a reference seed of ours as its file has them, before it is loaded; none where another table has its place. -#}
{% macro reference_rows(seed, columns) -%}
    {%- set node = graph.nodes.get('seed.llm_costs.' ~ seed) -%}
    {{- return(adapter.dispatch('seed_rows', 'llm_costs')(node, columns) if node else []) -}}
{%- endmacro %}
{% macro default__seed_rows(node, columns) -%}
    {%- set rows = " from read_csv('" ~ (node.root_path ~ '/' ~ node.original_file_path) | replace("'", "''")
        ~ "', header = true, all_varchar = true, delim = ',', quote = '\"', ignore_errors = true)" -%}
    {#- A file that is no such seed is told so where it is loaded. -#}
    {%- set present = run_committed("describe select *" ~ rows).columns[0].values() -%}
    {%- set missing = columns | reject('in', present) | list -%}
    {{- return([] if missing else run_committed("select " ~ columns | join(', ') ~ rows).rows) -}}
{%- endmacro %}
{% macro spark__seed_rows(node, columns) -%} {{- return([]) -}} {%- endmacro %}


{#-
  What each run was built with, so that a number can be explained when the settings have long been others: one row a run and setting,
  only ever added to. Defaults are written out. What a run has left out (identifiers of tables that it does not read) has no row.
-#}
{% macro create_run_settings() -%}
    {%- set text = type_text() -%}
    {%- do run_committed(
        "create table if not exists " ~ run_state('run_settings')
        ~ " (run_id " ~ text ~ ", started_at timestamp, setting " ~ text ~ ", setting_value " ~ text ~ ")"
    ) -%}
{%- endmacro %}


{% macro record_settings(values) -%}
    {%- set rows = [] -%}
    {%- for setting, value in values.items() -%}
        {%- set is_json = value is boolean or value is mapping or (value is iterable and value is not string) -%}
        {%- set written = tojson(value, sort_keys=true) if is_json else value ~ '' -%}
        {%- set literal = 'null' if value is none else "'" ~ written | replace("'", "''") ~ "'" -%}
        {%- do rows.append("('" ~ invocation_id ~ "', timestamp '" ~ run_started_at.strftime('%Y-%m-%d %H:%M:%S.%f') ~ "', '"
            ~ setting ~ "', cast(" ~ literal ~ " as " ~ type_text() ~ "))") -%}
    {%- endfor -%}
    {%- do run_committed("insert into " ~ run_state('run_settings') ~ " values " ~ rows | join(', ')) -%}
{%- endmacro %}


{#- A run that builds no model of ours leaves nothing that would have to be explained. -#}
{% macro record_settings_of_the_run() -%}
    {%- set ours = [] -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.package_name == 'llm_costs' -%}
        {%- do ours.append(node.unique_id) -%}
    {%- endfor -%}
    {%- set selected = ours | select('in', selected_resources) | list -%}
    {%- if selected -%}
        {%- set values = {} -%}
        {%- for name, rule in settings().items() if rule.recorded is not defined or rule.recorded -%}
            {%- set value = landing_folder() if name == 'landing' else var(name, '') -%}
            {%- if value or rule.kind != 'identifier' -%} {%- do values.update({name: value}) -%} {%- endif -%}
        {%- endfor -%}
        {%- do values.update({
            'project_version': project_version(),
            'state_version': state_version() | trim,
            'raw_identifiers': identifier_setting(),
            'dbt_version': dbt_version,
            'engine': target.type ~ ' ' ~ run_committed("select version()").rows[0][0],
            'commit': adapter.dispatch('commit_of', 'llm_costs')(project_folder()),
            'run_is_whole': run_is_whole(),
            'models_selected': selected | length ~ ' of ' ~ ours | length,
        }) -%}
        {%- do record_settings(values) -%}
    {%- endif -%}
{%- endmacro %}


{#- Of this project, also where it is installed as a package: Jinja knows no version. -#}
{% macro project_version() -%} {{- return('0.1.0') -}} {%- endmacro %}


{#- The commit of a clone, read where git writes it; none where the folder is no clone of its own. -#}
{% macro default__commit_of(folder) -%}
    {%- set git = folder | replace("'", "''") ~ '/.git/' -%}
    {%- set head = duckdb_text_of(git ~ 'HEAD') -%}
    {%- set branch = head.removeprefix('ref:').strip() -%}
    {%- if not head.startswith('ref:') -%} {{- return(branch or none) -}} {%- endif -%}
    {%- for line in (duckdb_text_of(git ~ branch) ~ ' ' ~ branch ~ '\n' ~ duckdb_text_of(git ~ 'packed-refs')).splitlines()
        if line.endswith(' ' ~ branch) and line.split(' ')[0] -%}
        {{- return(line.split(' ')[0]) -}}
    {%- endfor -%}
    {{- return(none) -}}
{%- endmacro %}
{% macro spark__commit_of(folder) -%} {{- return(none) -}} {%- endmacro %}


{#- A small file, or nothing where there is none. -#}
{% macro duckdb_text_of(path) -%}
    {%- set found = run_committed("select 1 from glob('" ~ path ~ "')").rows -%}
    {{- return(run_committed("select content from read_text('" ~ path ~ "')").rows[0][0] | trim if found else '') -}}
{%- endmacro %}
