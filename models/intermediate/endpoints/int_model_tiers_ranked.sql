-- grain: one row a model tier with its rank: a higher rank is a dearer, more capable tier
select
    model_tier,
    min(tier_rank) as tier_rank
from {{ ref('stg_reference__model_tiers') }}
where
    model_tier is not null
    and tier_rank is not null
group by model_tier
