"""The history of a test with crashes, as JSON Lines for a checker."""
import json, pathlib, subprocess, sys, time

from cluster_witness import seconds

# What the clock of the witnesses may be wrong by: it counts in hundredths, and the other clock may be adjusted meanwhile.
CLOCK_ERROR = 0.05
# How long after the end of a fault it may be to blame for something. A fault lasts until every server is ready again, so
# it holds the moment in which a process was killed that had a run's end to record, and with it everything that excuses a
# second start. With more, nearly all of the time between faults would be an excuse.
RECOVERY = 0


class History:
    """What was promised, what really ran and what was broken, for a checker that knows nothing of this script."""

    def __init__(self):
        self.records = []

    def add_fault(self, name, start, end):
        self.records.append({"type": "fault", "name": name, "start": start, "end": end})

    def add(self, job, attempts, period):
        """Adds a short job of Scripts/crash: what was promised, what was left out, and what has run."""
        first = min(job.accounts(period))
        count = (job.last - first) // period + 1
        # A run that meets another is skipped; what is later than a minute is in a gap, whose reason is `misfire`.
        rules = {"concurrency": "forbid", "accept_skips": ["overlap", "misfire"]}
        self.records.append({"type": "job", "id": job.id, "start": first, "interval": period, "count": count, **rules})
        left_out = [(instant, gap["reason"]) for gap in job.gaps for instant in job.instants(gap, period)]
        left_out += [(seconds(run["scheduled_at"]), run["reason"]) for run in job.runs if run["state"] == "skipped"]
        for instant, reason in left_out:
            if instant <= job.last:
                self.records.append({"type": "skip", "job": job.id, "instant": instant, "reason": reason})
        for attempt in attempts:
            if attempt.instant <= job.last:
                end = {} if attempt.end is None else {"end": attempt.end, "exit": 0}
                who = {"instant": attempt.instant, "attempt": attempt.number, "node": attempt.worker}
                self.records.append({"type": "run", "job": job.id, **who, "start": attempt.begin, **end})

    def judge(self, checker, file):
        """Returns the exit code of a checker."""
        self.records.append({"type": "read", "time": time.time()})
        pathlib.Path(file).write_text("".join(json.dumps(record) + "\n" for record in self.records))
        options = ["--recovery", str(RECOVERY), "--clock-error", str(CLOCK_ERROR)]
        return subprocess.run([sys.executable, checker, *options, file]).returncode
