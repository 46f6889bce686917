#define _GNU_SOURCE
#include "CTealSystem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

/// What a child tells its parent through the report pipe when it cannot go on.
struct spawn_report {
    int stage;
    int code;
};

static void close_between(unsigned first, unsigned last) {
    if (first > last) return;
    if (syscall(SYS_close_range, first, last, 0) == 0) return;
    // Before Linux 5.9. Higher numbers than this were opened by us, and close on exec.
    for (unsigned number = first; number <= last && number < 4096; number++) close((int)number);
}

void teal_close_from(int first) { close_between((unsigned)first, UINT_MAX); }

static void reset_signals(void) {
    struct sigaction standard;
    memset(&standard, 0, sizeof standard);
    standard.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; number++) sigaction(number, &standard, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void give_up(int report, int stage, int code) {
    struct spawn_report message = {stage, code};
    ssize_t written = write(report, &message, sizeof message);
    (void)written;
    _exit(127);
}

/// Everything here is async-signal-safe: the parent may have had other threads.
static void become(const struct teal_spawn_order *order, pid_t parent, int report) {
    reset_signals();
    if (order->new_session && setsid() < 0) give_up(report, TEAL_SPAWN_SETUP, errno);
    if (order->dies_with_parent) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) give_up(report, TEAL_SPAWN_SETUP, errno);
        // The parent may have ended before the line above: then no signal comes.
        if (getppid() != parent) _exit(137);
    }
    int wanted[3] = {order->input, order->output, order->error};
    // First out of the way of 0, 1 and 2, so that no dup2 overwrites what a later one needs.
    for (int number = 0; number < 3; number++) {
        if (wanted[number] >= 0) {
            wanted[number] = fcntl(wanted[number], F_DUPFD_CLOEXEC, 10);
        } else {
            int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
            wanted[number] = nothing < 0 ? -1 : fcntl(nothing, F_DUPFD_CLOEXEC, 10);
        }
        if (wanted[number] < 0) give_up(report, TEAL_SPAWN_SETUP, errno);
    }
    int high_report = fcntl(report, F_DUPFD_CLOEXEC, 10);
    if (high_report < 0) give_up(report, TEAL_SPAWN_SETUP, errno);
    for (int number = 0; number < 3; number++) {
        if (dup2(wanted[number], number) < 0) give_up(high_report, TEAL_SPAWN_SETUP, errno);
    }
    close_between(3, (unsigned)high_report - 1);
    close_between((unsigned)high_report + 1, UINT_MAX);
    if (order->directory && chdir(order->directory) < 0) give_up(high_report, TEAL_SPAWN_DIRECTORY, errno);
    umask(022);
    execve(order->program, order->arguments, order->environment);
    give_up(high_report, TEAL_SPAWN_EXEC, errno);
}

int teal_spawn(const struct teal_spawn_order *order, pid_t *pid, int *stage) {
    int report[2];
    *stage = TEAL_SPAWN_FORK;
    if (pipe2(report, O_CLOEXEC) < 0) return -errno;
    // No handler of the parent may run in the child between fork and exec.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t parent = getpid();
    pid_t child = fork();
    if (child == 0) become(order, parent, report[1]);
    int code = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(report[1]);
    if (child < 0) {
        close(report[0]);
        return -code;
    }
    struct spawn_report message;
    ssize_t count;
    do {
        count = read(report[0], &message, sizeof message);
    } while (count < 0 && errno == EINTR);
    close(report[0]);
    if (count == (ssize_t)sizeof message) {
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
        *stage = message.stage;
        return -message.code;
    }
    *pid = child;
    return 0;
}

static void relay(int from) {
    char bytes[4096];
    for (;;) {
        ssize_t count = read(from, bytes, sizeof bytes);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return;
        for (ssize_t sent = 0; sent < count;) {
            ssize_t written = write(1, bytes + sent, (size_t)(count - sent));
            if (written < 0 && errno == EINTR) continue;
            if (written <= 0) return;
            sent += written;
        }
    }
}

int teal_daemonise(void) {
    int report[2];
    if (pipe2(report, O_CLOEXEC) < 0) return -errno;
    pid_t first = fork();
    if (first < 0) return -errno;
    if (first > 0) {
        close(report[1]);
        relay(report[0]);
        _exit(0);
    }
    close(report[0]);
    if (setsid() < 0) _exit(1);
    pid_t second = fork();
    if (second != 0) _exit(second < 0 ? 1 : 0);
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nothing < 0) return -errno;
    for (int number = 0; number < 3; number++) {
        if (dup2(nothing, number) < 0) return -errno;
    }
    if (nothing > 2) close(nothing);
    return report[1];
}

static int outcome(long result) { return result < 0 ? -errno : (int)result; }

int teal_pidfd_open(pid_t pid) { return outcome(syscall(SYS_pidfd_open, pid, 0)); }

int teal_pidfd_send_signal(int pidfd, int signal) {
    return outcome(syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0));
}

int teal_pidfd_getfd(int pidfd, int descriptor) { return outcome(syscall(SYS_pidfd_getfd, pidfd, descriptor, 0)); }

int teal_become_subreaper(void) { return outcome(prctl(PR_SET_CHILD_SUBREAPER, 1)); }

int teal_open_signals(void) {
    sigset_t awaited;
    sigemptyset(&awaited);
    sigaddset(&awaited, SIGCHLD);
    sigaddset(&awaited, SIGTERM);
    sigaddset(&awaited, SIGINT);
    sigaddset(&awaited, SIGHUP);
    if (sigprocmask(SIG_BLOCK, &awaited, NULL) < 0) return -errno;
    struct sigaction ignored;
    memset(&ignored, 0, sizeof ignored);
    ignored.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &ignored, NULL);
    return outcome(signalfd(-1, &awaited, SFD_CLOEXEC | SFD_NONBLOCK));
}

int teal_next_signal(int descriptor) {
    struct signalfd_siginfo info;
    ssize_t count = read(descriptor, &info, sizeof info);
    return count == (ssize_t)sizeof info ? (int)info.ssi_signo : 0;
}

static int code_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

pid_t teal_reap(int *code) {
    int status;
    pid_t pid = waitpid(-1, &status, WNOHANG);
    if (pid > 0) *code = code_of(status);
    if (pid < 0) return errno == ECHILD ? 0 : -errno;
    return pid;
}

int teal_wait_for(pid_t pid) {
    int status;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) return -errno;
    }
    return code_of(status);
}

static int unix_address(const char *path, struct sockaddr_un *address) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    if (strlen(path) >= sizeof address->sun_path) return -ENAMETOOLONG;
    strcpy(address->sun_path, path);
    return 0;
}

int teal_unix_listen(const char *path) {
    struct sockaddr_un address;
    int code = unix_address(path, &address);
    if (code < 0) return code;
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -errno;
    unlink(path);
    mode_t before = umask(0177);
    int bound = bind(descriptor, (struct sockaddr *)&address, sizeof address);
    code = errno;
    umask(before);
    if (bound == 0 && listen(descriptor, 64) == 0) return descriptor;
    if (bound == 0) code = errno;
    close(descriptor);
    return -code;
}

int teal_unix_connect(const char *path) {
    struct sockaddr_un address;
    int code = unix_address(path, &address);
    if (code < 0) return code;
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -errno;
    if (connect(descriptor, (struct sockaddr *)&address, sizeof address) == 0) return descriptor;
    code = errno;
    close(descriptor);
    return -code;
}

int teal_accept(int descriptor) { return outcome(accept4(descriptor, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)); }

static socklen_t internet_address(const char *text, int port, struct sockaddr_storage *storage) {
    memset(storage, 0, sizeof *storage);
    struct sockaddr_in *four = (struct sockaddr_in *)storage;
    if (inet_pton(AF_INET, text, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons((uint16_t)port);
        return sizeof *four;
    }
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)storage;
    if (inet_pton(AF_INET6, text, &six->sin6_addr) == 1) {
        six->sin6_family = AF_INET6;
        six->sin6_port = htons((uint16_t)port);
        return sizeof *six;
    }
    return 0;
}

int teal_tcp_connect(const char *address, int port) {
    struct sockaddr_storage storage;
    socklen_t length = internet_address(address, port, &storage);
    if (length == 0) return -EINVAL;
    int descriptor = socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -errno;
    if (connect(descriptor, (struct sockaddr *)&storage, length) == 0 || errno == EINPROGRESS) return descriptor;
    int code = errno;
    close(descriptor);
    return -code;
}

int teal_socket_error(int descriptor) {
    int code = 0;
    socklen_t length = sizeof code;
    if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length) < 0) return -errno;
    return -code;
}

int teal_tcp_can_listen(const char *address, int port) {
    struct sockaddr_storage storage;
    socklen_t length = internet_address(address, port, &storage);
    if (length == 0) return -EINVAL;
    int descriptor = socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -errno;
    int yes = 1;
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    int code = 0;
    if (bind(descriptor, (struct sockaddr *)&storage, length) < 0 || listen(descriptor, 1) < 0) code = -errno;
    close(descriptor);
    return code;
}

int teal_pipe(int ends[2], bool reading_end_blocks) {
    if (pipe2(ends, O_CLOEXEC) < 0) return -errno;
    if (!reading_end_blocks && fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0) return -errno;
    return 0;
}

int teal_sync_file_system(int descriptor) { return outcome(syncfs(descriptor)); }

int teal_try_lock(int descriptor, bool exclusive) {
    return outcome(flock(descriptor, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB));
}

int64_t teal_boot_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

double teal_wall_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void teal_set_name(const char *name) { prctl(PR_SET_NAME, name); }

int teal_errno(void) { return errno; }

const char *teal_error_text(int code) { return strerrordesc_np(code) ? strerrordesc_np(code) : "unknown error"; }

void teal_keep_heap_small(void) {
#ifdef __GLIBC__
    mallopt(M_ARENA_MAX, 2);
    // Set at all, it no longer grows by itself: a freed block of some MiB would else stay in the heap for ever.
    mallopt(M_MMAP_THRESHOLD, 64 << 10);
    mallopt(M_TRIM_THRESHOLD, 128 << 10);
#endif
}

// Given by the linker.
extern const char __executable_start[];
extern const char etext[];

void teal_release_code_pages(void) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t first = ((uintptr_t)__executable_start + page - 1) & ~(page - 1);
    uintptr_t last = (uintptr_t)etext & ~(page - 1);
    // Mapped from a file and never written to, so that nothing is lost.
    if (last > first) madvise((void *)first, last - first, MADV_DONTNEED);
}

long teal_attribute_length(const char *path, const char *name) { return getxattr(path, name, NULL, 0); }
