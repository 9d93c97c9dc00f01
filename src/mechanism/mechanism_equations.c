/* One linear equation for each target of arrows: of all its declared parents at the visits that their lags ask for, the
 * treatments, its own baseline and those of its parents, measured causes and covariates, in all randomised participants. */
#include <math.h>
#include <string.h>

#include "mechanism/mechanism_edges.h"

/* ---- at which visit ---- */

static size_t parent_visit(const VgStudy *study, const VgMechanismParent *parent, size_t visit)
{
    size_t lag = parent->arrow->lag;
    if (lag > visit)
        return SIZE_MAX - 1; /* before the first */
    return study->visit[visit - lag].day <= 0 ? VG_AT_BASELINE : visit - lag;
}

static size_t count_measured(const VgMechanism *m, const VgMechanismEquation *e, size_t visit)
{
    size_t n = 0;
    if (m->study->visit[visit].day <= 0 || !vg_mechanism_end_measured(m->study, e->target, visit))
        return 0;
    for (size_t k = 0; k < e->n_parents; k++) {
        VgAxisEnd from = e->parent[k].arrow->from;
        size_t at = parent_visit(m->study, &e->parent[k], visit);
        n += vg_mechanism_is_component(m->study->axis, from) ||
             (at != SIZE_MAX - 1 && vg_mechanism_end_measured(m->study, from, at));
    }
    return 1 + n;
}

/* The plan's visit for what it is, if all parents are measured when their lags ask for it; else the nearest earlier one
 * where they are, then the nearest later one up to the outcome's; else where most are. */
void vg_mechanism_choose_visit(const VgMechanism *m, VgMechanismEquation *e)
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
    VG_TRY(vg_mechanism_end_values(m, end, visit, &value, error));
    name = vg_arena_printf(m->arena, "%s at %s", name, at);
    if (name && vg_table_column(&columns->table, name)) {
        *column = name; /* it acts with two lags, or its baseline is a parent */
        return VG_OK;
    }
    *column = name ? vg_columns_term(columns, name, value) : NULL;
    return *column ? VG_OK : vg_fail_memory(error);
}

static VgStatus add_parents(VgMechanism *m, VgColumns *columns, VgMechanismEquation *e,
                            VgError *error)
{
    const VgAxis *axis = m->study->axis;
    const char *unused;
    for (size_t k = 0; k < e->n_parents; k++) {
        VgMechanismParent *parent = &e->parent[k];
        VgAxisEnd from = parent->arrow->from;
        parent->visit = e->visit;
        if (vg_mechanism_is_component(axis, from)) {
            parent->column = axis->node[from.node].name;
            continue;
        }
        parent->visit = parent_visit(m->study, parent, e->visit);
        if (parent->visit == SIZE_MAX - 1 ||
            !vg_mechanism_end_measured(m->study, from, parent->visit)) {
            parent->note = vg_arena_printf(
                m->result->arena, "%s is not measured %s", vg_mechanism_end_label(axis, from),
                parent->visit >= SIZE_MAX - 1
                    ? "that early"
                    : vg_arena_printf(m->arena, "at %s", m->study->visit[parent->visit].name));
            e->lacking = e->lacking ? vg_arena_printf(m->result->arena, "%s, %s", e->lacking,
                                                      vg_mechanism_end_label(axis, from))
                                    : vg_mechanism_end_label(axis, from);
            continue;
        }
        VG_TRY(add_end(m, columns, from, parent->visit, &parent->column, error));
        e->randomised = false;
    }
    for (size_t k = 0; m->plan->baseline && k < e->n_parents; k++)
        if (!vg_mechanism_is_component(axis, e->parent[k].arrow->from) && e->parent[k].column &&
            vg_mechanism_end_measured(m->study, e->parent[k].arrow->from, VG_AT_BASELINE))
            VG_TRY(add_end(m, columns, e->parent[k].arrow->from, VG_AT_BASELINE, &unused, error));
    if (m->plan->baseline && vg_mechanism_end_measured(m->study, e->target, VG_AT_BASELINE))
        VG_TRY(add_end(m, columns, e->target, VG_AT_BASELINE, &unused, error));
    return VG_OK;
}

static VgStatus add_causes(VgMechanism *m, VgColumns *columns, const VgMechanismEquation *e,
                           const bool *keep, VgError *error)
{
    bool *acts = VG_NEW(m->arena, bool, m->study->axis->n_nodes);
    if (!acts)
        return vg_fail_memory(error);
    vg_mechanism_causes(m->study->axis, e->target, acts);
    for (size_t k = 0; k < e->n_parents; k++)
        vg_mechanism_causes(m->study->axis, e->parent[k].arrow->from, acts);
    return vg_mechanism_covariates(m, columns, acts, keep, error);
}

VgStatus vg_mechanism_fit_equation(VgMechanism *m, VgColumns *columns, VgMechanismEquation *e,
                                   const bool *keep, VgLm **fit, double *target_sd, VgError *error)
{
    const VgStudy *study = m->study;
    double *target;
    VgDesign *design;
    VgLmOptions options = {0};
    bool *used = VG_NEW(m->arena, bool, study->n_participants);
    VG_TRY(add_treatments(m, columns, keep, error));
    VG_TRY(add_parents(m, columns, e, error));
    VG_TRY(add_causes(m, columns, e, keep, error));
    VG_TRY(vg_mechanism_end_values(m, e->target, e->visit, &target, error));
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
