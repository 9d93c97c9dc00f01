/* Phrases of the report by key, in each language, with named slots: "{n} of 100". The tables are
 * made from language/LANGUAGE.po when vagus is built; no locale is consulted. */
#ifndef VG_REPORT_CATALOGUE_H
#define VG_REPORT_CATALOGUE_H

#include <stddef.h>

#include "base/buffer.h"

typedef struct VgPhrase {
    const char *key, *text;
} VgPhrase;

extern const VgPhrase vg_catalogue_en[], vg_catalogue_da[];
extern const size_t vg_catalogue_en_size, vg_catalogue_da_size;

/* English is whole; Danish holds the page for patients. */
typedef enum VgLanguage { VG_LANGUAGE_EN = 0, VG_LANGUAGE_DA } VgLanguage;
enum { VG_LANGUAGES = 2 };
extern const char *const vg_language_names[VG_LANGUAGES]; /* "en", "da" */

typedef struct VgSlot {
    const char *name, *value;
} VgSlot;

/* The phrase as it stands, or NULL; in English where the language lacks it. */
const char *vg_phrase(const char *key);
const char *vg_phrase_in(VgLanguage language, const char *key);
/* Appends the phrase, escaped for HTML, its slots filled. A key or slot that does not exist shows
 * as itself in brackets, which a test looks for. */
void vg_put_phrase(VgBuffer *out, const char *key, const VgSlot *slots, size_t n_slots);
void vg_put_phrase_in(VgBuffer *out, VgLanguage language, const char *key, const VgSlot *slots,
                      size_t n_slots);
/* The same as plain text, to be a slot of another phrase. */
void vg_put_phrase_text(VgBuffer *out, VgLanguage language, const char *key, const VgSlot *slots,
                        size_t n_slots);

#endif
