#pragma once
// Starts processes for jobs, and the few Linux calls that Swift's Glibc module does not show.
//
// Nothing here keeps state or allocates from the heap. Functions that can fail return an errno value, 0 being success.

#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What to start, and in which surroundings. All of it is read before `distcron_spawn_start` returns.
struct distcron_spawn_options {
    /// The file to execute, or NULL to execute `executable` itself.
    const char *path;
    /// The descriptor of the file to execute if `path` is NULL. It is closed in the process once that runs, so it has
    /// to be a file that the kernel runs without an interpreter of scripts.
    int executable;
    /// The argument vector, ended by NULL; the first is the name that the process is called by.
    char *const *arguments;
    /// The whole environment as `NAME=value`, ended by NULL.
    char *const *environment;
    /// The directory that the process starts in.
    const char *directory;
    /// What becomes descriptor 1. Descriptor 0 is always /dev/null.
    int standard_output;
    /// What becomes descriptor 2.
    int standard_error;
    /// The file mode creation mask.
    mode_t file_mode_mask;
};

/// Where a start failed.
enum distcron_spawn_stage {
    DISTCRON_SPAWN_STAGE_STACK,
    DISTCRON_SPAWN_STAGE_CLONE,
    DISTCRON_SPAWN_STAGE_SESSION,
    DISTCRON_SPAWN_STAGE_DESCRIPTORS,
    DISTCRON_SPAWN_STAGE_DIRECTORY,
    DISTCRON_SPAWN_STAGE_EXECUTE,
};

/// A started process, or the reason why there is none.
struct distcron_spawn_result {
    /// The process, which leads a session and a process group of the same number.
    pid_t pid;
    /// A descriptor of the process, close-on-exec, that becomes readable when the process has ended.
    int pidfd;
    /// The stage that failed, if `distcron_spawn_start` returned an errno value.
    enum distcron_spawn_stage stage;
};

/// Starts a process and returns when it runs the new program, or has failed to.
///
/// The process begins with default signal actions, no blocked signal, its own session, and descriptors 0, 1 and 2 only.
/// It is the caller's to reap. Any number of threads may call this; the calling thread is suspended meanwhile, the
/// others are not. A failed start leaves no process and no descriptor behind.
int distcron_spawn_start(const struct distcron_spawn_options *options, struct distcron_spawn_result *result);

/// How a process ended.
struct distcron_process_end {
    /// Whether `value` is the number of the signal that ended it; else it is the exit code.
    int is_signal;
    int value;
};

/// Asks whether the process of a pidfd has ended, without waiting and without reaping it: 0 if it has, EAGAIN if it is
/// alive, ECHILD if somebody else reaped it.
int distcron_process_peek(int pidfd, struct distcron_process_end *end);

/// Opens a pidfd, close-on-exec, of any process. pidfd_open(2) has no declaration in Swift.
int distcron_process_open(pid_t pid, int *pidfd);

/// Sends a signal to the very process that a pidfd stands for. pidfd_send_signal(2) has no declaration in Swift.
int distcron_process_signal(int pidfd, int signal);

/// Makes a pipe: both ends close-on-exec, and only the reading end non-blocking. pipe2(2) has no declaration in Swift.
int distcron_pipe(int *read_end, int *write_end);

/// Tells whose process was at the other end of a Unix socket when that was connected. Swift has no struct ucred.
int distcron_socket_peer(int socket, uid_t *user);

// epoll(7), which has no declarations in Swift. Level-triggered, for reading only.

/// Makes an empty set of watched descriptors, close-on-exec.
int distcron_epoll_open(int *epoll);

/// Begins to watch a descriptor; `token` stands for it in what `distcron_epoll_wait` answers.
int distcron_epoll_add(int epoll, int descriptor, uint64_t token);

/// Stops watching a descriptor, which has to be still open: closing it would not stop it if a process holds a copy.
int distcron_epoll_remove(int epoll, int descriptor);

/// Waits until something can be read and writes up to `capacity` tokens. Sets `count`, which is 0 after a signal.
int distcron_epoll_wait(int epoll, uint64_t *tokens, int capacity, int *count);

#ifdef __cplusplus
}
#endif
