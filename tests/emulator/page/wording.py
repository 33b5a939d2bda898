"""A stored value of a flow in words for a person: names for ids, yes and no, days and hours."""

from dataclasses import dataclass

from tests.emulator.entities import Portal
from tests.emulator.page.furniture import name_of

PEOPLE = {"ownerId", "creatorId"}
UNITS = ((24 * 3600, "d"), (3600, "h"), (60, "min"))


@dataclass(frozen=True)
class Wording:
    """Puts the values of one portal into words of one language (`words` are its phrases)."""

    portal: Portal
    words: dict[str, str]

    def of(self, field: str, value: object) -> str:
        """Say a field's value; an empty one is an empty text."""
        if isinstance(value, bool):
            return self.words["yes"] if value else self.words["no"]
        if isinstance(value, list):
            return ", ".join(self.member(kind, str(wire_id)) for kind, wire_id in value)
        if isinstance(value, int):
            return self.number(field, value)
        return self.words.get(value, value) if field == "distributionType" else str(value or "")

    def number(self, field: str, value: int) -> str:
        """Say a number: whom or what it names, how long, how many."""
        if field == "plannedCompletionTime":
            return self.duration(value)
        name = self.named(field, value)
        return f"{name} ({value})" if name else str(value)

    def named(self, field: str, value: int) -> str:
        """Name the person, project or template of an id; nothing for a plain number."""
        if field in PEOPLE:
            return name_of(self.portal, value)
        if field == "groupId" and value in self.portal.groups:
            return self.portal.groups[value].name
        if field == "templateId" and value in self.portal.templates:
            return self.portal.templates[value].title
        return ""

    def member(self, kind: str, wire_id: str) -> str:
        """Name a wire pair such as ("user", "3"), ("department", "17:F") or the meta-user."""
        number, _, flat = wire_id.partition(":")
        if kind == "meta-user":
            return self.words["everybody"]
        if kind == "user":
            return name_of(self.portal, int(number))
        department = self.portal.departments.get(int(number)) if kind == "department" else None
        if department is None:
            return f"{kind} {wire_id}"
        return department.name if flat else f"{department.name} {self.words['below']}"

    def duration(self, seconds: int) -> str:
        """Say seconds in days, hours and minutes; a rest below a minute stays seconds."""
        parts = []
        for size, unit in UNITS:
            count, seconds = divmod(seconds, size)
            if count:
                parts.append(f"{count} {self.words[unit]}")
        return " ".join([*parts, f"{seconds} {self.words['s']}"] if seconds else parts)
