-- rule:same_sha256, rule:same_fingerprint, rule:equal_outputs
-- Believes: an artifact that some run only read, and whose bytes (or whose rows, for data in memory) are those of another artifact, is that one under
--   a second id. The link has no direction: what is true of one copy is true of the other.
-- Because: nobody finds two contents with one SHA-256. A fingerprint is a SHA-256 over the values.
-- Not where: the content is empty or the digest cannot be one (10_relations.sql leaves those out); the same id was told with several digests;
--   both were produced. Several producers of the same content: ambiguous; at most 20 of them are listed.
-- rule:equal_outputs believes: two artifacts that were both produced, with the same bytes or rows, are equal, and no more than that: neither is the other,
--   and neither came from the other. Each is joined to the one that was produced last before it, so that the edges of a content that a thousand
--   runs write are a thousand and not a million.
-- takes  temp tables touched_uses, uses (all records of the artifacts that share a digest or name with what changed)
DELETE FROM store.rule_edges WHERE captured_by IN ('rule:same_sha256', 'rule:same_fingerprint', 'rule:equal_outputs') AND rule_key IN (SELECT digest FROM touched_uses);
INSERT INTO store.rule_edges
WITH known AS (
  SELECT artifact_id, digest, split_part(digest, ':', 1) AS algorithm, bool_or(role = 'produced') AS made_here, min(occurred_at) AS first_at, max(occurred_at) AS last_at
  FROM uses WHERE digest IS NOT NULL GROUP BY artifact_id, digest
), made AS (
  SELECT DISTINCT artifact_id FROM uses WHERE role = 'produced'
), counted AS (
  SELECT k.*, m.artifact_id IS NOT NULL AS made, count(*) OVER (PARTITION BY k.artifact_id, algorithm) AS digests FROM known k LEFT JOIN made m USING (artifact_id)
), placed AS (
  SELECT *, count(*) FILTER (made) OVER (PARTITION BY digest) AS makers,
         row_number() OVER (PARTITION BY digest ORDER BY made DESC, first_at NULLS LAST, artifact_id) AS place
  FROM counted WHERE digests = 1 AND digest IN (SELECT digest FROM touched_uses)
)
SELECT o.digest, 'same_content', o.artifact_id, 'artifact', c.artifact_id, 'artifact',
       CASE o.algorithm WHEN 'sha256' THEN 'rule:same_sha256' ELSE 'rule:same_fingerprint' END,
       'both have ' || o.digest, greatest(o.last_at, c.last_at), greatest(o.makers, 1)
FROM placed o JOIN placed c ON o.digest = c.digest AND o.artifact_id <> c.artifact_id
WHERE NOT c.made AND c.place > 1 AND CASE WHEN o.makers > 1 THEN o.made AND o.place <= 20 ELSE o.place = 1 END
UNION ALL
SELECT o.digest, 'equal_content', o.artifact_id, 'artifact', c.artifact_id, 'artifact', 'rule:equal_outputs',
       'both were produced, and have ' || o.digest, c.last_at, 1
FROM placed o JOIN placed c ON o.digest = c.digest AND c.place = o.place + 1
WHERE o.made AND c.made;
