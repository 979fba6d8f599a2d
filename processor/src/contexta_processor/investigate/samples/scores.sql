-- samples/scores: which scores do a run's samples have, and which direction is declared for each?
-- takes  $run_id
-- gives  one row per score: name, samples (how many have it), not_a_number, here and elsewhere (lists of the different directions,
--        higher_is_better, declared by metrics of this name in the run, and in other runs of its project)
-- order  name
WITH told AS (
  SELECT score_name AS name, value FROM sample_scores WHERE run_id = $run_id
  UNION ALL
  SELECT name, value FROM metrics WHERE run_id = $run_id AND scope = 'sample' AND sample_id IS NOT NULL
), named AS (
  SELECT name, count(value) AS samples, count(*) FILTER (isnan(value)) AS not_a_number FROM told GROUP BY name
), declared AS (
  SELECT m.name, list(DISTINCT m.higher_is_better) FILTER (m.run_id = $run_id) AS here, list(DISTINCT m.higher_is_better) FILTER (m.run_id <> $run_id) AS elsewhere
  FROM metrics m
  WHERE m.higher_is_better IS NOT NULL AND m.name IN (SELECT name FROM named)
    AND (m.run_id = $run_id OR m.run_id IN (SELECT o.run_id FROM runs o JOIN runs r ON r.project = o.project WHERE r.run_id = $run_id))
  GROUP BY m.name
)
SELECT n.name, n.samples, n.not_a_number, coalesce(d.here, []) AS here, coalesce(d.elsewhere, []) AS elsewhere
FROM named n LEFT JOIN declared d USING (name)
ORDER BY n.name
