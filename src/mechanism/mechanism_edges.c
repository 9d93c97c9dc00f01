/* Every declared arrow with its estimate: one linear equation for each target of arrows, of all its declared parents at
 * the visits that their lags ask for, the treatments, its own baseline and those of its parents, measured causes and
 * covariates, in all randomised participants.
 *
 * Where only treatments act on a target, their arrows rest on randomisation. Where something else acts on it too, every
 * arrow into it, a treatment's as well, is an effect with the others held, and needs that no unmeasured cause is shared. */
#include <math.h>
#include <string.h>

#include <vagus/lm.h>
#include <vagus/panel_layer.h>

#include "mechanism/mechanism_internal.h"

/* An arrow into a target, as it stands in the target's equation. */
typedef struct Parent {
    const VgAxisArrow *arrow;
    size_t visit; /* of the parent; VG_AT_BASELINE for the first; of components the target's */
    const char *column; /* its term; NULL = not in the equation */
    double sd;          /* within arms, of the rows used */
    const char *note;   /* why not */
} Parent;

typedef struct Equation {
    VgAxisEnd target;
    size_t visit;
    Parent *parent;
    size_t n_parents;
    bool randomised;     /* treatments only are in it */
    const char *lacking; /* parents that are not in it, in words */
} Equation;

/* ---- ends of arrows ---- */

static bool same_end(VgAxisEnd a, VgAxisEnd b)
{
    return a.node == b.node && a.channel == b.channel;
}

static bool is_component(const VgAxis *axis, VgAxisEnd end)
{
    return end.node != VG_AXIS_NONE && axis->node[end.node].kind == VG_AXIS_COMPONENT;
}

/* Components, functions, channels, markers, symptoms: not what is only known at baseline. */
static bool is_drawn(const VgAxis *axis, VgAxisEnd end)
{
    return end.channel != VG_AXIS_NONE || (axis->node[end.node].kind != VG_AXIS_MODERATOR &&
                                           axis->node[end.node].kind != VG_AXIS_CONFOUNDER);
}

static const char *label_of(const VgAxis *axis, VgAxisEnd end)
{
    const char *label =
        end.channel != VG_AXIS_NONE ? axis->channel[end.channel].label : axis->node[end.node].label;
    return label ? label : vg_axis_end_name(axis, end);
}

static bool end_measured(const VgStudy *study, VgAxisEnd end, size_t visit)
{
    const VgAxis *axis = study->axis;
    if (end.channel == VG_AXIS_NONE)
        return vg_axis_measured_at(study, &axis->node[end.node].place, visit);
    const VgAxisChannel *c = &axis->channel[end.channel];
    for (size_t k = 0; k < c->n; k++)
        if (vg_axis_measured_at(study, &axis->node[c->node[k]].place, visit))
            return true;
    return false;
}

static VgStatus end_values(VgMechanism *m, VgAxisEnd end, size_t visit, double **value,
                           VgError *error)
{
    VgAxisSeries series;
    if (end.channel != VG_AXIS_NONE) {
        VG_TRY(vg_axis_channel_score(m->arena, m->study, end.channel, visit, NULL, &series, error));
    } else {
        VG_TRY(vg_axis_values(m->arena, m->study, &m->study->axis->node[end.node].place, visit,
                              &series, error));
        vg_axis_fill_censored(&series, m->study->n_participants);
    }
    *value = series.value;
    return VG_OK;
}

/* The unit of one channel's marker is its own; of a score it is SDs of its markers. */
static const char *unit_of(VgMechanism *m, VgAxisEnd end)
{
    const VgAxis *axis = m->study->axis;
    const VgAxisPlace *place = NULL;
    if (end.channel == VG_AXIS_NONE)
        place = &axis->node[end.node].place;
    else if (axis->channel[end.channel].n == 1)
        place = &axis->node[axis->channel[end.channel].node[0]].place;
    return place ? vg_axis_place_unit(m->result->arena, m->study, place) : "SD";
}

/* ---- at which visit ---- */

static size_t parent_visit(const VgStudy *study, const Parent *parent, size_t visit)
{
    size_t lag = parent->arrow->lag;
    if (lag > visit)
        return SIZE_MAX - 1; /* before the first */
    return study->visit[visit - lag].day <= 0 ? VG_AT_BASELINE : visit - lag;
}

static size_t count_measured(const VgMechanism *m, const Equation *e, size_t visit)
{
    size_t n = 0;
    if (m->study->visit[visit].day <= 0 || !end_measured(m->study, e->target, visit))
        return 0;
    for (size_t k = 0; k < e->n_parents; k++) {
        VgAxisEnd from = e->parent[k].arrow->from;
        size_t at = parent_visit(m->study, &e->parent[k], visit);
        n += is_component(m->study->axis, from) ||
             (at != SIZE_MAX - 1 && end_measured(m->study, from, at));
    }
    return 1 + n;
}

/* The plan's visit for what it is, if all parents are measured when their lags ask for it; else the nearest earlier one
 * where they are, then the nearest later one up to the outcome's; else where most are. */
static void choose_visit(const VgMechanism *m, Equation *e)
{
    bool symptom = e->target.node != VG_AXIS_NONE &&
                   (e->target.node == m->plan->outcome_node ||
                    m->study->axis->node[e->target.node].kind == VG_AXIS_SYMPTOM);
    size_t wanted = symptom ? m->plan->outcome_visit : m->plan->mediator_visit, most = 0;
    e->visit = SIZE_MAX;
    for (int later = 0; later < 2; later++)
        for (size_t k = 0; k < m->study->n_visits; k++) {
            size_t visit = later ? wanted + 1 + k : wanted - k;
            if (visit >= m->study->n_visits || (later && visit > m->plan->outcome_visit))
                break; /* `wanted − k` wraps round below the first */
            size_t n = count_measured(m, e, visit);
            if (n > most) {
                most = n;
                e->visit = visit;
            }
        }
}

/* ---- treatments ---- */

static bool has_arrow(const VgAxis *axis, const char *component)
{
    size_t node = vg_axis_find_node(axis, component);
    for (size_t a = 0; a < axis->n_arrows; a++)
        if (axis->arrow[a].from.node == node && node != VG_AXIS_NONE)
            return true;
    return false;
}

/* What treatments say of the arms: orthonormal columns over the arms in use. */
typedef struct Span {
    double *column; /* n × n_arms */
    size_t n, n_arms;
} Span;

/* Takes a column over the arms (left changed) into the span; false where it says nothing new. */
static bool span_more(Span *span, double *column)
{
    double left = 0;
    for (size_t k = 0; k < span->n; k++) {
        const double *own = span->column + k * span->n_arms;
        double product = 0;
        for (size_t a = 0; a < span->n_arms; a++)
            product += own[a] * column[a];
        for (size_t a = 0; a < span->n_arms; a++)
            column[a] -= product * own[a];
    }
    for (size_t a = 0; a < span->n_arms; a++)
        left += column[a] * column[a];
    for (size_t a = 0; left > 1e-9 && a < span->n_arms; a++)
        span->column[span->n * span->n_arms + a] = column[a] / sqrt(left);
    span->n += left > 1e-9;
    return left > 1e-9;
}

/* 1 in the arms in use that have the component (SIZE_MAX: in all of them). */
static void over_arms(const VgMechanism *m, size_t component, const bool *keep, double *column)
{
    const VgStudy *study = m->study;
    memset(column, 0, study->n_arms * sizeof *column);
    for (size_t i = 0; i < study->n_participants; i++) {
        const VgArm *arm = keep[i] ? &study->arm[study->arm_of[i]] : NULL;
        for (size_t k = 0; arm && k < arm->n_components; k++)
            if (arm->component[k] == component)
                column[study->arm_of[i]] = 1;
        if (arm && component == SIZE_MAX)
            column[study->arm_of[i]] = 1;
    }
}

static bool varies(const double *used, const double *column, size_t n_arms)
{
    bool seen[2] = {false, false};
    for (size_t a = 0; a < n_arms; a++)
        if (used[a] > 0)
            seen[column[a] > 0] = true;
    return seen[0] && seen[1];
}

/* All components that some have and others have not. Those without arrows, such as a placebo's capsule, only as far as they
 * say more than the others: they must not hide what is asked about. */
static VgStatus add_treatments(VgMechanism *m, VgColumns *columns, const bool *keep, VgError *error)
{
    const VgStudy *study = m->study;
    Span span = {VG_NEW(m->arena, double, study->n_arms *(study->n_components + 1)), 0,
                 study->n_arms};
    double *column = VG_NEW(m->arena, double, study->n_arms);
    double *used = VG_NEW(m->arena, double, study->n_arms);
    if (!span.column || !column || !used)
        return vg_fail_memory(error);
    over_arms(m, SIZE_MAX, keep, used);
    memcpy(column, used, study->n_arms * sizeof *column);
    span_more(&span, column);
    for (int with = 1; with >= 0; with--)
        for (size_t k = 0; k < study->n_components; k++) {
            bool asked =
                k == m->plan->component || has_arrow(study->axis, study->component[k].name);
            if (asked != (with == 1))
                continue;
            over_arms(m, k, keep, column);
            bool some = varies(used, column, study->n_arms), more = span_more(&span, column);
            if (!some || (!more && !asked))
                continue;
            double *given = vg_mechanism_given(m, k);
            if (!given || !vg_columns_term(columns, study->component[k].name, given))
                return vg_fail_memory(error);
        }
    return VG_OK;
}

/* ---- one equation ---- */

static VgStatus add_end(VgMechanism *m, VgColumns *columns, VgAxisEnd end, size_t visit,
                        const char **column, VgError *error)
{
    double *value;
    const char *name = vg_axis_end_name(m->study->axis, end);
    const char *at = visit == VG_AT_BASELINE ? "baseline" : m->study->visit[visit].name;
    VG_TRY(end_values(m, end, visit, &value, error));
    name = vg_arena_printf(m->arena, "%s at %s", name, at);
    if (name && vg_table_column(&columns->table, name)) {
        *column = name; /* it acts with two lags, or its baseline is a parent */
        return VG_OK;
    }
    *column = name ? vg_columns_term(columns, name, value) : NULL;
    return *column ? VG_OK : vg_fail_memory(error);
}

static VgStatus add_parents(VgMechanism *m, VgColumns *columns, Equation *e, VgError *error)
{
    const VgAxis *axis = m->study->axis;
    const char *unused;
    for (size_t k = 0; k < e->n_parents; k++) {
        Parent *parent = &e->parent[k];
        VgAxisEnd from = parent->arrow->from;
        parent->visit = e->visit;
        if (is_component(axis, from)) {
            parent->column = axis->node[from.node].name;
            continue;
        }
        parent->visit = parent_visit(m->study, parent, e->visit);
        if (parent->visit == SIZE_MAX - 1 || !end_measured(m->study, from, parent->visit)) {
            parent->note = vg_arena_printf(
                m->result->arena, "%s is not measured %s", label_of(axis, from),
                parent->visit >= SIZE_MAX - 1
                    ? "that early"
                    : vg_arena_printf(m->arena, "at %s", m->study->visit[parent->visit].name));
            e->lacking = e->lacking ? vg_arena_printf(m->result->arena, "%s, %s", e->lacking,
                                                      label_of(axis, from))
                                    : label_of(axis, from);
            continue;
        }
        VG_TRY(add_end(m, columns, from, parent->visit, &parent->column, error));
        e->randomised = false;
    }
    for (size_t k = 0; m->plan->baseline && k < e->n_parents; k++)
        if (!is_component(axis, e->parent[k].arrow->from) && e->parent[k].column &&
            end_measured(m->study, e->parent[k].arrow->from, VG_AT_BASELINE))
            VG_TRY(add_end(m, columns, e->parent[k].arrow->from, VG_AT_BASELINE, &unused, error));
    if (m->plan->baseline && end_measured(m->study, e->target, VG_AT_BASELINE))
        VG_TRY(add_end(m, columns, e->target, VG_AT_BASELINE, &unused, error));
    return VG_OK;
}

static VgStatus add_causes(VgMechanism *m, VgColumns *columns, const Equation *e, const bool *keep,
                           VgError *error)
{
    bool *acts = VG_NEW(m->arena, bool, m->study->axis->n_nodes);
    if (!acts)
        return vg_fail_memory(error);
    vg_mechanism_causes(m->study->axis, e->target, acts);
    for (size_t k = 0; k < e->n_parents; k++)
        vg_mechanism_causes(m->study->axis, e->parent[k].arrow->from, acts);
    return vg_mechanism_covariates(m, columns, acts, keep, error);
}

static VgStatus fit_equation(VgMechanism *m, VgColumns *columns, Equation *e, const bool *keep,
                             VgLm **fit, double *target_sd, VgError *error)
{
    const VgStudy *study = m->study;
    double *target;
    VgDesign *design;
    VgLmOptions options = {0};
    bool *used = VG_NEW(m->arena, bool, study->n_participants);
    VG_TRY(add_treatments(m, columns, keep, error));
    VG_TRY(add_parents(m, columns, e, error));
    VG_TRY(add_causes(m, columns, e, keep, error));
    VG_TRY(end_values(m, e->target, e->visit, &target, error));
    const char *response =
        vg_columns_number(columns, vg_axis_end_name(study->axis, e->target), target);
    if (!response || !used)
        return vg_fail_memory(error);
    VG_TRY(vg_columns_design(columns, response, NULL, 0, keep, &design, error));
    VG_TRY(vg_lm_fit(m->arena, design, &options, fit, error));
    for (size_t r = 0; r < design->n_rows; r++)
        used[design->row[r]] = true;
    *target_sd = vg_axis_sd_within_arms(study, target, used);
    for (size_t k = 0; k < e->n_parents; k++)
        if (e->parent[k].column)
            e->parent[k].sd = vg_axis_sd_within_arms(
                study, vg_table_column(&columns->table, e->parent[k].column)->number, used);
    return VG_OK;
}

/* ---- notes ---- */

static const char *and_note(VgMechanism *m, const char *note, const char *more)
{
    return note ? vg_arena_printf(m->result->arena, "%s; %s", note, more) : more;
}

/* Whether what `cause` acts on, along ways that pass nothing measured, holds the end. */
static bool reaches(const VgAxis *axis, const bool *reached, VgAxisEnd end)
{
    if (end.channel == VG_AXIS_NONE)
        return reached[end.node];
    for (size_t k = 0; k < axis->channel[end.channel].n; k++)
        if (reached[axis->channel[end.channel].node[k]])
            return true;
    return false;
}

/* Unmeasured nodes that act on both ends, in words; NULL when there is none. */
static const char *shared_causes(VgMechanism *m, const VgAxisArrow *arrow)
{
    const VgAxis *axis = m->study->axis;
    bool *reached = VG_NEW(m->arena, bool, axis->n_nodes);
    bool *stop = VG_NEW(m->arena, bool, axis->n_nodes);
    bool had = reached && stop;
    const char *causes = NULL;
    for (size_t k = 0; had && k < axis->n_nodes; k++)
        stop[k] = axis->node[k].place.source != VG_AXIS_UNMEASURED;
    for (size_t k = 0; had && k < axis->n_nodes; k++) {
        if (stop[k])
            continue;
        memset(reached, 0, axis->n_nodes * sizeof *reached);
        vg_axis_reach(axis, k, stop, reached);
        if (reaches(axis, reached, arrow->from) && reaches(axis, reached, arrow->to))
            causes = vg_arena_printf(m->result->arena, "%s%s%s", causes ? causes : "",
                                     causes ? ", " : "", axis->node[k].label);
    }
    return causes;
}

static const char *notes(VgMechanism *m, const Equation *e, const Parent *parent)
{
    const VgAxis *axis = m->study->axis;
    const VgAxisArrow *arrow = parent->arrow;
    VgArena *arena = m->result->arena;
    const char *note = parent->note, *by = NULL;
    if (!note && !e->randomised && is_component(axis, arrow->from))
        note = "with what else acts on it held";
    if (!parent->note && e->lacking && is_component(axis, arrow->from))
        note = and_note(m, note,
                        vg_arena_printf(arena,
                                        "with what goes through %s, which is not in the "
                                        "model",
                                        e->lacking));
    const char *causes = is_component(axis, arrow->from) ? NULL : shared_causes(m, arrow);
    if (causes)
        note = and_note(m, note,
                        vg_arena_printf(arena,
                                        "not identified: %s acts on both and is "
                                        "not measured",
                                        causes));
    for (size_t k = 0; k < arrow->n_moderations; k++)
        by = vg_arena_printf(arena, "%s%s%s", by ? by : "", by ? ", " : "",
                             axis->node[arrow->moderation[k].node].label);
    if (!is_component(axis, arrow->from) && parent->column && parent->visit == e->visit)
        note = and_note(m, note, "measured at the same visit: it may run the other way");
    if (by)
        note =
            and_note(m, note, vg_arena_printf(arena, "moderated by %s: the effect on average", by));
    return note;
}

/* ---- rows ---- */

static const char *visit_name(const VgStudy *study, size_t visit)
{
    if (visit == VG_AT_BASELINE)
        return "baseline";
    return visit < study->n_visits ? study->visit[visit].name : NULL;
}

static VgDataset *edges(VgMechanism *m)
{
    static const char *const COLUMN[] = {"from",
                                         "to",
                                         "#lag",
                                         "from_visit",
                                         "to_visit",
                                         "#estimate",
                                         "#se",
                                         "#lower",
                                         "#upper",
                                         "#p",
                                         "unit",
                                         "#standardised",
                                         "#standardised_lower",
                                         "#standardised_upper",
                                         "#n",
                                         "status",
                                         "note"};
    return vg_result_dataset(m->result, m->plan->id, "axis_edges", COLUMN,
                             sizeof COLUMN / sizeof *COLUMN);
}

static void begin_edge(VgMechanism *m, const Equation *e, Parent *parent)
{
    const VgAxis *axis = m->study->axis;
    VgResult *result = m->result;
    VgDataset *set = edges(m);
    vg_dataset_row(result, set);
    vg_dataset_set_text(result, set, "from", vg_axis_end_name(axis, parent->arrow->from));
    vg_dataset_set_text(result, set, "to", vg_axis_end_name(axis, parent->arrow->to));
    vg_dataset_set_number(result, set, "lag", (double)parent->arrow->lag);
    vg_dataset_set_text(result, set, "to_visit", visit_name(m->study, e->visit));
    if (parent->column && !is_component(axis, parent->arrow->from))
        vg_dataset_set_text(result, set, "from_visit", visit_name(m->study, parent->visit));
    vg_dataset_set_text(result, set, "note", notes(m, e, parent));
    vg_dataset_set_text(result, set, "status", "not estimated");
}

/* A parent's coefficient. Not told where it is aliased with others, or others with it: of two treatments that part all
 * participants between them only the difference can be had. */
static VgStatus coefficient_of(VgMechanism *m, const Parent *parent, const VgLm *fit,
                               VgInference *answer, bool *told, VgError *error)
{
    size_t j = parent->column ? vg_columns_find(fit->design, parent->column) : SIZE_MAX;
    *told = j != SIZE_MAX && !fit->design->aliased[j];
    if (!*told)
        return VG_OK;
    double *l = VG_NEW(m->arena, double, fit->design->p);
    VgFittedModel model = vg_lm_model(fit);
    VgError why = {0};
    if (!l)
        return vg_fail_memory(error);
    l[j] = 1;
    VgStatus status = model.contrast(model.fit, l, m->result->level, answer, &why);
    *told = status == VG_OK;
    if (status == VG_OK || status == VG_NOT_ESTIMABLE)
        return VG_OK;
    if (error)
        *error = why;
    return status;
}

static VgStatus write_edge(VgMechanism *m, const Equation *e, Parent *parent, const VgLm *fit,
                           double target_sd, VgError *error)
{
    const VgAxis *axis = m->study->axis;
    VgResult *result = m->result;
    bool component = is_component(axis, parent->arrow->from), told;
    VgInference answer;
    VG_TRY(coefficient_of(m, parent, fit, &answer, &told, error));
    if (parent->column && !told)
        parent->note = component ? "cannot be told from the other treatments: every participant "
                                   "had one of them, they always come together, or all have it"
                                 : "cannot be told from what else is in the model";
    begin_edge(m, e, parent);
    if (!told)
        return VG_OK;
    double scale = (component ? 1 : parent->sd) / target_sd;
    const char *unit = unit_of(m, parent->arrow->to), *per = unit_of(m, parent->arrow->from);
    if (!component && unit)
        unit = vg_arena_printf(result->arena, "%s per %s", unit, per ? per : "unit");
    VgDataset *set = edges(m);
    vg_dataset_set_number(result, set, "estimate", answer.estimate);
    vg_dataset_set_number(result, set, "se", answer.se);
    vg_dataset_set_number(result, set, "lower", answer.lower);
    vg_dataset_set_number(result, set, "upper", answer.upper);
    vg_dataset_set_number(result, set, "p", answer.p);
    vg_dataset_set_text(result, set, "unit", unit);
    vg_dataset_set_number(result, set, "standardised", scale * answer.estimate);
    vg_dataset_set_number(result, set, "standardised_lower", scale * answer.lower);
    vg_dataset_set_number(result, set, "standardised_upper", scale * answer.upper);
    vg_dataset_set_number(result, set, "n", (double)fit->n);
    vg_dataset_set_text(result, set, "status",
                        e->randomised && component ? "randomised" : "assumed");
    return VG_OK;
}

/* An equation that cannot be had leaves its arrows with the reason. */
static VgStatus write_equation(VgMechanism *m, Equation *e, const bool *keep, VgError *error)
{
    const VgAxis *axis = m->study->axis;
    VgColumns columns;
    VgLm *fit = NULL;
    VgError own = {0};
    double target_sd = NAN;
    choose_visit(m, e);
    VgStatus status = VG_OK;
    if (e->visit != SIZE_MAX) {
        status = vg_columns_begin(m->arena, m->study, &columns, &own);
        if (status == VG_OK)
            status = fit_equation(m, &columns, e, keep, &fit, &target_sd, &own);
        vg_columns_end(&columns);
    }
    if (status == VG_NO_MEMORY)
        return vg_fail_memory(error);
    for (size_t k = 0; k < e->n_parents; k++) {
        Parent *parent = &e->parent[k];
        if (e->visit != SIZE_MAX && status == VG_OK) {
            VG_TRY(write_edge(m, e, parent, fit, target_sd, error));
            continue;
        }
        parent->note = status == VG_OK
                           ? vg_arena_printf(m->result->arena, "%s is not measured after baseline",
                                             label_of(axis, e->target))
                           : vg_arena_strdup(m->result->arena, own.message);
        parent->column = NULL;
        begin_edge(m, e, parent);
    }
    return VG_OK;
}

/* ---- nodes ---- */

/* How many have a value where the node stands in the plan: mediators' visit, or the outcome's. */
static VgStatus count_values(VgMechanism *m, VgAxisEnd end, const char **visit, double *n,
                             VgError *error)
{
    const VgAxis *axis = m->study->axis;
    VgAxisKind kind = end.channel != VG_AXIS_NONE ? VG_AXIS_MARKER : axis->node[end.node].kind;
    const VgAxisPlace *place = end.node != VG_AXIS_NONE ? &axis->node[end.node].place : NULL;
    bool baseline = kind == VG_AXIS_MODERATOR || kind == VG_AXIS_CONFOUNDER;
    size_t at = kind == VG_AXIS_SYMPTOM ? m->plan->outcome_visit : m->plan->mediator_visit;
    *visit = NULL;
    *n = NAN;
    if (kind == VG_AXIS_COMPONENT || (place && place->source == VG_AXIS_UNMEASURED))
        return VG_OK;
    *n = 0;
    if (place && place->source == VG_AXIS_BY_COLUMN) {
        const VgColumn *column = vg_table_column(m->study->participants, place->column);
        for (size_t i = 0; column && i < m->study->n_participants; i++)
            *n += m->study->arm_of[i] >= 0 && !vg_column_is_missing(column, i);
        return VG_OK;
    }
    double *value;
    VG_TRY(end_values(m, end, baseline ? VG_AT_BASELINE : at, &value, error));
    for (size_t i = 0; i < m->study->n_participants; i++)
        *n += m->study->arm_of[i] >= 0 && !isnan(value[i]);
    *visit = baseline ? "baseline" : m->study->visit[at].name;
    return VG_OK;
}

static const char *markers_of(VgMechanism *m, size_t channel)
{
    const VgAxis *axis = m->study->axis;
    const char *list = NULL;
    for (size_t k = 0; k < axis->channel[channel].n; k++) {
        const VgAxisNode *node = &axis->node[axis->channel[channel].node[k]];
        list = vg_arena_printf(m->result->arena, "%s%s%s%s", list ? list : "", list ? ", " : "",
                               node->sign < 0 ? "−" : "", node->name);
    }
    return list;
}

static const char *detail_of(VgMechanism *m, VgAxisEnd end)
{
    const VgAxis *axis = m->study->axis;
    if (end.channel != VG_AXIS_NONE)
        return markers_of(m, end.channel);
    const VgAxisNode *node = &axis->node[end.node];
    if (node->kind == VG_AXIS_COMPONENT && !isnan(node->dose))
        return vg_arena_printf(m->result->arena, "%g %s", node->dose, node->unit);
    if (node->kind == VG_AXIS_FUNCTION)
        return node->module;
    return node->kind != VG_AXIS_COMPONENT && node->place.source == VG_AXIS_UNMEASURED
               ? "not measured"
               : NULL;
}

static VgStatus write_node(VgMechanism *m, VgAxisEnd end, double *order, VgError *error)
{
    static const char *const COLUMN[] = {"name",  "label",  "sort",      "unit",
                                         "visit", "detail", "#measured", "#order"};
    const VgAxis *axis = m->study->axis;
    VgResult *result = m->result;
    double n;
    const char *visit;
    VG_TRY(count_values(m, end, &visit, &n, error));
    VgDataset *set = vg_result_dataset(result, m->plan->id, "axis_nodes", COLUMN, 8);
    vg_dataset_row(result, set);
    vg_dataset_set_text(result, set, "name", vg_axis_end_name(axis, end));
    vg_dataset_set_text(result, set, "label", label_of(axis, end));
    vg_dataset_set_text(result, set, "sort",
                        end.channel != VG_AXIS_NONE ? "channel"
                                                    : vg_axis_kind_name(axis->node[end.node].kind));
    if (end.channel != VG_AXIS_NONE || axis->node[end.node].kind != VG_AXIS_COMPONENT)
        vg_dataset_set_text(result, set, "unit", unit_of(m, end));
    vg_dataset_set_text(result, set, "visit", visit);
    vg_dataset_set_text(result, set, "detail", detail_of(m, end));
    vg_dataset_set_number(result, set, "measured", n);
    vg_dataset_set_number(result, set, "order", ++*order);
    return VG_OK;
}

/* Markers stand for themselves only where an arrow names them. */
static bool is_shown(const VgAxis *axis, size_t node)
{
    VgAxisEnd end = {node, VG_AXIS_NONE};
    bool shown = axis->node[node].kind != VG_AXIS_MARKER;
    for (size_t a = 0; !shown && a < axis->n_arrows; a++)
        shown = same_end(axis->arrow[a].from, end) || same_end(axis->arrow[a].to, end);
    return shown;
}

static VgStatus write_nodes(VgMechanism *m, VgError *error)
{
    static const VgAxisKind ORDER[] = {VG_AXIS_COMPONENT, VG_AXIS_FUNCTION,  VG_AXIS_MARKER,
                                       VG_AXIS_SYMPTOM,   VG_AXIS_MODERATOR, VG_AXIS_CONFOUNDER};
    const VgAxis *axis = m->study->axis;
    double order = 0;
    for (size_t k = 0; k < sizeof ORDER / sizeof *ORDER; k++) {
        for (size_t c = 0; ORDER[k] == VG_AXIS_MARKER && c < axis->n_channels; c++)
            VG_TRY(write_node(m, (VgAxisEnd){VG_AXIS_NONE, c}, &order, error));
        for (size_t i = 0; i < axis->n_nodes; i++)
            if (axis->node[i].kind == ORDER[k] && is_shown(axis, i))
                VG_TRY(write_node(m, (VgAxisEnd){i, VG_AXIS_NONE}, &order, error));
    }
    return VG_OK;
}

/* ---- the whole ---- */

static VgStatus write_edges(VgMechanism *m, const bool *keep, VgError *error)
{
    const VgAxis *axis = m->study->axis;
    bool *done = VG_NEW(m->arena, bool, axis->n_arrows + 1);
    Parent *parent = VG_NEW(m->arena, Parent, axis->n_arrows + 1);
    if (!done || !parent)
        return vg_fail_memory(error);
    for (size_t a = 0; a < axis->n_arrows; a++) {
        if (done[a] || !is_drawn(axis, axis->arrow[a].from))
            continue;
        Equation e = {.target = axis->arrow[a].to, .parent = parent, .randomised = true};
        for (size_t b = a; b < axis->n_arrows; b++) {
            if (!same_end(axis->arrow[b].to, e.target) || !is_drawn(axis, axis->arrow[b].from))
                continue;
            parent[e.n_parents++] = (Parent){.arrow = &axis->arrow[b], .sd = NAN};
            done[b] = true;
        }
        VgArenaMark mark = vg_arena_mark(m->arena);
        VgStatus status = write_equation(m, &e, keep, error);
        vg_arena_rewind(m->arena, mark);
        VG_TRY(status);
    }
    return VG_OK;
}

VgStatus vg_mechanism_edges(VgMechanism *m, VgError *error)
{
    bool *keep = VG_NEW(m->arena, bool, m->study->n_participants);
    if (!keep)
        return vg_fail_memory(error);
    for (size_t i = 0; i < m->study->n_participants; i++)
        keep[i] = m->study->arm_of[i] >= 0;
    VG_TRY(write_nodes(m, error));
    return write_edges(m, keep, error);
}
