"""What the servers of Scripts/servers have in common: processes that can be started, asked, paused and ended."""
import os, pathlib, signal, socket, subprocess, time


class Failure(Exception):
    """What went wrong, in a sentence, and the exit code that says so."""

    def __init__(self, message, code=1):
        super().__init__(message)
        self.code = code


def free_ports(count):
    """Ports that nobody listens on; all are held until the last is found, so they differ."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def wait(condition, seconds, what):
    """Returns once the condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise Failure(f"{what} has not happened within {seconds} s")
        time.sleep(0.02)


def birth(pid):
    """When a process began, which tells it from a later one with the same number; None if it is gone or a zombie."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else fields[19]


class Node:
    """One server: its process, its folder and its ports."""

    # What the kind of server is called, and what each of its ports is for.
    KIND, PORTS = "", ()

    def __init__(self, state, folder):
        self.state, self.folder = state, pathlib.Path(folder)

    @classmethod
    def new(cls, name, folder, settings):
        place = folder / name
        place.mkdir()
        ports = dict(zip(cls.PORTS, free_ports(len(cls.PORTS))))
        return cls({"name": name, "kind": cls.KIND, "settings": settings, **ports}, place)

    name = property(lambda self: self.state["name"])
    port = property(lambda self: self.state["port"])
    is_running = property(lambda self: "pid" in self.state and birth(self.state["pid"]) == self.state["birth"])

    def run(self, command, output=subprocess.DEVNULL):
        """Starts the server's process."""
        if self.is_running:
            raise Failure(f"{self.name} is running")
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=self.folder, start_new_session=True,
        )
        self.state.update(pid=process.pid, birth=birth(process.pid))

    def await_ready(self, seconds=60):
        def is_ready():
            if not self.is_running:
                raise Failure(f"{self.name} ended; its log says:\n{self.log()}")
            return self.takes_work()

        try:
            wait(is_ready, seconds, f"the start of {self.name}")
        except Failure as failure:
            raise Failure(f"{failure}; its log says:\n{self.log()}") from None

    def log(self):
        try:
            return "\n".join((self.folder / "error.log").read_text(errors="replace").splitlines()[-15:])
        except FileNotFoundError:
            return "(nothing)"

    def send(self, number):
        if self.is_running:
            os.kill(self.state["pid"], number)

    def await_end(self, seconds=20):
        wait(lambda: not self.is_running, seconds, f"the end of {self.name}")

    def stop(self):
        self.send(signal.SIGCONT)
        self.send(signal.SIGTERM)
        try:
            self.await_end()
        except Failure:
            self.send(signal.SIGKILL)
            self.await_end()

    def restart(self, _):
        self.start()
        self.await_ready()
