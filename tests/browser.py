"""Headless Chromium over its debugging pipe, with the standard library alone: pages opened, touched, read.

`chromium()` finds a browser or gives None. One `Browser` serves a file of tests; each `Page` is a tab of
its own with what it logged (`messages`) and what it asked for (`requests`). Coordinates are CSS pixels from
the upper left.
"""

import base64
import json
import os
import select
import shutil
import signal
import tempfile
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

import pytest

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--headless", "--remote-debugging-pipe", "--no-first-run", "--no-default-browser-check", "--mute-audio",
    "--disable-background-networking", "--disable-component-update", "--disable-extensions", "--disable-sync",
    "--enable-unsafe-swiftshader", "--hide-scrollbars", "--force-color-profile=srgb",
    "--disable-dev-shm-usage",
)  # fmt: skip
PATIENCE = 20.0  # seconds for one answer
NOISE = "GPU stall due to ReadPixels"  # what a picture of a page with WebGL costs, said as a warning
# name -> code, virtual key, text
KEYS = {
    "Enter": ("Enter", 13, "\r"), "Escape": ("Escape", 27, ""), "Tab": ("Tab", 9, ""),
    " ": ("Space", 32, " "),
    "ArrowLeft": ("ArrowLeft", 37, ""), "ArrowUp": ("ArrowUp", 38, ""), "ArrowRight": ("ArrowRight", 39, ""),
    "ArrowDown": ("ArrowDown", 40, ""), "Home": ("Home", 36, ""), "End": ("End", 35, ""),
    "Backspace": ("Backspace", 8, ""), "Delete": ("Delete", 46, ""),
}  # fmt: skip
MODIFIERS = {"alt": 1, "ctrl": 2, "shift": 8}


def chromium():
    """The first browser that is on the path; None without one, and where there are no pipes to lead it by."""
    if os.name != "posix":
        return None
    return next((found for name in NAMES if (found := shutil.which(name))), None)


needs_browser = pytest.mark.skipif(
    chromium() is None, reason="no Chromium on this machine: apt install chromium-headless-shell"
)


class Browser:
    """A process of Chromium, and the pipe to it."""

    def __init__(self, program, *flags):
        import fcntl  # not on Windows, where this module is imported to say that there is no browser

        self.folder = tempfile.TemporaryDirectory(prefix="browser-", ignore_cleanup_errors=True)
        ours_in, theirs_out = os.pipe()
        theirs_in, ours_out = os.pipe()
        # out of the way of 3 and 4, which the browser reads from and writes to
        high = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 20) for end in (theirs_in, theirs_out)]
        own = ["--no-sandbox"] if os.geteuid() == 0 else []
        command = [program, *FLAGS, *own, *flags, f"--user-data-dir={self.folder.name}", "about:blank"]
        actions = [
            (os.POSIX_SPAWN_DUP2, high[0], 3),
            (os.POSIX_SPAWN_DUP2, high[1], 4),
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
        ]
        self.pid = os.posix_spawn(program, command, os.environ, file_actions=actions, setpgroup=0)
        for end in (theirs_in, theirs_out, *high):
            os.close(end)
        self.reads, self.writes = ours_in, ours_out
        self.rest, self.count, self.pages = b"", 0, {}

    def call(self, method, session=None, **settings):
        """Send a command and wait for its answer; what happens meanwhile goes to the pages."""
        self.count += 1
        message = {"id": self.count, "method": method, "params": settings}
        message |= {"sessionId": session} if session else {}
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.writes, data) :]
        limit = monotonic() + PATIENCE
        while (answer := self.read(limit - monotonic())).get("id") != message["id"]:
            pass
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error'].get('message')}")
        return answer["result"]

    def read(self, patience):
        """The next message; an event is told to its page on the way."""
        while b"\0" not in self.rest:
            if patience <= 0 or not select.select([self.reads], [], [], patience)[0]:
                raise TimeoutError("the browser does not answer")
            part = os.read(self.reads, 1 << 20)
            if not part:
                raise RuntimeError("the browser is gone")
            self.rest += part
        first, _, self.rest = self.rest.partition(b"\0")
        message = json.loads(first)
        if (page := self.pages.get(message.get("sessionId"))) and "method" in message:
            page.hear(message["method"], message["params"])
        return message

    def open(self, path=None, *, html=None, at="", script=True, before="", **screen):
        """A new tab with a file, or with text written to one; `at` follows the address, as in "#t=4".

        `before` is run in it before anything of its own.
        """
        page = Page(self, screen)
        if before:
            page.call("Page.addScriptToEvaluateOnNewDocument", source=before)
        page.scripted = script
        if not script:
            page.call("Emulation.setScriptExecutionDisabled", value=True)
        if html is not None:
            path = Path(self.folder.name, f"page{self.count}.html")
            path.write_text(html, encoding="utf-8")
        page.go(Path(path).resolve().as_uri() + at)
        return page

    def close(self):
        """End the process and all of its own."""
        with suppress(Exception):
            self.call("Browser.close")
        os.close(self.writes)
        for _ in range(50):
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                break
            sleep(0.05)
        else:
            os.killpg(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.reads)
        self.folder.cleanup()


class Page:
    """A tab: what it is told to do, and what it said."""

    scripted = True

    def __init__(self, browser, screen):
        self.browser, self.messages, self.requests, self.loaded = browser, [], [], False
        self.context = browser.call("Target.createBrowserContext")["browserContextId"]
        made = browser.call("Target.createTarget", url="about:blank", browserContextId=self.context)
        attached = browser.call("Target.attachToTarget", targetId=made["targetId"], flatten=True)
        self.session = attached["sessionId"]
        browser.pages[self.session] = self
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.screen(**screen)

    def call(self, method, **settings):
        return self.browser.call(method, self.session, **settings)

    def hear(self, method, told):
        if method == "Runtime.consoleAPICalled":
            self.messages.append(f"{told['type']}: {' '.join(str(a.get('value')) for a in told['args'])}")
        elif method == "Runtime.exceptionThrown":
            detail = told["exceptionDetails"]
            said = detail.get("exception", {}).get("description") or detail["text"]
            self.messages.append(f"exception: {said}")
        elif method == "Log.entryAdded" and NOISE not in told["entry"]["text"]:
            self.messages.append(f"{told['entry']['level']}: {told['entry']['text']}")
        elif method == "Network.requestWillBeSent" and not told["request"]["url"].startswith("data:"):
            self.requests.append(told["request"]["url"])
        elif method == "Page.loadEventFired":
            self.loaded = True

    def go(self, address):
        """Open an address and wait until it is loaded; the request for the page itself does not count."""
        self.loaded = False
        self.call("Page.navigate", url=address)
        limit = monotonic() + PATIENCE
        while not self.loaded:
            self.browser.read(limit - monotonic())
        self.requests = [one for one in self.requests if one.partition("#")[0] != address.partition("#")[0]]

    def screen(self, width=1280, height=800, *, touch=False, scale=1, dark=False, calm=False, printed=False):
        """The size of the window, fingers, and what the reader of the page prefers."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=scale, mobile=touch)  # fmt: skip
        self.call("Emulation.setTouchEmulationEnabled", enabled=touch)
        wishes = {
            "prefers-color-scheme": "dark" if dark else "light",
            "prefers-reduced-motion": "reduce" if calm else "no-preference",
        }
        self.call("Emulation.setEmulatedMedia", media="print" if printed else "",
                  features=[{"name": name, "value": value} for name, value in wishes.items()])  # fmt: skip

    def offline(self):
        """Take the network away."""
        self.call("Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=-1,
                  uploadThroughput=-1)  # fmt: skip

    def evaluate(self, expression):
        """The value of a JavaScript expression, awaited; not held by the page's own content policy."""
        told = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True,
                         userGesture=True)  # fmt: skip
        if "exceptionDetails" in told:
            detail = told["exceptionDetails"]
            raise RuntimeError(detail.get("exception", {}).get("description") or detail["text"])
        return told["result"].get("value")

    def wait(self, expression, patience=5.0):
        """Wait until an expression is true."""
        limit = monotonic() + patience
        while not (found := self.evaluate(expression)):
            if monotonic() > limit:
                raise TimeoutError(f"never true: {expression}")
            sleep(0.02)
        return found

    def frames(self, count=2):
        """Let so many frames pass."""
        self.evaluate(f"""new Promise((done) => {{
            let left = {count};
            const next = () => (left-- > 0 ? requestAnimationFrame(next) : done());
            next();
        }})""")

    def middle(self, selector):
        """The middle of an element, scrolled into view."""
        found = self.evaluate(f"""(() => {{
            const e = document.querySelector({json.dumps(selector)});
            if (!e) return null;
            e.scrollIntoView({{block: "nearest"}});
            const b = e.getBoundingClientRect();
            return [b.x + b.width / 2, b.y + b.height / 2];
        }})()""")
        if found is None:
            raise LookupError(selector)
        return tuple(found)

    def spot(self, where):
        return self.middle(where) if isinstance(where, str) else where

    def mouse(self, kind, x, y, button="left", clicks=1, **more):
        held = {"buttons": 1} if kind == "mouseMoved" and button == "left" else {}
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, clickCount=clicks,
                  button=button if kind != "mouseMoved" or held else "none", **held, **more)  # fmt: skip

    def click(self, where, clicks=1):
        """Click on an element, by its selector, or on a place."""
        x, y = self.spot(where)
        self.hover((x, y))
        for kind in ("mousePressed", "mouseReleased"):
            self.mouse(kind, x, y, clicks=clicks)
        self.frames()

    def hover(self, where):
        self.mouse("mouseMoved", *self.spot(where), button="none")

    def drag(self, start, end, parts=4, drop=True):
        """Drag from one place to another in so many moves; without `drop` the button stays down."""
        (x, y), (u, v) = self.spot(start), self.spot(end)
        self.hover((x, y))
        self.mouse("mousePressed", x, y)
        for k in range(1, parts + 1):
            self.mouse("mouseMoved", x + (u - x) * k / parts, y + (v - y) * k / parts)
            self.frames(1)
        if drop:
            self.mouse("mouseReleased", u, v)
        self.frames()

    def touch(self, where, end=None, held=0.0):
        """Touch a place, perhaps for `held` seconds, or move the finger from there to `end`."""
        x, y = self.spot(where)
        self.call("Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": x, "y": y}])
        sleep(held)
        if end is not None:
            u, v = self.spot(end)
            for k in range(1, 5):
                at = {"x": x + (u - x) * k / 4, "y": y + (v - y) * k / 4}
                self.call("Input.dispatchTouchEvent", type="touchMove", touchPoints=[at])
        self.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
        self.frames()

    def press(self, *keys):
        """Press keys one after another: "a", "ArrowLeft", "shift+ArrowLeft", " "."""
        for name in keys:
            *held, key = name.split("+") if len(name) > 1 else [name]
            code, number, text = KEYS.get(key) or (
                f"{'Digit' if key.isdigit() else 'Key'}{key.upper()}", ord(key.upper()), key
            )  # fmt: skip
            bits = sum(MODIFIERS[one] for one in held)
            shown = key.upper() if "shift" in held and len(key) == 1 else key
            told = {"key": shown, "code": code, "windowsVirtualKeyCode": number, "modifiers": bits}
            typed = {"text": text.upper() if "shift" in held else text} if text and "ctrl" not in held else {}
            self.call("Input.dispatchKeyEvent", type="keyDown" if typed else "rawKeyDown", **told, **typed)
            self.call("Input.dispatchKeyEvent", type="keyUp", **told)
        self.frames()

    def type(self, text):
        """Write into what has the focus."""
        self.call("Input.insertText", text=text)
        self.frames()

    def screenshot(self, path=None, *, whole=False):
        """A PNG of the window, or of the whole page."""
        data = base64.b64decode(
            self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
        )
        if path:
            Path(path).write_bytes(data)
        return data

    def close(self):
        """Close the tab; what it said stays."""
        with suppress(Exception):
            self.browser.call("Target.disposeBrowserContext", browserContextId=self.context)
        self.browser.pages.pop(self.session, None)
