"""What a browser sends for a form: the successful controls of a page, as HTML defines them."""

from __future__ import annotations

from html.parser import HTMLParser

from bx24app.web.flows.form import Form


class Controls(HTMLParser):
    """Collects the inputs that a browser would send, values cleaned as it does."""

    def __init__(self) -> None:
        """Start with nothing."""
        super().__init__()
        self.sent: list[tuple[str, str]] = []
        self._text: tuple[str, list[str]] | None = None
        self._select = ""
        self._inert = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Note a control, unless it stands in a template, where nothing is sent from."""
        given = {name: value or "" for name, value in attributes}
        if tag == "template":
            self._inert += 1
        elif self._inert:
            return
        elif tag == "input":
            self._input(given)
        elif tag == "textarea":
            self._text = given["name"], []
        elif tag == "select":
            self._select = given["name"]
        elif tag == "option" and self._select and "selected" in given:
            self.sent.append((self._select, given["value"]))

    def handle_endtag(self, tag: str) -> None:
        """Close what was open."""
        if tag == "template":
            self._inert -= 1
        elif tag == "select":
            self._select = ""
        elif tag == "textarea" and self._text:
            name, parts = self._text
            self.sent.append((name, newlines("".join(parts)).removeprefix("\n")))
            self._text = None

    def handle_data(self, data: str) -> None:
        """Keep the text of a textarea."""
        if self._text:
            self._text[1].append(data)

    def _input(self, given: dict[str, str]) -> None:
        kind = given.get("type", "text")
        if not given.get("name") or (kind in ("checkbox", "radio") and "checked" not in given):
            return
        value = given.get("value", "")
        if kind in ("text", "number", "search"):
            value = value.replace("\r", "").replace("\n", "")
        self.sent.append((given["name"], value))


def newlines(text: str) -> str:
    """A parser reads every kind of line end as a line feed."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def sent_by_a_browser(page: str) -> Form:
    """The form of a page, sent without having been touched."""
    controls = Controls()
    controls.feed(page)
    controls.close()
    form = Form()
    for name, value in controls.sent:
        form.add(name, value)
    return form
