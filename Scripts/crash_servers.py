"""The servers of Scripts/crash, which are killed and started again, and its clients' connections to them."""
import atexit, http.client, json, os, signal, socket, subprocess, sys, time


class Server:
    """A process with the REST API, which is killed and started again."""

    def __init__(self, name, command, environment, store, directory):
        self.name, self.command, self.store, self.directory = name, command, store, directory
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.environment = {**os.environ, **environment, "DISTCRON_HTTP_PORT": str(self.port)}
        self.log, self.process = f"{directory}/{name}.log", None
        # The numbers of all that there were, as the children of one see them.
        self.processes = set()
        # Whatever ends this script.
        atexit.register(self.kill)
        self.start()

    def start(self):
        """Returns once the server answers."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, env=self.environment, stdout=log, stderr=subprocess.STDOUT)
        self.processes.add(str(self.process.pid))
        while True:
            try:
                return self.get("/healthz")
            except OSError:
                if self.process.poll() is not None:
                    sys.exit(f"{self.name} ended with {self.process.returncode}; see {self.log}")
                time.sleep(0.01)

    def is_ready(self):
        return self.get("/readyz")["ready"]

    def await_ready(self):
        """Returns once the server has all that it needs."""
        end = time.monotonic() + 60
        while not self.is_ready():
            if time.monotonic() > end:
                sys.exit(f"{self.name} is not ready again after a minute; see {self.log}")
            time.sleep(0.01)

    def end(self, number):
        # What is judged of runs rests on that: a process has lived until it was killed here.
        if self.process.poll() is not None:
            sys.exit(f"{self.name} has ended by itself, with {self.process.returncode}; see {self.log}")
        self.process.send_signal(number)
        self.process.wait()

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.end(signal.SIGKILL)

    def restart(self):
        self.end(signal.SIGKILL)
        self.start()

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", path)
        body = connection.getresponse().read()
        return json.loads(body) if body.strip() else None

    def all(self, path):
        """All elements of a list that is given in pages."""
        found, cursor = [], ""
        while True:
            page = self.get(f"{path}?limit=1000{cursor}")
            found += page
            if len(page) < 1000:
                return found
            cursor = f"&cursor={page[-1]['id']}"


class Up(Server):
    """`distcron up`: all roles in one process."""

    def __init__(self, program, environment, store, directory):
        command = [program, "up", "--data-dir", f"{directory}/data", *store.options]
        super().__init__("distcron", command, environment, store, directory)


class APIServer(Server):
    """`distcron-server`: the API and nothing else."""

    def is_ready(self):
        # Of the leader it knows nothing: that is `up`, which needs no ensemble to be elected.
        return self.get("/readyz")["checks"]["store"] == "ok"


class Client:
    """A connection that costs this process little, so that the server is what is measured."""

    def __init__(self, port):
        self.port = port
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""
        # Of the job that the last answer was about.
        self.version = None

    def ask(self, method, path, body=None):
        content = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost:{self.port}\r\nContent-Type: application/json\r\n"
        self.socket.sendall(f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content)
        while b"\r\n\r\n" not in self.rest:
            self.receive()
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        length, self.version = 0, None
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"etag:"):
                self.version = int(line[5:].strip().strip(b'"v'))
            if line.startswith(b"content-length:"):
                length = int(line[15:])
        while len(self.rest) < length:
            self.receive()
        answer, self.rest = self.rest[:length], self.rest[length:]
        return int(head[9:12]), answer

    def receive(self):
        more = self.socket.recv(65536)
        if not more:
            raise ConnectionError("the server is gone")
        self.rest += more
