-- taints: which things are quarantined, or were found damaged, and not released since?
-- takes  nothing
-- gives  one row per thing: id, reason, by (who or what quarantined it), detail, confidence, occurred_at; the newest statement about it
-- order  id
SELECT id, reason, decided_by AS "by", detail, confidence, since AS occurred_at FROM taints ORDER BY id
