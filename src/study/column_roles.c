/* The roles of a column of an extraction table by name; interactions "a*b". */
#include "study/review.h"

#include <string.h>

#define ONE(name, field)                                                                           \
    {                                                                                              \
        name, offsetof(VgExtractionColumns, field), false                                          \
    }
#define TWO(name, field)                                                                           \
    {                                                                                              \
        name, offsetof(VgExtractionColumns, field), true                                           \
    }

const VgColumnRole vg_column_roles[] = {
    ONE("study", study),
    TWO("n", n),
    TWO("mean", mean),
    TWO("sd", sd),
    TWO("se", se),
    TWO("lower", lower),
    TWO("upper", upper),
    TWO("median", median),
    TWO("q1", q1),
    TWO("q3", q3),
    TWO("minimum", minimum),
    TWO("maximum", maximum),
    TWO("change", change),
    TWO("sd_change", sd_change),
    TWO("baseline_mean", baseline_mean),
    TWO("baseline_sd", baseline_sd),
    TWO("n_change", n_change),
    TWO("events", events),
    TWO("non_events", non_events),
    ONE("correlation", correlation),
    ONE("effect", effect),
    ONE("effect_se", effect_se),
    ONE("effect_variance", effect_variance),
    ONE("effect_lower", effect_lower),
    ONE("effect_upper", effect_upper),
    ONE("t", statistic_t),
    ONE("f", statistic_f),
    ONE("p", p_value),
    ONE("cluster_size", cluster_size),
    ONE("intracluster_correlation", intracluster_correlation),
    TWO("treatment", treatment),
    ONE("arm", arm),
    ONE("year", year),
    ONE("group", line_group),
    ONE("subgroup", subgroup),
    ONE("direction", direction),
    ONE("total_n", total_n),
    ONE("measured", measured),
    ONE("design", design),
    ONE("crossover_correlation", crossover_correlation),
    {NULL, 0, false},
};

const VgColumnRole *vg_column_role_find(const char *name)
{
    for (const VgColumnRole *role = vg_column_roles; role->name; role++)
        if (strcmp(role->name, name) == 0)
            return role;
    return NULL;
}

const char **vg_column_role_names(VgArena *arena, size_t *n)
{
    *n = sizeof vg_column_roles / sizeof *vg_column_roles - 1;
    const char **name = VG_NEW(arena, const char *, *n);
    for (size_t i = 0; name && i < *n; i++)
        name[i] = vg_column_roles[i].name;
    return name;
}

bool vg_column_role_set(VgExtractionColumns *columns, const VgColumnRole *role, size_t arm,
                        const char *column)
{
    size_t offset = role->offset + (role->pair ? arm : 0) * sizeof(const char *);
    const char *before;
    memcpy(&before, (const char *)columns + offset, sizeof before);
    if (before)
        return false;
    memcpy((char *)columns + offset, &column, sizeof column);
    return true;
}

bool vg_interaction_parse(VgArena *arena, const char *text, VgNamedInteraction *interaction)
{
    const char *star = strchr(text, '*');
    if (!star || strchr(star + 1, '*'))
        return false;
    const char *end = star, *second = star + 1;
    while (end > text && end[-1] == ' ')
        end--;
    while (*text == ' ' && text < end)
        text++;
    while (*second == ' ')
        second++;
    size_t length = strlen(second);
    while (length && second[length - 1] == ' ')
        length--;
    if (end == text || length == 0)
        return false;
    interaction->first = vg_arena_strndup(arena, text, (size_t)(end - text));
    interaction->second = vg_arena_strndup(arena, second, length);
    return interaction->first && interaction->second;
}
