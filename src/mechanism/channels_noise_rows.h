/* Rows about noise: what could have been seen, how scores were made. */
#ifndef VG_MECHANISM_CHANNELS_NOISE_ROWS_H
#define VG_MECHANISM_CHANNELS_NOISE_ROWS_H

#include <vagus/channels.h>

/* detectable_indirect, score; facts of cross-fitting; warnings (docs/internals/result-shape.md). */
void vg_channels_noise_rows(const VgChannelsTable *table, const VgChannelsOptions *options,
                            const VgChannels *fit, VgResult *result);

#endif
