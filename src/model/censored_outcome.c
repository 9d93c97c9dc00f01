/* A censored outcome made whole: inverse probability of censoring, augmented by what the curves expect of those who are lost (doubly
 * robust). Steps of 1/S_C make the weights of a row sum to 1, whatever the curve, so that the answer is exact in discrete time too.
 * Sources: Robins & Rotnitzky 1992; Rubin & van der Laan 2007; Cui and others 2023. */
#include <math.h>

#include <vagus/survival_effect.h>

/* The last instant that is not beyond the horizon. */
static size_t last_instant(const VgSurvivalAim *aim, const VgSurvivalCurves *curves)
{
    size_t last = curves->n - 1;
    while (last > 0 && curves->time[last] > aim->horizon)
        last--;
    return last;
}

/* Σ_{k = at}^{last − 1} S(t_k)(t_{k+1} − t_k): time that is still to come after t_at, times S(t_at). */
static double area_after(const VgSurvivalCurves *curves, size_t at, size_t last)
{
    double sum = 0.0;
    for (size_t k = last; k-- > at;)
        sum += curves->survival[k] * (curves->time[k + 1] - curves->time[k]);
    return sum;
}

/* Q at an instant, from the area after it. */
static double expected(const VgSurvivalAim *aim, const VgSurvivalCurves *curves, size_t at,
                       size_t last, double area)
{
    if (aim->target == VG_SURVIVAL_PROBABILITY)
        return at >= last ? 1.0 : curves->survival[last] / curves->survival[at];
    return at >= last ? curves->time[last] : curves->time[at] + area / curves->survival[at];
}

double vg_censored_outcome(const VgSurvivalAim *aim, const VgSurvivalCurves *curves,
                           const VgFollowUp *person, double *uncensored)
{
    bool rmst = aim->target == VG_SURVIVAL_RMST;
    size_t last = last_instant(aim, curves), end = person->place;
    double area = area_after(curves, end, last), at_end = expected(aim, curves, end, last, area);
    /* from the end backwards: each step adds a strip to the area */
    double lost = 0.0;
    for (size_t k = end + 1; k-- > 0;) {
        double before = k ? curves->uncensored[k - 1] : 1.0, now = curves->uncensored[k];
        if (k < end)
            area += curves->survival[k] * (curves->time[k + 1] - curves->time[k]);
        if (now != before)
            lost += (curves->log_steps ? log(before / now) / now : 1.0 / now - 1.0 / before) *
                    (expected(aim, curves, k, last, area) - person->mean);
    }
    double value = at_end;
    if (person->beyond)
        value = rmst ? curves->time[end] : 1.0;
    else if (person->event)
        value = rmst ? curves->time[end] : 0.0;
    if (uncensored)
        *uncensored = curves->uncensored[end];
    return person->mean + (value - person->mean) / curves->uncensored[end] - lost;
}
