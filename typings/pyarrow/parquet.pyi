# pyarrow ships no types. To the checker everything in it is Any here, so that strict mode holds for our own code.
from typing import Any

def __getattr__(name: str) -> Any: ...
