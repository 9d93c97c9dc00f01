/* Assumptions, warnings and sentences of an analysis of several mediators. */
#ifndef VG_MECHANISM_CHANNELS_WORDS_H
#define VG_MECHANISM_CHANNELS_WORDS_H

#include <vagus/channels.h>

void vg_channels_words(const VgChannelsTable *table, const VgChannelsOptions *options,
                       const VgChannels *fit, VgResult *result);

#endif
