"""The processes of Scripts/cluster: the backends that Scripts/servers starts, and the servers, managers and workers."""
import contextlib, http.client, json, os, pathlib, re, secrets, shlex, signal, subprocess, sys, time

from cluster_judge import RECOVERY, ClusterHistory, Outage
from cluster_proxies import Proxies
from servers_base import Failure
from servers_zookeeper import ZooKeeperNode

ROOT = pathlib.Path(__file__).resolve().parent
# The time-out of sessions in seconds: how long a process may be silent before the ensemble gives it up.
SESSION = 6
# After how many seconds a process that has ended is started again, as systemd would.
RESTART = (2, 4)
# How long starting, healing, electing and ending may each take.
PATIENCE = 60
NOTHING_JUDGED = 2


def say(text):
    print(time.strftime("%H:%M:%S"), text, flush=True)


def addresses(url):
    """The hosts and ports of a URL."""
    hosts = url.rsplit("@", 1)[-1].split("://")[-1].split("/")[0]
    pairs = [host.rsplit(":", 1) for host in hosts.split(",")]
    return [(host, int(port)) for host, port in pairs]


def through(url, ports):
    """A URL with ports of the loopback address in the place of its hosts."""
    before, rest = url.rsplit("@", 1)
    hosts = ",".join(f"127.0.0.1:{port}" for port in ports)
    return f"{before}@{hosts}/{rest.split('/', 1)[1]}"


def environment(settings):
    """What a process of the cluster finds in its environment: nothing that this script was told of others."""
    return {**{key: value for key, value in os.environ.items() if not key.startswith("DISTCRON_")}, **settings}


def lines(file):
    """The lines of a log, without one that is being written."""
    return file.read_text(errors="replace").rpartition("\n")[0].splitlines()


def newest_term(lines):
    """The highest token of which a manager's log says that it leads under it, and whether it says nothing later."""
    newest, leads = (), False
    for line in lines:
        if '"Leading"' not in line and '"Another leads"' not in line:
            continue
        record = json.loads(line)
        token = tuple(int(part) for part in record["distcron.leader.token"].split("."))
        if token >= newest:
            newest, leads = token, record["message"] == "Leading"
    return newest, leads


class Backends:
    """MariaDB and an ensemble of three, started by Scripts/servers."""

    def __init__(self, folder):
        self.folder = folder

    def start(self):
        said = {}
        for line in self.servers("start", "mariadb", "ensemble").splitlines():
            key, value = line.split("=", 1)
            said[key] = shlex.split(value)[0]
        self.store_url, self.ensemble = said["DISTCRON_TEST_MARIADB"], said["DISTCRON_TEST_ENSEMBLE"]
        credentials = f"distcron:{secrets.token_hex(16)}"
        self.zookeeper_url = f"zookeeper://{credentials}@{self.ensemble}/distcron?session={SESSION}s"

    def servers(self, *arguments):
        """Lets Scripts/servers do something, to its end: what it starts it also writes down, to be stopped later."""
        command = [sys.executable, str(ROOT / "servers"), *arguments, "--dir", str(self.folder)]
        # In a session of its own, where Ctrl-C does not reach it.
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
        try:
            output = process.communicate()[0]
        except KeyboardInterrupt:
            process.communicate()
            raise
        if process.returncode:
            raise Failure(f"Scripts/servers {' '.join(arguments)} ends with {process.returncode}", NOTHING_JUDGED)
        return output

    def ensemble_nodes(self):
        """The nodes of Scripts/servers that make the ensemble, and their ports."""
        return {f"ensemble{number}": port for number, (_, port) in enumerate(addresses(self.ensemble), 1)}

    def ensemble_leader(self):
        """The one of them that leads; None if there is none just now."""
        for name, port in self.ensemble_nodes().items():
            node = ZooKeeperNode({"name": name, "port": port}, self.folder / name)
            if "Mode: leader" in (node.ask("srvr") or ""):
                return name
        return None

    def stop(self):
        self.servers("stop")


class Process:
    """One server, manager or worker."""

    def __init__(self, name, program, settings, folder):
        self.name, self.program, self.settings, self.folder = name, program, settings, folder
        # A log for each time that it was started, of which the last is being written.
        self.logs = []
        # None while it is meant to be down.
        self.process = None
        # When it is started again, if it has ended by itself.
        self.back_at = None

    def start(self):
        self.logs.append(self.folder / "logs" / f"{self.name}.{len(self.logs) + 1}.log")
        with open(self.logs[-1], "wb") as log, open(self.output, "wb") as output:
            # In a session of its own, where Ctrl-C does not reach it; in the folder, for what it may leave behind.
            self.process = subprocess.Popen(
                [self.program], env=environment(self.settings), stdin=subprocess.DEVNULL, stdout=output, stderr=log,
                cwd=self.folder, start_new_session=True,
            )
        self.back_at = None

    @property
    def output(self):
        return self.folder / "logs" / f"{self.name}.out"

    @property
    def is_running(self):
        return self.process is not None and self.process.poll() is None

    @property
    def has_ended_by_itself(self):
        return self.process is not None and self.process.poll() is not None

    def send(self, number):
        self.process.send_signal(number)

    def kill(self):
        """Kills it, and nothing that it has started; it is down until it is started."""
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            process.wait()

    def await_end(self):
        """Its exit code; what has not ended after a while is killed, which shows in the code."""
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
        code, self.process = self.process.wait(), None
        return code


class Server(Process):
    """An API server."""

    def ask(self, method, path, body=None):
        """The status and the body of an answer; 0 and the reason if there is none."""
        said = re.search(r"Listening on http://127\.0\.0\.1:(\d+)", self.output.read_text())
        if not said:
            return 0, f"{self.name} does not listen"
        connection = http.client.HTTPConnection("127.0.0.1", int(said[1]), timeout=PATIENCE)
        try:
            headers = {"Content-Type": "application/json"} if body else {}
            connection.request(method, path, body and json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            return 0, str(error)
        finally:
            connection.close()


class Manager(Process):
    """A manager, which leads or waits to lead."""


class Worker(Process):
    """A worker, with its own links to the backends."""

    def __init__(self, name, program, settings, folder, backends, proxies):
        self.zookeeper = proxies.link(addresses(backends.zookeeper_url))
        self.mariadb = proxies.link(addresses(backends.store_url))
        urls = {
            "DISTCRON_ZOOKEEPER_URL": through(backends.zookeeper_url, self.zookeeper.ports),
            "DISTCRON_STORE_URL": through(backends.store_url, self.mariadb.ports),
        }
        super().__init__(name, program, {**settings, **urls}, folder)
        self.directory = settings["DISTCRON_WORKER_DIRECTORY"]

    def supervisor(self):
        """The number of the process that runs the worker's attempts, or None."""
        for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = path.read_text().split("\0")
            except OSError:
                continue
            if words[0] == "distcron-supervisor" and f"{self.directory}/supervisor" in words:
                return int(path.parent.name)
        return None


class Cluster:
    """Everything that runs, and what was broken of it."""

    def __init__(self, programs, folder, chance, capacity, verdict):
        self.programs, self.folder, self.chance, self.capacity = programs, folder, chance, capacity
        self.verdict, self.history = verdict, ClusterHistory()
        self.backends, self.proxies = Backends(folder / "backends"), Proxies()
        self.servers, self.managers, self.workers = [], [], []
        # Until when ends of processes have a fault as their reason.
        self.disturbed_until = 0
        for name in ("logs", "witnesses", "artifacts", "workers"):
            (folder / name).mkdir()

    @property
    def processes(self):
        return [*self.workers, *self.managers, *self.servers]

    # Starting

    def start(self, servers, managers, workers):
        """Starts everything, and returns once it is ready."""
        self.backends.start()
        say("MariaDB and the ensemble run")
        migration = [str(self.programs / "distcron"), "migrate"]
        variables = environment({"DISTCRON_STORE_URL": self.backends.store_url})
        if subprocess.run(migration, env=variables, stdout=subprocess.DEVNULL).returncode:
            raise Failure("distcron migrate failed", NOTHING_JUDGED)
        for _ in range(managers):
            self.add_manager()
        for _ in range(servers):
            self.add_server()
        for _ in range(workers):
            self.add_worker()
        if not self.await_true(self.is_ready):
            raise Failure(f"the cluster is not ready within {PATIENCE} s; see {self.folder}/logs", NOTHING_JUDGED)
        say(f"{servers} servers, {managers} managers and {workers} workers run, and one manager leads")

    def begin(self, kind, processes, *links, **others):
        """Starts one more server, manager or worker."""
        word = kind.__name__.lower()
        name = f"{word}-{len(processes) + 1}"
        settings = {
            "DISTCRON_STORE_URL": self.backends.store_url, "DISTCRON_ZOOKEEPER_URL": self.backends.zookeeper_url,
            "DISTCRON_ARTIFACTS_DIRECTORY": f"{self.folder}/artifacts", "DISTCRON_LOG_FORMAT": "json",
            "DISTCRON_LOG_LEVEL": "info", **others,
        }
        process = kind(name, str(self.programs / f"distcron-{word}"), settings, self.folder, *links)
        process.start()
        processes.append(process)
        return process

    def add_server(self):
        return self.begin(Server, self.servers, DISTCRON_HTTP_PORT="0")

    def add_manager(self):
        return self.begin(Manager, self.managers)

    def add_worker(self):
        # The private directories of its attempts are in it, and tell the witnesses which worker it is.
        directory = self.folder / "workers" / f"worker-{len(self.workers) + 1}"
        settings = {"DISTCRON_WORKER_DIRECTORY": str(directory), "DISTCRON_WORKER_CAPACITY": str(self.capacity)}
        return self.begin(Worker, self.workers, self.backends, self.proxies, **settings)

    # Waiting

    def wait(self, seconds):
        """Waits, and looks after the processes meanwhile."""
        end = time.monotonic() + seconds
        while True:
            self.look_after_processes()
            rest = end - time.monotonic()
            if rest <= 0:
                return
            time.sleep(min(rest, 0.5))

    def await_true(self, condition, seconds=PATIENCE):
        """Waits until something holds; returns whether it does."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                return False
            self.wait(0.2)
        return True

    def look_after_processes(self):
        """Starts again what has ended by itself, a few seconds later, as systemd would."""
        for process in self.processes:
            if not process.has_ended_by_itself:
                continue
            if process.back_at is None:
                process.back_at = time.monotonic() + self.chance.uniform(*RESTART)
                self.note_end(process)
            elif time.monotonic() >= process.back_at:
                process.start()

    def note_end(self, process):
        """A process may give up because of a fault and be started again; it must not crash, nor end for no reason."""
        code = process.process.returncode
        say(f"{process.name} has ended by itself with {code}; see {process.logs[-1]}")
        is_excused = code >= 0 and time.monotonic() < self.disturbed_until
        self.verdict.expect(is_excused, "a process that ended by itself", f"{process.name}, with {code}")

    # Asking

    def is_ready(self):
        return self.leader() is not None and all(server.ask("GET", "/readyz")[0] == 200 for server in self.servers)

    def leader_and_token(self):
        """The manager that leads, or None, and the highest token of all times."""
        newest, leader = (), None
        for manager in self.managers:
            for log in manager.logs:
                token, leads = newest_term(lines(log))
                if token > newest:
                    is_now = leads and manager.is_running and log is manager.logs[-1]
                    newest, leader = token, manager if is_now else None
        return leader, newest

    def leader(self):
        return self.leader_and_token()[0]

    def get(self, path):
        """What a server answers; each has its turn. One that cannot answer may be able to a little later."""
        answers = []

        def has_answered():
            self.servers.append(self.servers.pop(0))
            answers.append(self.servers[0].ask("GET", path))
            return answers[-1][0] == 200

        if not self.await_true(has_answered):
            raise Failure(f"GET {path} is answered with {answers[-1]}")
        return json.loads(answers[-1][1])

    # Breaking

    @contextlib.contextmanager
    def broken(self, fault, what):
        """Something is broken in the body of the statement, and whole again at its end.

        The fault's end is when its cause is gone, by what this script has done: never by what the system says.
        """
        say(f"{fault}: {what}")
        start, self.disturbed_until = time.time(), float("inf")
        yield
        end, self.disturbed_until = time.time(), time.monotonic() + RECOVERY
        self.history.add_fault(fault, start, end)
        is_ready = self.await_true(self.is_ready)
        self.verdict.expect(is_ready, "a cluster that is not ready a minute after a fault", f"{fault}: {what}")
        say(f"    whole again after {end - start:.1f} s, ready {time.time() - end:.1f} s later")

    def restart(self, process):
        """Kills a process, and starts it again after a few seconds."""
        process.kill()
        self.wait(self.chance.uniform(*RESTART))
        process.start()

    def restart_node(self, node):
        """The same of a backend's server."""
        self.backends.servers("kill", node)
        self.wait(self.chance.uniform(*RESTART))
        self.backends.servers("restart", node)

    def lose_ensemble(self, fault, seconds):
        """Kills all servers of the ensemble, and starts them again after a time."""
        nodes, start = self.backends.ensemble_nodes(), time.time()
        self.backends.servers("kill", *nodes)
        # A lease is shorter than the session that it comes from.
        lapsed = time.time() + SESSION
        self.wait(seconds)
        self.history.outages.append(Outage(fault, start, lapsed, time.time()))
        self.backends.servers("restart", *nodes)

    def cut(self, link, seconds):
        """Lets nothing through a link for a time."""
        before = link.held
        self.proxies.cut(link)
        self.wait(seconds)
        self.proxies.heal(link)
        self.verdict.expect(link.held > before, "a cut that has cut nothing", f"{seconds} s")

    # Ending

    def drain(self):
        """Asks all processes to end, the workers first, whose jobs may take a while."""
        for processes in (self.workers, self.managers, self.servers):
            running = [process for process in processes if process.is_running]
            for process in running:
                process.send(signal.SIGTERM)
            for process in running:
                code = process.await_end()
                self.verdict.expect(code == 0, "a process that does not end well", f"{process.name}: {code}")

    def jobs_left(self):
        """The processes of jobs that still run, known by the private directories in their environment."""
        mark, found = f"\0DISTCRON_DIR={self.folder}/".encode(), []
        for file in pathlib.Path("/proc").glob("[0-9]*/environ"):
            with contextlib.suppress(OSError):
                if mark in b"\0" + file.read_bytes():
                    found.append(int(file.parent.name))
        return found

    def end(self):
        """Ends whatever runs."""
        try:
            for process in self.processes:
                process.kill()
            self.kill_jobs()
            self.proxies.stop()
        finally:
            self.backends.stop()

    def kill_jobs(self):
        """Kills what killed workers have left; while that is looked for, it may start something else."""
        end = time.monotonic() + 10
        while (left := self.jobs_left()) and time.monotonic() < end:
            for number in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)
            time.sleep(0.1)
