-- touch references: '' for what no run tells, where metrics of production say what they are measured against.
-- takes  temp view staged, holding metrics
INSERT INTO store.dirty_runs SELECT DISTINCT '' FROM staged WHERE run_id IS NULL AND reference <> '';
