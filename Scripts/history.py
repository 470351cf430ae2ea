"""The history of a test with crashes, as JSON Lines for a checker."""
import json, pathlib, subprocess, sys, time


def seconds(text):
    return int(time.mktime(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ")) - time.timezone)


class History:
    """What was promised, what really ran and what was broken, for a checker that knows nothing of this script."""

    def __init__(self):
        self.records, self.jobs = [], {}

    def add_fault(self, name, start, end):
        self.records.append({"type": "fault", "name": name, "start": start, "end": end})

    def add_ledger(self, job, accounts, runs, period):
        # What was due just now may not have begun yet.
        first, last = min(accounts), int(time.time()) - 2 * period
        self.jobs[job] = last
        count = (last - first) // period + 1
        promise = {"start": first, "interval": period, "count": count, "concurrency": "forbid", "accept_skips": ["overlap"]}
        self.records.append({"type": "job", "id": job, **promise})
        for run in runs:
            if run["state"] == "skipped" and seconds(run["scheduled_at"]) <= last:
                skip = {"job": job, "instant": seconds(run["scheduled_at"]), "reason": run["reason"]}
                self.records.append({"type": "skip", **skip})

    def add_attempts(self, job, file):
        attempts = {}
        for line in file.read_text().splitlines() if file.exists() else []:
            event, run, attempt, at, now = line.split()
            if seconds(at) <= self.jobs[job]:
                attempts.setdefault((run, attempt), {"instant": seconds(at), "attempt": int(attempt)})[event] = float(now)
        for record in attempts.values():
            end = {"end": record["end"], "exit": 0} if "end" in record else {}
            known = {key: record[key] for key in ("instant", "attempt")}
            self.records.append({"type": "run", "job": job, **known, "start": record["begin"], **end})

    def judge(self, checker, file):
        """Returns the exit code of a checker."""
        self.records.append({"type": "read", "time": time.time()})
        pathlib.Path(file).write_text("".join(json.dumps(record) + "\n" for record in self.records))
        return subprocess.run([sys.executable, checker, file]).returncode
