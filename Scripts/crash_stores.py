"""The stores of Scripts/crash: what runs on each, how it is broken, and what has to hold afterwards."""
import os, pathlib, secrets, shlex, signal, subprocess, sys, time

from crash_servers import APIServer, Up

ROOT = pathlib.Path(__file__).resolve().parent.parent
NODES = ("galera1", "galera2", "galera3")


class Directory:
    """The store of `up` itself, which nothing but the end of the process breaks."""

    # What the programs are built with and which they are, the arguments of `up`, and whether it may be without its store.
    traits, products = "HTTP", ("distcron",)
    options, environment, is_shared = [], {}, False

    def __init__(self, folder, expect):
        self.expect = expect

    def begin(self, program, directory):
        """Starts the servers that clients write through."""
        return [Up(program, self.environment, self, directory)]

    def strike(self, chance, servers, writers, number):
        """Breaks something and mends it; returns what."""
        servers[0].restart()
        return "kill distcron"

    def check(self, known):
        """Looks at what is kept while nobody writes."""

    def check_end(self):
        """The same once no server runs."""

    def end(self):
        pass


class MariaDB(Directory):
    """A database server, which is killed, and now and then `up` with it."""

    traits, is_shared = "HTTP,MariaDB", True
    options = ["--store", "mariadb"]
    backends = ("mariadb",)

    def __init__(self, folder, expect):
        super().__init__(folder, expect)
        self.folder, self.addresses = f"{folder}/servers", {}
        for line in self.servers("start", *self.backends).splitlines():
            name, address = line.split("=", 1)
            self.addresses[name.removeprefix("DISTCRON_TEST_").lower()] = shlex.split(address)[0]
        self.url = self.addresses[self.backends[0]]
        self.environment = {"DISTCRON_STORE_URL": self.url}

    def servers(self, *arguments):
        command = [sys.executable, str(ROOT / "Scripts/servers"), *arguments, "--dir", self.folder]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout

    def strike(self, chance, servers, writers, number):
        self.servers("kill", "mariadb")
        kills_server = number % 3 == 0
        time.sleep(chance.uniform(0, 3))
        if kills_server:
            servers[0].end(signal.SIGKILL)
        self.servers("restart", "mariadb")
        if kills_server:
            servers[0].start()
        return "kill mariadb" + (" and distcron" if kills_server else "")

    def end(self):
        self.servers("stop")


class Galera(MariaDB):
    """Three nodes, of which one is killed or cut off, and three servers, each of which prefers another node.

    `up` prefers the first. Only one of it may work on a database, so the other two servers are API servers, which need
    ZooKeeper. A server whose node is struck goes on with the next; when the node is back the server is killed, because it
    keeps its connections, and works on the node again.
    """

    traits, products = "HTTP,MariaDB,ZooKeeper", ("distcron", "distcron-server")
    backends = ("galera", "zookeeper")

    def __init__(self, folder, expect):
        super().__init__(folder, expect)
        # Which nodes are to be killed or cut off yet: each has its turn.
        self.turns = {"kill": [], "cut off": []}
        self.struck = None

    def begin(self, program, directory):
        environments = [{"DISTCRON_STORE_URL": self.preferring(place)} for place in range(len(NODES))]
        zookeeper = f"zookeeper://crash:{secrets.token_hex(16)}@{self.addresses['zookeeper']}/distcron?session=6s"
        other = {"DISTCRON_ZOOKEEPER_URL": zookeeper, "DISTCRON_ARTIFACTS_DIRECTORY": f"{directory}/artifacts"}
        api = str(pathlib.Path(program).resolve().with_name("distcron-server"))
        self.program = program
        # `up` makes the tables.
        servers = [Up(program, environments[0], self, directory)]
        for number, environment in enumerate(environments[1:], 2):
            servers.append(APIServer(f"server-{number}", [api], {**environment, **other}, self, directory))
        for server in servers:
            server.await_ready()
        return servers

    def preferring(self, place):
        """The URL of the store with another node in the first place."""
        before, rest = self.url.rsplit("@", 1)
        hosts, database = rest.split("/", 1)
        hosts = hosts.split(",")
        return f"{before}@{','.join(hosts[place:] + hosts[:place])}/{database}"

    def strike(self, chance, servers, writers, number):
        way = ("cut off", "kill")[number % 2]
        if not self.turns[way]:
            self.turns[way] = chance.sample(range(len(NODES)), len(NODES))
        place = self.turns[way].pop()
        server, self.struck = servers[place], NODES[place]
        if not self.users(self.struck):
            # Its connections broke when another node was struck, and it keeps those that it has made then.
            server.restart()
            server.await_ready()
        self.expect(self.users(self.struck), f"nobody works on {self.struck}, which is to be struck")
        others = [writer for writer in writers if writer.server is not server]
        before = sum(writer.count for writer in others)
        if way == "kill":
            self.servers("kill", self.struck)
            time.sleep(chance.uniform(1, 3))
            self.servers("restart", self.struck)
        else:
            self.servers("isolate", self.struck)
            self.check_refusals(self.struck)
            self.check_doctor(place)
            time.sleep(chance.uniform(1, 3))
            self.servers("heal", self.struck)
        written = sum(writer.count for writer in others) - before
        self.expect(written > 0, f"nothing was written through the others while {self.struck} was away")
        server.restart()
        server.await_ready()
        self.expect(self.users(self.struck), f"{self.struck} is back, and {server.name}, which prefers it, works elsewhere")
        print(f"    {written} writes through the servers of the others while {self.struck} was away", flush=True)
        return f"{way} {self.struck}"

    def check_refusals(self, node):
        """A minority neither reads nor writes."""
        said = self.ask(node, "SELECT COUNT(*) FROM distcron.jobs")
        self.expect("1047" in said, f"{node}, which is cut off, answers: {said}")
        said = self.ask(node, "INSERT INTO distcron.units (id) VALUES (REPEAT('x', 16))")
        self.expect("1047" in said, f"{node}, which is cut off, writes: {said}")

    def check_doctor(self, place):
        """Whoever asks what is wrong with the node is told."""
        environment = {**os.environ, "DISTCRON_STORE_URL": self.preferring(place)}
        said = subprocess.run([self.program, "doctor"], env=environment, capture_output=True, text=True, timeout=60)
        line = next((line for line in said.stdout.splitlines() if "wsrep_ready OFF" in line), "")
        self.expect("in a cluster of 1" in line, f"the doctor does not say what is wrong with {NODES[place]}: {said.stdout}")

    def check(self, known):
        """Every node has every acknowledged change and the same ledger; the one that has come back is read first."""
        nodes = sorted(NODES, key=lambda node: node != self.struck)
        # Up to where the short jobs are accounted for in any case; what is no later than that is not written any more.
        until = self.rows(nodes[-1], "SELECT MIN(accounted_until) FROM slots WHERE id IN "
                                     "(SELECT slot FROM jobs WHERE name LIKE 'short-%' AND NOT is_removed)")[0][0]
        ledgers = {}
        for node in nodes:
            self.check_jobs(node, known)
            ledgers[node] = [
                self.rows(node, self.fingerprint("runs", "scheduled_at", "job, scheduled_at, trigger_id", until)),
                self.rows(node, self.fingerprint("gaps", "last_at", "job, first_at, last_at, version, count, reason", until)),
            ]
        self.expect_same(ledgers, "ledgers")

    def check_jobs(self, node, known):
        there = {}
        for job, *rest in self.rows(node, "SELECT LOWER(HEX(id)), is_removed, version, description FROM jobs"):
            there[job] = rest
        for job, (state, text, version) in ((job, what) for jobs in known for job, what in jobs.items()):
            found = there.get(job.replace("-", ""))
            if found is None:
                self.expect(False, f"job {job} is lost on {node}")
            elif state == "finished":
                self.expect(found[0] == "1", f"job {job} is not removed on {node}")
            else:
                right = ["0", str(version), text or "NULL"]
                self.expect(found == right, f"job {job} is {found} on {node}, not {right}")

    @staticmethod
    def fingerprint(table, time, columns, until):
        """What tells rows from others, in whichever order they are read."""
        row = f"CONCAT_WS('/', {columns})"
        return f"SELECT COUNT(*), BIT_XOR(CRC32({row})), SUM(CRC32(REVERSE({row}))) FROM {table} WHERE {time} <= {until}"

    def check_end(self):
        """Nobody writes any more, so every table is the same on every node."""
        tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'distcron' ORDER BY table_name"
        names = ", ".join(row[0] for row in self.rows(NODES[0], tables))
        sums = {node: self.rows(node, f"SELECT COUNT(*) FROM slots; CHECKSUM TABLE {names} EXTENDED") for node in NODES}
        self.expect(len(sums[NODES[0]]) > 2, f"no tables: {sums[NODES[0]]}")
        self.expect_same(sums, "tables")

    def expect_same(self, answers, what):
        first = answers[NODES[0]]
        for node in NODES[1:]:
            self.expect(answers[node] == first, f"the {what} of {node} differ: {answers[node]}, on {NODES[0]} {first}")

    def users(self, node):
        """How many connections our servers have to a node."""
        said = self.ask(node, "SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'distcron'", "--skip-column-names")
        self.expect(said.strip().isdigit(), f"{node} does not say who works on it: {said}")
        return said.strip().isdigit() and int(said)

    def rows(self, node, sql):
        """The rows that a node answers once it has all that the cluster has committed before."""
        said = self.ask(node, f"SET SESSION wsrep_sync_wait = 1; {sql}", "--batch", "--skip-column-names", "distcron")
        if "ERROR" in said:
            sys.exit(f"{node} answers {sql} with {said}; see {self.folder}/{node}/error.log")
        return [line.split("\t") for line in said.splitlines()]

    def ask(self, node, sql, *options):
        command = ["mariadb", "--no-defaults", f"--socket={self.folder}/{node}/s", "--user=root", *options, "--execute", sql]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        return done.stdout + done.stderr


STORES = {"directory": Directory, "mariadb": MariaDB, "galera": Galera}
