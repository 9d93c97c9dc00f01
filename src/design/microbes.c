/* Counts of taxa and of genes: a logistic-normal multinomial whose taxa carry the functions of the graph.
 *
 * The shape of a community is that of stool in 16S counts at genus level of Wastyk et al. 2021 (Cell 184:4137; 18 + 18
 * adults over 17 weeks, 311 samples), as summary figures: mean centred log abundance by rank r = 6.92 − 1.533 log r −
 * 0.0413 r (R² 0.97 over the 80 most abundant genera); SD between people 0.68, within people over time 0.80 (medians over
 * genera found in more than 80 % of samples); SD of the logarithm of the depth 0.85; 52 % of the counts of those 80 genera are 0.
 *
 * A function with a module of genes is carried by some taxa (all those genes are theirs); its value moves their logarithms.
 * The genes of a community are the sum over its taxa, so that the module's abundance follows the function. */
#include "design/folder.h"

#include <math.h>
#include <string.h>

#include <vagus/modules.h>

#include "numeric/distributions.h"

static const double RANK_0 = 6.92, RANK_LOG = -1.533, RANK_LINEAR = -0.0413, BETWEEN_SD = 0.68,
                    WITHIN_SD = 0.80, DEPTH_SD = 0.85;
static const double LOADING = 0.7;   /* of a carrier's log abundance on the function, per SD */
static const double CARRIERS = 0.25; /* share of taxa that carry a function */
static const double BACKGROUND =
    0.15; /* share of taxa that carry a module that no function of the graph names */

typedef struct Community {
    VgVirtualStudy *s;
    const VgDesignLayer *layer;
    const VgModuleSet *modules;
    bool *carries;    /* taxa × modules */
    size_t *function; /* n_modules: slot of the function that the module carries; SIZE_MAX = none */
    double *share;    /* n_taxa, of the sample at hand */
} Community;

/* ---- genomes ---- */

static VgRandom genome_of(const VgVirtualStudy *s, size_t taxon)
{
    return vg_random_start(s->seed, VG_STREAM_SIMULATION, VG_EXTRA_GENOMES, (uint32_t)taxon);
}

static size_t function_of(const VgAxisModel *m, const VgModule *module)
{
    for (size_t k = 0; k < m->n_varying; k++) {
        const VgAxisNode *node = &m->axis->node[m->varying[k]];
        if (node->kind == VG_AXIS_FUNCTION && node->module && strcmp(node->module, module->id) == 0)
            return k;
    }
    return SIZE_MAX;
}

/* Every function has carriers among the abundant taxa too: taxon r carries function k also when r is k + 1. */
static void deal_modules(Community *c)
{
    size_t named = 0;
    for (size_t k = 0; k < c->modules->n_modules; k++)
        c->function[k] = function_of(c->s->model, &c->modules->module[k]);
    for (size_t t = 0; t < c->layer->taxa; t++) {
        VgRandom random = genome_of(c->s, t);
        named = 0;
        for (size_t k = 0; k < c->modules->n_modules; k++) {
            bool of_graph = c->function[k] != SIZE_MAX;
            double u = vg_random_uniform(&random);
            named += of_graph;
            c->carries[t * c->modules->n_modules + k] =
                u < (of_graph ? CARRIERS : BACKGROUND) || (of_graph && t == named + 2);
        }
    }
}

static VgStatus make_community(VgVirtualStudy *s, const VgDesignLayer *layer, Community *c,
                               VgError *error)
{
    size_t size;
    const char *text = vg_modules_builtin(&size);
    VgModuleSet *set;
    VG_TRY(vg_modules_parse(s->arena, "built-in modules", text, size, &set, error));
    *c = (Community){.s = s, .layer = layer, .modules = set};
    c->carries = VG_NEW(s->arena, bool, layer->taxa * set->n_modules);
    c->function = VG_NEW(s->arena, size_t, set->n_modules);
    c->share = VG_NEW(s->arena, double, layer->taxa);
    if (!c->carries || !c->function || !c->share)
        return vg_fail_memory(error);
    deal_modules(c);
    return VG_OK;
}

/* ---- a sample ---- */

/* Places in the sequence of (participant): what lasts of each taxon, then what each visit has. */
static double normal_at(VgRandom *random, uint64_t place)
{
    random->place = place - place % 2;
    double even = vg_random_normal(random), odd = vg_random_normal(random);
    return place % 2 ? odd : even;
}

static VgRandom sequence_of(const Community *c, size_t i, uint32_t purpose)
{
    size_t layer = (size_t)(c->layer - c->s->design->layer);
    return vg_random_start(c->s->seed, VG_STREAM_SIMULATION,
                           VG_EXTRA_COUNTS + (uint32_t)(4 * layer) + purpose, (uint32_t)i);
}

static void fill_shares(Community *c, size_t i, size_t v)
{
    const VgAxisModel *m = c->s->model;
    size_t n_taxa = c->layer->taxa;
    VgRandom random = sequence_of(c, i, 0);
    double sum = 0;
    for (size_t t = 0; t < n_taxa; t++) {
        double rank = (double)(t + 1);
        double log_share = RANK_0 + RANK_LOG * log(rank) + RANK_LINEAR * rank +
                           BETWEEN_SD * normal_at(&random, t) +
                           WITHIN_SD * normal_at(&random, (v + 1) * n_taxa + t);
        for (size_t k = 0; k < c->modules->n_modules; k++)
            if (c->function[k] != SIZE_MAX && c->carries[t * c->modules->n_modules + k])
                log_share +=
                    LOADING *
                    c->s->trial.truth[(c->function[k] * m->n_visits + v) * c->s->trial.n + i];
        c->share[t] = exp(log_share);
        sum += c->share[t];
    }
    for (size_t t = 0; t < n_taxa; t++)
        c->share[t] /= sum;
}

static double depth_of(VgRandom *random, double median)
{
    return median * exp(DEPTH_SD * vg_random_normal(random));
}

/* ---- tables: one row a feature, one column a sample ---- */

typedef struct Column {
    size_t participant, visit;
} Column;

static Column *columns_of(const VgVirtualStudy *s, const VgDesignLayer *layer, size_t *n)
{
    Column *column = VG_NEW(s->arena, Column, s->trial.n * s->model->n_visits);
    *n = 0;
    for (size_t i = 0; column && i < s->trial.n; i++)
        for (size_t v = 0; v < s->model->n_visits; v++)
            if (vg_virtual_sampled(s, layer, i, v))
                column[(*n)++] = (Column){i, v};
    return column;
}

static VgStatus write_counts(VgVirtualStudy *s, const VgDesignLayer *layer, const Column *column,
                             size_t n, const double *count, const char *const *feature,
                             size_t n_features, VgError *error)
{
    VgBuffer out = {0};
    char sample[160];
    vg_buffer_text(&out, "feature");
    for (size_t k = 0; k < n; k++)
        vg_buffer_printf(
            &out, "\t%s",
            vg_virtual_sample(s, column[k].participant, column[k].visit, layer->matrix, sample));
    vg_buffer_text(&out, "\n");
    for (size_t f = 0; f < n_features; f++) {
        vg_buffer_text(&out, feature[f]);
        for (size_t k = 0; k < n; k++)
            vg_buffer_printf(&out, "\t%.0f", count[f * n + k]);
        vg_buffer_text(&out, "\n");
    }
    const char *name = vg_arena_printf(s->arena, "%s.tsv", layer->name);
    if (!name) {
        vg_buffer_free(&out);
        return vg_fail_memory(error);
    }
    return vg_virtual_file(s, name, &out, error);
}

/* Poisson counts around depth × share: given their sum, a multinomial of the shares. */
static VgStatus write_taxa(Community *c, VgError *error)
{
    VgVirtualStudy *s = c->s;
    size_t n, n_taxa = c->layer->taxa;
    Column *column = columns_of(s, c->layer, &n);
    double *count = VG_NEW(s->arena, double, n *n_taxa);
    const char **name = VG_NEW(s->arena, const char *, n_taxa);
    if (!column || !count || !name)
        return vg_fail_memory(error);
    for (size_t t = 0; t < n_taxa; t++)
        if (!(name[t] = vg_arena_printf(s->arena, "Taxon_%03zu", t + 1)))
            return vg_fail_memory(error);
    for (size_t k = 0; k < n; k++) {
        VgRandom random = sequence_of(c, column[k].participant, 1);
        random.place = column[k].visit * (n_taxa + n_taxa % 2 + 2);
        fill_shares(c, column[k].participant, column[k].visit);
        double depth = depth_of(&random, c->layer->depth), sum = 0;
        for (size_t t = 0; t < n_taxa; t++) {
            count[t * n + k] = vg_poisson_quantile(vg_random_uniform(&random), depth * c->share[t]);
            sum += count[t * n + k];
        }
        if (sum == 0) /* a sample of nothing: not delivered; one read stands for it */
            count[k] = 1;
    }
    return write_counts(s, c->layer, column, n, count, name, n_taxa, error);
}

/* What the community has of each gene, before sequencing: carriers have every gene of the first way through a module. */
static void gene_amounts(const Community *c, double *amount)
{
    const VgModuleSet *set = c->modules;
    memset(amount, 0, set->n_genes * sizeof *amount);
    for (size_t k = 0; k < set->n_modules; k++) {
        double carried = 0;
        for (size_t t = 0; t < c->layer->taxa; t++)
            if (c->carries[t * set->n_modules + k])
                carried += c->share[t];
        const VgModule *module = &set->module[k];
        for (size_t step = module->first_step; step < module->first_step + module->n_steps;
             step++) {
            const VgModuleAlternative *first = &set->alternative[set->step[step].first_alternative];
            for (size_t u = 0; u < first->n_subunits; u++)
                amount[set->subunit[first->first_subunit + u]] += carried;
        }
    }
}

static VgStatus write_genes(Community *c, const VgDesignLayer *genes, VgError *error)
{
    VgVirtualStudy *s = c->s;
    size_t n, n_genes = c->modules->n_genes;
    Column *column = columns_of(s, genes, &n);
    double *count = VG_NEW(s->arena, double, n *n_genes),
           *amount = VG_NEW(s->arena, double, n_genes);
    if (!column || !count || !amount)
        return vg_fail_memory(error);
    for (size_t k = 0; k < n; k++) {
        VgRandom random = sequence_of(c, column[k].participant, 2);
        random.place = column[k].visit * (n_genes + n_genes % 2 + 2);
        fill_shares(c, column[k].participant, column[k].visit);
        gene_amounts(c, amount);
        double depth = depth_of(&random, genes->depth), sum = 0;
        for (size_t g = 0; g < n_genes; g++) {
            /* a gene of these pathways is a small part of all that is read */
            count[g * n + k] =
                vg_poisson_quantile(vg_random_uniform(&random), depth * amount[g] / 200);
            sum += count[g * n + k];
        }
        if (sum == 0)
            count[k] = 1;
    }
    return write_counts(s, genes, column, n, count, c->modules->gene, n_genes, error);
}

VgStatus vg_virtual_microbes(VgVirtualStudy *s, VgError *error)
{
    const VgDesignFile *design = s->design;
    for (size_t k = 0; k < design->n_layers; k++) {
        const VgDesignLayer *layer = &design->layer[k];
        if (layer->kind != VG_LAYER_COUNTS || layer->genes_of != SIZE_MAX)
            continue;
        Community community;
        VG_TRY(make_community(s, layer, &community, error));
        VG_TRY(write_taxa(&community, error));
        for (size_t g = 0; g < design->n_layers; g++)
            if (design->layer[g].genes_of == k)
                VG_TRY(write_genes(&community, &design->layer[g], error));
    }
    return VG_OK;
}
