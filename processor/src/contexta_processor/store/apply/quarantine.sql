-- quarantine: one note; the same bytes set aside for the same reason are one row, as first received.
-- takes  the columns of quarantine as parameters, $received_at_ns in nanoseconds
-- gives  nothing; a row more in quarantine, or none
INSERT INTO quarantine
SELECT make_timestamp_ns($received_at_ns), $signal, $reason, $detail, $size_bytes, $path, $sha256, $item_count, $run_ids, $rejected, 'processor', 'direct'
WHERE NOT EXISTS (SELECT 1 FROM quarantine q WHERE q.sha256 = $sha256 AND q.reason = $reason AND q.signal = $signal);
