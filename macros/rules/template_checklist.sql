{#-
  The items of the template quality checklist (DECISIONS.md, "Template checklist"), in its order, each with the dimension of
  attribution_coverage that judges it and the statuses that are whole; every other one is a gap, also one that is new. An item without
  a dimension is judged by template_checklist itself. Traffic that is labelled as test is labelled, so it is no gap.
-#}
{% macro template_items() -%}
    {{- return({
        'endpoint_tag': {'dimension': 'endpoint_tag', 'whole': ['known']},
        'prompt_version': {'dimension': 'prompt_version', 'whole': ['known']},
        'tenant': {'dimension': 'tenant', 'whole': ['known']},
        'request_id': {'dimension': 'request_id', 'whole': ['known']},
        'budget': {'dimension': 'use_case_budget', 'whole': ['known']},
        'owner': {'dimension': none, 'whole': ['known']},
        'escalation_path': {'dimension': none, 'whole': ['known']},
        'price': {'dimension': 'cost', 'whole': ['reported', 'priced', 'cache_hit']},
        'usage_source': {'dimension': 'usage', 'whole': ['provider', 'cache_hit']},
        'data_mode': {'dimension': 'scope', 'whole': ['reportable', 'not_real', 'not_production']},
        'outcome': {'dimension': none, 'whole': ['known']},
    }) -}}
{%- endmacro %}


{#- Items of which a call without a known tag lacks all at once: one gap, and not four. -#}
{% macro items_by_tag() -%} {{- return(['budget', 'owner', 'escalation_path']) -}} {%- endmacro %}


{#- What every status of an item is added up by, and what is added up. -#}
{% macro template_item_columns() -%}
    {{- return(['week_start', 'use_case', 'attempts', 'unpriced_attempts', 'tokens', 'cost_usd']) -}}
{%- endmacro %}
