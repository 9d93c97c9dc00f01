/* What a run found, as rows and datasets (docs/internals/result-shape.md, "For whom"). */
#include "strata/run.h"

#include <math.h>

#include "model/estimate.h"

VgContrastRows vg_strata_rows_of(const VgStrataRun *run, const VgStrataContrast *c)
{
    return (VgContrastRows){.arena = run->arena,
                            .result = run->result,
                            .analysis = run->plan->analysis,
                            .outcome = run->trial->outcome_name,
                            .unit = run->trial->unit,
                            .arm = c ? run->trial->arm_name[c->arm] : NULL,
                            .reference = c ? run->trial->arm_name[0] : NULL,
                            .n = c ? c->n : run->trial->n};
}

static VgEstimate blank(const VgStrataRun *run, const VgStrataContrast *c, const char *quantity)
{
    VgContrastRows rows = vg_strata_rows_of(run, c);
    return vg_contrast_row(&rows, quantity);
}

void vg_strata_row(const VgStrataRun *run, const VgStrataContrast *c, const char *quantity,
                   const char *term, const VgInference *answer, double q, const char *note)
{
    VgEstimate row = blank(run, c, quantity);
    row.term = term;
    row.note = note;
    row.q = q;
    vg_estimate_fill(&row, answer);
    vg_result_estimate(run->result, &row);
}

void vg_strata_interaction_rows(const VgStrataRun *run, const VgStrataContrast *c)
{
    static const char *const QUARTILE[2] = {"lower quartile", "upper quartile"};
    for (size_t j = 0; j < run->n_moderators; j++) {
        const VgInteraction *one = &c->interactions.interaction[j];
        const char *note = vg_arena_printf(
            run->arena, "per unit; SD %.4g; %.3g per SD would have been found with %.0f %% power",
            one->sd, c->seen[j] * one->sd, 100 * run->power);
        vg_strata_row(run, c, "interaction", run->moderator_name[j], &one->per_unit,
                      one->p_adjusted, note);
        for (int k = 0; k < 2; k++) {
            VgEstimate row = blank(run, c, "effect_at");
            row.term = run->moderator_name[j];
            row.stratum = QUARTILE[k];
            row.note = vg_arena_printf(run->arena, "at %.4g", one->at[k]);
            vg_estimate_fill(&row, &one->effect[k]);
            vg_result_estimate(run->result, &row);
        }
    }
    VgEstimate row = blank(run, c, "joint_test");
    const VgJointTest *all = &c->interactions.all;
    row.term = "treatment x all moderators";
    row.statistic = all->statistic;
    row.df = all->df_numerator;
    row.p = all->p;
    row.note = "too few people for a joint test";
    if (!isnan(all->p))
        row.note = vg_arena_printf(run->arena, "denominator df %.4g", all->df_denominator);
    vg_result_estimate(run->result, &row);
}

void vg_strata_curve_rows(const VgStrataRun *run, const VgStrataContrast *c, const char *name,
                          const VgEffectCurve *curve)
{
    static const char *const COLUMN[] = {"arm",     "moderator", "#from",       "#to",
                                         "#middle", "#n",        "#effect",     "#se",
                                         "#lower",  "#upper",    "#band_lower", "#band_upper"};
    const VgInference row = {.estimate = NAN,
                             .se = NAN,
                             .df = INFINITY,
                             .statistic = curve->statistic,
                             .p = curve->p,
                             .lower = NAN,
                             .upper = NAN};
    vg_strata_row(run, c, "effect_curve", name, &row, NAN,
                  "largest departure of a window from the whole");
    VgDataset *d = vg_result_dataset(run->result, run->plan->analysis, "effect_curve", COLUMN, 12);
    for (size_t w = 0; w < curve->windows; w++) {
        vg_dataset_row(run->result, d);
        vg_dataset_set_text(run->result, d, "arm", run->trial->arm_name[c->arm]);
        vg_dataset_set_text(run->result, d, "moderator", name);
        const double value[] = {curve->low[w],       curve->high[w],   curve->middle[w],
                                (double)curve->n[w], curve->effect[w], curve->se[w],
                                curve->lower[w],     curve->upper[w],  curve->band_lower[w],
                                curve->band_upper[w]};
        for (size_t k = 0; k < 10; k++)
            vg_dataset_set_number(run->result, d, COLUMN[2 + k] + 1, value[k]);
    }
}

void vg_strata_seen_rows(const VgStrataRun *run, const VgStrataContrast *c)
{
    static const char *const COLUMN[] = {"arm", "moderator", "#detectable_per_sd", "#detectable_sd",
                                         "unit"};
    VgDataset *d =
        vg_result_dataset(run->result, run->plan->analysis, "what_could_be_seen", COLUMN, 5);
    VgEstimate row = blank(run, c, "detectable_benefit_sd");
    row.estimate = 0;
    for (size_t j = 0; j < run->n_moderators; j++) {
        vg_dataset_row(run->result, d);
        vg_dataset_set_text(run->result, d, "arm", run->trial->arm_name[c->arm]);
        vg_dataset_set_text(run->result, d, "moderator", run->moderator_name[j]);
        vg_dataset_set_number(run->result, d, "detectable_per_sd",
                              c->seen[j] * c->interactions.interaction[j].sd);
        vg_dataset_set_number(run->result, d, "detectable_sd", c->seen_sd[j]);
        vg_dataset_set_text(run->result, d, "unit", run->trial->unit);
        row.estimate = fmax(row.estimate, c->seen_sd[j]);
    }
    row.note = vg_arena_printf(
        run->arena,
        "SD of benefit between people that the omnibus test finds with %.0f %% power where benefit "
        "follows one declared moderator, whichever, in a straight line; not where it follows "
        "others, or none",
        100 * run->power);
    if (row.estimate > 0)
        vg_result_estimate(run->result, &row);
}
