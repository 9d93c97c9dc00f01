/* What the commands of the panel share: feature tables as matrices, trees, and tables printed as tables. */
#ifndef VG_CLI_PANEL_H
#define VG_CLI_PANEL_H

#include <vagus/feature_table.h>
#include <vagus/transform.h>

#include "cli/session.h"

/* A feature table as the commands use it: after --prevalence and --least-total. */
typedef struct VgPanelTable {
    VgFeatureTable *file;
    VgMatrix x; /* samples × features kept */
    const char **sample, **feature;
} VgPanelTable;

/* Reads the table named first on the command line and enters it among the inputs. `no_empty` says what an empty
 * sample has none of ("distance"); NULL lets them be. */
VG_MUST_CHECK VgStatus vg_cli_panel_table(VgSession *session, VgResult *result,
                                          const char *no_empty, VgPanelTable *table,
                                          VgError *error);

/* --tree, matched to the features; branches->n_nodes is 0 without it. */
VG_MUST_CHECK VgStatus vg_cli_panel_tree(VgSession *session, VgResult *result,
                                         const VgPanelTable *table, VgBranches *branches,
                                         VgError *error);

/* --zeros, --pseudocount. */
void vg_cli_panel_zeros(VgSession *session, VgTransformOptions *options);

/* The place of `name` in a NULL-terminated list that a function gives; it is there, since options are checked. */
int vg_cli_panel_choice(const char *name, const char *(*list)(int));

/* What stands in row i, column j of an answer. */
typedef double (*VgCellValue)(const void *context, size_t i, size_t j);

/* Text: tab-separated; CSV: comma-separated. JSON: `result`, which must hold the numbers. The first column is `corner`, then
 * the names of rows. `digits`: significant digits in text, 0 = whole numbers; CSV is always whole. */
VG_MUST_CHECK VgStatus vg_cli_panel_print(VgSession *session, VgResult *result, const char *corner,
                                          const char *const *row, const char *const *column,
                                          VgMatrix values, int digits, VgError *error);

/* The same of n_rows × n_columns values that are asked for one by one. Onto standard output it goes in pieces, so that neither
 * the table nor its text need be whole in memory. */
VG_MUST_CHECK VgStatus vg_cli_panel_print_cells(VgSession *session, VgResult *result,
                                                const char *corner, const char *const *row,
                                                size_t n_rows, const char *const *column,
                                                size_t n_columns, VgCellValue value,
                                                const void *context, int digits, VgError *error);

/* commands_panel.c */
extern const VgOptionSpec vg_distance_options[], vg_transform_options[], vg_diversity_options[],
    vg_permanova_options[], vg_modules_options[];
extern const VgExample vg_distance_examples[], vg_transform_examples[], vg_diversity_examples[],
    vg_permanova_examples[], vg_modules_examples[];

extern const VgOptionSpec vg_norms_options[]; /* commands_norms.c */
extern const VgExample vg_norms_examples[];

extern const VgOptionSpec vg_differential_options[];
extern const VgExample vg_differential_examples[];

#endif
