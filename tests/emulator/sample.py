"""The two sample companies and their applications: fixed, so that tests can name what is there."""

from collections.abc import Sequence

from tests.emulator.application import Application
from tests.emulator.entities import Department, Flow, Group, Plan, Portal, Task, Template, User
from tests.emulator.people import ENGLISH, RUSSIAN

DAY = 24 * 3600
DISMISSED, OUTSIDER = 5, 6
HEADS = {1: 20, 2: 23, 3: 7, 4: 1, 5: 19, 6: 11}
PARENTS = {1: None, 2: 1, 3: 2, 4: 1, 5: 4, 6: 1}


def application(app_url: str) -> Application:
    """Build the card of the application under test."""
    return Application(
        client_id="app.5f2d0c9a1b2c34.12345678",
        client_secret="emulated-client-secret-0123456789",
        app_url=app_url,
        scope=("task", "user_brief", "department", "sonet_group"),
        titles={"en": "Flow manager", "ru": "Управление потоками"},
    )


def other_application() -> Application:
    """Build the card of somebody else's application; its tokens look like ours."""
    return Application(
        client_id="app.60a1b2c3d4e5f6.87654321",
        client_secret="emulated-other-secret-9876543210",
        app_url="https://other.example",
        scope=("task", "crm"),
        code="other.app",
        titles={"en": "Another app", "ru": "Другое приложение"},
    )


def furnish_portals(hosts: Sequence[str], now: float) -> list[Portal]:
    """Build portal A (English, new) and portal B (Russian, older) at the given hosts."""
    return [northwind(hosts[0], now), severny_veter(hosts[1], now)]


def northwind(host: str, now: float) -> Portal:
    """Build portal A: a new cloud portal whose plan has flows and which can list them."""
    portal = Portal(
        member_id="a223c6b3710f85df22e9377d6c4f7553",
        host=host,
        title="Northwind",
        language="en",
        application_token="ec1b2074a9d3f5c81b6e40d27a95cf38",
    )
    departments = ("Northwind", "Sales", "Sales North", "IT", "IT Support", "Accounting")
    groups = ("Website", "Office move", "Old archive", "Partners collab", "Secret project")
    templates = ("Purchase request", "Onboarding checklist", "Private template")
    furnish(portal, ENGLISH, departments, groups, templates, "Europe/London")
    portal.flows = {flow.id: flow for flow in northwind_flows(now)}
    tasks = ("Replace the keyboard", "New laptop for Henry", "VPN does not connect",
             "Price list for spring", "Photos of the office")  # fmt: skip
    add_tasks(portal, tasks, (101, 101, 101, 103, 103), now)
    return portal


def severny_veter(host: str, now: float) -> Portal:
    """Build portal B: Russian, older, without the `list` action."""
    portal = Portal(
        member_id="b3341d7c482096ef33fa488e7d508664",
        host=host,
        title="Северный ветер",
        language="ru",
        application_token="6b0e52c8d1f94a7e83b2c5d06f1a97e4",
        has_list=False,
        numeric_codes=True,
        plan=Plan(code="ru_std"),
    )
    departments = ("Северный ветер", "Продажи", "Продажи Север", "ИТ", "Поддержка", "Бухгалтерия")
    groups = ("Сайт", "Переезд", "Старый архив", "Коллаба с партнёрами", "Тайный проект")
    templates = ("Заявка на закупку", "Приём сотрудника", "Личный шаблон")
    furnish(portal, RUSSIAN, departments, groups, templates, "Europe/Moscow")
    portal.flows = {
        201: Flow(
            201, "ИТ-поддержка", 1, 1, 10, 2 * DAY, "queue", activity=now - DAY,
            description="Заявки сотрудников в ИТ", queue=[2, 17, 18],
            responsibles={"queue": ["U2", "U17", "U18"]}, task_creators=["UA"],
            notify_on_queue_overflow=50,
        ),
    }  # fmt: skip
    add_tasks(portal, ("Настроить принтер", "Не открывается почта"), (201, 201), now)
    return portal


def furnish(
    portal: Portal,
    people: Sequence[tuple[str, str, str, int, str]],
    departments: Sequence[str],
    groups: Sequence[str],
    templates: Sequence[str],
    time_zone: str,
) -> None:
    """Put people, departments, projects and templates into a portal, with the same ids always."""
    for number, (name, last_name, position, department, gender) in enumerate(people, 1):
        portal.users[number] = User(
            number, name, last_name, position, (department,) if department else (),
            admin=number == 1, active=number != DISMISSED, extranet=number == OUTSIDER,
            gender=gender, time_zone=time_zone,
        )  # fmt: skip
    for number, name in enumerate(departments, 1):
        portal.departments[number] = Department(number, name, PARENTS[number], HEADS[number])
    website, move, archive, collab, secret = groups
    portal.groups = {
        10: Group(10, website, 1, {1, 2, 3, OUTSIDER}, kind="project"),
        11: Group(11, move, 1, {1, 4, 21}),
        12: Group(12, archive, 1, {1, 2}, closed=True),
        13: Group(13, collab, 1, {1, 2, OUTSIDER}, kind="collab"),
        14: Group(14, secret, 20, {20, 22}, visible=False),
    }
    portal.templates = {
        20: Template(20, templates[0], 1, 4, readers={"UA"}),
        21: Template(21, templates[1], 1, 21, readers={"DR1"}),
        22: Template(22, templates[2], 1, 1, readers={"U1"}),
    }


def northwind_flows(now: float) -> list[Flow]:
    """Build the flows of portal A: a queue, a moderated one, a self-assign one, a demo one."""
    return [
        Flow(
            101, "IT help desk", 1, 1, 10, 2 * DAY, "queue", activity=now - 3600,
            description="Everything about computers, phones and accounts", efficiency=87,
            queue=[2, 17, 18], responsibles={"queue": ["U2", "U17", "U18"]},
            task_creators=["UA"], notify_on_queue_overflow=50,
            notify_on_tasks_in_progress_overflow=50, notify_when_efficiency_decreases=70,
        ),
        Flow(
            102, "Purchases", 1, 4, 11, 5 * DAY, "manually", activity=now - 9 * DAY,
            description="Requests to buy something", active=False, template_id=20,
            moderator_id=4, responsibles={"manually": ["U4"]}, task_creators=["DR1"],
            responsible_can_change_deadline=False, task_control=True,
        ),
        Flow(
            103, "Content", 3, 3, 10, 4 * 3600, "himself", activity=now - 7200,
            description="Texts and pictures for the website", efficiency=64,
            responsibles={"himself": ["U3", "D2"]}, task_creators=["U10", "DR3"],
            match_schedule=True, notify_at_half_time=True, task_control=True,
            notify_on_queue_overflow=20, notify_on_tasks_in_progress_overflow=10,
            notify_when_efficiency_decreases=80,
        ),
        Flow(
            104, "Legal Department", 1, 1, 0, 3 * DAY, "queue", activity=now - 60 * DAY,
            active=False, demo=True, queue=[1], responsibles={"queue": ["U1"]},
            task_creators=["UA"],
        ),
    ]  # fmt: skip


def add_tasks(portal: Portal, titles: Sequence[str], flows: Sequence[int], now: float) -> None:
    """Put tasks into flows: pending, in progress and completed in turn, the first one overdue."""
    people = (2, 17, 18, 3, 10)
    for index, (title, flow_id) in enumerate(zip(titles, flows, strict=True)):
        number, created = 501 + index, now - (5 - index) * DAY
        portal.tasks[number] = Task(
            number, title, creator_id=21, responsible_id=people[index], flow_id=flow_id,
            group_id=portal.flows[flow_id].group_id, status=(2, 3, 5)[index % 3],
            created=created, deadline=created + portal.flows[flow_id].planned_completion_time,
        )  # fmt: skip
