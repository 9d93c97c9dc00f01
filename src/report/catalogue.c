#include "report/catalogue.h"

#include <stdlib.h>
#include <string.h>

#include "report/plot/plot.h"

static int compare(const void *key, const void *phrase)
{
    return strcmp(key, ((const VgPhrase *)phrase)->key);
}

const char *const vg_language_names[VG_LANGUAGES] = {"en", "da"};

static const VgPhrase *find(const VgPhrase *phrase, size_t n, const char *key)
{
    return bsearch(key, phrase, n, sizeof *phrase, compare);
}

const char *vg_phrase_in(VgLanguage language, const char *key)
{
    const VgPhrase *found =
        language == VG_LANGUAGE_DA ? find(vg_catalogue_da, vg_catalogue_da_size, key) : NULL;
    if (!found)
        found = find(vg_catalogue_en, vg_catalogue_en_size, key);
    return found ? found->text : NULL;
}

const char *vg_phrase(const char *key)
{
    return vg_phrase_in(VG_LANGUAGE_EN, key);
}

static const char *slot_value(const char *name, size_t length, const VgSlot *slots, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(slots[i].name) == length && strncmp(slots[i].name, name, length) == 0)
            return slots[i].value;
    return NULL;
}

static void put_piece(VgBuffer *out, const char *text, size_t length, bool escaped)
{
    VgBuffer piece = {0};
    vg_buffer_append(&piece, text, length);
    if (escaped)
        vg_put_escaped(out, piece.text);
    else
        vg_buffer_append(out, text, length);
    out->failed = out->failed || piece.failed;
    vg_buffer_free(&piece);
}

static void put_filled(VgBuffer *out, VgLanguage language, const char *key, const VgSlot *slots,
                       size_t n_slots, bool escaped)
{
    const char *text = vg_phrase_in(language, key);
    if (!text) {
        vg_buffer_printf(out, "[%s]", key);
        return;
    }
    while (*text) {
        size_t plain = strcspn(text, "{");
        put_piece(out, text, plain, escaped);
        text += plain;
        const char *end = *text ? strchr(text, '}') : NULL;
        if (!end)
            break;
        const char *value = slot_value(text + 1, (size_t)(end - text - 1), slots, n_slots);
        if (value)
            put_piece(out, value, strlen(value), escaped);
        else
            vg_buffer_printf(out, "[%.*s]", (int)(end - text - 1), text + 1);
        text = end + 1;
    }
}

void vg_put_phrase(VgBuffer *out, const char *key, const VgSlot *slots, size_t n_slots)
{
    put_filled(out, VG_LANGUAGE_EN, key, slots, n_slots, true);
}

void vg_put_phrase_in(VgBuffer *out, VgLanguage language, const char *key, const VgSlot *slots,
                      size_t n_slots)
{
    put_filled(out, language, key, slots, n_slots, true);
}

void vg_put_phrase_text(VgBuffer *out, VgLanguage language, const char *key, const VgSlot *slots,
                        size_t n_slots)
{
    put_filled(out, language, key, slots, n_slots, false);
}
