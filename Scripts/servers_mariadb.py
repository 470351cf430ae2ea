"""MariaDB for Scripts/servers: one server, or a Galera cluster of three nodes."""
import fcntl, os, pathlib, pwd, secrets, shutil, signal, stat, subprocess, sys

from servers_base import Failure, Node, wait

PROVIDER = "/usr/lib/galera/libgalera_smm.so"
PACKAGES = {
    "mariadbd": "mariadb-server", "mariadb-install-db": "mariadb-server", "mariadb": "mariadb-client",
    "openssl": "openssl", "rsync": "rsync",
}
# The servers refuse to run as root, so for root they run as this user; for anybody else as whoever starts them.
USER = "mysql"
IS_ROOT = os.geteuid() == 0
# Where the server is, which others than root do not have on their PATH.
os.environ["PATH"] += ":/usr/sbin"
AS_USER = [f"--user={USER}"] if IS_ROOT else []
# A node that does not answer is left behind after a second or two, and not after six.
EVS = (
    "evs.keepalive_period=PT0.2S;evs.inactive_check_period=PT0.1S;evs.suspect_timeout=PT2S;evs.inactive_timeout=PT4S;"
    "evs.install_timeout=PT4S;gmcast.peer_timeout=PT2S"
)


def own(path):
    """Gives a folder and what is in it to the servers' user, unless that is whoever has made it."""
    if not IS_ROOT:
        return
    subprocess.run(["chown", "-R", f"{USER}:{USER}", str(path)], check=True)


def make_passable(path):
    """Lets the servers' user through to a folder."""
    if not IS_ROOT:
        return
    for folder in [path, *path.parents]:
        mode = folder.stat()
        if not mode.st_mode & stat.S_IXOTH:
            folder.chmod(mode.st_mode | stat.S_IXOTH)


def cached(name, make):
    """A folder that is made once for each version of the server, and never seen half made."""
    version = subprocess.run(["mariadbd", "--version"], check=True, capture_output=True, text=True).stdout.split()[2]
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    folder = cache / "distcron-servers" / version
    folder.mkdir(parents=True, exist_ok=True)
    make_passable(folder)
    with open(folder / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        place, unfinished = folder / name, folder / f"{name}.unfinished"
        if not place.exists():
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            make(unfinished)
            unfinished.rename(place)
    return place


def new_data(place):
    """A data folder without a database of ours, whose root comes in without a password, through the socket only."""
    command = [
        "mariadb-install-db", "--no-defaults", *AS_USER, f"--datadir={place}/data", "--skip-test-db",
        "--auth-root-authentication-method=normal", "--skip-name-resolve", "--innodb-log-file-size=16M",
    ]
    own(place)
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise Failure(f"mariadb-install-db failed: {done.stdout[-2000:]}")


class MariaDBNode(Node):
    """One MariaDB server."""

    KIND, PORTS = "mariadb", ("port",)

    def options(self):
        socket_path = f"{self.folder}/s"
        if len(socket_path) > 100:
            raise Failure(f"the path {socket_path} is too long for a socket; choose a shorter --dir")
        settings = self.state["settings"]
        durable = settings["durable"]
        options = [
            "--no-defaults", *AS_USER, f"--datadir={self.folder}/data", f"--socket={socket_path}",
            f"--pid-file={self.folder}/pid", f"--tmpdir={self.folder}", f"--port={self.port}",
            "--bind-address=127.0.0.1", f"--innodb-buffer-pool-size={settings['buffer_pool']}",
            f"--innodb-log-file-size={settings['log_file']}", f"--innodb-flush-log-at-trx-commit={1 if durable else 2}",
            f"--innodb-doublewrite={1 if durable else 0}", "--performance-schema=OFF", "--skip-name-resolve",
            "--max-connections=400", "--key-buffer-size=1M", "--aria-pagecache-buffer-size=1M", "--sync-binlog=0",
        ]
        if settings.get("certificates"):
            place = settings["certificates"]
            options += [f"--ssl-ca={place}/ca.pem", f"--ssl-cert={place}/server.pem", f"--ssl-key={place}/server.key"]
        return options

    def start(self, extra=()):
        self.run(["mariadbd", *self.options(), f"--log-error={self.folder}/error.log", *extra])

    def takes_work(self):
        return self.query("SELECT 1") is not None

    def query(self, sql):
        """What a statement of root answers; None if the server does not answer."""
        command = ["mariadb", "--no-defaults", f"--socket={self.folder}/s", "--user=root", "--batch", "--skip-column-names"]
        try:
            done = subprocess.run(command, input=sql, capture_output=True, text=True, timeout=10)
        except subprocess.TimeoutExpired:
            return None
        return done.stdout if done.returncode == 0 else None


class GaleraNode(MariaDBNode):
    """A node of a cluster."""

    KIND, PORTS = "galera", ("port", "gcomm", "ist", "sst")

    def options(self):
        state = self.state
        provider = (
            f"base_port={state['gcomm']};gmcast.listen_addr=tcp://127.0.0.1:{state['gcomm']};"
            f"ist.recv_addr=127.0.0.1:{state['ist']};gcache.size=16M;pc.recovery=true;socket.ssl=no;{EVS}"
        )
        return super().options() + [
            "--wsrep-on=ON", f"--wsrep-provider={PROVIDER}", "--wsrep-cluster-name=distcron",
            f"--wsrep-node-name={self.name}", f"--wsrep-node-address=127.0.0.1:{state['gcomm']}",
            f"--wsrep-cluster-address=gcomm://{state['peers']}", "--wsrep-sst-method=rsync",
            f"--wsrep-sst-receive-address=127.0.0.1:{state['sst']}", f"--wsrep-provider-options={provider}",
            "--wsrep-slave-threads=2", "--binlog-format=ROW", "--default-storage-engine=InnoDB",
            "--innodb-autoinc-lock-mode=2",
        ]

    def takes_work(self):
        answer = self.query("SHOW STATUS WHERE variable_name IN ('wsrep_local_state_comment', 'wsrep_ready')")
        return answer is not None and "Synced" in answer and "ON" in answer.split()

    def size(self):
        return (self.query("SHOW STATUS LIKE 'wsrep_cluster_size'") or "0").split()[-1]

    def position(self):
        """Up to where the data go after a crash, so that a rejoining node asks for the rest only."""
        log = self.folder / "recover.log"
        log.unlink(missing_ok=True)
        command = ["mariadbd", *self.options(), "--skip-networking", "--wsrep-recover", f"--log-error={log}"]
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder)
        for line in reversed(log.read_text(errors="replace").splitlines()):
            if "Recovered position:" in line:
                return line.split("Recovered position:")[1].split()[0].split(",")[0]
        raise Failure(f"the position of {self.name} was not found in {log}")

    def restart(self, others):
        if any(other.is_running for other in others):
            # Where the killed node saw its cluster last. It would look for that view, which only nodes that all ended
            # with it can make again, before it asks those that live.
            (self.folder / "data" / "gvwstate.dat").unlink(missing_ok=True)
        for is_last in (False, False, True):
            self.start([f"--wsrep-start-position={self.position()}"])
            try:
                return self.await_ready()
            except Failure as failure:
                # It gives up after three seconds if no other lets it in. Whatever keeps servers alive starts it again.
                logs = "".join(f"\n{other.name}:\n{other.log()}" for other in others)
                if is_last or self.is_running:
                    raise Failure(f"{failure}\nThe others' logs say:{logs}")
                print(f"{failure}\nIt is started again. The others' logs say:{logs}", file=sys.stderr, flush=True)

    def isolate(self, is_isolated):
        self.query(f"SET GLOBAL wsrep_provider_options = 'gmcast.isolate={int(is_isolated)}'")
        if is_isolated:
            wait(lambda: not self.takes_work(), 30, f"the isolation of {self.name}")
        else:
            self.await_ready()


def make_certificates(place):
    """An authority, and a certificate of it for the loopback address."""
    place.mkdir()
    run = lambda *command: subprocess.run(["openssl", *command], check=True, capture_output=True, cwd=place)
    run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
        "-subj", "/CN=distcron test authority", "-keyout", "ca.key", "-out", "ca.pem")
    run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost",
        "-keyout", "server.key", "-out", "server.csr")
    (place / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    run("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30",
        "-extfile", "names", "-out", "server.pem")
    own(place)


def link_peers(nodes, has_bootstrap=False):
    peers = ",".join(f"127.0.0.1:{node.state['gcomm']}" for node in nodes)
    for number, node in enumerate(nodes):
        node.state["peers"] = "" if has_bootstrap and number == 0 else peers


def new_cluster(place):
    """The data folders of three nodes that were killed while they were one cluster: they find each other in a second."""
    template = cached("single", new_data)
    settings = {"durable": False, "buffer_pool": "24M", "log_file": "16M"}
    nodes = [GaleraNode.new(f"galera{number}", place, settings) for number in (1, 2, 3)]
    try:
        for node in nodes:
            shutil.copytree(template / "data", node.folder / "data")
        own(place)
        link_peers(nodes, has_bootstrap=True)
        for node in nodes:
            node.start()
            node.await_ready(120)
        link_peers(nodes)
        wait(lambda: all(node.size() == "3" for node in nodes), 60, "the forming of the cluster")
    finally:
        for node in nodes:
            node.send(signal.SIGKILL)
        for node in nodes:
            node.await_end()
    for node in nodes:
        (node.folder / "position").write_text(node.position())
        (node.folder / "data" / "galera.cache").unlink(missing_ok=True)


def start_mariadb(folder, settings):
    node = MariaDBNode.new("mariadb", folder, settings)
    shutil.copytree(cached("single", new_data) / "data", node.folder / "data")
    own(node.folder)
    node.start()
    return [node]


def start_galera(folder, settings):
    snapshot = cached("galera", new_cluster)
    nodes = [GaleraNode.new(f"galera{number}", folder, settings) for number in (1, 2, 3)]
    link_peers(nodes)
    for node in nodes:
        shutil.copytree(snapshot / node.name / "data", node.folder / "data")
        own(node.folder)
    for node in nodes:
        node.start([f"--wsrep-start-position={(snapshot / node.name / 'position').read_text()}"])
    return nodes


def let_in(nodes):
    """Makes a user who owns one database, and may make others for tests, and nothing else."""
    password = secrets.token_hex(16)
    made = nodes[0].query(
        "CREATE DATABASE IF NOT EXISTS distcron;\n"
        f"CREATE OR REPLACE USER distcron@'127.0.0.1' IDENTIFIED BY '{password}';\n"
        "GRANT ALL ON distcron.* TO distcron@'127.0.0.1';\n"
        "GRANT ALL ON `distcron\\_%`.* TO distcron@'127.0.0.1';\n"
    )
    if made is None:
        raise Failure(f"the user could not be made on {nodes[0].name}")
    hosts = ",".join(f"127.0.0.1:{node.port}" for node in nodes)
    return f"mariadb://distcron:{password}@{hosts}/distcron"


def missing_packages(has_cluster):
    missing = {package for tool, package in PACKAGES.items() if not shutil.which(tool)}
    if has_cluster and not os.path.exists(PROVIDER):
        missing.add("galera-4")
    return missing


def check_user():
    if not IS_ROOT:
        return
    try:
        pwd.getpwnam(USER)
    except KeyError:
        raise Failure(f"there is no user {USER}; the package mariadb-server makes it", 69) from None
