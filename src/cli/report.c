/* vagus report: the pages again, from the stored results. */
#include <vagus/report.h>

#include "cli/session.h"

VgStatus vg_cli_report(VgSession *session, VgError *error)
{
    const char *directory = session->arguments->input[0];
    VgResult *result = NULL;
    VG_TRY(vg_report_read(session->arena, directory, &result, error));
    VG_TRY(vg_report_write(result, directory, error));
    if (session->format != VG_FORMAT_TEXT)
        return vg_session_print(session, result, error);
    if (session->quiet)
        return VG_OK;
    VgBuffer buffer = {0};
    vg_buffer_printf(&buffer, "Report: %s/report.html\n", directory);
    VgStatus status = vg_buffer_status(&buffer, error);
    if (status == VG_OK)
        status = vg_session_write(session, buffer.text, buffer.length, error);
    vg_buffer_free(&buffer);
    return status;
}
