/* The program with faults: linked with --wrap, so that the k-th allocation (or write, rename, sync) of our own
 * code fails. VAGUS_FAIL_ALLOCATION=k and VAGUS_FAIL_WRITE=k choose it; VAGUS_FAULT_COUNT=FILE gets how many
 * there were. Used by faults.sh; the product knows nothing of it. */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

static atomic_long allocations, writes;
static long failing_allocation, failing_write;

static void report(void)
{
    const char *path = getenv("VAGUS_FAULT_COUNT");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (!file)
        return;
    fprintf(file, "%ld %ld\n", (long)allocations, (long)writes);
    fclose(file);
}

__attribute__((constructor)) static void begin(void)
{
    const char *allocation = getenv("VAGUS_FAIL_ALLOCATION"), *write_ = getenv("VAGUS_FAIL_WRITE");
    failing_allocation = allocation ? atol(allocation) : 0;
    failing_write = write_ ? atol(write_) : 0;
    atexit(report);
}

static int allocation_fails(void)
{
    if (atomic_fetch_add(&allocations, 1) + 1 != failing_allocation)
        return 0;
    errno = ENOMEM;
    return 1;
}

static int write_fails(void)
{
    if (atomic_fetch_add(&writes, 1) + 1 != failing_write)
        return 0;
    errno = ENOSPC;
    return 1;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *pointer, size_t size);
ssize_t __real_write(int descriptor, const void *bytes, size_t size);
int __real_rename(const char *from, const char *to);
int __real_fsync(int descriptor);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *pointer, size_t size);
ssize_t __wrap_write(int descriptor, const void *bytes, size_t size);
int __wrap_rename(const char *from, const char *to);
int __wrap_fsync(int descriptor);

void *__wrap_malloc(size_t size)
{
    return allocation_fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return allocation_fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *pointer, size_t size)
{
    return allocation_fails() ? NULL : __real_realloc(pointer, size);
}

ssize_t __wrap_write(int descriptor, const void *bytes, size_t size)
{
    return write_fails() ? -1 : __real_write(descriptor, bytes, size);
}

int __wrap_rename(const char *from, const char *to)
{
    return write_fails() ? -1 : __real_rename(from, to);
}

int __wrap_fsync(int descriptor)
{
    return write_fails() ? -1 : __real_fsync(descriptor);
}
