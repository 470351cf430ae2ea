"""What Scripts/cluster measures instead of judging: what an idle cluster writes, and how long take-overs take."""
import concurrent.futures, datetime, functools, json, math, re, signal, statistics, time, typing

from cluster_processes import NOTHING_JUDGED, PATIENCE, SESSION, lines, say
from cluster_witness import Witness, command, time_of_boot
from servers_base import Failure
from servers_zookeeper import ZooKeeperNode

# The unit of the ensemble's time, and how long a leader leaves a worker alone that has vanished, in seconds.
TICK, GRACE = 0.5, 3
# How long a worker or a leader that was killed may be missed, and one that was asked to end.
WORKER_BOUND, LEADER_BOUND, CLEAN_BOUND = SESSION + TICK + GRACE + 1, SESSION + TICK + 1, 1
# How long what was killed stays away, and how long the cluster then has to share its jobs anew.
AWAY, SETTLING = 20, 20
# Enough that every worker has some, and few enough that a small machine starts all of them each second.
STEADY_JOBS = 24
CLIENTS = 8
# By how many writes a second two measurements of the same may differ.
NOISE = 0.5


# Idle


def measure_idle(cluster, seconds, count):
    """Prints what the ensemble writes while nothing is due: without a job, and with so many."""
    rates = []
    for jobs in (0, count):
        create_idle_jobs(cluster, jobs)
        cluster.wait(SETTLING)
        before, began = last_write(cluster), time.monotonic()
        cluster.wait(seconds)
        after, took = last_write(cluster), time.monotonic() - began
        if before >> 32 != after >> 32:
            raise Failure("the ensemble has elected another leader meanwhile", NOTHING_JUDGED)
        rates.append((after - before) / took)
        print(f"{jobs} jobs, idle for {took:.0f} s: {after - before} writes of the ensemble, {rates[-1]:.2f} a second")
    is_flat = rates[1] <= rates[0] + NOISE
    cluster.verdict.expect(is_flat, "writes that depend on how many jobs there are", f"{rates} a second")


def last_write(cluster):
    """The number of the newest write of the ensemble: its upper half counts leaders, its lower half their writes."""
    newest = 0
    for name, port in cluster.backends.ensemble_nodes().items():
        node = ZooKeeperNode({"name": name, "port": port}, cluster.backends.folder / name)
        said = re.search(r"Zxid: 0x([0-9a-f]+)", node.ask("srvr") or "")
        newest = max(newest, int(said[1], 16) if said else 0)
    if not newest:
        raise Failure("no server of the ensemble says what it has written", NOTHING_JUDGED)
    return newest


def create_idle_jobs(cluster, count):
    """Creates jobs that are due half a year from now."""
    month = (time.gmtime().tm_mon + 5) % 12 + 1

    def create(number):
        body = {
            "name": f"idle-{number}", "type": "command", "schedule": f"0 0 1 {month} *", "executable": f"echo {number}",
        }
        post(cluster.servers[number % len(cluster.servers)], body)

    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as clients:
        for done, _ in enumerate(clients.map(create, range(count)), 1):
            if done % 10_000 == 0 or done == count:
                say(f"{done} of {count} jobs are created")


def post(server, body):
    status, answer = server.ask("POST", "/jobs", body)
    if status != 201:
        raise Failure(f"POST /jobs is answered with {status}: {answer}", NOTHING_JUDGED)


# Take-overs


def measure_takeovers(cluster, rounds):
    """Prints a table of how long others take to go on with what was killed, or asked to end."""
    jobs = create_steady_jobs(cluster)
    times = {each: [] for each in TAKE_OVERS}
    for number in range(1, rounds + 1):
        for each in TAKE_OVERS:
            cluster.wait(SETTLING)
            times[each] += each.measure(cluster, jobs, each, f"{each.name} {number}")
    print(f"{'what':<34}{'times':>6}{'median':>10}{'longest':>10}{'bound':>10}")
    for each, found in times.items():
        figures = f"{statistics.median(found):>8.2f} s{max(found):>8.2f} s{each.bound:>8.2f} s"
        print(f"{each.name:<34}{len(found):>6}{figures}")
        is_in_time = max(found) <= each.bound
        cluster.verdict.expect(is_in_time, "a take-over that took too long", f"{each.name}: {max(found):.2f} s")


def create_steady_jobs(cluster):
    """Creates jobs that are due every second, and returns what they write down."""
    witnesses = []
    for number in range(STEADY_JOBS):
        file = cluster.folder / "witnesses" / f"steady-{number}"
        body = {
            "name": f"steady-{number}", "type": "command", "schedule": "* * * * * *", "seconds": True,
            "executable": command(file, 0), "recovery": "rerun", "concurrency": "allow",
            "misfire": {"policy": "all", "limit": 100, "window_s": 3_600},
        }
        post(cluster.servers[number % len(cluster.servers)], body)
        witnesses.append(Witness(file, cluster.folder / "workers"))
    if not cluster.await_true(lambda: all(witness.file.exists() for witness in witnesses)):
        raise Failure(f"not all jobs have begun within {PATIENCE} s; see {cluster.folder}/logs", NOTHING_JUDGED)
    return witnesses


def end(cluster, process, number):
    """Ends a process by a signal, and returns when it was sent."""
    moment = time.time()
    if number == signal.SIGKILL:
        process.kill()
    else:
        process.send(number)
        code = process.await_end()
        cluster.verdict.expect(code == 0, "a process that does not end well", f"{process.name}: {code}")
    return moment


def take_over_from_worker(number, cluster, jobs, kind, fault):
    """How long each job of a worker waits to be started by another, counted from when it is due and the worker is gone."""
    boot = time_of_boot()
    owned = {worker: [] for worker in cluster.workers}
    for job in jobs:
        newest = job.attempts(boot)[-1].worker
        for worker in cluster.workers:
            if worker.name == newest and worker.is_running:
                owned[worker].append(job)
    worker = max(owned, key=lambda worker: len(owned[worker]))
    if not owned[worker]:
        raise Failure("no worker runs any job", NOTHING_JUDGED)
    with cluster.broken(fault, f"{kind.name}: {worker.name}, which has {len(owned[worker])} jobs"):
        moment = end(cluster, worker, number)
        cluster.wait(max(0, moment + AWAY - time.time()))
        worker.start()
    times = []
    for job in owned[worker]:
        later = [each for each in job.attempts(boot) if each.begin > moment and each.worker != worker.name]
        times.append(later[0].begin - max(moment, later[0].instant) if later else math.inf)
    return times


def take_over_from_leader(number, cluster, jobs, kind, fault):
    """How long it takes until another manager leads."""
    leader, token = cluster.leader_and_token()
    if leader is None:
        raise Failure("no manager leads", NOTHING_JUDGED)
    with cluster.broken(fault, f"{kind.name}: {leader.name}"):
        moment = end(cluster, leader, number)
        is_followed = cluster.await_true(lambda: cluster.leader_and_token()[1] > token)
        since = led_since(cluster, token) if is_followed else math.inf
        leader.start()
    return [since - moment]


def led_since(cluster, token):
    """When the first leader after the one with a token began to lead, by its own log."""
    times = {}
    for log in (log for manager in cluster.managers for log in manager.logs):
        for line in lines(log):
            if '"Leading"' in line:
                record = json.loads(line)
                term = tuple(int(part) for part in record["distcron.leader.token"].split("."))
                times[term] = datetime.datetime.fromisoformat(record["time"].replace("Z", "+00:00")).timestamp()
    return times[min(term for term in times if term > token)]


class TakeOver(typing.NamedTuple):
    name: str
    # Makes it happen, and returns how long it took, once or several times.
    measure: typing.Callable
    # How many seconds it may take.
    bound: float


TAKE_OVERS = (
    TakeOver("kill -9 of a worker", functools.partial(take_over_from_worker, signal.SIGKILL), WORKER_BOUND),
    TakeOver("SIGTERM to a worker", functools.partial(take_over_from_worker, signal.SIGTERM), CLEAN_BOUND),
    TakeOver("kill -9 of the leading manager", functools.partial(take_over_from_leader, signal.SIGKILL), LEADER_BOUND),
    TakeOver("SIGTERM to the leading manager", functools.partial(take_over_from_leader, signal.SIGTERM), CLEAN_BOUND),
)
