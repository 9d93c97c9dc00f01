/* write_fixture_report DIRECTORY [SHIFT | review]: a whole report of a simulated fixture, for the browser
 * tests. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vagus/report.h>

#include "support/fixture_result.h"
#include "support/fixture_review.h"

int main(int argc, char **argv)
{
    VgError error = {0};
    char text[1024];
    VgArena *arena = vg_arena_create();
    VgResult *result = argc < 2 || !arena ? NULL
                       : argc > 2 && strcmp(argv[2], "review") == 0
                           ? fixture_review(arena)
                           : fixture_result(arena, argc > 2 ? atof(argv[2]) : -6);
    if (!result)
        return 2;
    VgStatus status = vg_report_write(result, argv[1], &error);
    if (status != VG_OK) {
        vg_error_format(&error, text, sizeof text);
        fprintf(stderr, "%s\n", text);
    }
    vg_arena_destroy(arena);
    return vg_status_exit_code(status);
}
