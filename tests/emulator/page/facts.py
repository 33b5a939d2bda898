"""A flow as the page shows it: every stored field, with a label and with words for a person."""

from dataclasses import dataclass

from tests.emulator.entities import Flow
from tests.emulator.flow_views import entity
from tests.emulator.page.phrases import field_labels, phrases
from tests.emulator.page.visitor import Visitor
from tests.emulator.page.wording import Wording
from tests.emulator.state import World

WIDE = {"description"}


@dataclass(frozen=True)
class Fact:
    """A field of a flow: its API name, its label, the stored value and the value in words."""

    field: str
    label: str
    value: object
    text: str

    @property
    def wide(self) -> bool:
        """Tell whether the field needs a line of its own."""
        return self.field in WIDE


def facts_of(world: World, visitor: Visitor, flow: Flow) -> list[Fact]:
    """Return every field of a flow under the names and with the values of tasks.flow.Flow.get."""
    stored = entity(visitor.portal, flow, world.clock, saved=False)
    wording = Wording(visitor.portal, phrases(visitor.language))
    return [
        Fact(field, label, stored[field], wording.of(field, stored[field]))
        for field, label in field_labels(visitor.language).items()
    ]
