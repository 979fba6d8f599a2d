# Where duckdb's own types say that its Arrow results come from.
from typing import Any

def __getattr__(name: str) -> Any: ...
