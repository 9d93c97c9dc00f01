/* Checks of the data and grouping of subjects by the visits they have. One pass, O(rows). */
#include "model/mmrm_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct Label {
    char text[64];
} Label;

static Label label_of(const char *const *labels, size_t index)
{
    Label label;
    if (labels && labels[index])
        snprintf(label.text, sizeof label.text, "%s", labels[index]);
    else
        snprintf(label.text, sizeof label.text, "%zu", index + 1);
    return label;
}

static VgStatus check_shape(const VgMmrmData *data, VgError *error)
{
    if (data->n_rows == 0 || data->n_subjects == 0)
        return vg_fail(error, VG_NOT_ESTIMABLE, "no row with an outcome",
                       "check the population and the outcome column");
    if (data->n_visits == 0 || data->n_visits > VG_MMRM_MOST_VISITS)
        return vg_fail(error, VG_INVALID_INPUT, "%zu visits: between 1 and %d can be modelled",
                       "leave out visits, or pool them", data->n_visits, VG_MMRM_MOST_VISITS);
    if (data->x.rows != data->n_rows || data->x.cols == 0)
        return vg_fail(error, VG_INVALID_INPUT,
                       "the design has %zu rows and %zu columns for %zu outcomes",
                       "give X one row per outcome and at least one column", data->x.rows,
                       data->x.cols, data->n_rows);
    if (data->n_rows > INT32_MAX)
        return vg_fail(error, VG_INVALID_INPUT, "%zu rows are more than can be indexed",
                       "split the data", data->n_rows);
    return VG_OK;
}

static VgStatus check_row(const VgMmrmData *data, size_t row, VgError *error)
{
    if (data->subject[row] < 0 || (size_t)data->subject[row] >= data->n_subjects ||
        data->visit[row] < 0 || (size_t)data->visit[row] >= data->n_visits ||
        (data->group && (data->group[row] < 0 || (size_t)data->group[row] >= data->n_groups)))
        return vg_fail(error, VG_INVALID_INPUT,
                       "row %zu has a subject, visit or group code out of range",
                       "codes start at 0 and end before the stated count", row + 1);
    if (!isfinite(data->y[row]) || (data->offset && !isfinite(data->offset[row])))
        return vg_fail(error, VG_INVALID_INPUT, "row %zu: the outcome is not a finite number",
                       "leave out rows without an outcome", row + 1);
    if (data->weights && !(data->weights[row] > 0.0 && isfinite(data->weights[row])))
        return vg_fail(error, VG_INVALID_INPUT, "row %zu: weight %g is not positive",
                       "leave out rows that should not count", row + 1, data->weights[row]);
    return VG_OK;
}

static VgStatus check_constant(const VgMmrmData *data, VgError *error)
{
    double first = data->y[0] - (data->offset ? data->offset[0] : 0.0);
    for (size_t i = 1; i < data->n_rows; i++)
        if (data->y[i] - (data->offset ? data->offset[i] : 0.0) != first)
            return VG_OK;
    return vg_fail(error, VG_NOT_ESTIMABLE, "the outcome is constant (%.10g in all %zu rows)",
                   "check the outcome column and its coding", first, data->n_rows);
}

/* Which visits each subject has, and in which row; refuses duplicates and subjects in two groups. */
static VgStatus fill_cells(const VgMmrmData *data, uint64_t *mask, int32_t *cell, int32_t *group,
                           VgError *error)
{
    size_t m = data->n_visits;
    for (size_t i = 0; i < data->n_rows; i++) {
        VG_TRY(check_row(data, i, error));
        size_t subject = (size_t)data->subject[i], visit = (size_t)data->visit[i];
        Label who = {{0}};
        if (mask[subject] >> visit & 1) {
            who = label_of(data->subject_label, subject);
            Label when = label_of(data->visit_label, visit);
            return vg_fail(error, VG_INVALID_INPUT,
                           "subject %s has two rows at visit %s (rows %d and %zu)",
                           "keep one row per subject and visit", who.text, when.text,
                           cell[subject * m + visit] + 1, i + 1);
        }
        if (data->group && mask[subject] && group[subject] != data->group[i]) {
            who = label_of(data->subject_label, subject);
            Label one = label_of(data->group_label, (size_t)group[subject]);
            Label two = label_of(data->group_label, (size_t)data->group[i]);
            return vg_fail(error, VG_INVALID_INPUT, "subject %s is in covariance groups %s and %s",
                           "the grouping of the covariance must not change within a subject",
                           who.text, one.text, two.text);
        }
        mask[subject] |= (uint64_t)1 << visit;
        cell[subject * m + visit] = (int32_t)i;
        group[subject] = data->group ? data->group[i] : 0;
    }
    for (size_t s = 0; s < data->n_subjects; s++)
        if (!mask[s])
            return vg_fail(error, VG_INVALID_INPUT, "subject %s has no row",
                           "count only subjects that have an outcome",
                           label_of(data->subject_label, s).text);
    return VG_OK;
}

static size_t hash_of(uint64_t mask, size_t group)
{
    uint64_t x = (mask + 0x9e3779b97f4a7c15ULL * (group + 1)) * 0xbf58476d1ce4e5b9ULL;
    return (size_t)(x ^ x >> 31);
}

static bool before(const VgPattern *a, const VgPattern *b)
{
    return a->group != b->group ? a->group < b->group : a->mask < b->mask;
}

static void sift(VgPattern *heap, size_t root, size_t n)
{
    for (;;) {
        size_t child = 2 * root + 1;
        if (child >= n)
            return;
        if (child + 1 < n && before(&heap[child], &heap[child + 1]))
            child++;
        if (!before(&heap[root], &heap[child]))
            return;
        VgPattern kept = heap[root];
        heap[root] = heap[child];
        heap[child] = kept;
        root = child;
    }
}

static void sort_patterns(VgPattern *pattern, size_t n)
{
    for (size_t i = n / 2; i-- > 0;)
        sift(pattern, i, n);
    for (size_t i = n; i-- > 1;) {
        VgPattern kept = pattern[0];
        pattern[0] = pattern[i];
        pattern[i] = kept;
        sift(pattern, 0, i);
    }
}

/* Finds (or makes) the pattern of each subject through an open hash; `slot` has `size` entries, a power of two. */
static size_t collect(const VgMmrmData *data, const uint64_t *mask, const int32_t *group,
                      VgPattern *pattern, size_t *slot, size_t size, size_t *of_subject)
{
    size_t n = 0;
    for (size_t s = 0; s < data->n_subjects; s++) {
        size_t at = hash_of(mask[s], (size_t)group[s]) & (size - 1);
        while (slot[at] && (pattern[slot[at] - 1].mask != mask[s] ||
                            pattern[slot[at] - 1].group != (size_t)group[s]))
            at = (at + 1) & (size - 1);
        if (!slot[at]) {
            pattern[n] = (VgPattern){.mask = mask[s], .group = (size_t)group[s], .first = n};
            slot[at] = ++n;
        }
        of_subject[s] = slot[at] - 1;
        pattern[of_subject[s]].n++;
    }
    return n;
}

static VgStatus list_rows(VgArena *arena, const VgMmrmData *data, const int32_t *cell,
                          VgPatterns *patterns, VgError *error)
{
    size_t m = data->n_visits;
    size_t *seen = VG_NEW(arena, size_t, m);
    patterns->row = VG_NEW(arena, size_t *, m);
    patterns->n_row = VG_NEW(arena, size_t, m);
    if (!seen || !patterns->row || !patterns->n_row)
        return vg_fail_memory(error);
    for (size_t i = 0; i < data->n_rows; i++)
        seen[data->visit[i]]++;
    for (size_t a = 0; a < m; a++) {
        if (seen[a] == 0)
            return vg_fail(error, VG_NOT_ESTIMABLE, "nobody has an outcome at visit %s",
                           "leave that visit out of the model",
                           label_of(data->visit_label, a).text);
        patterns->row[a] = VG_NEW(arena, size_t, seen[a]);
        if (!patterns->row[a])
            return vg_fail_memory(error);
    }
    for (size_t q = 0; q < patterns->n; q++) {
        VgPattern *pattern = &patterns->pattern[q];
        for (size_t a = 0; a < m; a++)
            pattern->m += pattern->mask >> a & 1;
        pattern->visit = VG_NEW(arena, size_t, pattern->m);
        pattern->first_row = VG_NEW(arena, size_t, pattern->m);
        if (!pattern->visit || !pattern->first_row)
            return vg_fail_memory(error);
        for (size_t a = 0, j = 0; a < m; a++) {
            if (!(pattern->mask >> a & 1))
                continue;
            pattern->visit[j] = a;
            pattern->first_row[j++] = patterns->n_row[a];
            for (size_t i = 0; i < pattern->n; i++)
                patterns->row[a][patterns->n_row[a]++] =
                    (size_t)cell[patterns->subject[pattern->first + i] * m + a];
        }
    }
    return VG_OK;
}

static void count_pairs(const VgMmrmData *data, VgPatterns *patterns)
{
    size_t m = data->n_visits;
    for (size_t q = 0; q < patterns->n; q++) {
        const VgPattern *pattern = &patterns->pattern[q];
        size_t *count = patterns->pair_count + pattern->group * m * m;
        for (size_t i = 0; i < pattern->m; i++)
            for (size_t j = 0; j < pattern->m; j++)
                count[pattern->visit[i] + pattern->visit[j] * m] += pattern->n;
    }
}

VgStatus vg_mmrm_patterns(VgArena *arena, const VgMmrmData *data, VgPatterns *patterns,
                          VgError *error)
{
    VG_TRY(check_shape(data, error));
    size_t n = data->n_subjects, m = data->n_visits, size = 16;
    size_t n_groups = data->group ? data->n_groups : 1;
    while (size < 2 * n)
        size *= 2;
    uint64_t *mask = VG_NEW(arena, uint64_t, n);
    int32_t *cell = VG_NEW(arena, int32_t, n * m);
    int32_t *group = VG_NEW(arena, int32_t, n);
    size_t *slot = VG_NEW(arena, size_t, size);
    size_t *of_subject = VG_NEW(arena, size_t, n);
    VgPattern *pattern = vg_arena_alloc_raw(arena, n, sizeof *pattern);
    size_t *place = VG_NEW(arena, size_t, n);
    patterns->subject = VG_NEW(arena, size_t, n);
    patterns->pair_count = VG_NEW(arena, size_t, n_groups * m * m);
    if (!mask || !cell || !group || !slot || !of_subject || !pattern || !place ||
        !patterns->subject || !patterns->pair_count)
        return vg_fail_memory(error);
    VG_TRY(fill_cells(data, mask, cell, group, error));
    VG_TRY(check_constant(data, error));
    patterns->n = collect(data, mask, group, pattern, slot, size, of_subject);
    patterns->pattern = pattern;
    sort_patterns(pattern, patterns->n);
    /* `first` held the place before sorting; from here on it is the first subject. */
    for (size_t q = 0, start = 0; q < patterns->n; q++) {
        slot[pattern[q].first] = q;
        pattern[q].first = start;
        place[q] = start;
        start += pattern[q].n;
    }
    for (size_t s = 0; s < n; s++)
        patterns->subject[place[slot[of_subject[s]]]++] = s;
    VG_TRY(list_rows(arena, data, cell, patterns, error));
    count_pairs(data, patterns);
    return VG_OK;
}

static VgStatus check_group(const VgMmrmData *data, const size_t *count, size_t n_subjects,
                            VgCovariance covariance, const char *where, VgError *error)
{
    size_t m = data->n_visits, k = vg_covariance_parameters(covariance, m);
    bool us = covariance == VG_COVARIANCE_UNSTRUCTURED;
    for (size_t a = 0; a < m; a++)
        for (size_t b = 0; b <= a; b++) {
            size_t least = us && m > 1 ? 2 : a == b ? 1 : 0;
            if (count[a + b * m] >= least)
                continue;
            Label one = label_of(data->visit_label, b), two = label_of(data->visit_label, a);
            if (a == b)
                return vg_fail(
                    error, VG_NOT_ESTIMABLE,
                    "%zu subjects have an outcome at visit %s%s: too few for its variance",
                    "leave that visit out, or do not split the covariance by group",
                    count[a + b * m], two.text, where);
            return vg_fail(error, VG_NOT_ESTIMABLE,
                           "%zu subjects have both visits %s and %s%s: an unstructured covariance "
                           "needs at least two",
                           "choose a structure, such as toeph, ar1h or csh", count[a + b * m],
                           one.text, two.text, where);
        }
    if (n_subjects < k)
        return vg_fail(
            error, VG_NOT_ESTIMABLE,
            "%zu subjects%s for the %zu covariance parameters of %s over %zu visits",
            us ? "choose a structure with fewer parameters: toeph, ar1h, csh, toep, ar1 or cs"
               : "choose a structure with fewer parameters, such as ar1 or cs",
            n_subjects, where, k, vg_covariance_name(covariance), m);
    return VG_OK;
}

VgStatus vg_mmrm_check_structure(const VgMmrmData *data, const VgPatterns *patterns,
                                 VgCovariance covariance, VgError *error)
{
    size_t n_groups = data->group ? data->n_groups : 1, m = data->n_visits;
    for (size_t g = 0; g < n_groups; g++) {
        size_t n_subjects = 0;
        for (size_t q = 0; q < patterns->n; q++)
            n_subjects += patterns->pattern[q].group == g ? patterns->pattern[q].n : 0;
        char where[80] = "";
        if (data->group)
            snprintf(where, sizeof where, " in group %s", label_of(data->group_label, g).text);
        VG_TRY(check_group(data, patterns->pair_count + g * m * m, n_subjects, covariance, where,
                           error));
    }
    return VG_OK;
}
