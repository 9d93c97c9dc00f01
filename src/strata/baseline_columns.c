/* Columns of the baseline table one by one, and its clinical block: the outcome at baseline, age and sex, declared moderators, words as
 * columns of 0 and 1. */
#include <math.h>
#include <string.h>
#include <strings.h>

#include <vagus/moderator.h>

#include "strata/baseline_table.h"
#include "study/axis_values.h"
#include "study/known_before.h"

enum { MOST_LEVELS = 12 }; /* more are names, not a characteristic */

/* ---- one column ---- */

static bool grow(VgBaselineMaking *m)
{
    VgBaseline *made = m->made;
    size_t n = made->value.cols, more = 2 * m->capacity + 16;
    if (n < m->capacity)
        return true;
    double **column = VG_NEW(m->scratch, double *, more);
    size_t *block = VG_NEW(m->arena, size_t, more), *moderator = VG_NEW(m->arena, size_t, more);
    const char **name = VG_NEW(m->arena, const char *, more);
    const char **label = VG_NEW(m->arena, const char *, more);
    const char **unit = VG_NEW(m->arena, const char *, more);
    if (!column || !block || !moderator || !name || !label || !unit)
        return false;
    if (n > 0) {
        memcpy(column, m->column, n * sizeof *column);
        memcpy(block, m->block, n * sizeof *block);
        memcpy(moderator, m->moderator, n * sizeof *moderator);
        memcpy(name, made->name, n * sizeof *name);
        memcpy(label, made->label, n * sizeof *label);
        memcpy(unit, made->unit, n * sizeof *unit);
    }
    m->column = column;
    m->block = block;
    m->moderator = moderator;
    made->name = name;
    made->label = label;
    made->unit = unit;
    m->capacity = more;
    return true;
}

VgStatus vg_baseline_leave_out(VgBaselineMaking *m, const char *name, VgBaselineWhy why,
                               VgError *error)
{
    VgBaseline *made = m->made;
    if (made->n_left_out == m->left_capacity) {
        size_t more = 2 * m->left_capacity + 16;
        const char **names = VG_NEW(m->arena, const char *, more);
        VgBaselineWhy *whys = VG_NEW(m->arena, VgBaselineWhy, more);
        if (!names || !whys)
            return vg_fail_memory(error);
        if (made->n_left_out > 0) {
            memcpy(names, made->left_out, made->n_left_out * sizeof *names);
            memcpy(whys, m->why, made->n_left_out * sizeof *whys);
        }
        made->left_out = names;
        m->why = whys;
        m->left_capacity = more;
    }
    made->left_out[made->n_left_out] = name;
    m->why[made->n_left_out++] = why;
    return VG_OK;
}

VgStatus vg_baseline_add(VgBaselineMaking *m, const VgBaselineColumn *about,
                         const double *of_participant, VgError *error)
{
    VgBaseline *made = m->made;
    size_t length = strlen(about->name), measured = 0;
    bool varies = false;
    if (vg_map_find(m->names, about->name, length) >= 0)
        return VG_OK;
    double *value = VG_NEW(m->scratch, double, made->n), first = NAN;
    if (!value || vg_map_add(m->names, about->name, length) < 0 || !grow(m))
        return vg_fail_memory(error);
    for (size_t r = 0; r < made->n; r++) {
        value[r] = of_participant[m->participant[r]];
        if (!isfinite(value[r])) { /* the logarithm of nought says no more than: not measured */
            value[r] = NAN;
            continue;
        }
        if (measured++ == 0)
            first = value[r];
        varies = varies || value[r] != first;
    }
    if (!varies)
        return vg_baseline_leave_out(
            m, about->name, measured ? VG_BASELINE_CONSTANT : VG_BASELINE_UNMEASURED, error);
    size_t j = made->value.cols++;
    m->column[j] = value;
    m->block[j] = about->block;
    m->moderator[j] = about->moderator;
    made->name[j] = about->name;
    made->label[j] = about->label ? about->label : about->name;
    made->unit[j] = about->unit;
    return VG_OK;
}

VgStatus vg_baseline_add_place(VgBaselineMaking *m, const VgBaselineColumn *about,
                               const VgAxisPlace *place, VgError *error)
{
    VgAxisSeries series;
    VG_TRY(vg_axis_values(m->scratch, m->study, place, VG_AT_BASELINE, &series, error));
    vg_axis_fill_censored(&series, m->study->n_participants);
    return vg_baseline_add(m, about, series.value, error);
}

/* ---- columns of the participants ---- */

static bool is_stratum(const VgStudy *study, const char *name)
{
    for (size_t k = 0; k < study->n_strata; k++)
        if (strcmp(study->stratum[k], name) == 0)
            return true;
    return false;
}

/* A column of 0 and 1 for each level but the first; `none` comes first where there is one. */
static VgStatus add_words(VgBaselineMaking *m, const VgColumn *column, size_t moderator,
                          VgError *error)
{
    static const char NONE[] = "none";
    const char *first = NONE, **level;
    const VgTable *table = m->study->participants;
    int32_t *code;
    size_t n_levels;
    bool none = false;
    for (size_t k = 0; column->level && k < column->n_levels; k++)
        none = none || strcmp(column->level[k], NONE) == 0;
    VG_TRY(vg_column_as_factor(m->arena, table, column, &first, none, NULL, &code, &level,
                               &n_levels, error));
    if (n_levels > MOST_LEVELS)
        return vg_fail_at(error, VG_INVALID_INPUT, table->path, 0,
                          "the column %s has %zu different words, more than %d",
                          "group them in a column of their own", column->name, n_levels,
                          MOST_LEVELS);
    double *is = VG_NEW(m->scratch, double, m->study->n_participants);
    if (!is)
        return vg_fail_memory(error);
    if (n_levels < 2)
        return vg_baseline_leave_out(
            m, column->name, n_levels ? VG_BASELINE_CONSTANT : VG_BASELINE_UNMEASURED, error);
    for (size_t k = 1; k < n_levels; k++) {
        for (size_t i = 0; i < m->study->n_participants; i++)
            is[i] = code[i] < 0 ? (double)NAN : code[i] == (int32_t)k;
        const VgBaselineColumn about = {
            .name = vg_arena_printf(m->arena, "%s=%s", column->name, level[k]),
            .label = vg_arena_printf(m->arena, "%s: %s", column->name, level[k]),
            .moderator = moderator};
        if (!about.name || !about.label)
            return vg_fail_memory(error);
        VG_TRY(vg_baseline_add(m, &about, is, error));
    }
    return VG_OK;
}

static VgStatus add_participants(VgBaselineMaking *m, const char *name, size_t moderator,
                                 VgError *error)
{
    const VgStudy *study = m->study;
    const VgColumn *column;
    VG_TRY(vg_table_require(study->participants, name, &column, error));
    const char *why = vg_study_known_afterwards(m->arena, study, name);
    if (why)
        return vg_fail_at(error, VG_INVALID_INPUT, study->file, 0,
                          "the covariate `%s` is not known before randomisation: it %s",
                          "name what was: age, severity, a value at baseline", name, why);
    if (column->type != VG_COLUMN_NUMBER || is_stratum(study, name))
        return add_words(m, column, moderator, error);
    const VgModerator *declared =
        moderator < study->n_moderators ? &study->moderator[moderator] : NULL;
    const VgBaselineColumn about = {.name = column->name,
                                    .label = declared && declared->label ? declared->label
                                                                         : column->label,
                                    .unit = declared ? declared->unit : NULL,
                                    .moderator = moderator};
    return vg_baseline_add(m, &about, column->number, error);
}

/* ---- the clinical block ---- */

size_t vg_baseline_n_moderators(const VgBaselineMaking *m)
{
    return m->choice->all_moderators ? m->study->n_moderators : m->choice->n_moderators;
}

size_t vg_baseline_moderator(const VgBaselineMaking *m, size_t k)
{
    return m->choice->all_moderators ? k : m->choice->moderator[k];
}

static VgStatus add_outcome_baseline(VgBaselineMaking *m, const VgAxisPlace *place,
                                     const char *name, size_t moderator, VgError *error)
{
    VgAxisPlace at_baseline = *place;
    at_baseline.baseline_only = true;
    const VgBaselineColumn about = {
        .name = name,
        .label = vg_arena_printf(m->arena, "%s at baseline", vg_axis_place_label(m->study, place)),
        .unit = vg_axis_place_unit(m->arena, m->study, place),
        .moderator = moderator};
    return about.label ? vg_baseline_add_place(m, &about, &at_baseline, error)
                       : vg_fail_memory(error);
}

/* The moderator that is the outcome's own baseline; SIZE_MAX when none is. */
static size_t moderator_of(const VgBaselineMaking *m, size_t outcome)
{
    for (size_t k = 0; k < vg_baseline_n_moderators(m); k++) {
        const VgAxisPlace *place = &m->study->moderator[vg_baseline_moderator(m, k)].place;
        if (place->source == VG_AXIS_BY_OUTCOME && place->outcome == outcome)
            return vg_baseline_moderator(m, k);
    }
    return SIZE_MAX;
}

static bool is_age_or_sex(const char *name)
{
    static const char *const NAME[] = {"age", "sex", "gender", "female", "male"};
    for (size_t k = 0; k < sizeof NAME / sizeof *NAME; k++)
        if (strcasecmp(name, NAME[k]) == 0)
            return true;
    return false;
}

static VgStatus add_moderator(VgBaselineMaking *m, size_t index, VgError *error)
{
    if (index >= m->study->n_moderators)
        return vg_fail(error, VG_INVALID_INPUT, "moderator %zu of a study of %zu",
                       "moderators count from 0", index, m->study->n_moderators);
    const VgModerator *moderator = &m->study->moderator[index];
    if (moderator->place.source == VG_AXIS_BY_COLUMN)
        return add_participants(m, moderator->place.column, index, error);
    if (moderator->place.source == VG_AXIS_BY_OUTCOME)
        return add_outcome_baseline(m, &moderator->place, moderator->name, index, error);
    return VG_OK; /* in the block of its layer */
}

VgStatus vg_baseline_clinical(VgBaselineMaking *m, VgError *error)
{
    const VgTable *table = m->study->participants;
    const VgAxisPlace *outcome = &m->choice->outcome;
    if (m->choice->outcome_baseline && outcome->source == VG_AXIS_BY_OUTCOME &&
        m->study->outcome[outcome->outcome].baseline) {
        const char *name = vg_arena_printf(m->arena, "%s_baseline", m->made->outcome_name);
        if (!name)
            return vg_fail_memory(error);
        VG_TRY(add_outcome_baseline(m, outcome, name, moderator_of(m, outcome->outcome), error));
    }
    for (size_t k = 0; k < vg_baseline_n_moderators(m); k++)
        VG_TRY(add_moderator(m, vg_baseline_moderator(m, k), error));
    for (size_t k = 0; m->choice->age_and_sex && k < table->n_columns; k++)
        if (is_age_or_sex(table->column[k].name))
            VG_TRY(add_participants(m, table->column[k].name, SIZE_MAX, error));
    for (size_t k = 0; k < m->choice->n_covariates; k++)
        VG_TRY(add_participants(m, m->choice->covariate[k], SIZE_MAX, error));
    return VG_OK;
}
