/* The problems of a study, printed. */
#ifndef VG_CLI_PROBLEMS_H
#define VG_CLI_PROBLEMS_H

#include <vagus/study.h>

#include "cli/session.h"

/* "FILE:LINE: what (what to do)", one a line, warnings marked as such. */
void vg_problems_text(VgBuffer *buffer, const VgProblems *problems);

/* Reads a study, computes the layers that its panel asks for and finds the nodes of its axis; all problems are collected. */
VG_MUST_CHECK VgStatus vg_cli_study(VgSession *session, const char *path, VgStudy **study,
                                    VgProblems *problems, VgError *error);

struct VgDesignFile;
/* Reads the design of the command line and tells its problems. */
VG_MUST_CHECK VgStatus vg_cli_design_file(VgSession *session, struct VgDesignFile **design,
                                          VgError *error);

/* Prints all problems to standard error (of one error only what the error line will not say). With errors the study
 * or table is refused: returns the status, `error` filled. */
VG_MUST_CHECK VgStatus vg_cli_tell_problems(VgSession *session, const VgProblems *problems,
                                            const char *what, VgStatus status, VgError *error);

#endif
