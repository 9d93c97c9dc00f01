/* Lineages as text: "k__…; p__…; …". */
#include "table/features/readers.h"

#include <string.h>

char vg_rank_of(const char *level, size_t length)
{
    return length >= 3 && level[1] == '_' && level[2] == '_' && level[0] &&
                   strchr("dkpcofgst", level[0])
               ? level[0]
               : '\0';
}

VgStatus vg_lineage_join(VgArena *arena, const VgField *level, size_t n, const char **lineage,
                         VgError *error)
{
    *lineage = NULL;
    while (n && level[n - 1].length == 0)
        n--;
    size_t length = 1;
    for (size_t i = 0; i < n; i++)
        length += level[i].length + 2;
    if (n == 0)
        return VG_OK;
    char *text = vg_arena_alloc_raw(arena, length, 1);
    if (!text)
        return vg_fail_memory(error);
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        if (i) {
            memcpy(text + used, "; ", 2);
            used += 2;
        }
        if (level[i].length)
            memcpy(text + used, level[i].text, level[i].length);
        used += level[i].length;
    }
    text[used] = '\0';
    *lineage = text;
    return VG_OK;
}

VgStatus vg_lineage_of(VgArena *arena, const char *text, size_t length, const char **lineage,
                       VgError *error)
{
    enum { MOST = 32 };
    VgField level[MOST];
    size_t n = 0;
    if (length >= 2 && *text == '"' && text[length - 1] == '"') { /* quoted twice by its writer */
        text++;
        length -= 2;
    }
    const char *end = text + length;
    for (const char *p = text; p <= end && n < MOST; n++) {
        const char *stop = p;
        while (stop < end && *stop != '|' && *stop != ';')
            stop++;
        const char *from = p, *to = stop;
        while (from < to && *from == ' ')
            from++;
        while (to > from && to[-1] == ' ')
            to--;
        level[n] = (VgField){from, (size_t)(to - from)};
        p = stop + 1;
    }
    return vg_lineage_join(arena, level, n, lineage, error);
}
