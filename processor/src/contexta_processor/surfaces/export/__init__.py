"""Evidence on its way out of the product: canonical JSON Lines, Parquet, OTLP."""
