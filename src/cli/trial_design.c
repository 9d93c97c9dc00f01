/* vagus design: what a planned trial rests on, as a picture, and what it can find out. */
#include <vagus/operating.h>
#include <vagus/report.h>

#include <math.h>
#include <stdlib.h>

#include "cli/problems.h"

static VgStatus draw_graph(VgSession *session, const VgDesignFile *design, VgError *error)
{
    const char *svg;
    size_t length;
    VG_TRY(vg_report_axis_graph(session->arena, design->axis, design->study->title, &svg, &length,
                                error));
    return vg_session_write(session, svg, length, error);
}

/* --reliability 0.3,0.5,1 */
static VgStatus read_reliabilities(VgSession *session, const char *text,
                                   VgOperatingOptions *options, VgError *error)
{
    size_t n;
    const char **word = vg_argument_list(session->arena, text, &n);
    double *value = word ? VG_NEW(session->arena, double, n) : NULL;
    if (!value)
        return vg_fail_memory(error);
    for (size_t k = 0; k < n; k++) {
        char *end;
        value[k] = strtod(word[k], &end);
        if (end == word[k] || *end || !(value[k] > 0 && value[k] <= 1))
            return vg_fail(error, VG_USAGE, "the reliability \"%s\" is no number in (0, 1]",
                           "write --reliability 0.3,0.5,0.7,0.9", word[k]);
    }
    options->reliability = value;
    options->n_reliabilities = n;
    return VG_OK;
}

VgStatus vg_cli_trial_design(VgSession *session, VgError *error)
{
    const VgArguments *a = session->arguments;
    VgOperatingOptions options = {
        .replicates = (size_t)vg_argument_number(a, "replicates", 1000),
        .seed = (uint64_t)vg_argument_number(a, "seed", 1),
        .threads = (int)vg_argument_number(a, "threads", 0),
        .level = session->level,
        .population = (size_t)vg_argument_number(a, "population", 0),
        .n = (size_t)vg_argument_number(a, "participants", 0),
        .treatment = vg_argument(a, "treatment"),
        .outcome = vg_argument(a, "outcome"),
        .mediators_at = vg_argument(a, "mediators-at"),
        .primary_only = vg_argument_given(a, "primary-only"),
    };
    const char *reliability = vg_argument(a, "reliability");
    if (reliability)
        VG_TRY(read_reliabilities(session, reliability, &options, error));
    VgDesignFile *design;
    VG_TRY(vg_cli_design_file(session, &design, error));
    if (vg_argument_given(a, "graph"))
        return draw_graph(session, design, error);
    VgOperating operating;
    VgResult *result = vg_session_result(session);
    if (!result)
        return vg_fail_memory(error);
    for (size_t k = 0; k < design->study->n_inputs; k++)
        vg_result_input(result, design->study->input[k].path, design->study->input[k].sha256,
                        design->study->input[k].rows);
    vg_session_progress(session, "drawing and analysing virtual trials");
    VG_TRY(vg_operating_characteristics(session->arena, design, &options, &operating, error));
    vg_operating_result(design, &operating, result);
    return vg_session_print(session, result, error);
}
