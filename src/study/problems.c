/* Collecting problems. */
#include "study/reader.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"

void vg_study_no_memory(VgStudyReader *reader)
{
    if (reader->failed == VG_OK)
        reader->failed = vg_fail_memory(&reader->failure);
}

void *vg_study_new(VgStudyReader *reader, size_t count, size_t size)
{
    void *memory = vg_arena_alloc(reader->arena, count, size);
    if (!memory)
        vg_study_no_memory(reader);
    return memory;
}

const char *vg_study_printf(VgStudyReader *reader, const char *format, ...)
{
    char text[1024]; /* messages are shorter; longer words are cut */
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    const char *copy = vg_arena_strdup(reader->arena, text);
    if (!copy)
        vg_study_no_memory(reader);
    return copy ? copy : "";
}

static VgProblem *new_problem(VgStudyReader *reader)
{
    VgProblems *problems = reader->problems;
    if (problems->n == problems->capacity_) {
        size_t capacity = problems->capacity_ ? 2 * problems->capacity_ : 16;
        VgProblem *item = vg_study_new(reader, capacity, sizeof *item);
        if (!item)
            return NULL;
        if (problems->n)
            memcpy(item, problems->item, problems->n * sizeof *item);
        problems->item = item;
        problems->capacity_ = capacity;
    }
    return &problems->item[problems->n++];
}

static void add(VgStudyReader *reader, VgStatus code, bool warning, const char *file, size_t line,
                const char *message, const char *hint, va_list arguments)
{
    char text[480];
    vsnprintf(text, sizeof text, message, arguments);
    VgProblem *problem = new_problem(reader);
    if (!problem)
        return;
    problem->warning = warning;
    reader->problems->n_errors += !warning;
    (void)vg_fail_at(&problem->error, code, file, line, "%s", hint, text);
}

void vg_study_problem(VgStudyReader *reader, VgStatus code, size_t line, const char *message,
                      const char *hint, ...)
{
    va_list arguments;
    va_start(arguments, hint);
    add(reader, code, false, reader->file, line, message, hint, arguments);
    va_end(arguments);
}

void vg_study_problem_in(VgStudyReader *reader, const char *file, size_t line, const char *message,
                         const char *hint, ...)
{
    va_list arguments;
    va_start(arguments, hint);
    add(reader, VG_INVALID_INPUT, false, file, line, message, hint, arguments);
    va_end(arguments);
}

void vg_study_warn_in(VgStudyReader *reader, const char *file, size_t line, const char *message,
                      const char *hint, ...)
{
    va_list arguments;
    va_start(arguments, hint);
    add(reader, VG_INVALID_INPUT, true, file, line, message, hint, arguments);
    va_end(arguments);
}

void vg_study_problem_from(VgStudyReader *reader, const VgError *error)
{
    if (error->code == VG_NO_MEMORY) {
        vg_study_no_memory(reader);
        return;
    }
    VgProblem *problem = new_problem(reader);
    if (!problem)
        return;
    problem->error = *error;
    reader->problems->n_errors++;
}

VgStatus vg_study_first_problem(const VgProblems *problems, VgError *error)
{
    for (size_t i = 0; i < problems->n; i++) {
        if (problems->item[i].warning)
            continue;
        if (error)
            *error = problems->item[i].error;
        return problems->item[i].error.code;
    }
    return VG_OK;
}

bool vg_study_listed(size_t *count)
{
    return ++*count <= VG_STUDY_LISTED;
}

void vg_study_and_more(VgStudyReader *reader, size_t count, const char *file, bool warning,
                       const char *what)
{
    if (count <= VG_STUDY_LISTED)
        return;
    size_t more = count - VG_STUDY_LISTED;
    if (warning)
        vg_study_warn_in(reader, file, 0, "and %zu more: %s", "", more, what);
    else
        vg_study_problem_in(reader, file, 0, "and %zu more: %s", "", more, what);
}

typedef struct Rank {
    size_t file, line, order;
    VgProblem problem;
} Rank;

static int by_place(const void *left, const void *right)
{
    const Rank *a = left, *b = right;
    if (a->file != b->file)
        return a->file < b->file ? -1 : 1;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    return a->order < b->order ? -1 : 1;
}

/* study.yaml is 0, other files in the order in which they first gave a problem. */
static size_t file_rank(const VgStudyReader *reader, size_t problem)
{
    const VgProblem *item = reader->problems->item;
    if (strcmp(item[problem].error.file, reader->file) == 0)
        return 0;
    for (size_t i = 0; i < problem; i++)
        if (strcmp(item[i].error.file, item[problem].error.file) == 0)
            return i + 1;
    return problem + 1;
}

void vg_study_sort_problems(VgStudyReader *reader)
{
    VgProblems *problems = reader->problems;
    if (problems->n < 2)
        return;
    Rank *rank = VG_STUDY_NEW(reader, Rank, problems->n);
    if (!rank)
        return;
    for (size_t i = 0; i < problems->n; i++) {
        size_t line = problems->item[i].error.line;
        /* a line of 0 says "and n more" (last) or speaks of the whole file */
        rank[i] = (Rank){file_rank(reader, i), line ? line : SIZE_MAX, i, problems->item[i]};
    }
    qsort(rank, problems->n, sizeof *rank, by_place);
    for (size_t i = 0; i < problems->n; i++)
        problems->item[i] = rank[i].problem;
}

const char *vg_study_did_you_mean(VgStudyReader *reader, const char *word,
                                  const char *const *candidate, size_t n, const char *otherwise)
{
    const char *nearest = n ? vg_nearest(word, candidate, n) : NULL;
    return nearest ? vg_study_printf(reader, "did you mean `%s`?", nearest) : otherwise;
}
