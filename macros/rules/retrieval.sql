{#- The sums of int_retrieval_days that its readers add up. -#}
{% macro retrieval_counts() -%}
    {{- return([
        'attempts', 'unpriced_attempts', 'requests', 'token_requests', 'input_tokens', 'top_k_requests', 'top_k',
        'chunk_requests', 'chunks', 'hit_requests', 'hits'
    ]) -}}
{%- endmacro %}


{#-
  Whether retrieval drifts, first match wins (DECISIONS.md, "Retrieval drift"). More chunks that find less: either alone is
  no finding, because a longer answer may be worth it, and a lower hit rate has its own owner.
-#}
{% macro retrieval_verdict() -%}
    case
        when
            requests_with_evidence < {{ var('retrieval_min_requests') }}
            or coalesce(baseline_requests_with_evidence, 0) < {{ var('retrieval_min_requests') }}
            or input_tokens_lift is null
            or hit_rate_change is null then 'insufficient_data'
        when
            input_tokens_lift >= {{ var('retrieval_min_tokens_lift') }}
            and hit_rate_change <= -{{ var('retrieval_min_hit_rate_fall') }} then 'drift'
        else 'no_drift'
    end
{%- endmacro %}
