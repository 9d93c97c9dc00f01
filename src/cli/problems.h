/* The problems of a study, printed. */
#ifndef VG_CLI_PROBLEMS_H
#define VG_CLI_PROBLEMS_H

#include <vagus/study.h>

#include "cli/session.h"

/* "FILE:LINE: what (what to do)", one a line, warnings marked as such. */
void vg_problems_text(VgBuffer *buffer, const VgProblems *problems);

#endif
