/* vagus meta: words to a plan of one pairwise analysis, its answer to the screen. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "cli/evidence.h"

static VgStatus needs(VgSession *session, const char *option, const char *other, VgError *error)
{
    if (!vg_argument_given(session->arguments, option) ||
        vg_argument_given(session->arguments, other))
        return VG_OK;
    return vg_fail(error, VG_USAGE, "--%s without --%s", "give both, or neither", option, other);
}

static VgStatus check_pairs(VgSession *session, VgError *error)
{
    VG_TRY(needs(session, "common-tau2", "subgroup", error));
    VG_TRY(needs(session, "permutations", "moderators", error));
    VG_TRY(needs(session, "effect-level", "study-level", error));
    VG_TRY(needs(session, "sampling-correlation", "study-level", error));
    VG_TRY(needs(session, "add-analysis", "add", error));
    VG_TRY(needs(session, "events-are", "convert-events", error));
    return VG_OK;
}

/* Several names, each in a list: a set. */
static unsigned small_study_set(VgSession *session, VgError *error, VgStatus *status)
{
    const char *given = vg_argument(session->arguments, "small-study");
    size_t n = 0;
    const char **item = given ? vg_argument_list(session->arena, given, &n) : NULL;
    *status = given && !item ? vg_fail_memory(error) : VG_OK;
    unsigned set = 0;
    for (size_t i = 0; item && i < n; i++)
        for (size_t k = 0; vg_small_study_names[k]; k++)
            if (strcmp(item[i], vg_small_study_names[k]) == 0)
                set |= 1u << k;
    return set;
}

static VgStatus check_trimfill(VgSession *session, unsigned looks, VgError *error)
{
    if (vg_argument_given(session->arguments, "trimfill") && !(looks & VG_SMALL_STUDY_TRIMFILL))
        return vg_fail(error, VG_USAGE, "--trimfill without --small-study trimfill",
                       "it is trim and fill's estimator");
    return VG_OK;
}

static VgStatus read_steps(VgSession *session, VgEvidenceAnalysis *analysis, VgError *error)
{
    const char *given = vg_argument(session->arguments, "steps");
    if (!given)
        return VG_OK;
    if (!(analysis->small_study & VG_SMALL_STUDY_STEP))
        return vg_fail(error, VG_USAGE, "--steps without --small-study step",
                       "they are of the step selection model");
    size_t n;
    const char **item = vg_argument_list(session->arena, given, &n);
    double *step = item ? VG_NEW(session->arena, double, n) : NULL;
    if (!step)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++) {
        char *end;
        step[i] = strtod(item[i], &end);
        if (*end || end == item[i] || !(step[i] > (i ? step[i - 1] : 0)) || !(step[i] < 1))
            return vg_fail(error, VG_USAGE, "--steps takes ascending p values, not \"%s\"",
                           "for example --steps 0.025,0.5", given);
    }
    analysis->step = step;
    analysis->n_steps = n;
    return VG_OK;
}

/* DOMAIN=LEVELS:REASON */
static VgStatus read_grade(VgSession *session, VgEvidencePlan *plan, VgError *error)
{
    static const char *const DOMAIN[] = {"risk_of_bias", "inconsistency", "indirectness",
                                         "imprecision", "publication_bias"};
    size_t n = 0;
    while (vg_argument_nth(session->arguments, "grade", n))
        n++;
    VgGradeEntry *entry = VG_NEW(session->arena, VgGradeEntry, n);
    if (!entry)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++) {
        const char *given = vg_argument_nth(session->arguments, "grade", i);
        size_t length = strcspn(given, "=");
        const char *rest = given + length;
        if (rest[0] != '=' || rest[1] < '0' || rest[1] > '2' || rest[2] != ':' || !rest[3])
            return vg_fail(
                error, VG_USAGE, "--grade takes DOMAIN=LEVELS:REASON, not \"%s\"",
                "for example --grade 'indirectness=1:mild depression only'; LEVELS is 0, 1 "
                "or 2",
                given);
        const char *name = vg_arena_strndup(session->arena, given, length);
        if (!name)
            return vg_fail_memory(error);
        for (size_t d = 0; d < sizeof DOMAIN / sizeof *DOMAIN; d++)
            if (strcmp(DOMAIN[d], name) == 0)
                entry[i].domain = DOMAIN[d];
        if (!entry[i].domain)
            return vg_fail(error, VG_USAGE, "--grade: there is no domain \"%s\"",
                           "one of: risk_of_bias, inconsistency, indirectness, imprecision, "
                           "publication_bias",
                           name);
        for (size_t k = 0; k < i; k++)
            if (strcmp(entry[k].domain, name) == 0)
                return vg_fail(error, VG_USAGE, "--grade %s is given twice",
                               "keep one, with both reasons", name);
        entry[i].downgrade = rest[1] - '0';
        entry[i].reason = rest + 3;
    }
    plan->grade = entry;
    plan->n_grade = n;
    plan->certainty = n > 0 || vg_argument_given(session->arguments, "certainty");
    return VG_OK;
}

static VgStatus read_plan(VgSession *session, VgEvidencePlan *plan, VgError *error)
{
    const VgArguments *arguments = session->arguments;
    VG_TRY(check_pairs(session, error));
    VG_TRY(vg_cli_evidence_plan(session, plan, error));
    plan->shared_control =
        (VgSharedControl)vg_cli_choice(session, "shared-control", vg_shared_control_names);
    plan->control_event_rate = vg_argument_number(arguments, "control-rate", NAN);
    VgEvidenceAnalysis *analysis = plan->analysis;
    analysis->kind = VG_EVIDENCE_PAIRWISE;
    analysis->test = (VgMetaTest)vg_cli_choice(session, "test", vg_meta_test_names);
    analysis->prediction_df =
        (VgPredictionDf)vg_cli_choice(session, "prediction-df", vg_prediction_df_names);
    analysis->subgroup = vg_argument(arguments, "subgroup");
    analysis->subgroup_common_tau2 = vg_argument_given(arguments, "common-tau2");
    analysis->moderators = vg_argument(arguments, "moderators");
    if (analysis->moderators)
        analysis->moderators += strspn(analysis->moderators, " ~");
    analysis->permutations = (size_t)vg_argument_number(arguments, "permutations", 0);
    analysis->influence = vg_argument_given(arguments, "influence");
    analysis->cumulative = vg_argument(arguments, "cumulative");
    analysis->trimfill = (VgTrimFillEstimator)vg_cli_choice(session, "trimfill", vg_trimfill_names);
    analysis->study_level = vg_argument(arguments, "study-level");
    analysis->effect_level = vg_argument(arguments, "effect-level");
    analysis->sampling_correlation = vg_argument_number(arguments, "sampling-correlation", 0);
    if (analysis->sampling_correlation < 0)
        return vg_fail(error, VG_USAGE, "--sampling-correlation is negative",
                       "effects of one study are correlated by 0 or more");
    VgStatus status;
    analysis->small_study = small_study_set(session, error, &status);
    VG_TRY(status);
    VG_TRY(check_trimfill(session, analysis->small_study, error));
    VG_TRY(read_steps(session, analysis, error));
    return read_grade(session, plan, error);
}

static bool has_prediction(const VgResult *result)
{
    for (size_t i = 0; i < result->n_estimates; i++)
        if (strcmp(result->estimate[i].quantity, "prediction") == 0)
            return true;
    return false;
}

VgStatus vg_cli_meta(VgSession *session, VgError *error)
{
    VgEvidencePlan plan;
    VG_TRY(read_plan(session, &plan, error));
    VgResult *result = vg_session_result(session);
    if (!result)
        return vg_fail_memory(error);
    VgExtraction *extraction;
    VgProblems problems;
    VG_TRY(vg_cli_extraction(session, result, &plan, &extraction, &problems, error));
    VG_TRY(vg_cli_add_trials(session, result, extraction, &plan, error));
    vg_cli_evidence_facts(session, result, &plan);
    VG_TRY(vg_evidence_run(extraction, &plan, result, error));
    vg_cli_keep_warnings(result, &problems);
    const char *prior = vg_argument(session->arguments, "as-prior");
    if ((vg_argument_given(session->arguments, "predict") || prior) && !has_prediction(result))
        return vg_fail(error, VG_NOT_ESTIMABLE, "there is no prediction interval",
                       "it needs at least three studies and a random-effects model");
    VG_TRY(vg_cli_evidence_print(session, result, error));
    return prior ? vg_cli_write_prior(result, prior, error) : VG_OK;
}
