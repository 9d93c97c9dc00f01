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
    {.name = "replicates",
     .kind = VG_ARGUMENT_COUNT,
     .argument = "N",
     .minimum = 1,
     .maximum = 1e8,
     .initial = "1000",
     .help = "Virtual trials; one has no Monte Carlo errors."},
    {.name = "participants",
     .kind = VG_ARGUMENT_COUNT,
     .argument = "N",
     .minimum = 4,
     .maximum = 1e6,
     .help = "Participants, in place of the design's number."},
    {.name = "treatment",
     .kind = VG_ARGUMENT_TEXT,
     .argument = "WHAT",
     .help =
         "Whose mechanism: a component of treatment, or \"ARM against ARM\". Without it that of "
         "plan: mechanism, or the arms of the primary analysis."},
    {.name = "outcome",
     .kind = VG_ARGUMENT_TEXT,
     .argument = "OUTCOME at VISIT",
     .help = "Of the mechanism. Without it that of plan: mechanism, or the primary's."},
    {.name = "mediators-at",
     .kind = VG_ARGUMENT_TEXT,
     .argument = "VISIT",
     .help = "When the channels are measured. Without it the plan's, or the last visit before the "
             "outcome's."},
    {.name = "reliability",
     .kind = VG_ARGUMENT_TEXT,
     .argument = "LIST",
     .help = "The mechanism once more with every marker that reliable: 0.3,0.5,0.7,1."},
    {.name = "primary-only", .help = "The primary analysis alone."},
    {.name = "population",
     .kind = VG_ARGUMENT_COUNT,
     .argument = "N",
     .minimum = 1000,
     .maximum = 1e8,
     .initial = "50000",
     .help = "Virtual people behind the truth, where it is not exact by path products."},
    END_OF_OPTIONS,
};

const VgExample vg_design_examples[] = {
    {"design design.yaml --replicates 2000", "Bias, coverage and power, with Monte Carlo errors."},
    {"design design.yaml --treatment multistrain --reliability 0.3,0.5,0.7,1",
     "How the power to see a path depends on what its markers are worth."},
    {"design design.yaml --graph -o graph.svg", "The graph with its effects."},
    {.line = NULL},
};
