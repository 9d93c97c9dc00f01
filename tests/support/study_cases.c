#include "support/study_cases.h"

#include <math.h>
#include <string.h>

#include "numeric/linear_algebra.h"
#include "support/folder.h"

const char *study_replaced(VgArena *arena, const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    assert_non_null(at);
    return vg_arena_printf(arena, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

void study_write(VgArena *arena, const char *folder, const char *const *name,
                 const char *const *text, size_t n, const StudyCase *c)
{
    for (size_t k = 0; k < n; k++) {
        bool here = c && strcmp(c->file, name[k]) == 0;
        folder_write(arena, folder, name[k],
                     here ? study_replaced(arena, text[k], c->from, c->to) : text[k]);
    }
}

void study_print_problems(const VgProblems *problems)
{
    for (size_t i = 0; i < problems->n; i++) {
        char text[1200];
        vg_error_format(&problems->item[i].error, text, sizeof text);
        print_error("  %s%s\n", problems->item[i].warning ? "warning: " : "", text);
    }
}

static const char *name_of(const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL;
    return slash ? slash + 1 : path ? path : "";
}

void study_case_holds(const StudyCase *c, VgStatus status, const VgProblems *problems)
{
    bool found = false;
    for (size_t i = 0; i < problems->n; i++) {
        const VgError *problem = &problems->item[i].error;
        found = found || (strcmp(name_of(problem->file), c->in) == 0 && problem->line == c->line &&
                          strstr(problem->message, c->words));
    }
    if (!found || problems->n_errors != c->errors ||
        problems->n - problems->n_errors != c->warnings) {
        print_error("expected %s:%zu: %s; %zu errors, %zu warnings; got\n", c->in, c->line,
                    c->words, c->errors, c->warnings);
        study_print_problems(problems);
        fail();
    }
    assert_int_equal(status == VG_OK, c->errors == 0);
}

const VgLayer *study_layer(const VgStudy *study, const char *name)
{
    for (size_t k = 0; k < study->n_layers; k++)
        if (strcmp(study->layer[k].name, name) == 0)
            return &study->layer[k];
    fail_msg("no layer %s", name);
    return NULL;
}

size_t study_feature(const VgLayer *layer, const char *name)
{
    for (size_t j = 0; j < layer->n_features; j++)
        if (strcmp(layer->feature[j], name) == 0)
            return j;
    fail_msg("no feature %s", name);
    return 0;
}

void study_near(double value, double expected)
{
    bool same = value == expected || fabs(value - expected) <= 1e-14 * fabs(expected);
    if (!same && !(isnan(value) && isnan(expected)))
        fail_msg("%.17g is not %.17g", value, expected);
}

void study_bounds_are(const VgLayer *layer, const char *feature, size_t sample, double lower,
                      double upper)
{
    size_t j = study_feature(layer, feature);
    study_near(VG_AT(layer->lower, sample, j), lower);
    study_near(VG_AT(layer->upper, sample, j), upper);
    study_near(VG_AT(layer->value, sample, j), lower == upper ? lower : NAN);
}
