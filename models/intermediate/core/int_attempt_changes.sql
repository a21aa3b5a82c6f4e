-- grain: one row a change of what is known of attempts: a version of one came (sign 1) or was replaced (sign -1)
{%- set columns = [
    'request_id', 'request_date', 'is_reportable', 'use_case', 'endpoint_tag', 'prompt_version', 'model', 'tenant_id', 'intent',
    'workflow_id', 'source_system', 'status', 'input_tokens', 'output_tokens', 'cost_source', 'cost_usd'
] %}
select
    {{ columns | join(', ') }},
    known_on,
    1 as sign
from {{ ref('int_attempts_costed') }}

union all

select
    {{ columns | join(', ') }},
    known_on,
    1 as sign
from {{ ref('int_attempts_replaced') }}

union all

select
    {{ columns | join(', ') }},
    replaced_on as known_on,
    -1 as sign
from {{ ref('int_attempts_replaced') }}
