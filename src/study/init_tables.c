/* The example tables of `vagus init`: a simulated trial of 80 people, the same on every machine
 * (integer random numbers by splitmix64, sums of uniforms in place of a normal variable, no library
 * function). */
#include <stdbool.h>
#include <stdint.h>

#include "study/init.h"

enum { PARTICIPANTS = 80, VISITS = 4, PHQ_MAXIMUM = 27, GAD_ITEMS = 7 };

/* Steele, Lea & Flood 2014 */
static uint64_t next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* 0 … n − 1 */
static int below(uint64_t *state, int n)
{
    return (int)((next(state) >> 33) % (uint64_t)n);
}

/* About normal with mean 0 and standard deviation `sd` in tenths: twelve uniforms (variance 1). */
static int noise(uint64_t *state, int sd_tenths)
{
    int sum = 0;
    for (int i = 0; i < 12; i++)
        sum += below(state, 1001);
    return (sum - 6000) * sd_tenths / 10000;
}

static int clamp(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

typedef struct Person {
    int arm;       /* 1 = psychobiotic */
    int level;     /* PHQ-9 before treatment */
    int last_seen; /* last visit with a score */
    int day;       /* of randomisation, from 2026-01-05 */
} Person;

static void write_date(VgBuffer *text, int day)
{
    static const int LENGTH[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int month = 0;
    for (day += 4; day >= LENGTH[month]; month++)
        day -= LENGTH[month];
    vg_buffer_printf(text, "2026-%02d-%02d", month + 1, day + 1);
}

static Person make_person(uint64_t *state, int i)
{
    Person person = {.arm = (i + i / 4) % 2, .day = 2 * i + below(state, 2)};
    person.level = clamp(15 + noise(state, 40), 10, 24);
    int leaves = below(state, 10);
    person.last_seen = leaves == 0 ? 1 : leaves == 1 ? 2 : VISITS - 1;
    return person;
}

static void write_participant(VgBuffer *text, uint64_t *state, int i, const Person *person)
{
    static const char *const SITE[] = {"north", "south"};
    static const char *const REASON[] = {"lost to follow-up", "no effect", "moved away"};
    bool left = person->last_seen < VISITS - 1;
    vg_buffer_printf(text, "P%03d,%s,%s,%d,%s,", i + 1, person->arm ? "psychobiotic" : "placebo",
                     below(state, 3) ? "female" : "male", clamp(38 + noise(state, 120), 18, 65),
                     SITE[i % 4 / 2]);
    write_date(text, person->day);
    vg_buffer_text(text, ",");
    write_date(text, person->day + 1);
    vg_buffer_printf(text, ",%d,%s\n", left ? 28 * person->last_seen : 84,
                     left ? REASON[below(state, 3)] : "");
}

/* A total is spread over seven items of 0–3. */
static void write_items(VgBuffer *text, uint64_t *state, int total)
{
    int item[GAD_ITEMS] = {0};
    for (int point = 0; point < total;) {
        int k = below(state, GAD_ITEMS);
        if (item[k] == 3)
            continue;
        item[k]++;
        point++;
    }
    for (int k = 0; k < GAD_ITEMS; k++)
        vg_buffer_printf(text, ",%d", item[k]);
}

static void write_scores(VgBuffer *text, uint64_t *state, int i, const Person *person)
{
    static const char *const VISIT[VISITS] = {"baseline", "w4", "w8", "w12"};
    static const int FALL[2][VISITS] = {{0, 2, 4, 5}, {0, 3, 6, 8}};
    int usual = noise(state, 25);
    for (int v = 0; v <= person->last_seen; v++) {
        int phq = person->level;
        if (v > 0)
            phq += usual - FALL[person->arm][v] + noise(state, 25);
        phq = clamp(phq, 0, PHQ_MAXIMUM);
        vg_buffer_printf(text, "P%03d,%s,", i + 1, VISIT[v]);
        write_date(text, person->day + 28 * v + (v ? below(state, 5) - 2 : 0));
        vg_buffer_printf(text, ",%d", phq);
        write_items(text, state, clamp(phq * 7 / 10 + noise(state, 20), 0, 3 * GAD_ITEMS));
        vg_buffer_text(text, "\n");
    }
}

static void write_event(VgBuffer *text, uint64_t *state, int i)
{
    static const char *const TERM[] = {"headache", "bloating", "nausea", "common cold"};
    static const char *const SEVERITY[] = {"mild", "mild", "moderate"};
    if (below(state, 4) == 0)
        vg_buffer_printf(text, "P%03d,%s,0,%d,%s\n", i + 1, TERM[below(state, 4)],
                         1 + below(state, 27), SEVERITY[below(state, 3)]);
}

void vg_study_template_tables(VgBuffer *participants, VgBuffer *scores, VgBuffer *events)
{
    uint64_t state = 20260105;
    vg_buffer_text(participants,
                   "id,arm,sex,age,site,randomised_on,first_dose_on,days_on_treatment,"
                   "withdrawal_reason\n");
    vg_buffer_text(scores, "id,visit,date,phq9,gad_1,gad_2,gad_3,gad_4,gad_5,gad_6,gad_7\n");
    vg_buffer_text(events, "id,term,serious,day,severity\n");
    for (int i = 0; i < PARTICIPANTS; i++) {
        Person person = make_person(&state, i);
        write_participant(participants, &state, i, &person);
        write_scores(scores, &state, i, &person);
        write_event(events, &state, i);
    }
    vg_buffer_text(events, "P007,hospital stay for appendicitis,1,33,severe\n");
}
