/* write_fixture_report DIRECTORY [SHIFT | review | mechanism | unclear | strata | strata-unclear | prediction |
 * prediction-useless]: a whole report of a simulated fixture, for the browser tests. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vagus/report.h>

#include "support/fixture_mechanism.h"
#include "support/fixture_prediction.h"
#include "support/fixture_result.h"
#include "support/fixture_review.h"
#include "support/fixture_strata.h"

static VgResult *make(VgArena *arena, const char *kind)
{
    return strcmp(kind, "review") == 0               ? fixture_review(arena)
           : strcmp(kind, "mechanism") == 0          ? fixture_with_mechanism(arena)
           : strcmp(kind, "unclear") == 0            ? fixture_with_unclear_mechanism(arena)
           : strcmp(kind, "strata") == 0             ? fixture_with_strata(arena)
           : strcmp(kind, "strata-unclear") == 0     ? fixture_with_unclear_strata(arena)
           : strcmp(kind, "prediction") == 0         ? fixture_with_prediction(arena)
           : strcmp(kind, "prediction-useless") == 0 ? fixture_with_useless_prediction(arena)
                                                     : fixture_result(arena, atof(kind));
}

int main(int argc, char **argv)
{
    VgError error = {0};
    char text[1024];
    VgArena *arena = vg_arena_create();
    VgResult *result = argc < 2 || !arena ? NULL : make(arena, argc > 2 ? argv[2] : "-6");
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
