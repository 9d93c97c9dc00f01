/* Contrasts arm × visit of measured analytes: each is judged, completed and analysed in an iteration of its own. */
#include <vagus/measured.h>

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "numeric/linear_algebra.h"
#include "numeric/replicate.h"
#include "panel/measured_internal.h"

static VgStatus check(const VgMeasuredData *data, VgError *error)
{
    if (data->n_arms < 2 || !data->n_visits || !data->n_analytes || !data->n)
        return vg_fail(error, VG_INVALID_INPUT,
                       "%zu participants, %zu arms, %zu visits and %zu analytes",
                       "two arms, a visit and an analyte are the least", data->n, data->n_arms,
                       data->n_visits, data->n_analytes);
    for (size_t i = 0; i < data->n; i++)
        if (data->arm[i] >= data->n_arms)
            return vg_fail(error, VG_INVALID_INPUT, "participant %zu is in arm %zu of %zu",
                           "arms are numbered from 0", i + 1, data->arm[i] + 1, data->n_arms);
    return VG_OK;
}

typedef struct Work {
    const VgMeasuredData *data;
    const VgMeasuredOptions *options;
    size_t places, n_cells, n_contrasts, n_means, record_size;
} Work;

/* One analyte's record: this, then cells, contrasts and means. */
typedef struct Record {
    size_t imputed;
    VgCovariance covariance;
    bool any;
    char failed[sizeof((VgError *)0)->message];
} Record;

static VgCensoredCell *cells_of(Record *record)
{
    return (VgCensoredCell *)(void *)(record + 1);
}

static VgMeasuredAnswer *contrasts_of(const Work *work, Record *record)
{
    return (VgMeasuredAnswer *)(void *)(cells_of(record) + work->n_cells);
}

static VgInference *means_of(const Work *work, Record *record)
{
    return (VgInference *)(void *)(contrasts_of(work, record) + work->n_contrasts);
}

static const VgInference NOTHING = {NAN, NAN, NAN, NAN, NAN, NAN, NAN};

static VgStatus begin(VgArena *arena, const Work *work, size_t analyte, VgMeasuredCase *one,
                      VgCensoredCell *cell, VgError *error)
{
    size_t values = work->data->n * work->places;
    *one = (VgMeasuredCase){.data = work->data,
                            .options = work->options,
                            .analyte = analyte,
                            .places = work->places,
                            .lower = work->data->lower + analyte * values,
                            .upper = work->data->upper + analyte * values,
                            .on_mean_scale = VG_NEW(arena, bool, work->places)};
    if (!one->on_mean_scale)
        return vg_fail_memory(error);
    vg_measured_judge(one, cell);
    return VG_OK;
}

/* What an analyte cannot bear is its own matter. */
static VgStatus or_told(VgStatus status, const VgError *own, Record *record, VgError *error)
{
    if (status == VG_NO_MEMORY)
        return vg_fail_memory(error);
    if (status != VG_OK && !record->failed[0])
        memcpy(record->failed, own->message, sizeof record->failed);
    return VG_OK;
}

static VgStatus one_analyte(size_t i, VgRandom random, VgArena *scratch, const void *context,
                            void *record_, VgError *error)
{
    (void)random; /* the imputer has its own */
    const Work *work = context;
    Record *record = record_;
    VgMeasuredCase one;
    VgError own = {0};
    VgMeasuredSink sink = {contrasts_of(work, record), means_of(work, record), &record->covariance};
    for (size_t k = 0; k < work->n_contrasts; k++)
        sink.contrast[k].inference = NOTHING;
    for (size_t k = 0; k < work->n_means; k++)
        sink.mean[k] = NOTHING;
    VG_TRY(begin(scratch, work, i, &one, cells_of(record), error));
    record->any = one.any;
    if (one.any && work->options->model == VG_MEASURED_MMRM) {
        VgStatus status = vg_measured_fill(scratch, &one, &own);
        if (status == VG_OK)
            status = vg_measured_mmrm(scratch, &one, &sink, &own);
        record->imputed = one.imputed;
        VG_TRY(or_told(status, &own, record, error));
    }
    return or_told(vg_measured_detect(scratch, &one, cells_of(record), &sink, &own), &own, record,
                   error);
}

typedef struct Total {
    const Work *work;
    VgArena *arena;
    VgMeasuredResult *out;
} Total;

static VgStatus keep(size_t i, const void *record_, void *total_, VgError *error)
{
    const Total *total = total_;
    const Work *work = total->work;
    Record *record = (Record *)(uintptr_t)record_;
    VgMeasuredResult *out = total->out;
    memcpy(out->cell + i * work->n_cells, cells_of(record), work->n_cells * sizeof *out->cell);
    memcpy(out->contrast + i * work->n_contrasts, contrasts_of(work, record),
           work->n_contrasts * sizeof *out->contrast);
    memcpy(out->mean + i * work->n_means, means_of(work, record),
           work->n_means * sizeof *out->mean);
    out->imputed[i] = record->imputed;
    out->covariance[i] = record->covariance;
    out->mean_scale[i] = record->any;
    if (record->failed[0] && !(out->failed[i] = vg_arena_strdup(total->arena, record->failed)))
        return vg_fail_memory(error);
    return VG_OK;
}

/* All analytes in one model; completed here, since the factorisation is common. */
static VgStatus in_one_model(VgArena *arena, const Work *work, VgMeasuredResult *out,
                             VgError *error)
{
    size_t n = work->data->n_analytes;
    VgMeasuredCase *all = VG_NEW(arena, VgMeasuredCase, n);
    VgMeasuredSink *sink = VG_NEW(arena, VgMeasuredSink, n);
    VgCensoredCell *cell = VG_NEW(arena, VgCensoredCell, work->n_cells);
    if (!all || !sink || !cell)
        return vg_fail_memory(error);
    bool any = false;
    for (size_t j = 0; j < n; j++) {
        VgError own = {0};
        VG_TRY(begin(arena, work, j, &all[j], cell, error));
        sink[j] = (VgMeasuredSink){out->contrast + j * work->n_contrasts,
                                   out->mean + j * work->n_means, &out->covariance[j]};
        VgStatus status = vg_measured_fill(arena, &all[j], &own);
        if (status == VG_NO_MEMORY)
            return vg_fail_memory(error);
        if (status != VG_OK) { /* an outcome without values */
            out->failed[j] = vg_arena_strdup(arena, own.message);
            all[j].any = false;
            all[j].n_filled = 1;
        }
        out->imputed[j] = all[j].imputed;
        any |= all[j].any;
    }
    return any ? vg_measured_shared(arena, all, sink, out->failed, error) : VG_OK;
}

static VgStatus make_out(VgArena *arena, const Work *work, VgMeasuredResult *out, VgError *error)
{
    const VgMeasuredData *data = work->data;
    size_t n = data->n_analytes;
    *out = (VgMeasuredResult){.n_analytes = n,
                              .n_arms = data->n_arms,
                              .n_visits = data->n_visits,
                              .places = work->places,
                              .cell = VG_NEW(arena, VgCensoredCell, n * work->n_cells),
                              .contrast = VG_NEW(arena, VgMeasuredAnswer, n * work->n_contrasts),
                              .mean = VG_NEW(arena, VgInference, n * work->n_means),
                              .imputed = VG_NEW(arena, size_t, n),
                              .covariance = VG_NEW(arena, VgCovariance, n),
                              .mean_scale = VG_NEW(arena, bool, n),
                              .failed = VG_NEW(arena, const char *, n)};
    if (!out->cell || !out->contrast || !out->mean || !out->imputed || !out->covariance ||
        !out->mean_scale || !out->failed)
        return vg_fail_memory(error);
    return VG_OK;
}

VgStatus vg_measured_contrasts(VgArena *arena, const VgMeasuredData *data,
                               const VgMeasuredOptions *asked, VgMeasuredResult *out,
                               VgError *error)
{
    VG_TRY(check(data, error));
    VgMeasuredOptions options = *asked;
    options.imputations = options.imputations ? options.imputations : 20;
    options.seed = options.seed ? options.seed : 1;
    options.level = options.level > 0 ? options.level : 0.95;
    size_t places = data->n_visits + (data->baseline ? 1 : 0);
    Work work = {.data = data,
                 .options = &options,
                 .places = places,
                 .n_cells = places * data->n_arms,
                 .n_contrasts = data->n_visits * (data->n_arms - 1),
                 .n_means = data->n_visits * data->n_arms};
    work.record_size = sizeof(Record) + work.n_cells * sizeof(VgCensoredCell) +
                       work.n_contrasts * sizeof(VgMeasuredAnswer) +
                       work.n_means * sizeof(VgInference);
    VG_TRY(make_out(arena, &work, out, error));
    Total total = {&work, arena, out};
    const VgReplicate plan = {.count = data->n_analytes,
                              .seed = options.seed,
                              .stream = VG_STREAM_IMPUTATION,
                              .record_size = work.record_size,
                              .body = one_analyte,
                              .merge = keep,
                              .context = &work,
                              .total = &total,
                              .threads = options.threads};
    VG_TRY(vg_replicate(&plan, error));
    return options.model == VG_MEASURED_SHARED ? in_one_model(arena, &work, out, error) : VG_OK;
}
