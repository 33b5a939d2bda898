"""What stands inside one portal: people, departments, projects, templates, flows, tasks."""

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class User:
    """A person of a portal. `departments` are ids; an extranet person has none."""

    id: int
    name: str
    last_name: str
    position: str = ""
    departments: tuple[int, ...] = ()
    admin: bool = False
    active: bool = True
    extranet: bool = False
    gender: str = ""
    time_zone: str = ""

    @property
    def full_name(self) -> str:
        return f"{self.name} {self.last_name}".strip()


@dataclass
class Department:
    """A node of the company structure; only the root has no parent."""

    id: int
    name: str
    parent: int | None = None
    head: int | None = None


@dataclass
class Group:
    """A project (workgroup). `kind` is group, project, scrum or collab."""

    id: int
    name: str
    owner_id: int
    members: set[int] = field(default_factory=set)
    kind: str = "group"
    description: str = ""
    visible: bool = True
    opened: bool = False
    closed: bool = False
    has_tasks: bool = True

    def holds(self, user_id: int) -> bool:
        """Tell whether the person is the owner or a member."""
        return user_id == self.owner_id or user_id in self.members


@dataclass
class Template:
    """A task template. `readers` are access codes such as U1, DR4 or UA."""

    id: int
    title: str
    creator_id: int
    responsible_id: int = 0
    description: str = ""
    group_id: int = 0
    readers: set[str] = field(default_factory=set)


@dataclass
class Flow:
    """A task flow as the portal stores it; people and departments are access codes."""

    id: int
    name: str
    creator_id: int
    owner_id: int
    group_id: int
    planned_completion_time: int
    distribution_type: str
    description: str = ""
    template_id: int = 0
    efficiency: int = 100
    active: bool = True
    demo: bool = False
    activity: float = 0.0
    responsible_can_change_deadline: bool = True
    match_work_time: bool = True
    match_schedule: bool = False
    notify_at_half_time: bool = False
    task_control: bool = False
    notify_on_queue_overflow: int | None = None
    notify_on_tasks_in_progress_overflow: int | None = None
    notify_when_efficiency_decreases: int | None = None
    moderator_id: int = 0
    queue: list[int] = field(default_factory=list)
    responsibles: dict[str, list[str]] = field(default_factory=dict)
    task_creators: list[str] = field(default_factory=list)
    later: dict[str, object] = field(default_factory=dict)


@dataclass
class Task:
    """A task. `status`: 2 pending, 3 in progress, 5 completed. Times are UTC epoch seconds."""

    id: int
    title: str
    creator_id: int
    responsible_id: int
    flow_id: int = 0
    group_id: int = 0
    status: int = 2
    created: float = 0.0
    deadline: float | None = None
    description: str = ""


@dataclass
class Handler:
    """A handler that the app has bound to an event of the portal."""

    id: int
    event: str
    url: str
    auth_type: int = 0


@dataclass
class PlacementHandler:
    """A place in the portal where the app has bound a handler."""

    placement: str
    url: str
    title: str = ""
    description: str = ""
    user_id: int = 0


@dataclass
class Plan:
    """What the portal's tariff allows.

    `trial_until` is UTC epoch seconds while a trial runs; `most_groups` limits the projects.
    """

    code: str = "en_std"
    has_flows: bool = True
    trial_used: bool = False
    trial_until: float = 0.0
    most_groups: int | None = None

    def flows_allowed(self, now: float) -> bool:
        """Tell whether flows may be created and changed at that moment."""
        return self.has_flows or now < self.trial_until


@dataclass
class Installation:
    """The application on this portal. `installed` is False until installFinish."""

    installer_id: int
    installed: bool = False
    version: int = 1
    status: str = "F"
    scope: tuple[str, ...] = ()
    payment_expired: bool = False
    denied_users: set[int] = field(default_factory=set)


@dataclass
class Portal:
    """One Bitrix24. `member_id` never changes, `host` (with its port) may.

    `person` is the id of the one who sits in front of the portal's page; `language` is what
    the page and the portal's phrases are written in ("en" or "ru"). A portal of before 25.600
    has no `list` action and no automation distribution, one of before 25.700 writes numeric
    error codes as numbers. `pins` holds (user id, flow id). `later_fields` are fields that
    flows of a later version have, with their defaults; a flow keeps them in `later`.
    `unlisted_users` are integrators, bots and mail users, whom user.get never shows.
    """

    member_id: str
    host: str
    title: str
    language: str
    application_token: str
    has_list: bool = True
    numeric_codes: bool = False
    person: int = 1
    former_hosts: set[str] = field(default_factory=set)
    users: dict[int, User] = field(default_factory=dict)
    departments: dict[int, Department] = field(default_factory=dict)
    groups: dict[int, Group] = field(default_factory=dict)
    templates: dict[int, Template] = field(default_factory=dict)
    flows: dict[int, Flow] = field(default_factory=dict)
    tasks: dict[int, Task] = field(default_factory=dict)
    plan: Plan = field(default_factory=Plan)
    installation: Installation | None = None
    handlers: list[Handler] = field(default_factory=list)
    placements: list[PlacementHandler] = field(default_factory=list)
    app_options: dict[str, object] = field(default_factory=dict)
    user_options: dict[int, dict[str, object]] = field(default_factory=dict)
    pins: set[tuple[int, int]] = field(default_factory=set)
    later_fields: dict[str, object] = field(default_factory=dict)
    may_not_create_flows: set[int] = field(default_factory=set)
    unlisted_users: set[int] = field(default_factory=set)
    seen_versions: set[tuple[int, int]] = field(default_factory=set)

    def next_id(self, things: dict[int, object]) -> int:
        """Return an id that the given map of this portal has not used."""
        return max(things, default=0) + 1

    def subdepartments(self, department_id: int) -> Iterator[int]:
        """Give the department and everything below it."""
        yield department_id
        for child in self.departments.values():
            if child.parent == department_id:
                yield from self.subdepartments(child.id)
