/* BIOM 2 from a process of its own: the child reads the parts and sends them, we check them and build the table. Nothing
 * that arrives is trusted: sizes must add up to what was sent, texts must be UTF-8, indices lie in the table. */
#include "table/features/biom_parts.h"
#include "table/features/isolated.h"
#include "table/features/readers.h"

#include <string.h>

#include "base/memory.h"
#include "table/utf8.h"

/* Then: start, value, feature, lengths of all texts, texts. */
typedef struct Head {
    int32_t status;
    uint32_t has_matrix, has_levels;
    uint64_t n_features, n_samples, n_levels, n_values, text_bytes;
    VgError error;
} Head;

typedef struct Job {
    const char *path, *bytes;
    size_t size, most_bytes;
} Job;

/* ---- in the child ---- */

static void send_lengths(VgOutlet *outlet, const VgField *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t length = (uint32_t)text[i].length;
        vg_outlet_write(outlet, &length, sizeof length);
    }
}

static void send_texts(VgOutlet *outlet, const VgField *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        vg_outlet_write(outlet, text[i].text, text[i].length);
}

static uint64_t bytes_of(const VgField *text, size_t n)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += text[i].length;
    return sum;
}

static void send_parts(void *context, VgOutlet *outlet)
{
    const Job *job = context;
    VgBiomParts p = {.arena = vg_arena_create(), .path = job->path, .most_bytes = job->most_bytes};
    Head head = {0};
    head.status = (int32_t)(p.arena ? vg_biom_parts_read(&p, job->bytes, job->size, &head.error)
                                    : vg_fail_memory(&head.error));
    if (head.status != VG_OK) {
        vg_outlet_write(outlet, &head, sizeof head);
        return;
    }
    size_t n_levels = p.level ? p.n_features * p.n_levels : 0;
    head.has_matrix = p.value != NULL;
    head.has_levels = p.level != NULL;
    head.n_features = p.n_features;
    head.n_samples = p.n_samples;
    head.n_levels = p.n_levels;
    head.n_values = p.n_values;
    head.text_bytes = bytes_of(p.feature_id, p.n_features) + bytes_of(p.sample_id, p.n_samples) +
                      bytes_of(p.level, n_levels);
    vg_outlet_write(outlet, &head, sizeof head);
    if (head.has_matrix) {
        vg_outlet_write(outlet, p.start, (p.n_samples + 1) * sizeof *p.start);
        vg_outlet_write(outlet, p.value, p.n_values * sizeof *p.value);
        vg_outlet_write(outlet, p.feature, p.n_values * sizeof *p.feature);
    }
    send_lengths(outlet, p.feature_id, p.n_features);
    send_lengths(outlet, p.sample_id, p.n_samples);
    send_lengths(outlet, p.level, n_levels);
    send_texts(outlet, p.feature_id, p.n_features);
    send_texts(outlet, p.sample_id, p.n_samples);
    send_texts(outlet, p.level, n_levels);
}

/* ---- at home ---- */

static VgStatus damaged(const VgFeatureBuilder *b, const char *what, VgError *error)
{
    return vg_fail_at(error, VG_INVALID_INPUT, b->path, 0, "%s",
                      "the file was cut, or is no BIOM 2 table; copy or write it again", what);
}

/* The next count × width bytes of the message; false when there are not so many. */
static bool take(const char **p, const char *end, size_t count, size_t width, const char **part)
{
    size_t bytes;
    if (!vg_size_product(count, width, &bytes) || bytes > (size_t)(end - *p))
        return false;
    *part = *p;
    *p += bytes;
    return true;
}

typedef struct Message {
    Head head;
    const char *start, *value, *feature; /* not aligned: copied out one by one */
    VgField *text;                       /* malloc'ed: features, samples, levels */
} Message;

static bool open_message(const char *bytes, size_t size, Message *m)
{
    const char *p = bytes, *end = bytes + size, *part, *lengths;
    if (!take(&p, end, 1, sizeof m->head, &part))
        return false;
    memcpy(&m->head, part, sizeof m->head);
    const Head *h = &m->head;
    if (h->status != VG_OK)
        return true;
    if (h->n_features > INT32_MAX || h->n_samples > INT32_MAX || h->n_levels > 64 ||
        h->n_values > INT32_MAX)
        return false;
    if (h->has_matrix && !(take(&p, end, (size_t)h->n_samples + 1, sizeof(int64_t), &m->start) &&
                           take(&p, end, (size_t)h->n_values, sizeof(double), &m->value) &&
                           take(&p, end, (size_t)h->n_values, sizeof(int32_t), &m->feature)))
        return false;
    size_t n =
        (size_t)(h->n_features + h->n_samples + (h->has_levels ? h->n_features * h->n_levels : 0));
    if (!take(&p, end, n, sizeof(uint32_t), &lengths) || (uint64_t)(end - p) != h->text_bytes)
        return false;
    m->text = vg_malloc((n + 1) * sizeof *m->text);
    for (size_t i = 0; m->text && i < n; i++) {
        uint32_t length;
        memcpy(&length, lengths + i * sizeof length, sizeof length);
        if (!take(&p, end, length, 1, &m->text[i].text))
            return false;
        m->text[i].length = length;
    }
    return true;
}

static VgStatus check_texts(const VgFeatureBuilder *b, const VgField *text, size_t n,
                            const char *name, VgError *error)
{
    for (size_t i = 0; i < n; i++)
        if (text[i].length &&
            (vg_utf8_first_invalid(text[i].text, text[i].length) < text[i].length ||
             memchr(text[i].text, 0, text[i].length)))
            return vg_fail_at(error, VG_INVALID_INPUT, b->path, 0,
                              "%s: text %zu is not valid UTF-8", "write the table again in UTF-8",
                              name, i + 1);
    return VG_OK;
}

static VgStatus add_features(VgFeatureBuilder *b, const Message *m, VgPlace *place, VgError *error)
{
    size_t n = (size_t)m->head.n_features, width = (size_t)m->head.n_levels;
    const VgField *id = m->text, *level = m->text + n + (size_t)m->head.n_samples;
    VG_TRY(check_texts(b, id, n, "observation/ids", error));
    for (size_t i = 0; i < n && !b->separator; i++)
        vg_builder_look(b, id[i].text, id[i].length);
    for (size_t i = 0; i < n; i++)
        VG_TRY(vg_builder_identify(b, id[i].text, id[i].length, i + 1, &place[i], error));
    if (!m->head.has_levels)
        return VG_OK;
    VG_TRY(check_texts(b, level, n * width, "observation/metadata/taxonomy", error));
    for (size_t i = 0; i < n; i++, level += width) {
        const char *lineage;
        if (place[i].target != VG_TO_FEATURE)
            continue;
        if (width == 1)
            VG_TRY(vg_lineage_of(b->arena, level->text, level->length, &lineage, error));
        else
            VG_TRY(vg_lineage_join(b->arena, level, width, &lineage, error));
        VG_TRY(vg_builder_describe(b, place[i].index, lineage, 0, error));
    }
    return VG_OK;
}

static int64_t start_of(const Message *m, size_t i)
{
    int64_t start;
    memcpy(&start, m->start + i * sizeof start, sizeof start);
    return start;
}

static VgStatus add_values(VgFeatureBuilder *b, const Message *m, const VgPlace *place,
                           VgError *error)
{
    size_t n_samples = (size_t)m->head.n_samples;
    int64_t n_values = (int64_t)m->head.n_values;
    if (start_of(m, 0) != 0 || start_of(m, n_samples) != n_values)
        return damaged(b, "sample/matrix/indptr does not cover the values", error);
    for (size_t i = 0; i < n_samples; i++) {
        int64_t begin = start_of(m, i), end = start_of(m, i + 1);
        if (begin < 0 || end < begin || end > n_values)
            return damaged(b, "sample/matrix/indptr does not ascend", error);
        for (int64_t k = begin; k < end; k++) {
            int32_t feature;
            double value;
            memcpy(&feature, m->feature + (size_t)k * sizeof feature, sizeof feature);
            memcpy(&value, m->value + (size_t)k * sizeof value, sizeof value);
            if (feature < 0 || (uint64_t)feature >= m->head.n_features)
                return damaged(b, "sample/matrix/indices points outside the table", error);
            VG_TRY(vg_builder_put(b, i, place[feature], value, (size_t)feature + 1, error));
        }
    }
    return VG_OK;
}

static VgStatus build(VgFeatureBuilder *b, const Message *m, VgError *error)
{
    size_t n_features = (size_t)m->head.n_features, n_samples = (size_t)m->head.n_samples, index;
    const VgField *sample = m->text + n_features;
    VgPlace *place = VG_NEW(b->arena, VgPlace, n_features);
    if (!place)
        return vg_fail_memory(error);
    VG_TRY(add_features(b, m, place, error));
    VG_TRY(check_texts(b, sample, n_samples, "sample/ids", error));
    for (size_t i = 0; i < n_samples; i++)
        VG_TRY(vg_builder_sample(b, sample[i].text, sample[i].length, i + 1, &index, error));
    return m->head.has_matrix ? add_values(b, m, place, error) : VG_OK;
}

VgStatus vg_read_biom_message(VgFeatureBuilder *b, const char *bytes, size_t size, VgError *error)
{
    Message m = {0};
    VgStatus status;
    b->record = "record";
    if (!open_message(bytes, size, &m))
        status = damaged(b, "the HDF5 file is damaged", error);
    else if (m.head.status == VG_NO_MEMORY)
        status = vg_fail_memory(error);
    else if (m.head.status != VG_OK) {
        VgError *sent = &m.head.error;
        sent->message[sizeof sent->message - 1] = '\0';
        sent->hint[sizeof sent->hint - 1] = '\0';
        bool told = *sent->message && *sent->hint;
        status = vg_fail_at(error, VG_INVALID_INPUT, b->path, 0, "%s",
                            "the file was cut, or is no BIOM 2 table; copy or write it again",
                            told ? sent->message : "the HDF5 file is damaged");
        if (told && error)
            memcpy(error->hint, sent->hint, sizeof error->hint);
    } else
        status = m.text ? build(b, &m, error) : vg_fail_memory(error);
    vg_free(m.text);
    return status;
}

VgStatus vg_read_biom_hdf5(VgFeatureBuilder *b, const char *bytes, size_t size, VgError *error)
{
    Job job = {b->path, bytes, size,
               b->options->most_bytes ? b->options->most_bytes : (size_t)4 << 30};
    /* what is sound takes well under a second a megabyte, however packed; what hangs would take for ever */
    unsigned seconds = 10 + 5 * (unsigned)(size >> 20 < 700 ? size >> 20 : 700);
    char *answer = NULL;
    size_t length = 0;
    VgStatus status = vg_isolated(send_parts, &job, seconds, &answer, &length, error);
    if (status == VG_INVALID_INPUT)
        return damaged(b, "the HDF5 file is damaged", error);
    VG_TRY(status);
    status = vg_read_biom_message(b, answer, length, error);
    vg_free(answer);
    return status;
}
