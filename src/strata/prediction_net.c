/* An elastic net on blocks as a model of response. Columns: arms (centred, not penalised), predictors (centred at the mean of
 * those trained on; a missing value stands there), an indicator for each block that some lack whole, arm × predictor.
 * log odds = β₀ + Σ_k α_k A_k + Σ_j x_j (β_j + Σ_k γ_jk A_k) + Σ_b δ_b M_b. Penalties are λ f_b for block b and λ f_b g for its
 * interactions; inner cross-validation chooses λ, the f of each layer against f = 1 of the clinical block, and g. */
#include <math.h>
#include <string.h>

#include <vagus/elastic_net.h>

#include "numeric/linear_algebra.h"
#include "strata/prediction_internal.h"

static const double LAYER_FACTOR[] = {3, 9}; /* besides 1 */
static const double INTERACTION_FACTOR = 2;  /* besides none */
static const double LAMBDA_RATIO = 0.01;
enum { LEAST_IN_ARM = 2 };

typedef struct Net {
    const VgPredictionTask *task;
    size_t contrasts, columns, blocks, total; /* of the design: arms − 1, predictors, indicators */
    size_t *column;                           /* columns: of data->x */
    double *centre;                           /* columns */
    size_t *block;                            /* blocks: that some lack whole */
    double *share;                            /* arms: among those trained on */
    VgMatrix x;                               /* n_train × total */
    double *event;
    int32_t *inner;
    bool free_arms;                /* not penalised */
    double *block_factor, *factor; /* n_blocks; total */
    double interaction;
    double error, intercept, *beta; /* the best so far; beta: total */
} Net;

/* ---- the design ---- */

/* Whether the person lacks every value of the block. */
static bool lacks(const VgPredictionData *data, size_t row, size_t block)
{
    bool any = false;
    for (size_t j = 0; j < data->x.cols; j++) {
        if (data->block[j] != block)
            continue;
        if (!isnan(VG_AT(data->x, row, j)))
            return false;
        any = true;
    }
    return any;
}

/* Mean of the values seen; false where they do not differ. */
static bool mean_of(const VgPredictionTask *task, size_t j, double *mean)
{
    double sum = 0, n = 0, first = NAN;
    bool varies = false;
    for (size_t i = 0; i < task->n_train; i++) {
        double value = VG_AT(task->data->x, task->train[i], j);
        if (isnan(value))
            continue;
        varies = varies || (n > 0 && value != first);
        first = n == 0 ? value : first;
        sum += value;
        n++;
    }
    *mean = sum / n;
    return varies;
}

static void choose_columns(Net *net)
{
    const VgPredictionTask *task = net->task;
    const VgPredictionData *data = task->data;
    for (size_t j = 0; j < data->x.cols; j++)
        if (task->use[data->block[j]] && mean_of(task, j, &net->centre[net->columns]))
            net->column[net->columns++] = j;
    for (size_t b = 0; b < data->n_blocks; b++) {
        size_t lacking = 0;
        for (size_t i = 0; task->use[b] && i < task->n_train; i++)
            lacking += lacks(data, task->train[i], b);
        if (lacking > 0 && lacking < task->n_train)
            net->block[net->blocks++] = b;
    }
    for (size_t i = 0; i < task->n_train; i++)
        net->share[data->arm[task->train[i]]] += 1 / (double)task->n_train;
}

static double centred(const Net *net, size_t row, size_t c)
{
    double value = VG_AT(net->task->data->x, row, net->column[c]);
    return isnan(value) ? 0 : value - net->centre[c];
}

static void fill_design(Net *net)
{
    const VgPredictionTask *task = net->task;
    size_t k = net->contrasts, p = net->columns;
    for (size_t i = 0; i < task->n_train; i++) {
        size_t row = task->train[i], arm = (size_t)task->data->arm[row];
        net->event[i] = task->data->event[row];
        for (size_t a = 0; a < k; a++)
            VG_AT(net->x, i, a) = (arm == a + 1) - net->share[a + 1];
        for (size_t c = 0; c < p; c++)
            VG_AT(net->x, i, k + c) = centred(net, row, c);
        for (size_t b = 0; b < net->blocks; b++)
            VG_AT(net->x, i, k + p + b) = lacks(task->data, row, net->block[b]);
        for (size_t a = 0; a < k; a++)
            for (size_t c = 0; c < p; c++)
                VG_AT(net->x, i, k + p + net->blocks + a * p + c) =
                    VG_AT(net->x, i, a) * VG_AT(net->x, i, k + c);
    }
}

static VgStatus build(Net *net, const VgPredictionTask *task, VgArena *scratch, VgError *error)
{
    const VgPredictionData *data = task->data;
    *net = (Net){.task = task, .contrasts = data->arms - 1, .error = INFINITY};
    net->column = VG_NEW(scratch, size_t, data->x.cols);
    net->centre = VG_NEW(scratch, double, data->x.cols + 1);
    net->block = VG_NEW(scratch, size_t, data->n_blocks);
    net->share = VG_NEW(scratch, double, data->arms);
    net->event = VG_NEW(scratch, double, task->n_train);
    net->inner = VG_NEW(scratch, int32_t, task->n_train);
    net->block_factor = VG_NEW(scratch, double, data->n_blocks);
    if (vg_arena_failed(scratch))
        return vg_fail_memory(error);
    choose_columns(net);
    net->total = net->contrasts + net->columns + net->blocks + net->contrasts * net->columns;
    net->x = vg_matrix_new(scratch, task->n_train, net->total);
    net->factor = VG_NEW(scratch, double, net->total);
    net->beta = VG_NEW(scratch, double, net->total);
    if (vg_arena_failed(scratch))
        return vg_fail_memory(error);
    fill_design(net);
    return VG_OK;
}

/* ---- what inner cross-validation chooses ---- */

/* An arm whose people nearly all have, or lack, the event would get an endless coefficient: arms are then penalised as the
 * clinical block is. */
static bool arms_are_free(const Net *net)
{
    const VgPredictionTask *task = net->task;
    size_t folds = task->options->inner_folds;
    for (size_t f = 0; f < folds; f++)
        for (size_t arm = 0; arm < task->data->arms; arm++) {
            size_t count[2] = {0};
            for (size_t i = 0; i < task->n_train; i++)
                if (net->inner[i] != (int32_t)f && (size_t)task->data->arm[task->train[i]] == arm)
                    count[net->event[i] == 1]++;
            if (count[0] + count[1] > 0 && (count[0] < LEAST_IN_ARM || count[1] < LEAST_IN_ARM))
                return false;
        }
    return true;
}

static void set_factors(Net *net)
{
    const size_t *block = net->task->data->block;
    size_t k = net->contrasts, p = net->columns;
    for (size_t a = 0; a < k; a++)
        net->factor[a] = net->free_arms ? 0 : 1;
    for (size_t c = 0; c < p; c++) {
        double f = net->block_factor[block[net->column[c]]];
        net->factor[k + c] = f;
        for (size_t a = 0; a < k; a++)
            net->factor[k + p + net->blocks + a * p + c] = f * net->interaction;
    }
    for (size_t b = 0; b < net->blocks; b++)
        net->factor[k + p + b] = net->block_factor[net->block[b]];
}

/* Tries the factors as they stand; keeps the coefficients where the inner error is the least so far. */
static VgStatus try_factors(Net *net, VgArena *scratch, bool *better, VgError *error)
{
    const VgPredictionOptions *o = net->task->options;
    set_factors(net);
    VgArenaMark mark = vg_arena_mark(scratch);
    const VgElasticNetData data = {.x = net->x, .y = net->event};
    const VgElasticNetOptions options = {.family = VG_ELASTIC_NET_BINOMIAL,
                                         .ridge_share = 1 - o->lasso_share,
                                         .penalty_factor = net->factor,
                                         .n_lambda = o->penalties,
                                         .lambda_min_ratio = LAMBDA_RATIO};
    VgElasticNetValidation said;
    VG_TRY(vg_elastic_net_cross_validate(scratch, &data, &options, net->inner, o->inner_folds, 1,
                                         &said, error));
    *better = said.error[said.best] < net->error;
    if (*better) {
        const VgElasticNetPoint *point = &said.path.point[said.best];
        net->error = said.error[said.best];
        net->intercept = point->intercept;
        memset(net->beta, 0, net->total * sizeof *net->beta);
        for (size_t s = 0; s < point->n_nonzero; s++)
            net->beta[point->feature[s]] = point->value[s];
    }
    vg_arena_rewind(scratch, mark);
    return VG_OK;
}

/* All blocks alike and no interactions first; then one layer after the other, then interactions: each change stays if it is
 * better. */
static VgStatus search(Net *net, VgArena *scratch, VgError *error)
{
    const VgPredictionTask *task = net->task;
    bool better;
    for (size_t b = 0; b < task->data->n_blocks; b++)
        net->block_factor[b] = 1;
    net->interaction = INFINITY;
    VG_TRY(try_factors(net, scratch, &better, error));
    for (size_t b = 1; b < task->data->n_blocks; b++) {
        double best = 1;
        for (size_t k = 0; task->use[b] && k < sizeof LAYER_FACTOR / sizeof *LAYER_FACTOR; k++) {
            net->block_factor[b] = LAYER_FACTOR[k];
            VG_TRY(try_factors(net, scratch, &better, error));
            best = better ? LAYER_FACTOR[k] : best;
        }
        net->block_factor[b] = best;
    }
    if (net->contrasts > 0) {
        net->interaction = INTERACTION_FACTOR;
        VG_TRY(try_factors(net, scratch, &better, error));
    }
    return VG_OK;
}

/* ---- what it says ---- */

static double log_odds(const Net *net, size_t row, size_t arm)
{
    size_t k = net->contrasts, p = net->columns;
    const double *main = net->beta + k, *indicator = main + p, *cross = indicator + net->blocks;
    double eta = net->intercept;
    for (size_t a = 0; a < k; a++)
        eta += net->beta[a] * ((arm == a + 1) - net->share[a + 1]);
    for (size_t b = 0; b < net->blocks; b++)
        if (indicator[b] != 0)
            eta += indicator[b] * lacks(net->task->data, row, net->block[b]);
    for (size_t c = 0; c < p; c++) {
        double slope = main[c];
        for (size_t a = 0; a < k; a++)
            slope += cross[a * p + c] * ((arm == a + 1) - net->share[a + 1]);
        eta += slope * centred(net, row, c);
    }
    return eta;
}

/* Where no predictor differs between those trained on: the share of each arm. */
static void shares(const Net *net, VgMatrix out)
{
    const VgPredictionTask *task = net->task;
    for (size_t arm = 0; arm < task->data->arms; arm++) {
        double n = 0, with = 0;
        for (size_t i = 0; i < task->n_train; i++)
            if ((size_t)task->data->arm[task->train[i]] == arm) {
                n++;
                with += net->event[i];
            }
        for (size_t i = 0; i < task->n_test; i++)
            VG_AT(out, i, arm) = (with + 0.5) / (n + 1);
    }
}

VgStatus vg_prediction_net(const VgPredictionTask *task, VgArena *scratch, VgMatrix out,
                           VgError *error)
{
    VgArenaMark mark = vg_arena_mark(scratch);
    VgRandom random = task->random;
    Net net;
    VG_TRY(build(&net, task, scratch, error));
    if (net.columns + net.blocks == 0) {
        shares(&net, out);
    } else {
        VG_TRY(vg_prediction_deal(scratch, task->data, task->train, task->n_train,
                                  task->options->inner_folds, &random, net.inner, error));
        net.free_arms = arms_are_free(&net);
        VG_TRY(search(&net, scratch, error));
        for (size_t arm = 0; arm < task->data->arms; arm++)
            for (size_t i = 0; i < task->n_test; i++)
                VG_AT(out, i, arm) = 1 / (1 + exp(-log_odds(&net, task->test[i], arm)));
    }
    vg_arena_rewind(scratch, mark);
    return VG_OK;
}
