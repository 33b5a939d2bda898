"""What the flow controller says: phrases in the portal's language, and those always English."""

from tests.emulator.entities import Portal
from tests.emulator.wire import RestError

PHRASES = {
    "denied": {
        "en": "Cannot find flow",
        "ru": "Доступ запрещён или поток не найден",
    },
    "unknown": {
        "en": "Unknown error. [Flow: {line}]",
        "ru": "Неизвестная ошибка [Flow: {line}]",
    },
    "missing": {
        "en": "Flow with this ID does not exist.",
        "ru": "Поток с таким ID не существует",
    },
    "duplicate": {
        "en": "A flow with this name already exists.",
        "ru": "Поток с таким названием уже существует",
    },
    # The wording of the portal's group module is not known; only its code is.
    "group_exists": {
        "en": "A workgroup with this name already exists.",
        "ru": "Группа с таким названием уже существует.",
    },
}

# The line of the controller where an unknown error of each action is caught.
LINES = {"get": 121, "create": 198, "update": 267, "delete": 312, "isExists": 424,
         "activate": 451, "pin": 477, "list": 627}  # fmt: skip


class Refusal(Exception):  # noqa: N818 - what the portal says, not a failure of ours
    """The controller's "no", with its text already written."""

    def __init__(self, text: str, code: str = "0") -> None:
        super().__init__(text)
        self.text, self.code = text, code

    def answer(self, portal: Portal) -> RestError:
        """Give the error answer; portals of before 25.700 write the code as a number."""
        number = portal.numeric_codes and self.code.isdigit()
        return RestError(int(self.code) if number else self.code, self.text)  # type: ignore[arg-type]


def phrase(portal: Portal, name: str, **facts: object) -> str:
    """Write a phrase in the portal's language, English when there is none."""
    texts = PHRASES[name]
    return texts.get(portal.language, texts["en"]).format(**facts)


def denied(portal: Portal) -> Refusal:
    """Access denied, feature off or unreadable flow: all the same words."""
    return Refusal(phrase(portal, "denied"))


def missing(portal: Portal) -> Refusal:
    """No flow with this id (only administrators come so far)."""
    return Refusal(phrase(portal, "missing"))


def unknown(portal: Portal, action: str) -> Refusal:
    """An error the action did not expect."""
    return Refusal(phrase(portal, "unknown", line=LINES[action]))


def must_be(field: str, what: str) -> Refusal:
    """A value out of bounds; always English."""
    return Refusal(f"'{field}': field's value must {what}")


def unexpected(field: str) -> Refusal:
    """A value that is none of the allowed ones; always English."""
    return Refusal(f"{field}: unexpected value")
