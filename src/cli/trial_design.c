/* vagus design: what a planned trial rests on, as a picture. */
#include <vagus/design_file.h>
#include <vagus/report.h>

#include "cli/problems.h"

VgStatus vg_cli_trial_design(VgSession *session, VgError *error)
{
    VgDesignFile *design;
    if (!vg_argument_given(session->arguments, "graph"))
        return vg_fail(error, VG_NOT_BUILT,
                       "operating characteristics: not available in this version",
                       "vagus design DESIGN --graph draws the graph");
    VG_TRY(vg_cli_design_file(session, &design, error));
    const char *svg;
    size_t length;
    VG_TRY(vg_report_axis_graph(session->arena, design->axis, design->study->title, &svg, &length,
                                error));
    return vg_session_write(session, svg, length, error);
}
