/* What the files of vagus mediate share. */
#ifndef VG_CLI_MEDIATE_H
#define VG_CLI_MEDIATE_H

#include <vagus/channels.h>

#include "cli/session.h"

/* Whether the words ask for several mediators, for channels, or for a correction of measurement error. */
bool vg_cli_is_channels(const VgArguments *arguments, size_t n_mediators);

/* Whether a correction is by SIMEX: asked for, or the only one for the model of the outcome. */
bool vg_cli_is_simex(const VgArguments *arguments);

/* 'il6=0.7,tnf=0.6:0.5:0.7' of --reliability, or a table that it names (`*file`; NULL without). */
VG_MUST_CHECK VgStatus vg_cli_reliability(VgSession *session, const VgReliabilityColumn **found,
                                          size_t *n, VgTable **file, VgError *error);

/* --lloq and --uloq: 'il6=0.5,crp=0.2'. */
VG_MUST_CHECK VgStatus vg_cli_limits(VgSession *session, const VgLimitsColumn **limits, size_t *n,
                                     VgError *error);

/* The analysis of several mediators, from words to print. */
VG_MUST_CHECK VgStatus vg_cli_channels(VgSession *session, const VgMediationColumns *shared,
                                       const VgMediationOptions *given, const char *const *mediator,
                                       size_t n_mediators, VgError *error);

/* --screen: features of a table as mediators; and what is refused without it. */
VG_MUST_CHECK VgStatus vg_cli_screen(VgSession *session, const VgMediationColumns *columns,
                                     VgError *error);
VG_MUST_CHECK VgStatus vg_cli_check_no_screen(const VgArguments *arguments, VgError *error);

/* Whether --channels or --reliability names a file: there is one, and no `=` as in words. */
bool vg_cli_is_a_file(const char *text);

/* A table with columns channel, marker and perhaps sign (1, -1); marker, reliability and perhaps lower, upper. */
VG_MUST_CHECK VgStatus vg_cli_channels_file(VgSession *session, const char *path,
                                            VgChannelsColumns *columns, VgTable **table,
                                            VgError *error);
VG_MUST_CHECK VgStatus vg_cli_reliability_file(VgSession *session, const char *path,
                                               const VgReliabilityColumn **found, size_t *n,
                                               VgTable **table, VgError *error);

#endif
