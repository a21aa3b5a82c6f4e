-- query: releases
-- Released in the four weeks before the week's end, the window in which a release is judged, on endpoints that have calls. What no
-- release names was released when it was seen first.
select
    releases.endpoint_tag, endpoints.use_case, releases.prompt_version, releases.baseline_version, releases.released_at,
    coalesce(releases.owner, endpoints.owner) as owner, results.baseline_value, results.value, results.adjusted_lift,
    results.adjusted_ci_low, results.adjusted_ci_high, results.units, results.baseline_units, results.extra_usd,
    results.main_driver, results.verdict, results.gate, results.min_lift, releases.released_at >= $week as is_of_the_week,
    releases.is_registered, releases.first_seen_at is not null as has_calls,
    exists (
        select 1 from dim_prompt_releases as later
        where
            later.endpoint_tag = releases.endpoint_tag and later.is_registered and later.first_seen_at is not null
            and later.released_at > releases.released_at and later.released_at < $week_end
    ) as is_replaced
from dim_prompt_releases as releases
inner join prompt_version_regression as results
    on releases.endpoint_tag = results.endpoint_tag and releases.prompt_version = results.prompt_version
left join dim_endpoints as endpoints on releases.endpoint_tag = endpoints.endpoint_tag
where
    results.metric = 'cost_per_request' and releases.baseline_version is not null
    and exists (select 1 from endpoint_economics as calls where calls.endpoint_tag = releases.endpoint_tag)
    and releases.released_at < $week_end and releases.released_at >= $week - interval 28 day
order by releases.is_registered desc, releases.released_at desc, releases.endpoint_tag, releases.prompt_version
limit 8
