/* The best cut of a node on one column.
 *
 * With S the sum of the (centred) labels on the left, the gain of a cut is Σ_k S_k² (1/n_left + 1/n_right) with weights in place of
 * numbers where rows have weights: the between-children sum of squares. All cuts between distinct values are tried. A column
 * with few values in a large node is summed by value; else the node's codes are sorted. Rows with a missing value are tried alone
 * against the rest, then on the left, then on the right of every cut (Twala, Jones & Hand 2008). */
#include "model/forest_internal.h"

#include <math.h>
#include <string.h>

enum {
    BUCKETS_PER_KEY = 2,
    INSERTION_BELOW = 1024, /* rows: buckets and insertion; above, two passes by byte */
    MAX_BINNED_LEVELS = 1024,
    NEAR_CACHE = 32 << 10 /* bytes */
};

/* A gain must beat another by more than rounding; of equal ones the first tried stays, whatever the units. */
static const double TIE = 1.0 + 1e-10;

bool vg_forest_search_new(VgArena *arena, const ForestPlan *plan, ForestSearch *search)
{
    size_t n = plan->max_grow_rows, length = vg_forest_item_length(plan), bins = MAX_BINNED_LEVELS;
    if (n > FOREST_MAX_LEVELS) /* then all columns are summed by value */
        bins = FOREST_MAX_LEVELS;
    search->key = vg_arena_alloc_raw(arena, n, sizeof(uint32_t));
    search->other = vg_arena_alloc_raw(arena, n, sizeof(uint32_t));
    search->share = vg_arena_alloc_raw(arena, n + 1, sizeof(double));
    search->bin = vg_arena_alloc_raw(arena, (bins + 1) * length, sizeof(double));
    search->bin_count = vg_arena_alloc_raw(arena, bins + 1, sizeof(uint32_t));
    search->shares_of = 0;
    return search->key && search->other && search->share && search->bin && search->bin_count;
}

/* Sorts keys by their upper 16 bits, which lie in lowest … highest, in place, for few keys: buckets of equal width, then insertion. Codes are
 * ranks, so that buckets hold about one key each. */
static void sort_few(uint32_t *key, uint32_t *work, size_t n, uint32_t lowest, uint32_t highest)
{
    uint16_t start[BUCKETS_PER_KEY * INSERTION_BELOW + 1];
    uint32_t range = highest - lowest + 1;
    size_t buckets = range < BUCKETS_PER_KEY * n ? range : BUCKETS_PER_KEY * n;
    memset(start, 0, buckets * sizeof *start);
    uint64_t scale = ((uint64_t)buckets << 32) / range;
    for (size_t i = 0; i < n; i++)
        start[((key[i] >> 16) - lowest) * scale >> 32]++;
    uint16_t sum = 0;
    for (size_t b = 0; b < buckets; b++) {
        uint16_t held = start[b];
        start[b] = sum;
        sum = (uint16_t)(sum + held);
    }
    for (size_t i = 0; i < n; i++)
        work[start[((key[i] >> 16) - lowest) * scale >> 32]++] = key[i];
    key[0] = work[0];
    for (size_t i = 1; i < n; i++) {
        uint32_t held = work[i];
        size_t at = i;
        for (; at > 0 && key[at - 1] > held; at--)
            key[at] = key[at - 1];
        key[at] = held;
    }
}

/* The same for many: least significant byte first. Stable, and the lower 16 bits ascend at the start. */
static void sort_many(uint32_t *key, uint32_t *work, size_t n)
{
    uint32_t low[256] = {0}, high[256] = {0}, low_sum = 0, high_sum = 0;
    for (size_t i = 0; i < n; i++) {
        low[key[i] >> 16 & 0xFF]++;
        high[key[i] >> 24]++;
    }
    for (size_t b = 0; b < 256; b++) {
        uint32_t held = low[b];
        low[b] = low_sum;
        low_sum += held;
        held = high[b];
        high[b] = high_sum;
        high_sum += held;
    }
    for (size_t i = 0; i < n; i++)
        work[low[key[i] >> 16 & 0xFF]++] = key[i];
    for (size_t i = 0; i < n; i++)
        key[high[work[i] >> 24]++] = work[i];
}

/* What is the same for all cuts of a node and column. */
typedef struct Cuts {
    const ForestPlan *plan;
    const double *total;    /* of the items over the node */
    const double *share;    /* n/(k(n − k)) */
    size_t n, least;        /* rows of the node; of a child */
    size_t place_of_events; /* in an item, where children need them */
    uint32_t column;
    uint16_t stays;
    ForestSplit *best;
} Cuts;

/* Has each child so many events as α asks of its parent's rows, and one at least? */
static bool events_on_both_sides(const Cuts *cuts, double left)
{
    const ForestPlan *plan = cuts->plan;
    if (!plan->needs_events)
        return true;
    double least = fmax(ceil((double)cuts->n * plan->options.alpha), 1.0);
    return left >= least && cuts->total[cuts->place_of_events] - left >= least;
}

/* Is each child large enough in rows on both sides of the mean, and in spread, of every treatment? */
static bool balanced(const Cuts *cuts, const double *left, double n_left, double w_left,
                     double w_right, double *penalty)
{
    const ForestPlan *plan = cuts->plan;
    double least = (double)plan->options.min_node_size;
    double n_right = (double)cuts->n - n_left, w = w_left + w_right;
    *penalty = 1.0 / n_left + 1.0 / n_right;
    for (size_t k = 0; k < plan->n_constraints; k++) {
        const double *l = left + 3 * k, *t = cuts->total + plan->n_labels + 3 * k;
        double small_right = t[2] - l[2];
        if (l[2] < least || n_left - l[2] < least || small_right < least ||
            n_right - small_right < least)
            return false;
        double needed = plan->options.alpha * (t[1] - t[0] * t[0] / w);
        double size_left = l[1] - l[0] * l[0] / w_left;
        double right = t[0] - l[0], size_right = t[1] - l[1] - right * right / w_right;
        if (size_left < needed || size_right < needed || !(size_left > 0) || !(size_right > 0))
            return false;
        if (plan->n_constraints == 1)
            *penalty = 1.0 / size_left + 1.0 / size_right;
    }
    return true;
}

/* One cut: `left` sums the items of n_left rows. */
static inline __attribute__((always_inline)) void consider(const Cuts *cuts, const double *left,
                                                           size_t n_left, uint16_t cut,
                                                           size_t labels, size_t constraints,
                                                           bool weighted)
{
    double squares = 0.0, w_left = (double)n_left, w_right = (double)(cuts->n - n_left);
    for (size_t k = 0; k < labels; k++)
        squares += left[k] * left[k];
    double gain;
    if (weighted) {
        w_left = left[labels + 3 * constraints];
        w_right = cuts->total[labels + 3 * constraints] - w_left;
        if (!(w_left > 0) || !(w_right > 0))
            return;
        gain = squares * (w_left + w_right) / (w_left * w_right);
    } else
        gain = squares * cuts->share[n_left];
    if (!(gain > cuts->best->gain * TIE))
        return;
    double penalty;
    if (!events_on_both_sides(cuts, left[cuts->place_of_events]) ||
        !balanced(cuts, left + labels, (double)n_left, w_left, w_right, &penalty))
        return;
    gain -= cuts->plan->options.imbalance_penalty * penalty;
    if (gain > cuts->best->gain * TIE)
        *cuts->best = (ForestSplit){gain, cuts->column, cut, cuts->stays};
}

/* Adds up sorted rows, tries each cut between two codes. `left` starts as the sums of what lies left of all of them. */
static inline __attribute__((always_inline)) void scan_sorted(const Cuts *cuts, const uint32_t *key,
                                                              size_t n_known, const double *item,
                                                              const double *start, size_t n_left,
                                                              size_t labels, size_t constraints,
                                                              bool weighted, size_t length)
{
    double left[FOREST_MAX_MOMENTS];
    for (size_t j = 0; j < length; j++)
        left[j] = start[j];
    size_t most = cuts->n - cuts->least;
    for (size_t i = 0; i + 1 < n_known; i++) {
        const double *x = item + (key[i] & 0xFFFF) * length;
        for (size_t j = 0; j < length; j++)
            left[j] += x[j];
        n_left++;
        if (n_left > most)
            break;
        if (n_left >= cuts->least && key[i] >> 16 != key[i + 1] >> 16)
            consider(cuts, left, n_left, (uint16_t)(key[i] >> 16), labels, constraints, weighted);
    }
}

static void scan_means(const Cuts *cuts, const uint32_t *key, size_t n_known, const double *item,
                       const double *start, size_t n_left)
{
    scan_sorted(cuts, key, n_known, item, start, n_left, 1, 0, false, 1);
}

static void scan_effects(const Cuts *cuts, const uint32_t *key, size_t n_known, const double *item,
                         const double *start, size_t n_left)
{
    scan_sorted(cuts, key, n_known, item, start, n_left, 1, 1, false, 4);
}

static void scan_survival_effects(const Cuts *cuts, const uint32_t *key, size_t n_known,
                                  const double *item, const double *start, size_t n_left)
{
    scan_sorted(cuts, key, n_known, item, start, n_left, 1, 1, false, 5);
}

static void scan_any(const Cuts *cuts, const uint32_t *key, size_t n_known, const double *item,
                     const double *start, size_t n_left)
{
    const ForestPlan *plan = cuts->plan;
    scan_sorted(cuts, key, n_known, item, start, n_left, plan->n_labels, plan->n_constraints,
                plan->weight != NULL, vg_forest_item_length(plan));
}

/* The same for sums by code, 1 … levels. */
static void scan_bins(const Cuts *cuts, const ForestSearch *search, size_t levels, size_t n_known,
                      const double *start, size_t n_left)
{
    const ForestPlan *plan = cuts->plan;
    size_t length = vg_forest_item_length(plan), most = cuts->n - cuts->least;
    double left[FOREST_MAX_MOMENTS];
    memcpy(left, start, length * sizeof *left);
    size_t seen = 0;
    for (size_t c = 1; c <= levels; c++) {
        if (search->bin_count[c] == 0)
            continue;
        seen += search->bin_count[c];
        n_left += search->bin_count[c];
        if (seen == n_known || n_left > most)
            break;
        for (size_t j = 0; j < length; j++)
            left[j] += search->bin[c * length + j];
        if (n_left >= cuts->least)
            consider(cuts, left, n_left, (uint16_t)c, plan->n_labels, plan->n_constraints,
                     plan->weight != NULL);
    }
}

static void share_out(ForestSearch *search, size_t n)
{
    if (search->shares_of == n)
        return;
    for (size_t k = 1; k < n; k++)
        search->share[k] = (double)n / ((double)k * (double)(n - k));
    search->shares_of = n;
}

/* One column's codes. */
typedef struct Column {
    const uint16_t *code;
    size_t stride;
} Column;

static inline uint16_t code_at(Column column, uint32_t row)
{
    return column.code[row * column.stride];
}

/* The rows of a small node fit the nearest cache whole, for all the columns tried; of a large one a column does. */
static Column column_of(const ForestCodes *codes, size_t n, uint32_t column)
{
    if (n * codes->columns <= NEAR_CACHE / sizeof(uint16_t))
        return (Column){codes->by_row + column, codes->columns};
    return (Column){codes->by_column + column * codes->rows, 1};
}

/* Sums of the items with a missing value into `missing`; how many. */
static size_t sum_missing(Column code, const uint32_t *rows, size_t n, const double *item,
                          size_t length, double *missing)
{
    size_t found = 0;
    for (size_t i = 0; i < n; i++)
        if (code_at(code, rows[i]) == FOREST_MISSING) {
            found++;
            for (size_t j = 0; j < length; j++)
                missing[j] += item[i * length + j];
        }
    return found;
}

/* Keys of the known codes, sorted; how many. */
static size_t sort_codes(Column code, const uint32_t *rows, size_t n, ForestSearch *search)
{
    uint32_t *key = search->key, lowest = UINT32_MAX, highest = 0;
    size_t known = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t c = code_at(code, rows[i]);
        key[known] = c << 16 | (uint32_t)i;
        if (c == FOREST_MISSING)
            continue;
        known++;
        lowest = c < lowest ? c : lowest;
        highest = c > highest ? c : highest;
    }
    if (known == 0 || lowest == highest) {
        /* nothing between known values; one key is enough */
        return known > 0;
    }
    if (known < INSERTION_BELOW)
        sort_few(key, search->other, known, lowest, highest);
    else
        sort_many(key, search->other, known);
    return known;
}

static size_t fill_bins(Column code, const uint32_t *rows, size_t n, const double *item,
                        size_t length, size_t levels, ForestSearch *search)
{
    memset(search->bin, 0, (levels + 1) * length * sizeof *search->bin);
    memset(search->bin_count, 0, (levels + 1) * sizeof *search->bin_count);
    size_t known = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t c = code_at(code, rows[i]);
        if (c == FOREST_MISSING)
            continue;
        known++;
        search->bin_count[c]++;
        for (size_t j = 0; j < length; j++)
            search->bin[c * length + j] += item[i * length + j];
    }
    return known;
}

size_t vg_forest_least(const ForestPlan *plan, size_t n)
{
    if (plan->n_constraints)
        return 2 * plan->options.min_node_size;
    size_t share = (size_t)ceil((double)n * plan->options.alpha);
    return share > 1 ? share : 1;
}

void vg_forest_split(const ForestPlan *plan, const uint32_t *rows, size_t n, uint32_t column,
                     const ForestLabels *labels, ForestSearch *search, ForestSplit *best)
{
    size_t levels = plan->codes->levels[column], length = labels->n_items;
    size_t least = vg_forest_least(plan, n);
    if (levels == 0)
        return;
    Column code = column_of(plan->codes, n, column);
    bool binned = n > FOREST_MAX_LEVELS || (levels <= MAX_BINNED_LEVELS && levels <= n);
    size_t known = binned ? fill_bins(code, rows, n, labels->item, length, levels, search)
                          : sort_codes(code, rows, n, search);
    share_out(search, n);
    Cuts cuts = {plan,       labels->total, search->share,  n,   least,
                 length - 1, column,        FOREST_MISSING, best};
    double start[FOREST_MAX_MOMENTS];
    memset(start, 0, length * sizeof *start);
    size_t missing = 0;
    if (known < n)
        missing = sum_missing(code, rows, n, labels->item, length, start);
    if (missing >= least && missing <= n - least)
        consider(&cuts, start, missing, FOREST_NOTHING, plan->n_labels, plan->n_constraints,
                 plan->weight != NULL);
    for (int right = 0; right <= (missing > 0); right++) {
        if (right) {
            memset(start, 0, length * sizeof *start);
            cuts.stays = FOREST_NOTHING;
        }
        size_t before = right ? 0 : missing;
        if (binned)
            scan_bins(&cuts, search, levels, known, start, before);
        else if (plan->n_labels == 1 && length == 1)
            scan_means(&cuts, search->key, known, labels->item, start, before);
        else if (plan->n_labels == 1 && length == 4 && plan->n_constraints == 1)
            scan_effects(&cuts, search->key, known, labels->item, start, before);
        else if (length == 5 && plan->needs_events && !plan->weight)
            scan_survival_effects(&cuts, search->key, known, labels->item, start, before);
        else
            scan_any(&cuts, search->key, known, labels->item, start, before);
    }
}
