/* Which treatment is made of what: the design matrix of the component model.
 *
 * A treatment's name is split at the separator; each component is a column, 1 where the treatment has it;
 * interactions follow (component_interactions.c). The inactive component has no column: a treatment of it alone is a row
 * of noughts. Without an inactive component additivity itself fixes the origin ("nothing at all" is nought), which is
 * another model: one parameter more where combinations are compared with their parts. Source: Rücker 2020. */
#include "evidence/network/component_internal.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/compare.h"
#include "base/map.h"
#include "base/nearest.h"
#include "numeric/linear_algebra.h"

VgStatus vg_component_names(VgArena *arena, const char *treatment, const char *separator,
                            const char ***name, size_t *n, VgError *error)
{
    size_t width = strlen(separator), most = strlen(treatment) / (width ? width : 1) + 1;
    const char **out = VG_NEW(arena, const char *, most);
    if (!out)
        return vg_fail_memory(error);
    *n = 0;
    for (const char *from = treatment; from;) {
        const char *to = width ? strstr(from, separator) : NULL;
        const char *next = to ? to + width : NULL, *end = to ? to : from + strlen(from);
        while (from < end && isspace((unsigned char)*from))
            from++;
        while (end > from && isspace((unsigned char)end[-1]))
            end--;
        if (end == from)
            return vg_fail(error, VG_INVALID_INPUT,
                           "\"%s\" has an empty component at the separator \"%s\"",
                           "write a component on both sides, or choose another separator",
                           treatment, separator);
        out[*n] = vg_arena_strndup(arena, from, (size_t)(end - from));
        if (!out[(*n)++])
            return vg_fail_memory(error);
        from = next;
    }
    *name = out;
    return VG_OK;
}

static size_t find_component(const VgComponentFit *fit, size_t n, const char *name)
{
    for (size_t c = 0; c < n; c++)
        if (strcmp(fit->component[c].name, name) == 0)
            return c;
    return n;
}

static VgStatus unknown(VgArena *arena, const VgComponentFit *fit, size_t n, const char *name,
                        const char *where, VgError *error)
{
    const char **names = VG_NEW(arena, const char *, n);
    if (!names)
        return vg_fail_memory(error);
    for (size_t c = 0; c < n; c++)
        names[c] = fit->component[c].name;
    const char *near = vg_nearest(name, names, n);
    return vg_fail(error, VG_INVALID_INPUT, "no treatment has the component \"%s\" (%s)%s%s%s",
                   "components are what stands between the separators of treatment names", name,
                   where, near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static VgStatus check_inactive(VgArena *arena, const VgMap *seen, const char *inactive,
                               VgError *error)
{
    if (!inactive || vg_map_find(seen, inactive, strlen(inactive)) >= 0)
        return VG_OK;
    size_t n = vg_map_size(seen);
    const char **names = VG_NEW(arena, const char *, n);
    if (!names)
        return vg_fail_memory(error);
    for (size_t c = 0; c < n; c++)
        names[c] = vg_map_key(seen, c);
    const char *near = vg_nearest(inactive, names, n);
    return vg_fail(error, VG_INVALID_INPUT,
                   "the inactive treatment \"%s\" is not in the network%s%s%s",
                   "name the treatment that counts as nought as the table spells it", inactive,
                   near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static VgStatus count_holders(VgArena *arena, const VgNetwork *network, VgComponentFit *fit,
                              VgError *error)
{
    bool *in = VG_NEW(arena, bool, fit->n_components);
    if (!in)
        return vg_fail_memory(error);
    for (size_t t = 0; t < network->n_treatments; t++)
        for (size_t c = 0; c < fit->n_components; c++)
            fit->component[c].treatments += VG_AT(fit->design, t, c) != 0.0;
    for (size_t s = 0; s < network->n_trials; s++) {
        memset(in, 0, fit->n_components * sizeof *in);
        for (size_t a = 0; a < network->trial[s].n_arms; a++)
            for (size_t c = 0; c < fit->n_components; c++)
                in[c] = in[c] || VG_AT(fit->design, network->trial[s].arm[a], c) != 0.0;
        for (size_t c = 0; c < fit->n_components; c++)
            fit->component[c].studies += in[c];
    }
    return VG_OK;
}

VgStatus vg_component_design(VgArena *arena, const VgNetwork *network,
                             const VgComponentOptions *options, VgComponentFit *fit,
                             VgComponentModel *model, VgError *error)
{
    VgMap *seen = vg_map_create(arena);
    const char ***of = VG_NEW(arena, const char **, network->n_treatments);
    size_t *n_of = VG_NEW(arena, size_t, network->n_treatments), n = 0;
    if (!seen || !of || !n_of)
        return vg_fail_memory(error);
    for (size_t t = 0; t < network->n_treatments; t++) {
        VG_TRY(vg_component_names(arena, network->node[t].name, model->separator, &of[t], &n_of[t],
                                  error));
        for (size_t k = 0; k < n_of[t]; k++)
            if (vg_map_add(seen, of[t][k], strlen(of[t][k])) < 0)
                return vg_fail_memory(error);
    }
    VG_TRY(check_inactive(arena, seen, model->inactive, error));
    const char **names = VG_NEW(arena, const char *, vg_map_size(seen));
    fit->component = VG_NEW(arena, VgComponentEffect, vg_map_size(seen) + options->n_interactions);
    if (!names || !fit->component)
        return vg_fail_memory(error);
    for (size_t i = 0; i < vg_map_size(seen); i++)
        if (!vg_same_text(vg_map_key(seen, i), model->inactive))
            names[n++] = vg_map_key(seen, i);
    if (n == 0)
        return vg_fail(error, VG_INVALID_INPUT, "the network has no active component",
                       "the inactive treatment cannot be all there is");
    qsort(names, n, sizeof *names, vg_compare_texts);
    for (size_t c = 0; c < n; c++)
        fit->component[c].name = names[c];
    model->n_single = n;
    fit->n_components = n + options->n_interactions;
    fit->design = vg_matrix_new(arena, network->n_treatments, fit->n_components);
    if (!fit->design.data)
        return vg_fail_memory(error);
    for (size_t t = 0; t < network->n_treatments; t++)
        for (size_t k = 0; k < n_of[t]; k++) {
            size_t c = find_component(fit, n, of[t][k]);
            if (c < n)
                VG_AT(fit->design, t, c) = 1.0;
        }
    VG_TRY(vg_component_interactions(arena, network, options, fit, n, error));
    return count_holders(arena, network, fit, error);
}

VgStatus vg_component_row(const VgComponentFit *fit, const char *combination, double *row,
                          VgError *error)
{
    const VgComponentModel *model = fit->internal_;
    memset(row, 0, fit->n_components * sizeof *row);
    if (!combination)
        return VG_OK;
    VgArenaMark mark = vg_arena_mark(model->arena);
    const char **name;
    size_t n;
    VgStatus status =
        vg_component_names(model->arena, combination, model->separator, &name, &n, error);
    for (size_t k = 0; k < n && status == VG_OK; k++) {
        size_t c = find_component(fit, model->n_single, name[k]);
        if (c < model->n_single)
            row[c] = 1.0;
        else if (!vg_same_text(name[k], model->inactive))
            status = unknown(model->arena, fit, model->n_single, name[k], combination, error);
    }
    vg_arena_rewind(model->arena, mark);
    for (size_t c = model->n_single; c < fit->n_components && status == VG_OK; c++)
        row[c] = vg_interaction_holds(&fit->component[c], row, 1);
    return status;
}
