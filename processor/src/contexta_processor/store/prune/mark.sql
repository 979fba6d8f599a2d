-- mark: what was removed since ever is said, as degraded markers that belong to no run.
-- takes  nothing
-- gives  one marker for each kind
DELETE FROM store.processor_markers WHERE reason = 'unclaimed_pruned';
INSERT INTO store.processor_markers
SELECT NULL, NULL, kind, 'unclaimed_pruned', 'retention', 'info', sum(rows_removed) || ' ' || kind || ' that belong to no run were removed',
       'the journal still has them; contexta serve --keep-unclaimed-days keeps them longer', NULL, sum(rows_removed), max(pruned_at)
FROM store.pruned GROUP BY kind;
