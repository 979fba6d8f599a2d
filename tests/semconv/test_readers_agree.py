"""The processor reads an attribute as the type the registry gives it."""

import pytest

from contexta_processor.reconstruct.fields import FIELDS_OF, SPAN, Field, Kind
from contexta_semconv import types

READ_AS = {
    "string": Kind.STRING,
    "int": Kind.INT,
    "double": Kind.DOUBLE,
    "boolean": Kind.BOOL,
    "string[]": Kind.STRINGS,
}
FIELDS = sorted({field for fields in (SPAN, *FIELDS_OF.values()) for field in fields}, key=repr)


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.key)
def test_column_has_the_registered_type(field: Field):
    """No column coerces a value to something else than the wire says it is."""
    assert READ_AS[types.ATTRIBUTE_TYPES[field.key]] is field.kind
