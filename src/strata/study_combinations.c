/* Responses by combination: the effect of each arm by class of a background treatment, and components given together against the sum of what they do
 * alone. Declared contrasts, adjusted for the outcome at baseline. */
#include "strata/study_run.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "model/estimate.h"
#include "numeric/linear_algebra.h"

/* Adjusting costs a coefficient: not in cells of so few. */
enum { PEOPLE_A_CELL_TO_ADJUST = 10 };

static VgMatrix baseline_of(const VgStrataStudy *s, size_t cells)
{
    if (!s->adjust_for || s->trial.n < PEOPLE_A_CELL_TO_ADJUST * cells)
        return (VgMatrix){0};
    return (VgMatrix){.data = s->adjust_for, .rows = s->trial.n, .cols = 1, .stride = s->trial.n};
}

static VgContrastRows rows_of(const VgStrataStudy *s, const char *arm, const char *reference,
                              size_t n)
{
    return (VgContrastRows){.arena = s->arena,
                            .result = s->result,
                            .analysis = s->plan->id,
                            .outcome = s->trial.outcome_name,
                            .unit = s->trial.unit,
                            .arm = arm,
                            .reference = reference,
                            .n = n};
}

static void add(const VgStrataStudy *s, VgEstimate row, const VgInference *answer)
{
    vg_estimate_fill(&row, answer);
    vg_result_estimate(s->result, &row);
}

/* What cannot be had is told and left out. */
static VgStatus or_warn(const VgStrataStudy *s, const char *what, VgStatus status, VgError *error)
{
    if (status != VG_NOT_ESTIMABLE)
        return status;
    vg_result_warn(s->result, "%s: %s: %s", s->plan->label, what, error->message);
    *error = (VgError){0};
    return VG_OK;
}

/* ---- background treatment ---- */

typedef struct Background {
    const char *name, **level;
    size_t n_levels;
    VgBackgroundData data;
} Background;

/* People with a class; `none` is the class that others are compared with, else the first. */
static VgStatus make_background(const VgStrataStudy *s, const char *name, Background *b,
                                VgError *error)
{
    static const char *const NONE = "none";
    const VgStrataTrial *t = &s->trial;
    const VgColumn *column;
    int32_t *code, *kept = VG_NEW(s->arena, int32_t, 3 * t->n + 1);
    double *outcome = VG_NEW(s->arena, double, t->n + 1);
    bool *used = VG_NEW(s->arena, bool, s->study->n_participants + 1), none = false;
    VgMatrix baseline = vg_matrix_new(s->arena, t->n, 1);
    if (!kept || !outcome || !used || !baseline.data)
        return vg_fail_memory(error);
    VG_TRY(vg_table_require(s->study->participants, name, &column, error));
    for (size_t i = 0; i < t->n; i++) {
        size_t who = s->baseline.participant[s->row[i]];
        const char *text = vg_column_value_text(s->arena, column, who);
        used[who] = true;
        none = none || (text && strcmp(text, NONE) == 0);
    }
    VG_TRY(vg_column_as_factor(s->arena, s->study->participants, column, &NONE, none, used, &code,
                               &b->level, &b->n_levels, error));
    size_t n = 0;
    int32_t *background = kept + t->n, *cluster = background + t->n;
    for (size_t i = 0; i < t->n; i++) {
        int32_t class = code[s->baseline.participant[s->row[i]]];
        if (class < 0)
            continue;
        outcome[n] = t->outcome[i];
        kept[n] = t->arm[i];
        background[n] = class;
        cluster[n] = t->clusters.of ? t->clusters.of[i] : 0;
        baseline.data[n++] = s->adjust_for ? s->adjust_for[i] : 0;
    }
    if (n < t->n)
        vg_result_warn(s->result, "%s: %zu of %zu people have no %s and are in no class of it",
                       s->plan->label, t->n - n, t->n, name);
    bool adjusted = baseline_of(s, t->arms * b->n_levels).data != NULL;
    baseline.rows = n;
    b->name = name;
    b->data = (VgBackgroundData){
        .n = n,
        .arms = t->arms,
        .classes = b->n_levels,
        .outcome = outcome,
        .arm = kept,
        .background = background,
        .covariates = adjusted ? baseline : (VgMatrix){0},
        .clusters = {.of = t->clusters.of ? cluster : NULL, .count = t->clusters.count}};
    return VG_OK;
}

static void background_rows(const VgStrataStudy *s, const Background *b, const VgBackground *fit)
{
    for (size_t a = 1; a < s->trial.arms; a++)
        for (size_t c = 0; c < fit->classes; c++) {
            size_t at = (a - 1) * fit->classes + c;
            VgContrastRows rows = rows_of(s, s->trial.arm_name[a], s->trial.arm_name[0],
                                          fit->n[at] + fit->n_reference[at]);
            VgEstimate row = vg_contrast_row(&rows, "background_effect");
            row.term = b->name;
            row.stratum = b->level[c];
            row.note =
                vg_arena_printf(s->arena, "%zu and %zu people", fit->n[at], fit->n_reference[at]);
            if (isnan(fit->effect[at].estimate)) {
                row.note = vg_arena_printf(s->arena, "%zu and %zu people: cannot be told",
                                           fit->n[at], fit->n_reference[at]);
                vg_result_estimate(s->result, &row);
                continue;
            }
            add(s, row, &fit->effect[at]);
            if (c == 0 || isnan(fit->difference[at].estimate))
                continue;
            row = vg_contrast_row(&rows, "background_difference");
            row.term = b->name;
            row.stratum = vg_arena_printf(s->arena, "%s - %s", b->level[c], b->level[0]);
            add(s, row, &fit->difference[at]);
        }
    VgContrastRows rows = rows_of(s, NULL, s->trial.arm_name[0], b->data.n);
    VgEstimate row = vg_contrast_row(&rows, "joint_test");
    row.term = vg_arena_printf(s->arena, "treatment x %s", b->name);
    row.statistic = fit->all.statistic;
    row.df = fit->all.df_numerator;
    row.p = fit->all.p;
    row.note = vg_arena_printf(s->arena, "denominator df %.4g", fit->all.df_denominator);
    vg_result_estimate(s->result, &row);
}

static void say_background(const VgStrataStudy *s, const Background *b, const VgBackground *fit)
{
    const char *classes = NULL, *p = fit->all.p < 0.001
                                         ? "p < 0.001"
                                         : vg_arena_printf(s->arena, "p = %.3f", fit->all.p);
    for (size_t c = 0; c < b->n_levels; c++)
        classes =
            vg_arena_printf(s->arena, "%s%s%s", classes ? classes : "", c ? ", " : "", b->level[c]);
    vg_strata_say(
        s->result, s->plan->id, vg_arena_printf(s->arena, "combination: %s", b->name),
        vg_arena_printf(s->arena,
                        fit->all.p < 1 - s->result->level
                            ? "The effect of treatment differs between classes of %s (%s; %s). "
                              "People were not randomised to those: a class may stand for "
                              "something else."
                            : "These data do not show that the effect of treatment differs between "
                              "classes of %s (%s; %s), which is not proof that it is the same.",
                        b->name, classes ? classes : "", p ? p : ""));
}

static VgStatus one_background(VgStrataStudy *s, const char *name, VgError *error)
{
    Background b;
    VgBackground fit;
    VG_TRY(make_background(s, name, &b, error));
    if (b.n_levels < 2)
        return vg_fail(error, VG_NOT_ESTIMABLE, "everybody with an outcome has the same %s",
                       "name a background treatment that differs between people", name);
    VG_TRY(vg_background_effects(s->arena, &b.data, s->result->level, &fit, error));
    background_rows(s, &b, &fit);
    say_background(s, &b, &fit);
    return VG_OK;
}

/* ---- components ---- */

static bool same_components(const VgArm *arm, const VgArm *base, const VgArm *a, const VgArm *b,
                            const VgStudy *study)
{
    for (size_t k = 0; k < study->n_components; k++) {
        bool in_arm = false, in_others = false;
        for (size_t j = 0; j < arm->n_components; j++)
            in_arm = in_arm || arm->component[j] == k;
        const VgArm *const others[] = {base, a, b};
        for (size_t o = 0; o < 3; o++)
            for (size_t j = 0; others[o] && j < others[o]->n_components; j++)
                in_others = in_others || others[o]->component[j] == k;
        if (in_arm != in_others)
            return false;
    }
    return true;
}

/* Whether `a` has all of `base`, and more. */
static bool adds_to(const VgArm *a, const VgArm *base, const VgStudy *study)
{
    return a->n_components > base->n_components && same_components(a, base, a, NULL, study);
}

/* What both add is different: then together they are more than either. */
static bool is_factorial(const VgStrataStudy *s, size_t none, size_t a, size_t b, size_t both)
{
    const VgStudy *study = s->study;
    const VgArm *arm[4];
    const size_t of[4] = {none, a, b, both};
    for (int k = 0; k < 4; k++)
        arm[k] = &study->arm[s->baseline.arm_index[s->arm_of[of[k]]]];
    return adds_to(arm[1], arm[0], study) && adds_to(arm[2], arm[0], study) &&
           adds_to(arm[3], arm[1], study) && adds_to(arm[3], arm[2], study) &&
           same_components(arm[3], arm[0], arm[1], arm[2], study) &&
           arm[3]->n_components + arm[0]->n_components ==
               arm[1]->n_components + arm[2]->n_components;
}

static void additivity_rows(const VgStrataStudy *s, const size_t of[4], const VgAdditivity *fit)
{
    const char *const name[4] = {s->trial.arm_name[of[0]], s->trial.arm_name[of[1]],
                                 s->trial.arm_name[of[2]], s->trial.arm_name[of[3]]};
    const struct {
        const VgInference *answer;
        int arm, reference;
        const char *term;
    } row[] = {{&fit->a_alone, 1, 0, "alone"},
               {&fit->b_alone, 2, 0, "alone"},
               {&fit->together, 3, 0, "together"},
               {&fit->a_beside_b, 3, 2, "beside the other"},
               {&fit->b_beside_a, 3, 1, "beside the other"}};
    for (size_t k = 0; k < sizeof row / sizeof *row; k++) {
        VgContrastRows rows = rows_of(s, name[row[k].arm], name[row[k].reference],
                                      fit->n[row[k].arm] + fit->n[row[k].reference]);
        VgEstimate one = vg_contrast_row(&rows, "component_effect");
        one.term = row[k].term;
        add(s, one, row[k].answer);
    }
    VgContrastRows rows =
        rows_of(s, name[3], name[0], fit->n[0] + fit->n[1] + fit->n[2] + fit->n[3]);
    VgEstimate one = vg_contrast_row(&rows, "additivity");
    one.term = vg_arena_printf(s->arena, "%s - %s - %s", name[3], name[1], name[2]);
    one.note = vg_arena_printf(s->arena, "%s; interval for equivalence %.3g to %.3g",
                               vg_additivity_name(fit->verdict), fit->equivalence_lower,
                               fit->equivalence_upper);
    add(s, one, &fit->departure);
}

static void say_additivity(const VgStrataStudy *s, const size_t of[4], const VgAdditivity *fit)
{
    const char *a = vg_strata_arm_label(&s->trial, of[1]),
               *b = vg_strata_arm_label(&s->trial, of[2]),
               *both = vg_strata_arm_label(&s->trial, of[3]),
               *unit = s->trial.unit ? s->trial.unit : "units";
    const char *text =
        fit->verdict == VG_MORE_THAN_ADDITIVE
            ? "Together (%s) more benefit than the sum of %s and %s alone"
        : fit->verdict == VG_LESS_THAN_ADDITIVE
            ? "Together (%s) less benefit than the sum of %s and %s alone"
        : fit->verdict == VG_ADDITIVE
            ? "Together (%s) what %s and %s do alone adds up, but for less than would matter"
            : "These data cannot tell whether together (%s) more or less comes than the sum of %s "
              "and %s alone";
    const char *first = vg_arena_printf(s->arena, text, both, a, b);
    vg_strata_say(s->result, s->plan->id,
                  vg_arena_printf(s->arena, "combination: %s", s->trial.arm_name[of[3]]),
                  vg_arena_printf(s->arena,
                                  "%s: the departure from the sum is %.3g %s (%.3g to %.3g).",
                                  first ? first : "", fit->departure.estimate, unit,
                                  fit->departure.lower, fit->departure.upper));
}

static VgStatus one_factorial(VgStrataStudy *s, const size_t of[4], VgError *error)
{
    const VgStrataTrial *t = &s->trial;
    VgAdditivity fit;
    const VgFactorialData data = {.n = t->n,
                                  .outcome = t->outcome,
                                  .arm = t->arm,
                                  .none = (int32_t)of[0],
                                  .a = (int32_t)of[1],
                                  .b = (int32_t)of[2],
                                  .both = (int32_t)of[3],
                                  .lower_is_better = t->lower_is_better,
                                  .margin = isnan(s->worthwhile) ? 0 : s->worthwhile,
                                  .covariates = baseline_of(s, 4),
                                  .clusters = t->clusters};
    VG_TRY(vg_additivity(s->arena, &data, s->result->level, &fit, error));
    additivity_rows(s, of, &fit);
    say_additivity(s, of, &fit);
    return VG_OK;
}

static VgStatus factorials(VgStrataStudy *s, VgError *error)
{
    size_t n = s->trial.arms;
    for (size_t none = 0; none < n; none++)
        for (size_t a = 0; a < n; a++)
            for (size_t b = a + 1; b < n; b++)
                for (size_t both = 0; both < n; both++) {
                    const size_t of[4] = {none, a, b, both};
                    if (is_factorial(s, none, a, b, both))
                        VG_TRY(
                            or_warn(s, "components together", one_factorial(s, of, error), error));
                }
    return VG_OK;
}

VgStatus vg_strata_study_combinations(VgStrataStudy *s, VgError *error)
{
    for (size_t k = 0; k < s->plan->n_combinations; k++)
        VG_TRY(or_warn(s, "effects by background treatment",
                       one_background(s, s->plan->combination[k], error), error));
    VG_TRY(factorials(s, error));
    return vg_arena_failed(s->arena) ? vg_fail_memory(error) : VG_OK;
}
