/* Options of vagus meta and vagus nma. See command.h. */
#include "cli/options.h"

#define MEASURES                                                                                   \
    LIST("generic", "smd", "d", "glass", "md", "rom", "smcr", "smcc", "or", "rr", "rd", "peto",    \
         "as", "mean", "proportion", "logit", "freeman-tukey", "cor", "zcor")

/* How an effect is read from a row, and what it is held against: both commands. */
#define EFFECT_OPTIONS                                                                             \
    {.name = "columns",                                                                            \
     .kind = VG_ARGUMENT_TEXT,                                                                     \
     .argument = "ROLE=COL,…",                                                                     \
     .initial = "the usual names",                                                                 \
     .repeatable = true,                                                                           \
     .help = "Which column holds what: study=trial,events1=ai,n1=n1i,events2=ci,n2=n2i. 1 is the " \
             "treatment, 2 the control; roles are listed in docs/study-file.md."},                 \
        {.name = "smd-variance",                                                                   \
         .kind = VG_ARGUMENT_CHOICE,                                                               \
         .argument = "FORM",                                                                       \
         .choice = LIST("large-sample", "unbiased", "revman"),                                     \
         .initial = "large-sample",                                                                \
         .help =                                                                                   \
             "Sampling variance of standardised differences: as metafor, as R meta (unbiased), "   \
             "or as RevMan 5."},                                                                   \
        {.name = "approximate-j",                                                                  \
         .help = "Small-sample factor 1 - 3/(4m - 1) instead of the exact one."},                  \
        {.name = "zero-cells",                                                                     \
         .kind = VG_ARGUMENT_CHOICE,                                                               \
         .argument = "WHERE",                                                                      \
         .choice = LIST("only-zero", "if-any-zero", "always", "none"),                             \
         .initial = "only-zero",                                                                   \
         .help = "Which studies get something added to their four cells: those with a zero, all "  \
                 "when one has a zero, all, none."},                                               \
        {.name = "zero-add",                                                                       \
         .kind = VG_ARGUMENT_NUMBER,                                                               \
         .argument = "X",                                                                          \
         .minimum = 0,                                                                             \
         .maximum = 10,                                                                            \
         .initial = "0.5",                                                                         \
         .help = "What is added to each cell."},                                                   \
        {.name = "keep-double-zero",                                                               \
         .help = "Keep studies without any event in odds and risk ratios; they are left out and "  \
                 "counted otherwise."},                                                            \
        {.name = "correlation",                                                                    \
         .kind = VG_ARGUMENT_TEXT,                                                                 \
         .argument = "R[,R…]",                                                                     \
         .initial = "none assumed",                                                                \
         .help = "Correlation of values before and after, assumed where the table gives none. "    \
                 "meta repeats the analysis with each further one: 0.5,0.3,0.7."},                 \
        {.name = "crossover-correlation",                                                          \
         .kind = VG_ARGUMENT_NUMBER,                                                               \
         .argument = "R",                                                                          \
         .minimum = -1,                                                                            \
         .maximum = 1,                                                                             \
         .initial = "none assumed",                                                                \
         .help =                                                                                   \
             "Correlation of one person's values in crossover trials (column design), assumed "    \
             "where the table gives none."},                                                       \
        {.name = "icc",                                                                            \
         .kind = VG_ARGUMENT_NUMBER,                                                               \
         .argument = "R",                                                                          \
         .minimum = 0,                                                                             \
         .maximum = 1,                                                                             \
         .initial = "none assumed",                                                                \
         .help =                                                                                   \
             "Intracluster correlation of cluster trials, assumed where the table gives none."},   \
        {.name = "lower-is-better",                                                                \
         .help = "Lower values of the outcome are better (depression scales)."},                   \
        {.name = "higher-is-better", .help = "Higher values of the outcome are better."},          \
        {.name = "benefit-positive", .help = "Turn signs so that more than nought is benefit."},   \
        {.name = "important-difference",                                                           \
         .kind = VG_ARGUMENT_NUMBER,                                                               \
         .argument = "X",                                                                          \
         .minimum = 0,                                                                             \
         .maximum = 1e9,                                                                           \
         .help = "Smallest difference that matters, on the scale that is pooled (of ratios the "   \
                 "logarithm)."},                                                                   \
        {.name = "outcome",                                                                        \
         .kind = VG_ARGUMENT_TEXT,                                                                 \
         .argument = "WORDS",                                                                      \
         .help = "What the effects are of, for people."},                                          \
        {.name = "filter",                                                                         \
         .kind = VG_ARGUMENT_TEXT,                                                                 \
         .argument = "COL=LEVEL",                                                                  \
         .help = "Only rows whose column has this value."},                                        \
        {.name = "exclude-high-risk",                                                              \
         .help = "Leave out studies whose overall risk of bias is high."},                         \
        {.name = "simulated", .help = "The table is simulated: said in the answer."},              \
    {                                                                                              \
        .name = "report", .kind = VG_ARGUMENT_PATH, .argument = "DIR",                             \
        .help = "Also write the whole results folder with report.html, figures and tables."        \
    }

const VgOptionSpec vg_meta_options[] = {
    {.name = "measure",
     .kind = VG_ARGUMENT_CHOICE,
     .argument = "MEASURE",
     .choice = MEASURES,
     .initial = "generic",
     .help = "What is pooled: effects as given (generic: yi with sei or vi), Hedges' g (smd), "
             "Cohen's d, "
             "mean difference (md), odds ratio (or), risk ratio (rr), risk difference (rd), …"},
    {.name = "method",
     .kind = VG_ARGUMENT_CHOICE,
     .argument = "METHOD",
     .choice = LIST("reml", "ml", "dl", "pm", "sj", "he", "hs", "eb", "ee"),
     .initial = "reml",
     .help = "Estimator of the variance between studies; ee is the common-effect model."},
    {.name = "test",
     .kind = VG_ARGUMENT_CHOICE,
     .argument = "TEST",
     .choice = LIST("adhoc", "knha", "t", "z"),
     .initial = "adhoc",
     .help = "Tests and intervals: Knapp-Hartung that is never narrower than t (adhoc), "
             "Knapp-Hartung, t, or normal."},
    {.name = "predict",
     .help = "The prediction interval is printed from three studies on; with this its absence is "
             "an error."},
    {.name = "prediction-df",
     .kind = VG_ARGUMENT_CHOICE,
     .argument = "DF",
     .choice = LIST("k-1", "k-2", "normal"),
     .initial = "k-1",
     .help = "Degrees of freedom of the prediction interval."},
    EFFECT_OPTIONS,
    {.name = "subgroup",
     .kind = VG_ARGUMENT_COLUMN,
     .argument = "COL",
     .help = "Pool by the levels of this column too, and test their difference."},
    {.name = "common-tau2", .help = "One tau² for all subgroups; otherwise each has its own."},
    {.name = "moderators",
     .kind = VG_ARGUMENT_TEXT,
     .argument = "FORMULA",
     .help = "Meta-regression: the right side of an R formula, 'weeks + factor(scale)'."},
    {.name = "permutations",
     .kind = VG_ARGUMENT_COUNT,
     .argument = "N",
     .minimum = 1,
     .maximum = 1e7,
     .help = "Permutation test of the meta-regression; exact where all arrangements are few."},
    {.name = "influence",
     .help = "Leave-one-out, studentised residuals, Cook's distance, DFBETAS, Baujat."},
    {.name = "cumulative",
     .kind = VG_ARGUMENT_COLUMN,
     .argument = "COL",
     .help = "Pool study by study in the order of this column."},
    {.name = "small-study",
     .kind = VG_ARGUMENT_CHOICES,
     .argument = "LIST",
     .choice =
         LIST("egger", "egger-lm", "begg", "trimfill", "pet-peese", "step", "three-parameter"),
     .help = "Looks at small-study effects: Egger's regression (mixed model, or classic), rank "
             "correlation, trim and fill, PET-PEESE, selection models."},
    {.name = "trimfill",
     .kind = VG_ARGUMENT_CHOICE,
     .argument = "ESTIMATOR",
     .choice = LIST("l0", "r0"),
     .initial = "l0",
     .help = "Estimator of the number of missing studies."},
    {.name = "steps",
     .kind = VG_ARGUMENT_TEXT,
     .argument = "P,…",
     .initial = "0.025,0.5",
     .help = "One-sided p values at which the step selection model changes its weight."},
    {.name = "study-level",
     .kind = VG_ARGUMENT_COLUMN,
     .argument = "COL",
     .help = "Several effects from one study: three-level model, with cluster-robust errors by "
             "this column."},
    {.name = "effect-level",
     .kind = VG_ARGUMENT_COLUMN,
     .argument = "COL",
     .help = "Names of the effects within studies; only for tables and figures."},
    {.name = "sampling-correlation",
     .kind = VG_ARGUMENT_NUMBER,
     .argument = "R",
     .minimum = -1,
     .maximum = 1,
     .initial = "0",
     .help = "Correlation of the sampling errors of effects from one study, 0 or more."},
    {.name = "convert-events",
     .kind = VG_ARGUMENT_CHOICE,
     .argument = "HOW",
     .choice = LIST("no", "logistic", "normal"),
     .initial = "no",
     .help = "Where smd or d is asked and a row gives only events: leave it out, or turn its log "
             "odds ratio into a standardised difference (times sqrt(3)/pi, or divided by 1.65). "
             "Needs --events-are and the direction."},
    {.name = "events-are",
     .kind = VG_ARGUMENT_CHOICE,
     .argument = "WHAT",
     .choice = LIST("better", "worse"),
     .help = "What converted events mean: people who got better (response), or worse (relapse)."},
    {.name = "shared-control",
     .kind = VG_ARGUMENT_CHOICE,
     .argument = "HOW",
     .choice = LIST("refuse", "split", "model"),
     .initial = "refuse",
     .help =
         "Several rows of one study with the same control arm: refuse, divide the control among "
         "them, or model the covariance."},
    {.name = "certainty", .help = "The GRADE table: every downgrade with its rule and reason."},
    {.name = "grade",
     .kind = VG_ARGUMENT_TEXT,
     .argument = "DOMAIN=LEVELS:REASON",
     .repeatable = true,
     .help = "A reviewer's judgement instead of the computed rule: indirectness=1:mild depression "
             "only. Means --certainty."},
    {.name = "control-rate",
     .kind = VG_ARGUMENT_NUMBER,
     .argument = "RATE",
     .minimum = 0,
     .maximum = 1,
     .help = "Share of responders among controls, for absolute figures (response, number needed to "
             "treat)."},
    {.name = "add",
     .kind = VG_ARGUMENT_PATH,
     .argument = "TRIAL",
     .repeatable = true,
     .help =
         "Add the primary answer of a finished vagus trial: its results folder or results.json. "
         "Needs --lower-is-better or --higher-is-better."},
    {.name = "add-analysis",
     .kind = VG_ARGUMENT_TEXT,
     .argument = "ID",
     .initial = "the primary one",
     .help = "Analysis of the added trials that gives the effect: response_phq9."},
    {.name = "as-prior",
     .kind = VG_ARGUMENT_PATH,
     .argument = "FILE",
     .help = "Write where the next trial's effect lies as a prior (YAML) for design files."},
    TABLE_OPTIONS,
    END_OF_OPTIONS,
};

const VgExample vg_meta_examples[] = {
    {"meta trials.csv --measure smd --lower-is-better --subgroup role --small-study egger,trimfill",
     "Hedges' g by subgroup, with a look at small studies."},
    {"meta trials.csv --measure rr --columns events1=ai,n1=n1i,events2=ci,n2=n2i --influence "
     "--report "
     "review",
     "Risk ratios from counts; report.html with forest, funnel and Baujat plots in review/."},
    {"meta effects.csv --study-level study --moderators 'year + type' --json",
     "Given effects, several of a study: three-level meta-regression, as JSON."},
    {NULL, NULL},
};

const VgOptionSpec vg_nma_options[] = {
    {.name = "measure",
     .kind = VG_ARGUMENT_CHOICE,
     .argument = "MEASURE",
     .choice = LIST("generic", "smd", "d", "md", "rom", "or", "rr", "rd", "as"),
     .initial = "generic",
     .help = "What is compared: contrasts as given (generic: treat1, treat2, TE, seTE), or one had "
             "from "
             "rows of arms (study, treatment, n, mean, sd or events)."},
    {.name = "method",
     .kind = VG_ARGUMENT_CHOICE,
     .argument = "METHOD",
     .choice = LIST("reml", "ml", "dl", "ee"),
     .initial = "reml",
     .help =
         "Estimator of the variance between studies; dl as netmeta's default; ee common effect."},
    {.name = "test",
     .kind = VG_ARGUMENT_CHOICE,
     .argument = "TEST",
     .choice = LIST("t", "z"),
     .initial = "z",
     .help = "Intervals by the normal distribution, or by t with the degrees of freedom of Q."},
    {.name = "reference",
     .kind = VG_ARGUMENT_TEXT,
     .argument = "TREATMENT",
     .initial = "the first in sorted order",
     .help = "Treatment that the others are compared with."},
    {.name = "components",
     .kind = VG_ARGUMENT_TEXT,
     .argument = "SIGN",
     .help = "Component model: what joins components in the names of treatments, '+'. Takes "
             "disconnected networks that share components."},
    {.name = "inactive",
     .kind = VG_ARGUMENT_TEXT,
     .argument = "TREATMENT",
     .help = "The component that is nought (placebo)."},
    {.name = "interaction",
     .kind = VG_ARGUMENT_TEXT,
     .argument = "A*B",
     .repeatable = true,
     .help = "Let components A and B do together more or less than their sum; answered in "
             "sentences with the network's power to see it. A and B may be types of --types: one "
             "number for all treatments that hold one of each."},
    {.name = "types",
     .kind = VG_ARGUMENT_TEXT,
     .argument = "NAME=TYPE,…",
     .repeatable = true,
     .help = "What components are: ssri=antidepressant,cbt=psychotherapy."},
    EFFECT_OPTIONS,
    TABLE_OPTIONS,
    END_OF_OPTIONS,
};

const VgExample vg_nma_examples[] = {
    {"nma contrasts.csv --reference placebo --lower-is-better --report network",
     "A network of given contrasts; league table, ranking and figures in network/."},
    {"nma contrasts.csv --components + --inactive placebo --interaction 'ssri*cbt'",
     "What do the drug, the therapy and both together add?"},
    {"nma contrasts.csv --components + --inactive placebo --interaction 'psychotherapy*drug' "
     "--types ssri=drug,tca=drug,cbt=psychotherapy",
     "Does psychotherapy do more, less or the same on top of a drug, whichever it is?"},
    {NULL, NULL},
};
