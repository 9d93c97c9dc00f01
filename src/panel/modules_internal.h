/* What the files of modules share. */
#ifndef VG_PANEL_MODULES_INTERNAL_H
#define VG_PANEL_MODULES_INTERNAL_H

#include <vagus/modules.h>

/* The gene of the set that each feature of the table is; SIZE_MAX = none. NULL when memory is short. */
size_t *vg_modules_gene_of(VgArena *arena, const VgModuleSet *set, const VgFeatureTable *table);

/* One module where `amount` holds every gene of the set. `scratch` has room for its steps. `abundance` is 0 below the
 * cut-off. */
void vg_module_score(const VgModuleSet *set, const VgModule *module, const double *amount,
                     const VgModuleOptions *options, double cutoff, double *scratch,
                     double *coverage, double *abundance);

/* The most steps of a module. */
size_t vg_modules_most_steps(const VgModuleSet *set);

/* Distinct genes of every module: those of module m are gene[start[m]] … gene[start[m + 1] − 1]. */
typedef struct VgModuleGenes {
    size_t *start, *gene;
} VgModuleGenes;
VG_MUST_CHECK VgStatus vg_modules_genes(VgArena *arena, const VgModuleSet *set,
                                        VgModuleGenes *genes, VgError *error);

#endif
