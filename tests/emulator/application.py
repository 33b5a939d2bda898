"""The application's card in the vendor cabinet: keys, addresses, scopes, titles."""

from dataclasses import dataclass, field


@dataclass
class Application:
    """An application of the Market. `app_url` has no slash at its end."""

    client_id: str
    client_secret: str
    app_url: str
    scope: tuple[str, ...]
    code: str = "bx24app.flows"
    version: int = 1
    titles: dict[str, str] = field(default_factory=dict)

    @property
    def install_url(self) -> str:
        """The application installer URL: opened until installFinish."""
        return f"{self.app_url}/install"

    @property
    def launch_url(self) -> str:
        """The application URL: opened from the menu."""
        return f"{self.app_url}/"

    @property
    def redirect_url(self) -> str:
        """Where an authorization code is sent."""
        return f"{self.app_url}/connect/callback"
