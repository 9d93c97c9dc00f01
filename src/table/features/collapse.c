/* Features with one lineage down to a rank, taken together; lineages in words. */
#include <vagus/feature_table.h>

#include <stdint.h>
#include <string.h>

#include "base/map.h"
#include "base/memory.h"
#include "table/features/readers.h"

static const char ORDER[] = "kpcofgst"; /* d stands where k does */
static const char *const WORD[] = {"kingdom", "phylum", "class",   "order",
                                   "family",  "genus",  "species", "strain"};
enum { N_LEVELS = 8 };

/* Place of a level "g__…" in the order of ranks; without a prefix its place in the lineage. */
static size_t place_of(const char *level, size_t length, size_t position)
{
    char rank = vg_rank_of(level, length);
    if (rank == 'd')
        rank = 'k';
    const char *at = rank ? strchr(ORDER, rank) : NULL;
    return at ? (size_t)(at - ORDER) : position;
}

typedef struct Level {
    const char *name; /* without its prefix */
    size_t length, place;
    const char *end; /* in the lineage */
} Level;

/* The next level that is named; false at the end. */
static bool next_level(const char **text, size_t *position, Level *level)
{
    while (**text) {
        const char *begin = *text + strspn(*text, " ;");
        size_t length = strcspn(begin, ";");
        *text = begin + length;
        while (length && begin[length - 1] == ' ')
            length--;
        if (!length)
            continue;
        size_t prefix = vg_rank_of(begin, length) ? 3 : 0;
        *level = (Level){begin + prefix, length - prefix, place_of(begin, length, *position),
                         begin + length};
        (*position)++;
        if (level->length)
            return true;
    }
    return false;
}

const char *vg_lineage_label(VgArena *arena, const char *lineage)
{
    Level lowest = {0}, genus = {0}, level;
    size_t position = 0;
    for (const char *text = lineage; next_level(&text, &position, &level);) {
        lowest = level;
        if (level.place == 5)
            genus = level;
    }
    if (!lowest.length)
        return "unassigned";
    int length = (int)lowest.length;
    bool species = lowest.place == 6 && genus.length;
    if (species &&
        (lowest.length < genus.length || memcmp(lowest.name, genus.name, genus.length) != 0))
        return vg_arena_printf(arena, "%.*s %.*s", (int)genus.length, genus.name, length,
                               lowest.name);
    if (lowest.place >= 5 || lowest.place >= N_LEVELS)
        return vg_arena_printf(arena, "%.*s", length, lowest.name);
    return vg_arena_printf(arena, "%.*s (%s)", length, lowest.name, WORD[lowest.place]);
}

/* How much of a lineage stands at or above the rank. */
static size_t length_to(const char *lineage, size_t place)
{
    size_t position = 0, length = 0;
    Level level;
    for (const char *text = lineage; next_level(&text, &position, &level);)
        if (level.place <= place)
            length = (size_t)(level.end - lineage);
    return length;
}

/* Each feature's group; groups are named by their part of the lineage. */
static VgStatus group_features(VgArena *arena, const VgFeatureTable *table, size_t place,
                               uint32_t *group, VgFeatureTable *to, VgError *error)
{
    VgMap *map = vg_map_create(arena);
    to->feature_id = VG_NEW(arena, const char *, table->n_features);
    to->lineage = VG_NEW(arena, const char *, table->n_features);
    if (!map || !to->feature_id || !to->lineage)
        return vg_fail_memory(error);
    for (size_t j = 0; j < table->n_features; j++) {
        const char *lineage = table->lineage[j] ? table->lineage[j] : "";
        size_t length = length_to(lineage, place);
        int64_t at = length ? vg_map_add(map, lineage, length) : vg_map_add(map, "unassigned", 10);
        if (at < 0)
            return vg_fail_memory(error);
        group[j] = (uint32_t)at;
        if ((size_t)at < to->n_features)
            continue;
        to->feature_id[at] = vg_map_key(map, (size_t)at);
        to->lineage[at] = length ? to->feature_id[at] : NULL;
        to->n_features++;
    }
    return VG_OK;
}

static VgStatus sum_groups(VgArena *arena, const VgFeatureTable *table, const uint32_t *group,
                           VgFeatureTable *to, VgError *error)
{
    const VgAbundances *from = &table->amount;
    size_t n_values = from->start[table->n_samples];
    VgAbundances *sum = &to->amount;
    sum->start = VG_NEW(arena, size_t, table->n_samples + 1);
    sum->feature = VG_NEW(arena, uint32_t, n_values);
    sum->value = VG_NEW(arena, double, n_values);
    double *total = VG_NEW(arena, double, to->n_features);
    if (!sum->start || !sum->feature || !sum->value || !total)
        return vg_fail_memory(error);
    size_t n = 0;
    for (size_t i = 0; i < table->n_samples; i++) {
        memset(total, 0, to->n_features * sizeof *total);
        for (size_t k = from->start[i]; k < from->start[i + 1]; k++)
            total[group[from->feature[k]]] += from->value[k];
        for (size_t g = 0; g < to->n_features; g++)
            if (total[g] > 0) {
                sum->feature[n] = (uint32_t)g;
                sum->value[n++] = total[g];
            }
        sum->start[i + 1] = n;
    }
    return VG_OK;
}

VgStatus vg_feature_table_collapse(VgArena *arena, const VgFeatureTable *table, char rank,
                                   VgFeatureTable **collapsed, VgError *error)
{
    const char *at = rank ? strchr(ORDER, rank == 'd' ? 'k' : rank) : NULL;
    if (!at || !table->lineage || table->nested)
        return vg_fail_at(error, VG_INVALID_INPUT, table->path, 0,
                          "its features cannot be taken together by rank '%c'",
                          "a rank is one of d k p c o f g s t; the table needs lineages "
                          "(taxonomy) and one rank only",
                          rank ? rank : '0');
    VgFeatureTable *to = VG_NEW(arena, VgFeatureTable, 1);
    uint32_t *group = VG_NEW(arena, uint32_t, table->n_features);
    if (!to || !group)
        return vg_fail_memory(error);
    *to = *table;
    to->n_features = 0;
    to->strata = NULL; /* what was told feature by feature is lost in a sum */
    to->feature_line = NULL;
    to->rank = NULL;
    VG_TRY(group_features(arena, table, (size_t)(at - ORDER), group, to, error));
    VG_TRY(sum_groups(arena, table, group, to, error));
    *collapsed = to;
    return VG_OK;
}
