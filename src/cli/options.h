/* How options are written down: what the descriptions of commands share. */
#ifndef VG_CLI_OPTIONS_H
#define VG_CLI_OPTIONS_H

#include "cli/command.h"

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})
#define END_OF_OPTIONS                                                                             \
    {                                                                                              \
        .name = NULL                                                                               \
    }

#define TABLE_OPTIONS                                                                              \
    {.name = "missing",                                                                            \
     .kind = VG_ARGUMENT_TEXT,                                                                     \
     .argument = "CODE,…",                                                                         \
     .help = "Further codes for missing in the table, besides empty, NA, . and NaN."},             \
        {.name = "text",                                                                           \
         .kind = VG_ARGUMENT_TEXT,                                                                 \
         .argument = "COL,…",                                                                      \
         .help = "Columns to read as text though most of their values are numbers or dates."},     \
    {                                                                                              \
        .name = "sheet", .kind = VG_ARGUMENT_TEXT, .argument = "NAME", .initial = "the first",     \
        .help = "Sheet of an .xlsx table."                                                         \
    }

/* commands_mediate.c */
extern const VgOptionSpec vg_mediate_options[];
extern const VgExample vg_mediate_examples[];

/* commands_evidence.c */
extern const VgOptionSpec vg_meta_options[], vg_nma_options[];
extern const VgExample vg_meta_examples[], vg_nma_examples[];

/* commands_design.c */
extern const VgOptionSpec vg_simulate_options[], vg_design_options[];
extern const VgExample vg_simulate_examples[], vg_design_examples[];

/* commands_forest.c */
extern const VgOptionSpec vg_forest_options_cli[];
extern const VgExample vg_forest_examples[];

#endif
