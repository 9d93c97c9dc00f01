/* What a mechanism comes to, in words: a verdict on each channel, the answer, what must be believed.
 *
 * A channel `carries` (`opposes`) when the interval of its indirect effect excludes nought on the side of the total effect
 * (on the other), and of a score both arrows differ from nought; where the total is uncertain, the side of benefit. Else the
 * data say `little` if the interval of its share of the total effect excludes a half in either direction (which takes the
 * total's own error along; where the total is uncertain: if the effect's excludes half of the important difference), and
 * `cannot tell` otherwise. Corrected for measurement error where that is to be had. */
#include <math.h>
#include <string.h>

#include "mechanism/mechanism_internal.h"
#include "mechanism/words.h"

typedef enum Verdict { CARRIES, OPPOSES, LITTLE, CANNOT_TELL, VERDICTS } Verdict;

static const char *const VERDICT[] = {"carries", "opposes", "little", "cannot tell"};

static const VgChannelsEstimate *effects_of(const VgMechanism *m)
{
    return m->fit.corrected ? m->fit.corrected : m->fit.effect;
}

/* Among the effects, of the g-th channel of the plan: its score, or the sum of its markers. */
static size_t place_of(const VgMechanism *m, size_t g)
{
    return VG_CHANNELS_FIRST + (m->fit.n_sums ? m->fit.n_terms : 0) + g;
}

static const VgChannelsEstimate *effect_of(const VgMechanism *m, const VgChannelsEstimate *effect,
                                           size_t g)
{
    return &effect[place_of(m, g)];
}

static bool within(const VgChannelsEstimate *e, double bound)
{
    return e->lower > -bound && e->upper < bound; /* NaN: no bar to hold it to */
}

static bool excludes_nought(const VgChannelsEstimate *e)
{
    return e->lower > 0 || e->upper < 0;
}

/* Of a score both arrows must differ from nought too: a percentile interval of a product that is nought holds it less
 * often than it says, joint significance does not. */
static bool stands_out(const VgMechanism *m, const VgChannelsEstimate *e)
{
    return excludes_nought(e) && (m->fit.n_sums || isnan(e->p) || e->p < 1 - m->result->level);
}

static Verdict judge(const VgMechanism *m, size_t g)
{
    const VgChannelsEstimate *e = effect_of(m, effects_of(m), g);
    const VgChannelsEstimate *total = &effects_of(m)[VG_CHANNELS_TOTAL];
    bool certain = excludes_nought(total);
    double side = certain || !m->benefit ? total->estimate : m->benefit;
    if (stands_out(m, e))
        return (e->estimate > 0) == (side > 0) ? CARRIES : OPPOSES;
    const VgChannelsEstimate *shares = m->fit.corrected ? m->fit.corrected_share : m->fit.share;
    const VgChannelsEstimate *share = &shares[place_of(m, g) - VG_CHANNELS_INDIRECT];
    bool little = certain ? within(share, 0.5) : within(e, m->important_difference / 2);
    return little ? LITTLE : CANNOT_TELL;
}

static const char *channel_label(const VgMechanism *m, size_t g)
{
    const VgAxisChannel *c = &m->study->axis->channel[m->plan->channel[g]];
    return c->label ? c->label : c->name;
}

static const char *visit_label(const VgMechanism *m)
{
    return m->study->visit[m->plan->outcome_visit].label;
}

/* With a minus sign that no line breaks at. */
static const char *number(const VgMechanism *m, double value)
{
    return vg_arena_printf(m->result->arena, "%s%.3g", value < 0 ? "−" : "", fabs(value));
}

static const char *interval(const VgMechanism *m, const VgChannelsEstimate *e)
{
    return vg_arena_printf(m->result->arena, "%s%s%s (%g%% interval %s to %s)",
                           number(m, e->estimate), m->unit ? " " : "", m->unit ? m->unit : "",
                           100 * m->result->level, number(m, e->lower), number(m, e->upper));
}

static bool total_is_certain(const VgMechanism *m)
{
    return excludes_nought(&effects_of(m)[VG_CHANNELS_TOTAL]);
}

/* What `little` is less than: half of the total, or of the difference that matters. */
static const char *half_of(const VgMechanism *m)
{
    return total_is_certain(m) ? "half of the total effect" : "half of the important difference";
}

/* ---- verdicts ---- */

static const char *verdict_text(const VgMechanism *m, size_t g, Verdict verdict)
{
    VgArena *arena = m->result->arena;
    const char *label = channel_label(m, g);
    const char *effect = interval(m, effect_of(m, effects_of(m), g));
    switch (verdict) {
    case CARRIES:
        return vg_arena_printf(arena, "%s goes through %s, if what must be believed holds.", effect,
                               label);
    case OPPOSES:
        return vg_arena_printf(arena,
                               "Through %s the treatment works against itself: %s, if what must be "
                               "believed holds.",
                               label, effect);
    case LITTLE:
        return vg_arena_printf(arena, "Less than %s goes through %s, either way: %s.", half_of(m),
                               label, effect);
    default:
        if (excludes_nought(effect_of(m, effects_of(m), g)))
            return vg_arena_printf(arena,
                                   "Of %s these data cannot tell: %s, but not both arrows, into it "
                                   "and out of it, stand out from chance.",
                                   label, effect);
        if (!total_is_certain(m) && isnan(m->important_difference))
            return vg_arena_printf(
                arena,
                "Of %s these data cannot tell: %s holds nought, and no important "
                "difference is declared to hold it to.",
                label, effect);
        return vg_arena_printf(arena,
                               "Of %s these data cannot tell: %s holds nought, and %s or more.",
                               label, effect, half_of(m));
    }
}

static const char *sensitivity_text(const VgMechanism *m, size_t g)
{
    const VgChannelsSensitivity *s = &m->fit.sensitivity[g];
    return vg_arena_printf(
        m->result->arena,
        "A hidden cause of %s and %s would undo this estimate if it made their errors correlate by "
        "%.2g (%.2g %% of what is unexplained in each, if alike in both); E-value %.3g, of the "
        "interval's nearer end %.3g.",
        channel_label(m, g), m->outcome_label, s->rho_at_zero, 100 * fabs(s->rho_at_zero),
        s->e_value, s->e_value_limit);
}

static const char *join(const VgMechanism *m, const char *list, const char *more)
{
    return list ? vg_arena_printf(m->result->arena, "%s, %s", list, more) : more;
}

static void write_verdicts(VgMechanism *m, const char *list[VERDICTS])
{
    static const char *const COLUMN[] = {"channel", "label", "verdict", "text"};
    VgResult *result = m->result;
    for (size_t g = 0; g < m->plan->n_channels; g++) {
        Verdict verdict = judge(m, g);
        VgDataset *set = vg_result_dataset(result, m->plan->id, "channel_verdicts", COLUMN, 4);
        list[verdict] = join(m, list[verdict], channel_label(m, g));
        vg_dataset_row(result, set);
        vg_dataset_set_text(result, set, "channel", m->table.data.channel_name[g]);
        vg_dataset_set_text(result, set, "label", channel_label(m, g));
        vg_dataset_set_text(result, set, "verdict", VERDICT[verdict]);
        vg_dataset_set_text(result, set, "text", verdict_text(m, g, verdict));
        vg_mechanism_say(result, m->plan->id, m->table.data.channel_name[g],
                         verdict_text(m, g, verdict));
        if (m->fit.sensitivity && !m->fit.n_sums)
            vg_mechanism_say(
                result, m->plan->id,
                vg_arena_printf(result->arena, "sensitivity: %s", m->table.data.channel_name[g]),
                sensitivity_text(m, g));
    }
}

/* ---- the answer ---- */

static bool arm_has(const VgArm *arm, size_t component)
{
    for (size_t k = 0; k < arm->n_components; k++)
        if (arm->component[k] == component)
            return true;
    return false;
}

/* What the reference arm was given and the other was not; NULL when there is nothing. */
static const char *given_instead(VgMechanism *m)
{
    const VgStudy *study = m->study;
    const char *list = NULL;
    if (m->plan->component != SIZE_MAX)
        return NULL;
    const VgArm *reference = &study->arm[m->plan->reference];
    for (size_t k = 0; k < reference->n_components; k++)
        if (!arm_has(&study->arm[m->plan->arm], reference->component[k]))
            list = join(m, list, study->component[reference->component[k]].name);
    return list;
}

/* What a reader of the answer alone must not miss. */
static const char *reservations(VgMechanism *m, const char *text)
{
    VgArena *arena = m->result->arena;
    const char *instead = given_instead(m);
    if (instead) {
        text = vg_arena_printf(arena,
                               "%s The other arm was treated too (%s): this is a difference "
                               "between two treatments, and says nothing of either by itself.",
                               text, instead);
        vg_mechanism_assume(m->result, m->plan->id, "no untreated arm", "design",
                            vg_arena_printf(m->result->arena,
                                            "the effect is that of %s in place of %s: a channel "
                                            "carries it whichever of the two moved it",
                                            m->treated_label, m->control_label));
    }
    if (m->rows.concurrent)
        text = vg_arena_printf(arena,
                               "%s The channels were not measured before the outcome: that they "
                               "act on it, and not it on them, is assumed.",
                               text);
    return text;
}

static const char *and_then(const VgMechanism *m, const char *text, const char *more)
{
    return text ? vg_arena_printf(m->result->arena, "%s; %s", text, more) : more;
}

static const char *answer_text(const VgMechanism *m, const char *const list[VERDICTS])
{
    VgArena *arena = m->result->arena;
    const char *text = NULL, *total = interval(m, &effects_of(m)[VG_CHANNELS_TOTAL]);
    if (list[CARRIES])
        text = vg_arena_printf(arena, "part of it goes through %s, if what must be believed holds",
                               list[CARRIES]);
    if (list[OPPOSES])
        text =
            and_then(m, text,
                     vg_arena_printf(arena, "%s works against it, if what must be believed holds",
                                     list[OPPOSES]));
    if (list[LITTLE])
        text = and_then(
            m, text,
            vg_arena_printf(arena, "less than %s goes through %s", half_of(m), list[LITTLE]));
    if (list[CANNOT_TELL])
        text = and_then(m, text,
                        vg_arena_printf(arena, "of %s these data cannot tell", list[CANNOT_TELL]));
    return vg_arena_printf(arena,
                           total_is_certain(m) ? "%s changes %s at %s by %s: %s."
                                               : "Whether %s changes %s at %s is uncertain here, "
                                                 "%s, so there is little to divide: %s.",
                           m->treated_label, m->outcome_label, visit_label(m), total, text);
}

static void answer(VgMechanism *m, const char *const list[VERDICTS])
{
    const char *text = reservations(m, answer_text(m, list));
    vg_result_text(m->result, VG_FACTS_FIT, m->plan->id, "answer", text);
    vg_mechanism_say(m->result, m->plan->id, "answer", text);
    vg_result_text(m->result, VG_FACTS_FIT, m->plan->id, "answer_plain",
                   list[CARRIES]
                       ? vg_arena_printf(m->result->arena,
                                         "Some of the change seems to come about through: %s. That "
                                         "rests on assumptions that no trial can prove.",
                                         list[CARRIES])
                       : "This study cannot say in which way the treatment acts in the body.");
}

/* ---- what must be believed ---- */

static void hidden_causes(VgMechanism *m)
{
    const VgAxis *axis = m->study->axis;
    bool *reached = VG_NEW(m->arena, bool, axis->n_nodes);
    bool *stop = VG_NEW(m->arena, bool, axis->n_nodes);
    bool had = reached && stop;
    for (size_t k = 0; had && k < axis->n_nodes; k++)
        stop[k] = axis->node[k].place.source != VG_AXIS_UNMEASURED;
    for (size_t k = 0; had && k < axis->n_nodes; k++) {
        const char *channels = NULL;
        if (stop[k] || m->plan->outcome_node == VG_AXIS_NONE)
            continue;
        memset(reached, 0, axis->n_nodes * sizeof *reached);
        vg_axis_reach(axis, k, stop, reached);
        for (size_t g = 0; reached[m->plan->outcome_node] && g < m->plan->n_channels; g++) {
            const VgAxisChannel *c = &axis->channel[m->plan->channel[g]];
            bool acts = false;
            for (size_t j = 0; j < c->n; j++)
                acts = acts || reached[c->node[j]];
            channels = acts ? join(m, channels, channel_label(m, g)) : channels;
        }
        if (channels)
            vg_mechanism_assume(
                m->result, m->plan->id,
                vg_arena_printf(m->result->arena, "hidden cause: %s", axis->node[k].name),
                "assumed",
                vg_arena_printf(m->result->arena,
                                "the axis declares that %s acts on %s and on %s, and it is not "
                                "measured: effects through %s are not identified, and are right "
                                "only if it acts little",
                                axis->node[k].label, channels, m->outcome_label, channels));
    }
}

/* Effects are of what was given; what was taken of it until the mediators' visit is told beside them. */
static void adherence(VgMechanism *m)
{
    const VgStudy *study = m->study;
    const char *taken = NULL;
    for (size_t k = 0; k <= study->n_components; k++) {
        VgAdherenceSummary s;
        bool all = k == study->n_components;
        if (!vg_study_adherence(m->arena, study, all ? SIZE_MAX : k, SIZE_MAX,
                                m->plan->mediator_visit, &s))
            continue;
        taken = join(m, taken,
                     vg_arena_printf(m->result->arena,
                                     "%s %.0f %% on average (%.0f %% of %zu took less than 80 %%)",
                                     all ? "of all" : study->component[k].name, 100 * s.mean,
                                     100 * s.below, s.n));
    }
    vg_mechanism_assume(
        m->result, m->plan->id, "given, not taken", taken ? "checked" : "design",
        taken
            ? vg_arena_printf(m->result->arena,
                              "effects are of the treatment as randomised, however much of it was "
                              "taken; until %s: %s",
                              study->visit[m->plan->mediator_visit].label, taken)
            : "effects are of the treatment as randomised, however much of it was taken; how much "
              "that was is not declared");
}

void vg_mechanism_words(VgMechanism *m)
{
    const char *list[VERDICTS] = {NULL};
    write_verdicts(m, list);
    answer(m, list);
    hidden_causes(m);
    adherence(m);
    if (m->n_censored && !m->fit.imputations)
        vg_result_warn(
            m->result,
            "%s: %zu values of markers lie beyond a limit of their assay; half the limit "
            "stands for those below it, which makes these markers noisier",
            m->plan->label, m->n_censored);
}
