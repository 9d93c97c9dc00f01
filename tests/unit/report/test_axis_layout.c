/* The layout of causal graphs: boxes, labels and ways keep apart whatever the graph. */
#include "support/witness.h"

#include <math.h>
#include <stdio.h>

#include "report/axis_layout.h"

enum { MOST_BOXES = 24, MOST_ARROWS = 40, GRAPHS = 150 };

typedef struct Case {
    VgGraphBox box[MOST_BOXES];
    VgGraphArrow arrow[MOST_ARROWS];
    double height[MOST_BOXES], label[MOST_ARROWS];
    VgGraph graph;
    VgGraphSizes sizes;
    VgGraphLayout layout;
} Case;

static uint64_t state = 7;

static size_t below(size_t n)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(state >> 33) % n;
}

static void lay_out(VgArena *arena, Case *c)
{
    c->graph.box = c->box;
    c->graph.arrow = c->arrow;
    c->sizes = (VgGraphSizes){.box_width = 140,
                              .margin = 14,
                              .head = 40,
                              .box_height = c->height,
                              .label_width = c->label,
                              .pitch = 35,
                              .lane = 34};
    assert_true(vg_axis_layout(arena, &c->graph, &c->sizes, &c->layout));
}

static void make_random(Case *c)
{
    *c =
        (Case){.graph = {.n_boxes = 3 + below(MOST_BOXES - 3), .n_arrows = 1 + below(MOST_ARROWS)}};
    for (size_t i = 0; i < c->graph.n_boxes; i++) {
        c->box[i] = (VgGraphBox){.sort = (VgGraphSort)below(5), .name = "box"};
        c->height[i] = 30 + (double)below(60);
    }
    c->box[0].sort = VG_GRAPH_TREATMENT;
    c->box[1].sort = VG_GRAPH_SYMPTOM;
    for (size_t a = 0; a < c->graph.n_arrows; a++) {
        size_t to = below(c->graph.n_boxes);
        c->arrow[a] = (VgGraphArrow){.from = below(c->graph.n_boxes),
                                     .to = c->box[to].sort == VG_GRAPH_OTHER ? 1 : to};
        c->label[a] = below(3) ? 40 + (double)below(60) : 0;
    }
}

static bool apart(const VgGraphPlace *a, const VgGraphPlace *b)
{
    return a->x + a->width <= b->x || b->x + b->width <= a->x || a->y + a->height <= b->y ||
           b->y + b->height <= a->y;
}

static void boxes_keep_apart_and_within_the_drawing(void **unused)
{
    (void)unused;
    static Case c;
    for (size_t k = 0; k < GRAPHS; k++) {
        VgArena *arena = vg_arena_create();
        make_random(&c);
        lay_out(arena, &c);
        for (size_t i = 0; i < c.graph.n_boxes; i++) {
            const VgGraphPlace *p = &c.layout.place[i];
            assert_true(p->height >= c.height[i]);
            assert_true(p->x >= 0 && p->x + p->width <= c.layout.width);
            assert_true(p->y >= c.sizes.head - 1e-6 && p->y + p->height <= c.layout.bottom);
            for (size_t j = 0; j < i; j++)
                assert_true(apart(p, &c.layout.place[j]));
        }
        vg_arena_destroy(arena);
    }
}

/* Two arrows that end on one side of a box leave room for the label of each. */
static void labels_at_ends_keep_apart(void **unused)
{
    (void)unused;
    static Case c;
    for (size_t k = 0; k < GRAPHS; k++) {
        VgArena *arena = vg_arena_create();
        make_random(&c);
        lay_out(arena, &c);
        for (size_t a = 0; a < c.graph.n_arrows; a++)
            for (size_t b = 0; b < a; b++) {
                const VgGraphRoute *p = &c.layout.route[a], *q = &c.layout.route[b];
                if (c.arrow[a].to != c.arrow[b].to || c.label[a] == 0 || c.label[b] == 0 ||
                    p->x2 != q->x2)
                    continue;
                assert_true(fabs(p->y2 - q->y2) >= c.sizes.pitch - 1e-6);
            }
        vg_arena_destroy(arena);
    }
}

/* An arrow over several columns runs between their boxes. */
static void arrows_pass_no_box(void **unused)
{
    (void)unused;
    static Case c;
    for (size_t k = 0; k < GRAPHS; k++) {
        VgArena *arena = vg_arena_create();
        make_random(&c);
        lay_out(arena, &c);
        for (size_t a = 0; a < c.graph.n_arrows; a++) {
            const VgGraphRoute *r = &c.layout.route[a];
            size_t column = r->first;
            for (size_t i = 0; i < r->n_passes; i++, column++) {
                while (!c.layout.used[column])
                    column++;
                for (size_t b = 0; b < c.graph.n_boxes; b++) {
                    const VgGraphPlace *p = &c.layout.place[b];
                    if ((size_t)c.box[b].sort == column)
                        assert_true(r->pass[i] < p->y || r->pass[i] > p->y + p->height);
                }
            }
        }
        vg_arena_destroy(arena);
    }
}

/* t0, t1 → s by c0, c1 in the wrong order: turned so that nothing crosses. */
static void the_order_removes_crossings_that_can_be_removed(void **unused)
{
    (void)unused;
    VgArena *arena = vg_arena_create();
    Case c = {.box = {{.sort = VG_GRAPH_TREATMENT, .name = "t0"},
                      {.sort = VG_GRAPH_TREATMENT, .name = "t1"},
                      {.sort = VG_GRAPH_CHANNEL, .name = "c0"},
                      {.sort = VG_GRAPH_CHANNEL, .name = "c1"},
                      {.sort = VG_GRAPH_SYMPTOM, .name = "s"}},
              .arrow = {{.from = 0, .to = 3},
                        {.from = 1, .to = 2},
                        {.from = 2, .to = 4},
                        {.from = 3, .to = 4}},
              .height = {40, 40, 40, 40, 40},
              .graph = {.n_boxes = 5, .n_arrows = 4}};
    lay_out(arena, &c);
    const VgGraphPlace *p = c.layout.place;
    assert_true((p[0].y < p[1].y) == (p[3].y < p[2].y));
    assert_int_equal(c.layout.route[0].way, VG_WAY_ON);
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boxes_keep_apart_and_within_the_drawing),
        cmocka_unit_test(labels_at_ends_keep_apart),
        cmocka_unit_test(arrows_pass_no_box),
        cmocka_unit_test(the_order_removes_crossings_that_can_be_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
