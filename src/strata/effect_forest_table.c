/* From a table to the arrays of an effect forest: arms, covariates (words to columns of 0 and 1), propensities, clusters, moderators;
 * rows that cannot be used are left out and counted. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "numeric/linear_algebra.h"
#include "strata/effect_forest_parts.h"

/* What the table is made with. */
typedef struct Making {
    VgArena *arena;
    const VgTable *table;
    const VgEffectForestColumns *columns;
    VgEffectForestTable *made;
    bool *keep;   /* rows of the table */
    int32_t *arm; /* rows of the table: place in arm_name, −1 missing */
    size_t n;     /* rows kept */
} Making;

static VgStatus number_column(const Making *m, const char *name, const char *what,
                              const VgColumn **column, VgError *error)
{
    VG_TRY(vg_table_require(m->table, name, column, error));
    if ((*column)->type != VG_COLUMN_NUMBER)
        return vg_fail_at(error, VG_INVALID_INPUT, m->table->path, 0, "%s %s is not a number",
                          "give a numeric column", what, name);
    return VG_OK;
}

/* Arms in order, the reference first. */
static VgStatus read_arms(Making *m, VgError *error)
{
    const VgColumn *column;
    const char *reference = m->columns->reference, **level;
    size_t n;
    VG_TRY(vg_table_require(m->table, m->columns->treatment, &column, error));
    VG_TRY(vg_column_as_factor(m->arena, m->table, column, &reference, reference != NULL, NULL,
                               &m->arm, &level, &n, error));
    if (n < 2)
        return vg_fail_at(error, VG_INVALID_INPUT, m->table->path, 0,
                          "treatment column %s has one value only", "an effect needs two arms",
                          column->name);
    if (n > 16)
        return vg_fail_at(error, VG_INVALID_INPUT, m->table->path, 0,
                          "treatment column %s has %zu values", "a forest compares 2 to 16 arms",
                          column->name, n);
    m->made->arm_name = level;
    m->made->n_arms = n;
    m->made->arm_size = VG_NEW(m->arena, size_t, n);
    m->made->without_outcome = VG_NEW(m->arena, size_t, n);
    return m->made->arm_size && m->made->without_outcome ? VG_OK : vg_fail_memory(error);
}

static bool has_role(const VgEffectForestColumns *c, const char *name)
{
    const char *const roles[] = {c->treatment, c->outcome,    c->event,
                                 c->cluster,   c->propensity, c->weight};
    for (size_t k = 0; k < sizeof roles / sizeof *roles; k++)
        if (roles[k] && strcmp(roles[k], name) == 0)
            return true;
    for (size_t k = 0; k < c->n_without; k++)
        if (strcmp(c->without[k], name) == 0)
            return true;
    for (size_t k = 0; k < c->n_after; k++)
        if (strcmp(c->after[k], name) == 0)
            return true;
    return false;
}

/* Which rows can be used. */
static VgStatus choose_rows(Making *m, VgError *error)
{
    const VgEffectForestColumns *c = m->columns;
    const VgColumn *outcome, *event = NULL, *cluster = NULL, *propensity = NULL, *weight = NULL;
    VG_TRY(number_column(m, c->outcome, "the outcome", &outcome, error));
    if (c->event)
        VG_TRY(number_column(m, c->event, "the event", &event, error));
    if (c->weight)
        VG_TRY(number_column(m, c->weight, "the weight", &weight, error));
    if (c->cluster)
        VG_TRY(vg_table_require(m->table, c->cluster, &cluster, error));
    if (c->propensity)
        propensity = vg_table_column(m->table, c->propensity);
    m->keep = VG_NEW(m->arena, bool, m->table->n_rows);
    if (!m->keep)
        return vg_fail_memory(error);
    for (size_t i = 0; i < m->table->n_rows; i++) {
        bool has_outcome =
            !vg_column_is_missing(outcome, i) && !(event && vg_column_is_missing(event, i));
        bool keep = m->arm[i] >= 0 && has_outcome &&
                    !(cluster && vg_column_is_missing(cluster, i)) &&
                    !(weight && vg_column_is_missing(weight, i)) &&
                    !(propensity && vg_column_is_missing(propensity, i));
        for (size_t k = 0; k < c->n_moderators; k++) {
            const VgColumn *moderator;
            VG_TRY(number_column(m, c->moderator[k], "moderator", &moderator, error));
            keep = keep && !vg_column_is_missing(moderator, i);
        }
        m->keep[i] = keep;
        m->n += keep;
        if (m->arm[i] < 0)
            continue;
        m->made->arm_size[m->arm[i]]++;
        m->made->without_outcome[m->arm[i]] += !has_outcome;
    }
    m->made->n_dropped = m->table->n_rows - m->n;
    if (m->n == 0)
        return vg_fail_at(error, VG_NOT_ESTIMABLE, m->table->path, 0,
                          "no row has treatment, outcome and all else that is asked for",
                          "look for columns that are missing everywhere");
    return VG_OK;
}

static VgStatus read_weights(Making *m, VgError *error)
{
    if (!m->columns->weight)
        return VG_OK;
    const VgColumn *weight = vg_table_column(m->table, m->columns->weight);
    m->made->weight = VG_NEW(m->arena, double, m->n);
    if (!m->made->weight)
        return vg_fail_memory(error);
    for (size_t i = 0; i < m->n; i++) {
        size_t row = m->made->row[i];
        m->made->weight[i] = weight->number[row];
        if (!(weight->number[row] > 0))
            return vg_fail_at(
                error, VG_INVALID_INPUT, m->table->path, m->table->line[row], "the weight is %g",
                "give weights above 0; leave out rows that count for nothing", weight->number[row]);
    }
    return VG_OK;
}

/* ---- covariates ---- */

static VgStatus feature_names(const Making *m, const char ***name, size_t *n, VgError *error)
{
    const VgEffectForestColumns *c = m->columns;
    size_t most = c->all_features ? m->table->n_columns : c->n_features;
    *name = VG_NEW(m->arena, const char *, most + 1);
    *n = 0;
    if (!*name)
        return vg_fail_memory(error);
    for (size_t j = 0; j < most; j++) {
        const char *candidate = c->all_features ? m->table->column[j].name : c->feature[j];
        if (c->all_features &&
            (has_role(c, candidate) || m->table->column[j].type == VG_COLUMN_TEXT))
            continue;
        if (strcmp(candidate, c->treatment) == 0 || strcmp(candidate, c->outcome) == 0 ||
            (c->event && strcmp(candidate, c->event) == 0))
            return vg_fail(error, VG_INVALID_INPUT, "%s is a feature and treatment or outcome too",
                           "features are known before treatment: leave it out", candidate);
        (*name)[(*n)++] = candidate;
    }
    return VG_OK;
}

/* Adds a column unless it is constant over the rows kept. */
static void add_feature(Making *m, const char *name, const double *value)
{
    VgEffectForestTable *made = m->made;
    double *to = &VG_AT(made->x, 0, made->x.cols), first = NAN;
    bool varies = false;
    size_t at = 0;
    for (size_t i = 0; i < m->table->n_rows; i++) {
        if (!m->keep[i])
            continue;
        if (at == 0)
            first = value[i];
        varies = varies || !(value[i] == first || (isnan(value[i]) && isnan(first)));
        to[at++] = value[i];
    }
    if (varies)
        made->feature_name[made->x.cols++] = name;
    else
        made->constant[made->n_constant++] = name;
}

/* A column a level, but for two levels one. */
static VgStatus add_words(Making *m, const VgColumn *column, double *value, VgError *error)
{
    int32_t *code;
    const char **level;
    size_t n;
    VG_TRY(vg_column_as_factor(m->arena, m->table, column, NULL, 0, m->keep, &code, &level, &n,
                               error));
    for (size_t l = n == 2; l < n; l++) {
        for (size_t i = 0; i < m->table->n_rows; i++)
            value[i] = code[i] < 0 ? NAN : code[i] == (int32_t)l;
        const char *name = vg_arena_printf(m->arena, "%s=%s", column->name, level[l]);
        if (!name)
            return vg_fail_memory(error);
        add_feature(m, name, value);
    }
    return VG_OK;
}

static size_t columns_of(const VgColumn *column)
{
    return column->type == VG_COLUMN_FACTOR ? column->n_levels : 1;
}

static VgStatus read_features(Making *m, VgError *error)
{
    const char **name;
    size_t n, most = 0;
    VG_TRY(feature_names(m, &name, &n, error));
    for (size_t j = 0; j < n; j++) {
        const VgColumn *column;
        VG_TRY(vg_table_require(m->table, name[j], &column, error));
        if (column->type == VG_COLUMN_TEXT)
            return vg_fail_at(error, VG_INVALID_INPUT, m->table->path, 0,
                              "feature %s has a different word in nearly every row",
                              "leave out identifiers and free text", name[j]);
        most += columns_of(column);
    }
    VgEffectForestTable *made = m->made;
    made->x = vg_matrix_new(m->arena, m->n, most);
    made->feature_name = VG_NEW(m->arena, const char *, most + 1);
    made->constant = VG_NEW(m->arena, const char *, most + 1);
    double *value = VG_NEW(m->arena, double, m->table->n_rows);
    if (!made->x.data || !made->feature_name || !made->constant || !value)
        return vg_fail_memory(error);
    made->x.cols = 0;
    for (size_t j = 0; j < n; j++) {
        const VgColumn *column = vg_table_column(m->table, name[j]);
        if (column->type == VG_COLUMN_FACTOR)
            VG_TRY(add_words(m, column, value, error));
        else
            add_feature(m, column->name, column->number);
    }
    if (made->x.cols == 0)
        return vg_fail(error, VG_NOT_ESTIMABLE, "all %zu features are constant",
                       "give covariates that differ between rows", n);
    return VG_OK;
}

/* ---- propensities ---- */

static VgStatus propensity_of_shares(Making *m, double *share, VgError *error)
{
    size_t arms = m->made->n_arms;
    for (size_t i = 0; i < m->n; i++)
        share[m->made->arm[i]] += 1.0 / (double)m->n;
    for (size_t k = 0; k < arms; k++)
        if (!(share[k] > 0))
            return vg_fail(error, VG_NOT_ESTIMABLE, "arm %s has no row with an outcome",
                           "leave this arm out", m->made->arm_name[k]);
    m->made->propensity_words = "shares of the arms";
    return VG_OK;
}

/* "0.5" or "0.25,0.25": of each arm but the reference. */
static VgStatus propensity_of_words(Making *m, double *share, VgError *error)
{
    const char *text = m->columns->propensity;
    char *end;
    share[0] = 1.0;
    for (size_t k = 1; k < m->made->n_arms; k++) {
        share[k] = strtod(text, &end);
        if (end == text || *end != (k + 1 < m->made->n_arms ? ',' : '\0'))
            return vg_fail(
                error, VG_INVALID_INPUT, "propensity '%s' is neither a column nor %zu number%s",
                "give the probability of each arm but the reference, a column with that "
                "of the treated, or estimate",
                m->columns->propensity, m->made->n_arms - 1, m->made->n_arms > 2 ? "s" : "");
        share[0] -= share[k];
        text = end + 1;
    }
    m->made->propensity_words = "known, the same for all";
    return VG_OK;
}

static VgStatus propensity_of_column(Making *m, const char *name, VgError *error)
{
    const VgColumn *column;
    VG_TRY(number_column(m, name, "the propensity", &column, error));
    if (m->made->n_arms != 2)
        return vg_fail(error, VG_INVALID_INPUT, "a propensity column with %zu arms",
                       "give one number for each arm but the reference", m->made->n_arms);
    for (size_t i = 0; i < m->n; i++) {
        double e = column->number[m->made->row[i]];
        if (!(e > 0 && e < 1))
            return vg_fail_at(error, VG_INVALID_INPUT, m->table->path,
                              m->table->line[m->made->row[i]],
                              "the propensity is %g, outside (0, 1)",
                              "rows that could get one arm only tell nothing of its effect: leave "
                              "them out, or correct the probability",
                              e);
        VG_AT(m->made->propensity, i, 1) = e;
        VG_AT(m->made->propensity, i, 0) = 1 - e;
    }
    m->made->propensity_words = "known, by row";
    return VG_OK;
}

static VgStatus read_propensity(Making *m, VgError *error)
{
    const char *given = m->columns->propensity;
    VgEffectForestTable *made = m->made;
    if (given && strcmp(given, "estimate") == 0 && !vg_table_column(m->table, given)) {
        made->propensity_words = "estimated out of bag";
        return VG_OK;
    }
    made->propensity = vg_matrix_new(m->arena, m->n, made->n_arms);
    double *share = VG_NEW(m->arena, double, made->n_arms);
    if (!made->propensity.data || !share)
        return vg_fail_memory(error);
    if (given && vg_table_column(m->table, given))
        return propensity_of_column(m, given, error);
    VG_TRY(given ? propensity_of_words(m, share, error) : propensity_of_shares(m, share, error));
    for (size_t k = 0; k < made->n_arms; k++)
        for (size_t i = 0; i < m->n; i++)
            VG_AT(made->propensity, i, k) = share[k];
    return VG_OK;
}

/* ---- the rest ---- */

static VgStatus read_clusters(Making *m, VgError *error)
{
    const VgColumn *column;
    int32_t *code;
    const char **level;
    if (!m->columns->cluster)
        return VG_OK;
    VG_TRY(vg_table_require(m->table, m->columns->cluster, &column, error));
    VG_TRY(vg_column_as_factor(m->arena, m->table, column, NULL, 0, m->keep, &code, &level,
                               &m->made->n_clusters, error));
    m->made->cluster = VG_NEW(m->arena, uint32_t, m->n);
    if (!m->made->cluster)
        return vg_fail_memory(error);
    for (size_t i = 0; i < m->n; i++)
        m->made->cluster[i] = (uint32_t)code[m->made->row[i]];
    return VG_OK;
}

static VgStatus read_moderators(Making *m, VgError *error)
{
    size_t n = m->columns->n_moderators;
    m->made->moderators = vg_matrix_new(m->arena, m->n, n);
    m->made->moderator_name = VG_NEW(m->arena, const char *, n + 1);
    if (!m->made->moderators.data || !m->made->moderator_name)
        return vg_fail_memory(error);
    for (size_t k = 0; k < n; k++) {
        const VgColumn *column = vg_table_column(m->table, m->columns->moderator[k]);
        m->made->moderator_name[k] = column->name;
        for (size_t i = 0; i < m->n; i++)
            VG_AT(m->made->moderators, i, k) = column->number[m->made->row[i]];
    }
    return VG_OK;
}

static VgStatus copy_rows(Making *m, VgError *error)
{
    VgEffectForestTable *made = m->made;
    const VgColumn *outcome = vg_table_column(m->table, m->columns->outcome);
    made->row = VG_NEW(m->arena, size_t, m->n);
    made->outcome = VG_NEW(m->arena, double, m->n);
    made->arm = VG_NEW(m->arena, uint32_t, m->n);
    if (!made->row || !made->outcome || !made->arm)
        return vg_fail_memory(error);
    size_t at = 0;
    for (size_t i = 0; i < m->table->n_rows; i++)
        if (m->keep[i]) {
            made->row[at] = i;
            made->outcome[at] = outcome->number[i];
            made->arm[at++] = (uint32_t)m->arm[i];
        }
    return VG_OK;
}

/* Times from 0, and whether the event was seen then. */
static VgStatus read_follow_up(Making *m, VgError *error)
{
    if (!m->columns->event)
        return VG_OK;
    const VgColumn *event = vg_table_column(m->table, m->columns->event);
    m->made->aim = m->columns->aim;
    m->made->event = VG_NEW(m->arena, bool, m->n);
    if (!m->made->event)
        return vg_fail_memory(error);
    for (size_t i = 0; i < m->n; i++) {
        size_t row = m->made->row[i];
        double code = event->number[row];
        if (code != 0 && code != 1)
            return vg_fail_at(error, VG_INVALID_INPUT, m->table->path, m->table->line[row],
                              "the event is %g, neither 0 nor 1",
                              "1: the event was seen at that time, 0: follow-up ended without it",
                              code);
        if (m->made->outcome[i] < 0)
            return vg_fail_at(error, VG_INVALID_INPUT, m->table->path, m->table->line[row],
                              "the time is %g", "times count from 0, when treatment began",
                              m->made->outcome[i]);
        m->made->event[i] = code == 1;
    }
    return VG_OK;
}

VgStatus vg_effect_forest_table(VgArena *arena, const VgTable *table,
                                const VgEffectForestColumns *columns, VgEffectForestTable **made,
                                VgError *error)
{
    *made = VG_NEW(arena, VgEffectForestTable, 1);
    if (!*made)
        return vg_fail_memory(error);
    Making m = {.arena = arena, .table = table, .columns = columns, .made = *made};
    (*made)->path = table->path;
    (*made)->outcome_name = columns->outcome;
    (*made)->treatment_name = columns->treatment;
    (*made)->cluster_name = columns->cluster;
    VG_TRY(vg_effect_check_names(table, columns, error));
    VG_TRY(read_arms(&m, error));
    VG_TRY(choose_rows(&m, error));
    VG_TRY(copy_rows(&m, error));
    VG_TRY(read_weights(&m, error));
    VG_TRY(read_follow_up(&m, error));
    VG_TRY(read_features(&m, error));
    VG_TRY(read_propensity(&m, error));
    VG_TRY(read_clusters(&m, error));
    VG_TRY(read_moderators(&m, error));
    VG_TRY(vg_effect_check_covariates(*made, error));
    return vg_effect_rule_features(arena, table, columns, *made, error);
}
