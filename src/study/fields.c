/* One field of a mapping: its text, number, truth, list or choice. */
#include "study/reader.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t length_of(const char *const *list)
{
    size_t n = 0;
    while (list && list[n])
        n++;
    return n;
}

static bool in_list(const char *word, const char *const *list)
{
    for (size_t i = 0; list && list[i]; i++)
        if (strcmp(word, list[i]) == 0)
            return true;
    return false;
}

bool vg_study_is_map(VgStudyReader *reader, const VgYaml *node, const char *what)
{
    if (node->kind == VG_YAML_MAP)
        return true;
    vg_study_problem(reader, VG_INVALID_INPUT, node->line, "%s is not a mapping",
                     "write `key: value` lines below it, or {key: value, …}", what);
    return false;
}

void vg_study_keys(VgStudyReader *reader, const VgYaml *map, const char *what,
                   const char *const *known, const char *const *unbuilt)
{
    for (size_t i = 0; i < map->n; i++) {
        const char *key = map->key[i];
        if (in_list(key, known))
            continue;
        if (in_list(key, unbuilt)) {
            vg_study_problem(reader, VG_NOT_BUILT, map->key_line[i],
                             "%s: not available in this version",
                             "remove it from this study file; nothing is ignored silently", key);
            continue;
        }
        const char *hint =
            vg_study_did_you_mean(reader, key, known, length_of(known), "see docs/study-file.md");
        vg_study_problem(reader, VG_INVALID_INPUT, map->key_line[i], "unknown key `%s` in %s", hint,
                         key, what);
    }
}

const char *vg_study_scalar(VgStudyReader *reader, const VgYaml *node, const char *what)
{
    if (node->kind == VG_YAML_SCALAR && !vg_yaml_is_null(node))
        return node->text;
    vg_study_problem(reader, VG_INVALID_INPUT, node->line, "`%s` has no single value",
                     "write one word, number or text after the colon", what);
    return NULL;
}

const char *vg_study_text(VgStudyReader *reader, const VgYaml *map, const char *key)
{
    const VgYaml *node = vg_yaml_get(map, key);
    return node ? vg_study_scalar(reader, node, key) : NULL;
}

const char *vg_study_need_text(VgStudyReader *reader, const VgYaml *map, const char *key,
                               const char *what, const char *hint)
{
    if (!vg_yaml_get(map, key)) {
        vg_study_problem(reader, VG_INVALID_INPUT, map->line, "%s has no `%s`", hint, what, key);
        return NULL;
    }
    return vg_study_text(reader, map, key);
}

bool vg_study_to_number(const char *text, double *number)
{
    /* strtod also takes hexadecimal, inf and nan, which are no numbers of a study file */
    if (*text == '\0' || strspn(text, "+-.0123456789eE") != strlen(text))
        return false;
    char *end;
    *number = strtod(text, &end);
    return *end == '\0' && isfinite(*number);
}

static bool node_number(VgStudyReader *reader, const VgYaml *node, const char *what, double *number)
{
    if (node->kind == VG_YAML_SCALAR && vg_study_to_number(node->text, number))
        return true;
    vg_study_problem(reader, VG_INVALID_INPUT, node->line, "`%s` is not a number%s%s",
                     "write a number with a decimal point", what,
                     node->kind == VG_YAML_SCALAR ? ": " : "",
                     node->kind == VG_YAML_SCALAR ? node->text : "");
    return false;
}

double vg_study_number(VgStudyReader *reader, const VgYaml *map, const char *key)
{
    const VgYaml *node = vg_yaml_get(map, key);
    double number;
    return node && node_number(reader, node, key, &number) ? number : NAN;
}

bool vg_study_bool(VgStudyReader *reader, const VgYaml *map, const char *key, bool otherwise)
{
    static const char *const YES[] = {"true", "yes", NULL}, *const NO[] = {"false", "no", NULL};
    const VgYaml *node = vg_yaml_get(map, key);
    if (!node)
        return otherwise;
    if (node->kind == VG_YAML_SCALAR && in_list(node->text, YES))
        return true;
    if (node->kind == VG_YAML_SCALAR && in_list(node->text, NO))
        return false;
    vg_study_problem(reader, VG_INVALID_INPUT, node->line, "`%s` is neither true nor false",
                     "write true or false", key);
    return otherwise;
}

bool vg_study_pair(VgStudyReader *reader, const VgYaml *map, const char *key, double pair[2])
{
    pair[0] = pair[1] = NAN;
    const VgYaml *node = vg_yaml_get(map, key);
    if (!node)
        return false;
    double got[2];
    if (node->kind != VG_YAML_LIST || node->n != 2) {
        vg_study_problem(reader, VG_INVALID_INPUT, node->line, "`%s` is not a pair of numbers",
                         "write [least, greatest]", key);
        return false;
    }
    if (!node_number(reader, node->item[0], key, &got[0]) ||
        !node_number(reader, node->item[1], key, &got[1]))
        return false;
    if (got[0] > got[1]) {
        vg_study_problem(reader, VG_INVALID_INPUT, node->line, "`%s` runs from %g down to %g",
                         "write [least, greatest]", key, got[0], got[1]);
        return false;
    }
    pair[0] = got[0];
    pair[1] = got[1];
    return true;
}

const char **vg_study_texts(VgStudyReader *reader, const VgYaml *map, const char *key, size_t *n)
{
    *n = 0;
    const VgYaml *node = vg_yaml_get(map, key);
    if (!node)
        return NULL;
    if (node->kind == VG_YAML_MAP) {
        vg_study_problem(reader, VG_INVALID_INPUT, node->line, "`%s` is not a list",
                         "write [one, two, …]", key);
        return NULL;
    }
    size_t count = node->kind == VG_YAML_LIST ? node->n : 1;
    const char **texts = VG_STUDY_NEW(reader, const char *, count);
    for (size_t i = 0; texts && i < count; i++) {
        const VgYaml *item = node->kind == VG_YAML_LIST ? node->item[i] : node;
        const char *text = vg_study_scalar(reader, item, key);
        if (text)
            texts[(*n)++] = text;
    }
    return texts;
}

size_t vg_study_choice(VgStudyReader *reader, const VgYaml *map, const char *key,
                       const char *const *choices, size_t otherwise)
{
    const VgYaml *node = vg_yaml_get(map, key);
    const char *text = node ? vg_study_scalar(reader, node, key) : NULL;
    if (!text)
        return otherwise;
    size_t n = length_of(choices);
    for (size_t i = 0; i < n; i++)
        if (strcmp(text, choices[i]) == 0)
            return i;
    const char *all = "one of:";
    for (size_t i = 0; i < n; i++)
        all = vg_study_printf(reader, "%s%s %s", all, i ? "," : "", choices[i]);
    vg_study_problem(reader, VG_INVALID_INPUT, node->line, "`%s: %s` is not known", all, key, text);
    return otherwise;
}

bool vg_study_good_name(const char *name)
{
    if (*name == '\0')
        return false;
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '_' && *c != '-' && *c != '.')
            return false;
    return true;
}
