-- taints: which things are quarantined, or were found damaged, and not released since?
-- takes  nothing
-- gives  one row per thing: id, reason, by (who or what quarantined it), detail, confidence, occurred_at; the newest statement about it
-- order  id
SELECT id, reason, "by", detail, confidence, occurred_at FROM store.taints WHERE place = 1 ORDER BY id
