/* Conformal intervals from the people of one arm: split, CV+ and jackknife+ are one computation, with one fold, some, or as many as units
 * that calibrate. Sources: Barber, Candès, Ramdas & Tibshirani 2021; Lei and others 2018; Romano, Patterson & Candès 2019; Tibshirani and
 * others 2019 (weights); Lee, Barber & Willett 2023 (clusters). */
#include <vagus/conformal.h>

#include <math.h>

#include "numeric/linear_algebra.h"
#include "strata/strata.h"

enum { FEWEST_PEOPLE = 10, FEWEST_CLUSTERS = 4, CV_FOLDS = 10, SPLIT_FOLDS = 2 };

/* Sums of weights that would be equal but for rounding count as equal; also ⌈·⌉ of what would be a whole number. */
static const double ROUNDING = 1e-10;

static const char *const METHOD_NAME[VG_CONFORMAL_METHOD_COUNT] = {"cv_plus", "split",
                                                                   "jackknife_plus"};

const char *vg_conformal_method_name(VgConformalMethod method)
{
    return method >= 0 && method < VG_CONFORMAL_METHOD_COUNT ? METHOD_NAME[method] : NULL;
}

/* One call of vg_conformal. */
typedef struct Conformal {
    const VgConformalData *data;
    const VgConformalTarget *target;
    const VgConformalOptions *options;
    const double *level;
    size_t n, m, n_targets, n_levels, folds, calibrating; /* folds; those that calibrate */
    VgClusters clusters;                                  /* of the data, numbered anew */
    int32_t *fold;                                        /* n */
    double *score;                                        /* n; of folds that calibrate */
    VgMatrix low, high, scale; /* m × calibrating: all targets, by each fold's model */
    double *predicted;         /* m: sum over the folds that calibrate */
    size_t *person;            /* n_calibration: rows whose scores count */
    double *base;              /* n_calibration: 1, or 1 / people of the cluster */
    size_t n_calibration, units;
} Conformal;

size_t vg_conformal_rank(size_t n, double alpha)
{
    double exact = ((double)n + 1) * (1 - alpha);
    return (size_t)fmax(1, ceil(exact * (1 - ROUNDING)));
}

/* `sorted` by ascending score; weights by person. */
static double quantile_of_sorted(const VgRankedPerson *sorted, size_t n, const double *weight,
                                 double new_weight, double alpha)
{
    double total = new_weight, up_to = 0;
    for (size_t k = 0; k < n; k++)
        total += weight ? weight[sorted[k].person] : 1;
    double needed = (1 - alpha) * total * (1 - ROUNDING);
    for (size_t k = 0; k < n; k++) {
        up_to += weight ? weight[sorted[k].person] : 1;
        if (up_to >= needed)
            return sorted[k].value;
    }
    return INFINITY;
}

VgStatus vg_conformal_quantile(VgArena *scratch, size_t n, const double *score,
                               const double *weight, double new_weight, double alpha,
                               double *quantile, VgError *error)
{
    VgArenaMark mark = vg_arena_mark(scratch);
    VgRankedPerson *sorted = VG_NEW(scratch, VgRankedPerson, n);
    if (!sorted)
        return vg_fail_memory(error);
    VG_TRY(vg_strata_check_numbers(n, score, "a score", error));
    vg_strata_sort(score, n, sorted);
    *quantile = quantile_of_sorted(sorted, n, weight, new_weight, alpha);
    vg_arena_rewind(scratch, mark);
    return VG_OK;
}

double vg_conformal_guarantee(VgConformalMethod method, size_t units, size_t folds, double alpha)
{
    double n = (double)units, k = (double)folds;
    if (method == VG_CONFORMAL_SPLIT)
        return 1 - alpha;
    if (method == VG_CONFORMAL_JACKKNIFE_PLUS || folds >= units)
        return fmax(0, 1 - 2 * alpha);
    return fmax(0, 1 - 2 * alpha - fmin(2 * (1 - 1 / k) / (n / k + 1), (1 - k / n) / (k + 1)));
}

/* ---- checks ---- */

static VgStatus check_covariates(VgMatrix x, const char *whose, VgError *error)
{
    for (size_t j = 0; j < x.cols; j++)
        for (size_t i = 0; i < x.rows; i++)
            if (isinf(VG_AT(x, i, j)))
                return vg_fail(error, VG_INVALID_INPUT,
                               "covariate %zu of row %zu of the %s is infinite",
                               "give finite values; leave missing ones empty", j + 1, i + 1, whose);
    return VG_OK;
}

static VgStatus check_weights(size_t n, const double *weight, VgError *error)
{
    for (size_t i = 0; weight && i < n; i++)
        if (!(weight[i] > 0) || isinf(weight[i]))
            return vg_fail(error, VG_INVALID_INPUT, "the weight of row %zu is %g",
                           "weights are finite and above 0", i + 1, weight[i]);
    return VG_OK;
}

static VgStatus check_options(const Conformal *c, VgError *error)
{
    const VgConformalRange *r = &c->options->range;
    for (size_t l = 0; l < c->n_levels; l++)
        if (!(c->level[l] > 0 && c->level[l] < 1))
            return vg_fail(error, VG_INVALID_INPUT, "the level of intervals is %g",
                           "give a share between 0 and 1, such as 0.95", c->level[l]);
    if (r->bounded && !(r->high > r->low && isfinite(r->low) && isfinite(r->high) && r->step >= 0 &&
                        r->step <= r->high - r->low))
        return vg_fail(error, VG_INVALID_INPUT, "a range of %g to %g in steps of %g",
                       "give the lowest and highest value that the outcome can take", r->low,
                       r->high, r->step);
    if (c->options->folds == 1)
        return vg_fail(error, VG_INVALID_INPUT, "conformal intervals from 1 fold",
                       "some people must teach and others calibrate: use 2 folds or more");
    return VG_OK;
}

static VgStatus check(const Conformal *c, VgError *error)
{
    const VgConformalData *d = c->data;
    VG_TRY(check_options(c, error));
    if (c->n < FEWEST_PEOPLE)
        return vg_fail(error, VG_NOT_ESTIMABLE, "%zu people with an outcome to learn from",
                       "individual intervals need 10 people or more in each arm", c->n);
    VG_TRY(check_covariates(d->x, "data", error));
    VG_TRY(vg_strata_check_numbers(c->n, d->outcome, "the outcome", error));
    VG_TRY(vg_strata_check_clusters(c->n, d->clusters, error));
    for (size_t t = 0; t < c->n_targets; t++) {
        const VgConformalTarget *one = &c->target[t];
        if (one->x.rows > 0 && one->x.cols != d->x.cols)
            return vg_fail(error, VG_INVALID_INPUT, "%zu covariates to learn from, %zu to predict",
                           "give the same columns in the same order", d->x.cols, one->x.cols);
        VG_TRY(check_covariates(one->x, "people to predict", error));
        VG_TRY(check_weights(c->n, one->data_weight, error));
        VG_TRY(check_weights(one->x.rows, one->weight, error));
    }
    return VG_OK;
}

/* ---- folds, models, scores ---- */

static VgStatus deal(VgArena *arena, Conformal *c, VgError *error)
{
    size_t *all = VG_NEW(arena, size_t, c->n);
    double *alike = VG_NEW(arena, double, c->n);
    c->fold = VG_NEW(arena, int32_t, c->n);
    if (!all || !alike || !c->fold)
        return vg_fail_memory(error);
    for (size_t i = 0; i < c->n; i++)
        all[i] = i;
    VG_TRY(vg_strata_regroup(arena, c->data->clusters, all, c->n, &c->clusters, error));
    size_t units = c->clusters.of ? c->clusters.count : c->n, given = c->options->folds;
    if (units < FEWEST_CLUSTERS)
        return vg_fail(error, VG_NOT_ESTIMABLE, "%zu clusters in an arm",
                       "whole clusters calibrate: individual intervals need 4 or more", units);
    bool split = c->options->method == VG_CONFORMAL_SPLIT;
    c->folds = given ? given : split ? SPLIT_FOLDS : CV_FOLDS;
    if (c->options->method == VG_CONFORMAL_JACKKNIFE_PLUS || c->folds > units)
        c->folds = units;
    c->calibrating = split ? 1 : c->folds;
    return vg_strata_deal_folds(arena, c->n, alike, c->clusters, c->folds, c->options->seed,
                                c->fold, error);
}

/* Whose scores count, and for how much. */
static VgStatus choose_calibration(VgArena *arena, Conformal *c, VgError *error)
{
    size_t *members = VG_NEW(arena, size_t, c->clusters.of ? c->clusters.count : 1);
    c->person = VG_NEW(arena, size_t, c->n);
    c->base = VG_NEW(arena, double, c->n);
    if (!members || !c->person || !c->base)
        return vg_fail_memory(error);
    for (size_t i = 0; i < c->n; i++)
        if ((size_t)c->fold[i] < c->calibrating) {
            c->person[c->n_calibration++] = i;
            c->units += !c->clusters.of || members[c->clusters.of[i]]++ == 0;
        }
    for (size_t k = 0; k < c->n_calibration; k++)
        c->base[k] = c->clusters.of ? 1 / (double)members[c->clusters.of[c->person[k]]] : 1;
    return VG_OK;
}

/* The people of fold f, then all targets. */
static VgMatrix people_to_predict(VgArena *scratch, const Conformal *c, const size_t *held,
                                  size_t n_held)
{
    VgMatrix x = vg_matrix_new(scratch, n_held + c->m, c->data->x.cols);
    for (size_t j = 0; x.data && j < x.cols; j++) {
        size_t row = 0;
        for (size_t k = 0; k < n_held; k++)
            VG_AT(x, row++, j) = VG_AT(c->data->x, held[k], j);
        for (size_t t = 0; t < c->n_targets; t++)
            for (size_t i = 0; i < c->target[t].x.rows; i++)
                VG_AT(x, row++, j) = VG_AT(c->target[t].x, i, j);
    }
    return x;
}

static VgStatus keep(Conformal *c, size_t f, const size_t *held, size_t n_held, size_t n_train,
                     const VgOutcomePrediction *p, VgError *error)
{
    for (size_t k = 0; k < n_held + c->m; k++)
        if (!isfinite(p->predicted[k]) || !isfinite(p->low[k]) || !isfinite(p->high[k]) ||
            !(p->scale[k] > 0) || isinf(p->scale[k]))
            return vg_fail(error, VG_NOT_ESTIMABLE, "a model of %zu people predicts no value",
                           "use the linear learner or more people", n_train);
    for (size_t k = 0; k < n_held; k++) {
        double y = c->data->outcome[held[k]];
        c->score[held[k]] = fmax(p->low[k] - y, y - p->high[k]) / p->scale[k];
    }
    for (size_t j = 0; j < c->m; j++) {
        size_t k = n_held + j;
        VG_AT(c->low, j, f) = p->low[k];
        VG_AT(c->high, j, f) = p->high[k];
        VG_AT(c->scale, j, f) = p->scale[k];
        c->predicted[j] += p->predicted[k];
    }
    return VG_OK;
}

static VgStatus run_fold(VgArena *scratch, Conformal *c, size_t f, VgError *error)
{
    size_t n_train = 0, n_held = 0;
    VgArenaMark mark = vg_arena_mark(scratch);
    size_t *train = VG_NEW(scratch, size_t, c->n), *held = VG_NEW(scratch, size_t, c->n);
    if (!train || !held)
        return vg_fail_memory(error);
    for (size_t i = 0; i < c->n; i++)
        if ((size_t)c->fold[i] == f)
            held[n_held++] = i;
        else
            train[n_train++] = i;
    size_t rows = n_held + c->m;
    VgMatrix x = people_to_predict(scratch, c, held, n_held);
    VgOutcomePrediction p = {.predicted = VG_NEW(scratch, double, rows),
                             .low = VG_NEW(scratch, double, rows),
                             .high = VG_NEW(scratch, double, rows),
                             .scale = VG_NEW(scratch, double, rows)};
    if (!x.data || !p.predicted || !p.low || !p.high || !p.scale)
        return vg_fail_memory(error);
    VgOutcomeLearner learner = c->options->learner ? c->options->learner : vg_conformal_elastic_net;
    VG_TRY(learner(c->data, train, n_train, x, c->options->seed + f, scratch, c->options->context,
                   &p, error));
    VG_TRY(keep(c, f, held, n_held, n_train, &p, error));
    vg_arena_rewind(scratch, mark);
    return VG_OK;
}

/* ---- intervals ---- */

/* Working space of one person's interval. */
typedef struct Ends {
    double *below, *above, *weight; /* n_calibration: minus the lower ends; upper ends */
    VgRankedPerson *sorted;
} Ends;

/* To values that can occur. An interval between two of them holds none: it becomes the nearest one. */
static bool cut_to_range(const VgConformalRange *r, double *lower, double *upper)
{
    if (!r->bounded) {
        bool empty = *lower > *upper;
        if (empty)
            *lower = *upper = (*lower + *upper) / 2;
        return empty;
    }
    double middle = (fmin(fmax(*lower, r->low), r->high) + fmin(fmax(*upper, r->low), r->high)) / 2;
    double low = fmax(*lower, r->low), high = fmin(*upper, r->high);
    if (r->step > 0) {
        double slack = ROUNDING * (r->high - r->low) / r->step;
        low = r->low + r->step * ceil((low - r->low) / r->step - slack);
        high = r->low + r->step * floor((high - r->low) / r->step + slack);
        middle = fmin(r->low + r->step * round((middle - r->low) / r->step), r->high);
    }
    bool empty = low > high;
    *lower = empty ? middle : low;
    *upper = empty ? middle : high;
    return empty;
}

/* Person j of all targets, i of target t. */
static void interval(const Conformal *c, Ends *e, const VgConformalTarget *t, size_t i, size_t j,
                     VgConformalIntervals *out)
{
    double own = t->weight ? t->weight[i] : 1;
    size_t n = c->n_calibration;
    for (size_t k = 0; k < n; k++) {
        size_t person = c->person[k], f = (size_t)c->fold[person];
        double reach = c->score[person] * VG_AT(c->scale, j, f);
        e->below[k] = reach - VG_AT(c->low, j, f);
        e->above[k] = reach + VG_AT(c->high, j, f);
        e->weight[k] = c->base[k] * (t->data_weight ? t->data_weight[person] : 1);
    }
    vg_strata_sort(e->below, n, e->sorted);
    for (size_t l = 0; l < c->n_levels; l++)
        VG_AT(out->lower, i, l) =
            -quantile_of_sorted(e->sorted, n, e->weight, own, 1 - c->level[l]);
    vg_strata_sort(e->above, n, e->sorted);
    for (size_t l = 0; l < c->n_levels; l++) {
        double *lower = &VG_AT(out->lower, i, l), *upper = &VG_AT(out->upper, i, l);
        *upper = quantile_of_sorted(e->sorted, n, e->weight, own, 1 - c->level[l]);
        out->infinite[l] |= isinf(*upper) || isinf(*lower);
        out->n_empty += cut_to_range(&c->options->range, lower, upper);
    }
    const VgConformalRange *r = &c->options->range;
    double mean = c->predicted[j] / (double)c->calibrating;
    out->predicted[i] = r->bounded ? fmin(fmax(mean, r->low), r->high) : mean;
}

static VgStatus new_intervals(VgArena *arena, size_t m, size_t n_levels, VgConformalIntervals *out,
                              VgError *error)
{
    *out = (VgConformalIntervals){.predicted = VG_NEW(arena, double, m),
                                  .lower = vg_matrix_new(arena, m, n_levels),
                                  .upper = vg_matrix_new(arena, m, n_levels),
                                  .infinite = VG_NEW(arena, bool, n_levels)};
    return out->predicted && out->lower.data && out->upper.data && out->infinite
               ? VG_OK
               : vg_fail_memory(error);
}

static VgStatus answer_targets(VgArena *arena, const Conformal *c, VgConformalAnswer *answer,
                               VgError *error)
{
    size_t n = c->n_calibration;
    Ends e = {.below = VG_NEW(arena, double, n),
              .above = VG_NEW(arena, double, n),
              .weight = VG_NEW(arena, double, n),
              .sorted = VG_NEW(arena, VgRankedPerson, n)};
    *answer = (VgConformalAnswer){.target = VG_NEW(arena, VgConformalIntervals, c->n_targets),
                                  .n_calibration = n,
                                  .units = c->units,
                                  .folds = c->folds,
                                  .guarantee = VG_NEW(arena, double, c->n_levels)};
    if (!e.below || !e.above || !e.weight || !e.sorted || !answer->target || !answer->guarantee)
        return vg_fail_memory(error);
    for (size_t t = 0, j = 0; t < c->n_targets; t++) {
        size_t m = c->target[t].x.rows;
        VG_TRY(new_intervals(arena, m, c->n_levels, &answer->target[t], error));
        for (size_t i = 0; i < m; i++)
            interval(c, &e, &c->target[t], i, j++, &answer->target[t]);
    }
    for (size_t l = 0; l < c->n_levels; l++)
        answer->guarantee[l] =
            vg_conformal_guarantee(c->options->method, c->units, c->folds, 1 - c->level[l]);
    return VG_OK;
}

static VgStatus allocate(VgArena *arena, Conformal *c, VgError *error)
{
    c->score = VG_NEW(arena, double, c->n);
    c->low = vg_matrix_new(arena, c->m, c->calibrating);
    c->high = vg_matrix_new(arena, c->m, c->calibrating);
    c->scale = vg_matrix_new(arena, c->m, c->calibrating);
    c->predicted = VG_NEW(arena, double, c->m);
    return c->score && c->low.data && c->high.data && c->scale.data && c->predicted
               ? VG_OK
               : vg_fail_memory(error);
}

VgStatus vg_conformal(VgArena *arena, const VgConformalData *data, const VgConformalTarget *target,
                      size_t n_targets, const VgConformalOptions *options,
                      VgConformalAnswer *answer, VgError *error)
{
    static const double usual = 0.95;
    Conformal c = {.data = data,
                   .target = target,
                   .options = options,
                   .level = options->level ? options->level : &usual,
                   .n_levels = options->level ? options->n_levels : 1,
                   .n = data->x.rows,
                   .n_targets = n_targets};
    for (size_t t = 0; t < n_targets; t++)
        c.m += target[t].x.rows;
    VG_TRY(check(&c, error));
    VG_TRY(deal(arena, &c, error));
    VG_TRY(choose_calibration(arena, &c, error));
    VG_TRY(allocate(arena, &c, error));
    for (size_t f = 0; f < c.calibrating; f++)
        VG_TRY(run_fold(arena, &c, f, error));
    return answer_targets(arena, &c, answer, error);
}
