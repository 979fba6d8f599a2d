-- count: what was removed at one time.
-- takes  $kind, $removed, $at (when)
-- gives  a row more in store.pruned
INSERT INTO store.pruned VALUES ($kind, $removed, $at);
