/* A network from studies: treatments in order, arms in order, designs, edges, connected parts, and what a reader must
 * know about its shape. */
#include "evidence/network/component_internal.h"
#include "evidence/network/network_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/compare.h"
#include "base/map.h"
#include "base/memory.h"
#include "numeric/small_symmetric.h"

typedef struct Builder {
    VgArena *arena;
    const VgNetworkStudy *study;
    size_t n_studies;
    const char *file;
    VgNetwork *network;
    VgNetworkNode *node;
    VgNetworkTrial *trial;
    VgNetworkDesign *design;
    VgNetworkEdge *edge;
    VgError *error;
} Builder;

static size_t find_name(const VgNetworkNode *node, size_t n, const char *name)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(node[middle].name, name);
        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return n;
}

size_t vg_network_treatment(const VgNetwork *network, const char *name)
{
    return name ? find_name(network->node, network->n_treatments, name) : network->n_treatments;
}

static int compare_nodes(const void *a, const void *b)
{
    return strcmp(((const VgNetworkNode *)a)->name, ((const VgNetworkNode *)b)->name);
}

static VgStatus collect_treatments(Builder *b)
{
    VgMap *names = vg_map_create(b->arena), *labels = vg_map_create(b->arena);
    if (!names || !labels)
        return vg_fail_memory(b->error);
    for (size_t s = 0; s < b->n_studies; s++) {
        const VgNetworkStudy *study = &b->study[s];
        if (vg_map_find(labels, study->study, strlen(study->study)) >= 0)
            return vg_fail_at(
                b->error, VG_INVALID_INPUT, b->file, study->line, "study \"%s\" stands twice",
                "give each study one label; all arms of a study go together", study->study);
        if (vg_map_add(labels, study->study, strlen(study->study)) < 0)
            return vg_fail_memory(b->error);
        if (study->n_arms < 2)
            return vg_fail_at(b->error, VG_INVALID_INPUT, b->file, study->line,
                              "study \"%s\" has one arm",
                              "a network needs comparisons within studies: leave it out or add "
                              "its other arms",
                              study->study);
        for (size_t a = 0; a < study->n_arms; a++)
            if (vg_map_add(names, study->treatment[a], strlen(study->treatment[a])) < 0)
                return vg_fail_memory(b->error);
    }
    size_t n = vg_map_size(names);
    b->node = VG_NEW(b->arena, VgNetworkNode, n);
    if (!b->node)
        return vg_fail_memory(b->error);
    for (size_t i = 0; i < n; i++)
        b->node[i].name = vg_map_key(names, i);
    qsort(b->node, n, sizeof *b->node, compare_nodes);
    b->network->n_treatments = n;
    return VG_OK;
}

/* Arms ascending; contrasts and covariance re-based on the first of them: with arm effects t (t_0 = 0),
 * y_i = t_i − t_base and cov = c_ij − c_i,base − c_j,base + c_base,base. */
static VgStatus order_trial(Builder *b, size_t s)
{
    const VgNetworkStudy *study = &b->study[s];
    size_t k = study->n_arms, r = k - 1, square;
    if (!vg_size_product(r, r, &square))
        return vg_fail_memory(b->error);
    size_t *arm = VG_NEW(b->arena, size_t, k), *from = VG_NEW(b->arena, size_t, k);
    double *effect = VG_NEW(b->arena, double, r), *covariance = VG_NEW(b->arena, double, square);
    double *factor = VG_NEW(b->arena, double, square);
    if (!arm || !from || !effect || !covariance || !factor)
        return vg_fail_memory(b->error);
    for (size_t a = 0; a < k; a++) {
        size_t treatment = vg_network_treatment(b->network, study->treatment[a]), at = a;
        for (; at > 0 && arm[at - 1] > treatment; at--) {
            arm[at] = arm[at - 1];
            from[at] = from[at - 1];
        }
        if (at > 0 && arm[at - 1] == treatment)
            return vg_fail_at(b->error, VG_INVALID_INPUT, b->file, study->line,
                              "study \"%s\" has \"%s\" in two arms",
                              "join the arms, or name them apart", study->study,
                              study->treatment[a]);
        arm[at] = treatment;
        from[at] = a;
    }
    VgNetworkTrial given = {.n_arms = k, .effect = study->effect, .covariance = study->covariance};
    for (size_t i = 0; i < r; i++) {
        effect[i] = vg_trial_effect(&given, from[i + 1], from[0]);
        for (size_t j = 0; j < r; j++)
            covariance[i + j * r] = 0.5 * (vg_trial_variance(&given, from[i + 1], from[0]) +
                                           vg_trial_variance(&given, from[j + 1], from[0]) -
                                           vg_trial_variance(&given, from[i + 1], from[j + 1]));
        if (!isfinite(effect[i]))
            return vg_fail_at(b->error, VG_INVALID_INPUT, b->file, study->line,
                              "study \"%s\" has an effect that is not a number",
                              "complete the study or leave it out", study->study);
    }
    double log_det;
    memcpy(factor, covariance, square * sizeof *factor);
    if (!vg_small_cholesky(r, factor, &log_det))
        return vg_fail_at(b->error, VG_INVALID_INPUT, b->file, study->line,
                          "the standard errors of study \"%s\" do not fit together",
                          k == 2
                              ? "the standard error must be a positive number"
                              : "in a study of several arms no comparison can be as imprecise as "
                                "the others together: check the standard errors",
                          study->study);
    b->trial[s] = (VgNetworkTrial){study->study, study->line, k, 0, arm, effect, covariance};
    for (size_t a = 0; a < k; a++) {
        b->node[arm[a]].studies++;
        b->node[arm[a]].participants +=
            study->participants ? study->participants[from[a]] : (double)NAN;
    }
    b->network->n_contrasts += r;
    return VG_OK;
}

static bool same_arms(const VgNetworkTrial *a, size_t n_arms, const size_t *arm)
{
    return a->n_arms == n_arms && memcmp(a->arm, arm, n_arms * sizeof *arm) == 0;
}

static int compare_designs(const void *a, const void *b)
{
    const VgNetworkDesign *x = a, *y = b;
    for (size_t i = 0; i < x->n_arms && i < y->n_arms; i++)
        if (x->treatment[i] != y->treatment[i])
            return x->treatment[i] < y->treatment[i] ? -1 : 1;
    return (x->n_arms > y->n_arms) - (x->n_arms < y->n_arms);
}

static VgStatus find_designs(Builder *b)
{
    size_t n = 0;
    b->design = VG_NEW(b->arena, VgNetworkDesign, b->n_studies);
    if (!b->design)
        return vg_fail_memory(b->error);
    for (size_t s = 0; s < b->n_studies; s++) {
        size_t d = 0;
        while (d < n && !same_arms(&b->trial[s], b->design[d].n_arms, b->design[d].treatment))
            d++;
        if (d == n) {
            char *name = vg_arena_strdup(b->arena, b->node[b->trial[s].arm[0]].name);
            for (size_t a = 1; a < b->trial[s].n_arms && name; a++)
                name = vg_arena_printf(b->arena, "%s:%s", name, b->node[b->trial[s].arm[a]].name);
            if (!name)
                return vg_fail_memory(b->error);
            b->design[n++] = (VgNetworkDesign){name, b->trial[s].n_arms, b->trial[s].arm, 0};
        }
        b->design[d].studies++;
    }
    qsort(b->design, n, sizeof *b->design, compare_designs);
    for (size_t s = 0; s < b->n_studies; s++)
        for (size_t d = 0; d < n; d++)
            if (same_arms(&b->trial[s], b->design[d].n_arms, b->design[d].treatment))
                b->trial[s].design = d;
    b->network->n_designs = n;
    b->network->design = b->design;
    return VG_OK;
}

static VgStatus find_edges(Builder *b)
{
    size_t n = b->network->n_treatments, square, n_edges = 0;
    if (!vg_size_product(n, n, &square))
        return vg_fail_memory(b->error);
    VgNetworkEdge *all = VG_NEW(b->arena, VgNetworkEdge, square);
    if (!all)
        return vg_fail_memory(b->error);
    for (size_t s = 0; s < b->n_studies; s++)
        for (size_t i = 0; i < b->trial[s].n_arms; i++)
            for (size_t j = i + 1; j < b->trial[s].n_arms; j++) {
                VgNetworkEdge *edge = &all[b->trial[s].arm[i] * n + b->trial[s].arm[j]];
                edge->first = b->trial[s].arm[i];
                edge->second = b->trial[s].arm[j];
                edge->studies++;
                edge->multi_arm += b->trial[s].n_arms > 2;
            }
    for (size_t i = 0; i < square; i++)
        if (all[i].studies)
            all[n_edges++] = all[i];
    b->network->edge = all;
    b->network->n_edges = n_edges;
    return VG_OK;
}

size_t vg_network_parts(const VgNetwork *network, const bool *skip, size_t *part)
{
    size_t n = network->n_treatments, parts = 0;
    for (size_t i = 0; i < n; i++)
        part[i] = i;
    /* the smallest label spreads until nothing changes */
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t s = 0; s < network->n_trials; s++) {
            const VgNetworkTrial *trial = &network->trial[s];
            if (skip && skip[trial->design])
                continue;
            size_t least = part[trial->arm[0]];
            for (size_t a = 1; a < trial->n_arms; a++)
                least = part[trial->arm[a]] < least ? part[trial->arm[a]] : least;
            for (size_t a = 0; a < trial->n_arms; a++)
                if (part[trial->arm[a]] != least) {
                    part[trial->arm[a]] = least;
                    changed = true;
                }
        }
    }
    for (size_t i = 0; i < n; i++)
        part[i] = part[i] == i ? parts++ : part[part[i]];
    return parts;
}

char *vg_network_join(VgArena *arena, const char *const *name, size_t n, size_t most)
{
    size_t shown = n > most + 1 ? most : n;
    char *text = vg_arena_strdup(arena, n ? name[0] : "");
    for (size_t i = 1; i < shown && text; i++)
        text = vg_arena_printf(arena, "%s%s%s", text, i + 1 == n ? " and " : ", ", name[i]);
    if (shown < n && text)
        text = vg_arena_printf(arena, "%s and %zu more", text, n - shown);
    return text;
}

/* Components (between "+") that stand in more than one part: what a component model could join the parts by. *list is
 * NULL when there is none. */
static VgStatus shared_components(VgArena *arena, const VgNetwork *network, char **list,
                                  VgError *error)
{
    VgMap *seen = vg_map_create(arena);
    size_t most = 0, n_shared = 0, n;
    *list = NULL;
    if (!seen)
        return vg_fail_memory(error);
    for (size_t i = 0; i < network->n_treatments; i++)
        most += strlen(network->node[i].name) + 1;
    size_t *part = VG_NEW(arena, size_t, most);
    bool *told = VG_NEW(arena, bool, most);
    const char **shared = VG_NEW(arena, const char *, most), **name;
    if (!part || !told || !shared)
        return vg_fail_memory(error);
    for (size_t i = 0; i < network->n_treatments; i++) {
        VgStatus status = vg_component_names(arena, network->node[i].name, "+", &name, &n, NULL);
        if (status == VG_NO_MEMORY)
            return vg_fail_memory(error);
        if (status != VG_OK)
            continue; /* a name that cannot be split offers nothing */
        for (size_t k = 0; k < n; k++) {
            size_t before = vg_map_size(seen);
            int64_t c = vg_map_add(seen, name[k], strlen(name[k]));
            if (c < 0)
                return vg_fail_memory(error);
            if ((size_t)c == before)
                part[c] = network->node[i].part;
            if (part[c] != network->node[i].part && !told[c]) {
                told[c] = true;
                shared[n_shared++] = vg_map_key(seen, (size_t)c);
            }
        }
    }
    if (n_shared && !(*list = vg_network_join(arena, shared, n_shared, 4)))
        return vg_fail_memory(error);
    return VG_OK;
}

VgStatus vg_network_refuse_disconnected(VgArena *arena, const VgNetwork *network, VgError *error)
{
    char *text = vg_arena_strdup(arena, "");
    const char **name = VG_NEW(arena, const char *, network->n_treatments);
    if (!name)
        return vg_fail_memory(error);
    for (size_t part = 0; part < network->n_parts && text; part++) {
        size_t n = 0;
        for (size_t i = 0; i < network->n_treatments; i++)
            if (network->node[i].part == part)
                name[n++] = network->node[i].name;
        char *list = vg_network_join(arena, name, n, 8);
        text = list ? vg_arena_printf(arena, "%s%s(%zu) %s", text, part ? "; " : "", part + 1, list)
                    : NULL;
    }
    char *shared;
    VG_TRY(shared_components(arena, network, &shared, error));
    const char *hint =
        shared
            ? vg_arena_printf(arena,
                              "no trial compares the parts: analyse one of them, or let their "
                              "components join them (--components): %s %s in more than one part",
                              shared, strstr(shared, " and ") ? "stand" : "stands")
            : "no trial compares the parts, and they share no component: analyse them one by one";
    if (!text || !hint)
        return vg_fail_memory(error);
    return vg_fail(error, VG_NOT_ESTIMABLE, "the network falls into %zu parts: %s", hint,
                   network->n_parts, text);
}

static VgStatus warn_of_shape(Builder *b)
{
    VgNetwork *network = b->network;
    size_t cycles = 0, between = 0;
    bool all_single = network->n_edges > 1;
    const char **warning = VG_NEW(b->arena, const char *, 4);
    if (!warning)
        return vg_fail_memory(b->error);
    for (size_t e = 0; e < network->n_edges; e++)
        all_single = all_single && network->edge[e].studies == 1;
    for (size_t d = 0; d < network->n_designs; d++)
        between += network->design[d].n_arms - 1;
    cycles = network->n_edges + network->n_parts - network->n_treatments;
    between -= network->n_treatments - network->n_parts;
    if (all_single)
        warning[network->n_warnings++] =
            "every comparison rests on one study: heterogeneity and inconsistency cannot be told "
            "apart, and tau² comes from loops alone";
    if (cycles > 0 && between == 0)
        warning[network->n_warnings++] =
            "the loops of the network lie within single studies: direct and indirect evidence "
            "cannot be compared";
    if (cycles == 0 && network->n_treatments > 2)
        warning[network->n_warnings++] =
            "the network has no loop: indirect comparisons rest on the assumption of transitivity, "
            "which these data cannot test";
    network->warning = warning;
    return VG_OK;
}

VgStatus vg_network_build(VgArena *arena, const VgNetworkStudy *study, size_t n_studies,
                          const char *file, VgNetwork **network, VgError *error)
{
    Builder b = {
        .arena = arena, .study = study, .n_studies = n_studies, .file = file, .error = error};
    if (n_studies == 0)
        return vg_fail_at(error, VG_INVALID_INPUT, file, 0, "the network has no study",
                          "give at least one study with two arms");
    b.network = VG_NEW(arena, VgNetwork, 1);
    b.trial = VG_NEW(arena, VgNetworkTrial, n_studies);
    if (!b.network || !b.trial)
        return vg_fail_memory(error);
    VG_TRY(collect_treatments(&b));
    b.network->node = b.node;
    b.network->trial = b.trial;
    b.network->n_trials = n_studies;
    for (size_t s = 0; s < n_studies; s++)
        VG_TRY(order_trial(&b, s));
    VG_TRY(find_designs(&b));
    VG_TRY(find_edges(&b));
    size_t *part = VG_NEW(arena, size_t, b.network->n_treatments);
    if (!part)
        return vg_fail_memory(error);
    b.network->n_parts = vg_network_parts(b.network, NULL, part);
    for (size_t i = 0; i < b.network->n_treatments; i++)
        b.node[i].part = part[i];
    VG_TRY(warn_of_shape(&b));
    *network = b.network;
    return VG_OK;
}
