/* The one description of the commands: names, options, words for people. See command.h. */
#include "cli/model.h"
#include "cli/options.h"
#include "cli/panel.h"

#include <string.h>

const VgOptionSpec vg_options_everywhere[] = {
    {.name = "threads",
     .kind = VG_ARGUMENT_COUNT,
     .argument = "N",
     .minimum = 1,
     .maximum = 4096,
     .initial = "all",
     .help = "Processor threads to use. The numbers do not depend on it."},
    {.name = "progress", .help = "Tell what is going on even when standard error is no terminal."},
    {.name = "quiet",
     .letter = 'q',
     .help = "Print nothing but errors and the answer that was asked for."},
    {.name = "verbose",
     .letter = 'v',
     .help = "Print more: the steps of the optimiser and the like."},
    {.name = "help", .letter = 'h', .help = "Print this help."},
    {.name = "version", .help = "Print the version."},
    END_OF_OPTIONS,
};

const VgOptionSpec vg_options_result[] = {
    {.name = "format",
     .kind = VG_ARGUMENT_CHOICE,
     .argument = "FORMAT",
     .choice = LIST("text", "json", "csv"),
     .initial = "text",
     .help = "How to print the answer."},
    {.name = "json", .help = "The same as --format json; errors come as JSON too."},
    {.name = "csv", .help = "The same as --format csv."},
    {.name = "datasets",
     .help = "With JSON: the tables behind figures too (sensitivity curves, assumptions and the "
             "like), under \"datasets\"."},
    {.name = "output",
     .letter = 'o',
     .kind = VG_ARGUMENT_PATH,
     .argument = "PATH",
     .initial = "standard output",
     .help = "Write the answer to this file, whole or not at all."},
    {.name = "level",
     .kind = VG_ARGUMENT_NUMBER,
     .argument = "LEVEL",
     .minimum = 0,
     .maximum = 1,
     .initial = "0.95",
     .help = "Confidence level of intervals."},
    {.name = "digits",
     .kind = VG_ARGUMENT_COUNT,
     .argument = "N",
     .minimum = 1,
     .maximum = 15,
     .initial = "4",
     .help = "Significant digits in text. JSON and CSV always carry the whole number."},
    {.name = "seed",
     .kind = VG_ARGUMENT_COUNT,
     .argument = "N",
     .minimum = 0,
     .maximum = 9007199254740992.0,
     .initial = "1",
     .help = "Seed of everything random. The same seed gives the same bytes."},
    END_OF_OPTIONS,
};

#define LEVELS_OPTION                                                                              \
    {                                                                                              \
        .name = "levels", .kind = VG_ARGUMENT_LEVELS, .argument = "COL=FIRST,…",                   \
        .repeatable = true, .initial = "sorted",                                                   \
        .help =                                                                                    \
            "Order of the levels of a factor; the first is the reference. Levels that are not "    \
            "named follow in sorted order. May be given for several columns."                      \
    }

#define FORMULA_OPTION                                                                             \
    {                                                                                              \
        .name = "formula", .kind = VG_ARGUMENT_TEXT, .argument = "FORMULA", .required = true,      \
        .help = "The model as R writes it: 'outcome ~ arm * visit + baseline'. Text is a factor, " \
                "and so is factor(x)."                                                             \
    }

#define ALIASED_OPTION                                                                             \
    {                                                                                              \
        .name = "drop-aliased",                                                                    \
        .help = "Leave out columns that are linear combinations of earlier ones, with a warning, " \
                "instead of refusing the model."                                                   \
    }

static const VgOptionSpec mmrm_options[] = {
    FORMULA_OPTION,
    {.name = "id",
     .kind = VG_ARGUMENT_COLUMN,
     .argument = "COL",
     .required = true,
     .help = "Column that identifies the participant."},
    {.name = "visit",
     .kind = VG_ARGUMENT_COLUMN,
     .argument = "COL",
     .required = true,
     .help = "Column of the visit; always a factor. Numbers are ordered by value, text by bytes: "
             "use --levels where that is not the order in time."},
    {.name = "arm",
     .kind = VG_ARGUMENT_COLUMN,
     .argument = "COL",
     .help =
         "Column of the treatment arm. With it come LS means, contrasts (arm minus reference at "
         "each visit) and effect sizes."},
    LEVELS_OPTION,
    TABLE_OPTIONS,
    {.name = "covariance",
     .kind = VG_ARGUMENT_CHOICE,
     .argument = "STRUCTURE",
     .choice = LIST("us", "cs", "csh", "ar1", "ar1h", "toep", "toeph", "ad", "adh"),
     .initial = "us",
     .help = "Covariance between the visits of a participant: unstructured, compound symmetry, "
             "autoregressive, Toeplitz, ante-dependence; a closing h lets the variance differ by "
             "visit."},
    {.name = "by-group",
     .kind = VG_ARGUMENT_COLUMN,
     .argument = "COL",
     .help = "Let each level of this column have its own covariance."},
    {.name = "method",
     .kind = VG_ARGUMENT_CHOICE,
     .argument = "METHOD",
     .choice = LIST("reml", "ml"),
     .initial = "reml",
     .help = "Restricted or full maximum likelihood."},
    {.name = "df",
     .kind = VG_ARGUMENT_CHOICE,
     .argument = "METHOD",
     .choice = LIST("satterthwaite", "kenward-roger", "kenward-roger-linear", "residual",
                    "between-within"),
     .initial = "satterthwaite",
     .help = "Degrees of freedom. kenward-roger-linear is what SAS prints for unstructured "
             "covariances, and is advised below 40 participants an arm."},
    {.name = "like",
     .kind = VG_ARGUMENT_CHOICE,
     .argument = "PROGRAM",
     .choice = LIST("sas", "mmrm"),
     .help =
         "Conventions of another program: sas means --df kenward-roger-linear (PROC MIXED with "
         "DDFM=KR); mmrm means the R package's defaults, which are ours. Not together with --df."},
    {.name = "weights",
     .kind = VG_ARGUMENT_COLUMN,
     .argument = "COL",
     .help = "Weights of the observations, larger than 0."},
    {.name = "margins",
     .kind = VG_ARGUMENT_CHOICE,
     .argument = "MARGINS",
     .choice = LIST("equal", "observed"),
     .initial = "equal",
     .help =
         "How LS means average over other factors: every cell alike (emmeans), or as often as it "
         "occurs (SAS OBSMARGINS)."},
    {.name = "at-mean",
     .kind = VG_ARGUMENT_CHOICE,
     .argument = "WHOSE",
     .choice = LIST("row", "subject"),
     .initial = "row",
     .help = "LS means hold covariates at their mean over the rows used (emmeans) or over "
             "participants."},
    {.name = "robust",
     .kind = VG_ARGUMENT_CHOICE,
     .argument = "TYPE",
     .choice = LIST("cr0", "cr2", "cr3"),
     .help =
         "Standard errors that hold when the covariance is wrong (sandwich by participant). Not "
         "together with Kenward-Roger."},
    {.name = "fallback",
     .kind = VG_ARGUMENT_CHOICES,
     .argument = "LIST",
     .choice = LIST("us", "cs", "csh", "ar1", "ar1h", "toep", "toeph", "ad", "adh"),
     .initial = "none",
     .help =
         "Structures to try in this order when the declared one has no certified optimum. Never "
         "done silently."},
    {.name = "tests",
     .kind = VG_ARGUMENT_CHOICE,
     .argument = "TYPE",
     .choice = LIST("1", "2", "3"),
     .help = "F test of every term of the model, type I, II or III (as SAS defines them)."},
    {.name = "standardiser",
     .kind = VG_ARGUMENT_COLUMN,
     .argument = "COL",
     .initial = "the model's SD at the visit",
     .help = "Divide effect sizes by the pooled SD, within arms, of this baseline column."},
    {.name = "visit-average",
     .help = "Also print LS means and contrasts averaged over the visits, named \"average\"."},
    {.name = "show-contrasts", .help = "Print the coefficients (L) of every LS mean and contrast."},
    {.name = "residuals",
     .kind = VG_ARGUMENT_PATH,
     .argument = "FILE",
     .help = "Write a CSV with the fitted value and the response, Pearson and normalised residual "
             "of every row used."},
    ALIASED_OPTION,
    END_OF_OPTIONS,
};

static const VgExample mmrm_examples[] = {
    {"mmrm trial.csv --formula 'change ~ baseline * visit + arm * visit' --id patient --visit "
     "visit "
     "--arm arm --levels arm=placebo,drug",
     "The usual primary analysis of a depression trial."},
    {"mmrm trial.csv --formula 'hamd ~ arm * visit' --id id --visit week --arm arm --df "
     "kenward-roger "
     "--fallback toeph,csh --json",
     "Kenward-Roger, with a declared order of simpler structures, as JSON."},
    {NULL, NULL},
};

static const VgOptionSpec lm_options[] = {
    FORMULA_OPTION,
    LEVELS_OPTION,
    TABLE_OPTIONS,
    {.name = "arm",
     .kind = VG_ARGUMENT_COLUMN,
     .argument = "COL",
     .help = "Column of the treatment arm. With it come LS means and contrasts (arm minus "
             "reference)."},
    {.name = "robust",
     .kind = VG_ARGUMENT_ROBUST,
     .argument = "TYPE",
     .choice = LIST("hc0", "hc1", "hc2", "hc3", "cluster:", "cr0:", "cr2:", "cr3:"),
     .help =
         "Standard errors that hold when the variance is not constant (hc0 to hc3) or when rows "
         "of a cluster belong together: cr0:COL, cr2:COL, cr3:COL; cluster:COL is cr2:COL."},
    {.name = "weights",
     .kind = VG_ARGUMENT_COLUMN,
     .argument = "COL",
     .help = "Weights of the rows."},
    {.name = "margins",
     .kind = VG_ARGUMENT_CHOICE,
     .argument = "MARGINS",
     .choice = LIST("equal", "observed"),
     .initial = "equal",
     .help = "How LS means average over other factors."},
    {.name = "tests",
     .kind = VG_ARGUMENT_CHOICE,
     .argument = "TYPE",
     .choice = LIST("1", "2", "3"),
     .help = "F test of every term of the model, type I, II or III (as SAS defines them)."},
    ALIASED_OPTION,
    END_OF_OPTIONS,
};

static const VgExample lm_examples[] = {
    {"lm week8.csv --formula 'hamd ~ arm + baseline + site' --arm arm --robust hc3",
     "Analysis of covariance at one visit with robust standard errors."},
    {NULL, NULL},
};

static const VgOptionSpec glm_options[] = {
    FORMULA_OPTION,
    {.name = "family",
     .kind = VG_ARGUMENT_CHOICE,
     .argument = "FAMILY",
     .choice = LIST("gaussian", "binomial", "poisson", "nb"),
     .initial = "gaussian",
     .help = "Distribution of the outcome, each with its canonical link (nb: logarithm)."},
    LEVELS_OPTION,
    TABLE_OPTIONS,
    {.name = "arm",
     .kind = VG_ARGUMENT_COLUMN,
     .argument = "COL",
     .help =
         "Column of the treatment arm. With --family binomial come risks by arm, risk difference "
         "and risk ratio, standardised over everyone (g-computation)."},
    {.name = "robust",
     .kind = VG_ARGUMENT_ROBUST,
     .argument = "TYPE",
     .choice = LIST("hc0", "hc1", "hc2", "hc3", "cluster:"),
     .help = "Standard errors that hold when the variance is not the model's (hc0 to hc3), or when "
             "rows "
             "of a cluster belong together: cluster:COL."},
    {.name = "firth",
     .help = "Firth's penalised likelihood (binomial): finite estimates where arms are separated."},
    {.name = "weights",
     .kind = VG_ARGUMENT_COLUMN,
     .argument = "COL",
     .help = "Weights of the rows."},
    ALIASED_OPTION,
    END_OF_OPTIONS,
};

static const VgExample glm_examples[] = {
    {"glm week8.csv --formula 'response ~ arm + baseline' --family binomial --arm arm",
     "Response by arm: odds ratio, and the standardised risk difference and ratio."},
    {NULL, NULL},
};

static const VgOptionSpec init_options[] = {
    {.name = "template",
     .kind = VG_ARGUMENT_CHOICE,
     .argument = "KIND",
     .choice = LIST("trial", "nof1", "fmt", "meta"),
     .initial = "trial",
     .help =
         "What kind of study to begin. This version writes trial and meta (a review); the others "
         "are refused by name."},
    END_OF_OPTIONS,
};

static const VgExample init_examples[] = {
    {"init my-trial", "A folder with a commented study.yaml and small example tables."},
    {"init my-review --template meta", "The same for a review of published trials."},
    {NULL, NULL},
};

static const VgOptionSpec no_options[] = {END_OF_OPTIONS};

static const VgExample check_examples[] = {
    {"check my-trial", "Every problem of the study, each with file and line."},
    {NULL, NULL},
};

static const VgOptionSpec run_options[] = {
    {.name = "output",
     .letter = 'o',
     .kind = VG_ARGUMENT_PATH,
     .argument = "DIR",
     .initial = "results/NAME",
     .help = "Folder for the results; NAME is that of the study's folder. It is made whole under "
             "another name and renamed."},
    END_OF_OPTIONS,
};

static const VgExample run_examples[] = {
    {"run my-trial -o results", "The declared plan; then open results/report.html."},
    {NULL, NULL},
};

static const VgExample report_examples[] = {
    {"report results", "Writes the pages, tables and figures again from results.sqlite."},
    {NULL, NULL},
};

const VgCommand vg_commands[] = {
    {.name = "mmrm",
     .synopsis = "DATA --formula FORMULA --id COL --visit COL [--arm COL] [options]",
     .summary = "mixed model for repeated measures",
     .paragraph = LIST(
         "Fits a linear model with a structured covariance between the visits of one "
         "participant, and answers with coefficients, LS means by arm and visit, contrasts (arm "
         "minus reference) at each visit, effect sizes and the covariance.",
         "DATA is a long table: one row per participant and visit. Rows whose outcome or "
         "covariates are missing are left out and counted; a visit that was missed needs no row."),
     .method = LIST(
         "REML or ML by Newton steps on the exact gradient and observed Hessian; the optimum is "
         "certified (decrement and eigenvalues are among the diagnostics). Kenward and Roger "
         "1997; Fai and Cornelius 1996."),
     .option = mmrm_options,
     .example = mmrm_examples,
     .least_inputs = 1,
     .most_inputs = 1,
     .prints_result = true,
     .run = vg_cli_mmrm},
    {.name = "lm",
     .synopsis = "DATA --formula FORMULA [--arm COL] [options]",
     .summary = "linear model, analysis of covariance",
     .paragraph = LIST("Ordinary least squares by QR, with classical or robust standard errors."),
     .method = LIST("MacKinnon and White 1985 (HC); Bell and McCaffrey 2002 (CR2)."),
     .option = lm_options,
     .example = lm_examples,
     .least_inputs = 1,
     .most_inputs = 1,
     .prints_result = true,
     .run = vg_cli_lm},
    {.name = "lmm",
     .synopsis = "DATA --formula 'y ~ x + (1 + t | id)' [--outcomes FILE] [options]",
     .summary = "linear mixed models, for one outcome or thousands",
     .paragraph =
         LIST("Random effects by groups, nested or crossed. A variance of 0 (\"singular\") is a "
              "valid result and is told in words.",
              "With --outcomes every column of another table is an outcome of the same model; "
              "missing values are allowed. Each outcome has a status in the dataset outcomes."),
     .method = LIST("REML or ML by Newton steps with exact derivatives. Degrees of freedom as "
                    "lmerTest and pbkrtest. docs/methods/lmm.md."),
     .option = vg_lmm_options,
     .example = vg_lmm_examples,
     .least_inputs = 1,
     .most_inputs = 1,
     .prints_result = true,
     .run = vg_cli_lmm},
    {.name = "glm",
     .synopsis = "DATA --formula FORMULA [--family FAMILY] [--arm COL] [options]",
     .summary = "generalised linear model; risk difference and ratio",
     .paragraph = LIST("Logistic, Poisson, negative binomial and Gaussian regression."),
     .method = LIST("Iteratively reweighted least squares. Firth 1993. Standardisation "
                    "(g-computation) with delta-method standard errors."),
     .option = glm_options,
     .example = glm_examples,
     .least_inputs = 1,
     .most_inputs = 1,
     .prints_result = true,
     .run = vg_cli_glm},
    {.name = "mediate",
     .synopsis = "DATA --treatment COL (--mediators COL | --screen FILE) --outcome COL [options]",
     .summary = "how much of an effect went through a mediator",
     .paragraph =
         LIST("Natural direct and indirect effects of two arms, the share mediated where the data "
              "can bear one, and how strong an unmeasured common cause of mediator and outcome "
              "would have to be to undo the answer. Randomisation does not rule such a cause out.",
              "The mediator must be measured before the outcome. In a table with a row per visit "
              "that is checked (--id, --visit, --mediator-at, --outcome-at).",
              "Stratum names the arm in which the other path is held: indirect(a) = E[Y(a, M(1)) - "
              "Y(a, M(0))], direct(a) = E[Y(1, M(a)) - Y(0, M(a))]."),
     .method = LIST("Imai, Keele and Yamamoto 2010; VanderWeele 2015; VanderWeele and Ding 2017. "
                    "docs/methods/mediation.md."),
     .option = vg_mediate_options,
     .example = vg_mediate_examples,
     .least_inputs = 1,
     .most_inputs = 1,
     .prints_result = true,
     .run = vg_cli_mediate},
    {.name = "forest",
     .synopsis = "DATA --treatment COL --outcome COL --features A,B,… [options]",
     .summary = "who benefits: effects by a causal forest",
     .paragraph = LIST("The effect of treatment as a function of covariates measured before it: "
                       "the average effect from doubly robust "
                       "scores (ate), whether predicted differences are real (calibration), "
                       "whether those ranked first by a forest that "
                       "has not seen them gain more (autoc, qini, group_effect), how the effect "
                       "changes with declared moderators (blp), "
                       "which covariates the trees split on (importance), and who should get which "
                       "arm (policy), where these data can bear a rule.",
                       "In a randomised trial say the probabilities of the arms by --propensity; "
                       "without it the shares of the arms are "
                       "taken. With three arms or more calibration and ranking are arm by arm, "
                       "among the people of that arm and the reference. "
                       "With --event the outcome is a time to an event that may be censored. "
                       "Covariates may be missing; words become a "
                       "column a level."),
     .method = LIST("Athey, Tibshirani and Wager 2019; Nie and Wager 2021; Chernozhukov and others "
                    "2018; Yadlowsky and "
                    "others 2025; times: Cui and others 2023. docs/methods/forest.md, "
                    "docs/methods/heterogeneity.md."),
     .option = vg_forest_options_cli,
     .example = vg_forest_examples,
     .least_inputs = 1,
     .most_inputs = 1,
     .prints_result = true,
     .run = vg_cli_forest},
    {.name = "meta",
     .synopsis = "DATA [--measure MEASURE] [options]",
     .summary = "pool the trials of an extraction table",
     .paragraph = LIST(
         "Pairwise meta-analysis: one effect a study, common and random effects, heterogeneity, "
         "prediction interval; as asked subgroups, meta-regression, influence, small-study "
         "effects, "
         "three-level models, certainty.",
         "DATA has one row a comparison: study; n1 m1 sd1 n2 m2 sd2 (1 is the treatment), or e1 n1 "
         "e2 n2, "
         "or yi with sei or vi. Other names are given with --columns, or known from metafor, R "
         "meta and "
         "metapsy."),
     .method = LIST("Viechtbauer 2005, 2010; Knapp and Hartung 2003; Higgins and others 2009. "
                    "docs/methods/meta-analysis.md names the formula and source of every number."),
     .option = vg_meta_options,
     .example = vg_meta_examples,
     .least_inputs = 1,
     .most_inputs = 1,
     .prints_result = true,
     .run = vg_cli_meta},
    {.name = "nma",
     .synopsis = "DATA [--reference TREATMENT] [--components SIGN] [options]",
     .summary = "network and component network meta-analysis",
     .paragraph = LIST(
         "Compares all treatments of a network of trials at once: contrasts, prediction intervals, "
         "ranking, inconsistency, direct against indirect evidence; with --components what each "
         "component adds.",
         "DATA has one row an arm (study, treatment, n, mean, sd or events) or one row a contrast "
         "(study, treat1, treat2, TE, seTE; every pair of a study with several arms)."),
     .method =
         LIST("Rücker 2012; Rücker and Schwarzer 2014, 2015; Rücker, Petropoulou and Schwarzer "
              "2020; Krahn 2013. docs/methods/network.md and component-network.md."),
     .option = vg_nma_options,
     .example = vg_nma_examples,
     .least_inputs = 1,
     .most_inputs = 1,
     .prints_result = true,
     .run = vg_cli_nma},
    {.name = "distance",
     .synopsis = "TABLE --metric METRIC [--tree FILE] [options]",
     .summary = "distances among samples of a feature table",
     .paragraph = LIST("TABLE is a feature table: BIOM, QIIME 2 .qza, MetaPhlAn, HUMAnN, Kraken, "
                       "or plain text. Prints "
                       "a square matrix, tab-separated (with --csv, commas); JSON lists the pairs.",
                       "No share is taken where the metric does not take it: give relative "
                       "abundances for Bray-Curtis of "
                       "shares."),
     .method =
         LIST("Conventions of vegan 2.6-4 where it has the metric. Lozupone and Knight 2005, "
              "Lozupone 2007, Chen 2012 (UniFrac); Endres and Schindelin 2003 "
              "(Jensen-Shannon); Gower 1966 (principal coordinates). docs/methods/distances.md."),
     .option = vg_distance_options,
     .example = vg_distance_examples,
     .least_inputs = 1,
     .most_inputs = 1,
     .prints_result = true,
     .run = vg_cli_distance},
    {.name = "permanova",
     .synopsis = "DISTANCES --data FILE --formula FORMULA [options]",
     .summary = "do communities differ by arm, visit, site?",
     .paragraph =
         LIST("DISTANCES is a square matrix with names (as vagus distance prints it), or a QIIME 2 "
              "DistanceMatrix. Every sample needs a row in the metadata.",
              "Samples of one participant are alike. With --participant they are never shuffled as "
              "if they were "
              "independent: shuffle participants, draw the randomisation again, or shuffle within "
              "participants.",
              "The estimate of a row is R2, its statistic F. A term that a shuffle cannot test has "
              "no p."),
     .method =
         LIST("Anderson 2001; McArdle and Anderson 2001; statistics as vegan::adonis2. Spread: "
              "Anderson 2006. p = (1 + reached) / (1 + permutations). docs/methods/permanova.md."),
     .option = vg_permanova_options,
     .example = vg_permanova_examples,
     .least_inputs = 1,
     .most_inputs = 1,
     .prints_result = true,
     .run = vg_cli_permanova},
    {.name = "norms",
     .synopsis = "REFERENCE --people FILE --values COL,... [--smooth age] [options]",
     .summary = "one person among comparable people: centiles",
     .paragraph =
         LIST("REFERENCE is a table with a row per reference person. Each person of --people gets "
              "the share of comparable people with a lower value, with an interval that tells how "
              "well so many reference people can say it.",
              "A norm belongs to its reference set: the same assay, unit and population. It is "
              "never stretched beyond the covariates of its people, needs at least 30 of them, and "
              "is no diagnosis."),
     .method =
         LIST("Cole and Green 1992; Rigby and Stasinopoulos 2004, 2014; Eilers and Marx 1996; "
              "Royston and Wright 2000 (Q statistics); Koenker and Bassett 1978. "
              "docs/methods/norms.md."),
     .option = vg_norms_options,
     .example = vg_norms_examples,
     .least_inputs = 1,
     .most_inputs = 1,
     .prints_result = true,
     .run = vg_cli_norms},
    {.name = "diversity",
     .synopsis = "TABLE [--tree FILE] [--coverage SHARE] [options]",
     .summary = "diversity within samples",
     .paragraph = LIST("Richness, Shannon, Simpson, Hill numbers, evenness, Chao1, ACE, coverage, "
                       "and with --tree "
                       "Faith's phylogenetic diversity. Logarithms are natural.",
                       "Richness grows with depth: compare samples at one --coverage."),
     .method = LIST(
         "Chao and Jost 2012; Chao and others 2014 (rarefaction and extrapolation); Faith 1992. "
         "docs/methods/diversity.md."),
     .option = vg_diversity_options,
     .example = vg_diversity_examples,
     .least_inputs = 1,
     .most_inputs = 1,
     .prints_result = true,
     .run = vg_cli_diversity},
    {.name = "transform",
     .synopsis = "TABLE --transform SCALE [options]",
     .summary = "a feature table on a scale that models can bear",
     .paragraph = LIST("Prints one row a sample and one column a feature. Log-ratios depend on the "
                       "set of features: "
                       "choose it once for a study; JSON carries its hash."),
     .method = LIST("Aitchison 1986; Egozcue 2003 (ilr); Silverman 2017 (philr, weights of 1); "
                    "Martino 2019 (rclr, "
                    "zeros stay 0). docs/methods/transforms.md."),
     .option = vg_transform_options,
     .example = vg_transform_examples,
     .least_inputs = 1,
     .most_inputs = 1,
     .prints_result = true,
     .run = vg_cli_transform},
    {.name = "differential",
     .synopsis = "TABLE --data META --formula FORMULA [--mode MODE] [options]",
     .summary = "which features change",
     .paragraph =
         LIST("One model a feature; effects are log2 fold changes. When one feature blooms all "
              "shares fall: effects are taken relative to their centre over features, which "
              "assumes that most do not change. Where the data speak against that it is told.",
              "Every sample needs a row in the metadata."),
     .method = LIST("Zhou 2022 (LinDA); Nickols 2024 (MaAsLin 3); mixed models as vagus lmm. "
                    "docs/methods/differential-response.md."),
     .option = vg_differential_options,
     .example = vg_differential_examples,
     .least_inputs = 1,
     .most_inputs = 1,
     .prints_result = true,
     .run = vg_cli_differential},
    {.name = "modules",
     .synopsis = "TABLE [--modules FILE]",
     .summary = "functions of a community from its genes",
     .paragraph =
         LIST("TABLE holds amounts of genes (KEGG orthologs and the like) by sample; stratified "
              "by taxon as HUMAnN writes it where taxa are asked for. A module is a pathway in "
              "steps: coverage is the share of steps that some gene can do, abundance the median "
              "over those steps of the best alternative.",
              "Modules are read in the dialect of omixer (ID, TAB, name; one line per step, TAB "
              "between alternatives, comma between subunits; ///). Without --modules a small set "
              "of our own stands in."),
     .method = LIST("Darzi 2016; Vieira-Silva 2016; redundancy after Tian 2020. "
                    "docs/methods/modules.md."),
     .option = vg_modules_options,
     .example = vg_modules_examples,
     .least_inputs = 1,
     .most_inputs = 1,
     .prints_result = true,
     .run = vg_cli_modules},
    {.name = "init",
     .synopsis = "DIR [--template KIND]",
     .summary = "begin a study folder",
     .paragraph =
         LIST("Writes a commented study.yaml and example tables into a new folder. What it "
              "writes passes vagus check."),
     .method = LIST(NULL),
     .option = init_options,
     .example = init_examples,
     .least_inputs = 1,
     .most_inputs = 1,
     .prints_result = true,
     .run = vg_cli_init},
    {.name = "check",
     .synopsis = "STUDY",
     .summary = "every problem of a study at once",
     .paragraph = LIST("STUDY is a folder with study.yaml, or the path of such a file; or a "
                       "design.yaml. Each problem is "
                       "one line with file, line and what to do. No problem: exit status 0."),
     .method = LIST(NULL),
     .option = no_options,
     .example = check_examples,
     .least_inputs = 1,
     .most_inputs = 1,
     .prints_result = true,
     .run = vg_cli_check},
    {.name = "run",
     .synopsis = "STUDY [-o DIR]",
     .summary = "carry out the declared plan; write the report",
     .paragraph =
         LIST("Checks the study, runs every analysis of its plan, and writes DIR/report.html, "
              "results.sqlite, results.json, manifest.json, tables/ and figures/."),
     .method = LIST(NULL),
     .option = run_options,
     .example = run_examples,
     .least_inputs = 1,
     .most_inputs = 1,
     .prints_result = true,
     .run = vg_cli_run},
    {.name = "simulate",
     .synopsis = "DESIGN -o STUDY",
     .summary = "one virtual trial as a study folder",
     .paragraph = LIST("DESIGN is a design.yaml (or a folder with one): a study file with effects "
                       "on the arrows of its causal "
                       "graph and distributions in place of tables. STUDY becomes a folder that "
                       "`vagus check` and `vagus run` take "
                       "as it is, labelled simulated, with truth.json: every total, direct and "
                       "indirect effect, of the population "
                       "and of each participant."),
     .method = LIST("Structural equations over visits with lags, moderation, adherence, dropout "
                    "and assay error "
                    "(METHODS 9.4); truth by paired counterfactuals, and by path products where "
                    "nothing is moderated."),
     .option = vg_simulate_options,
     .example = vg_simulate_examples,
     .least_inputs = 1,
     .most_inputs = 1,
     .prints_result = true,
     .run = vg_cli_simulate},
    {.name = "design",
     .synopsis = "DESIGN [--replicates N] [--graph]",
     .summary = "what a planned trial can find out, over virtual trials",
     .paragraph = LIST("DESIGN is a design.yaml (or a folder with one), as for simulate. Virtual "
                       "trials of it are drawn and each is taken "
                       "through the plan's primary mixed model and through the mediation by "
                       "channels, as measured and corrected for "
                       "measurement error. Printed are bias, spread, coverage and power (type I "
                       "error where there is no effect), an effect a line; with --json and --csv "
                       "each figure has its Monte Carlo standard error.",
                       "With --graph its causal graph is drawn instead."),
     .method = LIST("MMRM as declared in the plan; linear mediation through channel scores, "
                    "adjusted for the baselines of outcome "
                    "and channels, delta method; truth by paired counterfactuals or path products. "
                    "docs/methods/operating-characteristics.md."),
     .option = vg_design_options,
     .example = vg_design_examples,
     .least_inputs = 1,
     .most_inputs = 1,
     .prints_result = true,
     .run = vg_cli_trial_design},
    {.name = "report",
     .synopsis = "DIR",
     .summary = "write the report again from stored results",
     .paragraph = LIST("DIR is a folder that vagus run made. Nothing is computed again."),
     .method = LIST(NULL),
     .option = no_options,
     .example = report_examples,
     .least_inputs = 1,
     .most_inputs = 1,
     .prints_result = true,
     .run = vg_cli_report},
};

const size_t vg_n_commands = sizeof vg_commands / sizeof *vg_commands;

const char *const vg_commands_not_built[] = {
    "survival", "impute", "nof1", "randomise", "samplesize", "donor", "engraft", NULL,
};

const VgCommand *vg_command_find(const char *name)
{
    for (size_t i = 0; i < vg_n_commands; i++)
        if (strcmp(vg_commands[i].name, name) == 0)
            return &vg_commands[i];
    return NULL;
}

static bool has_own(const VgCommand *command, const char *name)
{
    for (const VgOptionSpec *own = command->option; own->name; own++)
        if (strcmp(own->name, name) == 0)
            return true;
    return false;
}

/* The i-th of `list` that the command does not describe itself; counts `*i` down. */
static const VgOptionSpec *shared_option(const VgCommand *command, const VgOptionSpec *list,
                                         size_t *i)
{
    for (; list->name; list++)
        if (!has_own(command, list->name) && (*i)-- == 0)
            return list;
    return NULL;
}

const VgOptionSpec *vg_command_option(const VgCommand *command, size_t i)
{
    for (const VgOptionSpec *own = command->option; own->name; own++)
        if (i-- == 0)
            return own;
    const VgOptionSpec *found = NULL;
    if (command->prints_result)
        found = shared_option(command, vg_options_result, &i);
    return found ? found : shared_option(command, vg_options_everywhere, &i);
}
