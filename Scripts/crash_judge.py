"""What the short jobs of Scripts/crash say of themselves, held against what the ledger says of them."""
import collections, time

from cluster_witness import Witness, seconds

ENDED = {"succeeded", "failed", "timed_out", "cancelled", "lost", "skipped", "missed"}


class ShortJob:
    """A job that writes down when its attempts begin and end, and what the ledger says of its runs in the end."""

    def __init__(self, id, created, file):
        # Its worker is the process that has begun an attempt.
        self.id, self.created, self.witness = id, created, Witness(file, "up")
        # The ledger is judged up to an instant: what was due after it may still be going on.
        self.runs, self.gaps, self.last = [], [], 0

    def read(self, server, period):
        """Reads the ledger, once every run up to the last instant that is judged has ended."""
        self.last = int(time.time()) - 2 * period
        end = time.monotonic() + 60
        while True:
            self.runs = server.all(f"/jobs/{self.id}/runs")
            open_runs = [run for run in self.runs if run["state"] not in ENDED and seconds(run["scheduled_at"]) <= self.last]
            if not open_runs or time.monotonic() > end:
                break
            time.sleep(0.1)
        self.gaps = server.get(f"/jobs/{self.id}/gaps")

    @staticmethod
    def instants(gap, period):
        return range(seconds(gap["first"]), seconds(gap["last"]) + 1, period)

    def accounts(self, period):
        """How many runs and gaps there are for each instant."""
        counts = collections.Counter(seconds(run["scheduled_at"]) for run in self.runs)
        for gap in self.gaps:
            counts.update(self.instants(gap, period))
        return counts


class Judge:
    """Finds what was run twice, and what the ledger says that is not so."""

    def __init__(self, expect, period):
        self.expect, self.period = expect, period
        # The attempts with which runs have succeeded, as the API has said at any time.
        self.succeeded = {}

    def note_successes(self, server):
        """Remembers what the API calls done now, of the newest runs as many as a page has."""
        for run in server.get("/runs?limit=1000&state=succeeded"):
            self.succeeded[run["id"]] = run["attempt"]

    def check_accounts(self, job):
        """Every instant has exactly one run or lies in one gap, and every run has ended as it may."""
        accounts, now = job.accounts(self.period), time.time()
        for gap in job.gaps:
            count = len(job.instants(gap, self.period))
            self.expect(count == gap["count"], f"a gap of job {job.id} has the wrong count: {gap}")
        begin, end = min(accounts), max(accounts)
        self.expect(begin <= job.created + self.period + 1, f"job {job.id} of {job.created} begins at {begin}")
        self.expect(end >= job.last, f"job {job.id} ends at {end}, and it is {now}")
        for instant in range(begin, end + 1, self.period):
            count = accounts[instant]
            self.expect(count == 1, f"instant {instant} of job {job.id} has {count} accounts")
        for run in job.runs:
            # Nothing makes a job fail, and nobody ends one; where two of its runs would meet, the later is not run.
            is_right = run["state"] == "succeeded" or (run["state"], run["reason"]) == ("skipped", "overlap")
            is_judged = seconds(run["scheduled_at"]) <= job.last
            self.expect(is_right or not is_judged, f"run {run['id']} is {run['state']}, {run['reason']}")
            attempt = self.succeeded.get(run["id"])
            is_kept = attempt is None or (run["state"], run["attempt"]) == ("succeeded", attempt)
            self.expect(is_kept, f"attempt {attempt} had succeeded of run {run['id']}, which has become {run}")

    def check_witnesses(self, job, attempts):
        """What the ledger says has run did so, and nothing else; the attempts come in the order of their begin."""
        runs = {run["id"]: run for run in job.runs}
        ended = {(attempt.run, attempt.number) for attempt in attempts if attempt.end is not None}
        for run in job.runs:
            # A job ends well only if its shell has written its last line, and nothing that is killed here loses files.
            is_right = run["state"] != "succeeded" or (run["id"], run["attempt"]) in ended
            self.expect(is_right, f"run {run['id']} has succeeded in attempt {run['attempt']}, of which the job knows nothing")
        idle = {instant for gap in job.gaps for instant in job.instants(gap, self.period)}
        idle.update(seconds(run["scheduled_at"]) for run in job.runs if run["state"] in ("skipped", "missed"))
        for attempt in attempts:
            what = f"attempt {attempt.number} of run {attempt.run}"
            self.expect(attempt.instant not in idle, f"{what} has run, and the ledger says that it was left out")
            if attempt.instant <= job.last:
                run = runs.get(attempt.run)
                is_known = run is not None and attempt.number <= run["attempt"]
                self.expect(is_known, f"{what} has run, and the ledger knows {run}")

    def check_attempts(self, job, attempts, processes):
        """No attempt was begun twice, none beside another, and a run again only by another of the processes that run jobs."""
        begun, latest = set(), None
        for attempt in attempts:
            what = f"attempt {attempt.number} of run {attempt.run}"
            # Times are cut to hundredths, all in the same way, which changes no order.
            is_alone = latest is None or attempt.begin >= latest.seen
            self.expect(is_alone, f"{what} of job {job.id} ran beside {latest}")
            if latest is None or attempt.seen > latest.seen:
                latest = attempt
            self.expect((attempt.run, attempt.number) not in begun, f"{what} was begun twice")
            begun.add((attempt.run, attempt.number))
            # No job fails, is cancelled or tried again, and a worker that cannot record an end keeps it and tries until it
            # can. `up` has no supervisor and keeps what its worker knows in memory, so an end is forgotten with the process
            # and not otherwise, and only the next process takes over what has no end. A process ends because this script
            # kills it (Server.end says so if it does not); a job that finds another parent has been begun just before.
            process = attempt.worker
            is_right = (attempt.run, process) not in begun or process not in processes
            self.expect(is_right, f"{what} was begun by process {process}, which had begun an earlier one and lived on")
            begun.add((attempt.run, process))
        return sum(attempt.worker in processes for attempt in attempts)
