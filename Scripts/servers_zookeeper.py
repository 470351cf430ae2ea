"""ZooKeeper for Scripts/servers: one server, or an ensemble of three, from Debian's jars and without their shell wrappers."""
import os, socket

from servers_base import Node

JARS = ["/usr/share/java/zookeeper.jar", "/usr/share/java/slf4j-simple.jar"]
# Small and quick to start: these serve tests.
JAVA = [
    "java", "-Xms32m", "-Xmx96m", "-Xss256k", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:CICompilerCount=1",
    "-XX:ReservedCodeCacheSize=24m", "-XX:-UsePerfData", "-Dorg.slf4j.simpleLogger.defaultLogLevel=info",
    "-Dorg.slf4j.simpleLogger.showDateTime=true", "-cp", ":".join(JARS),
    "org.apache.zookeeper.server.quorum.QuorumPeerMain",
]
PACKAGES = {JARS[0]: "libzookeeper-java", JARS[1]: "libslf4j-java", "/usr/bin/java": "default-jre-headless"}
# Sessions may last from 2 to 20 ticks: from one second to ten.
SETTINGS = """\
tickTime=500
initLimit=20
syncLimit=8
clientPortAddress=127.0.0.1
admin.enableServer=false
4lw.commands.whitelist=*
maxClientCnxns=0
preAllocSize=1024
autopurge.purgeInterval=0
"""


def missing_packages():
    return {package for path, package in PACKAGES.items() if not os.path.exists(path)}


class ZooKeeperNode(Node):
    """One ZooKeeper server, alone or of an ensemble; it runs as whoever starts it."""

    KIND, PORTS = "zookeeper", ("port", "peer", "election")

    def options(self):
        return JAVA + [str(self.folder / "zoo.cfg")]

    def configure(self, number, others):
        """Writes down what the server reads when it starts."""
        (self.folder / "data").mkdir(exist_ok=True)
        lines = SETTINGS + f"dataDir={self.folder}/data\nclientPort={self.port}\n"
        lines += f"forceSync={'yes' if self.state['settings']['durable'] else 'no'}\n"
        if others:
            (self.folder / "data" / "myid").write_text(f"{number}\n")
            for each, node in enumerate(others, 1):
                lines += f"server.{each}=127.0.0.1:{node.state['peer']}:{node.state['election']}\n"
        (self.folder / "zoo.cfg").write_text(lines)

    def start(self):
        with open(self.folder / "error.log", "ab") as log:
            self.run(self.options(), log)

    def takes_work(self):
        # `ruok` is answered before sessions are, so what it says counts for nothing.
        return "Mode:" in (self.ask("srvr") or "")

    def ask(self, word):
        """What the server answers to one of its four-letter words; None if it does not answer."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                connection.sendall(word.encode())
                return b"".join(iter(lambda: connection.recv(4096), b"")).decode(errors="replace")
        except OSError:
            return None


def start_zookeeper(folder, settings):
    return start(["zookeeper"], folder, settings)


def start_ensemble(folder, settings):
    return start([f"ensemble{number}" for number in (1, 2, 3)], folder, settings)


def start(names, folder, settings):
    """Starts new servers: an ensemble, if there is more than one name."""
    nodes = [ZooKeeperNode.new(name, folder, settings) for name in names]
    for number, node in enumerate(nodes, 1):
        node.configure(number, nodes if len(nodes) > 1 else [])
        node.start()
    return nodes


def address(nodes):
    return ",".join(f"127.0.0.1:{node.port}" for node in nodes)
