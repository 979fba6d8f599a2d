-- sandbox/tables: what can be queried?
-- takes  nothing
-- gives  table, comment, columns (name, type and comment of each, in their order)
-- order  table
SELECT t.table_name AS "table", t.comment,
       list({'name': c.column_name, 'type': c.data_type, 'comment': c.comment} ORDER BY c.column_index) AS columns
FROM (SELECT table_oid AS oid, table_name, comment FROM duckdb_tables() WHERE schema_name = 'main' AND NOT internal
      UNION ALL
      SELECT view_oid, view_name, comment FROM duckdb_views() WHERE schema_name = 'main' AND NOT internal) t
JOIN duckdb_columns() c ON c.table_oid = t.oid AND c.table_name = t.table_name AND c.schema_name = 'main'
GROUP BY t.table_name, t.comment
ORDER BY t.table_name
