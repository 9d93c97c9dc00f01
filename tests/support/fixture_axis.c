/* See the header. */
#include "support/fixture_axis.h"

#include <math.h>

#include "support/witness.h"

static size_t add(VgAxis *axis, const char *name, VgAxisKind kind)
{
    VgAxisNode node = vg_axis_blank_node(name, kind, axis->n_nodes + 1);
    node.distribution =
        (VgAxisDistribution){.mean = 10, .sd = 2, .stable = 0.4, .autocorrelation = 0.3};
    node.measurement.reliability = 0.7;
    if (kind == VG_AXIS_COMPONENT) {
        node.in_arm = VG_NEW(axis->arena, bool, axis->n_arms);
        node.place.source = VG_AXIS_BY_ARM;
    }
    return vg_axis_add_node(axis, &node);
}

size_t fixture_arrow(VgAxis *axis, VgAxisEnd from, VgAxisEnd to, double effect, size_t lag)
{
    VgAxisArrow arrow = {.from = from,
                         .to = to,
                         .lag = lag,
                         .effect = effect,
                         .declared = effect,
                         .unit = "sd",
                         .line = axis->n_arrows + 1};
    return vg_axis_add_arrow(axis, &arrow, NULL);
}

static VgAxisEnd node(size_t index)
{
    return (VgAxisEnd){index, VG_AXIS_NONE};
}

static VgAxisEnd channel(size_t index)
{
    return (VgAxisEnd){VG_AXIS_NONE, index};
}

static void moderate(VgAxis *axis, size_t arrow, size_t by, double effect)
{
    VgAxisModeration *m = VG_NEW(axis->arena, VgAxisModeration, 1);
    *m = (VgAxisModeration){by, effect, 1};
    axis->arrow[arrow].moderation = m;
    axis->arrow[arrow].n_moderations = 1;
}

FixtureAxis fixture_axis(VgArena *arena, bool moderated)
{
    static const double COURSE[FIXTURE_AXIS_VISITS] = {0, -0.3, -0.5, -0.6};
    static const double BUILD_UP[FIXTURE_AXIS_VISITS] = {0, 0.5, 1, 1};
    FixtureAxis f = {.axis = vg_axis_create(arena, FIXTURE_AXIS_VISITS, FIXTURE_AXIS_ARMS)};
    static const char *const VISIT[] = {"baseline", "w2", "w4", "w8"};
    VgAxis *axis = f.axis;
    axis->visit_name = VISIT;
    f.pill = add(axis, "pill", VG_AXIS_COMPONENT);
    f.diet = add(axis, "diet", VG_AXIS_COMPONENT);
    f.function = add(axis, "synthesis", VG_AXIS_FUNCTION);
    f.immune = vg_axis_add_channel(axis, "immune", 1);
    f.metabolites = vg_axis_add_channel(axis, "metabolites", 2);
    f.il6 = add(axis, "il6", VG_AXIS_MARKER);
    f.il10 = add(axis, "il10", VG_AXIS_MARKER);
    f.butyrate = add(axis, "butyrate", VG_AXIS_MARKER);
    f.mood = add(axis, "mood", VG_AXIS_SYMPTOM);
    f.age = add(axis, "age", VG_AXIS_CONFOUNDER);
    f.bmi = add(axis, "bmi", VG_AXIS_MODERATOR);
    axis->node[f.il10].sign = -1;
    axis->node[f.mood].distribution.course = COURSE;
    axis->node[f.mood].measurement.reliability = 0.9;
    axis->node[f.pill].in_arm[1] = axis->node[f.pill].in_arm[2] = axis->node[f.diet].in_arm[2] =
        true;
    axis->node[f.pill].exposure =
        (VgAxisExposure){.adherence = 0.8, .adherence_sd = 1, .decline = 0.2, .build_up = BUILD_UP};
    assert_true(vg_axis_join(axis, f.immune, f.il6));
    assert_true(vg_axis_join(axis, f.immune, f.il10));
    assert_true(vg_axis_join(axis, f.metabolites, f.butyrate));
    axis->channel[f.immune].correlation = 0.5;
    size_t dose = fixture_arrow(axis, node(f.pill), node(f.function), 0.8, 0);
    fixture_arrow(axis, node(f.function), channel(f.metabolites), 0.5, 0);
    fixture_arrow(axis, channel(f.metabolites), channel(f.immune), -0.6, 1);
    size_t felt = fixture_arrow(axis, channel(f.immune), node(f.mood), 0.5, 1);
    fixture_arrow(axis, node(f.pill), node(f.mood), -0.2, 0);
    fixture_arrow(axis, node(f.diet), channel(f.metabolites), 0.4, 0);
    fixture_arrow(axis, channel(f.metabolites), node(f.mood), -0.15, 0);
    fixture_arrow(axis, node(f.age), node(f.mood), 0.3, 0);
    fixture_arrow(axis, node(f.age), node(f.il6), 0.2, 0);
    if (moderated) {
        moderate(axis, dose, f.bmi, 0.3);
        moderate(axis, felt, f.diet, 0.4);
    }
    assert_true(vg_axis_expand(axis));
    return f;
}
