/* Replicates in batches: the threads take replicates one by one, then the batch is merged in order.
 * A batch bounds the memory for records. */
#include "numeric/replicate.h"

#include <cblas.h>
#include <omp.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

enum { BATCH_PER_THREAD = 64 };

typedef struct Batch {
    char *record;      /* capacity × record_size */
    VgStatus *status;  /* capacity */
    VgError *error;    /* one per thread: of the earliest failure the thread saw */
    size_t *failed;    /* one per thread: its replicate */
    VgArena **scratch; /* one per thread */
    size_t capacity, record_size;
    int threads;
} Batch;

static VgStatus check(const VgReplicate *plan, VgError *error)
{
    if (plan->record_size == 0 || !plan->body || !plan->merge)
        return vg_fail(error, VG_INVALID_INPUT, "replicates need a record, a body and a merge",
                       "fill all fields of VgReplicate");
    if (plan->first > UINT32_MAX || plan->count > UINT32_MAX - plan->first)
        return vg_fail(error, VG_INVALID_INPUT, "replicate numbers end at %lu",
                       "use several seeds for more replicates", (unsigned long)UINT32_MAX);
    return VG_OK;
}

static void release(Batch *batch)
{
    for (int t = 0; batch->scratch && t < batch->threads; t++)
        vg_arena_destroy(batch->scratch[t]);
    vg_free(batch->scratch);
    vg_free(batch->record);
    vg_free(batch->status);
    vg_free(batch->error);
    vg_free(batch->failed);
}

static VgStatus prepare(const VgReplicate *plan, Batch *batch, VgError *error)
{
    size_t bytes, threads = (size_t)batch->threads;
    batch->capacity = threads * BATCH_PER_THREAD;
    if (batch->capacity > plan->count)
        batch->capacity = plan->count;
    batch->record_size = plan->record_size;
    if (!vg_size_product(batch->capacity, plan->record_size, &bytes))
        return vg_fail_memory(error);
    batch->record = vg_malloc(bytes);
    batch->status = vg_malloc(batch->capacity * sizeof *batch->status);
    batch->error = vg_malloc(threads * sizeof *batch->error);
    batch->failed = vg_malloc(threads * sizeof *batch->failed);
    batch->scratch = vg_malloc(threads * sizeof(VgArena *));
    if (batch->scratch)
        memset(batch->scratch, 0, threads * sizeof(VgArena *));
    if (!batch->record || !batch->status || !batch->error || !batch->failed || !batch->scratch)
        return vg_fail_memory(error);
    for (size_t t = 0; t < threads; t++) {
        batch->failed[t] = SIZE_MAX;
        batch->scratch[t] = vg_arena_create();
        if (!batch->scratch[t])
            return vg_fail_memory(error);
    }
    return VG_OK;
}

static void run_one(const VgReplicate *plan, Batch *batch, size_t start, size_t k)
{
    int thread = omp_get_thread_num();
    VgArena *scratch = batch->scratch[thread];
    VgArenaMark mark = vg_arena_mark(scratch);
    char *record = batch->record + k * batch->record_size;
    VgError error = {0};
    memset(record, 0, batch->record_size);
    size_t i = start + k;
    batch->status[k] = plan->body(i, vg_random_start(plan->seed, plan->stream, (uint32_t)i, 0),
                                  scratch, plan->context, record, &error);
    vg_arena_rewind(scratch, mark);
    if (batch->status[k] != VG_OK && i < batch->failed[thread]) {
        batch->failed[thread] = i;
        batch->error[thread] = error;
    }
}

static VgStatus report(const Batch *batch, size_t i, VgStatus status, VgError *error)
{
    for (int t = 0; t < batch->threads; t++)
        if (batch->failed[t] == i && error) {
            *error = batch->error[t];
            error->code = status;
            /* what does not fit behind the number is cut */
            snprintf(error->message, sizeof error->message, "replicate %zu: %.*s", i,
                     (int)sizeof error->message - 40, batch->error[t].message);
        }
    return status;
}

static VgStatus merge_batch(const VgReplicate *plan, const Batch *batch, size_t start, size_t n,
                            VgError *error)
{
    for (size_t k = 0; k < n; k++) {
        if (batch->status[k] != VG_OK)
            return report(batch, start + k, batch->status[k], error);
        VG_TRY(plan->merge(start + k, batch->record + k * batch->record_size, plan->total, error));
    }
    return VG_OK;
}

static VgStatus run(const VgReplicate *plan, Batch *batch, VgError *error)
{
    for (size_t done = 0; done < plan->count;) {
        size_t n = plan->count - done < batch->capacity ? plan->count - done : batch->capacity;
        size_t start = plan->first + done;
#pragma omp parallel for schedule(dynamic, 1) num_threads(batch->threads)
        for (size_t k = 0; k < n; k++)
            run_one(plan, batch, start, k);
        VG_TRY(merge_batch(plan, batch, start, n, error));
        done += n;
        if (plan->progress)
            plan->progress(plan->progress_context, done, plan->count);
    }
    return VG_OK;
}

VgStatus vg_replicate(const VgReplicate *plan, VgError *error)
{
    VG_TRY(check(plan, error));
    if (plan->count == 0)
        return VG_OK;
    Batch batch = {.threads = plan->threads > 0 ? plan->threads : omp_get_max_threads()};
    int blas_threads = openblas_get_num_threads();
    VgStatus status = prepare(plan, &batch, error);
    if (status == VG_OK) {
        openblas_set_num_threads(1);
        status = run(plan, &batch, error);
        openblas_set_num_threads(blas_threads);
    }
    release(&batch);
    return status;
}
