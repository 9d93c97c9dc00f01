/* Phrases of the report by key, in each language, with named slots: "{n} of 100". The tables are
 * made from language/LANGUAGE.po when vagus is built; no locale is consulted. */
#ifndef VG_REPORT_CATALOGUE_H
#define VG_REPORT_CATALOGUE_H

#include <stddef.h>

#include "base/buffer.h"

typedef struct VgPhrase {
    const char *key, *text;
} VgPhrase;

extern const VgPhrase vg_catalogue_en[];
extern const size_t vg_catalogue_en_size;

typedef struct VgSlot {
    const char *name, *value;
} VgSlot;

/* The phrase as it stands, or NULL. */
const char *vg_phrase(const char *key);
/* Appends the phrase, escaped for HTML, its slots filled. A key or slot that does not exist shows
 * as itself in brackets, which a test looks for. */
void vg_put_phrase(VgBuffer *out, const char *key, const VgSlot *slots, size_t n_slots);

#endif
