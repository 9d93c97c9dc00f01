/* Every declared arrow with its estimate, from the equation of its target (mechanism_equations.c).
 *
 * Where only treatments act on a target, their arrows rest on randomisation. Where something else acts on it too, every
 * arrow into it, a treatment's as well, is an effect with the others held, and needs that no unmeasured cause is shared. */
#include <math.h>
#include <string.h>

#include "mechanism/mechanism_edges.h"

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

static const char *notes(VgMechanism *m, const VgMechanismEquation *e,
                         const VgMechanismParent *parent)
{
    const VgAxis *axis = m->study->axis;
    const VgAxisArrow *arrow = parent->arrow;
    VgArena *arena = m->result->arena;
    const char *note = parent->note, *by = NULL;
    if (!note && !e->randomised && vg_mechanism_is_component(axis, arrow->from))
        note = "with what else acts on it held";
    if (!parent->note && e->lacking && vg_mechanism_is_component(axis, arrow->from))
        note = and_note(m, note,
                        vg_arena_printf(arena,
                                        "with what goes through %s, which is not in the "
                                        "model",
                                        e->lacking));
    const char *causes =
        vg_mechanism_is_component(axis, arrow->from) ? NULL : shared_causes(m, arrow);
    if (causes)
        note = and_note(m, note,
                        vg_arena_printf(arena,
                                        "not identified: %s acts on both and is "
                                        "not measured",
                                        causes));
    for (size_t k = 0; k < arrow->n_moderations; k++)
        by = vg_arena_printf(arena, "%s%s%s", by ? by : "", by ? ", " : "",
                             axis->node[arrow->moderation[k].node].label);
    if (!vg_mechanism_is_component(axis, arrow->from) && parent->column &&
        parent->visit == e->visit)
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

static void begin_edge(VgMechanism *m, const VgMechanismEquation *e, VgMechanismParent *parent)
{
    const VgAxis *axis = m->study->axis;
    VgResult *result = m->result;
    VgDataset *set = edges(m);
    vg_dataset_row(result, set);
    vg_dataset_set_text(result, set, "from", vg_axis_end_name(axis, parent->arrow->from));
    vg_dataset_set_text(result, set, "to", vg_axis_end_name(axis, parent->arrow->to));
    vg_dataset_set_number(result, set, "lag", (double)parent->arrow->lag);
    vg_dataset_set_text(result, set, "to_visit", visit_name(m->study, e->visit));
    if (parent->column && !vg_mechanism_is_component(axis, parent->arrow->from))
        vg_dataset_set_text(result, set, "from_visit", visit_name(m->study, parent->visit));
    vg_dataset_set_text(result, set, "note", notes(m, e, parent));
    vg_dataset_set_text(result, set, "status", "not estimated");
}

/* A parent's coefficient. Not told where it is aliased with others, or others with it: of two treatments that part all
 * participants between them only the difference can be had. */
static VgStatus coefficient_of(VgMechanism *m, const VgMechanismParent *parent, const VgLm *fit,
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

static VgStatus write_edge(VgMechanism *m, const VgMechanismEquation *e, VgMechanismParent *parent,
                           const VgLm *fit, double target_sd, VgError *error)
{
    const VgAxis *axis = m->study->axis;
    VgResult *result = m->result;
    bool component = vg_mechanism_is_component(axis, parent->arrow->from), told;
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
    const char *unit = vg_mechanism_end_unit(m, parent->arrow->to),
               *per = vg_mechanism_end_unit(m, parent->arrow->from);
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
static VgStatus write_equation(VgMechanism *m, VgMechanismEquation *e, const bool *keep,
                               VgError *error)
{
    const VgAxis *axis = m->study->axis;
    VgColumns columns;
    VgLm *fit = NULL;
    VgError own = {0};
    double target_sd = NAN;
    vg_mechanism_choose_visit(m, e);
    VgStatus status = VG_OK;
    if (e->visit != SIZE_MAX) {
        status = vg_columns_begin(m->arena, m->study, &columns, &own);
        if (status == VG_OK)
            status = vg_mechanism_fit_equation(m, &columns, e, keep, &fit, &target_sd, &own);
        vg_columns_end(&columns);
    }
    if (status == VG_NO_MEMORY)
        return vg_fail_memory(error);
    for (size_t k = 0; k < e->n_parents; k++) {
        VgMechanismParent *parent = &e->parent[k];
        if (e->visit != SIZE_MAX && status == VG_OK) {
            VG_TRY(write_edge(m, e, parent, fit, target_sd, error));
            continue;
        }
        parent->note = status == VG_OK
                           ? vg_arena_printf(m->result->arena, "%s is not measured after baseline",
                                             vg_mechanism_end_label(axis, e->target))
                           : vg_arena_strdup(m->result->arena, own.message);
        parent->column = NULL;
        begin_edge(m, e, parent);
    }
    return VG_OK;
}
/* ---- the whole ---- */

/* Components, functions, channels, markers, symptoms: not what is only known at baseline. */
static bool is_drawn(const VgAxis *axis, VgAxisEnd end)
{
    return end.channel != VG_AXIS_NONE || (axis->node[end.node].kind != VG_AXIS_MODERATOR &&
                                           axis->node[end.node].kind != VG_AXIS_CONFOUNDER);
}

static VgStatus write_edges(VgMechanism *m, const bool *keep, VgError *error)
{
    const VgAxis *axis = m->study->axis;
    bool *done = VG_NEW(m->arena, bool, axis->n_arrows + 1);
    VgMechanismParent *parent = VG_NEW(m->arena, VgMechanismParent, axis->n_arrows + 1);
    if (!done || !parent)
        return vg_fail_memory(error);
    for (size_t a = 0; a < axis->n_arrows; a++) {
        if (done[a] || !is_drawn(axis, axis->arrow[a].from))
            continue;
        VgMechanismEquation e = {.target = axis->arrow[a].to, .parent = parent, .randomised = true};
        for (size_t b = a; b < axis->n_arrows; b++) {
            if (!vg_mechanism_same_end(axis->arrow[b].to, e.target) ||
                !is_drawn(axis, axis->arrow[b].from))
                continue;
            parent[e.n_parents++] = (VgMechanismParent){.arrow = &axis->arrow[b], .sd = NAN};
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
    VG_TRY(vg_mechanism_nodes(m, error));
    return write_edges(m, keep, error);
}
