/* Operating characteristics: many trials, and what their answers come to. Monte Carlo errors as in Morris, White &
 * Crowther 2019. Read operating_plan.c (what is analysed), operating_trial.c (one trial), operating_truth.c, then this. */
#include "design/operating.h"

#include <math.h>
#include <string.h>

#include "numeric/replicate.h"

enum { DEFAULT_REPLICATES = 1000, DEFAULT_POPULATION = 50000 };

const char *vg_operating_effect_name(VgOperatingEffect effect)
{
    static const char *const NAME[] = {"contrast", "total", "direct", "indirect", "indirect"};
    return (size_t)effect < sizeof NAME / sizeof *NAME ? NAME[effect] : NULL;
}

/* Running sums of one row; `off` is the estimate minus the truth. */
typedef struct Sums {
    double n, off, off_squares, se, covered, rejected;
} Sums;

typedef struct Total {
    const VgOperatingPlan *plan;
    const VgOperatingRow *row;
    Sums *sums;
    double completed, completed_squares;
} Total;

static VgStatus one_trial(size_t i, VgRandom random, VgArena *scratch, const void *context,
                          void *record, VgError *error)
{
    (void)i;
    const VgOperatingPlan *plan = context;
    double *completed = record;
    return vg_operating_trial(plan, random, scratch, (VgTrialAnswer *)(completed + 1), completed,
                              error);
}

static VgStatus merge(size_t i, const void *record, void *total_, VgError *error)
{
    (void)i;
    (void)error;
    Total *total = total_;
    const double *completed = record;
    const VgTrialAnswer *answer = (const VgTrialAnswer *)(completed + 1);
    total->completed += *completed;
    total->completed_squares += *completed * *completed;
    for (size_t k = 0; k < total->plan->n_rows; k++) {
        const VgTrialAnswer *a = &answer[k];
        double truth = total->row[k].truth.value, off = a->estimate - truth;
        if (!isfinite(a->estimate) || !isfinite(a->se))
            continue;
        Sums *sums = &total->sums[k];
        sums->n++;
        sums->off += off;
        sums->off_squares += off * off;
        sums->se += a->se;
        sums->covered += a->lower <= truth && truth <= a->upper;
        sums->rejected += a->p < 1 - total->plan->level;
    }
    return VG_OK;
}

static VgMonteCarlo share(double hits, double n)
{
    double rate = hits / n;
    return (VgMonteCarlo){rate, sqrt(rate * (1 - rate) / n)};
}

static void summarise(const Sums *s, size_t replicates, VgOperatingRow *row)
{
    double n = s->n, mean = s->off / n;
    double sd = sqrt(fmax(0, (s->off_squares - n * mean * mean) / (n - 1)));
    row->trials = (size_t)n;
    row->failed = replicates - row->trials;
    row->bias = (VgMonteCarlo){mean, hypot(sd / sqrt(n), row->truth.se)};
    row->sd = (VgMonteCarlo){sd, sd / sqrt(2 * (n - 1))};
    row->mean_se = (VgMonteCarlo){s->se / n, NAN};
    row->coverage = share(s->covered, n);
    row->reject = share(s->rejected, n);
}

static VgStatus describe(VgArena *arena, const VgOperatingPlan *plan, VgOperating *out,
                         VgError *error)
{
    const VgOperatingMechanism *p = &plan->mechanism_plan;
    size_t n_channels = plan->design->axis->n_channels;
    out->row = plan->row;
    out->n_rows = plan->n_rows;
    out->n = plan->scheme.n;
    out->symptom = plan->symptom;
    out->outcome_at = plan->outcome_at;
    out->mechanism_symptom = p->symptom;
    out->mechanism_at = p->at;
    out->mediators_at = plan->mediators_at;
    out->arm = plan->primary.arm;
    out->reference = plan->primary.reference;
    out->treatment = plan->treatment;
    out->channel_at = VG_NEW(arena, size_t, n_channels);
    if (!out->channel_at)
        return vg_fail_memory(error);
    for (size_t c = 0; c < n_channels; c++)
        out->channel_at[c] = VG_AXIS_NONE;
    for (size_t j = 0; j < p->n_markers; j++)
        out->channel_at[p->axis_channel[p->channel[j]]] = p->marker_at[j];
    return VG_OK;
}

VgStatus vg_operating_characteristics(VgArena *arena, const VgDesignFile *design,
                                      const VgOperatingOptions *options, VgOperating *out,
                                      VgError *error)
{
    VgOperatingPlan *plan = VG_NEW(arena, VgOperatingPlan, 1);
    *out =
        (VgOperating){.replicates = options->replicates ? options->replicates : DEFAULT_REPLICATES,
                      .population = options->population ? options->population : DEFAULT_POPULATION};
    if (!plan)
        return vg_fail_memory(error);
    VG_TRY(vg_operating_plan(arena, design, options, plan, error));
    VG_TRY(vg_operating_truth(arena, plan, out->population, options->seed, plan->row, error));
    Total total = {plan, plan->row, VG_NEW(arena, Sums, plan->n_rows), 0, 0};
    if (!total.sums)
        return vg_fail_memory(error);
    const VgReplicate run = {.count = out->replicates,
                             .seed = options->seed,
                             .stream = VG_STREAM_SIMULATION,
                             .record_size = sizeof(double) + plan->n_rows * sizeof(VgTrialAnswer),
                             .body = one_trial,
                             .merge = merge,
                             .context = plan,
                             .total = &total,
                             .threads = options->threads};
    VG_TRY(vg_replicate(&run, error));
    VG_TRY(describe(arena, plan, out, error));
    double n = (double)out->replicates, mean = total.completed / n;
    out->completed.value = mean;
    out->completed.se = sqrt(fmax(0, total.completed_squares / n - mean * mean) / (n - 1));
    for (size_t k = 0; k < plan->n_rows; k++)
        summarise(&total.sums[k], out->replicates, &plan->row[k]);
    return VG_OK;
}
