"""What the readers of a fit file share: the model, the data, and the issues found so far."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from exokinetics.errors import Issue, WrongInput, did_you_mean
from exokinetics.expressions.dimensions import unit_of
from exokinetics.expressions.graph import Node
from exokinetics.expressions.parsing import parse
from exokinetics.fitting.data_table import DataTable
from exokinetics.model.whole import Model
from exokinetics.units import same_unit, unit, unit_text


@dataclass
class Reading:
    """A fit file on its way to a problem."""

    file: str
    model: Model
    data: DataTable
    issues: list[Issue] = field(default_factory=list)

    def fault(self, key: str, message: str) -> None:
        """Append an error at a key of the file."""
        self.issues.append(Issue(self.file, key, message))

    def unknown_keys(self, table: Mapping[str, Any], known: tuple[str, ...], key: str) -> None:
        """An error for each key that is not known."""
        for name in table.keys() - set(known):
            self.fault(f"{key}.{name}" if key else name, f"is not known here{did_you_mean(name, known)}")

    def tables(self, content: Mapping[str, Any], name: str, *, needed: bool = True) -> dict[str, Mapping[str, Any]]:
        """The tables `[name.ID]` of the file."""
        given = content.get(name, {})
        if not isinstance(given, dict) or not (given or not needed):
            self.fault(name, f"is missing; a fit needs at least one table [{name}.ID]")
            return {}
        for id, table in given.items():
            if not isinstance(table, dict):
                self.fault(f"{name}.{id}", 'must be a table; quote an id with dots, such as [parameter."a.b"]')
        return {id: table for id, table in given.items() if isinstance(table, dict)}

    def expression(self, text: Any, key: str, known: Collection[str], what: str) -> Node | None:
        """The expression of a text, with an error for each name that is not known; `what` says what is."""
        try:
            node = parse(text)
        except WrongInput as error:
            self.fault(key, str(error))
            return None
        for name in sorted(node.symbols - set(known)):
            self.fault(key, f"'{name}' is not in {what}{did_you_mean(name, list(known))}")
        return node

    def require_unit(self, node: Node, units: Mapping[str, str], wanted: str, key: str, owner: str) -> None:
        """An error where the expression is not in the unit of its `owner`; names without a unit are told elsewhere."""
        if not node.symbols <= units.keys():
            return
        try:
            found = unit_of(node, {name: unit(units[name]) for name in node.symbols})
        except WrongInput as error:
            self.fault(key, str(error))
            return
        if found is not None and not same_unit(found, unit(wanted)):
            self.fault(key, f"is in '{unit_text(found)}', but {owner} '{wanted}'")
