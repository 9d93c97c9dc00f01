/* Permutations under a design. Whole-subject permutation: Anderson & ter Braak 2003; re-randomisation: the
 * trial's own chance, Edgington & Onghena 2007. Arrangements are counted as multisets; when there are at most
 * ten times as many as permutations asked for, all are taken, by their number in lexicographic order. */
#include "panel/shuffle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "numeric/distributions.h"
#include "numeric/random.h"

/* --- units and classes ------------------------------------------------------------------------ */

/* Rows of each unit, in the order of rows. */
static VgStatus make_units(VgArena *arena, const VgShuffleOptions *options, VgShuffler *s,
                           VgError *error)
{
    bool rows = s->kind == VG_SHUFFLE_ROWS;
    s->n_units = rows ? s->n_rows : options->n_subjects;
    s->unit_start = VG_NEW(arena, size_t, s->n_units + 1);
    s->unit_row = VG_NEW(arena, size_t, s->n_rows);
    size_t *filled = VG_NEW(arena, size_t, s->n_units);
    if (!s->unit_start || !s->unit_row || !filled)
        return vg_fail_memory(error);
    for (size_t r = 0; r < s->n_rows; r++)
        s->unit_start[(rows ? r : (size_t)options->subject[r]) + 1]++;
    for (size_t u = 0; u < s->n_units; u++)
        s->unit_start[u + 1] += s->unit_start[u];
    for (size_t r = 0; r < s->n_rows; r++) {
        size_t u = rows ? r : (size_t)options->subject[r];
        s->unit_row[s->unit_start[u] + filled[u]++] = r;
    }
    return VG_OK;
}

static size_t unit_size(const VgShuffler *s, size_t u)
{
    return s->unit_start[u + 1] - s->unit_start[u];
}

typedef struct Unit {
    size_t unit, size;
    int32_t stratum;
    const int32_t *part; /* of its rows, in order */
    size_t n_parts;      /* how many of them count: 1 with RANDOMISE */
} Unit;

static int by_class(const void *a, const void *b)
{
    const Unit *x = a, *y = b;
    if (x->stratum != y->stratum)
        return x->stratum < y->stratum ? -1 : 1;
    return (x->size > y->size) - (x->size < y->size);
}

static int by_part(const void *a, const void *b)
{
    const Unit *x = a, *y = b;
    int order = by_class(a, b);
    for (size_t k = 0; !order && k < x->n_parts; k++)
        order = (x->part[k] > y->part[k]) - (x->part[k] < y->part[k]);
    return order;
}

/* … and alike units by their number, so that the order is one whatever qsort does. */
static int by_everything(const void *a, const void *b)
{
    const Unit *x = a, *y = b;
    int order = by_part(a, b);
    return order ? order : (x->unit > y->unit) - (x->unit < y->unit);
}

static VgStatus check_unit(const VgShuffleOptions *options, const VgShuffler *s, size_t u,
                           const int32_t *part, VgError *error)
{
    for (size_t k = s->unit_start[u]; k < s->unit_start[u + 1]; k++) {
        size_t first = s->unit_row[s->unit_start[u]], row = s->unit_row[k];
        if (options->stratum && options->stratum[row] != options->stratum[first])
            return vg_fail(
                error, VG_INVALID_INPUT, "a participant stands in two strata (rows %zu and %zu)",
                "strata for whole participants must not change within one", first + 1, row + 1);
        if (s->kind == VG_SHUFFLE_RANDOMISE && part[row] != part[first])
            return vg_fail(
                error, VG_INVALID_INPUT, "a participant has two arms (rows %zu and %zu)",
                "what was randomised must not change within a participant; for cross-over trials "
                "shuffle within participants",
                first + 1, row + 1);
    }
    return VG_OK;
}

static VgStatus make_classes(VgArena *arena, const VgShuffleOptions *options, const int32_t *part,
                             VgShuffler *s, VgError *error)
{
    Unit *unit = VG_NEW(arena, Unit, s->n_units);
    int32_t *parts = VG_NEW(arena, int32_t, s->n_rows);
    s->class_start = VG_NEW(arena, size_t, s->n_units + 1);
    s->class_unit = VG_NEW(arena, size_t, s->n_units);
    s->alike = VG_NEW(arena, size_t, s->n_units);
    if (!unit || !parts || !s->class_start || !s->class_unit || !s->alike)
        return vg_fail_memory(error);
    for (size_t k = 0; k < s->n_rows; k++)
        parts[k] = part[s->unit_row[k]];
    for (size_t u = 0; u < s->n_units; u++) {
        VG_TRY(check_unit(options, s, u, part, error));
        size_t size = unit_size(s, u);
        bool one = s->kind == VG_SHUFFLE_RANDOMISE;
        unit[u] = (Unit){.unit = u,
                         .size = one ? 1 : size,
                         .part = parts + s->unit_start[u],
                         .n_parts = one && size ? 1 : size};
        if (options->stratum && size)
            unit[u].stratum = options->stratum[s->unit_row[s->unit_start[u]]];
        if (!size) { /* a participant without samples has no place */
            unit[u].stratum = -1;
            unit[u].size = 0;
        }
    }
    qsort(unit, s->n_units, sizeof *unit, by_everything);
    for (size_t k = 0; k < s->n_units; k++) {
        s->class_unit[k] = unit[k].unit;
        if (k == 0 || by_class(&unit[k - 1], &unit[k]) != 0)
            s->class_start[s->n_classes++] = k;
        bool same = k > 0 && by_part(&unit[k - 1], &unit[k]) == 0;
        s->alike[unit[k].unit] = same ? s->alike[unit[k - 1].unit] : unit[k].unit;
    }
    s->class_start[s->n_classes] = s->n_units;
    return VG_OK;
}

/* --- counting --------------------------------------------------------------------------------- */

/* Natural log of the number of distinct arrangements of one class: m!/Π k!. */
static double log_arrangements(const VgShuffler *s, size_t c)
{
    size_t from = s->class_start[c], to = s->class_start[c + 1], run = 0;
    double sum = vg_log_gamma((double)(to - from) + 1);
    for (size_t k = from; k < to; k++) {
        run++;
        if (k + 1 == to || s->alike[s->class_unit[k + 1]] != s->alike[s->class_unit[k]]) {
            sum -= vg_log_gamma((double)run + 1);
            run = 0;
        }
    }
    return sum;
}

static size_t arrangements(const VgShuffler *s, size_t c)
{
    return (size_t)llround(exp(log_arrangements(s, c)));
}

static VgStatus count(const VgShuffleOptions *options, VgShuffler *s, VgError *error)
{
    double log_distinct = 0;
    for (size_t c = 0; c < s->n_classes; c++)
        log_distinct += log_arrangements(s, c);
    size_t asked = options->permutations ? options->permutations : 999;
    s->account.log10_distinct = log_distinct / log(10);
    if (log_distinct < log(1.5))
        return vg_fail(
            error, VG_NOT_ESTIMABLE, "this shuffle leaves everything where it is",
            "terms that do not vary within the strata cannot be tested within them: shuffle "
            "whole participants, or draw the randomisation again");
    s->account.enumerated = log_distinct <= log(10 * (double)asked) && log_distinct < log(1e8);
    s->count = asked;
    if (s->account.enumerated) {
        s->count = 1;
        for (size_t c = 0; c < s->n_classes; c++)
            s->count *= arrangements(s, c);
    }
    s->account.permutations = s->count;
    /* the observed arrangement stands among the enumerated ones, and is added to random ones; random ones may
     * repeat it, but a p below that of all arrangements cannot be believed either */
    s->account.smallest_p =
        s->account.enumerated ? 1 / (double)s->count : 1 / (1 + (double)s->count);
    return VG_OK;
}

static const char *describe(VgArena *arena, const VgShuffler *s, const VgShuffleOptions *options)
{
    size_t present = 0, fixed = 0;
    for (size_t c = 0; c < s->n_classes; c++)
        if (log_arrangements(s, c) < 0.5)
            fixed += s->class_start[c + 1] - s->class_start[c];
    for (size_t u = 0; u < s->n_units; u++)
        present += unit_size(s, u) > 0;
    const char *within =
        options->stratum ? vg_arena_printf(arena, " within %zu strata", options->n_strata) : "";
    const char *still =
        fixed && s->kind != VG_SHUFFLE_RANDOMISE
            ? vg_arena_printf(arena, "; %zu of them have none to change places with", fixed)
            : "";
    if (!within || !still)
        return NULL;
    if (s->kind == VG_SHUFFLE_ROWS)
        return vg_arena_printf(arena, "samples shuffled%s, %zu in all%s", within, present, still);
    if (s->kind == VG_SHUFFLE_SUBJECTS)
        return vg_arena_printf(
            arena,
            "whole participants shuffled%s, %zu in all, each among those with as many "
            "samples%s",
            within, present, still);
    return vg_arena_printf(
        arena, "%s dealt out anew among %zu participants%s, as many of each as there were",
        options->arm ? options->arm : "group", present, within);
}

/* --- creation --------------------------------------------------------------------------------- */

/* Samples of one participant resemble each other: shuffled freely they make small p out of nothing (type I
 * error .57 at .05 with 20 participants of 4 samples). */
static VgStatus check_free_shuffle(VgArena *arena, const VgShuffleOptions *options, size_t n_rows,
                                   VgError *error)
{
    if (!options->subject)
        return VG_OK;
    size_t *seen = VG_NEW(arena, size_t, options->n_subjects);
    int32_t *owner = VG_NEW(arena, int32_t, options->stratum ? options->n_strata : 1);
    if (!seen || !owner)
        return vg_fail_memory(error);
    bool repeated = false, inside = options->stratum != NULL;
    for (size_t r = 0; r < n_rows; r++) {
        repeated |= seen[options->subject[r]]++ > 0;
        if (options->stratum) {
            int32_t *own = &owner[options->stratum[r]];
            if (*own && *own != options->subject[r] + 1)
                inside = false;
            *own = options->subject[r] + 1;
        }
    }
    if (repeated && !inside)
        return vg_fail(
            error, VG_INVALID_INPUT,
            "samples of the same participant would be shuffled as if they were independent",
            "shuffle whole participants, draw the randomisation again, or shuffle within "
            "participants (participants as strata)");
    return VG_OK;
}

VgStatus vg_shuffler_create(VgArena *arena, const VgShuffleOptions *options, size_t n_rows,
                            const int32_t *part, VgShuffler *s, VgError *error)
{
    *s = (VgShuffler){
        .kind = options->shuffle, .n_rows = n_rows, .seed = options->seed ? options->seed : 1};
    if (s->kind != VG_SHUFFLE_ROWS && !options->subject)
        return vg_fail(error, VG_INVALID_INPUT,
                       "whole participants cannot be shuffled without knowing them",
                       "name the column of participants");
    if (s->kind == VG_SHUFFLE_ROWS)
        VG_TRY(check_free_shuffle(arena, options, n_rows, error));
    VG_TRY(make_units(arena, options, s, error));
    VG_TRY(make_classes(arena, options, part, s, error));
    VG_TRY(count(options, s, error));
    s->account.words = describe(arena, s, options);
    return s->account.words ? VG_OK : vg_fail_memory(error);
}

/* --- one permutation -------------------------------------------------------------------------- */

/* The `number`-th arrangement of a class in lexicographic order of its runs of alike units. `left` (by unit) counts
 * what is left of each run, at the run's first unit. */
static void unrank(const VgShuffler *s, size_t c, size_t number, size_t *source, size_t *left)
{
    size_t from = s->class_start[c], to = s->class_start[c + 1], total = arrangements(s, c);
    for (size_t k = from; k < to; k++)
        left[s->class_unit[k]] = 0;
    for (size_t k = from; k < to; k++)
        left[s->alike[s->class_unit[k]]]++;
    for (size_t place = from; place < to; place++)
        for (size_t k = from; k < to; k++) {
            size_t u = s->class_unit[k];
            if (!left[u])
                continue;
            size_t starting =
                (size_t)llround((double)total * (double)left[u] / (double)(to - place));
            if (number < starting) {
                source[s->class_unit[place]] = u;
                left[u]--;
                total = starting;
                break;
            }
            number -= starting;
        }
}

void vg_shuffler_units(const VgShuffler *s, size_t i, size_t *source)
{
    size_t *left = source + s->n_units; /* the caller gives room for both */
    VgRandom random = vg_random_start(s->seed, VG_STREAM_PERMUTATION, (uint32_t)i, 0);
    for (size_t c = 0; c < s->n_classes; c++) {
        size_t from = s->class_start[c], n = s->class_start[c + 1] - from;
        if (s->account.enumerated) {
            size_t distinct = arrangements(s, c);
            unrank(s, c, i % distinct, source, left);
            i /= distinct;
            continue;
        }
        memcpy(left, s->class_unit + from, n * sizeof *left);
        vg_random_shuffle(&random, left, n);
        for (size_t k = 0; k < n; k++)
            source[s->class_unit[from + k]] = left[k];
    }
}

void vg_shuffler_rows(const VgShuffler *s, const size_t *source, size_t *row_from)
{
    for (size_t u = 0; u < s->n_units; u++)
        for (size_t k = 0; k < unit_size(s, u); k++) {
            size_t within = s->kind == VG_SHUFFLE_RANDOMISE ? 0 : k;
            row_from[s->unit_row[s->unit_start[u] + k]] =
                s->unit_row[s->unit_start[source[u]] + within];
        }
}

bool vg_shuffler_moves(const VgShuffler *s, const int32_t *part)
{
    for (size_t c = 0; c < s->n_classes; c++)
        for (size_t k = s->class_start[c] + 1; k < s->class_start[c + 1]; k++) {
            size_t first = s->class_unit[s->class_start[c]], u = s->class_unit[k];
            size_t rows = s->kind == VG_SHUFFLE_RANDOMISE ? 1 : unit_size(s, u);
            for (size_t r = 0; r < rows; r++)
                if (part[s->unit_row[s->unit_start[first] + r]] !=
                    part[s->unit_row[s->unit_start[u] + r]])
                    return true;
        }
    return false;
}

void vg_shuffle_parts(VgMatrix x, const size_t *column, size_t n_columns, int32_t *part)
{
    int32_t n = 0;
    for (size_t r = 0; r < x.rows; r++) {
        part[r] = -1;
        for (size_t other = 0; other < r && part[r] < 0; other++) {
            size_t k = 0;
            while (k < n_columns && VG_AT(x, r, column[k]) == VG_AT(x, other, column[k]))
                k++;
            if (k == n_columns)
                part[r] = part[other];
        }
        if (part[r] < 0)
            part[r] = n++;
    }
}

bool vg_shuffle_reaches(double permuted, double observed)
{
    return permuted >= observed - 1e-8 * fmax(1, fabs(observed));
}

double vg_shuffle_p(const VgShuffleAccount *account, size_t reached, double *se)
{
    double b = (double)account->permutations;
    if (account->enumerated) {
        *se = 0;
        return (double)reached / b;
    }
    double p = (1 + (double)reached) / (1 + b);
    *se = sqrt(p * (1 - p) / b);
    return p;
}
