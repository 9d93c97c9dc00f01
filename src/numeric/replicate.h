/* The one parallel loop: bootstrap, permutation, simulated trials.
 *
 * `body` computes replicate i into a flat record (no pointers: a record may come from another
 * process), `merge` takes the records in the order of i. The answer has the same bits on any number
 * of threads. A range of replicates can be computed anywhere (`first`, `count`) and merged in
 * order, which is what a run over several processes needs. */
#ifndef VG_NUMERIC_REPLICATE_H
#define VG_NUMERIC_REPLICATE_H

#include <stddef.h>
#include <stdint.h>

#include <vagus/arena.h>

#include "numeric/random.h"

/* Must be a pure function of i, `random` (unit 0 of replicate i) and `context`, which it may only
 * read. `scratch` is the thread's own arena, rewound after each replicate; `record` has record_size
 * zeroed bytes. What a simulation counts (a fit that did not converge) belongs in the record; a
 * status other than VG_OK stops the whole run. */
typedef VgStatus (*VgReplicateBody)(size_t i, VgRandom random, VgArena *scratch,
                                    const void *context, void *record, VgError *error);

/* Called by one thread at a time, in the order of i. */
typedef VgStatus (*VgReplicateMerge)(size_t i, const void *record, void *total, VgError *error);

/* Called now and then by the calling thread with how many are merged. */
typedef void (*VgReplicateProgress)(void *context, size_t done, size_t count);

typedef struct VgReplicate {
    size_t first, count; /* replicates first … first + count − 1; all below 2³² */
    uint64_t seed;
    uint32_t stream;    /* VgStream */
    size_t record_size; /* bytes of a record */
    VgReplicateBody body;
    VgReplicateMerge merge;
    const void *context;          /* for body */
    void *total;                  /* for merge */
    VgReplicateProgress progress; /* NULL = none */
    void *progress_context;
    int threads; /* 0 = as many as OpenMP has: --threads, else the processors */
} VgReplicate;

/* Runs the plan. BLAS is held to one thread while it does (OpenBLAS; put back afterwards).
 * @return the first failure in the order of i ("replicate 17: …"); VG_INVALID_INPUT, VG_NO_MEMORY
 */
VG_MUST_CHECK VgStatus vg_replicate(const VgReplicate *plan, VgError *error);

#endif
