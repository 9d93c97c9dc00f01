/* vagus nma: words to a plan of one network analysis, its answer to the screen. */
#include <string.h>

#include "cli/evidence.h"
#include "study/review.h"

static VgStatus read_interactions(VgSession *session, VgEvidenceAnalysis *analysis, VgError *error)
{
    size_t n = 0;
    while (vg_argument_nth(session->arguments, "interaction", n))
        n++;
    VgNamedInteraction *interaction = VG_NEW(session->arena, VgNamedInteraction, n);
    if (!interaction)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++) {
        const char *given = vg_argument_nth(session->arguments, "interaction", i);
        if (vg_interaction_parse(session->arena, given, &interaction[i]))
            continue;
        return vg_arena_failed(session->arena)
                   ? vg_fail_memory(error)
                   : vg_fail(error, VG_USAGE, "--interaction takes A*B, not \"%s\"",
                             "for example --interaction 'probiotic*ssri', in quotes", given);
    }
    analysis->interaction = interaction;
    analysis->n_interactions = n;
    return VG_OK;
}

/* NAME=TYPE,NAME=TYPE:LABEL */
static VgStatus read_types(VgSession *session, VgEvidenceAnalysis *analysis, VgError *error)
{
    size_t total = 0, at = 0;
    const char *given;
    for (size_t nth = 0; (given = vg_argument_nth(session->arguments, "types", nth)) != NULL; nth++)
        for (const char *c = given; *c || (total++, 0); c++)
            total += *c == ',';
    VgComponentType *type = VG_NEW(session->arena, VgComponentType, total);
    if (!type)
        return vg_fail_memory(error);
    for (size_t nth = 0; (given = vg_argument_nth(session->arguments, "types", nth)) != NULL;
         nth++) {
        size_t n;
        const char **item = vg_argument_list(session->arena, given, &n);
        if (!item)
            return vg_fail_memory(error);
        for (size_t i = 0; i < n; i++) {
            const char *equals = strchr(item[i], '=');
            if (!equals || equals == item[i] || !equals[1])
                return vg_fail(error, VG_USAGE, "--types takes NAME=TYPE, not \"%s\"",
                               "for example --types ssri=antidepressant,cbt=psychotherapy",
                               item[i]);
            type[at].component =
                vg_arena_strndup(session->arena, item[i], (size_t)(equals - item[i]));
            type[at].type = equals + 1;
            if (!type[at++].component)
                return vg_fail_memory(error);
        }
    }
    analysis->component_type = type;
    analysis->n_component_types = at;
    return VG_OK;
}

static VgStatus read_plan(VgSession *session, VgEvidencePlan *plan, VgError *error)
{
    const VgArguments *arguments = session->arguments;
    VG_TRY(vg_cli_evidence_plan(session, plan, error));
    if (plan->n_correlation_sensitivity)
        return vg_fail(error, VG_USAGE, "--correlation takes one number in a network",
                       "run it again with the other");
    VgEvidenceAnalysis *analysis = plan->analysis;
    analysis->kind = VG_EVIDENCE_NETWORK;
    const char *test = vg_argument(arguments, "test");
    analysis->test = test && strcmp(test, "t") == 0 ? VG_META_TEST_T : VG_META_TEST_Z;
    analysis->reference = vg_argument(arguments, "reference");
    analysis->component_separator = vg_argument(arguments, "components");
    analysis->inactive = vg_argument(arguments, "inactive");
    static const char *const NEED[] = {"inactive", "interaction", "types"};
    for (size_t i = 0; i < 3; i++)
        if (vg_argument_given(arguments, NEED[i]) && !analysis->component_separator)
            return vg_fail(error, VG_USAGE, "--%s without --components",
                           "say what joins components in the names of treatments: --components +",
                           NEED[i]);
    VG_TRY(read_interactions(session, analysis, error));
    return read_types(session, analysis, error);
}

VgStatus vg_cli_nma(VgSession *session, VgError *error)
{
    VgEvidencePlan plan;
    VG_TRY(read_plan(session, &plan, error));
    VgResult *result = vg_session_result(session);
    if (!result)
        return vg_fail_memory(error);
    VgExtraction *extraction;
    VgProblems problems;
    VG_TRY(vg_cli_extraction(session, result, &plan, &extraction, &problems, error));
    vg_cli_evidence_facts(session, result, &plan);
    VG_TRY(vg_evidence_run(extraction, &plan, result, error));
    vg_cli_keep_warnings(result, &problems);
    return vg_cli_evidence_print(session, result, error);
}
