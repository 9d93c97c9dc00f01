/* From a study and a plan of its mechanism to complete rows: who is compared, mediators and outcome at their visits,
 * baselines, covariates, reliabilities. */
#include <math.h>
#include <string.h>

#include <vagus/panel_layer.h>
#include <vagus/reliability.h>

#include "mechanism/mechanism_internal.h"
#include "numeric/linear_algebra.h"

enum { MOST_NOISY = 64 };

/* Reliabilities of columns that are terms of the model, to be found in the design. */
typedef struct Noisy {
    const char *name[MOST_NOISY];
    VgMarkerReliability reliability[MOST_NOISY];
    size_t n;
} Noisy;

/* ---- who is compared ---- */

double *vg_mechanism_given(const VgMechanism *m, size_t component)
{
    const VgStudy *study = m->study;
    double *given = VG_NEW(m->arena, double, study->n_participants);
    for (size_t i = 0; given && i < study->n_participants; i++) {
        given[i] = NAN;
        const VgArm *arm = study->arm_of[i] < 0 ? NULL : &study->arm[study->arm_of[i]];
        if (!arm)
            continue;
        given[i] = 0;
        for (size_t k = 0; k < arm->n_components; k++)
            if (arm->component[k] == component)
                given[i] = 1;
    }
    return given;
}

static VgStatus find_arms(VgMechanism *m, VgError *error)
{
    const VgStudy *study = m->study;
    const VgMechanismPlan *plan = m->plan;
    bool component = plan->component != SIZE_MAX;
    size_t n[2] = {0, 0};
    m->keep = VG_NEW(m->arena, bool, study->n_participants);
    m->treatment = component ? vg_mechanism_given(m, plan->component)
                             : VG_NEW(m->arena, double, study->n_participants);
    if (!m->keep || !m->treatment)
        return vg_fail_memory(error);
    for (size_t i = 0; i < study->n_participants; i++) {
        size_t arm = study->arm_of[i] < 0 ? SIZE_MAX : (size_t)study->arm_of[i];
        m->keep[i] = component ? arm != SIZE_MAX : arm == plan->arm || arm == plan->reference;
        if (!component)
            m->treatment[i] = m->keep[i] && arm != SIZE_MAX ? arm == plan->arm : (double)NAN;
        m->keep[i] = m->keep[i] && arm != SIZE_MAX;
        if (m->keep[i])
            n[m->treatment[i] == 1]++;
    }
    m->treated = component ? plan->treatment : study->arm[plan->arm].name;
    m->control = component ? vg_arena_printf(m->result->arena, "without %s", plan->treatment)
                           : study->arm[plan->reference].name;
    m->treated_label = component ? plan->treatment : study->arm[plan->arm].label;
    m->control_label = component ? vg_arena_printf(m->result->arena, "no %s", plan->treatment)
                                 : study->arm[plan->reference].label;
    if (!m->control || !m->control_label)
        return vg_fail_memory(error);
    if (!n[0] || !n[1])
        return vg_fail_at(error, VG_NOT_ESTIMABLE, study->file, plan->treatment_line,
                          "no participant has %s", "name a treatment that somebody was given",
                          n[0] ? m->treated_label : m->control_label);
    return VG_OK;
}

static void describe_outcome(VgMechanism *m)
{
    const VgAxisPlace *place = &m->plan->place;
    m->unit = vg_axis_place_unit(m->result->arena, m->study, place);
    m->outcome_label = vg_axis_place_label(m->study, place);
    m->important_difference = NAN;
    if (place->source == VG_AXIS_BY_OUTCOME) {
        const VgOutcome *outcome = &m->study->outcome[place->outcome];
        m->outcome = outcome->name;
        m->important_difference = outcome->important_difference;
        m->benefit = outcome->scale->lower_is_better ? -1 : 1;
    } else {
        m->outcome = m->study->layer[place->layer].feature[place->feature];
    }
}

/* ---- reliabilities ---- */

/* From its replicates: of the value as analysed, known to its interval as far as that lies within (0, 1). */
static VgStatus from_replicates(VgMechanism *m, const VgAxisNode *node, VgMarkerReliability *r,
                                VgError *error)
{
    const VgLayer *layer = &m->study->layer[node->place.layer];
    VgRepeats repeats;
    VgRepeatability answer;
    VgError why = {0};
    VG_TRY(vg_repeats_of_samples(m->arena, layer, node->place.feature, &repeats, error));
    VgStatus status = vg_repeatability(m->arena, &repeats, m->result->level, &answer, &why);
    if (status == VG_NO_MEMORY)
        return vg_fail_memory(error);
    if (status != VG_OK || !(answer.analysed.estimate > 0)) {
        vg_result_warn(m->result, "%s: no reliability of %s from its replicates: %s",
                       m->plan->label, node->name,
                       status != VG_OK ? why.message : "they do not agree at all");
        return VG_OK;
    }
    r->value = fmin(answer.analysed.estimate, 1);
    if (answer.analysed.lower > 0 && answer.analysed.upper < 1) {
        r->lower = answer.analysed.lower;
        r->upper = answer.analysed.upper;
    }
    return VG_OK;
}

static VgStatus find_reliabilities(VgMechanism *m, VgError *error)
{
    const VgAxis *axis = m->study->axis;
    m->reliability = VG_NEW(m->arena, VgMarkerReliability, axis->n_nodes + 1);
    if (!m->reliability)
        return vg_fail_memory(error);
    for (size_t k = 0; m->plan->reliability && k < axis->n_nodes; k++) {
        const VgAxisNode *node = &axis->node[k];
        bool used = k == m->plan->outcome_node;
        for (size_t g = 0; g < m->plan->n_channels; g++)
            used = used || node->channel == m->plan->channel[g];
        if (!used)
            continue;
        if (node->measurement.from_replicates && node->place.source == VG_AXIS_BY_FEATURE)
            VG_TRY(from_replicates(m, node, &m->reliability[k], error));
        else if (!isnan(node->measurement.reliability))
            m->reliability[k].value = node->measurement.reliability;
    }
    return VG_OK;
}

static VgMarkerReliability reliability_of(const VgMechanism *m, size_t node)
{
    return m->reliability[node == VG_AXIS_NONE ? m->study->axis->n_nodes : node];
}

static double variance(const VgMechanism *m, const double *value)
{
    double n = 0, mean = 0, squares = 0;
    for (size_t i = 0; i < m->study->n_participants; i++)
        if (m->keep[i] && !isnan(value[i])) {
            double before = value[i] - mean;
            mean += before / ++n;
            squares += before * (value[i] - mean);
        }
    return n > 1 ? squares / (n - 1) : (double)NAN;
}

/* Of a score made of markers whose errors are independent: 1 − Σ w² (1 − λ) Var(marker) / Var(score). The limits are
 * those of the markers together: all at their lower, all at their upper. */
static VgStatus score_reliability(VgMechanism *m, size_t channel, const double *score,
                                  VgMarkerReliability *r, VgError *error)
{
    const VgAxisChannel *c = &m->study->axis->channel[channel];
    double error_variance[3] = {0, 0, 0}, total = variance(m, score);
    bool any = false, drawn = false;
    size_t measured = 0;
    for (size_t k = 0; k < c->n; k++)
        measured +=
            vg_axis_measured_at(m->study, &m->study->axis->node[c->node[k]].place, VG_AT_BASELINE);
    for (size_t k = 0; k < c->n; k++) {
        const VgAxisNode *node = &m->study->axis->node[c->node[k]];
        VgMarkerReliability own = reliability_of(m, c->node[k]);
        VgAxisSeries one;
        if (own.value == 0 || !vg_axis_measured_at(m->study, &node->place, VG_AT_BASELINE))
            continue;
        VG_TRY(vg_axis_values(m->arena, m->study, &node->place, VG_AT_BASELINE, &one, error));
        vg_axis_fill_censored(&one, m->study->n_participants);
        double w = measured == 1
                       ? 1
                       : 1 / vg_axis_sd_within_arms(m->study, one.value, NULL) / (double)measured;
        double part = w * w * variance(m, one.value);
        const double lambda[3] = {own.value, own.upper > 0 ? own.lower : own.value,
                                  own.upper > 0 ? own.upper : own.value};
        for (int side = 0; side < 3; side++)
            error_variance[side] += part * (1 - lambda[side]);
        any = true;
        drawn = drawn || own.upper > 0;
    }
    *r = (VgMarkerReliability){0};
    if (any && error_variance[0] < total)
        r->value = 1 - error_variance[0] / total;
    if (r->value > 0 && drawn && error_variance[1] < total && error_variance[2] > 0) {
        r->lower = 1 - error_variance[1] / total;
        r->upper = 1 - error_variance[2] / total;
    }
    return VG_OK;
}

static void note_noise(Noisy *noisy, const char *name, VgMarkerReliability r)
{
    if (r.value == 0 || noisy->n == MOST_NOISY)
        return;
    noisy->name[noisy->n] = name;
    noisy->reliability[noisy->n++] = r;
}

/* ---- covariates ---- */

static VgStatus add_components(VgMechanism *m, VgColumns *columns, VgError *error)
{
    for (size_t k = 0; m->plan->component != SIZE_MAX && k < m->study->n_components; k++) {
        double *given = vg_mechanism_given(m, k);
        if (!given)
            return vg_fail_memory(error);
        bool seen[2] = {false, false};
        for (size_t i = 0; i < m->study->n_participants; i++)
            if (m->keep[i])
                seen[given[i] == 1] = true;
        if (k != m->plan->component && seen[0] && seen[1] &&
            !vg_columns_term(columns, m->study->component[k].name, given))
            return vg_fail_memory(error);
    }
    return VG_OK;
}

static const char *at_baseline(VgMechanism *m, const char *name)
{
    return vg_arena_printf(m->arena, "%s at baseline", name);
}

static VgStatus add_node_baseline(VgMechanism *m, VgColumns *columns, const VgAxisPlace *place,
                                  const char *name, VgMarkerReliability r, Noisy *noisy,
                                  VgError *error)
{
    VgAxisSeries series;
    if (!vg_axis_measured_at(m->study, place, VG_AT_BASELINE))
        return VG_OK;
    VG_TRY(vg_axis_values(m->arena, m->study, place, VG_AT_BASELINE, &series, error));
    vg_axis_fill_censored(&series, m->study->n_participants);
    const char *own = at_baseline(m, name);
    own = own ? vg_columns_term(columns, own, series.value) : NULL;
    if (!own)
        return vg_fail_memory(error);
    note_noise(noisy, own, r);
    return VG_OK;
}

/* A channel's score at baseline; with score `markers` each marker's value. */
static VgStatus add_channel_baseline(VgMechanism *m, VgColumns *columns, size_t channel,
                                     Noisy *noisy, VgError *error)
{
    const VgAxis *axis = m->study->axis;
    const VgAxisChannel *c = &axis->channel[channel];
    if (m->options.score == VG_CHANNEL_MARKERS) {
        for (size_t k = 0; k < c->n; k++) {
            const VgAxisNode *node = &axis->node[c->node[k]];
            if (vg_axis_measured_at(m->study, &node->place, m->plan->mediator_visit))
                VG_TRY(add_node_baseline(m, columns, &node->place, node->name,
                                         reliability_of(m, c->node[k]), noisy, error));
        }
        return VG_OK;
    }
    bool *marker = VG_NEW(m->arena, bool, c->n);
    if (!marker)
        return vg_fail_memory(error);
    VgAxisSeries score;
    VgMarkerReliability r;
    VG_TRY(
        vg_axis_channel_score(m->arena, m->study, channel, VG_AT_BASELINE, marker, &score, error));
    if (score.n == 0)
        return VG_OK;
    VG_TRY(score_reliability(m, channel, score.value, &r, error));
    const char *own = at_baseline(m, c->name);
    own = own ? vg_columns_term(columns, own, score.value) : NULL;
    if (!own)
        return vg_fail_memory(error);
    note_noise(noisy, own, r);
    return VG_OK;
}

void vg_mechanism_causes(const VgAxis *axis, VgAxisEnd of, bool *acts)
{
    for (size_t a = 0; a < axis->n_arrows; a++) {
        const VgAxisArrow *arrow = &axis->arrow[a];
        size_t from = arrow->from.node;
        if (from == VG_AXIS_NONE || axis->node[from].kind != VG_AXIS_CONFOUNDER)
            continue;
        bool into = arrow->to.node == of.node && arrow->to.channel == of.channel;
        if (of.channel != VG_AXIS_NONE && arrow->to.node != VG_AXIS_NONE)
            into = into || axis->node[arrow->to.node].channel == of.channel;
        if (into)
            acts[from] = true;
    }
}

VgStatus vg_mechanism_covariates(VgMechanism *m, VgColumns *columns, const bool *acts,
                                 const bool *keep, VgError *error)
{
    const VgAxis *axis = m->study->axis;
    for (size_t k = 0; k < axis->n_nodes; k++) {
        const VgAxisNode *node = &axis->node[k];
        if (!acts[k] || node->place.source == VG_AXIS_UNMEASURED)
            continue;
        Noisy unused = {.n = MOST_NOISY};
        if (node->place.source == VG_AXIS_BY_COLUMN)
            VG_TRY(vg_columns_participants(columns, node->place.column, keep, error));
        else
            VG_TRY(add_node_baseline(m, columns, &node->place, node->name, (VgMarkerReliability){0},
                                     &unused, error));
    }
    for (size_t k = 0; k < m->plan->n_covariates; k++)
        VG_TRY(vg_columns_participants(columns, m->plan->covariate[k], keep, error));
    for (size_t k = 0; k < m->study->n_strata; k++)
        VG_TRY(vg_columns_participants(columns, m->study->stratum[k], keep, error));
    return VG_OK;
}

static VgStatus add_terms(VgMechanism *m, VgColumns *columns, Noisy *noisy, VgError *error)
{
    const VgAxis *axis = m->study->axis;
    const VgMechanismPlan *plan = m->plan;
    bool *acts = VG_NEW(m->arena, bool, axis->n_nodes);
    if (!acts || !vg_columns_term(columns, m->treated, m->treatment))
        return vg_fail_memory(error);
    VG_TRY(add_components(m, columns, error));
    if (plan->baseline) {
        VG_TRY(add_node_baseline(m, columns, &plan->place, m->outcome,
                                 reliability_of(m, plan->outcome_node), noisy, error));
        for (size_t k = 0; k < plan->n_channels; k++)
            VG_TRY(add_channel_baseline(m, columns, plan->channel[k], noisy, error));
    }
    vg_mechanism_causes(axis, (VgAxisEnd){plan->outcome_node, VG_AXIS_NONE}, acts);
    for (size_t k = 0; k < plan->n_channels; k++)
        vg_mechanism_causes(axis, (VgAxisEnd){VG_AXIS_NONE, plan->channel[k]}, acts);
    return vg_mechanism_covariates(m, columns, acts, m->keep, error);
}

/* ---- mediators and outcome ---- */

typedef struct Markers {
    size_t n, *node, *channel; /* place of the channel in the plan */
    double *sign;
    const char **name, **column; /* of the node, of the table */
    VgAxisSeries *series;        /* with limits, where they are to be imputed */
    const char *outcome;         /* column */
} Markers;

static VgStatus add_markers(VgMechanism *m, VgColumns *columns, Markers *to, VgError *error)
{
    const VgAxis *axis = m->study->axis;
    const VgMechanismPlan *plan = m->plan;
    size_t most = axis->n_nodes;
    *to = (Markers){.node = VG_NEW(m->arena, size_t, 2 * most),
                    .sign = VG_NEW(m->arena, double, most),
                    .name = VG_NEW(m->arena, const char *, 2 * most + 1),
                    .series = VG_NEW(m->arena, VgAxisSeries, most)};
    if (!to->node || !to->sign || !to->name || !to->series)
        return vg_fail_memory(error);
    to->channel = to->node + most;
    to->column = to->name + most;
    for (size_t g = 0; g < plan->n_channels; g++) {
        const VgAxisChannel *c = &axis->channel[plan->channel[g]];
        for (size_t k = 0; k < c->n; k++) {
            const VgAxisNode *node = &axis->node[c->node[k]];
            VgAxisSeries series;
            if (!vg_axis_measured_at(m->study, &node->place, plan->mediator_visit))
                continue;
            VG_TRY(vg_axis_values(m->arena, m->study, &node->place, plan->mediator_visit, &series,
                                  error));
            m->n_censored += series.n_censored;
            if (!plan->impute)
                vg_axis_fill_censored(&series, m->study->n_participants);
            to->series[to->n] = series;
            to->node[to->n] = c->node[k];
            to->channel[to->n] = g;
            to->sign[to->n] = node->sign;
            to->name[to->n] = node->name;
            if (!(to->column[to->n++] = vg_columns_number(columns, node->name, series.value)))
                return vg_fail_memory(error);
        }
    }
    VgAxisSeries outcome;
    VG_TRY(vg_axis_values(m->arena, m->study, &plan->place, plan->outcome_visit, &outcome, error));
    vg_axis_fill_censored(&outcome, m->study->n_participants);
    to->outcome = vg_columns_number(columns, m->outcome, outcome.value);
    to->column[to->n] = to->outcome;
    return to->outcome ? VG_OK : vg_fail_memory(error);
}

/* ---- the arrays ---- */

static const double *numbers_of(const VgColumns *columns, const char *name)
{
    return vg_table_column(&columns->table, name)->number;
}

static VgStatus pick(VgArena *arena, const double *from, const VgDesign *design, double *to,
                     const double **column, VgError *error)
{
    if (!to && !(to = VG_NEW(arena, double, design->n_rows)))
        return vg_fail_memory(error);
    for (size_t r = 0; r < design->n_rows; r++)
        to[r] = from[design->row[r]];
    if (column)
        *column = to;
    return VG_OK;
}

/* Bounds of the censored values of marker k; those of other markers are the values (NaN: the value holds). */
static VgStatus pick_limits(VgMechanism *m, const VgAxisSeries *series, const VgDesign *design,
                            size_t k, size_t n, VgError *error)
{
    VgChannelsData *d = &m->table.data;
    if (!d->marker_lower.data) {
        d->marker_lower = vg_matrix_new(m->arena, design->n_rows, n);
        d->marker_upper = vg_matrix_new(m->arena, design->n_rows, n);
        if (!d->marker_lower.data || !d->marker_upper.data)
            return vg_fail_memory(error);
        for (size_t i = 0; i < design->n_rows * n; i++)
            d->marker_lower.data[i] = d->marker_upper.data[i] = NAN;
    }
    VG_TRY(pick(m->arena, series->lower, design, &VG_AT(d->marker_lower, 0, k), NULL, error));
    return pick(m->arena, series->upper, design, &VG_AT(d->marker_upper, 0, k), NULL, error);
}

static VgStatus fill_covariates(VgMechanism *m, const VgDesign *design, const Noisy *noisy,
                                size_t treatment, VgChannelsData *d, VgError *error)
{
    size_t q = 0;
    VgMatrix x = vg_matrix_new(m->arena, design->n_rows, design->p);
    const char **name = VG_NEW(m->arena, const char *, design->p);
    VgMarkerReliability *r = VG_NEW(m->arena, VgMarkerReliability, design->p);
    if (!x.data || !name || !r)
        return vg_fail_memory(error);
    for (size_t j = 0; j < design->p; j++) {
        if (j == treatment || design->term[j] < 0)
            continue;
        const char *own = vg_columns_bare(m->result->arena, design->name[j]);
        if (!own)
            return vg_fail_memory(error);
        if (design->aliased[j]) {
            m->rows.left_out =
                m->rows.left_out ? vg_arena_printf(m->arena, "%s, %s", m->rows.left_out, own) : own;
            continue;
        }
        for (size_t i = 0; i < design->n_rows; i++)
            VG_AT(x, i, q) = VG_AT(design->x, i, j);
        for (size_t k = 0; k < noisy->n; k++)
            if (strcmp(noisy->name[k], own) == 0) {
                r[q] = noisy->reliability[k];
                d->covariate_reliability = r;
            }
        name[q++] = own;
    }
    x.cols = q;
    d->covariates = x;
    d->covariate_name = name;
    return VG_OK;
}

static bool is_limited(const VgAxisSeries *series, size_t i)
{
    return series->lower && !isnan(series->lower[i]);
}

static void count_missing(VgMechanism *m, const VgColumns *columns, const Markers *markers,
                          const VgDesign *design)
{
    VgMediationTable *t = &m->rows;
    for (size_t i = 0; i < m->study->n_participants; i++) {
        if (!m->keep[i])
            continue;
        bool mediator = false, outcome = isnan(numbers_of(columns, markers->outcome)[i]);
        for (size_t k = 0; k < markers->n; k++)
            mediator = mediator || (isnan(numbers_of(columns, markers->column[k])[i]) &&
                                    !is_limited(&markers->series[k], i));
        t->n_rows++;
        t->n_missing_mediator += mediator;
        t->n_missing_outcome += outcome;
        t->n_missing_covariate += !mediator && !outcome;
    }
    if (m->plan->impute)
        t->n_missing_covariate = t->n_rows - design->n_rows;
    else
        t->n_missing_covariate -= design->n_rows; /* those that lack nothing */
}

static VgStatus fill_data(VgMechanism *m, const VgColumns *columns, const VgDesign *design,
                          const Markers *markers, const Noisy *noisy, VgError *error)
{
    VgChannelsData *d = &m->table.data;
    size_t treatment = vg_columns_find(design, m->treated), groups = m->plan->n_channels;
    if (treatment == SIZE_MAX || design->aliased[treatment])
        return vg_fail_at(error, VG_NOT_ESTIMABLE, m->study->file, m->plan->treatment_line,
                          "of the participants with all values, all or none have %s",
                          "look at what is missing, arm by arm", m->treated_label);
    const char **channel = VG_NEW(m->arena, const char *, groups);
    VgMarkerReliability *r = VG_NEW(m->arena, VgMarkerReliability, markers->n);
    *d = (VgChannelsData){.n = design->n_rows,
                          .markers = vg_matrix_new(m->arena, design->n_rows, markers->n),
                          .n_channels = groups,
                          .channel = markers->channel,
                          .sign = markers->sign,
                          .treatment_name = m->treated,
                          .outcome_name = m->outcome,
                          .marker_name = markers->name,
                          .channel_name = channel};
    if (!channel || !r || !d->markers.data)
        return vg_fail_memory(error);
    for (size_t g = 0; g < groups; g++)
        channel[g] = m->study->axis->channel[m->plan->channel[g]].name;
    for (size_t k = 0; k < markers->n; k++) {
        VG_TRY(pick(m->arena, numbers_of(columns, markers->column[k]), design,
                    &VG_AT(d->markers, 0, k), NULL, error));
        if (m->plan->impute && markers->series[k].n_censored)
            VG_TRY(pick_limits(m, &markers->series[k], design, k, markers->n, error));
        r[k] = reliability_of(m, markers->node[k]);
        if (r[k].value > 0)
            d->marker_reliability = r;
    }
    VG_TRY(pick(m->arena, m->treatment, design, NULL, &d->treatment, error));
    VG_TRY(pick(m->arena, numbers_of(columns, markers->outcome), design, NULL, &d->outcome, error));
    return fill_covariates(m, design, noisy, treatment, d, error);
}

static void describe_rows(VgMechanism *m)
{
    const VgStudy *study = m->study;
    m->rows.data.n = m->table.data.n;
    m->rows.data.outcome_name = m->outcome;
    m->rows.control = m->control;
    m->rows.treated = m->treated;
    m->rows.mediator_at = study->visit[m->plan->mediator_visit].name;
    m->rows.outcome_at = study->visit[m->plan->outcome_visit].name;
    m->rows.timed = true;
    m->rows.concurrent = m->plan->mediator_visit >= m->plan->outcome_visit;
    m->table.rows = &m->rows;
    m->table.analysis = m->plan->id;
    m->table.unit = m->unit;
    m->table.row_is = "participants";
}

static VgStatus build(VgMechanism *m, VgColumns *columns, VgError *error)
{
    Noisy *noisy = VG_NEW(m->arena, Noisy, 1);
    Markers markers;
    VgDesign *design;
    if (!noisy)
        return vg_fail_memory(error);
    VG_TRY(add_terms(m, columns, noisy, error));
    VG_TRY(add_markers(m, columns, &markers, error));
    VG_TRY(vg_columns_design(columns, NULL, markers.column, m->plan->impute ? 0 : markers.n + 1,
                             m->keep, &design, error));
    VG_TRY(fill_data(m, columns, design, &markers, noisy, error));
    count_missing(m, columns, &markers, design);
    describe_rows(m);
    return VG_OK;
}

VgStatus vg_mechanism_table(VgMechanism *m, VgError *error)
{
    VgColumns columns;
    VG_TRY(find_arms(m, error));
    describe_outcome(m);
    VG_TRY(find_reliabilities(m, error));
    VgStatus status = vg_columns_begin(m->arena, m->study, &columns, error);
    if (status == VG_OK)
        status = build(m, &columns, error);
    vg_columns_end(&columns);
    return status;
}
