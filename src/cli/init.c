/* vagus init: begin a study folder. */
#include <vagus/study.h>

#include "cli/session.h"
#include "report/text.h"

VgStatus vg_cli_init(VgSession *session, VgError *error)
{
    const char *directory = session->arguments->input[0];
    const char *kind = vg_argument(session->arguments, "template");
    VG_TRY(vg_study_init(directory, kind ? kind : "trial", error));
    VgBuffer buffer = {0};
    if (session->format == VG_FORMAT_JSON) {
        vg_buffer_text(&buffer,
                       "{\"vagus\": \"" VAGUS_VERSION "\", \"command\": \"init\", \"directory\": ");
        vg_json_string(&buffer, directory);
        vg_buffer_text(&buffer, "}\n");
    } else if (!session->quiet) {
        vg_buffer_printf(&buffer,
                         "Written: %s/study.yaml and example tables.\n"
                         "Next: edit it, then vagus check %s && vagus run %s\n",
                         directory, directory, directory);
    }
    VgStatus status = vg_buffer_status(&buffer, error);
    if (status == VG_OK && buffer.length)
        status = vg_session_write(session, buffer.text, buffer.length, error);
    vg_buffer_free(&buffer);
    return status;
}
