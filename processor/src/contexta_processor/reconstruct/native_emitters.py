"""Who emitted an item: its resource and scope, unfolded from the nested batch of the native decoder."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contexta_processor.reconstruct.columns import SCHEMAS
from contexta_processor.reconstruct.resources import ResourceRow, resource_row, scope_name_version


@dataclass
class Emitters:
    """Resource and scope of every item (span or log record), as columns aligned with `items`."""

    items: pa.StructArray
    resources: list[ResourceRow]
    columns: dict[str, pa.Array]

    @classmethod
    def of(cls, batch: pa.RecordBatch) -> "Emitters":
        """Unfold requests → resources → scopes → items."""
        resources = batch.column(0).flatten()
        scope_lists = resources.field("scopes")
        scopes = scope_lists.flatten()
        resource_of_scope: list[int] = pc.list_parent_indices(scope_lists).to_pylist()
        item_lists = scopes.field("items")
        scope_of_item = pa.array(np.asarray(pc.list_parent_indices(item_lists)).astype(np.int64))

        rows: list[ResourceRow] = [
            resource_row(item) for item in resources.field("resource").to_pylist()
        ]
        named = [scope_name_version(item) for item in scopes.field("scope").to_pylist()]
        resource_urls = resources.field("schema_url").to_pylist()
        scope_urls = scopes.field("schema_url").to_pylist()
        per_scope = {
            "resource_id": pa.array([rows[i].resource_id for i in resource_of_scope], pa.uint64()),
            "resource_deployment": pa.array(
                [rows[i].deployment_id for i in resource_of_scope], pa.string()
            ),
            "scope_name": pa.array([name for name, _ in named], pa.string()),
            "scope_version": pa.array([version for _, version in named], pa.string()),
            "schema_url": pa.array(
                [
                    url or resource_urls[i] or None
                    for url, i in zip(scope_urls, resource_of_scope, strict=True)
                ],
                pa.string(),
            ),
        }
        columns = {name: column.take(scope_of_item) for name, column in per_scope.items()}
        seen = [rows[i] for i in resource_of_scope]
        return cls(item_lists.flatten(), seen, columns)

    def resource_table(self) -> pa.Table:
        """Rows of `resources`."""
        return pa.Table.from_pylist(
            [row.as_row() for row in self.resources], schema=SCHEMAS["resources"]
        )

    def at(self, items: pa.Array) -> dict[str, pa.Array]:
        """The columns for other rows, each standing on the item at its index."""
        return {name: column.take(items) for name, column in self.columns.items()}
