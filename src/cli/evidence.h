/* What vagus meta and vagus nma share: words to a plan, a table to rows, a result to the screen. */
#ifndef VG_CLI_EVIDENCE_H
#define VG_CLI_EVIDENCE_H

#include <vagus/evidence.h>

#include "cli/session.h"

/* Options that both commands have, into the plan and its one analysis. */
VG_MUST_CHECK VgStatus vg_cli_evidence_plan(VgSession *session, VgEvidencePlan *plan,
                                            VgError *error);

/* The index of an option's value in a NULL-terminated list of names; 0 when the option was not given. */
size_t vg_cli_choice(const VgSession *session, const char *option, const char *const *name);

/* Reads the table named on the command line as rows of an extraction; with errors tells all of its problems. */
VG_MUST_CHECK VgStatus vg_cli_extraction(VgSession *session, VgResult *result,
                                         const VgEvidencePlan *plan, VgExtraction **extraction,
                                         VgProblems *problems, VgError *error);

/* Its warnings join the result's, but for lines that the analysis has told of. */
void vg_cli_keep_warnings(VgResult *result, const VgProblems *problems);

/* Facts about the review that a command knows. */
void vg_cli_evidence_facts(VgSession *session, VgResult *result, const VgEvidencePlan *plan);

/* --report DIR, then the answer on the screen. */
VG_MUST_CHECK VgStatus vg_cli_evidence_print(VgSession *session, VgResult *result, VgError *error);

/* What stands before the tables of a review in text: the forest and the answer in words. */
VG_MUST_CHECK VgStatus vg_cli_review_text(const VgResult *result, const char *analysis, int digits,
                                          FILE *stream, VgError *error);

/* trial_effect.c: --add. Appends the trials to the plan, their files to the result's inputs. */
VG_MUST_CHECK VgStatus vg_cli_add_trials(VgSession *session, VgResult *result,
                                         const VgExtraction *extraction, VgEvidencePlan *plan,
                                         VgError *error);
/* prior.c: --as-prior FILE. */
VG_MUST_CHECK VgStatus vg_cli_write_prior(const VgResult *result, const char *path, VgError *error);

#endif
