/* What a causal forest says of one arm against the reference: how important each column of the panel is, and the effect of each person. */
#include "strata/run.h"

#include <math.h>

#include <vagus/effect_forest.h>

#include "numeric/distributions.h"
#include "numeric/linear_algebra.h"

enum { FEWEST_PEOPLE = 80 };

static VgForestOptions options_of(const VgStrataRun *run)
{
    VgForestOptions o = run->plan->forest;
    o.seed = run->plan->seed;
    o.threads = run->plan->threads;
    return o;
}

static VgStatus grow(const VgStrataRun *run, const VgStrataContrast *c, VgRandomForest **forest,
                     VgError *error)
{
    const char *const name[2] = {run->trial->arm_name[0], run->trial->arm_name[c->arm]};
    VgForestOptions options = options_of(run);
    VgMatrix propensity = vg_matrix_new(run->arena, c->n, 2);
    uint32_t *arm = VG_NEW(run->arena, uint32_t, c->n);
    uint32_t *cluster = c->clusters.of ? VG_NEW(run->arena, uint32_t, c->n) : NULL;
    if (!propensity.data || !arm || (c->clusters.of && !cluster))
        return vg_fail_memory(error);
    for (size_t i = 0; i < c->n; i++) {
        double e = c->treated[i] - c->treatment_left[i];
        arm[i] = (uint32_t)c->treated[i];
        VG_AT(propensity, i, 0) = 1 - e;
        VG_AT(propensity, i, 1) = e;
        if (cluster)
            cluster[i] = (uint32_t)c->clusters.of[i];
    }
    VgForestData data = {.x = c->panel_raw.data ? c->panel_raw : c->panel,
                         .outcome = c->outcome,
                         .cluster = cluster,
                         .n_clusters = c->clusters.count};
    VgForestTreatment treatment = {
        .arm = arm, .n_arms = 2, .propensity = propensity, .arm_name = name};
    return vg_forest_causal(run->arena, &data, &treatment, &options, forest, error);
}

static void importance_rows(const VgStrataRun *run, const VgStrataContrast *c,
                            const VgImportance *importance)
{
    static const char *const COLUMN[] = {"arm",    "variable", "#importance", "#lower",
                                         "#upper", "#rank",    "#among_first"};
    VgDataset *d = vg_result_dataset(run->result, run->plan->analysis, "importance", COLUMN, 7);
    VgContrastRows rows = vg_strata_rows_of(run, c);
    VgEstimate row = vg_contrast_row(&rows, "importance");
    row.unit = "share of splits";
    row.note = vg_arena_printf(run->arena,
                               "weighted by depth; limits: %.3g and %.3g %% over %zu forests of "
                               "half of the people",
                               50 * (1 - run->level), 50 * (1 + run->level), importance->refits);
    for (size_t place = 1; place <= run->trial->panel.cols; place++)
        for (size_t j = 0; j < run->trial->panel.cols; j++) {
            if (importance->rank[j] != place)
                continue;
            row.term = run->trial->panel_name[j];
            row.estimate = importance->share[j];
            row.lower = importance->lower[j];
            row.upper = importance->upper[j];
            vg_result_estimate(run->result, &row);
            vg_dataset_row(run->result, d);
            vg_dataset_set_text(run->result, d, "arm", rows.arm);
            vg_dataset_set_text(run->result, d, "variable", row.term);
            vg_dataset_set_number(run->result, d, "importance", row.estimate);
            vg_dataset_set_number(run->result, d, "lower", row.lower);
            vg_dataset_set_number(run->result, d, "upper", row.upper);
            vg_dataset_set_number(run->result, d, "rank", (double)place);
            vg_dataset_set_number(run->result, d, "among_first", importance->among_first[j]);
        }
}

/* The whole forest's own Y − Ŷ serves the refits. */
static VgStatus weigh_columns(const VgStrataRun *run, const VgStrataContrast *c,
                              const VgRandomForest *forest, VgError *error)
{
    VgForestFacts facts = vg_forest_facts(forest);
    double *left = VG_NEW(run->arena, double, c->n);
    if (!left)
        return vg_fail_memory(error);
    for (size_t i = 0; i < c->n; i++)
        left[i] = c->outcome[i] - facts.outcome_hat[i];
    VgEffectSample sample = c->sample;
    sample.outcome_left = left;
    const VgImportanceOptions options = {
        .refits = run->plan->refits, .forest = options_of(run), .level = run->level};
    VgImportance importance;
    VG_TRY(vg_effect_importance(run->arena, forest, &sample, &options, &importance, error));
    importance_rows(run, c, &importance);
    return VG_OK;
}

static VgStatus tell_people(const VgStrataRun *run, const VgStrataContrast *c,
                            const VgRandomForest *forest, VgError *error)
{
    static const char *const COLUMN[] = {"arm", "participant", "#effect",
                                         "#se", "#lower",      "#upper"};
    double z = vg_normal_quantile(0.5 + run->level / 2);
    VgForestPrediction oob;
    VG_TRY(
        vg_forest_predict_oob(run->arena, forest, run->plan->forest.group_size != 1, &oob, error));
    VgDataset *d = vg_result_dataset(run->result, run->plan->analysis, "person_effects", COLUMN, 6);
    for (size_t i = 0; i < c->n; i++) {
        size_t row = c->row[i];
        double effect = VG_AT(oob.estimate, i, 0);
        double se = oob.variance.data ? sqrt(VG_AT(oob.variance, i, 0)) : (double)NAN;
        vg_dataset_row(run->result, d);
        vg_dataset_set_text(run->result, d, "arm", run->trial->arm_name[c->arm]);
        vg_dataset_set_text(run->result, d, "participant",
                            run->trial->participant ? run->trial->participant[row]
                                                    : vg_arena_printf(run->arena, "%zu", row + 1));
        vg_dataset_set_number(run->result, d, "effect", effect);
        vg_dataset_set_number(run->result, d, "se", se);
        vg_dataset_set_number(run->result, d, "lower", effect - z * se);
        vg_dataset_set_number(run->result, d, "upper", effect + z * se);
    }
    return VG_OK;
}

static VgStatus all_of_it(const VgStrataRun *run, const VgStrataContrast *c, VgError *error)
{
    VgRandomForest *forest;
    VG_TRY(grow(run, c, &forest, error));
    VG_TRY(weigh_columns(run, c, forest, error));
    return tell_people(run, c, forest, error);
}

VgStatus vg_strata_forest(VgStrataRun *run, VgStrataContrast *c, VgError *error)
{
    if (c->n < FEWEST_PEOPLE)
        return VG_OK;
    VgStatus status = all_of_it(run, c, error);
    c->forest = status == VG_OK;
    if (status != VG_NOT_ESTIMABLE)
        return status;
    vg_result_warn(run->result, "no forest of %s: %s", run->trial->arm_name[c->arm],
                   error->message);
    *error = (VgError){0};
    return VG_OK;
}
