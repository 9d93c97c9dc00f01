/* Effects as declared, in standardised or natural units, into SDs of the target for one SD of the source (or one full
 * dose of a component).
 *
 *  unit: sd                       SDs for one SD, or one full dose
 *  unit: points                   of a component: target units for the full dose
 *  unit: points per umol/g        target units for one source unit; "per sd" for one SD
 *  unit: sd per 1e9 CFU/day       of a component with a dose: for that much of it
 *  unit: %                        of a log-normal target: change of its median */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "study/design.h"

typedef struct Side {
    const VgAxisNode *node; /* NULL: a channel, whose score has no unit but SDs */
    const char *name;
} Side;

static Side side_of(const VgAxis *axis, VgAxisEnd end)
{
    return (Side){end.channel == VG_AXIS_NONE ? &axis->node[end.node] : NULL,
                  vg_axis_end_name(axis, end)};
}

static const char *unit_of(const Side *side)
{
    return side->node && side->node->unit ? side->node->unit : "sd";
}

/* One target unit in SDs. False when `unit` is not the target's. */
static bool target_scale(const Side *to, const char *unit, double *scale, bool *percent)
{
    *percent = false;
    if (strcmp(unit, "sd") == 0) {
        *scale = 1;
        return true;
    }
    if (!to->node)
        return false;
    const VgAxisDistribution *x = &to->node->distribution;
    *percent = strcmp(unit, "%") == 0 && x->shape == VG_AXIS_LOGNORMAL;
    *scale = 1 / x->sd;
    return *percent ||
           (x->shape == VG_AXIS_NORMAL && to->node->unit && strcmp(unit, to->node->unit) == 0);
}

/* What "per …" divides by, in SDs of the source or full doses. */
static bool source_scale(const Side *from, const char *unit, double *scale)
{
    *scale = 1;
    if (strcmp(unit, "sd") == 0)
        return from->node == NULL || from->node->kind != VG_AXIS_COMPONENT;
    if (!from->node)
        return false;
    char *end;
    double number = strtod(unit, &end);
    if (end == unit)
        number = 1;
    while (*end == ' ')
        end++;
    if (!from->node->unit || strcmp(end, from->node->unit) != 0 || !(number > 0))
        return false;
    if (from->node->kind == VG_AXIS_COMPONENT) {
        *scale = number / from->node->dose;
        return isfinite(from->node->dose);
    }
    *scale = number / from->node->distribution.sd;
    return from->node->distribution.shape != VG_AXIS_LOGNORMAL;
}

static void refuse(VgDesignReader *d, const VgAxisArrow *arrow, const Side *from, const Side *to)
{
    const char *source = unit_of(from);
    vg_study_problem(
        d->reader, VG_INVALID_INPUT, arrow->line,
        "the effect of %s on %s is in `%s`, which cannot be turned into their units (%s, %s)",
        from->node && from->node->kind == VG_AXIS_COMPONENT
            ? "unit: sd, the target's unit (for the full dose), or: TARGET per 1e9 DOSE"
            : "unit: sd, or: TARGET per SOURCE with the units of both (channels and log-normal "
              "nodes: sd)",
        from->name, to->name, arrow->unit, source, unit_of(to));
}

static void convert(VgDesignReader *d, VgAxisArrow *arrow)
{
    static const char PER[] = " per ";
    if (isnan(arrow->declared) || !arrow->unit)
        return; /* told */
    Side from = side_of(d->axis.axis, arrow->from), to = side_of(d->axis.axis, arrow->to);
    const char *per = strstr(arrow->unit, PER);
    const char *left =
        per ? vg_arena_strndup(d->reader->arena, arrow->unit, (size_t)(per - arrow->unit))
            : arrow->unit;
    if (!left) {
        vg_study_no_memory(d->reader);
        return;
    }
    double target, source = 1;
    bool percent, component = from.node && from.node->kind == VG_AXIS_COMPONENT;
    bool known = target_scale(&to, left, &target, &percent);
    if (per)
        known = known && source_scale(&from, per + sizeof PER - 1, &source);
    else if (!component && strcmp(left, "sd") != 0)
        known = false; /* of one what? */
    if (!known) {
        refuse(d, arrow, &from, &to);
        return;
    }
    double factor = target / source;
    if (percent && !(arrow->declared > -100)) {
        vg_study_problem(d->reader, VG_INVALID_INPUT, arrow->line,
                         "an effect of %g %% leaves nothing of %s", "write more than -100",
                         arrow->declared, to.name);
        return;
    }
    if (percent) {
        arrow->effect = log1p(arrow->declared / 100) * factor;
        for (size_t i = 0; i < arrow->n_moderations; i++)
            arrow->moderation[i].effect =
                log1p((arrow->declared + arrow->moderation[i].effect) / 100) * factor -
                arrow->effect;
        return;
    }
    arrow->effect = arrow->declared * factor;
    for (size_t i = 0; i < arrow->n_moderations; i++)
        arrow->moderation[i].effect *= factor;
}

void vg_design_convert_effects(VgDesignReader *d)
{
    for (size_t a = 0; a < d->axis.axis->n_arrows; a++)
        convert(d, &d->axis.axis->arrow[a]);
}
