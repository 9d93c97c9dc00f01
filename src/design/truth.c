/* The truth of a population: means of paired counterfactuals over many virtual people, and path products. */
#include "design/propagate.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "numeric/distributions.h"
#include "numeric/replicate.h"

enum { CROWD = 1000 }; /* people of one replicate */

const char *vg_truth_kind_name(VgTruthKind kind)
{
    static const char *const NAMES[] = {"total", "direct", "indirect", "interaction", "through"};
    return (size_t)kind < sizeof NAMES / sizeof *NAMES ? NAMES[kind] : NULL;
}

double vg_axis_natural(const VgAxisNode *node, double standardised)
{
    const VgAxisDistribution *d = &node->distribution;
    return d->shape == VG_AXIS_LOGNORMAL ? d->mean * exp(d->sd * standardised)
                                         : d->mean + d->sd * standardised;
}

double vg_axis_recorded(const VgAxisNode *node, double standardised)
{
    const VgAxisMeasurement *m = &node->measurement;
    double value = vg_axis_natural(node, standardised);
    if (m->step > 0)
        value = m->step * rint(value / m->step);
    if (value < m->low)
        value = m->low;
    if (value > m->high)
        value = m->high;
    return value;
}

/* ---- the rows ---- */

typedef struct Plan {
    const VgAxisModel *model;
    VgTrialScheme scheme;
    size_t reference, crowd;
    VgTruth *truth;
} Plan;

static void add_row(VgTruth *truth, const VgTruthRow *like, VgTruthKind kind, size_t channel,
                    size_t function)
{
    if (truth->row) {
        VgTruthRow *row = &truth->row[truth->n_rows];
        *row = *like;
        row->kind = kind;
        row->channel = channel;
        row->function = function;
    }
    truth->n_rows++;
}

static void rows_of(const VgAxis *axis, const VgTruthRow *like, VgTruth *truth)
{
    add_row(truth, like, VG_TRUTH_TOTAL, VG_AXIS_NONE, VG_AXIS_NONE);
    add_row(truth, like, VG_TRUTH_DIRECT, VG_AXIS_NONE, VG_AXIS_NONE);
    for (size_t c = 0; c < axis->n_channels; c++)
        add_row(truth, like, VG_TRUTH_INDIRECT, c, VG_AXIS_NONE);
    add_row(truth, like, VG_TRUTH_INTERACTION, VG_AXIS_NONE, VG_AXIS_NONE);
    for (size_t c = 0; c < axis->n_channels; c++)
        add_row(truth, like, VG_TRUTH_THROUGH, c, VG_AXIS_NONE);
    for (size_t k = 0; k < axis->n_nodes; k++)
        if (axis->node[k].kind == VG_AXIS_FUNCTION)
            add_row(truth, like, VG_TRUTH_THROUGH, VG_AXIS_NONE, k);
}

/* By arm, symptom, visit; twice: to count, and to fill. */
static void all_rows(const VgAxis *axis, size_t reference, VgTruth *truth)
{
    truth->n_rows = 0;
    for (size_t a = 0; a < axis->n_arms; a++)
        for (size_t y = 0; a != reference && y < axis->n_nodes; y++)
            for (size_t v = 1; axis->node[y].kind == VG_AXIS_SYMPTOM && v < axis->n_visits; v++) {
                const VgTruthRow like = {.arm = a,
                                         .reference = reference,
                                         .symptom = y,
                                         .visit = v,
                                         .estimate = NAN,
                                         .se = NAN,
                                         .linear = NAN};
                rows_of(axis, &like, truth);
            }
}

/* ---- one person ---- */

/* The symptom in `world` against the base that the row's kind compares with, of person i. */
static double effect_of(const VgAxis *axis, const VgTruthRow *row, const VgAxisEffects *e,
                        size_t at, double error, double (*read)(const VgAxisNode *, double))
{
    const VgAxisNode *node = &axis->node[row->symptom];
    double active = read(node, e->active[at] + error),
           reference = read(node, e->reference[at] + error);
    switch (row->kind) {
    case VG_TRUTH_TOTAL:
        return active - reference;
    case VG_TRUTH_DIRECT:
        return read(node, e->direct[at] + error) - reference;
    case VG_TRUTH_INDIRECT:
        return read(node, e->indirect[row->channel][at] + error) - reference;
    case VG_TRUTH_THROUGH: {
        const double *held = row->channel != VG_AXIS_NONE ? e->through_channel[row->channel]
                                                          : e->through[row->function];
        return active - read(node, held[at] + error);
    }
    case VG_TRUTH_INTERACTION: {
        double rest = active - read(node, e->direct[at] + error);
        for (size_t c = 0; c < axis->n_channels; c++)
            rest -= read(node, e->indirect[c][at] + error) - reference;
        return rest;
    }
    }
    return NAN;
}

/* ---- a crowd ---- */

/* The effects of one arm on one symptom for all rows of that pair, which stand together: sums and squares. */
static void add_up(const Plan *plan, const VgVirtualTrial *trial, const VgAxisEffects *e,
                   size_t first, size_t end, double *sum)
{
    const VgAxisModel *m = plan->model;
    for (size_t r = first; r < end; r++) {
        const VgTruthRow *row = &plan->truth->row[r];
        size_t k = (m->slot[row->symptom] * m->n_visits + row->visit) * trial->n;
        for (size_t i = 0; i < trial->n; i++) {
            double error = trial->observed[k + i] - trial->truth[k + i];
            double effect =
                effect_of(m->axis, row, e, row->visit * trial->n + i, error, vg_axis_recorded);
            sum[2 * r] += effect;
            sum[2 * r + 1] += effect * effect;
        }
    }
}

/* The rows of one arm and symptom, from `first` on. */
static size_t end_of_group(const VgTruth *truth, size_t first)
{
    size_t end = first;
    while (end < truth->n_rows && truth->row[end].arm == truth->row[first].arm &&
           truth->row[end].symptom == truth->row[first].symptom)
        end++;
    return end;
}

static VgStatus crowd(size_t i, VgRandom random, VgArena *scratch, const void *context,
                      void *record, VgError *error)
{
    (void)i;
    const Plan *plan = context;
    const VgTruth *truth = plan->truth;
    VgVirtualTrial trial;
    VgAxisEffects effects;
    VG_TRY(vg_virtual_trial_new(scratch, plan->model, plan->crowd, &trial, error));
    VG_TRY(vg_axis_effects_new(scratch, plan->model, plan->crowd, &effects, error));
    vg_axis_draw(plan->model, &plan->scheme, &random, &trial);
    for (size_t first = 0, end; first < truth->n_rows; first = end) {
        end = end_of_group(truth, first);
        VgArenaMark mark = vg_arena_mark(scratch);
        VG_TRY(vg_axis_counterfactuals(scratch, &trial, truth->row[first].arm, plan->reference,
                                       truth->row[first].symptom, &effects, error));
        vg_arena_rewind(scratch, mark);
        add_up(plan, &trial, &effects, first, end, record);
    }
    return VG_OK;
}

typedef struct Total {
    double *sum;
    size_t n;
} Total;

static VgStatus merge(size_t i, const void *record, void *total, VgError *error)
{
    (void)i;
    (void)error;
    Total *t = total;
    for (size_t k = 0; k < t->n; k++)
        t->sum[k] += ((const double *)record)[k];
    return VG_OK;
}

/* ---- path products ---- */

/* The mean share of the dose that is taken: of a logit-normal, by its quantiles. */
static double mean_adherence(const VgAxisExposure *x, size_t v)
{
    enum { POINTS = 4096 };
    if (x->adherence >= 1)
        return 1;
    double centre =
               log(x->adherence / (1 - x->adherence)) - (v > 1 ? x->decline * (double)(v - 1) : 0),
           sum = 0;
    for (size_t i = 0; i < POINTS; i++)
        sum +=
            1 /
            (1 + exp(-centre - x->adherence_sd * vg_normal_quantile(((double)i + 0.5) / POINTS)));
    return sum / POINTS;
}

/* One person without noise who takes the mean dose: in a linear model their effects are the means of everybody's. */
static VgStatus path_products(VgArena *arena, const Plan *plan, VgError *error)
{
    const VgAxisModel *m = plan->model;
    VgTruth *truth = plan->truth;
    VgVirtualTrial trial;
    VgAxisEffects effects;
    VG_TRY(vg_virtual_trial_new(arena, m, 1, &trial, error));
    memset(trial.before, 0, m->n_varying * m->n_visits * sizeof *trial.before); /* no noise */
    memset(trial.fixed, 0, m->n_static * sizeof *trial.fixed);
    VG_TRY(vg_axis_effects_new(arena, m, 1, &effects, error));
    for (size_t c = 0; c < m->n_components; c++)
        for (size_t v = 0; v < m->n_visits; v++)
            trial.adherence[c * m->n_visits + v] =
                mean_adherence(&m->axis->node[m->component[c]].exposure, v);
    for (size_t first = 0, end; first < truth->n_rows; first = end) {
        end = end_of_group(truth, first);
        VG_TRY(vg_axis_counterfactuals(arena, &trial, truth->row[first].arm, plan->reference,
                                       truth->row[first].symptom, &effects, error));
        for (size_t r = first; r < end; r++)
            truth->row[r].linear = effect_of(m->axis, &truth->row[r], &effects, truth->row[r].visit,
                                             0, vg_axis_natural);
    }
    return VG_OK;
}

VgStatus vg_axis_truth(VgArena *arena, const VgAxisModel *model, const VgTrialScheme *scheme,
                       size_t reference, size_t population, uint64_t seed, VgTruth *truth,
                       VgError *error)
{
    *truth = (VgTruth){0};
    all_rows(model->axis, reference, truth);
    truth->row = VG_NEW(arena, VgTruthRow, truth->n_rows);
    Total total = {VG_NEW(arena, double, 2 * truth->n_rows), 2 * truth->n_rows};
    if (!truth->row || !total.sum)
        return vg_fail_memory(error);
    all_rows(model->axis, reference, truth);
    Plan plan = {model, *scheme, reference, CROWD, truth};
    size_t crowds = (population + CROWD - 1) / CROWD;
    const VgReplicate run = {.count = crowds,
                             .seed = seed,
                             .stream = VG_STREAM_SIMULATION,
                             .record_size = total.n * sizeof(double),
                             .first = 1, /* replicate 0 is the trial itself */
                             .body = crowd,
                             .merge = merge,
                             .context = &plan,
                             .total = &total};
    if (truth->n_rows)
        VG_TRY(vg_replicate(&run, error));
    double n = (double)(crowds * CROWD);
    truth->population = crowds * CROWD;
    for (size_t r = 0; r < truth->n_rows; r++) {
        double mean = total.sum[2 * r] / n, square = total.sum[2 * r + 1] / n - mean * mean;
        truth->row[r].estimate = mean;
        truth->row[r].se = sqrt(fmax(0, square) / (n - 1));
    }
    return vg_axis_is_linear(model) ? path_products(arena, &plan, error) : VG_OK;
}
