/* What the files of vagus forest share. */
#ifndef VG_CLI_FOREST_H
#define VG_CLI_FOREST_H

#include <vagus/effect_forest.h>

#include "cli/session.h"

/* --policy and what goes with it: the table's features of the rule, the options of the search, the direction of the outcome. */
VG_MUST_CHECK VgStatus vg_cli_rule_options(VgSession *session, VgEffectForestColumns *columns,
                                           VgEffectForestOptions *options, VgError *error);
/* --costs FILE: arm and cost, harm, burden, a row an arm; enters the file among the result's inputs. */
VG_MUST_CHECK VgStatus vg_cli_rule_prices(VgSession *session, VgResult *result,
                                          const VgEffectForestTable *made,
                                          VgEffectForestOptions *options, VgError *error);

#endif
