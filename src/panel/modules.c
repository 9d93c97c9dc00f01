/* Coverage and abundance of modules. Coverage, median, mean, sum and minimum all grow with the value of each step, so
 * the best alternative of each step attains the best over all paths. Darzi 2016; METHODS 1.5. */
#include "panel/modules_internal.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "numeric/linear_algebra.h"

static const char *const statistic_names[] = {"median", "average", "sum", "minimum"};

const char *vg_module_statistic_name(VgModuleStatistic statistic)
{
    return (unsigned)statistic < 4 ? statistic_names[statistic] : NULL;
}

/* --- one module ------------------------------------------------------------------------------- */

/* Best present alternative; 0 when none is. An alternative counts as the mean of its subunits, for the minimum as the
 * least of those that are present. */
static double step_value(const VgModuleSet *set, const VgModuleStep *step, const double *amount,
                         const VgModuleOptions *options)
{
    double best = 0;
    for (size_t a = 0; a < step->n_alternatives; a++) {
        const VgModuleAlternative *alternative = &set->alternative[step->first_alternative + a];
        double sum = 0, least = INFINITY;
        bool all = true;
        for (size_t u = 0; u < alternative->n_subunits; u++) {
            double x = amount[set->subunit[alternative->first_subunit + u]];
            sum += x;
            all &= x > 0;
            if (x > 0)
                least = fmin(least, x);
        }
        if (sum > 0 && (all || !options->strict_complex))
            best = fmax(best, options->statistic == VG_MODULE_MINIMUM
                                  ? least
                                  : sum / (double)alternative->n_subunits);
    }
    return best;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* `value` ascending. */
static double statistic_of(VgModuleStatistic statistic, const double *value, size_t n)
{
    double sum = 0;
    switch (statistic) {
    case VG_MODULE_MINIMUM:
        return value[0];
    case VG_MODULE_SUM:
    case VG_MODULE_AVERAGE:
        for (size_t k = 0; k < n; k++)
            sum += value[k];
        return statistic == VG_MODULE_SUM ? sum : sum / (double)n;
    case VG_MODULE_MEDIAN:
        break;
    }
    return n % 2 ? value[n / 2] : (value[n / 2 - 1] + value[n / 2]) / 2;
}

void vg_module_score(const VgModuleSet *set, const VgModule *module, const double *amount,
                     const VgModuleOptions *options, double cutoff, double *scratch,
                     double *coverage, double *abundance)
{
    size_t n = module->n_steps, absent = 0;
    for (size_t s = 0; s < n; s++) {
        scratch[s] = step_value(set, &set->step[module->first_step + s], amount, options);
        absent += scratch[s] == 0;
    }
    *coverage = (double)(n - absent) / (double)n;
    *abundance = 0;
    if (absent == n || *coverage < cutoff)
        return;
    qsort(scratch, n, sizeof *scratch, by_value);
    const double *present = scratch + absent; /* absent steps are the zeros in front */
    if (options->length_normalised) {
        /* a sum over the length of the module is an average */
        *abundance = statistic_of(options->statistic == VG_MODULE_SUM ? VG_MODULE_AVERAGE
                                                                      : options->statistic,
                                  scratch, n);
        if (*abundance == 0)
            *abundance = present[0];
    } else {
        *abundance = statistic_of(options->statistic, present, n - absent);
    }
}

size_t vg_modules_most_steps(const VgModuleSet *set)
{
    size_t most = 0;
    for (size_t m = 0; m < set->n_modules; m++)
        most = set->module[m].n_steps > most ? set->module[m].n_steps : most;
    return most;
}

VgStatus vg_modules_genes(VgArena *arena, const VgModuleSet *set, VgModuleGenes *genes,
                          VgError *error)
{
    genes->start = VG_NEW(arena, size_t, set->n_modules + 1);
    genes->gene = VG_NEW(arena, size_t, set->n_subunits);
    size_t *seen = VG_NEW(arena, size_t, set->n_genes); /* last module + 1 that had it */
    if (!genes->start || !genes->gene || !seen)
        return vg_fail_memory(error);
    size_t n = 0;
    for (size_t m = 0; m < set->n_modules; m++) {
        const VgModule *module = &set->module[m];
        genes->start[m] = n;
        const VgModuleStep *first = &set->step[module->first_step],
                           *last = first + module->n_steps - 1;
        const VgModuleAlternative *end =
            &set->alternative[last->first_alternative + last->n_alternatives - 1];
        /* subunits of a module stand together */
        for (size_t u = set->alternative[first->first_alternative].first_subunit;
             u < end->first_subunit + end->n_subunits; u++)
            if (seen[set->subunit[u]] != m + 1) {
                seen[set->subunit[u]] = m + 1;
                genes->gene[n++] = set->subunit[u];
            }
    }
    genes->start[set->n_modules] = n;
    return VG_OK;
}

/* --- identifiers ------------------------------------------------------------------------------ */

/* "K00453", "ko:K00453", "K00453: tryptophan 2,3-dioxygenase": whole, else without a "ko:" and what follows. */
static int64_t find_gene(const VgMap *map, const char *id)
{
    int64_t gene = vg_map_find(map, id, strlen(id));
    if (gene >= 0)
        return gene;
    if (strncmp(id, "ko:", 3) == 0)
        id += 3;
    return vg_map_find(map, id, strcspn(id, ": "));
}

size_t *vg_modules_gene_of(VgArena *arena, const VgModuleSet *set, const VgFeatureTable *table)
{
    VgMap *map = vg_map_create(arena);
    size_t *gene = VG_NEW(arena, size_t, table->n_features);
    if (!map || !gene)
        return NULL;
    for (size_t g = 0; g < set->n_genes; g++)
        if (vg_map_add(map, set->gene[g], strlen(set->gene[g])) < 0)
            return NULL;
    for (size_t f = 0; f < table->n_features; f++) {
        int64_t found = find_gene(map, table->feature_id[f]);
        gene[f] = found < 0 ? SIZE_MAX : (size_t)found;
    }
    return gene;
}

/* Whether the table has what an alternative of the step needs. */
static bool step_possible(const VgModuleSet *set, const VgModuleStep *step, const bool *known,
                          bool strict)
{
    for (size_t a = 0; a < step->n_alternatives; a++) {
        const VgModuleAlternative *alternative = &set->alternative[step->first_alternative + a];
        size_t n = 0;
        for (size_t u = 0; u < alternative->n_subunits; u++)
            n += known[set->subunit[alternative->first_subunit + u]];
        if (strict ? n == alternative->n_subunits : n > 0)
            return true;
    }
    return false;
}

static VgStatus check_known(const VgModuleSet *set, const VgFeatureTable *table,
                            const VgModuleOptions *options, const VgModuleScores *scores,
                            VgError *error)
{
    if (2 * scores->n_known >= set->n_genes || options->allow_unknown)
        return VG_OK;
    size_t g = 0;
    while (scores->known[g])
        g++;
    return vg_fail_at(error, VG_INVALID_INPUT, table->path, 0,
                      "%zu of the %zu identifiers of the modules (%s, …) are not in the table",
                      "use modules of the annotation that names the table's rows, or allow unknown "
                      "identifiers where the table lists only what was found",
                      set->n_genes - scores->n_known, set->n_genes, set->gene[g]);
}

static void judge_identifiers(const VgModuleSet *set, const size_t *gene_of, size_t n_features,
                              const VgModuleOptions *options, VgModuleScores *scores)
{
    for (size_t f = 0; f < n_features; f++)
        if (gene_of[f] != SIZE_MAX) {
            scores->n_known += !scores->known[gene_of[f]];
            scores->known[gene_of[f]] = true;
        }
    for (size_t m = 0; m < set->n_modules; m++) {
        size_t possible = 0;
        for (size_t s = 0; s < set->module[m].n_steps; s++)
            possible += step_possible(set, &set->step[set->module[m].first_step + s], scores->known,
                                      options->strict_complex);
        double most = (double)possible / (double)set->module[m].n_steps;
        scores->never[m] = possible == 0 || most < scores->cutoff;
        scores->n_never += scores->never[m];
    }
}

VgStatus vg_modules_score(VgArena *arena, const VgModuleSet *set, const VgFeatureTable *table,
                          const VgModuleOptions *options, VgModuleScores *scores, VgError *error)
{
    double cutoff = options->no_cutoff ? 0 : options->cutoff != 0 ? options->cutoff : 0.66;
    if (!(cutoff >= 0 && cutoff <= 1))
        return vg_fail(error, VG_INVALID_INPUT, "a least coverage of %g",
                       "give a share of the steps between 0 and 1", cutoff);
    *scores = (VgModuleScores){.coverage = vg_matrix_new(arena, table->n_samples, set->n_modules),
                               .abundance = vg_matrix_new(arena, table->n_samples, set->n_modules),
                               .cutoff = cutoff,
                               .known = VG_NEW(arena, bool, set->n_genes),
                               .never = VG_NEW(arena, bool, set->n_modules),
                               .cutoff_loses_two_of_three = cutoff > 2.0 / 3 && cutoff < 0.7};
    const size_t *gene_of = vg_modules_gene_of(arena, set, table);
    double *amount = VG_NEW(arena, double, set->n_genes),
           *scratch = VG_NEW(arena, double, vg_modules_most_steps(set));
    if (!scores->coverage.data || !scores->abundance.data || !scores->known || !scores->never ||
        !gene_of || !amount || !scratch)
        return vg_fail_memory(error);
    judge_identifiers(set, gene_of, table->n_features, options, scores);
    VG_TRY(check_known(set, table, options, scores, error));
    const VgAbundances *x = &table->amount;
    for (size_t i = 0; i < table->n_samples; i++) {
        memset(amount, 0, set->n_genes * sizeof *amount);
        for (size_t k = x->start[i]; k < x->start[i + 1]; k++)
            if (gene_of[x->feature[k]] != SIZE_MAX)
                amount[gene_of[x->feature[k]]] += x->value[k];
        for (size_t m = 0; m < set->n_modules; m++)
            vg_module_score(set, &set->module[m], amount, options, cutoff, scratch,
                            &VG_AT(scores->coverage, i, m), &VG_AT(scores->abundance, i, m));
    }
    return VG_OK;
}
