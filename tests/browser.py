#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A page in headless Chromium, driven over the DevTools protocol on a pipe.

    browser.py PAGE [WIDTH HEIGHT] <STEPS

Each line of the input is a step, each step but `shot` and the like prints one line:

    eval JAVASCRIPT     its value as JSON, or "error: …"
    click SELECTOR      a real click in the middle of the first such element
    key NAME            a key as the keyboard sends it: Enter, ArrowDown, t …
    dark | light        what the system prefers
    shot FILE           a PNG of what is seen
    requests            every address that was asked for, but for PAGE itself
    work                milliseconds of processor time that the page's thread has taken: what
                        it costs, however busy the machine is
    problems            exceptions, console errors and dialogs so far

Exit 77: no Chromium here.
"""
import base64, json, os, select, shutil, signal, subprocess, sys, tempfile, time

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
DEADLINE = 300     # of a browser that hangs


class Browser:
    def __init__(self, width, height):
        name = next((b for b in BROWSERS if shutil.which(b)), None)
        if not name:
            sys.exit(77)
        self.home = tempfile.mkdtemp(prefix="tcpcraft-browser-")
        their_in, self.out = os.pipe()
        self.inp, their_out = os.pipe()
        # The browser wants exactly 3 and 4; the shell puts them there.
        self.process = subprocess.Popen(
            ["sh", "-c", f'exec "$@" 3<&{their_in} 4>&{their_out}', "sh", name,
             "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--remote-debugging-pipe", "--no-first-run", "--disable-extensions",
             "--disable-background-networking", "--disable-component-update",
             "--disable-sync", "--hide-scrollbars", f"--user-data-dir={self.home}",
             f"--window-size={width},{height}", "about:blank"],
            pass_fds=(their_in, their_out), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True,
            env={**os.environ, "HOME": self.home, "TMPDIR": self.home})
        os.close(their_in)
        os.close(their_out)
        self.size = int(width), int(height)
        self.rest = b""
        self.number = 0
        self.requests, self.problems = [], []
        self.loaded = False
        self.session = None

    def read(self, deadline):
        while b"\0" not in self.rest:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.inp], [], [], left)[0]:
                raise TimeoutError("the browser does not answer")
            data = os.read(self.inp, 1 << 20)
            if not data:
                raise EOFError("the browser has gone")
            self.rest += data
        line, self.rest = self.rest.split(b"\0", 1)
        return json.loads(line)

    def note(self, message):
        method, params = message.get("method"), message.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Page.loadEventFired":
            self.loaded = True
        elif method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.problems.append(details.get("exception", {}).get("description",
                                                                  details["text"]))
        elif method == "Runtime.consoleAPICalled" and params["type"] == "error":
            self.problems.append("console: " + str(params["args"]))
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.problems.append(params["entry"]["text"])
        elif method == "Page.javascriptDialogOpening":
            self.problems.append("dialog: " + params["message"])

    def call(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + DEADLINE
        while True:
            answer = self.read(deadline)
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.note(answer)

    def open(self, url):
        target = next(t for t in self.call("Target.getTargets")["targetInfos"]
                      if t["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=target["targetId"],
                                 flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(domain + ".enable")
        self.call("Performance.enable", timeDomain="threadTicks")
        # The window itself is never as narrow as a phone.
        self.call("Emulation.setDeviceMetricsOverride", deviceScaleFactor=1, mobile=False,
                  width=self.size[0], height=self.size[1])
        self.call("Page.navigate", url=url)
        deadline = time.monotonic() + DEADLINE
        while not self.loaded:
            self.note(self.read(deadline))

    def evaluate(self, text):
        result = self.call("Runtime.evaluate", expression=text, returnByValue=True)
        if "exceptionDetails" in result:
            return "error: " + result["exceptionDetails"]["exception"]["description"]
        return json.dumps(result["result"].get("value"))

    def click(self, selector):
        # Two frames later what was scrolled is where the mouse will find it.
        place = self.call("Runtime.evaluate", returnByValue=True, awaitPromise=True,
                          expression=f"""(async () => {{
            const node = document.querySelector({json.dumps(selector)});
            if (!node) return null;
            node.scrollIntoView({{ block: "center" }});
            for (let i = 0; i < 2; i++)
                await new Promise(requestAnimationFrame);
            const r = node.getBoundingClientRect();
            return [r.x + r.width / 2, r.y + r.height / 2];
        }})()""")["result"].get("value")
        if not place:
            return "error: nothing is " + selector
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1],
                      button="none" if kind == "mouseMoved" else "left", clickCount=1)
        return "clicked"

    def key(self, name):
        text = {"Enter": "\r", " ": " "}.get(name, name if len(name) == 1 else "")
        code = {"Enter": 13, "Escape": 27, "ArrowUp": 38, "ArrowDown": 40, "End": 35,
                "Home": 36, "Tab": 9, "PageDown": 34, "PageUp": 33}.get(name, 0)
        self.call("Input.dispatchKeyEvent", type="keyDown", key=name, text=text,
                  windowsVirtualKeyCode=code)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=name,
                  windowsVirtualKeyCode=code)
        return "pressed"

    def work(self):
        metrics = self.call("Performance.getMetrics")["metrics"]
        return str(round(1000 * next(m["value"] for m in metrics
                                     if m["name"] == "TaskDuration")))

    def shot(self, path):
        png = self.call("Page.captureScreenshot", format="png")["data"]
        with open(path, "wb") as out:
            out.write(base64.b64decode(png))

    def close(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        shutil.rmtree(self.home, ignore_errors=True)


def step(browser, url, line):
    verb, _, rest = line.partition(" ")
    if verb == "eval":
        return browser.evaluate(rest)
    if verb == "click":
        return browser.click(rest)
    if verb == "key":
        return browser.key(rest)
    if verb in ("dark", "light"):
        browser.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": verb}])
        return None
    if verb == "shot":
        return browser.shot(rest)
    if verb == "requests":
        return json.dumps([u for u in browser.requests if u != url])
    if verb == "work":
        return browser.work()
    if verb == "problems":
        return json.dumps(browser.problems)
    return "error: no such step: " + verb


def main():
    url = "file://" + os.path.abspath(sys.argv[1])
    size = sys.argv[2:4] or ("1500", "1000")
    browser = Browser(*size)
    try:
        browser.open(url)
        for line in sys.stdin:
            if line.strip():
                said = step(browser, url, line.rstrip("\n"))
                if said is not None:
                    print(said, flush=True)
    finally:
        browser.close()


main()
