// clone(2) shares the parent's memory with the child and suspends the calling thread until the child has executed its
// program or ended (CLONE_VM, CLONE_VFORK). So a start costs the same whatever the size of the parent, whereas fork(2)
// copies its page tables, and a failed step is reported by writing to memory instead of through a pipe.
//
// The price: between clone and execve the child runs in the parent's memory and must not return, allocate, lock, or
// call anything that caches per process.

#define _GNU_SOURCE
#include "CSpawn.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FIRST_FREE_DESCRIPTOR 3
#define STACK_SIZE (64 * 1024)
#define BUSY_RETRIES 200
#define BUSY_PAUSE_NANOSECONDS 1000000

// The kernel's signal set, not glibc's: glibc keeps two real-time signals to itself and would leave them unblocked.
typedef uint64_t signal_mask;

static signal_mask set_signal_mask(signal_mask mask) {
    signal_mask old = 0;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, &old, sizeof mask);
    return old;
}

struct child {
    const struct distcron_spawn_options *options;
    pid_t parent;
    // Written by the child; the parent reads it after the child has left the shared memory.
    volatile int error;
    volatile enum distcron_spawn_stage stage;
};

static void reset_signal_actions(void) {
    // The kernel's own structure, of four words or less: all zero is SIG_DFL. glibc refuses two of the numbers.
    const unsigned long default_action[4] = {0};
    // Handlers would go by execve itself, but they must not run in the shared memory once signals are unblocked.
    // Ignored signals, SIGPIPE first of all, would stay ignored.
    for (int number = 1; number < NSIG; number++) {
        syscall(SYS_rt_sigaction, number, default_action, NULL, sizeof(signal_mask));
    }
}

// Leaves 0, 1 and 2, and at FIRST_FREE_DESCRIPTOR the program if it is executed by descriptor. Everything else is
// closed at once, not only at execve: a copy of somebody's descriptor that writes an executable file would make that
// file "busy" for as long as this child waits for its own.
static int arrange_descriptors(const struct distcron_spawn_options *options) {
    // Out of the way of 0, 1 and 2 first, in case that the parent itself was started without them.
    int output = fcntl(options->standard_output, F_DUPFD_CLOEXEC, FIRST_FREE_DESCRIPTOR + 1);
    int error = fcntl(options->standard_error, F_DUPFD_CLOEXEC, FIRST_FREE_DESCRIPTOR + 1);
    if (output < 0 || error < 0) return -1;
    if (options->path == NULL) {
        int program = fcntl(options->executable, F_DUPFD_CLOEXEC, FIRST_FREE_DESCRIPTOR + 1);
        if (program < 0 || dup3(program, FIRST_FREE_DESCRIPTOR, O_CLOEXEC) < 0) return -1;
    }
    int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (input < 0) return -1;
    // dup2 of a number onto itself would keep its close-on-exec flag.
    if (input == STDIN_FILENO ? fcntl(input, F_SETFD, 0) < 0 : dup2(input, STDIN_FILENO) < 0) return -1;
    if (dup2(output, STDOUT_FILENO) < 0 || dup2(error, STDERR_FILENO) < 0) return -1;
    unsigned first_unwanted = FIRST_FREE_DESCRIPTOR + (options->path == NULL ? 1 : 0);
    return (int)syscall(SYS_close_range, first_unwanted, ~0U, 0);
}

// Returns only on failure.
//
// The kernel does not execute a file that anybody has open for writing. Another thread's fork, at the moment when a
// program file was being written, may hold a copy of that descriptor until its own execve. That is over in well under
// a millisecond, so waiting for it is right, and giving up after a while is right if it is somebody who really writes.
//
// A program that nobody waits for any more is not executed: whoever ends what a dead parent left running has to find it
// by what it is, and this child would still look like its parent.
static void execute(const struct distcron_spawn_options *options, pid_t parent) {
    const struct timespec pause = {.tv_nsec = BUSY_PAUSE_NANOSECONDS};
    for (int attempt = 0; attempt < BUSY_RETRIES; attempt++) {
        if (getppid() != parent) _exit(127);
        if (options->path != NULL) {
            execve(options->path, options->arguments, options->environment);
        } else {
            execveat(FIRST_FREE_DESCRIPTOR, "", options->arguments, options->environment, AT_EMPTY_PATH);
        }
        if (errno != ETXTBSY) return;
        nanosleep(&pause, NULL);
    }
}

static int fail(struct child *child, enum distcron_spawn_stage stage) {
    child->stage = stage;
    child->error = errno;
    _exit(127);
}

static int run_child(void *context) {
    struct child *child = context;
    const struct distcron_spawn_options *options = child->options;
    reset_signal_actions();
    if (setsid() < 0) return fail(child, DISTCRON_SPAWN_STAGE_SESSION);
    if (arrange_descriptors(options) < 0) return fail(child, DISTCRON_SPAWN_STAGE_DESCRIPTORS);
    umask(options->file_mode_mask);
    if (chdir(options->directory) < 0) return fail(child, DISTCRON_SPAWN_STAGE_DIRECTORY);
    set_signal_mask(0);
    execute(options, child->parent);
    return fail(child, DISTCRON_SPAWN_STAGE_EXECUTE);
}

int distcron_spawn_start(const struct distcron_spawn_options *options, struct distcron_spawn_result *result) {
    struct child child = {.options = options, .parent = getpid()};
    result->pid = -1;
    result->pidfd = -1;

    // A stack of the child's own: it must not write into frames that the suspended thread will return to. The lowest
    // page stays inaccessible, so that an overflow is a fault and not a corruption.
    const size_t guard = (size_t)sysconf(_SC_PAGESIZE);
    char *stack = mmap(NULL, STACK_SIZE + guard, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED || mprotect(stack, guard, PROT_NONE) < 0) {
        int error = errno;
        if (stack != MAP_FAILED) munmap(stack, STACK_SIZE + guard);
        result->stage = DISTCRON_SPAWN_STAGE_STACK;
        return error;
    }

    // No handler of the parent's may run in the child.
    const signal_mask old = set_signal_mask(~(signal_mask)0);
    int pidfd = -1;
    const int flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD;
    const pid_t pid = clone(run_child, stack + guard + STACK_SIZE, flags, &child, &pidfd);
    const int clone_error = errno;
    set_signal_mask(old);
    munmap(stack, STACK_SIZE + guard);

    if (pid < 0) {
        result->stage = DISTCRON_SPAWN_STAGE_CLONE;
        return clone_error;
    }
    if (child.error != 0) {
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
        close(pidfd);
        result->stage = child.stage;
        return child.error;
    }
    result->pid = pid;
    result->pidfd = pidfd;
    return 0;
}

int distcron_process_peek(int pidfd, struct distcron_process_end *end) {
    siginfo_t info = {0};
    int status;
    do {
        status = waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG | WNOWAIT);
    } while (status < 0 && errno == EINTR);
    if (status < 0) return errno;
    if (info.si_pid == 0) return EAGAIN;
    end->is_signal = info.si_code != CLD_EXITED;
    end->value = info.si_status;
    return 0;
}

int distcron_process_open(pid_t pid, int *pidfd) {
    *pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    return *pidfd < 0 ? errno : 0;
}

int distcron_process_signal(int pidfd, int signal) {
    return syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) < 0 ? errno : 0;
}

int distcron_pipe(int *read_end, int *write_end) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) return errno;
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0) {
        int error = errno;
        close(ends[0]);
        close(ends[1]);
        return error;
    }
    *read_end = ends[0];
    *write_end = ends[1];
    return 0;
}
