# ptars ships no types for the handlers it makes in Rust: they are Any here.
from collections.abc import Sequence
from typing import Any

from google.protobuf.descriptor import Descriptor, FileDescriptor

class HandlerPool:
    def __init__(self, file_descriptors: Sequence[FileDescriptor]) -> None: ...
    def get_for_message(self, descriptor: Descriptor) -> Any: ...
