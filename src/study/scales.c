/* Scales: look-up by name and totals from items. */
#include <ctype.h>
#include <math.h>
#include <stddef.h>

#include <vagus/study.h>

/* Whether two names agree but for case and what is neither letter nor digit. */
static bool same_name(const char *a, const char *b)
{
    for (;;) {
        while (*a && !isalnum((unsigned char)*a))
            a++;
        while (*b && !isalnum((unsigned char)*b))
            b++;
        if (*a == '\0' || *b == '\0')
            return *a == *b;
        if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
            return false;
        a++;
        b++;
    }
}

const VgScale *vg_scale_find(const char *name)
{
    size_t n;
    const VgScale *scale = vg_scales(&n);
    for (size_t i = 0; i < n; i++)
        if (same_name(scale[i].name, name))
            return &scale[i];
    return NULL;
}

static bool is_reversed(const VgScale *scale, size_t item)
{
    for (size_t i = 0; i < scale->n_reversed; i++)
        if (scale->reversed[i] == item + 1)
            return true;
    return false;
}

/* An item as it counts: reversed about the middle of its range; NaN when missing or out of range.
 */
static double item_score(const VgScale *scale, const double *items, size_t i)
{
    double low = scale->item_range ? scale->item_range[i][0] : scale->item_minimum;
    double high = scale->item_range ? scale->item_range[i][1] : scale->item_maximum;
    if (!(items[i] >= low && items[i] <= high))
        return NAN;
    return is_reversed(scale, i) ? low + high - items[i] : items[i];
}

/* The largest answered item of the group of item i, if i is the group's first item; counts as one
 * item. */
static bool group_score(const VgScale *scale, const double *items, size_t i, double *score)
{
    for (size_t k = 0; k < i; k++)
        if (scale->group[k] == scale->group[i])
            return false;
    *score = NAN;
    for (size_t k = i; k < scale->n_items; k++)
        if (scale->group[k] == scale->group[i])
            *score = fmax(*score, item_score(scale, items, k)); /* fmax passes over NaN */
    return true;
}

double vg_scale_total(const VgScale *scale, const double *items)
{
    double sum = 0;
    size_t counted = 0, answered = 0;
    for (size_t i = 0; i < scale->n_items; i++) {
        double score;
        if (!scale->group || scale->group[i] == 0)
            score = item_score(scale, items, i);
        else if (!group_score(scale, items, i, &score))
            continue;
        counted++;
        if (!isnan(score)) {
            answered++;
            sum += score;
        }
    }
    if (answered == 0)
        return NAN;
    if (answered < counted) {
        if (scale->missing_items != VG_ITEMS_PRORATE || answered < scale->items_required)
            return NAN;
        sum = sum / (double)answered * (double)counted;
    }
    return sum * scale->multiplier;
}

double vg_scale_least(const VgScale *scale)
{
    return isfinite(scale->minimum) ? scale->minimum : 0;
}

/* The margin lets 7.65 be half of 15.3. */
double vg_scale_response(const VgScale *scale, double baseline, double total)
{
    if (isnan(baseline) || isnan(total))
        return NAN;
    double possible = baseline - vg_scale_least(scale);
    double better = scale->lower_is_better ? baseline - total : total - baseline;
    return possible > 0 && better >= scale->response_fraction * possible * (1 - 1e-9);
}

double vg_scale_remission(const VgScale *scale, double total)
{
    if (isnan(total))
        return NAN;
    double margin = 1e-9 * fabs(scale->remission_cutoff);
    return scale->lower_is_better ? total <= scale->remission_cutoff + margin
                                  : total >= scale->remission_cutoff - margin;
}
