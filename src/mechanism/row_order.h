/* Rows in an order of their own, so that no answer depends on the order of a table. */
#ifndef VG_MECHANISM_ROW_ORDER_H
#define VG_MECHANISM_ROW_ORDER_H

#include <vagus/channels.h>

/* Copies of the arrays with their rows sorted by treatment, then by cluster, outcome, covariates and markers (mediator); rows
 * that are alike in all of them cannot be told apart. Sums over rows and the units that a draw picks are then the same to the
 * last digit for any order of the rows given. Rows that no analysis would take (a value missing) stay as given, so that what
 * refuses them counts them as the caller does. O(n log n). */
VG_MUST_CHECK VgStatus vg_mediation_in_order(VgArena *arena, const VgMediationData *given,
                                             VgMediationData *sorted, VgError *error);
VG_MUST_CHECK VgStatus vg_channels_in_order(VgArena *arena, const VgChannelsData *given,
                                            VgChannelsData *sorted, VgError *error);

#endif
