/* What was known before treatment, as one table: who is in it, their arms and how likely those were, the outcome later.
 * Columns: baseline_columns.c, baseline_layers.c. */
#include <math.h>
#include <string.h>

#include <vagus/moderator.h>
#include <vagus/panel_layer.h>

#include "base/buffer.h"
#include "numeric/linear_algebra.h"
#include "strata/baseline_table.h"
#include "study/axis_values.h"

/* ---- who ---- */

/* The reference of the plan first, then the others in their order. */
static VgStatus order_arms(VgBaselineMaking *m, VgError *error)
{
    const VgStudy *study = m->study;
    size_t n = m->choice->arm ? m->choice->n_arms : study->n_arms, placed = 0;
    size_t *index = VG_NEW(m->arena, size_t, n + 1), reference = vg_study_reference_arm(study);
    if (!index)
        return vg_fail_memory(error);
    if (!m->choice->arm) {
        reference = reference == SIZE_MAX ? 0 : reference;
        index[placed++] = reference;
        for (size_t a = 0; a < n; a++)
            if (a != reference)
                index[placed++] = a;
    }
    for (; placed < n; placed++) {
        index[placed] = m->choice->arm[placed];
        if (index[placed] >= study->n_arms)
            return vg_fail(error, VG_INVALID_INPUT, "arm %zu of a study of %zu arms",
                           "arms count from 0", index[placed], study->n_arms);
    }
    m->made->arm_index = index;
    m->made->n_arms = n;
    return VG_OK;
}

static int32_t place_of_arm(const VgBaseline *made, int32_t arm)
{
    for (size_t a = 0; arm >= 0 && a < made->n_arms; a++)
        if (made->arm_index[a] == (size_t)arm)
            return (int32_t)a;
    return -1;
}

static VgStatus choose_people(VgBaselineMaking *m, VgError *error)
{
    const VgStudy *study = m->study;
    VgBaseline *made = m->made;
    size_t *in_arm = VG_NEW(m->scratch, size_t, made->n_arms + 1);
    int32_t *arm = VG_NEW(m->arena, int32_t, study->n_participants + 1);
    m->participant = VG_NEW(m->arena, size_t, study->n_participants + 1);
    if (!in_arm || !arm || !m->participant)
        return vg_fail_memory(error);
    for (size_t i = 0; i < study->n_participants; i++) {
        int32_t place = place_of_arm(made, study->arm_of[i]);
        if (place < 0 || (m->choice->keep && !m->choice->keep[i]))
            continue;
        in_arm[place]++;
        arm[made->n] = place;
        m->participant[made->n++] = i;
    }
    made->participant = m->participant;
    made->arm = arm;
    for (size_t a = 0; a < made->n_arms; a++)
        if (in_arm[a] == 0)
            return vg_fail_at(error, VG_NOT_ESTIMABLE, study->file, 0,
                              "nobody of arm %s is among those to be analysed",
                              "compare arms with participants",
                              study->arm[made->arm_index[a]].name);
    return VG_OK;
}

/* ---- strata, clusters ---- */

static VgStatus find_strata(VgBaselineMaking *m, VgError *error)
{
    const VgStudy *study = m->study;
    VgBaseline *made = m->made;
    VgMap *names = vg_map_create(m->arena);
    int32_t *stratum = VG_NEW(m->arena, int32_t, made->n);
    if (study->n_strata == 0)
        return VG_OK;
    if (!names || !stratum)
        return vg_fail_memory(error);
    for (size_t r = 0; r < made->n; r++) {
        VgBuffer key = {0};
        for (size_t k = 0; k < study->n_strata; k++) {
            const VgColumn *column;
            VgStatus status =
                vg_table_require(study->participants, study->stratum[k], &column, error);
            const char *text =
                status == VG_OK ? vg_column_value_text(m->scratch, column, m->participant[r]) : "";
            vg_buffer_printf(&key, "%s%s", k ? ", " : "", text ? text : "not told");
            if (status != VG_OK) {
                vg_buffer_free(&key);
                return status;
            }
        }
        int64_t code = key.failed ? -1 : vg_map_add(names, key.text, key.length);
        vg_buffer_free(&key);
        if (code < 0)
            return vg_fail_memory(error);
        stratum[r] = (int32_t)code;
    }
    made->n_strata = vg_map_size(names);
    made->stratum = stratum;
    made->stratum_name = VG_NEW(m->arena, const char *, made->n_strata);
    if (!made->stratum_name)
        return vg_fail_memory(error);
    for (size_t s = 0; s < made->n_strata; s++)
        made->stratum_name[s] = vg_map_key(names, s);
    return VG_OK;
}

static VgStatus find_clusters(VgBaselineMaking *m, VgError *error)
{
    const VgStudy *study = m->study;
    VgBaseline *made = m->made;
    const VgColumn *column;
    if (!study->cluster_column)
        return VG_OK;
    VG_TRY(vg_table_require(study->participants, study->cluster_column, &column, error));
    VgMap *names = vg_map_create(m->arena);
    int32_t *cluster = VG_NEW(m->arena, int32_t, made->n);
    if (!names || !cluster)
        return vg_fail_memory(error);
    for (size_t r = 0; r < made->n; r++) {
        size_t i = m->participant[r];
        const char *text = vg_column_value_text(m->scratch, column, i);
        if (!text && vg_column_is_missing(column, i))
            return vg_fail_at(error, VG_INVALID_INPUT, study->participants->path,
                              study->participants->line[i],
                              "participant %s has no cluster (column %s)",
                              "say whose people were randomised together with this one",
                              study->participant[i], column->name);
        int64_t code = text ? vg_map_add(names, text, strlen(text)) : -1;
        if (code < 0)
            return vg_fail_memory(error);
        cluster[r] = (int32_t)code;
    }
    made->cluster = cluster;
    made->n_clusters = vg_map_size(names);
    return VG_OK;
}

/* ---- how likely each arm was ---- */

static double declared(const VgStudy *study, size_t participant, size_t arm)
{
    if (study->probability_of)
        return study->probability_of[arm * study->n_participants + participant];
    return study->probability[arm];
}

/* Among the arms compared, as the design says; where it does not say, as the arms came out. */
static VgStatus find_propensities(VgBaselineMaking *m, VgError *error)
{
    const VgStudy *study = m->study;
    VgBaseline *made = m->made;
    made->propensity = vg_matrix_new(m->arena, made->n, made->n_arms);
    made->propensity_declared = study->probability || study->probability_of;
    double *share = VG_NEW(m->scratch, double, made->n_arms);
    if (!made->propensity.data || !share)
        return vg_fail_memory(error);
    for (size_t r = 0; r < made->n; r++)
        share[made->arm[r]] += 1 / (double)made->n;
    for (size_t r = 0; r < made->n; r++) {
        double sum = 0;
        for (size_t a = 0; a < made->n_arms; a++) {
            double p = made->propensity_declared
                           ? declared(study, m->participant[r], made->arm_index[a])
                           : share[a];
            VG_AT(made->propensity, r, a) = p;
            sum += p;
        }
        for (size_t a = 0; a < made->n_arms; a++)
            VG_AT(made->propensity, r, a) /= sum;
    }
    return VG_OK;
}

/* ---- the outcome ---- */

static VgStatus find_outcome(VgBaselineMaking *m, VgError *error)
{
    const VgStudy *study = m->study;
    const VgAxisPlace *place = &m->choice->outcome;
    VgBaseline *made = m->made;
    VgAxisSeries series;
    double *outcome = VG_NEW(m->arena, double, made->n);
    if (!outcome)
        return vg_fail_memory(error);
    if (m->choice->outcome_visit >= study->n_visits)
        return vg_fail(error, VG_INVALID_INPUT, "visit %zu of a study of %zu visits",
                       "visits count from 0", m->choice->outcome_visit, study->n_visits);
    VG_TRY(vg_axis_values(m->scratch, study, place, m->choice->outcome_visit, &series, error));
    vg_axis_fill_censored(&series, study->n_participants);
    for (size_t r = 0; r < made->n; r++)
        outcome[r] = series.value[m->participant[r]];
    made->outcome = outcome;
    made->outcome_at = study->visit[m->choice->outcome_visit].name;
    made->outcome_label = vg_axis_place_label(study, place);
    made->outcome_unit = vg_axis_place_unit(m->arena, study, place);
    made->important_difference = NAN;
    if (place->source == VG_AXIS_BY_OUTCOME) {
        const VgOutcome *one = &study->outcome[place->outcome];
        made->outcome_name = one->name;
        made->important_difference = one->important_difference;
        made->benefit = one->scale->lower_is_better ? -1 : 1;
    } else {
        made->outcome_name = study->layer[place->layer].feature[place->feature];
    }
    return VG_OK;
}

/* ---- blocks ---- */

static bool chosen(const VgBaselineMaking *m, size_t layer)
{
    for (size_t k = 0; k < m->choice->n_layers; k++)
        if (m->choice->layer[k] == layer)
            return true;
    return false;
}

static bool has_block(const VgBaseline *made, const size_t *layer, size_t wanted)
{
    for (size_t b = 1; b < made->n_blocks; b++)
        if (layer[b] == wanted)
            return true;
    return false;
}

/* Whether a feature of the panel is the outcome and wanted at baseline too. */
static bool wants_outcome_of(const VgBaselineMaking *m)
{
    const VgAxisPlace *outcome = &m->choice->outcome;
    return m->choice->outcome_baseline && outcome->source == VG_AXIS_BY_FEATURE &&
           vg_axis_measured_at(m->study, outcome, VG_AT_BASELINE);
}

/* Clinical, the layers chosen, then other layers that moderators or the outcome are measured by. */
static VgStatus find_blocks(VgBaselineMaking *m, VgError *error)
{
    VgBaseline *made = m->made;
    size_t most = 2 + m->choice->n_layers + vg_baseline_n_moderators(m);
    size_t *layer = VG_NEW(m->arena, size_t, most);
    const char **name = VG_NEW(m->arena, const char *, most);
    if (!layer || !name)
        return vg_fail_memory(error);
    layer[0] = SIZE_MAX;
    made->n_blocks = 1;
    for (size_t k = 0; k < m->choice->n_layers; k++) {
        if (m->choice->layer[k] >= m->study->n_layers)
            return vg_fail(error, VG_INVALID_INPUT, "layer %zu of a panel of %zu layers",
                           "layers count from 0", m->choice->layer[k], m->study->n_layers);
        if (!has_block(made, layer, m->choice->layer[k]))
            layer[made->n_blocks++] = m->choice->layer[k];
    }
    for (size_t k = 0; !m->choice->only_chosen_layers && k < vg_baseline_n_moderators(m); k++) {
        const VgAxisPlace *place = &m->study->moderator[vg_baseline_moderator(m, k)].place;
        if (place->source == VG_AXIS_BY_FEATURE && !has_block(made, layer, place->layer))
            layer[made->n_blocks++] = place->layer;
    }
    if (wants_outcome_of(m) && !has_block(made, layer, m->choice->outcome.layer))
        layer[made->n_blocks++] = m->choice->outcome.layer;
    for (size_t b = 0; b < made->n_blocks; b++)
        name[b] = b == 0 ? "clinical" : m->study->layer[layer[b]].name;
    made->layer = layer;
    made->block_name = name;
    return VG_OK;
}

static VgStatus add_layers(VgBaselineMaking *m, VgError *error)
{
    VgBaseline *made = m->made;
    size_t *n_rare = VG_NEW(m->arena, size_t, made->n_blocks);
    if (!n_rare)
        return vg_fail_memory(error);
    for (size_t b = 1; b < made->n_blocks; b++)
        VG_TRY(
            vg_baseline_layer(m, made->layer[b], b, chosen(m, made->layer[b]), &n_rare[b], error));
    made->n_rare = n_rare;
    return VG_OK;
}

/* ---- the course ---- */

static VgStatus collect(VgBaselineMaking *m, VgError *error)
{
    VgBaseline *made = m->made;
    size_t p = made->value.cols;
    made->value = vg_matrix_new(m->arena, made->n, p);
    if (!made->value.data)
        return vg_fail_memory(error);
    for (size_t j = 0; j < p; j++)
        memcpy(&VG_AT(made->value, 0, j), m->column[j], made->n * sizeof(double));
    made->block = m->block;
    made->moderator = m->moderator;
    made->why = m->why;
    return VG_OK;
}

static VgStatus make(VgBaselineMaking *m, VgError *error)
{
    m->names = vg_map_create(m->scratch);
    if (!m->names)
        return vg_fail_memory(error);
    VG_TRY(order_arms(m, error));
    VG_TRY(choose_people(m, error));
    VG_TRY(find_outcome(m, error));
    VG_TRY(find_strata(m, error));
    VG_TRY(find_clusters(m, error));
    VG_TRY(find_propensities(m, error));
    VG_TRY(find_blocks(m, error));
    VG_TRY(vg_baseline_clinical(m, error));
    VG_TRY(add_layers(m, error));
    return collect(m, error);
}

VgStatus vg_baseline(VgArena *arena, const VgStudy *study, const VgBaselineChoice *choice,
                     VgBaseline *baseline, VgError *error)
{
    *baseline = (VgBaseline){0};
    VgBaselineMaking m = {.arena = arena,
                          .scratch = vg_arena_create(),
                          .study = study,
                          .choice = choice,
                          .made = baseline};
    if (!m.scratch)
        return vg_fail_memory(error);
    VgStatus status = make(&m, error);
    bool failed = vg_arena_failed(m.scratch) || vg_arena_failed(arena);
    vg_arena_destroy(m.scratch);
    return status == VG_OK && failed ? vg_fail_memory(error) : status;
}
