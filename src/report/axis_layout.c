/* Layered drawing: a column for each sort; an arrow that passes a column has a place of its own there, so that it runs between
 * boxes; the order within columns is improved by moves that lower the number of crossings. After Sugiyama, Tagawa & Toda 1981. */
#include "report/axis_layout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double GAP_Y = 26, PASS_HEIGHT = 14, BEND = 30, END = 14, ROUND = 20, FURTHER = 12,
                    OUT_PITCH = 12, BACK_ROOM = 26, UP_ROOM = 40;

enum { FARTHEST_MOVE = 3, ROUNDS = 12, SWEEPS = 8 };

/* A box, or the place at which an arrow passes a column. */
typedef struct Item {
    size_t column, order; /* order: from the top of its column */
    double height, y;     /* of its middle */
} Item;

/* A piece of an arrow between two neighbouring columns. */
typedef struct Piece {
    size_t from, to, column; /* items; the column of `from` */
} Piece;

typedef struct Work {
    const VgGraph *graph;
    const VgGraphSizes *sizes;
    VgGraphLayout *layout;
    Item *item; /* boxes first */
    size_t n_items;
    Piece *piece;
    size_t n_pieces;
    size_t *first_pass; /* n_arrows: item of its first pass */
    size_t *list;       /* n_items: of one column, from the top */
    double *wanted;     /* n_items */
} Work;

static VgGraphSort sort_of(const Work *w, size_t box)
{
    return w->graph->box[box].sort;
}

static size_t next_used(const Work *w, size_t column)
{
    do
        column++;
    while (column < VG_GRAPH_COLUMNS && !w->layout->used[column]);
    return column;
}

static VgGraphWay way_of(const Work *w, const VgGraphArrow *a)
{
    VgGraphSort from = sort_of(w, a->from), to = sort_of(w, a->to);
    return from == VG_GRAPH_OTHER || to == VG_GRAPH_OTHER ? VG_WAY_UP
           : from < to                                    ? VG_WAY_ON
           : from == to                                   ? VG_WAY_WITHIN
                                                          : VG_WAY_BACK;
}

/* ---- items ---- */

static void make_items(Work *w)
{
    size_t order[VG_GRAPH_COLUMNS] = {0};
    for (size_t i = 0; i < w->graph->n_boxes; i++) {
        VgGraphSort sort = sort_of(w, i);
        w->item[i] = (Item){.column = sort, .height = w->sizes->box_height[i]};
        if (sort == VG_GRAPH_OTHER)
            continue;
        w->layout->used[sort] = true;
        w->item[i].order = order[sort]++;
    }
    w->n_items = w->graph->n_boxes;
    for (size_t a = 0; a < w->graph->n_arrows; a++) {
        const VgGraphArrow *arrow = &w->graph->arrow[a];
        VgGraphRoute *route = &w->layout->route[a];
        route->way = way_of(w, arrow);
        if (route->way != VG_WAY_ON)
            continue;
        size_t last = arrow->from, column = next_used(w, sort_of(w, arrow->from));
        route->first = column;
        w->first_pass[a] = w->n_items;
        for (; column < (size_t)sort_of(w, arrow->to); column = next_used(w, column)) {
            w->item[w->n_items] =
                (Item){.column = column, .order = order[column]++, .height = PASS_HEIGHT};
            w->piece[w->n_pieces++] = (Piece){last, w->n_items, w->item[last].column};
            last = w->n_items++;
            route->n_passes++;
        }
        w->piece[w->n_pieces++] = (Piece){last, arrow->to, w->item[last].column};
    }
}

/* ---- order ---- */

static size_t list_column(const Work *w, size_t column)
{
    size_t n = 0;
    for (size_t i = 0; i < w->n_items; i++)
        if (w->item[i].column == column) {
            w->list[w->item[i].order] = i;
            n++;
        }
    return n;
}

/* Crossings of pieces; arrows within a column want short ways, and those that pass it want its rim. */
static double cost(const Work *w)
{
    double sum = 0;
    for (size_t i = 0; i < w->n_pieces; i++)
        for (size_t k = 0; k < i; k++) {
            const Piece *p = &w->piece[i], *q = &w->piece[k];
            if (p->column != q->column)
                continue;
            size_t p1 = w->item[p->from].order, q1 = w->item[q->from].order,
                   p2 = w->item[p->to].order, q2 = w->item[q->to].order;
            sum += (p1 < q1 && p2 > q2) || (p1 > q1 && p2 < q2);
        }
    for (size_t a = 0; a < w->graph->n_arrows; a++)
        if (w->layout->route[a].way == VG_WAY_WITHIN) {
            double from = (double)w->item[w->graph->arrow[a].from].order,
                   to = (double)w->item[w->graph->arrow[a].to].order;
            sum += 0.6 * (fabs(from - to) - 1);
        }
    return sum;
}

static void move(Work *w, size_t n, size_t from, size_t to)
{
    size_t item = w->list[from];
    if (from < to)
        memmove(&w->list[from], &w->list[from + 1], (to - from) * sizeof *w->list);
    else
        memmove(&w->list[to + 1], &w->list[to], (from - to) * sizeof *w->list);
    w->list[to] = item;
    for (size_t k = 0; k < n; k++)
        w->item[w->list[k]].order = k;
}

/* Moves one item after another to where it lowers the cost. */
static void set_order(Work *w)
{
    double best = cost(w);
    for (int round = 0, better = 1; round < ROUNDS && better && best > 0; round++) {
        better = 0;
        for (size_t column = 0; column < VG_GRAPH_COLUMNS; column++) {
            size_t n = list_column(w, column);
            for (size_t from = 0; from < n; from++)
                for (size_t step = 0; step < 2 * FARTHEST_MOVE; step++) {
                    size_t far = step / 2 + 1, to = step % 2 ? from + far : from - far;
                    if (to >= n) /* above the top too: it wraps */
                        continue;
                    move(w, n, from, to);
                    double now = cost(w);
                    if (now < best - 1e-9) {
                        best = now;
                        better = 1;
                        from = to;
                        break;
                    }
                    move(w, n, to, from);
                }
        }
    }
}

/* ---- heights ---- */

static double gap_between(const Work *w, size_t above, size_t below)
{
    bool passes = above >= w->graph->n_boxes || below >= w->graph->n_boxes;
    return (w->item[above].height + w->item[below].height) / 2 + (passes ? 0.5 * GAP_Y : GAP_Y);
}

/* As near to the wanted heights as the order and the gaps allow (pool of neighbours that would overlap). */
static void settle(Work *w, size_t n)
{
    double offset = 0;
    size_t start = 0;
    for (size_t k = 0; k < n; k++) { /* heights less what must lie above: only order matters */
        offset += k ? gap_between(w, w->list[k - 1], w->list[k]) : 0;
        w->wanted[k] -= offset;
        w->item[w->list[k]].y = offset;
    }
    for (size_t k = 0; k < n; k = start) {
        double sum = 0, best = INFINITY;
        size_t end = k;
        for (size_t j = k; j < n; j++) { /* the block from k with the lowest mean */
            sum += w->wanted[j];
            double mean = sum / (double)(j - k + 1);
            if (mean <= best) {
                best = mean;
                end = j;
            }
        }
        for (size_t j = k; j <= end; j++)
            w->item[w->list[j]].y += best;
        start = end + 1;
    }
}

/* The mean height of what an item is joined to in other columns, else in its own, else where it is. */
static double wanted_height(const Work *w, size_t item)
{
    double sum = 0, n = 0;
    for (size_t k = 0; k < w->n_pieces; k++) {
        const Piece *p = &w->piece[k];
        if (p->from != item && p->to != item)
            continue;
        sum += w->item[p->from == item ? p->to : p->from].y;
        n++;
    }
    for (size_t a = 0; n == 0 && a < w->graph->n_arrows; a++) {
        const VgGraphArrow *arrow = &w->graph->arrow[a];
        if (w->layout->route[a].way == VG_WAY_WITHIN && (arrow->from == item || arrow->to == item))
            return w->item[arrow->from == item ? arrow->to : arrow->from].y;
    }
    return n > 0 ? sum / n : w->item[item].y;
}

static void set_heights(Work *w)
{
    for (size_t column = 0; column < VG_GRAPH_COLUMNS; column++) { /* all about nought */
        size_t n = list_column(w, column);
        memset(w->wanted, 0, n * sizeof *w->wanted);
        settle(w, n);
    }
    for (size_t sweep = 0; sweep < SWEEPS; sweep++)
        for (size_t k = 0; k < VG_GRAPH_COLUMNS; k++) {
            size_t n = list_column(w, sweep % 2 ? k : VG_GRAPH_COLUMNS - 1 - k);
            for (size_t i = 0; i < n; i++)
                w->wanted[i] = wanted_height(w, w->list[i]);
            settle(w, n);
        }
    double top = INFINITY;
    for (size_t i = 0; i < w->n_items; i++)
        if (w->item[i].column != VG_GRAPH_OTHER)
            top = fmin(top, w->item[i].y - w->item[i].height / 2);
    for (size_t i = 0; i < w->n_items; i++)
        w->item[i].y += isfinite(top) ? w->sizes->head - top : 0;
}

/* ---- columns ---- */

static double bulge(const Work *w, const VgGraphArrow *a)
{
    double from = (double)w->item[a->from].order, to = (double)w->item[a->to].order;
    return ROUND + FURTHER * fmin(fabs(from - to) - 1, 4);
}

/* The room right of a column for arrows within it, and left of one for the labels of what ends there. */
static double room_beside(const Work *w, size_t column, bool right)
{
    double room = 0;
    for (size_t a = 0; a < w->graph->n_arrows; a++) {
        const VgGraphArrow *arrow = &w->graph->arrow[a];
        bool within = w->layout->route[a].way == VG_WAY_WITHIN;
        if ((size_t)sort_of(w, arrow->to) != column || within != right)
            continue;
        room = fmax(room, w->sizes->label_width[a] + END + (within ? bulge(w, arrow) : 0));
    }
    return room;
}

/* Whether an arrow that runs back begins right of the last column, or ends left of the first. */
static bool back_beyond(const Work *w, size_t column, bool begins)
{
    for (size_t a = 0; a < w->graph->n_arrows; a++) {
        const VgGraphArrow *arrow = &w->graph->arrow[a];
        if (w->layout->route[a].way == VG_WAY_BACK &&
            (size_t)sort_of(w, begins ? arrow->from : arrow->to) == column)
            return true;
    }
    return false;
}

/* Arrows that go on bend where those within a column run, so the two share their room. */
static void set_columns(Work *w)
{
    size_t first = w->layout->used[0] ? 0 : next_used(w, 0);
    double x = w->sizes->margin + (back_beyond(w, first, false) ? BACK_ROOM : 0);
    w->layout->column_width = w->sizes->box_width;
    for (size_t column = first; column < VG_GRAPH_COLUMNS; column = next_used(w, column)) {
        size_t next = next_used(w, column);
        double within = room_beside(w, column, true);
        w->layout->column_x[column] = x;
        x += w->sizes->box_width;
        if (next < VG_GRAPH_COLUMNS)
            x += fmax(within + 8, BEND) + room_beside(w, next, false);
        else
            x += fmax(within, back_beyond(w, column, true) ? BACK_ROOM : 0);
    }
    w->layout->width = x + w->sizes->margin;
}

/* ---- places ---- */

/* Left of all that it acts on, so that its arrows pass no box; in its own place of the row where it acts on nothing. */
static double wanted_place(const Work *w, size_t box, double own)
{
    double first = INFINITY;
    for (size_t a = 0; a < w->graph->n_arrows; a++) {
        const VgGraphArrow *arrow = &w->graph->arrow[a];
        if (arrow->from == box && w->layout->route[a].way == VG_WAY_UP)
            first = fmin(first, w->layout->place[arrow->to].x - w->sizes->box_width - UP_ROOM);
    }
    return isfinite(first) ? first : own;
}

/* The row of other causes, each as near to its wanted place as its neighbours allow; returns its foot. */
static double set_others(Work *w, double top)
{
    double width = w->sizes->box_width, step = width + GAP_Y, lowest = 0,
           end = w->layout->width - w->sizes->margin - width;
    size_t n = 0, all = 0;
    for (size_t i = 0; i < w->graph->n_boxes; i++)
        all += sort_of(w, i) == VG_GRAPH_OTHER;
    for (size_t i = 0; i < w->graph->n_boxes; i++) {
        if (sort_of(w, i) != VG_GRAPH_OTHER)
            continue;
        double own = w->sizes->margin +
                     (end - w->sizes->margin) * (double)(2 * n + 1) / (double)(2 * all),
               wanted = wanted_place(w, i, own);
        size_t k = n++; /* sorted by what they want */
        for (; k > 0 && w->wanted[k - 1] > wanted; k--) {
            w->wanted[k] = w->wanted[k - 1];
            w->list[k] = w->list[k - 1];
        }
        w->wanted[k] = wanted;
        w->list[k] = i;
        lowest = fmax(lowest, top + w->item[i].height);
    }
    w->layout->width = fmax(w->layout->width, 2 * w->sizes->margin + step * (double)n - GAP_Y);
    end = w->layout->width - w->sizes->margin - width;
    for (size_t round = 0; round < ROUNDS;
         round++) /* neighbours part by half of what they lack each */
        for (size_t k = 1; k < n; k++) {
            double lack = fmax(0, w->wanted[k - 1] + step - w->wanted[k]);
            w->wanted[k - 1] -= lack / 2;
            w->wanted[k] += lack / 2;
        }
    for (size_t k = 0; k < n; k++) /* what is left of it: to the right, then back from the end */
        w->wanted[k] = fmax(w->wanted[k], k ? w->wanted[k - 1] + step : w->sizes->margin);
    for (size_t k = n; k-- > 0;) {
        w->wanted[k] = fmin(w->wanted[k], k + 1 < n ? w->wanted[k + 1] - step : end);
        w->layout->place[w->list[k]] =
            (VgGraphPlace){w->wanted[k], top, width, w->item[w->list[k]].height};
    }
    return lowest;
}

static void set_places(Work *w)
{
    double bottom = 0;
    size_t lanes = 0;
    for (size_t i = 0; i < w->n_items; i++)
        if (w->item[i].column != VG_GRAPH_OTHER)
            bottom = fmax(bottom, w->item[i].y + w->item[i].height / 2);
    for (size_t a = 0; a < w->graph->n_arrows; a++)
        if (w->layout->route[a].way == VG_WAY_BACK)
            w->layout->route[a].out = bottom + w->sizes->lane * (double)++lanes;
    bottom += w->sizes->lane * (double)lanes;
    for (size_t i = 0; i < w->graph->n_boxes; i++)
        if (sort_of(w, i) != VG_GRAPH_OTHER)
            w->layout->place[i] = (VgGraphPlace){w->layout->column_x[sort_of(w, i)],
                                                 w->item[i].y - w->item[i].height / 2,
                                                 w->sizes->box_width, w->item[i].height};
    w->layout->bottom = fmax(bottom, set_others(w, bottom + 44)) + 8;
}

/* ---- the ends of arrows ---- */

typedef struct Port {
    double towards; /* height of what it leads to: sorts the ports of a side */
    size_t arrow;
    double need; /* of the side's height */
    double *y;   /* of the end */
} Port;

static int by_height(const void *a, const void *b)
{
    const Port *p = a, *q = b;
    return p->towards != q->towards ? (p->towards > q->towards) - (p->towards < q->towards)
                                    : (p->arrow > q->arrow) - (p->arrow < q->arrow);
}

static double last_height(const Work *w, size_t a)
{
    const VgGraphRoute *r = &w->layout->route[a];
    return r->n_passes ? r->pass[r->n_passes - 1] : w->item[w->graph->arrow[a].from].y;
}

static double next_height(const Work *w, size_t a)
{
    const VgGraphRoute *r = &w->layout->route[a];
    return r->n_passes ? r->pass[0] : w->item[w->graph->arrow[a].to].y;
}

/* What an end needs of the side of a box: a label stands about the end of its arrow. */
static double need(const Work *w, size_t a, bool arrives)
{
    return arrives && w->sizes->label_width[a] > 0 ? w->sizes->pitch : OUT_PITCH;
}

/* What begins or ends on one side of a box, in no order; returns how many. */
static size_t list_ports(const Work *w, size_t box, bool right, Port *port)
{
    size_t n = 0;
    for (size_t a = 0; a < w->graph->n_arrows; a++) {
        const VgGraphArrow *arrow = &w->graph->arrow[a];
        VgGraphRoute *r = &w->layout->route[a];
        bool within = r->way == VG_WAY_WITHIN, low = r->way == VG_WAY_BACK || r->way == VG_WAY_UP;
        if (arrow->from == box && right && r->way != VG_WAY_UP)
            port[n++] = (Port){low ? INFINITY : next_height(w, a), a, need(w, a, false), &r->y1};
        if (arrow->to == box && right == within)
            port[n++] = (Port){low ? INFINITY : last_height(w, a), a, need(w, a, true), &r->y2};
    }
    return n;
}

static double needed(const Port *port, size_t n)
{
    double sum = 0;
    for (size_t k = 0; k < n; k++)
        sum += port[k].need;
    return sum;
}

/* Spreads what ends on one side of a box over its height. */
static void set_side(const Work *w, size_t box, bool right, Port *port)
{
    size_t n = list_ports(w, box, right, port);
    const VgGraphPlace *p = &w->layout->place[box];
    double scale = p->height / needed(port, n), y = p->y;
    if (n > 1)
        qsort(port, n, sizeof *port, by_height);
    for (size_t k = 0; k < n; k++) {
        *port[k].y = y + port[k].need * scale / 2;
        y += port[k].need * scale;
    }
}

static void set_routes(Work *w, Port *port)
{
    for (size_t a = 0; a < w->graph->n_arrows; a++)
        for (size_t k = 0; k < w->layout->route[a].n_passes; k++)
            w->layout->route[a].pass[k] = w->item[w->first_pass[a] + k].y;
    for (size_t i = 0; i < w->graph->n_boxes; i++) {
        set_side(w, i, false, port);
        set_side(w, i, true, port);
    }
    for (size_t a = 0; a < w->graph->n_arrows; a++) {
        const VgGraphArrow *arrow = &w->graph->arrow[a];
        VgGraphRoute *r = &w->layout->route[a];
        const VgGraphPlace *from = &w->layout->place[arrow->from],
                           *to = &w->layout->place[arrow->to];
        r->x1 = from->x + from->width;
        r->x2 = to->x;
        if (r->way == VG_WAY_WITHIN) {
            r->x2 = to->x + to->width;
            r->out = r->x2 + w->sizes->label_width[a] + END + bulge(w, arrow);
        }
        if (r->way == VG_WAY_UP) {
            r->x1 = from->x + from->width / 2;
            r->y1 = from->y;
        }
    }
}

/* A box is high enough for what ends on its sides. */
static void make_room_for_ends(const Work *w, Port *port)
{
    for (size_t i = 0; i < w->graph->n_boxes; i++)
        for (int right = 0; right < 2; right++)
            w->item[i].height =
                fmax(w->item[i].height, needed(port, list_ports(w, i, right == 1, port)));
}

bool vg_axis_layout(VgArena *arena, const VgGraph *graph, const VgGraphSizes *sizes,
                    VgGraphLayout *layout)
{
    size_t most = graph->n_boxes + VG_GRAPH_COLUMNS * graph->n_arrows;
    *layout = (VgGraphLayout){.place = VG_NEW(arena, VgGraphPlace, graph->n_boxes),
                              .route = VG_NEW(arena, VgGraphRoute, graph->n_arrows)};
    Work w = {.graph = graph,
              .sizes = sizes,
              .layout = layout,
              .item = VG_NEW(arena, Item, most),
              .piece = VG_NEW(arena, Piece, most),
              .first_pass = VG_NEW(arena, size_t, graph->n_arrows),
              .list = VG_NEW(arena, size_t, most),
              .wanted = VG_NEW(arena, double, most)};
    Port *port = VG_NEW(arena, Port, 2 * graph->n_arrows);
    if (!layout->place || !layout->route || !w.item || !w.piece || !w.first_pass || !w.list ||
        !w.wanted || !port)
        return false;
    make_items(&w);
    make_room_for_ends(&w, port);
    set_order(&w);
    set_heights(&w);
    set_columns(&w);
    set_places(&w);
    set_routes(&w, port);
    return true;
}
