/* Modules by taxon: who carries them, and how far taxa could stand in for one another. Tian 2020; METHODS 1.5. */
#include "panel/modules_internal.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "numeric/linear_algebra.h"

/* The strata of one sample, taxon by taxon: entries of taxon t are first[t], next[first[t]], … (SIZE_MAX ends). */
typedef struct Strata {
    const VgStrata *strata;
    const size_t *gene_of; /* by feature */
    size_t *first, *next;
    size_t *taxon; /* those that occur in the sample */
    size_t n_taxa;
} Strata;

static VgStatus stratified(VgArena *arena, const VgModuleSet *set, const VgFeatureTable *table,
                           Strata *s, VgError *error)
{
    if (!table->strata)
        return vg_fail_at(error, VG_INVALID_INPUT, table->path, 0,
                          "the table does not say which taxon a gene is of",
                          "give a stratified table with rows such as K00453|g__Bacteroides");
    *s = (Strata){.strata = table->strata,
                  .gene_of = vg_modules_gene_of(arena, set, table),
                  .first = VG_NEW(arena, size_t, table->strata->n_taxa),
                  .next = VG_NEW(arena, size_t, table->strata->n),
                  .taxon = VG_NEW(arena, size_t, table->strata->n_taxa)};
    if (!s->gene_of || !s->first || !s->next || !s->taxon)
        return vg_fail_memory(error);
    for (size_t t = 0; t < table->strata->n_taxa; t++)
        s->first[t] = SIZE_MAX;
    return VG_OK;
}

static void enter_sample(Strata *s, size_t i)
{
    const VgAbundances *x = &s->strata->amount;
    for (size_t k = 0; k < s->n_taxa; k++)
        s->first[s->taxon[k]] = SIZE_MAX;
    s->n_taxa = 0;
    /* backwards, so that each list is in the order of the strata */
    for (size_t k = x->start[i + 1]; k-- > x->start[i];) {
        size_t t = s->strata->taxon[x->feature[k]], place = k - x->start[i];
        if (s->first[t] == SIZE_MAX)
            s->taxon[s->n_taxa++] = t;
        s->next[place] = s->first[t];
        s->first[t] = place;
    }
}

static size_t entry_gene(const Strata *s, size_t i, size_t place)
{
    const VgAbundances *x = &s->strata->amount;
    return s->gene_of[s->strata->feature[x->feature[x->start[i] + place]]];
}

static double entry_value(const Strata *s, size_t i, size_t place)
{
    return s->strata->amount.value[s->strata->amount.start[i] + place];
}

/* --- contributions ---------------------------------------------------------------------------- */

typedef struct Pass {
    const VgModuleSet *set;
    const VgModuleOptions *options;
    double cutoff;
    size_t *module_start, *module_of; /* modules of each gene */
    double *amount, *scratch;
    size_t *seen, stamp;
} Pass;

static VgStatus prepare(VgArena *arena, const VgModuleSet *set, const VgModuleOptions *options,
                        double cutoff, Pass *pass, VgError *error)
{
    VgModuleGenes genes;
    VG_TRY(vg_modules_genes(arena, set, &genes, error));
    size_t n = genes.start[set->n_modules];
    *pass = (Pass){.set = set,
                   .options = options,
                   .cutoff = cutoff,
                   .module_start = VG_NEW(arena, size_t, set->n_genes + 2),
                   .module_of = VG_NEW(arena, size_t, n),
                   .amount = VG_NEW(arena, double, set->n_genes),
                   .scratch = VG_NEW(arena, double, vg_modules_most_steps(set)),
                   .seen = VG_NEW(arena, size_t, set->n_modules)};
    if (!pass->module_start || !pass->module_of || !pass->amount || !pass->scratch || !pass->seen)
        return vg_fail_memory(error);
    size_t *start = pass->module_start;
    for (size_t k = 0; k < n; k++)
        start[genes.gene[k] + 2]++;
    for (size_t g = 0; g < set->n_genes; g++)
        start[g + 2] += start[g + 1];
    for (size_t m = 0; m < set->n_modules; m++)
        for (size_t k = genes.start[m]; k < genes.start[m + 1]; k++)
            pass->module_of[start[genes.gene[k] + 1]++] = m;
    return VG_OK;
}

/* The modules that a taxon covers, into `part` unless NULL; returns how many. */
static size_t score_taxon(Pass *pass, const Strata *s, size_t i, size_t taxon, VgModulePart *part)
{
    size_t n = 0;
    pass->stamp++;
    for (size_t k = s->first[taxon]; k != SIZE_MAX; k = s->next[k]) {
        size_t gene = entry_gene(s, i, k);
        if (gene != SIZE_MAX)
            pass->amount[gene] += entry_value(s, i, k);
    }
    for (size_t k = s->first[taxon]; k != SIZE_MAX; k = s->next[k]) {
        size_t gene = entry_gene(s, i, k);
        if (gene == SIZE_MAX)
            continue;
        for (size_t j = pass->module_start[gene]; j < pass->module_start[gene + 1]; j++) {
            size_t m = pass->module_of[j];
            if (pass->seen[m] == pass->stamp)
                continue;
            pass->seen[m] = pass->stamp;
            double coverage, abundance;
            vg_module_score(pass->set, &pass->set->module[m], pass->amount, pass->options,
                            pass->cutoff, pass->scratch, &coverage, &abundance);
            if (abundance > 0) {
                if (part)
                    part[n] = (VgModulePart){i, m, taxon, coverage, abundance, 0};
                n++;
            }
        }
    }
    for (size_t k = s->first[taxon]; k != SIZE_MAX; k = s->next[k]) {
        size_t gene = entry_gene(s, i, k);
        if (gene != SIZE_MAX)
            pass->amount[gene] = 0;
    }
    return n;
}

static int by_module_taxon(const void *a, const void *b)
{
    const VgModulePart *x = a, *y = b;
    if (x->module != y->module)
        return x->module < y->module ? -1 : 1;
    return (x->taxon > y->taxon) - (x->taxon < y->taxon);
}

static void share_out(VgModuleTaxa *taxa, const VgModuleScores *community)
{
    for (size_t k = 0; k < taxa->n_parts; k++)
        VG_AT(taxa->sum, taxa->part[k].sample, taxa->part[k].module) += taxa->part[k].abundance;
    for (size_t k = 0; k < taxa->n_parts; k++) {
        VgModulePart *part = &taxa->part[k];
        part->share = part->abundance / VG_AT(taxa->sum, part->sample, part->module);
        VG_AT(taxa->effective, part->sample, part->module) += part->share * part->share;
    }
    for (size_t m = 0; m < taxa->sum.cols; m++)
        for (size_t i = 0; i < taxa->sum.rows; i++) {
            double *effective = &VG_AT(taxa->effective, i, m);
            *effective = *effective > 0 ? 1 / *effective : 0;
            VG_AT(taxa->gap, i, m) = VG_AT(community->abundance, i, m) - VG_AT(taxa->sum, i, m);
        }
}

VgStatus vg_modules_by_taxon(VgArena *arena, const VgModuleSet *set, const VgFeatureTable *table,
                             const VgModuleOptions *options, const VgModuleScores *community,
                             VgModuleTaxa *taxa, VgError *error)
{
    Strata s;
    Pass pass;
    VG_TRY(stratified(arena, set, table, &s, error));
    VG_TRY(prepare(arena, set, options, community->cutoff, &pass, error));
    size_t n = 0;
    for (size_t i = 0; i < table->n_samples; i++) {
        enter_sample(&s, i);
        for (size_t k = 0; k < s.n_taxa; k++)
            n += score_taxon(&pass, &s, i, s.taxon[k], NULL);
    }
    *taxa = (VgModuleTaxa){.n_parts = n,
                           .part = VG_NEW(arena, VgModulePart, n),
                           .sum = vg_matrix_new(arena, table->n_samples, set->n_modules),
                           .effective = vg_matrix_new(arena, table->n_samples, set->n_modules),
                           .gap = vg_matrix_new(arena, table->n_samples, set->n_modules)};
    if (!taxa->part || !taxa->sum.data || !taxa->effective.data || !taxa->gap.data)
        return vg_fail_memory(error);
    n = 0;
    for (size_t i = 0; i < table->n_samples; i++) {
        size_t first = n;
        enter_sample(&s, i);
        for (size_t k = 0; k < s.n_taxa; k++)
            n += score_taxon(&pass, &s, i, s.taxon[k], taxa->part + n);
        qsort(taxa->part + first, n - first, sizeof *taxa->part, by_module_taxon);
    }
    share_out(taxa, community);
    return VG_OK;
}

/* --- redundancy ------------------------------------------------------------------------------- */

VgStatus vg_functional_redundancy(const double *p, VgMatrix genes, VgRedundancy *redundancy,
                                  VgError *error)
{
    size_t n = genes.rows;
    double sum = 0, squares = 0, rao = 0;
    for (size_t i = 0; i < n; i++) {
        if (!(p[i] >= 0) || isinf(p[i]))
            return vg_fail(error, VG_INVALID_INPUT, "abundance %g of taxon %zu",
                           "abundances are finite and not negative", p[i], i + 1);
        sum += p[i];
        for (size_t k = 0; k < genes.cols; k++)
            if (!(VG_AT(genes, i, k) >= 0) || isinf(VG_AT(genes, i, k)))
                return vg_fail(error, VG_INVALID_INPUT, "%g copies of a gene in taxon %zu",
                               "copies are finite and not negative", VG_AT(genes, i, k), i + 1);
    }
    if (!(sum > 0))
        return vg_fail(error, VG_INVALID_INPUT, "a community without any taxon",
                       "leave the sample out");
    for (size_t i = 0; i < n; i++) {
        squares += p[i] / sum * (p[i] / sum);
        for (size_t j = 0; j < i; j++) {
            double least = 0, most = 0;
            for (size_t k = 0; k < genes.cols; k++) {
                least += fmin(VG_AT(genes, i, k), VG_AT(genes, j, k));
                most += fmax(VG_AT(genes, i, k), VG_AT(genes, j, k));
            }
            if (most > 0)
                rao += 2 * (1 - least / most) * (p[i] / sum) * (p[j] / sum);
        }
    }
    redundancy->taxonomic = 1 - squares;
    redundancy->functional = rao;
    redundancy->redundancy = redundancy->taxonomic - rao;
    redundancy->normalised =
        redundancy->taxonomic > 0 ? redundancy->redundancy / redundancy->taxonomic : NAN;
    return VG_OK;
}

/* Rows of `content` (taxa × genes of the set): a taxon's amounts; `total` over all its genes. */
static void fill_content(const Strata *s, size_t i, VgMatrix content, double *total)
{
    for (size_t k = 0; k < s->n_taxa; k++) {
        total[k] = 0;
        for (size_t g = 0; g < content.cols; g++)
            VG_AT(content, k, g) = 0;
        for (size_t e = s->first[s->taxon[k]]; e != SIZE_MAX; e = s->next[e]) {
            total[k] += entry_value(s, i, e);
            size_t gene = entry_gene(s, i, e);
            if (gene != SIZE_MAX)
                VG_AT(content, k, gene) += entry_value(s, i, e);
        }
    }
}

VgStatus vg_modules_redundancy(VgArena *arena, const VgModuleSet *set, const VgFeatureTable *table,
                               VgRedundancy *redundancy, VgError *error)
{
    Strata s;
    VgModuleGenes genes;
    VG_TRY(stratified(arena, set, table, &s, error));
    VG_TRY(vg_modules_genes(arena, set, &genes, error));
    size_t most = 0, n_taxa = table->strata->n_taxa;
    for (size_t m = 0; m < set->n_modules; m++)
        most =
            genes.start[m + 1] - genes.start[m] > most ? genes.start[m + 1] - genes.start[m] : most;
    VgMatrix content = vg_matrix_new(arena, n_taxa, set->n_genes),
             carried = vg_matrix_new(arena, n_taxa, most);
    double *total = VG_NEW(arena, double, n_taxa), *p = VG_NEW(arena, double, n_taxa);
    if (!content.data || !carried.data || !total || !p)
        return vg_fail_memory(error);
    for (size_t i = 0; i < table->n_samples; i++) {
        enter_sample(&s, i);
        fill_content(&s, i, content, total);
        for (size_t m = 0; m < set->n_modules; m++) {
            size_t n = 0, columns = genes.start[m + 1] - genes.start[m];
            for (size_t k = 0; k < s.n_taxa; k++) {
                double any = 0;
                for (size_t g = 0; g < columns; g++) {
                    VG_AT(carried, n, g) =
                        VG_AT(content, k, genes.gene[genes.start[m] + g]) / total[k];
                    any += VG_AT(carried, n, g);
                }
                if (any > 0)
                    p[n++] = total[k];
            }
            VgRedundancy *out = &redundancy[i + m * table->n_samples];
            *out = (VgRedundancy){NAN, NAN, NAN, NAN};
            if (n > 0)
                VG_TRY(vg_functional_redundancy(
                    p, (VgMatrix){carried.data, n, columns, carried.stride}, out, error));
        }
    }
    return VG_OK;
}
