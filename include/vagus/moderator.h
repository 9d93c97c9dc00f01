/** @file moderator.h
 *  What was known of participants before randomisation and may change effects (`moderators:` of a study). */
#ifndef VAGUS_MODERATOR_H
#define VAGUS_MODERATOR_H

#include <vagus/axis.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct VgModerator {
    const char *
        name; /**< as declared: a column of the participants, or NAME_baseline of what is measured */
    const char *label, *unit; /**< as declared; NULL: those of the column, or of what is measured */
    VgAxisPlace
        place; /**< by column, or by outcome or feature with baseline_only; filled once the layers are complete */
} VgModerator;

#ifdef __cplusplus
}
#endif
#endif
