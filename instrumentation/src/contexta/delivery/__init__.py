"""Evidence on its way out: buffered, queued, encoded, sent or spooled. Knows nothing of scopes."""
