"""What Scripts/cluster makes of what it has seen: its own judgement, and the history that a checker judges."""
import collections, dataclasses, json, pathlib, subprocess, sys, time

from cluster_witness import SILENCE, seconds, timestamp
from history import CLOCK_ERROR, History

MINUTE = 60
# Within which time of its instant the first attempt has to begin while nothing is broken.
EPSILON = 20
# How long after the end of a fault the system may still be busy with it. A session (6 s), a tick (0.5 s), the grace of
# the leader (3 s), a lease that the ledger has confirmed with its second (4.5 s) and a sweep of the workers (15 s) are 29 s.
RECOVERY = 30
# How much of each kind of mistake is printed.
SHOWN = 5
UNEXPLAINED = "an attempt again that no fault explains"
ENDED = {"succeeded", "failed", "timed_out", "cancelled", "lost", "skipped", "missed"}


@dataclasses.dataclass
class Job:
    """What one job was promised to be."""

    id: str
    file: pathlib.Path
    recovery: str
    concurrency: str
    on_outage: str
    # How many seconds it takes.
    duration: int
    # The first instant after its creation was acknowledged.
    first: int

    def instants(self, last):
        return range(self.first, last + 1, MINUTE)


@dataclasses.dataclass
class Ledger:
    """What the system says of the instants of a job: the runs and the gaps of the API."""

    runs: list
    gaps: list

    def accounts(self):
        """How many runs and gaps there are for each instant."""
        counts = collections.Counter(seconds(run["scheduled_at"]) for run in self.runs)
        for gap in self.gaps:
            counts.update(range(seconds(gap["first"]), seconds(gap["last"]) + 1, MINUTE))
        return counts

    def is_complete(self, job, last):
        """Whether every instant is accounted for and every run has ended."""
        accounts = self.accounts()
        return all(accounts[instant] for instant in job.instants(last)) and not self.open_runs()

    def open_runs(self):
        return [run for run in self.runs if run["state"] not in ENDED]

    def skipped(self):
        """The instants that the system says it did not run, and why."""
        reasons = {
            seconds(run["scheduled_at"]): run["reason"] for run in self.runs if run["state"] in ("skipped", "missed")
        }
        for gap in self.gaps:
            for instant in range(seconds(gap["first"]), seconds(gap["last"]) + 1, MINUTE):
                reasons[instant] = gap["reason"]
        return reasons


@dataclasses.dataclass
class Outage:
    """A time without any server of the ensemble, by what Scripts/cluster has done."""

    fault: str
    # When the first server was about to be killed; since when no worker can have a lease that the ensemble has given; and
    # when the first server was about to be started again.
    start: float
    lapsed: float
    back: float

    def is_without_lease(self, moment):
        return self.lapsed <= moment <= self.back

    def is_well_inside(self, instant):
        """Whether whatever goes on has begun what is due before the ensemble is back.

        The simulation gives it half a minute, until a worker has noticed that the ensemble is away (10 s with sessions of
        30 s) and then for being late. Here a worker notices within three seconds, which are over: the rest is what it
        may take while nothing is broken.
        """
        return self.lapsed <= instant <= self.back - EPSILON

    def has_ended(self, attempt):
        """Whether an attempt was alive in the outage, and ended in it before it was done."""
        return attempt.end is None and self.start - SILENCE <= attempt.seen <= self.back - EPSILON


class Verdict:
    """What is wrong, by its kinds; of each kind the first few are printed."""

    def __init__(self):
        self.wrong = {}

    def expect(self, holds, kind, detail):
        if holds:
            return
        found = self.wrong.setdefault(kind, [])
        found.append(detail)
        if len(found) <= SHOWN:
            print(f"WRONG: {kind}: {detail}", flush=True)

    def summary(self):
        return [f"WRONG: {kind}: {len(found)} times" for kind, found in self.wrong.items()]


class ClusterHistory(History):
    """What was promised, what really ran and what was broken, for this script and for a checker."""

    def __init__(self):
        super().__init__()
        self.faults, self.outages = [], []

    def add_fault(self, name, start, end):
        super().add_fault(name, start, end)
        self.faults.append(self.records[-1])

    def blamed(self, low, high):
        """The last fault that, with the time for recovery, touches a span of time; None if none does."""
        touching = [fault for fault in self.faults if fault["start"] <= high and low <= fault["end"] + RECOVERY]
        return touching[-1] if touching else None

    def deadline(self, instant):
        """Until when the first attempt of an instant has to begin."""
        fault = self.blamed(instant, instant + EPSILON)
        return EPSILON + (max(instant, fault["end"] + RECOVERY) if fault else instant)

    def unexcused(self, instants):
        """Those of some instants that are judged without excuse, by the checker's rule."""
        return [instant for instant in instants if not self.blamed(instant, instant + EPSILON)]

    def add_job(self, job, last):
        # An instant that meets a run in progress is skipped, if that is what the job asks for.
        concurrency = "forbid" if job.concurrency == "skip" else "allow"
        policy = "at-most-once" if job.recovery == "at_most_once" else "at-least-once"
        promise = {"start": job.first, "interval": MINUTE, "count": len(job.instants(last)), "epsilon": EPSILON}
        rules = {"policy": policy, "concurrency": concurrency, "duration": job.duration}
        self.records.append({"type": "job", "id": job.id, **promise, **rules})

    def add_skips(self, job, ledger, last):
        for instant, reason in ledger.skipped().items():
            if instant <= last:
                self.records.append({"type": "skip", "job": job.id, "instant": instant, "reason": reason})

    def add_witnessed(self, job, attempts):
        for attempt in attempts:
            record = {"instant": attempt.instant, "attempt": attempt.number, "fence": attempt.fence}
            times = {"start": attempt.begin, "last_seen": attempt.seen}
            if attempt.end is not None:
                times |= {"end": attempt.end, "exit": 0}
            self.records.append({"type": "run", "job": job.id, "node": attempt.worker, **record, **times})

    def write(self, file):
        """Ends the observation and writes everything down."""
        self.records.append({"type": "read", "time": time.time()})
        file.write_text("".join(json.dumps(record) + "\n" for record in self.records))


def judge_history(checker, file, clock_error):
    """The exit code of a checker, which prints what it thinks of a history."""
    options = ["--recovery", str(RECOVERY), "--clock-error", f"{clock_error:.3f}"]
    return subprocess.run([sys.executable, checker, *options, str(file)]).returncode


def running_together(attempts):
    """The attempts that began while an earlier one was alive, each with that one; they come in the order of their begin."""
    pairs, longest = [], None
    for attempt in attempts:
        if longest is not None and attempt.begin < longest.seen - CLOCK_ERROR:
            pairs.append((longest, attempt))
        if longest is None or attempt.seen > longest.seen:
            longest = attempt
    return pairs


class Judge:
    """Compares what jobs have seen, what the ledger says and what was broken.

    A checker judges what really ran (nothing lost, nothing twice, nothing late). This looks at what it cannot see, which
    is the ledger, and at the most important of the rest, so that there is a verdict without a checker too.
    """

    def __init__(self, verdict, history, last):
        self.verdict, self.history, self.last = verdict, history, last
        # How often a run was attempted again, by the fault that explains it.
        self.explained = collections.Counter()
        # How many instants of jobs that go on, or hold, were judged by what they are to do in an outage, and how many runs
        # went on for longer than a lease: by the outage's fault and that.
        self.judged = collections.Counter()

    def check(self, job, ledger, attempts):
        """Checks one job; of its attempts only those of the instants that are judged."""
        by_instant = collections.defaultdict(list)
        for attempt in attempts:
            by_instant[attempt.instant].append(attempt)
        self.check_accounts(job, ledger)
        self.check_skips(job, ledger)
        self.check_ledger(job, ledger, by_instant)
        self.check_overlaps(job, attempts)
        skipped = ledger.skipped()
        for outage in self.history.outages:
            if job.on_outage == "lease":
                self.check_going_on(job, outage, attempts, by_instant)
            else:
                self.check_holding(job, outage, attempts, skipped)
        for instant in job.instants(self.last):
            self.check_instant(job, instant, by_instant[instant], skipped)
            self.check_repetitions(job, instant, by_instant[instant])

    def check_accounts(self, job, ledger):
        """Every instant has exactly one run or lies in one gap, and nothing else has; every run has ended."""
        accounts, instants = ledger.accounts(), job.instants(self.last)
        for instant in instants:
            count = accounts.pop(instant, 0)
            self.expect(count == 1, "an instant without exactly one account", job, instant, f"{count} runs and gaps")
        for instant in accounts:
            is_known = instant > self.last and instant % MINUTE == 0
            self.expect(is_known, "an account of an instant that the schedule does not have", job, instant, "")
        for gap in ledger.gaps:
            count = (seconds(gap["last"]) - seconds(gap["first"])) // MINUTE + 1
            self.expect(gap["count"] == count, "a gap with the wrong count", job, seconds(gap["first"]), f"{gap}")
        for run in ledger.open_runs():
            self.expect(False, "a run that does not end", job, seconds(run["scheduled_at"]), f"is {run['state']}")

    def check_skips(self, job, ledger):
        """No job takes a minute, so one that meets its own run has been delayed by a fault."""
        for instant, reason in ledger.skipped().items():
            fault = self.history.blamed(instant - MINUTE, instant)
            is_right = reason == "overlap" and job.concurrency == "skip" and fault
            self.expect(instant > self.last or is_right, "an instant that was not run", job, instant, f"{reason}")

    def check_ledger(self, job, ledger, by_instant):
        """The ledger knows of every attempt, and says of none that it ended well if it did not."""
        runs = {run["id"]: run for run in ledger.runs}
        for instant, attempts in by_instant.items():
            for attempt in attempts:
                run = runs.get(attempt.run)
                is_known = run is not None and attempt.number <= run["attempt"]
                self.expect(is_known, "an attempt that the ledger does not know", job, instant, f"{attempt}")
        for run in ledger.runs:
            instant = seconds(run["scheduled_at"])
            has_ended = any(attempt.end is not None for attempt in by_instant[instant])
            is_right = run["state"] != "succeeded" or has_ended
            self.expect(is_right, "a success that the job does not know of", job, instant, f"{run}")
            # The attempts before it may never have begun, so that no job tells of them.
            latest = max([instant, *(attempt.begin for attempt in by_instant[instant])])
            is_right = run["attempt"] < 2 or self.history.blamed(instant, latest)
            self.expect(is_right, UNEXPLAINED, job, instant, f"the ledger has attempt {run['attempt']}")

    def check_overlaps(self, job, attempts):
        """Runs of a job that skips what meets a run in progress are never in progress together."""
        for earlier, later in running_together(attempts) if job.concurrency == "skip" else []:
            detail = f"with the run of {timestamp(earlier.instant)}, on {earlier.worker} and {later.worker}"
            self.expect(earlier.instant == later.instant, "two runs at once", job, later.instant, detail)

    def check_going_on(self, job, outage, attempts, by_instant):
        """In an outage a job that goes on begins as if nothing was broken, and what runs of it runs to its end."""
        for instant in filter(outage.is_well_inside, job.instants(self.last)):
            self.judged[outage.fault, "due, going on"] += 1
            lags = [attempt.begin - instant for attempt in by_instant[instant]]
            detail = f"{lags[0]:.2f} s later" if lags else "nothing ran"
            self.expect(lags and lags[0] <= EPSILON, "a start that an outage has held up", job, instant, detail)
        for attempt in attempts:
            detail = f"last seen {attempt.seen - outage.start:.2f} s after the kill, on {attempt.worker}"
            is_right = not outage.has_ended(attempt)
            self.expect(is_right, "a run that did not go on in an outage", job, attempt.instant, detail)
            self.judged[outage.fault, "gone on"] += attempt.begin < outage.start and outage.lapsed < attempt.seen

    def check_holding(self, job, outage, attempts, skipped):
        """In an outage nothing begins of a job that holds, what runs ends with the lease, and the first instant waits."""
        # Nobody starts anything beside such a run, so that it goes on.
        may_go_on = job.recovery == "at_most_once" and job.concurrency == "allow"
        for attempt in attempts:
            begins = outage.is_without_lease(attempt.begin)
            detail = f"{attempt.begin - outage.start:.2f} s after the kill, on {attempt.worker}"
            self.expect(not begins, "a start without a lease", job, attempt.instant, detail)
            goes_on = attempt.begin < outage.lapsed < attempt.seen
            detail = f"last seen {attempt.seen - outage.start:.2f} s after the kill, on {attempt.worker}"
            self.expect(may_go_on or not goes_on, "a run that outlives its lease", job, attempt.instant, detail)
        due = list(filter(outage.is_without_lease, job.instants(self.last)))
        self.judged[outage.fault, "due, held"] += len(due)
        for first in due[:1]:
            # What meets a run that the outage has ended, and that is to be recorded or run again, is skipped. Else it waits,
            # and those after it are skipped.
            earlier = [attempt for attempt in attempts if attempt.instant < first]
            is_busy = any(outage.has_ended(attempt) or attempt.begin > outage.back for attempt in earlier)
            is_right = is_busy or first not in skipped
            self.expect(is_right, "an instant that did not wait", job, first, "skipped, and no run was in its way")

    def check_instant(self, job, instant, attempts, skipped):
        """Nothing is lost, early or late, and what must not run twice does not."""
        may_repeat = job.recovery == "rerun"
        if not attempts and instant not in skipped:
            # At most once may be never, where a worker was lost between the mark and the start.
            excuse = not may_repeat and self.history.blamed(instant, instant + EPSILON)
            self.expect(excuse, "an instant that was lost", job, instant, "nothing ran")
        if attempts:
            lag = attempts[0].begin - instant
            latest = self.history.deadline(instant) - instant
            self.expect(-CLOCK_ERROR <= lag <= latest, "a start at the wrong time", job, instant, f"{lag:.2f} s later")
            is_done = not may_repeat or any(attempt.end is not None for attempt in attempts)
            self.expect(is_done, "an instant that was never run to its end", job, instant, f"{len(attempts)} attempts")
            is_right = may_repeat or len(attempts) == 1
            self.expect(is_right, "started twice, but at most once was promised", job, instant, f"{attempts}")

    def check_repetitions(self, job, instant, attempts):
        """No attempt begins while an earlier one is alive, and each that is not the first has a fault as its reason."""
        for earlier, later in running_together(attempts):
            detail = f"for {earlier.seen - later.begin:.2f} s, on {earlier.worker} and {later.worker}"
            self.expect(False, "two attempts at once", job, instant, detail)
        for earlier, later in zip(attempts, attempts[1:]):
            fences = f"{later.fence} after {earlier.fence}"
            self.expect(later.fence > earlier.fence, "a fence that has not grown", job, instant, fences)
            fault = self.history.blamed(attempts[0].begin, later.begin)
            detail = f"on {later.worker} after {earlier.worker}"
            self.expect(fault, UNEXPLAINED, job, instant, detail)
            self.explained[fault["name"] if fault else "nothing"] += 1

    def conclude(self):
        """Says how much of each outage was judged: one in which nothing was due shows nothing."""
        for outage in self.history.outages:
            going_on, held, gone_on = (self.judged[outage.fault, kind] for kind in ("due, going on", "due, held", "gone on"))
            counts = f"{going_on} instants of jobs that go on and {held} of jobs that hold were due"
            print(f"{outage.fault}: {counts} without the ensemble, and {gone_on} runs that go on outlived the lease")
            self.verdict.expect(going_on and held, "an outage that could not be judged", f"{outage.fault}: {counts}")

    def expect(self, holds, kind, job, instant, detail):
        if not holds:
            at = time.strftime("%H:%M", time.gmtime(instant))
            rules = f"{job.recovery}, {job.concurrency}, {job.on_outage}"
            self.verdict.expect(False, kind, f"job {job.id} ({rules}), {at}: {detail}")
