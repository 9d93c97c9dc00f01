/* Options of vagus lmm. See command.h. */
#include "cli/model.h"

#include "cli/options.h"

const VgOptionSpec vg_lmm_options[] = {
    {.name = "formula",
     .kind = VG_ARGUMENT_TEXT,
     .argument = "FORMULA",
     .required = true,
     .help = "'outcome ~ terms + (1 + t | id)'; (1 | site/id) is (1 | site) + (1 | site:id). With "
             "--outcomes without an outcome."},
    {.name = "df",
     .kind = VG_ARGUMENT_CHOICE,
     .argument = "METHOD",
     .choice = LIST("satterthwaite", "kenward-roger", "residual"),
     .initial = "satterthwaite",
     .help = "Denominator degrees of freedom."},
    {.name = "ml", .help = "Maximum likelihood instead of REML."},
    {.name = "tests",
     .kind = VG_ARGUMENT_CHOICE,
     .argument = "TYPE",
     .choice = LIST("1", "2", "3"),
     .help = "F test of every term of the model, type I, II or III (as SAS defines them)."},
    {.name = "arm",
     .kind = VG_ARGUMENT_COLUMN,
     .argument = "COL",
     .help = "Column of the treatment arm. With it come LS means and contrasts (arm minus "
             "reference)."},
    {.name = "outcomes",
     .kind = VG_ARGUMENT_PATH,
     .argument = "FILE",
     .help = "Table of many outcomes: a row a sample, its name in the first column, a column an "
             "outcome. The model is fitted to each; samples meet DATA's rows by --sample."},
    {.name = "sample",
     .kind = VG_ARGUMENT_COLUMN,
     .argument = "COL",
     .initial = "the first",
     .help = "Column of DATA with the names of samples, for --outcomes."},
    {.name = "terms",
     .kind = VG_ARGUMENT_TEXT,
     .argument = "TERM,…",
     .initial = "all but the intercept",
     .help = "Coefficients to answer with, for --outcomes. The q-values' family is these "
             "coefficients of all outcomes."},
    {.name = "fdr",
     .kind = VG_ARGUMENT_CHOICE,
     .argument = "METHOD",
     .choice = LIST("bh", "by", "storey"),
     .initial = "bh",
     .help = "How q is had from p, for --outcomes."},
    {.name = "levels",
     .kind = VG_ARGUMENT_LEVELS,
     .argument = "COL=A,B,…",
     .repeatable = true,
     .help = "Order of a factor's levels; the first is the reference. Not named: sorted."},
    TABLE_OPTIONS,
    {.name = "drop-aliased",
     .help = "Go on when columns of the model are linear combinations of others, without them."},
    END_OF_OPTIONS,
};

const VgExample vg_lmm_examples[] = {
    {"lmm visits.csv --formula 'score ~ arm * visit + (1 + day | id)' --tests 3",
     "Random intercept and slope per participant."},
    {"lmm samples.csv --formula '~ arm * visit + (1 | id)' --outcomes clr.tsv --terms "
     "armactive:visitw8 --fdr bh --csv",
     "One model for each of thousands of features."},
    {.line = NULL},
};
