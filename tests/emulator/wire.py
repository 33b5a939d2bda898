"""What the emulator's answers are made of: results, errors, pages and broken connections."""

from dataclasses import dataclass


class RestError(Exception):
    """An error answer of REST or of the authorization server: code, text, HTTP status."""

    def __init__(self, code: str, description: str, status: int = 400, **more: object) -> None:
        super().__init__(f"{code}: {description}")
        self.code, self.description, self.status, self.more = code, description, status, more

    def body(self) -> dict[str, object]:
        """Give the JSON object of the answer."""
        return {"error": self.code, "error_description": self.description, **self.more}


class HtmlAnswer(Exception):  # noqa: N818 - an answer, not a failure of ours
    """A gateway's page instead of JSON."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status

    def page(self) -> str:
        """Give the page as a gateway writes it."""
        title = {502: "502 Bad Gateway", 504: "504 Gateway Time-out"}.get(
            self.status, str(self.status)
        )
        return (
            f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n"
            f"<center><h1>{title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>"
        )


class AnswerLost(ConnectionError):
    """The connection breaks without an answer."""


@dataclass
class Page:
    """A result of a list method: at most 50 rows, the total, and where the next page starts."""

    rows: object
    total: int | None = None
    next: int | None = None
