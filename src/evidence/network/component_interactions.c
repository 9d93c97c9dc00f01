/* Interactions as columns of the component design.
 *
 * A side is a component or, when no component has that name, all components of a type; the column is 1 for treatments that
 * hold a component of each side. Of two components it is the product of their columns (Rücker 2020); of types it is
 * one interaction for every such pair: the mean that their trials have in common. */
#include "evidence/network/component_internal.h"

#include <string.h>

#include "base/nearest.h"

static bool holds_any(const VgInteractionSide *side, const double *row, size_t stride)
{
    for (size_t i = 0; i < side->n; i++)
        if (row[side->component[i] * stride] != 0.0)
            return true;
    return false;
}

double vg_interaction_holds(const VgComponentEffect *interaction, const double *row, size_t stride)
{
    return holds_any(&interaction->side[0], row, stride) &&
                   holds_any(&interaction->side[1], row, stride)
               ? 1.0
               : 0.0;
}

static bool has_type(const VgComponentOptions *options, const char *component, const char *type)
{
    for (size_t i = 0; i < options->n_types; i++)
        if (strcmp(options->type[i].component, component) == 0 &&
            strcmp(options->type[i].type, type) == 0)
            return true;
    return false;
}

/* Neither a component nor a type: the nearest of both. */
static VgStatus unknown(VgArena *arena, const VgComponentOptions *options,
                        const VgComponentFit *fit, size_t n, const char *name, VgError *error)
{
    const char **component = VG_NEW(arena, const char *, n);
    const char **type = VG_NEW(arena, const char *, options->n_types);
    if (!component || !type)
        return vg_fail_memory(error);
    for (size_t c = 0; c < n; c++)
        component[c] = fit->component[c].name;
    for (size_t i = 0; i < options->n_types; i++)
        type[i] = options->type[i].type;
    const char *near = vg_nearest(name, component, n);
    const char *near_type = vg_nearest(name, type, options->n_types);
    return vg_fail(error, VG_INVALID_INPUT, "no treatment has the component \"%s\"%s%s%s%s%s%s%s%s",
                   options->n_types
                       ? "an interaction names components, which stand between the separators of "
                         "treatment names, or their declared types"
                       : "components are what stands between the separators of treatment names; "
                         "types of components have to be declared",
                   name, options->n_types ? ", nor is it their type" : "",
                   near || near_type ? "; did you mean " : "", near ? "\"" : "", near ? near : "",
                   near ? (near_type ? "\" or " : "\"?") : "", near_type ? "the type \"" : "",
                   near_type ? near_type : "", near_type ? "\"?" : "");
}

static VgStatus find_side(VgArena *arena, const VgComponentOptions *options,
                          const VgComponentFit *fit, size_t n, const char *name,
                          VgInteractionSide *side, VgError *error)
{
    size_t *component = VG_NEW(arena, size_t, n);
    bool declared = false;
    if (!component)
        return vg_fail_memory(error);
    *side = (VgInteractionSide){.name = name, .component = component};
    for (size_t c = 0; c < n && side->n == 0; c++)
        if (strcmp(fit->component[c].name, name) == 0)
            component[side->n++] = c;
    if (side->n)
        return VG_OK;
    side->is_type = true;
    for (size_t c = 0; c < n; c++)
        if (has_type(options, fit->component[c].name, name))
            component[side->n++] = c;
    for (size_t i = 0; i < options->n_types; i++)
        declared = declared || strcmp(options->type[i].type, name) == 0;
    if (declared && side->n == 0)
        return vg_fail(error, VG_INVALID_INPUT,
                       "no treatment has an active component of the type \"%s\"",
                       "check the names of the components of this type against the table", name);
    return side->n ? VG_OK : unknown(arena, options, fit, n, name, error);
}

static bool same_side(const VgInteractionSide *a, const VgInteractionSide *b)
{
    return a->n == b->n && memcmp(a->component, b->component, a->n * sizeof *a->component) == 0;
}

/* A component that stands on both sides; NULL when there is none. */
static const char *shared(const VgComponentFit *fit, const VgInteractionSide side[2])
{
    for (size_t i = 0; i < side[0].n; i++)
        for (size_t j = 0; j < side[1].n; j++)
            if (side[0].component[i] == side[1].component[j])
                return fit->component[side[0].component[i]].name;
    return NULL;
}

static VgStatus check_sides(const VgComponentFit *fit, size_t n, size_t i, VgError *error)
{
    const VgInteractionSide *own = fit->component[n + i].side;
    const char *first = own[0].name, *second = own[1].name, *both = shared(fit, own);
    if (both && !own[0].is_type && !own[1].is_type)
        return vg_fail(error, VG_INVALID_INPUT, "the interaction %s*%s is of one component",
                       "name two different components", first, second);
    if (both)
        return vg_fail(
            error, VG_INVALID_INPUT, "the interaction %s*%s has the component \"%s\" on both sides",
            "name two types, or a type and a component of another type", first, second, both);
    for (size_t j = 0; j < i; j++) {
        const VgInteractionSide *other = fit->component[n + j].side;
        if ((same_side(&own[0], &other[0]) && same_side(&own[1], &other[1])) ||
            (same_side(&own[0], &other[1]) && same_side(&own[1], &other[0])))
            return vg_fail(error, VG_INVALID_INPUT, "the interaction %s*%s is declared twice",
                           "declare each interaction once", first, second);
    }
    return VG_OK;
}

VgStatus vg_component_interactions(VgArena *arena, const VgNetwork *network,
                                   const VgComponentOptions *options, VgComponentFit *fit, size_t n,
                                   VgError *error)
{
    for (size_t i = 0; i < options->n_interactions; i++) {
        const char *first = options->interaction[i].first, *second = options->interaction[i].second;
        VgComponentEffect *effect = &fit->component[n + i];
        effect->interaction = true;
        VG_TRY(find_side(arena, options, fit, n, first, &effect->side[0], error));
        VG_TRY(find_side(arena, options, fit, n, second, &effect->side[1], error));
        VG_TRY(check_sides(fit, n, i, error));
        effect->name = vg_arena_printf(arena, "%s*%s", first, second);
        if (!effect->name)
            return vg_fail_memory(error);
        bool held = false;
        for (size_t t = 0; t < network->n_treatments; t++) {
            double both =
                vg_interaction_holds(effect, &VG_AT(fit->design, t, 0), fit->design.stride);
            VG_AT(fit->design, t, n + i) = both;
            held = held || both != 0.0;
        }
        if (!held)
            return vg_fail(error, VG_INVALID_INPUT, "no treatment has both %s and %s",
                           "an interaction can only be seen where a trial gave both together",
                           first, second);
    }
    return VG_OK;
}
