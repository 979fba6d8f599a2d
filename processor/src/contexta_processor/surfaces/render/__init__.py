"""One result, many renderings: terminal table, TSV, CSV, JSON, Markdown."""
