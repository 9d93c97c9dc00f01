/* The declared multiplicity procedure: adjusted p values on the rows that answer its hypotheses,
 * and a table of the procedure. A hypothesis whose analysis could not be had counts as p = 1. */
#include "trial/plan.h"

#include <math.h>

#include <vagus/multiplicity.h>

static const char *procedure_name(VgMultiplicityKind kind)
{
    static const char *const name[] = {"none", "holm", "hochberg", "graph"};
    return name[kind];
}

static VgStatus adjust(VgTrial *trial, const double *p, double *adjusted, VgError *error)
{
    const VgMultiplicity *plan = &trial->study->multiplicity;
    if (plan->kind == VG_MULTIPLICITY_GRAPH) {
        const VgMultiplicityGraph graph = {plan->n, plan->weight, plan->transition, NULL};
        VG_TRY(vg_multiplicity_graph_check(&graph, error));
        return vg_multiplicity_graph_adjust(trial->scratch, &graph, p, adjusted, error);
    }
    return vg_multiplicity_adjust(
        trial->scratch, plan->kind == VG_MULTIPLICITY_HOLM ? VG_ADJUST_HOLM : VG_ADJUST_HOCHBERG,
        plan->n, p, adjusted, error);
}

static double p_of(VgTrial *trial, size_t analysis)
{
    const VgTrialRun *run = &trial->run[analysis];
    double p = NAN;
    if (run->done && run->answer != VG_NO_ROW)
        p = trial->result->estimate[run->answer].p;
    if (!isnan(p))
        return p;
    vg_result_warn(trial->result,
                   "multiplicity: %s gave no p value and counts as 1, so that the other hypotheses "
                   "are not helped by its failure",
                   trial->study->analysis[analysis].id);
    return 1;
}

static void write_procedure(VgTrial *trial, const double *p, const double *adjusted)
{
    static const char *const columns[] = {"procedure", "analysis",  "label", "#weight",
                                          "#p",        "#adjusted", "#order"};
    const VgMultiplicity *plan = &trial->study->multiplicity;
    VgResult *result = trial->result;
    VgDataset *data = vg_result_dataset(result, NULL, "multiplicity", columns, 7);
    for (size_t k = 0; k < plan->n; k++) {
        const VgAnalysis *analysis = &trial->study->analysis[plan->analysis[k]];
        vg_dataset_row(result, data);
        vg_dataset_set_text(result, data, "procedure", procedure_name(plan->kind));
        vg_dataset_set_text(result, data, "analysis", analysis->id);
        vg_dataset_set_text(result, data, "label", analysis->label);
        if (plan->kind == VG_MULTIPLICITY_GRAPH)
            vg_dataset_set_number(result, data, "weight", plan->weight[k]);
        vg_dataset_set_number(result, data, "p", p[k]);
        vg_dataset_set_number(result, data, "adjusted", adjusted[k]);
        vg_dataset_set_number(result, data, "order", (double)(k + 1));
    }
}

VgStatus vg_trial_multiplicity(VgTrial *trial, VgError *error)
{
    const VgMultiplicity *plan = &trial->study->multiplicity;
    if (plan->kind == VG_MULTIPLICITY_NONE || plan->n == 0)
        return VG_OK;
    double *p = VG_NEW(trial->scratch, double, plan->n);
    double *adjusted = VG_NEW(trial->scratch, double, plan->n);
    if (!p || !adjusted)
        return vg_fail_memory(error);
    for (size_t k = 0; k < plan->n; k++)
        p[k] = p_of(trial, plan->analysis[k]);
    VG_TRY(adjust(trial, p, adjusted, error));
    for (size_t k = 0; k < plan->n; k++) {
        const VgTrialRun *run = &trial->run[plan->analysis[k]];
        if (run->done && run->answer != VG_NO_ROW)
            trial->result->estimate[run->answer].q = adjusted[k];
    }
    write_procedure(trial, p, adjusted);
    return VG_OK;
}
