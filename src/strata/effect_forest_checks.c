/* Covariates that cannot have been known before treatment: named as later ones, made from the outcome, or telling the arm. And the features of a
 * rule. A flat table does not say when a column was measured; what its numbers give away is refused, the rest is for --after. */
#include <math.h>
#include <string.h>

#include "numeric/linear_algebra.h"
#include "strata/effect_forest_parts.h"

/* FEWEST rows that a coincidence is not made of. */
enum { FEWEST = 10 };
static const double EXACT = 1e-9;

/* ---- named ---- */

static bool is_among(const char *name, const char *const *list, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (strcmp(list[k], name) == 0)
            return true;
    return false;
}

VgStatus vg_effect_check_names(const VgTable *table, const VgEffectForestColumns *c, VgError *error)
{
    const VgColumn *column;
    const char *const *const list[] = {c->feature, c->moderator, c->rule_feature};
    const size_t n[] = {c->all_features ? 0 : c->n_features, c->n_moderators, c->n_rule_features};
    static const char *const WHAT[] = {"feature", "moderator", "feature of the rule"};
    for (size_t k = 0; k < c->n_after; k++)
        VG_TRY(vg_table_require(table, c->after[k], &column, error));
    for (int l = 0; l < 3; l++)
        for (size_t k = 0; k < n[l]; k++)
            if (is_among(list[l][k], c->after, c->n_after))
                return vg_fail_at(error, VG_INVALID_INPUT, table->path, 0,
                                  "the %s %s was measured after treatment began (--after)",
                                  "covariates are known before treatment: leave it out", WHAT[l],
                                  list[l][k]);
    return VG_OK;
}

/* ---- made from the outcome ---- */

/* Whether y is a straight line of x where both are known. */
static bool is_line_of(const double *y, const double *x, size_t n)
{
    double count = 0, mean_x = 0, mean_y = 0, xx = 0, xy = 0, yy = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(x[i]))
            continue;
        count++;
        double from_x = x[i] - mean_x, from_y = y[i] - mean_y;
        mean_x += from_x / count;
        mean_y += from_y / count;
        xx += from_x * (x[i] - mean_x);
        xy += from_x * (y[i] - mean_y);
        yy += from_y * (y[i] - mean_y);
    }
    return count >= FEWEST && xx > 0 && yy > 0 && yy - xy * xy / xx <= EXACT * yy;
}

/* Whether y = a·x + b·z, a and b ±1, where all are known: a change and its baseline. */
static bool is_sum_of(const double *y, const double *x, const double *z, size_t n, double a,
                      double b)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(x[i]) || isnan(z[i]))
            continue;
        if (fabs(y[i] - a * x[i] - b * z[i]) > EXACT * (fabs(y[i]) + fabs(x[i]) + fabs(z[i])))
            return false;
        count++;
    }
    return count >= FEWEST;
}

/* Whether one value is all that each arm has, and arms differ. */
static bool tells_arm(const VgEffectForestTable *made, const double *x)
{
    double of[16];
    bool seen[16] = {false}, differ = false;
    for (size_t i = 0; i < made->x.rows; i++) {
        size_t arm = made->arm[i];
        if (isnan(x[i]) || (seen[arm] && of[arm] != x[i]))
            return false;
        seen[arm] = true;
        of[arm] = x[i];
    }
    for (size_t k = 1; k < made->n_arms; k++)
        differ = differ || of[k] != of[0];
    return differ;
}

static VgStatus check_one(const VgEffectForestTable *made, const double *x, const char *name,
                          VgError *error)
{
    if (is_line_of(made->outcome, x, made->x.rows))
        return vg_fail_at(
            error, VG_INVALID_INPUT, made->path, 0, "%s is the outcome %s on another scale",
            "covariates are known before treatment: leave it out", name, made->outcome_name);
    if (tells_arm(made, x))
        return vg_fail_at(
            error, VG_INVALID_INPUT, made->path, 0, "%s tells in which arm of %s a row is",
            "covariates are known before treatment: leave it out", name, made->treatment_name);
    return VG_OK;
}

VgStatus vg_effect_check_covariates(const VgEffectForestTable *made, VgError *error)
{
    size_t n = made->x.rows;
    static const double SIGN[3][2] = {{1, 1}, {1, -1}, {-1, 1}};
    for (size_t j = 0; j < made->x.cols; j++)
        VG_TRY(check_one(made, &VG_AT(made->x, 0, j), made->feature_name[j], error));
    for (size_t j = 0; j < made->moderators.cols; j++)
        VG_TRY(check_one(made, &VG_AT(made->moderators, 0, j), made->moderator_name[j], error));
    for (size_t j = 0; j < made->x.cols; j++)
        for (size_t k = 0; k < j; k++)
            for (int s = 0; s < 3; s++)
                if (is_sum_of(made->outcome, &VG_AT(made->x, 0, j), &VG_AT(made->x, 0, k), n,
                              SIGN[s][0], SIGN[s][1]))
                    return vg_fail_at(error, VG_INVALID_INPUT, made->path, 0,
                                      "the outcome %s is made of %s and %s",
                                      "one of them was measured with it: leave that one out",
                                      made->outcome_name, made->feature_name[k],
                                      made->feature_name[j]);
    return VG_OK;
}

/* ---- features of a rule ---- */

/* A column of x, or one of the columns that its words became. */
static bool is_of(const char *column, const char *name)
{
    size_t length = strlen(name);
    return strncmp(column, name, length) == 0 && (column[length] == '\0' || column[length] == '=');
}

static bool is_wanted(const VgEffectForestColumns *c, const char *column, bool *asked)
{
    bool wanted = c->n_rule_features == 0;
    for (size_t k = 0; k < c->n_rule_features; k++)
        if (is_of(column, c->rule_feature[k]))
            wanted = asked[k] = true;
    return wanted;
}

static size_t first_gap(const double *x, size_t n)
{
    size_t i = 0;
    while (i < n && !isnan(x[i]))
        i++;
    return i;
}

static VgStatus choose(const VgTable *table, const VgEffectForestColumns *c,
                       VgEffectForestTable *made, bool *asked, VgError *error)
{
    size_t n = made->x.rows;
    for (size_t j = 0; j < made->x.cols; j++) {
        const double *x = &VG_AT(made->x, 0, j);
        const char *name = made->feature_name[j];
        if (!is_wanted(c, name, asked))
            continue;
        size_t gap = first_gap(x, n);
        if (gap < n && c->n_rule_features > 0)
            return vg_fail_at(error, VG_INVALID_INPUT, table->path, table->line[made->row[gap]],
                              "%s is missing, and the rule is to ask for it",
                              "a rule cannot ask for what is not known: fill it in without looking "
                              "at arms and outcomes, or leave the feature out of the rule",
                              name);
        if (gap < n) {
            made->with_gaps[made->n_with_gaps++] = name;
            continue;
        }
        memcpy(&VG_AT(made->rule, 0, made->rule.cols), x, n * sizeof *x);
        made->rule_name[made->rule.cols++] = name;
    }
    return VG_OK;
}

VgStatus vg_effect_rule_features(VgArena *arena, const VgTable *table,
                                 const VgEffectForestColumns *c, VgEffectForestTable *made,
                                 VgError *error)
{
    if (!c->rule)
        return VG_OK;
    if (c->n_rule_features == 0 && c->n_moderators > 0) { /* complete: rows without them are out */
        made->rule = made->moderators;
        made->rule_name = made->moderator_name;
        return VG_OK;
    }
    made->rule = vg_matrix_new(arena, made->x.rows, made->x.cols);
    made->rule_name = VG_NEW(arena, const char *, made->x.cols + 1);
    made->with_gaps = VG_NEW(arena, const char *, made->x.cols + 1);
    bool *asked = VG_NEW(arena, bool, c->n_rule_features + 1);
    if (!made->rule.data || !made->rule_name || !made->with_gaps || !asked)
        return vg_fail_memory(error);
    made->rule.cols = 0;
    VG_TRY(choose(table, c, made, asked, error));
    for (size_t k = 0; k < c->n_rule_features; k++)
        if (!asked[k])
            return vg_fail_at(error, VG_INVALID_INPUT, table->path, 0,
                              "%s is not among the features, or constant",
                              "a rule asks for covariates that the forest knows",
                              c->rule_feature[k]);
    if (made->rule.cols == 0)
        return vg_fail_at(error, VG_NOT_ESTIMABLE, table->path, 0,
                          "every feature has missing values: there is none a rule could ask for",
                          "fill in gaps without looking at arms and outcomes");
    return VG_OK;
}
