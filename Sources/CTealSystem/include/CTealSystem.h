#pragma once

/// Linux calls that Swift cannot make itself: fork and exec, pidfds, prctl, signalfd, close_range and a few macros.
///
/// Process ids are `int32_t`, not `pid_t`: with <sys/types.h> in this header it would depend on the order of a build
/// which module that type belongs to.
///
/// Everything returns 0 or a descriptor on success and a negative errno on failure, unless it says otherwise.

#include <stdbool.h>
#include <stdint.h>

/// How far a child came before it could not go on.
enum teal_spawn_stage {
    TEAL_SPAWN_FORK = 1,
    TEAL_SPAWN_SETUP = 2,
    TEAL_SPAWN_DIRECTORY = 3,
    TEAL_SPAWN_EXEC = 4,
};

/// What a child is to be. All pointers are borrowed for the call.
struct teal_spawn_order {
    /// An absolute path: nothing is searched.
    const char *program;
    char *const *arguments;
    char *const *environment;
    /// NULL keeps the caller's.
    const char *directory;
    /// What becomes descriptors 0, 1 and 2; -1 for /dev/null. Every other descriptor is closed.
    int input;
    int output;
    int error;
    /// Whether it leads a session of its own.
    bool new_session;
    /// Whether the kernel kills it when the calling *thread* ends: only for single-threaded callers.
    bool dies_with_parent;
};

/// Starts a program and returns when it has been executed, not before: a failure to execute is this call's failure.
///
/// `stage` is set when it fails. Signal dispositions and the mask are reset in the child.
int teal_spawn(const struct teal_spawn_order *order, int32_t *pid, int *stage);

/// Turns the calling, single-threaded process into a daemon in a session of its own.
///
/// Returns in the daemon only, with a descriptor to report on; the first process copies what is written there to its
/// standard output until it is closed, and ends with 0. Standard input and output of the daemon are /dev/null.
int teal_daemonise(void);

int teal_pidfd_open(int32_t pid);
int teal_pidfd_send_signal(int pidfd, int signal);
/// A descriptor for the same open file as another process's `descriptor` (pidfd_getfd(2), Linux 5.6).
int teal_pidfd_getfd(int pidfd, int descriptor);

/// Orphaned descendants become children of this process instead of init's.
int teal_become_subreaper(void);

/// Closes every descriptor from `first` on.
void teal_close_from(int first);

/// Blocks the signals that a shim waits for and returns a descriptor that reports them: CHLD, TERM, INT, HUP.
int teal_open_signals(void);

/// The next waiting signal's number; 0 when none waits.
int teal_next_signal(int descriptor);

/// Reaps one child that has ended.
///
/// Returns its pid, 0 when none has ended, or a negative errno. `code` is the exit code, or 128 plus the signal.
int32_t teal_reap(int *code);

/// Waits for one child and reaps it; returns its code as teal_reap gives it, or a negative errno.
int teal_wait_for(int32_t pid);

/// Binds a Unix stream socket at `path` (mode 0600) and listens; replaces what was there.
int teal_unix_listen(const char *path);

/// Connects to a Unix stream socket; the descriptor does not block.
int teal_unix_connect(const char *path);

/// Accepts a connection; the descriptor does not block.
int teal_accept(int descriptor);

/// Begins a TCP connection to a numeric address; it may still be in progress. The descriptor does not block.
int teal_tcp_connect(const char *address, int port);

/// The pending error of a socket, as a negative errno; 0 for none.
int teal_socket_error(int descriptor);

/// Whether a TCP listener could be opened on a numeric address: 0, or a negative errno such as -EADDRINUSE.
int teal_tcp_can_listen(const char *address, int port);

/// Two descriptors of a pipe, closed on exec; the reading end does not block if asked.
int teal_pipe(int ends[2], bool reading_end_blocks);

/// Writes the whole file system of a descriptor to disk.
int teal_sync_file_system(int descriptor);

/// flock(2), without waiting: 0, -EWOULDBLOCK when another holds it, or another errno.
int teal_try_lock(int descriptor, bool exclusive);

/// Nanoseconds since boot, time asleep included.
int64_t teal_boot_nanoseconds(void);

/// Seconds since 1970, for people.
double teal_wall_seconds(void);

/// Makes the heap give memory back: two arenas, and large blocks mapped by themselves. For programs with many threads
/// that wait for a long time. Does nothing without glibc.
void teal_keep_heap_small(void);

/// Lets go of the program's own code pages, most of which only the start needed; they come back when they are used.
void teal_release_code_pages(void);

/// Changes the name that `ps` shows, at most 15 bytes.
void teal_set_name(const char *name);

/// The last error of the calling thread.
int teal_errno(void);

/// The text of an errno in the C locale; static or thread-local storage.
const char *teal_error_text(int code);

/// The length of an extended attribute in bytes; -1 when there is none, or it may not be looked at.
long teal_attribute_length(const char *path, const char *name);
