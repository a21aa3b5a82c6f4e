-- Which prompt releases are to be held, and what do they cost?
-- grain: one row an endpoint, version and metric that is held
select
    endpoint_tag,
    prompt_version,
    baseline_version,
    metric,
    units,
    adjusted_lift,
    main_driver,
    extra_usd,
    verdict,
    gate
from {{ ref('prompt_version_regression') }}
where gate = 'hold'
order by
    extra_usd desc nulls last,
    endpoint_tag asc,
    prompt_version asc,
    metric asc
