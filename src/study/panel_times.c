/* When samples were taken: minutes after waking, or clock times with the time of waking. */
#include "study/panel.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MINUTES_A_DAY = 24 * 60 };

/* "6:30", "06:30", "06:30:15" into minutes of the day. */
static bool clock_time(const char *text, double *minute)
{
    unsigned hour, minutes, seconds = 0;
    int end = 0, longer = 0;
    if (sscanf(text, "%2u:%2u%n", &hour, &minutes, &end) != 2 || !end)
        return false;
    if (text[end] && (sscanf(text + end, ":%2u%n", &seconds, &longer) != 1 || text[end + longer]))
        return false;
    if (hour > 23 || minutes > 59 || seconds > 59)
        return false;
    *minute = hour * 60 + minutes + seconds / 60.0;
    return true;
}

typedef struct Times {
    const VgColumn *time, *waking; /* waking is NULL when `time` counts from it */
} Times;

/* NaN when there is none, or when it is wrong (told, `*wrong` counts). */
static double minute_of(VgStudyReader *reader, const VgSampleSheet *sheet, const Times *times,
                        size_t at, size_t *wrong)
{
    size_t row = sheet->table_row[at];
    const char *sample = vg_map_key(sheet->map, at);
    const char *time = vg_study_value(reader, times->time, row);
    if (!time)
        return NAN;
    if (!times->waking) {
        double minute = times->time->number[row];
        if (minute < 0 && vg_study_listed(wrong))
            vg_study_problem_in(reader, sheet->path, sheet->line[at],
                                "sample %s was taken %g min before waking",
                                "correct the time; minutes count from waking", sample, -minute);
        return minute < 0 ? NAN : minute;
    }
    const char *waking = vg_study_value(reader, times->waking, row);
    double taken, woke;
    if (!clock_time(time, &taken) || !waking || !clock_time(waking, &woke)) {
        if (vg_study_listed(wrong))
            vg_study_problem_in(reader, sheet->path, sheet->line[at],
                                "times `%s` (taken) and `%s` (woke) of sample %s", "write hh:mm",
                                time, waking ? waking : "", sample);
        return NAN;
    }
    double minute = taken - woke;
    if (minute < -MINUTES_A_DAY / 2) /* after midnight */
        minute += MINUTES_A_DAY;
    if (minute < 0 && vg_study_listed(wrong))
        vg_study_problem_in(reader, sheet->path, sheet->line[at],
                            "sample %s was taken at %s, before waking at %s", "correct the times",
                            sample, time, waking);
    return minute < 0 ? NAN : minute;
}

void vg_study_sheet_times(VgStudyReader *reader, const VgYaml *node, VgSampleSheet *sheet,
                          size_t most)
{
    const char *time = vg_study_text(reader, node, "time");
    const char *waking = vg_study_text(reader, node, "waking");
    sheet->times_verified = vg_study_bool(reader, node, "times_verified", false);
    if (!time) {
        const char *key = waking ? "waking" : "times_verified";
        if (vg_yaml_get(node, key))
            vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(node, key),
                             "samples has `%s` and no `time`", "name the column of sampling times",
                             key);
        return;
    }
    Times times = {.time =
                       vg_study_column(reader, sheet->table, time, vg_yaml_key_line(node, "time"))};
    if (waking)
        times.waking =
            vg_study_column(reader, sheet->table, waking, vg_yaml_key_line(node, "waking"));
    if (!times.time || (waking && !times.waking))
        return;
    bool minutes = times.time->type == VG_COLUMN_NUMBER;
    if (minutes == (waking != NULL)) {
        vg_study_problem(
            reader, VG_INVALID_INPUT, vg_yaml_key_line(node, "time"),
            minutes ? "the column %s holds minutes, and `waking` is named too"
                    : "the column %s holds no minutes, and no `waking` is named",
            minutes ? "minutes count from waking: leave `waking` out"
                    : "give minutes after waking, or clock times (hh:mm) with waking: COLUMN",
            time);
        return;
    }
    sheet->minute = VG_STUDY_NEW(reader, double, most);
    size_t wrong = 0;
    for (size_t at = 0; sheet->minute && at < most; at++)
        sheet->minute[at] = at < sheet->n ? minute_of(reader, sheet, &times, at, &wrong) : NAN;
    vg_study_and_more(reader, wrong, sheet->path, false, "times that cannot be");
}
