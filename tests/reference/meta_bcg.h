/* The BCG vaccine trials (Colditz 1994, metadat::dat.bcg) as meta.R wrote them, for the tests against metafor. */
#ifndef VG_TESTS_META_BCG_H
#define VG_TESTS_META_BCG_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <vagus/meta.h>

#include "support/witness.h"

enum { K = 13 };

/* metafor's scoring steps end when tau² moves by less than 1e-14: relative 1e-11 where they converge slowly. */
static const double TIGHT = 1e-10;

typedef struct Bcg {
    VgArena *arena;
    json_t *root;
    double y[K], v[K], ablat[K], year[K], random[K], systematic[K];
    int32_t alloc[K];
    const char *alloc_name[K];
} Bcg;

static inline void numbers(const json_t *array, double *out, size_t n)
{
    assert_int_equal(json_array_size(array), n);
    for (size_t i = 0; i < n; i++) {
        const json_t *value = json_array_get(array, i);
        out[i] = json_is_number(value) ? json_number_value(value) : NAN;
    }
}

static inline int set_up(void **state)
{
    Bcg *bcg = calloc(1, sizeof *bcg);
    bcg->arena = vg_arena_create();
    bcg->root = witness_json(witness_source(bcg->arena, "tests/reference/meta.json"));
    numbers(witness_at(bcg->root, "bcg/y"), bcg->y, K);
    numbers(witness_at(bcg->root, "bcg/v"), bcg->v, K);
    numbers(witness_at(bcg->root, "bcg/ablat"), bcg->ablat, K);
    numbers(witness_at(bcg->root, "bcg/year"), bcg->year, K);
    for (size_t i = 0; i < K; i++) {
        const char *alloc =
            json_string_value(json_array_get(witness_at(bcg->root, "bcg/alloc"), i));
        bcg->alloc_name[i] = alloc;
        bcg->random[i] = strcmp(alloc, "random") == 0;
        bcg->systematic[i] = strcmp(alloc, "systematic") == 0;
        bcg->alloc[i] = bcg->random[i] == 1 ? 1 : bcg->systematic[i] == 1 ? 2 : 0;
    }
    *state = bcg;
    return 0;
}

static inline int tear_down(void **state)
{
    Bcg *bcg = *state;
    json_decref(bcg->root);
    vg_arena_destroy(bcg->arena);
    free(bcg);
    return 0;
}

static inline VgEffects effects_of(const Bcg *bcg)
{
    return (VgEffects){.k = K, .y = bcg->y, .v = bcg->v};
}

/* K × n_columns with an intercept first. */
static inline VgMatrix design(Bcg *bcg, const double *const *column, size_t n_columns)
{
    VgMatrix x = {VG_NEW(bcg->arena, double, K *(n_columns + 1)), K, n_columns + 1, K};
    for (size_t i = 0; i < K; i++) {
        VG_AT(x, i, 0) = 1;
        for (size_t j = 0; j < n_columns; j++)
            VG_AT(x, i, j + 1) = column[j][i];
    }
    return x;
}

static inline void close_all(const char *what, const double *value, const json_t *expected,
                             size_t n, double relative, double floor_)
{
    char name[200];
    if (n == 1 && json_is_number(expected)) {
        witness_close(what, value[0], json_number_value(expected), relative, floor_);
        return;
    }
    assert_int_equal(json_array_size(expected), n);
    for (size_t i = 0; i < n; i++) {
        snprintf(name, sizeof name, "%s %zu", what, i);
        witness_close(name, value[i], json_number_value(json_array_get(expected, i)), relative,
                      floor_);
    }
}

static inline VgMetaFit *fit_of(Bcg *bcg, VgMatrix *x, VgMetaOptions options)
{
    VgEffects *effects = VG_NEW(bcg->arena, VgEffects, 1);
    *effects = effects_of(bcg);
    VgMetaFit *fit;
    VgError error;
    WITNESS_OK(vg_meta_fit(bcg->arena, effects, x, &options, &fit, &error), &error);
    return fit;
}

/* Fields of a witness `w`, named after `name`; both are variables where these are used. */
#define CLOSE_N(field, values, n, relative, floor_)                                                \
    snprintf(what, sizeof what, "%s %s", name, field);                                             \
    close_all(what, values, witness_at(w, field), n, relative, floor_)
#define CLOSE(field, value, relative, floor_)                                                      \
    do {                                                                                           \
        const double one_ = (value);                                                               \
        CLOSE_N(field, &one_, 1, relative, floor_);                                                \
    } while (0)

#endif
