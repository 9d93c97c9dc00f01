/* An error as a JSON object. */
#include "cli/session.h"

#include "report/text.h"

void vg_error_json(VgBuffer *buffer, const VgError *error)
{
    vg_buffer_text(buffer, "{\"code\": ");
    vg_json_string(buffer, vg_status_name(error->code));
    vg_buffer_text(buffer, ", \"message\": ");
    vg_json_string(buffer, error->message);
    if (error->file[0]) {
        vg_buffer_text(buffer, ", \"file\": ");
        vg_json_string(buffer, error->file);
    }
    if (error->line)
        vg_buffer_printf(buffer, ", \"line\": %zu", error->line);
    if (error->column)
        vg_buffer_printf(buffer, ", \"column\": %zu", error->column);
    if (error->hint[0]) {
        vg_buffer_text(buffer, ", \"hint\": ");
        vg_json_string(buffer, error->hint);
    }
    vg_buffer_text(buffer, "}");
}
