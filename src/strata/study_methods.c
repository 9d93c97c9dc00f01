/* Sentences of the methods section on `plan: strata`, and the works behind them. */
#include "strata/study_run.h"

#include "base/buffer.h"
#include "result/plan_rows.h"

typedef struct Work {
    const char *key, *citation;
} Work;

static const Work IMPUTED = {"white_thompson_2005",
                             "White IR, Thompson SG. Adjusting for partially missing baseline "
                             "measurements in randomized trials. Statistics in Medicine "
                             "2005;24:993–1007."};
static const Work FOREST = {"athey_tibshirani_wager_2019",
                            "Athey S, Tibshirani J, Wager S. Generalized random forests. Annals of "
                            "Statistics 2019;47:1148–1178."};
static const Work LEARNER = {"nie_wager_2021",
                             "Nie X, Wager S. Quasi-oracle estimation of heterogeneous treatment "
                             "effects. Biometrika 2021;108:299–319."};
static const Work RULE = {"athey_wager_2021",
                          "Athey S, Wager S. Policy learning with observational "
                          "data. Econometrica 2021;89:133–161."};
static const Work RANKS = {"yadlowsky_2025",
                           "Yadlowsky S, Fleming S, Shah N, Brunskill E, Wager S. Evaluating "
                           "treatment prioritization rules via rank-weighted average treatment "
                           "effects. Journal of the American Statistical Association "
                           "2025;120:38–51."};

static void cite(const VgStrataStudy *s, Work work)
{
    vg_plan_cite(s->result, work.key, work.citation);
}

static void moderator_sentence(const VgStrataStudy *s, VgBuffer *text)
{
    bool filled = false;
    vg_buffer_printf(text,
                     "Whether the effect on %s at %s differs between people was asked of the "
                     "declared moderators",
                     s->baseline.outcome_label, s->baseline.outcome_at);
    for (size_t m = 0; m < s->n_moderators; m++) {
        size_t j = s->moderator[m];
        vg_buffer_printf(text, "%s %s", m ? "," : "", s->baseline.label[s->column[j]]);
        filled = filled || s->imputed[j] > 0;
    }
    vg_buffer_printf(text, ", in the %zu participants with an outcome. ", s->trial.n);
    if (!filled)
        return;
    vg_buffer_text(text, "Baseline values that were not measured were filled in by the mean of "
                         "everybody measured, arms not looked at. ");
    cite(s, IMPUTED);
}

static void learned_sentences(const VgStrataStudy *s, bool forest, VgBuffer *text)
{
    vg_buffer_printf(
        text,
        "Each arm was compared with %s: interaction tests with robust standard errors (%s over "
        "moderators), and, for the verdict, a permutation test of all moderators in which arms "
        "were dealt out as they were. ",
        s->trial.arm_name[0], vg_multiplicity_name(s->plan->adjust));
    vg_buffer_printf(
        text,
        "Effects of persons were learnt by %s, cross-fitted, with the "
        "probabilities of randomisation %s; people were ranked by predictions of models "
        "that had not seen them. ",
        forest ? "a causal forest"
               : "ridge regression of what arms leave of the "
                 "outcome (the R-learner)",
        s->baseline.propensity_declared ? "as declared" : "as the arms came out");
    cite(s, forest ? FOREST : LEARNER);
    cite(s, RANKS);
    if (!s->plan->policy.wanted)
        return;
    vg_buffer_printf(text,
                     "The rule is the best tree of depth %zu with %zu people or more in a leaf, "
                     "found by exact search; what it is worth was told on people it was not made "
                     "from. %s",
                     s->plan->policy.depth, s->plan->policy.min_leaf,
                     s->plan->policy.price ? "Costs, harms and burden declared beforehand are "
                                             "taken off. "
                                           : "");
    cite(s, RULE);
}

void vg_strata_study_methods(VgStrataStudy *s, bool forest, bool few)
{
    VgBuffer text = {0};
    moderator_sentence(s, &text);
    if (few)
        vg_buffer_text(&text, "People were too few to learn who benefits: the moderators were "
                              "tested one at a time, each in a linear model with robust standard "
                              "errors.");
    else
        learned_sentences(s, forest, &text);
    vg_plan_method(s->result, s->plan->label, text.text ? text.text : "");
    vg_buffer_free(&text);
}
