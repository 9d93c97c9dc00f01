/* Options of vagus distance, transform, diversity, permanova and modules. See command.h. */
#include "cli/panel.h"

#include "cli/options.h"

#define FEATURE_OPTIONS                                                                            \
    {.name = "samples-in-rows",                                                                    \
     .help = "Plain tables: a row is a sample. Otherwise a column is one."},                       \
        {.name = "id",                                                                             \
         .kind = VG_ARGUMENT_COLUMN,                                                               \
         .argument = "COL",                                                                        \
         .initial = "the first",                                                                   \
         .help = "Plain tables: the column of names."},                                            \
        {.name = "kind",                                                                           \
         .kind = VG_ARGUMENT_CHOICE,                                                               \
         .argument = "KIND",                                                                       \
         .choice = LIST("counts", "relative", "amounts"),                                          \
         .initial = "as the file says",                                                            \
         .help = "What the numbers are: whole counts, shares, or amounts of any kind. What does "  \
                 "not fit is an error."},                                                          \
        {.name = "rank",                                                                           \
         .kind = VG_ARGUMENT_CHOICE,                                                               \
         .argument = "RANK",                                                                       \
         .choice = LIST("d", "k", "p", "c", "o", "f", "g", "s", "t"),                              \
         .initial = "s",                                                                           \
         .help = "The rank to take from files that list several (MetaPhlAn, Kraken)."},            \
        {.name = "numbers-only",                                                                   \
         .help = "Plain tables: pass over columns that hold anything but numbers."},               \
        {.name = "prevalence",                                                                     \
         .kind = VG_ARGUMENT_NUMBER,                                                               \
         .argument = "SHARE",                                                                      \
         .minimum = 0,                                                                             \
         .maximum = 1,                                                                             \
         .help = "Keep features that occur in at least this share of the samples."},               \
    {                                                                                              \
        .name = "least-total", .kind = VG_ARGUMENT_NUMBER, .argument = "X", .minimum = 0,          \
        .maximum = 1e15, .help = "Keep features that sum to at least this over all samples."       \
    }

#define TREE_OPTION                                                                                \
    {                                                                                              \
        .name = "tree", .kind = VG_ARGUMENT_PATH, .argument = "FILE",                              \
        .help = "Rooted tree of the features: Newick, or a QIIME 2 .qza."                          \
    }

#define ZERO_OPTIONS                                                                               \
    {.name = "zeros",                                                                              \
     .kind = VG_ARGUMENT_CHOICE,                                                                   \
     .argument = "RULE",                                                                           \
     .choice = LIST("pseudocount", "multiplicative", "refuse"),                                    \
     .initial = "pseudocount",                                                                     \
     .help = "What stands for zeros in logarithms: something added to every entry; 0.65 / depth "  \
             "for each zero with the rest scaled down; or an error."},                             \
    {                                                                                              \
        .name = "pseudocount", .kind = VG_ARGUMENT_NUMBER, .argument = "X", .minimum = 0,          \
        .maximum = 1e9, .initial = "0.5", .help = "What is added to every entry."                  \
    }

const VgOptionSpec vg_distance_options[] = {
    {.name = "metric",
     .kind = VG_ARGUMENT_CHOICE,
     .argument = "METRIC",
     .choice = LIST("bray", "jaccard", "jaccard-quantitative", "euclidean", "manhattan", "canberra",
                    "hellinger", "chord", "aitchison", "robust-aitchison", "jensen-shannon",
                    "unifrac", "wunifrac", "wunifrac-normalised", "gunifrac"),
     .required = true,
     .help = "The distance. jaccard is of presences; jensen-shannon is the root of the divergence "
             "in natural logarithms; the unifrac metrics need --tree."},
    TREE_OPTION,
    {.name = "alpha",
     .kind = VG_ARGUMENT_NUMBER,
     .argument = "X",
     .minimum = 0,
     .maximum = 1.0000001,
     .initial = "0.5",
     .help = "Weight of abundant branches in gunifrac, up to 1."},
    ZERO_OPTIONS,
    {.name = "pcoa",
     .kind = VG_ARGUMENT_COUNT,
     .argument = "AXES",
     .minimum = 1,
     .maximum = 1000,
     .help = "Print the principal coordinates of the distances instead: this many axes."},
    FEATURE_OPTIONS,
    END_OF_OPTIONS,
};

const VgExample vg_distance_examples[] = {
    {"distance genera.tsv --metric bray -o bray.tsv",
     "Distances among samples, for vagus permanova."},
    {"distance asv.biom --metric gunifrac --tree rooted.nwk -o unifrac.tsv",
     "UniFrac that neither rare nor abundant branches rule."},
    {"distance genera.tsv --metric aitchison --pcoa 2 --csv", "Two axes to plot."},
    {.line = NULL},
};

const VgOptionSpec vg_transform_options[] = {
    {.name = "transform",
     .kind = VG_ARGUMENT_CHOICE,
     .argument = "SCALE",
     .choice = LIST("clr", "rclr", "alr", "ilr", "philr", "log", "inverse-normal", "total-sum",
                    "absolute", "hellinger", "chord", "presence"),
     .required = true,
     .help =
         "The scale. clr, alr, ilr, philr: log-ratios (to the mean, to --reference, Helmert "
         "balances, balances of --tree); rclr: over nonzeros; inverse-normal: ranks to a normal; "
         "absolute: shares times --load."},
    ZERO_OPTIONS,
    {.name = "log-base",
     .kind = VG_ARGUMENT_NUMBER,
     .argument = "X",
     .minimum = 1,
     .maximum = 1e6,
     .initial = "e",
     .help = "Base of log."},
    {.name = "reference",
     .kind = VG_ARGUMENT_TEXT,
     .argument = "FEATURE",
     .help = "The feature that alr divides by."},
    {.name = "load",
     .kind = VG_ARGUMENT_PATH,
     .argument = "FILE",
     .help = "Table of samples and their microbial load, two columns."},
    TREE_OPTION,
    FEATURE_OPTIONS,
    END_OF_OPTIONS,
};

const VgExample vg_transform_examples[] = {
    {"transform genera.tsv --transform clr --prevalence 0.1 -o clr.tsv",
     "Centred log-ratios of genera in a tenth of the samples, one row a sample."},
    {"transform asv.biom --transform philr --tree rooted.nwk --csv", "Balances along a tree."},
    {.line = NULL},
};

const VgOptionSpec vg_diversity_options[] = {
    TREE_OPTION,
    {.name = "coverage",
     .kind = VG_ARGUMENT_NUMBER,
     .argument = "SHARE",
     .minimum = 0,
     .maximum = 1,
     .help = "Add Hill numbers at this coverage of each community, rarefied or extrapolated."},
    {.name = "size",
     .kind = VG_ARGUMENT_COUNT,
     .argument = "READS",
     .minimum = 1,
     .maximum = 1e12,
     .help = "Add Hill numbers at this depth."},
    FEATURE_OPTIONS,
    END_OF_OPTIONS,
};

const VgExample vg_diversity_examples[] = {
    {"diversity asv.biom --tree rooted.nwk --coverage 0.97",
     "All measures, Faith's phylogenetic diversity, and Hill numbers at equal coverage."},
    {.line = NULL},
};

const VgOptionSpec vg_permanova_options[] = {
    {.name = "data",
     .kind = VG_ARGUMENT_PATH,
     .argument = "FILE",
     .required = true,
     .help = "Table of metadata: one row a sample."},
    {.name = "formula",
     .kind = VG_ARGUMENT_TEXT,
     .argument = "FORMULA",
     .required = true,
     .help = "What may explain the distances: '~ site + arm * visit'. Terms are tested in this "
             "order (sequential), each after all others (marginal), and together."},
    {.name = "id",
     .kind = VG_ARGUMENT_COLUMN,
     .argument = "COL",
     .initial = "the first",
     .help = "Column of the metadata with the samples' names."},
    {.name = "participant",
     .kind = VG_ARGUMENT_COLUMN,
     .argument = "COL",
     .help = "Column of participants, where they gave several samples."},
    {.name = "shuffle",
     .kind = VG_ARGUMENT_CHOICE,
     .argument = "WHAT",
     .choice = LIST("samples", "participants", "randomisation"),
     .initial = "samples",
     .help = "What the permutations shuffle: samples (one a participant, or within participants "
             "with --strata); whole participants with as many samples; or the arms, dealt out to "
             "participants anew, whatever number of samples each has."},
    {.name = "model",
     .kind = VG_ARGUMENT_CHOICE,
     .argument = "MODEL",
     .choice = LIST("reduced", "direct"),
     .initial = "reduced",
     .help = "What is permuted for a term adjusted for others: residuals of the model without it "
             "(reduced), or the raw distances (direct, as adonis2)."},
    {.name = "arm",
     .kind = VG_ARGUMENT_COLUMN,
     .argument = "COL",
     .help = "Column of the arm, for --shuffle randomisation. Read as a factor."},
    {.name = "strata",
     .kind = VG_ARGUMENT_COLUMN,
     .argument = "COL",
     .help = "Shuffle within the levels of this column only: strata of the randomisation, or "
             "participants."},
    {.name = "permutations",
     .kind = VG_ARGUMENT_COUNT,
     .argument = "N",
     .minimum = 1,
     .maximum = 1e7,
     .initial = "999",
     .help =
         "How many. When all distinct arrangements are at most ten times as many, all are taken "
         "and p is exact."},
    {.name = "dispersion",
     .kind = VG_ARGUMENT_COLUMN,
     .argument = "COL",
     .help =
         "Also test whether the groups of this column are equally spread (PERMDISP), by the same "
         "shuffle."},
    {.name = "centre",
     .kind = VG_ARGUMENT_CHOICE,
     .argument = "CENTRE",
     .choice = LIST("median", "centroid"),
     .initial = "median",
     .help = "From where the spread is measured: the spatial median or the mean."},
    {.name = "correct",
     .kind = VG_ARGUMENT_CHOICE,
     .argument = "HOW",
     .choice = LIST("lingoes", "cailliez"),
     .initial = "as they are",
     .help = "Add the constant that makes the distances Euclidean first."},
    {.name = "missing",
     .kind = VG_ARGUMENT_TEXT,
     .argument = "CODE,…",
     .help = "Further codes for missing in the metadata, besides empty, NA, . and NaN."},
    {.name = "sheet",
     .kind = VG_ARGUMENT_TEXT,
     .argument = "NAME",
     .initial = "the first",
     .help = "Sheet of an .xlsx table of metadata."},
    END_OF_OPTIONS,
};

const VgExample vg_permanova_examples[] = {
    {"permanova bray.tsv --data samples.csv --formula '~ site + arm' --permutations 9999",
     "One sample a participant."},
    {"permanova bray.tsv --data samples.csv --formula '~ arm * visit' --participant id --shuffle "
     "randomisation "
     "--arm arm --strata site --dispersion arm",
     "Repeated samples of a trial randomised within sites: the randomisation itself is drawn "
     "again."},
    {"permanova bray.tsv --data samples.csv --formula '~ visit' --participant id --strata id",
     "Change over time, shuffled within participants."},
    {.line = NULL},
};

const VgOptionSpec vg_modules_options[] = {
    {.name = "modules",
     .kind = VG_ARGUMENT_PATH,
     .argument = "FILE",
     .initial = "a small built-in set",
     .help = "Module file in the dialect of omixer (GBMs, GMMs, your own)."},
    {.name = "show",
     .kind = VG_ARGUMENT_CHOICE,
     .argument = "WHAT",
     .choice = LIST("abundance", "coverage", "taxa", "contributors", "gap", "redundancy"),
     .initial = "abundance",
     .help = "Of stratified tables: taxa lists what each taxon brings, contributors is their "
             "effective number, gap what exists only across taxa, redundancy how far taxa could "
             "stand in for one another."},
    {.name = "statistic",
     .kind = VG_ARGUMENT_CHOICE,
     .argument = "WHAT",
     .choice = LIST("median", "average", "sum", "minimum"),
     .initial = "median",
     .help = "How the steps that are present become one abundance."},
    {.name = "least-coverage",
     .kind = VG_ARGUMENT_NUMBER,
     .argument = "SHARE",
     .minimum = -1e-9,
     .maximum = 1 + 1e-9,
     .initial = "0.66",
     .help = "Modules with a smaller share of their steps count as absent; 0 = any step will do."},
    {.name = "strict-complex",
     .help = "A complex is present only with all its subunits. Otherwise one is enough."},
    {.name = "length-normalised",
     .help = "Absent steps count as 0; a median of 0 becomes the smallest value present."},
    {.name = "allow-unknown",
     .help = "Go on though more than half of the modules' identifiers are not in the table."},
    {.name = "samples-in-rows",
     .help = "Plain tables: a row is a sample. Otherwise a column is one."},
    {.name = "id",
     .kind = VG_ARGUMENT_COLUMN,
     .argument = "COL",
     .initial = "the first",
     .help = "Plain tables: the column of names."},
    {.name = "strata-separator",
     .kind = VG_ARGUMENT_TEXT,
     .argument = "C",
     .initial = "|",
     .help = "The character between gene and taxon in stratified rows."},
    {.name = "numbers-only",
     .help = "Plain tables: pass over columns that hold anything but numbers."},
    {.name = "skip",
     .kind = VG_ARGUMENT_TEXT,
     .argument = "A,B,…",
     .help = "Plain tables: columns that hold no sample."},
    END_OF_OPTIONS,
};

const VgExample vg_modules_examples[] = {
    {"modules ko.tsv --csv -o modules.csv", "Abundance of the built-in modules, one row a sample."},
    {"modules ko_stratified.tsv --modules GBMs.txt --show taxa",
     "Which taxa carry each module, in every sample."},
    {.line = NULL},
};

const VgOptionSpec vg_differential_options[] = {
    {.name = "data",
     .kind = VG_ARGUMENT_PATH,
     .argument = "FILE",
     .required = true,
     .help = "Table of metadata: one row a sample."},
    {.name = "formula",
     .kind = VG_ARGUMENT_TEXT,
     .argument = "FORMULA",
     .required = true,
     .help = "What may change the features: '~ arm * visit + (1 | id)'. With repeated samples name "
             "the participant."},
    {.name = "mode",
     .kind = VG_ARGUMENT_CHOICE,
     .argument = "MODE",
     .choice = LIST("median", "linda", "maaslin3", "none", "absolute"),
     .initial = "median",
     .help = "Correction: effects less their median over features, its error counted; LinDA (zeros "
             "by its rule, mode); MaAsLin 3 (log share where present, and presence); none; or "
             "absolute: "
             "log2 of amounts, neither ratios nor correction."},
    {.name = "model",
     .kind = VG_ARGUMENT_CHOICE,
     .argument = "MODEL",
     .choice = LIST("linear", "nb"),
     .initial = "linear",
     .help = "Linear models of log2 ratios, or negative binomial models of counts with depth as "
             "offset (errors clustered instead of random effects)."},
    {.name = "terms",
     .kind = VG_ARGUMENT_TEXT,
     .argument = "TERM,…",
     .initial = "all but the intercept",
     .help = "Coefficients to answer with. The q-values' family is these of all features."},
    {.name = "fdr",
     .kind = VG_ARGUMENT_CHOICE,
     .argument = "METHOD",
     .choice = LIST("bh", "by", "storey"),
     .initial = "bh",
     .help = "How q is had from p."},
    {.name = "sample",
     .kind = VG_ARGUMENT_COLUMN,
     .argument = "COL",
     .initial = "the first",
     .help = "Column of the metadata with the samples' names."},
    {.name = "pseudocount",
     .kind = VG_ARGUMENT_NUMBER,
     .argument = "X",
     .minimum = 0,
     .maximum = 1e9,
     .initial = "0.5 for counts, else half the smallest amount",
     .help = "What is added to every entry before logarithms; with mode median to a sample of "
             "middle size, and to others in proportion."},
    {.name = "winsor",
     .kind = VG_ARGUMENT_NUMBER,
     .argument = "Q",
     .minimum = 0.5,
     .maximum = 0.999999,
     .initial = "none",
     .help = "Mode linda: shares of a feature above this quantile become it, such as 0.97."},
    {.name = "levels",
     .kind = VG_ARGUMENT_LEVELS,
     .argument = "COL=A,B,…",
     .repeatable = true,
     .help = "Order of a factor's levels; the first is the reference. Not named: sorted."},
    {.name = "drop-aliased",
     .help = "Go on when columns of the model are linear combinations of others, without them."},
    {.name = "missing",
     .kind = VG_ARGUMENT_TEXT,
     .argument = "CODE,…",
     .help = "Further codes for missing in the metadata, besides empty, NA, . and NaN."},
    {.name = "sheet",
     .kind = VG_ARGUMENT_TEXT,
     .argument = "NAME",
     .initial = "the first",
     .help = "Sheet of an .xlsx table of metadata."},
    FEATURE_OPTIONS,
    END_OF_OPTIONS,
};

const VgExample vg_differential_examples[] = {
    {"differential genera.tsv --data samples.csv --formula '~ arm * visit + (1 | id)' --terms "
     "armactive:visitw8 --csv",
     "What the treatment changed by week 8."},
    {"differential asv.biom --data samples.csv --formula '~ arm' --mode maaslin3",
     "Presence and abundance apart."},
    {.line = NULL},
};
