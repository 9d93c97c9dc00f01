/** @file modules.h
 *  Functions from genes: what share of a module (a pathway as steps) a community can carry out, and how much of it.
 *
 *  Module files are in the dialect of omixer: a record is a line `id TAB name`, then one line per step, then `///`.
 *  On a line of a step TAB separates alternatives (any will do) and a comma joins the subunits of a complex.
 *  Identifiers (K00453, COG0059, …) are opaque. Lines that begin with '#' are comments. */
#ifndef VAGUS_MODULES_H
#define VAGUS_MODULES_H

#include <stdbool.h>

#include <vagus/feature_table.h>
#include <vagus/matrix.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A step: alternatives first_alternative … of the set, in the order of the file. */
typedef struct VgModuleStep {
    size_t first_alternative, n_alternatives;
    size_t line; /**< in the file */
} VgModuleStep;

/** An alternative: subunits first_subunit … of the set. */
typedef struct VgModuleAlternative {
    size_t first_subunit, n_subunits;
} VgModuleAlternative;

typedef struct VgModule {
    const char *id, *name;
    size_t first_step, n_steps;
    size_t line;
} VgModule;

/** Modules as read. Memory belongs to the arena. */
typedef struct VgModuleSet {
    const char *path;
    size_t n_modules, n_steps, n_alternatives, n_subunits, n_genes;
    VgModule *module;
    VgModuleStep *step;
    VgModuleAlternative *alternative;
    size_t *subunit;   /**< n_subunits: index into `gene` */
    const char **gene; /**< n_genes distinct identifiers, in order of appearance */
    /** the last module where it is not closed by `///`: the file may have been cut off; NULL = closed */
    const VgModule *open_end;
} VgModuleSet;

/** Reads modules from the text of a file (spaces or TABs at the end of a line, CRLF and a byte-order mark are passed
 *  over). O(bytes).
 *  @param path  for messages only
 *  @return VG_INVALID_INPUT with the line: a record without steps or without an id; an empty step,
 *          alternative or subunit; spaces in an identifier (a file whose TABs were lost); a module twice; no module.
 *          VG_NO_MEMORY. */
VG_MUST_CHECK VgStatus vg_modules_parse(VgArena *arena, const char *path, const char *text,
                                        size_t size, VgModuleSet **set, VgError *error);

/** Gut–brain modules of our own (docs/methods/modules.md), written from public pathway knowledge; for
 *  vg_modules_parse. Not a curated release. */
const char *vg_modules_builtin(size_t *size);

/** How the values of the steps that are present become one. */
typedef enum VgModuleStatistic {
    VG_MODULE_MEDIAN = 0, /**< of an even number the mean of the middle two */
    VG_MODULE_AVERAGE,
    VG_MODULE_SUM,
    VG_MODULE_MINIMUM /**< of the subunits that are present, over all steps */
} VgModuleStatistic;

/** Zero-initialised: median over present steps, a subunit is enough, coverage of 0.66 or more. */
typedef struct VgModuleOptions {
    VgModuleStatistic statistic;
    double cutoff;       /**< least coverage (inclusive); 0 = 0.66 */
    bool no_cutoff;      /**< any step will do */
    bool strict_complex; /**< an alternative is present only with all its subunits */
    /** absent steps count as 0; a median of 0 becomes the smallest present value; a sum is divided by the steps */
    bool length_normalised;
    /** go on though more than half of the modules' identifiers are nowhere in the table */
    bool allow_unknown;
} VgModuleOptions;

/** Coverage and abundance of every module in every sample. */
typedef struct VgModuleScores {
    VgMatrix coverage;  /**< samples × modules: present steps / steps, before the cut-off */
    VgMatrix abundance; /**< samples × modules; 0 where coverage is 0 or below the cut-off */
    double cutoff;
    /** n_genes of the set: the identifier occurs in the table */
    bool *known;
    size_t n_known;
    /** modules that no sample with these identifiers could bring to the cut-off: a step of theirs has no identifier in
     *  the table */
    bool *never;
    size_t n_never;
    /** the cut-off is above 2/3 and below 0.7: modules of three steps with two are lost */
    bool cutoff_loses_two_of_three;
} VgModuleScores;

/** Scores modules in the community rows of a table of genes.
 *
 *  The value of an alternative is the sum of its subunits / their number (VG_MODULE_MINIMUM: the least that is present); it is present when that is above 0 (or,
 *  strictly, when each subunit is). A step takes its best present alternative. Coverage and every statistic grow with
 *  each step's value, so this attains what a search over all paths through the alternatives finds, in
 *  O(values + samples · alternatives). Identifiers of the table match whole or by their part before ':' or a space
 *  ("K00453: tryptophan …", "ko:K00453"); several rows of one identifier are summed.
 *  @return VG_INVALID_INPUT: more than half of the modules' identifiers are not in the table (another annotation?);
 *          a cut-off beyond 1; VG_NO_MEMORY.
 *  Source: Darzi 2016; Vieira-Silva 2016; METHODS 1.5. */
VG_MUST_CHECK VgStatus vg_modules_score(VgArena *arena, const VgModuleSet *set,
                                        const VgFeatureTable *table, const VgModuleOptions *options,
                                        VgModuleScores *scores, VgError *error);

/** What one taxon brings to a module in a sample: only modules that it covers by itself. */
typedef struct VgModulePart {
    size_t sample, module;
    size_t taxon; /**< index into strata->taxon_id */
    double coverage, abundance;
    double share; /**< of the sum over taxa */
} VgModulePart;

/** Who carries a module, per sample and module (index sample + module × samples). */
typedef struct VgModuleTaxa {
    size_t n_parts;
    VgModulePart *part; /**< by sample, module, taxon */
    VgMatrix sum;       /**< samples × modules: Σ over taxa of their abundance */
    VgMatrix effective; /**< 1/Σ share²; 0 without a taxon */
    /** community abundance − sum: what exists only across taxa (cross-feeding), or, below 0, what the taxa have more
     *  of than the community's median step */
    VgMatrix gap;
} VgModuleTaxa;

/** Scores the modules taxon by taxon. A module that is complete only across taxa is absent from each.
 *  @param community  scores of the same table
 *  @return VG_INVALID_INPUT when the table is not stratified; VG_NO_MEMORY. O(strata values · modules per gene). */
VG_MUST_CHECK VgStatus vg_modules_by_taxon(VgArena *arena, const VgModuleSet *set,
                                           const VgFeatureTable *table,
                                           const VgModuleOptions *options,
                                           const VgModuleScores *community, VgModuleTaxa *taxa,
                                           VgError *error);

/** How much the taxa of a community could stand in for one another. */
typedef struct VgRedundancy {
    double taxonomic;  /**< TD = 1 − Σp² */
    double functional; /**< FD = Σ_{i≠j} d_ij p_i p_j (Rao) */
    double redundancy; /**< FR = TD − FD */
    double normalised; /**< FR/TD; NaN for a community of one taxon */
} VgRedundancy;

/** Functional redundancy; d_ij = 1 − Σ_k min(G_ik, G_jk)/Σ_k max(G_ik, G_jk), 0 for two taxa without any gene.
 *  @param p     n taxa, >= 0, not all 0; scaled to sum 1
 *  @param genes n × genes, >= 0: copies of each gene in each taxon
 *  O(taxa² · genes). @return VG_INVALID_INPUT. Source: Tian 2020. */
VG_MUST_CHECK VgStatus vg_functional_redundancy(const double *p, VgMatrix genes,
                                                VgRedundancy *redundancy, VgError *error);

/** Redundancy of each module in each sample of a stratified table: over the taxa that carry a gene of the module, p = each
 *  one's share of the sample's total, genes = its amounts of the module's genes / its total (so that a taxon's
 *  abundance does not count as copies).
 *  @param redundancy  samples × modules entries, sample + module × samples; all NaN without a carrier
 *  @return VG_INVALID_INPUT when the table is not stratified; VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_modules_redundancy(VgArena *arena, const VgModuleSet *set,
                                             const VgFeatureTable *table, VgRedundancy *redundancy,
                                             VgError *error);

/** What the values of a study's layer NAME_modules came from (vg_panel_derive). */
typedef struct VgLayerModules {
    const VgModuleSet *set;
    const VgFeatureTable *table; /**< the parent's genes in the layer's samples */
    VgModuleScores scores;       /**< the layer's samples × modules, in the amounts of the table */
    const double *total;         /**< n_samples: all genes of the sample */
    const VgModuleTaxa *taxa;    /**< NULL: the table is not stratified */
    const VgRedundancy
        *redundancy; /**< samples × modules, sample + module × samples; NULL likewise */
} VgLayerModules;

/** "median", "average", "sum", "minimum"; NULL after the last. */
const char *vg_module_statistic_name(VgModuleStatistic statistic);

#ifdef __cplusplus
}
#endif
#endif
