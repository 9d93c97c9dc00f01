#include "report/catalogue.h"

#include <stdlib.h>
#include <string.h>

#include "report/plot/plot.h"

static int compare(const void *key, const void *phrase)
{
    return strcmp(key, ((const VgPhrase *)phrase)->key);
}

const char *vg_phrase(const char *key)
{
    const VgPhrase *found =
        bsearch(key, vg_catalogue_en, vg_catalogue_en_size, sizeof *vg_catalogue_en, compare);
    return found ? found->text : NULL;
}

static const char *slot_value(const char *name, size_t length, const VgSlot *slots, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(slots[i].name) == length && strncmp(slots[i].name, name, length) == 0)
            return slots[i].value;
    return NULL;
}

static void put_piece(VgBuffer *out, const char *text, size_t length)
{
    VgBuffer piece = {0};
    vg_buffer_append(&piece, text, length);
    vg_put_escaped(out, piece.text);
    out->failed = out->failed || piece.failed;
    vg_buffer_free(&piece);
}

void vg_put_phrase(VgBuffer *out, const char *key, const VgSlot *slots, size_t n_slots)
{
    const char *text = vg_phrase(key);
    if (!text) {
        vg_buffer_printf(out, "[%s]", key);
        return;
    }
    while (*text) {
        size_t plain = strcspn(text, "{");
        put_piece(out, text, plain);
        text += plain;
        const char *end = *text ? strchr(text, '}') : NULL;
        if (!end)
            break;
        const char *value = slot_value(text + 1, (size_t)(end - text - 1), slots, n_slots);
        if (value)
            vg_put_escaped(out, value);
        else
            vg_buffer_printf(out, "[%.*s]", (int)(end - text - 1), text + 1);
        text = end + 1;
    }
}
