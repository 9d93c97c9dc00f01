/* Where people are too few to learn who benefits: the average effect, and declared moderators one at a time, each with what could have been
 * seen. One model a moderator, so that one that cannot be fitted does not take the others along. */
#include "strata/study_run.h"

#include <math.h>

#include "model/estimate.h"
#include "numeric/linear_algebra.h"
#include "strata/strata.h"

enum { FEWEST_OF_AN_ARM = 4, PEOPLE_TO_ADJUST = 20 };
static const double POWER = 0.8;

/* One arm and the reference. */
typedef struct Pair {
    size_t arm, n, in_arm;
    size_t *row; /* n: rows of the trial */
    double *outcome, *treated;
    int32_t *code, *cluster;
    VgClusters clusters;
    VgMatrix baseline; /* n × 1 of the outcome, or none */
} Pair;

static VgStatus make_pair(const VgStrataStudy *s, size_t arm, Pair *pair, VgError *error)
{
    const VgStrataTrial *t = &s->trial;
    *pair = (Pair){.arm = arm,
                   .row = VG_NEW(s->arena, size_t, t->n + 1),
                   .outcome = VG_NEW(s->arena, double, 2 * t->n + 1),
                   .code = VG_NEW(s->arena, int32_t, 2 * t->n + 1)};
    if (!pair->row || !pair->outcome || !pair->code)
        return vg_fail_memory(error);
    pair->treated = pair->outcome + t->n;
    pair->cluster = pair->code + t->n;
    for (size_t i = 0; i < t->n; i++) {
        if (t->arm[i] != 0 && (size_t)t->arm[i] != arm)
            continue;
        pair->in_arm += t->arm[i] != 0;
        pair->row[pair->n] = i;
        pair->outcome[pair->n] = t->outcome[i];
        pair->code[pair->n] = t->arm[i] != 0;
        pair->treated[pair->n] = t->arm[i] != 0;
        pair->cluster[pair->n++] = t->clusters.of ? t->clusters.of[i] : 0;
    }
    pair->clusters =
        (VgClusters){.of = t->clusters.of ? pair->cluster : NULL, .count = t->clusters.count};
    if (!s->adjust_for || pair->n < PEOPLE_TO_ADJUST)
        return VG_OK;
    pair->baseline = vg_matrix_new(s->arena, pair->n, 1);
    if (!pair->baseline.data)
        return vg_fail_memory(error);
    for (size_t k = 0; k < pair->n; k++)
        pair->baseline.data[k] = s->adjust_for[pair->row[k]];
    return VG_OK;
}

static VgContrastRows rows_of(const VgStrataStudy *s, const Pair *pair)
{
    return (VgContrastRows){.arena = s->arena,
                            .result = s->result,
                            .analysis = s->plan->id,
                            .outcome = s->trial.outcome_name,
                            .unit = s->trial.unit,
                            .arm = s->trial.arm_name[pair->arm],
                            .reference = s->trial.arm_name[0],
                            .n = pair->n};
}

/* ---- the average effect ---- */

static VgStatus average(VgStrataStudy *s, const Pair *pair, VgError *error)
{
    static const char *const NAME[] = {"(Intercept)", "the arm", "the outcome at baseline"};
    size_t p = 2 + pair->baseline.cols;
    VgMatrix x = vg_matrix_new(s->arena, pair->n, p);
    double contrast[3] = {0, 1, 0};
    VgLm *fit;
    VgInference effect;
    if (!x.data)
        return vg_fail_memory(error);
    for (size_t k = 0; k < pair->n; k++) {
        VG_AT(x, k, 0) = 1;
        VG_AT(x, k, 1) = pair->treated[k];
        if (p > 2)
            VG_AT(x, k, 2) = pair->baseline.data[k];
    }
    VG_TRY(vg_strata_regress(s->arena, x, NAME, pair->outcome, "outcome", true, VG_LM_HC3,
                             pair->clusters, &fit, error));
    VgFittedModel model = vg_lm_model(fit);
    VG_TRY(model.contrast(model.fit, contrast, s->result->level, &effect, error));
    VgContrastRows rows = rows_of(s, pair);
    VgEstimate row = vg_contrast_row(&rows, "ate");
    row.note = p > 2 ? "adjusted for the outcome at baseline" : "difference in means";
    vg_estimate_fill(&row, &effect);
    vg_result_estimate(s->result, &row);
    return VG_OK;
}

/* ---- moderators ---- */

typedef struct Tested {
    size_t n;
    size_t *moderator; /* column of the panel */
    VgInteraction *one;
    double *p, *seen; /* seen: per unit */
} Tested;

static VgStatus test_one(VgStrataStudy *s, const Pair *pair, size_t column, Tested *to,
                         VgError *error)
{
    VgMatrix x = vg_matrix_new(s->arena, pair->n, 1);
    VgInteractions answer;
    VgError why = {0};
    if (!x.data)
        return vg_fail_memory(error);
    for (size_t k = 0; k < pair->n; k++)
        x.data[k] = VG_AT(s->trial.panel, pair->row[k], column);
    const VgModeratorData data = {.n = pair->n,
                                  .arms = 2,
                                  .outcome = pair->outcome,
                                  .arm = pair->code,
                                  .covariates = pair->baseline,
                                  .moderators = x,
                                  .moderator_name = &s->trial.panel_name[column],
                                  .clusters = pair->clusters};
    VgStatus status =
        vg_interaction_tests(s->arena, &data, VG_ADJUST_NONE, s->result->level, &answer, &why);
    bool told = status == VG_OK && isfinite(answer.interaction[0].per_unit.p);
    if (status == VG_NO_MEMORY)
        return vg_fail_memory(error);
    if (!told) {
        vg_result_warn(s->result, "%s: %s cannot be tested in %s against %s: %s", s->plan->label,
                       s->trial.panel_name[column], s->trial.arm_name[pair->arm],
                       s->trial.arm_name[0],
                       status == VG_OK ? "its standard error is not defined" : why.message);
        return VG_OK;
    }
    to->moderator[to->n] = column;
    to->p[to->n] = answer.interaction[0].per_unit.p;
    to->one[to->n++] = answer.interaction[0];
    return VG_OK;
}

static void interaction_rows(const VgStrataStudy *s, const Pair *pair, const Tested *tested,
                             size_t k, double q)
{
    static const char *const QUARTILE[2] = {"lower quartile", "upper quartile"};
    const VgInteraction *one = &tested->one[k];
    VgContrastRows rows = rows_of(s, pair);
    VgEstimate row = vg_contrast_row(&rows, "interaction");
    row.term = s->trial.panel_name[tested->moderator[k]];
    row.q = q;
    row.note = vg_arena_printf(
        s->arena, "per unit; SD %.4g; %.3g per SD would have been found with %.0f %% power",
        one->sd, tested->seen[k] * one->sd, 100 * POWER);
    vg_estimate_fill(&row, &one->per_unit);
    vg_result_estimate(s->result, &row);
    for (int at = 0; at < 2; at++) {
        VgEstimate effect = vg_contrast_row(&rows, "effect_at");
        effect.term = row.term;
        effect.stratum = QUARTILE[at];
        effect.note = vg_arena_printf(s->arena, "at %.4g", one->at[at]);
        vg_estimate_fill(&effect, &one->effect[at]);
        vg_result_estimate(s->result, &effect);
    }
}

static void seen_row(const VgStrataStudy *s, const Pair *pair, const Tested *tested, size_t k)
{
    static const char *const COLUMN[] = {"arm", "moderator", "#detectable_per_sd", "unit"};
    VgDataset *d = vg_result_dataset(s->result, s->plan->id, "what_could_be_seen", COLUMN, 4);
    vg_dataset_row(s->result, d);
    vg_dataset_set_text(s->result, d, "arm", s->trial.arm_name[pair->arm]);
    vg_dataset_set_text(s->result, d, "moderator", s->trial.panel_name[tested->moderator[k]]);
    vg_dataset_set_number(s->result, d, "detectable_per_sd", tested->seen[k] * tested->one[k].sd);
    vg_dataset_set_text(s->result, d, "unit", s->trial.unit);
}

/* ---- in words ---- */

/* What the tests of single moderators come to. */
static const char *verdict_on(const VgStrataStudy *s, const Tested *tested, const double *q)
{
    const char *unit = s->trial.unit ? s->trial.unit : "units", *found = NULL;
    double least = INFINITY, most = 0;
    for (size_t k = 0; k < tested->n; k++) {
        double seen = tested->seen[k] * tested->one[k].sd;
        least = fmin(least, seen);
        most = fmax(most, seen);
        if (q[k] < 1 - s->result->level)
            found = vg_arena_printf(s->arena, "%s%s%s", found ? found : "", found ? ", " : "",
                                    s->trial.panel_name[tested->moderator[k]]);
    }
    if (tested->n == 0)
        return "No declared moderator could be tested: who benefits cannot be asked.";
    if (found)
        return vg_arena_printf(s->arena,
                               "Of the declared moderators, %zu tested one at a time, the effect "
                               "changes with: %s. In so few people this needs another trial.",
                               tested->n, found);
    const char *range = tested->n == 1 ? vg_arena_printf(s->arena, "%.3g", least)
                                       : vg_arena_printf(s->arena, "%.3g to %.3g", least, most);
    return vg_arena_printf(
        s->arena,
        "The declared moderators, %zu tested one at a time, are not shown to change the effect. "
        "These data cannot tell: differences of %s %s per standard deviation of a moderator would "
        "have been found with %.0f %% power, smaller ones more rarely.",
        tested->n, range ? range : "", unit, 100 * POWER);
}

static void say_verdict(const VgStrataStudy *s, const Pair *pair, const Tested *tested,
                        const double *q)
{
    const VgStrataTrial *t = &s->trial;
    const char *clusters =
        t->clusters.of ? vg_arena_printf(s->arena, " in %zu clusters", t->clusters.count) : "";
    const char *few = s->n_moderators > 0 ? ": too few to learn who benefits from what (no forest, "
                                            "no ranking, no rule)"
                                          : "";
    const char *verdict = verdict_on(s, tested, q);
    vg_strata_say(
        s->result, s->plan->id, vg_arena_printf(s->arena, "verdict: %s", t->arm_name[pair->arm]),
        vg_arena_printf(s->arena, "%zu people of %s and %zu of %s%s have an outcome%s. %s",
                        pair->in_arm, vg_strata_arm_label(t, pair->arm), pair->n - pair->in_arm,
                        vg_strata_arm_label(t, 0), clusters ? clusters : "", few,
                        verdict ? verdict : ""));
}

static VgStatus test_moderators(VgStrataStudy *s, const Pair *pair, VgError *error)
{
    Tested tested = {.moderator = VG_NEW(s->arena, size_t, s->n_moderators + 1),
                     .one = VG_NEW(s->arena, VgInteraction, s->n_moderators + 1),
                     .p = VG_NEW(s->arena, double, 3 * s->n_moderators + 1)};
    if (!tested.moderator || !tested.one || !tested.p)
        return vg_fail_memory(error);
    tested.seen = tested.p + s->n_moderators;
    double *q = tested.seen + s->n_moderators;
    for (size_t m = 0; m < s->n_moderators; m++)
        VG_TRY(test_one(s, pair, s->moderator[m], &tested, error));
    if (tested.n > 0)
        VG_TRY(vg_multiplicity_adjust(s->arena, s->plan->adjust, tested.n, tested.p, q, error));
    for (size_t k = 0; k < tested.n; k++) {
        const VgInference *one = &tested.one[k].per_unit;
        tested.seen[k] =
            vg_detectable(one->se, one->df, (1 - s->result->level) / (double)tested.n, POWER);
        interaction_rows(s, pair, &tested, k, q[k]);
        seen_row(s, pair, &tested, k);
    }
    say_verdict(s, pair, &tested, q);
    return VG_OK;
}

VgStatus vg_strata_study_few(VgStrataStudy *s, VgError *error)
{
    for (size_t arm = 1; arm < s->trial.arms; arm++) {
        Pair pair;
        VgError why = {0};
        VG_TRY(make_pair(s, arm, &pair, error));
        if (pair.in_arm < FEWEST_OF_AN_ARM || pair.n - pair.in_arm < FEWEST_OF_AN_ARM) {
            vg_strata_say(
                s->result, s->plan->id,
                vg_arena_printf(s->arena, "verdict: %s", s->trial.arm_name[arm]),
                vg_arena_printf(s->arena,
                                "%zu people of %s and %zu of %s have an outcome: nothing can be "
                                "said of its effect with fewer than %d in each.",
                                pair.in_arm, vg_strata_arm_label(&s->trial, arm),
                                pair.n - pair.in_arm, vg_strata_arm_label(&s->trial, 0),
                                FEWEST_OF_AN_ARM));
            continue;
        }
        VgStatus status = average(s, &pair, &why);
        if (status == VG_NO_MEMORY)
            return vg_fail_memory(error);
        if (status != VG_OK)
            vg_result_warn(s->result, "%s: the average effect of %s: %s", s->plan->label,
                           s->trial.arm_name[arm], why.message);
        VG_TRY(test_moderators(s, &pair, error));
    }
    return vg_arena_failed(s->arena) ? vg_fail_memory(error) : VG_OK;
}
