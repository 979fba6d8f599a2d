-- environments: which environments does anything told of deployments or promotions name, and since when?
-- takes  nothing
-- gives  one row per environment: environment, first_live_at (NULL: nothing was ever live there)
-- order  environment
SELECT n.environment, min(i.live_from) AS first_live_at
FROM (SELECT environment FROM deployments UNION SELECT to_environment FROM promotions) n
LEFT JOIN deployment_intervals i ON i.environment = n.environment
WHERE n.environment IS NOT NULL
GROUP BY n.environment
ORDER BY n.environment
