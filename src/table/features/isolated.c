#include "table/features/isolated.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"

enum { STEP = 1 << 20 };

void vg_outlet_write(VgOutlet *outlet, const void *bytes, size_t size)
{
    const char *p = bytes;
    while (size && !outlet->failed) {
        ssize_t wrote = write(outlet->descriptor, p, size);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            outlet->failed = true;
        else {
            p += wrote;
            size -= (size_t)wrote;
        }
    }
}

/* Signals that end a process end the child, whatever the program does with them; nothing is dumped or printed. */
static void be_quiet(unsigned seconds)
{
    static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGXCPU, SIGPIPE};
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++)
        signal(fatal[i], SIG_DFL);
    struct rlimit core = {0, 0}, time = {seconds, seconds + 1};
    setrlimit(RLIMIT_CORE, &core);
    setrlimit(RLIMIT_CPU, &time);
    int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nothing >= 0)
        dup2(nothing, STDERR_FILENO);
}

static VgStatus take_all(int descriptor, char **bytes, size_t *size, VgError *error)
{
    void *grown = NULL;
    size_t capacity = 0;
    *size = 0;
    for (;;) {
        if (!vg_grow(&grown, &capacity, *size + STEP, 1)) {
            vg_free(grown);
            return vg_fail_memory(error);
        }
        ssize_t got = read(descriptor, (char *)grown + *size, STEP);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            *bytes = grown;
            return VG_OK; /* what is incomplete is found by who reads it */
        }
        *size += (size_t)got;
    }
}

VgStatus vg_isolated(void (*body)(void *context, VgOutlet *outlet), void *context, unsigned seconds,
                     char **bytes, size_t *size, VgError *error)
{
    int ends[2];
    *bytes = NULL;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return vg_fail(error, VG_IO, "no pipe: %s", "close other programs", strerror(errno));
    pid_t child = fork();
    if (child == 0) {
        VgOutlet outlet = {ends[1], false};
        close(ends[0]);
        be_quiet(seconds);
        body(context, &outlet);
        _exit(outlet.failed);
    }
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        return vg_fail(error, VG_IO, "no process: %s", "close other programs", strerror(errno));
    }
    VgStatus status = take_all(ends[0], bytes, size, error);
    close(ends[0]); /* a child that still writes ends by SIGPIPE */
    int how = 0;
    pid_t ended;
    do
        ended = waitpid(child, &how, 0);
    while (ended < 0 && errno == EINTR);
    VG_TRY(status);
    /* a program that ignores SIGCHLD leaves no status to wait for: then the answer's completeness decides */
    if (ended == child && !(WIFEXITED(how) && WEXITSTATUS(how) == 0)) {
        vg_free(*bytes);
        *bytes = NULL;
        return VG_INVALID_INPUT;
    }
    return VG_OK;
}
