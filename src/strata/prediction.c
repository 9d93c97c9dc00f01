/* Nested cross-validation of models of response: each fold of each repeat is one replicate, in which every model learns from every
 * set of predictors and predicts those left out. */
#include <math.h>
#include <string.h>

#include "numeric/linear_algebra.h"
#include "numeric/replicate.h"
#include "strata/prediction_internal.h"
#include "strata/strata.h"

enum {
    FEWEST_EVENTS = 10,
    FEWEST_FOLDS = 3,
    FOLDS = 10,
    INNER_FOLDS = 5,
    PENALTIES = 40,
    TREES = 500
};

const char *vg_prediction_model_label(VgPredictionModel model)
{
    static const char *const LABEL[VG_PREDICT_MODELS] = {"elastic net", "forest"};
    return model >= 0 && model < VG_PREDICT_MODELS ? LABEL[model] : NULL;
}

typedef struct Course {
    const VgPredictionData *data;
    VgPredictionOptions options; /* resolved */
    VgPrediction *out;
    bool *use;    /* n_sets × n_blocks */
    size_t most;  /* people in the largest fold */
    size_t *test; /* repeats · folds: people in each fold */
} Course;

/* ---- what is refused ---- */

static VgStatus check_values(const VgPredictionData *data, VgError *error)
{
    size_t clinical = 0;
    for (size_t j = 0; j < data->x.cols; j++) {
        if (data->block[j] >= data->n_blocks)
            return vg_fail(error, VG_INVALID_INPUT, "column %zu is of block %zu of %zu",
                           "number blocks from 0, the clinical one", j + 1, data->block[j],
                           data->n_blocks);
        clinical += data->block[j] == 0;
        for (size_t i = 0; i < data->n; i++)
            if (isinf(VG_AT(data->x, i, j)))
                return vg_fail(error, VG_INVALID_INPUT, "column %zu, row %zu is infinite",
                               "give finite values; leave missing ones empty", j + 1, i + 1);
    }
    if (clinical == 0)
        return vg_fail(error, VG_NOT_ESTIMABLE, "there is no clinical predictor",
                       "age, sex and baseline severity are what a layer is compared with");
    for (size_t i = 0; i < data->n; i++) {
        if (data->event[i] != 0 && data->event[i] != 1)
            return vg_fail(error, VG_INVALID_INPUT, "the event of row %zu is %g",
                           "write 1 where it came, else 0; leave people without outcome out", i + 1,
                           data->event[i]);
        if (data->arm[i] < 0 || (size_t)data->arm[i] >= data->arms)
            return vg_fail(error, VG_INVALID_INPUT, "row %zu is in arm %d of %zu",
                           "number arms from 0", i + 1, (int)data->arm[i], data->arms);
    }
    return vg_strata_check_clusters(data->n, data->clusters, error);
}

/* Ten units with the event and ten without; as many folds as there are of the rarer. */
static VgStatus check_events(VgArena *scratch, Course *course, VgError *error)
{
    const VgPredictionData *data = course->data;
    const char *who = data->clusters.of ? "clusters" : "people";
    size_t units[2];
    for (int kind = 0; kind < 2; kind++) {
        VG_TRY(vg_prediction_units(scratch, data, kind, &units[kind], error));
        if (units[kind] < FEWEST_EVENTS)
            return vg_fail(error, VG_NOT_ESTIMABLE, "%zu %s %s the event, fewer than %d",
                           "with so few any model would be noise: tell the shares by arm instead",
                           units[kind], who, kind ? "with" : "without", FEWEST_EVENTS);
    }
    for (size_t i = 0; i < data->n; i++)
        course->out->events += data->event[i] == 1;
    VgPredictionOptions *o = &course->options;
    if (o->folds < FEWEST_FOLDS || o->inner_folds < FEWEST_FOLDS)
        return vg_fail(error, VG_INVALID_INPUT, "%zu folds, %zu within them", "use three or more",
                       o->folds, o->inner_folds);
    if (o->repeats * o->folds < 2 || !(o->lasso_share > 0 && o->lasso_share <= 1))
        return vg_fail(error, VG_INVALID_INPUT, "%zu repeats, lasso share %g",
                       "one repeat or more, a share in (0, 1]", o->repeats, o->lasso_share);
    size_t rarer = units[0] < units[1] ? units[0] : units[1];
    if (o->folds > rarer)
        o->folds = rarer;
    return VG_OK;
}

static void resolve(VgPredictionOptions *o)
{
    o->folds = o->folds ? o->folds : FOLDS;
    o->repeats = o->repeats ? o->repeats : FOLDS;
    o->inner_folds = o->inner_folds ? o->inner_folds : INNER_FOLDS;
    o->penalties = o->penalties ? o->penalties : PENALTIES;
    o->lasso_share = o->lasso_share != 0 ? o->lasso_share : 0.5;
    o->trees = o->trees ? o->trees : TREES;
}

/* ---- sets of predictors ---- */

static VgStatus make_sets(VgArena *arena, Course *course, VgError *error)
{
    const VgPredictionData *data = course->data;
    VgPrediction *out = course->out;
    size_t layers = data->n_blocks - 1;
    out->n_sets = 1 + layers + (layers > 1);
    out->set_name = VG_NEW(arena, const char *, out->n_sets);
    out->set_columns = VG_NEW(arena, size_t, out->n_sets);
    course->use = VG_NEW(arena, bool, out->n_sets * data->n_blocks);
    if (!out->set_name || !out->set_columns || !course->use)
        return vg_fail_memory(error);
    for (size_t s = 0; s < out->n_sets; s++) {
        bool *use = course->use + s * data->n_blocks;
        for (size_t b = 0; b < data->n_blocks; b++)
            use[b] = b == 0 || b == s || s > layers;
        for (size_t j = 0; j < data->x.cols; j++)
            out->set_columns[s] += use[data->block[j]];
        out->set_name[s] = s == 0 ? "clinical"
                           : s > layers
                               ? "all layers"
                               : vg_arena_printf(arena, "clinical + %s", data->block_name[s]);
        if (!out->set_name[s])
            return vg_fail_memory(error);
    }
    return VG_OK;
}

static VgStatus make_room(VgArena *arena, Course *course, VgError *error)
{
    const VgPredictionData *data = course->data;
    VgPrediction *out = course->out;
    size_t n = data->n, all = out->n_models * out->n_sets;
    out->fold = VG_NEW(arena, int32_t, out->repeats * n);
    out->probability = VG_NEW(arena, double, all * out->repeats * n);
    out->reference = VG_NEW(arena, double, out->repeats *n);
    out->apparent = VG_NEW(arena, double, all *n);
    course->test = VG_NEW(arena, size_t, out->repeats * out->folds);
    for (size_t m = 0; m < out->n_models; m++)
        out->under[m] = vg_matrix_new(arena, n, data->arms);
    return vg_arena_failed(arena) ? vg_fail_memory(error) : VG_OK;
}

/* ---- folds ---- */

static VgStatus deal_all(VgArena *scratch, Course *course, VgError *error)
{
    VgPrediction *out = course->out;
    size_t n = out->n;
    VgArenaMark mark = vg_arena_mark(scratch);
    size_t *row = VG_NEW(scratch, size_t, n);
    if (!row)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        row[i] = i;
    for (size_t r = 0; r < out->repeats; r++) {
        VgRandom random =
            vg_random_start(course->options.seed, VG_STREAM_PREDICTION, (uint32_t)r, 0);
        VG_TRY(vg_prediction_deal(scratch, course->data, row, n, out->folds, &random,
                                  out->fold + r * n, error));
        for (size_t i = 0; i < n; i++)
            course->test[r * out->folds + (size_t)out->fold[r * n + i]]++;
    }
    for (size_t k = 0; k < out->repeats * out->folds; k++)
        course->most = course->test[k] > course->most ? course->test[k] : course->most;
    vg_arena_rewind(scratch, mark);
    return VG_OK;
}

static VgStatus learn(const VgPredictionTask *task, VgPredictionModel model, VgArena *scratch,
                      VgMatrix out, VgError *error)
{
    return model == VG_PREDICT_FOREST ? vg_prediction_forest(task, scratch, out, error)
                                      : vg_prediction_net(task, scratch, out, error);
}

static bool in_fold(const VgPrediction *out, size_t replicate, size_t i)
{
    return out->fold[replicate / out->folds * out->n + i] == (int32_t)(replicate % out->folds);
}

/* The record: under the own arm, model by model, set by set, `most` people each; then under each arm by the last set. */
static VgStatus leave_out(size_t k, VgRandom random, VgArena *scratch, const void *context,
                          void *record, VgError *error)
{
    const Course *course = context;
    const VgPrediction *out = course->out;
    size_t n = out->n, held = 0, kept = 0, arms = out->arms;
    size_t *train = VG_NEW(scratch, size_t, n), *test = VG_NEW(scratch, size_t, n);
    VgMatrix said = vg_matrix_new(scratch, course->test[k], arms);
    if (!train || !test || !said.data)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        if (in_fold(out, k, i))
            test[held++] = i;
        else
            train[kept++] = i;
    double *own = record, *under = own + out->n_models * out->n_sets * course->most;
    for (size_t m = 0; m < out->n_models; m++)
        for (size_t s = 0; s < out->n_sets; s++, own += course->most) {
            const VgPredictionTask task = {.data = course->data,
                                           .options = &course->options,
                                           .use = course->use + s * course->data->n_blocks,
                                           .train = train,
                                           .test = test,
                                           .n_train = kept,
                                           .n_test = held,
                                           .random = vg_random_unit(&random, 1),
                                           .seed = course->options.seed + k};
            VG_TRY(learn(&task, out->model[m], scratch, said, error));
            for (size_t i = 0; i < held; i++)
                own[i] = VG_AT(said, i, (size_t)course->data->arm[test[i]]);
            for (size_t i = 0; s + 1 == out->n_sets && i < held * arms; i++)
                under[m * course->most * arms + i] = VG_AT(said, i / arms, i % arms);
        }
    return VG_OK;
}

static VgStatus keep(size_t k, const void *record, void *total, VgError *error)
{
    (void)error;
    Course *course = total;
    VgPrediction *out = course->out;
    size_t n = out->n, r = k / out->folds, all = out->n_models * out->n_sets;
    const double *own = record, *under = own + all * course->most;
    double with = 0, trained = (double)(n - course->test[k]);
    for (size_t i = 0; i < n; i++)
        with += in_fold(out, k, i) ? 0 : course->data->event[i];
    for (size_t i = 0, at = 0; i < n; i++) {
        if (!in_fold(out, k, i))
            continue;
        out->reference[r * n + i] = with / trained;
        for (size_t q = 0; q < all; q++)
            out->probability[(q * out->repeats + r) * n + i] = own[q * course->most + at];
        for (size_t m = 0; m < out->n_models; m++)
            for (size_t a = 0; a < out->arms; a++)
                VG_AT(out->under[m], i, a) +=
                    under[(m * course->most + at) * out->arms + a] / (double)out->repeats;
        at++;
    }
    return VG_OK;
}

/* ---- the model of everybody ---- */

static VgStatus see_all(size_t k, VgRandom random, VgArena *scratch, const void *context,
                        void *record, VgError *error)
{
    const Course *course = context;
    const VgPrediction *out = course->out;
    size_t n = out->n;
    size_t *row = VG_NEW(scratch, size_t, n);
    VgMatrix said = vg_matrix_new(scratch, n, out->arms);
    if (!row || !said.data)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        row[i] = i;
    const VgPredictionTask task = {.data = course->data,
                                   .options = &course->options,
                                   .use = course->use + k % out->n_sets * course->data->n_blocks,
                                   .train = row,
                                   .test = row,
                                   .n_train = n,
                                   .n_test = n,
                                   .random = vg_random_unit(&random, 2),
                                   .seed = course->options.seed + out->repeats * out->folds};
    VG_TRY(learn(&task, out->model[k / out->n_sets], scratch, said, error));
    for (size_t i = 0; i < n; i++)
        ((double *)record)[i] = VG_AT(said, i, (size_t)course->data->arm[i]);
    return VG_OK;
}

static VgStatus keep_apparent(size_t k, const void *record, void *total, VgError *error)
{
    (void)error;
    VgPrediction *out = ((Course *)total)->out;
    memcpy(out->apparent + k * out->n, record, out->n * sizeof(double));
    return VG_OK;
}

static VgStatus run(Course *course, VgError *error)
{
    VgPrediction *out = course->out;
    size_t all = out->n_models * out->n_sets;
    VgReplicate plan = {.count = out->repeats * out->folds,
                        .seed = course->options.seed,
                        .stream = VG_STREAM_PREDICTION,
                        .record_size =
                            (all + out->n_models * out->arms) * course->most * sizeof(double),
                        .body = leave_out,
                        .merge = keep,
                        .context = course,
                        .total = course,
                        .threads = course->options.threads};
    VG_TRY(vg_replicate(&plan, error));
    plan.count = all;
    plan.record_size = out->n * sizeof(double);
    plan.body = see_all;
    plan.merge = keep_apparent;
    return vg_replicate(&plan, error);
}

VgStatus vg_prediction_fit(VgArena *arena, const VgPredictionData *data,
                           const VgPredictionOptions *options, VgPrediction *prediction,
                           VgError *error)
{
    Course course = {.data = data, .options = *options, .out = prediction};
    resolve(&course.options);
    *prediction =
        (VgPrediction){.n = data->n, .arms = data->arms, .repeats = course.options.repeats};
    for (size_t k = 0; k < VG_PREDICT_MODELS; k++) {
        size_t m = options->forest_first ? VG_PREDICT_MODELS - 1 - k : k;
        if (!options->without[m])
            prediction->model[prediction->n_models++] = (VgPredictionModel)m;
    }
    if (prediction->n_models == 0 || data->arms == 0 || data->n_blocks == 0)
        return vg_fail(error, VG_INVALID_INPUT, "%zu models, %zu arms, %zu blocks",
                       "give one of each or more", prediction->n_models, data->arms,
                       data->n_blocks);
    VG_TRY(check_values(data, error));
    VG_TRY(check_events(arena, &course, error));
    prediction->folds = course.options.folds;
    VG_TRY(make_sets(arena, &course, error));
    VG_TRY(make_room(arena, &course, error));
    VG_TRY(deal_all(arena, &course, error));
    return run(&course, error);
}
