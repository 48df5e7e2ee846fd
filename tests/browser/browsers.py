"""Users in a browser: what they do on the page, and the faults that must never happen."""

import json
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Locator,
    Page,
    Playwright,
    Request,
    expect,
)

from tests.browser import chromium

UNUSED = [
    # A page below the address bar of each window, and a process in reserve for the next page: half
    # of the processor time that the browser takes.
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "SpareRendererForSitePerProcess",
    # What Playwright disables: the browser obeys only one such list, the last.
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
]
"""Features that are disabled."""
ARGUMENTS = [
    f"--disable-features={','.join(UNUSED)}",
    "--no-sandbox",
    "--disable-gpu",
    # What is scrolled is at its place in the next frame.
    "--disable-smooth-scrolling",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
"""Without the background networking: a browser that starts calls home."""
WIDE = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}
TIMEOUT = 30_000
LOST = ("net::ERR_", "WebSocket connection to")
REFUSED = ("the server responded with a status of 4",)
"""Console messages of the browser itself about failed requests, which the page cannot prevent."""
WATCH = """
window.faults = []; window.shift = 0;
const fault = (text) => window.faults.push(text);
addEventListener("securitypolicyviolation", (e) => fault(e.violatedDirective + " " + e.blockedURI));
addEventListener("unhandledrejection", (e) => fault(`unhandled: ${e.reason}`));
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""


def launch(playwright: Playwright) -> Browser:
    """Start the browser that the machine has."""
    path = chromium.find(playwright.chromium.executable_path)
    return playwright.chromium.launch(executable_path=path, args=ARGUMENTS)


class Visitor:
    """A user with a browser context: storage, language and colour scheme of their own."""

    def __init__(self, browser: Browser, url: str, **options: Any) -> None:
        self.url = url
        self.hosts = {urlsplit(url).netloc, *options.pop("hosts", ())}
        self.faults: list[str] = []
        self.expects: tuple[str, ...] = options.pop("expects", ())
        options = {"viewport": WIDE, "locale": "en-GB", "color_scheme": "light", **options}
        self.context = browser.new_context(**options)
        self.context.set_default_timeout(TIMEOUT)
        self.context.add_init_script(WATCH)
        self.page: Page = self.context.new_page()
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", self._see)
        self.page.on("websocket", lambda line: self._check_host(line.url))

    def go(self, where: str) -> "Visitor":
        """Open a path of the page."""
        self.page.goto(f"{self.url}/{where}")
        return self

    def reload(self) -> None:
        self.note_faults()
        self.page.reload()

    def enter(self, nick: str) -> "Visitor":
        """Choose a nick and enter the chat."""
        self.page.get_by_label("Choose a nick to write").fill(nick)
        self.page.get_by_role("button", name="Join in").click()
        expect(self.field).to_be_visible()
        self.wait_live()
        return self

    @property
    def field(self) -> Locator:
        """The text field for messages."""
        return self.page.locator(".composer textarea")

    @property
    def messages(self) -> Locator:
        """All messages that are shown, sent or pending."""
        return self.page.locator(".message .text")

    def message(self, text: str) -> Locator:
        """Find the row of the message with this text."""
        return self.page.locator(".message").filter(has=self.page.get_by_text(text, exact=True))

    def say(self, text: str) -> None:
        """Write a message and send it."""
        self.field.fill(text)
        self.field.press("Enter")
        expect(self.field).to_have_value("")

    def sees(self, *texts: str) -> None:
        """Wait until exactly these messages are shown, and none is pending or has failed."""
        expect(self.messages).to_have_text(list(texts))
        expect(self.page.locator(".pending")).to_have_count(0)

    def act(self, text: str, button: str) -> None:
        """Choose an action in the menu of one's own message."""
        row = self.message(text)
        row.hover()
        row.get_by_role("button", name=button, exact=True).click()

    def wait_live(self) -> None:
        """Wait until the page shows that it is connected and up to date."""
        expect(self.page.locator(".connection.live")).to_be_attached()

    def log_in(self, email: str, password: str) -> None:
        """Log in with the dialog."""
        self.page.get_by_role("banner").get_by_role("button", name="Log in").click()
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_label("Email").fill(email)
        dialog.get_by_label("Password").fill(password)
        dialog.get_by_role("button", name="Log in", exact=True).click()
        expect(dialog).to_have_count(0)
        self.wait_live()

    def note_faults(self) -> None:
        """Collect the faults of the page that is open."""
        self.faults += json.loads(self.page.evaluate("JSON.stringify(window.faults ?? [])"))

    def leave(self) -> list[str]:
        """Close the browser context and return the faults."""
        try:
            self.note_faults()
        finally:
            self.context.close()
        return self.faults

    def _hear(self, message: ConsoleMessage) -> None:
        expected = any(word in message.text for word in self.expects)
        if message.type in ("error", "warning") and not expected:
            self.faults.append(f"console: {message.text} ({message.location['url']})")

    def _see(self, request: Request) -> None:
        if not request.url.startswith("data:"):
            self._check_host(request.url)

    def _check_host(self, url: str) -> None:
        if urlsplit(url).netloc not in self.hosts:
            self.faults.append(f"a request to another host: {url}")
