"""What the jobs of Scripts/cluster say of themselves, outside of the system: when attempts began, were alive and ended."""
import calendar, dataclasses, shlex, time

# After how many seconds without a word an attempt is not alive any more: it says something each second.
SILENCE = 3
# The first 6 words of a line are those of every event; the last may have spaces in it.
WORDS = "$DISTCRON_RUN_ID $DISTCRON_ATTEMPT $DISTCRON_SCHEDULED_AT $DISTCRON_FENCE $$"


def command(file, duration, work=None, place="$DISTCRON_DIR"):
    """The command line of a job that writes down when it begins, that it is alive each second, and when it ends.

    `work` is what it does beside that, in silence and for less than a second; by `place` a witness knows the worker.

    It costs one process, and one more for each second of its duration: hundreds of these begin at once. So the time is
    not asked of `date`, but read by the shell itself from /proc/uptime, in hundredths of a second. Each line is one
    write to a file that is opened for appending, so lines of several attempts never mix.
    """
    file = shlex.quote(str(file))
    note = lambda event: f'read t _ </proc/uptime; echo "{event} $t $words" >>{file}'
    lines = [f'words="{WORDS} {place}"', note("begin")]
    if duration:
        lines += [f"i=0; while [ $i -lt {duration} ]", f"do sleep 1; i=$((i + 1)); {note('alive')}", "done"]
    if work:
        lines.append(work)
    return "\n".join([*lines, note("end")])


def time_of_boot(read_uptime=None, samples=100):
    """The time at which /proc/uptime was 0, by the clock that tells the time.

    /proc/uptime is cut to hundredths. The latest of many answers is taken, so that what a witness says is up to a
    hundredth later than it was, and never earlier: no job seems to begin before its instant.
    """
    latest = 0
    for _ in range(samples):
        latest = max(latest, time.time() - (read_uptime or uptime)())
        time.sleep(0.000_7)
    return latest


def uptime():
    with open("/proc/uptime") as file:
        return float(file.read().split()[0])


def seconds(text):
    """Seconds since 1970 of a time in UTC with whole seconds, as the system writes instants."""
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


def timestamp(instant):
    """The reverse of `seconds`."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(instant))


@dataclasses.dataclass
class Attempt:
    """An attempt as the job itself has seen it."""

    run: str
    number: int
    instant: int
    fence: int
    worker: str
    begin: float
    # The last time that it said anything.
    seen: float
    # None: it never said that it ended.
    end: float = None


class Witness:
    """The file of one job."""

    def __init__(self, file, workers):
        """`workers` is the folder with the directories of all workers: the beginning of the attempts' places."""
        self.file, self.workers = file, f"{workers}/"

    def attempts(self, boot):
        """All attempts, in the order in which they began; `boot` is the time that uptimes are counted from."""
        text = self.file.read_text() if self.file.exists() else ""
        # A line without an end is being written just now.
        lines = [line for line in text.splitlines(keepends=True) if line.endswith("\n")]
        return self.parse(lines, boot)

    def parse(self, lines, boot):
        found = {}
        for line in lines:
            event, up, run, number, instant, fence, process, place = line.rstrip("\n").split(" ", 7)
            now, key = boot + float(up), (run, number, process)
            if event == "begin":
                # One that the system has started twice has another process, and so is an attempt of its own.
                worker = self.worker(place)
                found[key] = Attempt(run, int(number), seconds(instant), int(fence), worker, now, now)
            else:
                found[key].seen = now
                found[key].end = now if event == "end" else None
        return sorted(found.values(), key=lambda attempt: attempt.begin)

    def worker(self, place):
        """The name of the worker of an attempt with this place, which is its private directory unless it says another."""
        return place.removeprefix(self.workers).split("/")[0] if place.startswith(self.workers) else "?"
