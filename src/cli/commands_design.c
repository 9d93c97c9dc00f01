/* Options of vagus simulate and design. See command.h. */
#include "cli/options.h"

const VgOptionSpec vg_simulate_options[] = {
    {.name = "population",
     .kind = VG_ARGUMENT_COUNT,
     .argument = "N",
     .minimum = 1000,
     .maximum = 1e8,
     .initial = "50000",
     .help = "Virtual people behind the effects in truth.json, each in every arm."},
    END_OF_OPTIONS,
};

const VgExample vg_simulate_examples[] = {
    {"simulate design.yaml -o trial --seed 7", "One virtual trial; then: vagus run trial."},
    {.line = NULL},
};

const VgOptionSpec vg_design_options[] = {
    {.name = "graph", .help = "Draw the causal graph as SVG, to -o FILE or standard output."},
    END_OF_OPTIONS,
};

const VgExample vg_design_examples[] = {
    {"design design.yaml --graph -o graph.svg", "The graph with its effects."},
    {.line = NULL},
};
