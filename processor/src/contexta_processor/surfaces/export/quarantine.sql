-- export/quarantine: what was set aside, without when and where (bookkeeping of one store).
-- takes  $everything  all of it
--        $runs        run ids: what names one of them
-- gives  signal, reason, detail, size_bytes, sha256, item_count, run_ids, captured_by, confidence;
--        the same bytes set aside for the same reason once, however often they came
-- order  none: the exporter orders rows by what it writes
SELECT DISTINCT * EXCLUDE (received_at, path)
FROM quarantine
WHERE $everything OR list_has_any(run_ids, $runs::VARCHAR[])
