/* A study as check and run take it: read, and what its panel asks for done. */
#include <vagus/panel_clean.h>
#include <vagus/panel_derive.h>

#include "cli/problems.h"

VgStatus vg_cli_study(VgSession *session, const char *path, VgStudy **study, VgProblems *problems,
                      VgError *error)
{
    VG_TRY(vg_study_read(session->arena, path, study, problems, error));
    if ((*study)->review)
        return VG_OK;
    VG_TRY(vg_panel_clean(session->arena, *study, problems, error));
    VG_TRY(vg_panel_derive(session->arena, *study, problems, error));
    return vg_study_place_axis(session->arena, *study, problems, error);
}
