/* From the baseline table to the arrays of a trial: people with an outcome, columns that vary among them, gaps filled in without
 * looking at arms or outcomes (White & Thompson 2005), and which columns may be tested as moderators. */
#include "strata/study_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/compare.h"
#include "numeric/linear_algebra.h"

enum { FEWEST_THAT_DIFFER = 2 };

const char *vg_strata_study_arm(const VgStrataStudy *s, size_t arm)
{
    return s->study->arm[s->baseline.arm_index[arm]].name;
}

const char *vg_strata_study_arm_label(const VgStrataStudy *s, size_t arm)
{
    return s->study->arm[s->baseline.arm_index[arm]].label;
}

/* ---- the baseline table ---- */

static void tell_left_out(VgStrataStudy *s)
{
    static const char *const WHY[VG_BASELINE_WHY_COUNT] = {"the same for everybody",
                                                           "not measured at baseline"};
    const VgBaseline *b = &s->baseline;
    for (size_t w = 0; w < VG_BASELINE_WHY_COUNT; w++) {
        const char *names = NULL;
        size_t n = 0;
        for (size_t k = 0; k < b->n_left_out; k++) {
            if (b->why[k] != (VgBaselineWhy)w)
                continue;
            if (n++ < 5)
                names = vg_arena_printf(s->arena, "%s%s%s", names ? names : "", names ? ", " : "",
                                        b->left_out[k]);
        }
        if (n > 5)
            names = vg_arena_printf(s->arena, "%s and %zu more", names ? names : "", n - 5);
        if (n)
            vg_result_warn(s->result, "%s: left out, being %s: %s", s->plan->label, WHY[w],
                           names ? names : "");
    }
}

VgStatus vg_strata_study_baseline(VgStrataStudy *s, VgError *error)
{
    const VgDeclaredStrata *plan = s->plan;
    const size_t arms[] = {plan->reference, plan->arm};
    bool two = plan->arm != SIZE_MAX;
    const VgBaselineChoice choice = {.outcome = plan->place,
                                     .outcome_visit = plan->outcome_visit,
                                     .arm = two ? arms : NULL,
                                     .n_arms = two ? 2 : 0,
                                     .outcome_baseline = true,
                                     .moderator = plan->moderator,
                                     .n_moderators = plan->n_moderators,
                                     .covariate = s->study->stratum,
                                     .n_covariates = s->study->n_strata,
                                     .layer = plan->panel.layer,
                                     .n_layers = plan->panel.n_layers};
    VgBaseline *b = &s->baseline;
    VG_TRY(vg_baseline(s->arena, s->study, &choice, b, error));
    s->benefit = plan->better ? plan->better : b->benefit;
    s->worthwhile = isnan(plan->worthwhile) ? b->important_difference : plan->worthwhile;
    s->randomised = VG_NEW(s->arena, size_t, 2 * b->n_arms);
    if (!s->randomised)
        return vg_fail_memory(error);
    s->with_outcome = s->randomised + b->n_arms;
    for (size_t r = 0; r < b->n; r++) {
        s->randomised[b->arm[r]]++;
        s->with_outcome[b->arm[r]] += isnan(b->outcome[r]) ? 0 : 1;
    }
    tell_left_out(s);
    return VG_OK;
}

/* ---- people ---- */

/* 1, 0, or NaN: as the outcome's scale has it; of what is no scale, or has no baseline, nothing is known. */
static double response_of(const VgStrataStudy *s, size_t row)
{
    if (s->plan->place.source != VG_AXIS_BY_OUTCOME)
        return NAN;
    const VgOutcome *outcome = &s->study->outcome[s->plan->place.outcome];
    if (!outcome->baseline || !outcome->scale || isnan(outcome->scale->response_fraction))
        return NAN;
    return vg_scale_response(outcome->scale, outcome->baseline[s->baseline.participant[row]],
                             s->baseline.outcome[row]);
}

static VgStatus new_trial(VgStrataStudy *s, const bool *keep, VgError *error)
{
    const VgBaseline *b = &s->baseline;
    VgStrataTrial *t = &s->trial;
    size_t *place = VG_NEW(s->arena, size_t, b->n_arms);
    s->row = VG_NEW(s->arena, size_t, b->n + 1);
    s->arm_of = VG_NEW(s->arena, size_t, b->n_arms);
    const char **name = VG_NEW(s->arena, const char *, 2 * b->n_arms), **label = name + b->n_arms;
    double *outcome = VG_NEW(s->arena, double, 2 * b->n + 1), *responded = outcome + b->n;
    int32_t *code = VG_NEW(s->arena, int32_t, 3 * b->n + 1);
    const char **participant = VG_NEW(s->arena, const char *, b->n + 1);
    if (!place || !s->row || !s->arm_of || !name || !outcome || !code || !participant)
        return vg_fail_memory(error);
    *t = (VgStrataTrial){.outcome = outcome,
                         .arm = code,
                         .arm_name = name,
                         .arm_label = label,
                         .participant = participant,
                         .outcome_name = b->outcome_name,
                         .unit = b->outcome_unit,
                         .lower_is_better = s->benefit < 0};
    for (size_t a = 0; a < b->n_arms; a++)
        if (keep[a]) {
            name[t->arms] = vg_strata_study_arm(s, a);
            label[t->arms] = vg_strata_study_arm_label(s, a);
            s->arm_of[t->arms] = a;
            place[a] = t->arms++;
        }
    int32_t *stratum = code + b->n, *cluster = stratum + b->n;
    for (size_t r = 0; r < b->n; r++) {
        if (!keep[b->arm[r]] || isnan(b->outcome[r]))
            continue;
        s->row[t->n] = r;
        participant[t->n] = s->study->participant[b->participant[r]];
        outcome[t->n] = b->outcome[r];
        responded[t->n] = response_of(s, r);
        code[t->n] = (int32_t)place[b->arm[r]];
        stratum[t->n] = b->stratum ? b->stratum[r] : 0;
        cluster[t->n++] = b->cluster ? b->cluster[r] : 0;
    }
    t->stratum = b->stratum ? stratum : NULL;
    t->n_strata = b->n_strata;
    for (size_t i = 0; i < t->n; i++)
        if (!isnan(responded[i]))
            t->responded = responded;
    t->clusters = (VgClusters){.of = b->cluster ? cluster : NULL, .count = b->n_clusters};
    return VG_OK;
}

static VgStatus fill_propensity(VgStrataStudy *s, VgError *error)
{
    VgStrataTrial *t = &s->trial;
    t->propensity = vg_matrix_new(s->arena, t->n, t->arms);
    if (!t->propensity.data)
        return vg_fail_memory(error);
    for (size_t i = 0; i < t->n; i++) {
        double sum = 0;
        for (size_t a = 0; a < t->arms; a++)
            sum += VG_AT(t->propensity, i, a) =
                VG_AT(s->baseline.propensity, s->row[i], s->arm_of[a]);
        for (size_t a = 0; a < t->arms; a++)
            VG_AT(t->propensity, i, a) /= sum;
    }
    return VG_OK;
}

/* ---- columns ---- */

/* The mean of all randomised with a value, whatever their arm and whether they have an outcome. */
static double fill_value(const VgBaseline *b, size_t j)
{
    double sum = 0, n = 0;
    for (size_t r = 0; r < b->n; r++)
        if (!isnan(VG_AT(b->value, r, j))) {
            sum += VG_AT(b->value, r, j);
            n++;
        }
    return sum / n;
}

static bool varies(const VgMatrix *x, size_t j)
{
    for (size_t i = 1; i < x->rows; i++)
        if (VG_AT(*x, i, j) != VG_AT(*x, 0, j))
            return true;
    return false;
}

static VgStatus fill_panel(VgStrataStudy *s, VgError *error)
{
    const VgBaseline *b = &s->baseline;
    VgStrataTrial *t = &s->trial;
    size_t p = b->value.cols, kept = 0;
    const char **name = VG_NEW(s->arena, const char *, p + 1);
    const char **label = VG_NEW(s->arena, const char *, p + 1);
    t->panel = vg_matrix_new(s->arena, t->n, p);
    t->panel_raw = vg_matrix_new(s->arena, t->n, p);
    s->column = VG_NEW(s->arena, size_t, p + 1);
    s->imputed = VG_NEW(s->arena, size_t, p + 1);
    if (!name || !label || !t->panel.data || !t->panel_raw.data || !s->column || !s->imputed)
        return vg_fail_memory(error);
    for (size_t j = 0; j < p; j++) {
        double fill = fill_value(b, j);
        size_t imputed = 0;
        for (size_t i = 0; i < t->n; i++) {
            double value = VG_AT(b->value, s->row[i], j);
            imputed += isnan(value) ? 1 : 0;
            VG_AT(t->panel, i, kept) = isnan(value) ? fill : value;
            VG_AT(t->panel_raw, i, kept) = value;
        }
        if (!varies(&t->panel, kept))
            continue;
        name[kept] = b->name[j];
        label[kept] = b->label[j];
        s->column[kept] = j;
        s->imputed[kept++] = imputed;
    }
    t->panel.cols = t->panel_raw.cols = kept;
    t->panel_name = name;
    t->panel_label = label;
    return VG_OK;
}

/* Whether enough people of an arm differ from its most common value for an effect to be told to change with it.
 * `sorted` has room for everybody. */
static bool differs_within(const VgStrataTrial *t, size_t column, size_t arm, double *sorted)
{
    size_t n = 0, most = 0, same = 0;
    for (size_t i = 0; i < t->n; i++)
        if ((size_t)t->arm[i] == arm)
            sorted[n++] = VG_AT(t->panel, i, column);
    qsort(sorted, n, sizeof *sorted, vg_compare_numbers);
    for (size_t k = 0; k < n; k++) {
        same = k > 0 && sorted[k] == sorted[k - 1] ? same + 1 : 1;
        most = same > most ? same : most;
    }
    return n - most >= FEWEST_THAT_DIFFER;
}

/* What of a column lies along none of those before it, among the people of one arm: `basis` holds these, orthonormal, and takes
 * the new one where something is left. */
typedef struct Basis {
    VgMatrix along; /* people of the arm × columns taken */
    double *left;   /* people of the arm */
    size_t n;
} Basis;

static VgStatus new_basis(const VgStrataStudy *s, size_t arm, size_t most, Basis *basis,
                          VgError *error)
{
    const VgStrataTrial *t = &s->trial;
    *basis = (Basis){0};
    for (size_t i = 0; i < t->n; i++)
        basis->n += (size_t)t->arm[i] == arm;
    basis->along = vg_matrix_new(s->arena, basis->n, most);
    basis->left = VG_NEW(s->arena, double, basis->n + 1);
    if (!basis->along.data || !basis->left)
        return vg_fail_memory(error);
    basis->along.cols = 0;
    return VG_OK;
}

/* Twice, since once leaves rounding errors along long columns. False when less than 1e-7 of the column's own spread is left. */
static bool leaves_something(const VgStrataTrial *t, size_t column, size_t arm, Basis *basis)
{
    double mean = 0, before = 0, after = 0, *x = basis->left;
    size_t n = 0;
    for (size_t i = 0; i < t->n; i++)
        if ((size_t)t->arm[i] == arm)
            mean += (x[n++] = VG_AT(t->panel, i, column)) / (double)basis->n;
    for (size_t k = 0; k < n; k++) {
        x[k] -= mean;
        before += x[k] * x[k];
    }
    for (int pass = 0; pass < 2; pass++)
        for (size_t c = 0; c < basis->along.cols; c++) {
            double along = 0;
            for (size_t k = 0; k < n; k++)
                along += x[k] * VG_AT(basis->along, k, c);
            for (size_t k = 0; k < n; k++)
                x[k] -= along * VG_AT(basis->along, k, c);
        }
    for (size_t k = 0; k < n; k++)
        after += x[k] * x[k];
    return after > 1e-14 * before;
}

static void take(Basis *basis)
{
    double norm = 0;
    for (size_t k = 0; k < basis->n; k++)
        norm += basis->left[k] * basis->left[k];
    for (size_t k = 0; k < basis->n; k++)
        VG_AT(basis->along, k, basis->along.cols) = basis->left[k] / sqrt(norm);
    basis->along.cols++;
}

/* Why a column cannot be tested as a moderator, with the arm where it fails; NULL when it can be, and then it is taken. With as many
 * moderators as people everything follows from something: `basis` NULL does not ask, and they are tested one at a time. */
static const char *why_not(const VgStrataStudy *s, size_t column, double *sorted, Basis *basis,
                           size_t *arm)
{
    const VgStrataTrial *t = &s->trial;
    for (*arm = 0; *arm < t->arms; ++*arm)
        if (!differs_within(t, column, *arm, sorted))
            return "fewer than 2 people differ in it from the others";
    for (*arm = 0; basis && *arm < t->arms; ++*arm)
        if (!leaves_something(t, column, *arm, &basis[*arm]))
            return "it follows from the moderators before it";
    for (size_t a = 0; basis && a < t->arms; a++)
        take(&basis[a]);
    return NULL;
}

static VgStatus find_moderators(VgStrataStudy *s, VgError *error)
{
    const VgStrataTrial *t = &s->trial;
    s->moderator = VG_NEW(s->arena, size_t, t->panel.cols + 1);
    double *sorted = VG_NEW(s->arena, double, t->n + 1);
    Basis *basis = VG_NEW(s->arena, Basis, t->arms);
    size_t wanted = 0, fewest = t->n;
    s->n_moderators = 0;
    if (!s->moderator || !sorted || !basis)
        return vg_fail_memory(error);
    for (size_t j = 0; j < t->panel.cols; j++)
        wanted += s->baseline.moderator[s->column[j]] != SIZE_MAX;
    for (size_t a = 0; a < t->arms; a++) {
        VG_TRY(new_basis(s, a, wanted, &basis[a], error));
        fewest = basis[a].n < fewest ? basis[a].n : fewest;
    }
    if (wanted + 2 > fewest)
        basis = NULL;
    for (size_t j = 0; j < t->panel.cols; j++) {
        size_t arm;
        if (s->baseline.moderator[s->column[j]] == SIZE_MAX)
            continue;
        const char *why = why_not(s, j, sorted, basis, &arm);
        if (!why)
            s->moderator[s->n_moderators++] = j;
        else
            vg_result_warn(s->result, "%s: the moderator %s cannot be tested: in %s %s",
                           s->plan->label, t->panel_name[j], t->arm_name[arm], why);
    }
    return VG_OK;
}

static void find_outcome_baseline(VgStrataStudy *s)
{
    const VgStrataTrial *t = &s->trial;
    const char *name = vg_arena_printf(s->arena, "%s_baseline", t->outcome_name);
    s->adjust_for = NULL;
    for (size_t j = 0; name && j < t->panel.cols; j++)
        if (strcmp(t->panel_name[j], name) == 0)
            s->adjust_for = &VG_AT(t->panel, 0, j);
}

/* One row a column: what people call it, whether it is tested, and of how many people it was filled in. */
static void describe_columns(VgStrataStudy *s)
{
    static const char *const COLUMN[] = {"name",   "label",     "unit",    "block",
                                         "tested", "#measured", "#imputed"};
    const VgBaseline *b = &s->baseline;
    VgDataset *d = vg_result_dataset(s->result, s->plan->id, "moderators", COLUMN, 7);
    for (size_t k = 0; k < s->trial.panel.cols; k++) {
        size_t j = s->column[k];
        bool tested = false;
        for (size_t m = 0; m < s->n_moderators; m++)
            tested = tested || s->moderator[m] == k;
        vg_dataset_row(s->result, d);
        vg_dataset_set_text(s->result, d, "name", b->name[j]);
        vg_dataset_set_text(s->result, d, "label", b->label[j]);
        vg_dataset_set_text(s->result, d, "unit", b->unit[j]);
        vg_dataset_set_text(s->result, d, "block", b->block_name[b->block[j]]);
        vg_dataset_set_text(s->result, d, "tested", tested ? "yes" : "no");
        vg_dataset_set_number(s->result, d, "measured", (double)(s->trial.n - s->imputed[k]));
        vg_dataset_set_number(s->result, d, "imputed", (double)s->imputed[k]);
    }
}

static void tell_imputed(VgStrataStudy *s)
{
    const char *names = NULL;
    for (size_t m = 0; m < s->n_moderators; m++) {
        size_t j = s->moderator[m];
        if (s->imputed[j])
            names = vg_arena_printf(s->arena, "%s%s%s of %zu", names ? names : "",
                                    names ? ", " : "", s->trial.panel_name[j], s->imputed[j]);
    }
    if (names)
        vg_result_warn(s->result,
                       "%s: baseline values that were not measured are filled in by the mean of "
                       "everybody measured, whatever the arm (of %zu people): %s",
                       s->plan->label, s->trial.n, names);
}

/* Clusters are dealt whole, so strata that part them are none of the dealing. */
static VgStatus drop_strata_within_clusters(VgStrataStudy *s, VgError *error)
{
    VgStrataTrial *t = &s->trial;
    int32_t *first = VG_NEW(s->arena, int32_t, t->clusters.count + 1);
    if (!first)
        return vg_fail_memory(error);
    for (size_t i = 0; t->clusters.of && t->stratum && i < t->n; i++) {
        int32_t *seen = &first[t->clusters.of[i]];
        if (*seen && *seen != t->stratum[i] + 1) {
            t->stratum = NULL;
            vg_result_warn(s->result,
                           "%s: people of one %s lie in different strata: what was dealt out were "
                           "clusters, and the strata are not used",
                           s->plan->label, s->study->cluster_column);
            return VG_OK;
        }
        *seen = t->stratum[i] + 1;
    }
    return VG_OK;
}

VgStatus vg_strata_study_trial(VgStrataStudy *s, const bool *keep, VgError *error)
{
    VG_TRY(new_trial(s, keep, error));
    VG_TRY(drop_strata_within_clusters(s, error));
    VG_TRY(fill_propensity(s, error));
    VG_TRY(fill_panel(s, error));
    VG_TRY(find_moderators(s, error));
    find_outcome_baseline(s);
    describe_columns(s);
    tell_imputed(s);
    return VG_OK;
}
