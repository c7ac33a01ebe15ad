/* The files of a run: texts, arrays, names, metrics, the state. */
#include "run/run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/alloc.h"
#include "run/file.h"
#include "run/safetensors_layout.h"
#include "run/text.h"

enum {
    NAMES_BYTES = 1 << 16, /* written at a time */
    NAMES_BATCH = 4096     /* added at a time */
};
static const char note_metrics[] = "metrics_bytes";

gnn_status gnn_i_run_file(const gnn_run *run, const char *name, char *path) {
    return gnn_i_path(path, "%s/%s", run->folder, name);
}

gnn_status gnn_i_run_writable(const gnn_run *run) {
    if (run->mode == GNN_I_RUN_STAGED) return GNN_OK;
    return gnn_fail(GNN_ERR_ARGUMENT, "%s: the run is not open for writing", run->place);
}

/* The path of a file that the caller may write. */
static gnn_status writable_file(gnn_run *run, const char *name, char *path) {
    static const char *const reserved[] = {GNN_I_METRICS, GNN_I_STATE, GNN_I_UNFINISHED};
    gnn_status status = gnn_i_run_writable(run);
    if (status != GNN_OK) return status;
    size_t length = strlen(name);
    bool fits = length > 0 && name[0] != '.' && strchr(name, '/') == NULL &&
                !(length > 4 && strcmp(name + length - 4, ".tmp") == 0);
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        fits = fits && strcmp(name, reserved[i]) != 0;
    if (!fits)
        return gnn_fail(GNN_ERR_ARGUMENT, "'%s' cannot be the name of a file of a run",
                        name);
    return gnn_i_run_file(run, name, path);
}

gnn_status gnn_run_write_text(gnn_run *run, const char *name, const char *text,
                              size_t length) {
    gnn_status status;
    char path[GNN_I_PATH_BYTES];
    gnn_i_replacement file = {.file = -1};
    GNN_TRY(writable_file(run, name, path));
    GNN_TRY(gnn_i_replacement_open(&file, path));
    GNN_TRY(gnn_i_replacement_write(&file, text, length));
    GNN_TRY(gnn_i_replacement_commit(&file, false));
    run->is_dirty = true;
cleanup:
    gnn_i_replacement_drop(&file);
    return status;
}

gnn_status gnn_run_write_arrays(gnn_run *run, const char *name, int64_t n,
                                const gnn_array *arrays, int64_t n_notes,
                                const gnn_note *notes) {
    char path[GNN_I_PATH_BYTES];
    gnn_status status = writable_file(run, name, path);
    if (status != GNN_OK) return status;
    run->is_dirty = true;
    return gnn_i_safetensors_write(path, n, arrays, n_notes, notes, false, &run->text);
}

gnn_status gnn_run_write_config(gnn_run *run, gnn_config *config) {
    const char *text = gnn_config_text(config, false);
    if (text == NULL) return GNN_ERR_MEMORY;
    return gnn_run_write_text(run, GNN_I_CONFIG, text, strlen(text));
}

gnn_status gnn_run_read_config(gnn_run *run, gnn_config **config) {
    char path[GNN_I_PATH_BYTES];
    *config = NULL;
    gnn_status status = gnn_i_run_file(run, GNN_I_CONFIG, path);
    return status == GNN_OK ? gnn_config_load(path, config) : status;
}

/* ---- names ---- */

gnn_status gnn_run_write_names(gnn_run *run, const char *name, const gnn_names *names) {
    gnn_status status;
    char path[GNN_I_PATH_BYTES], buffer[24];
    gnn_i_replacement file = {.file = -1};
    gnn_i_text *text = &run->text;
    int64_t n = gnn_names_count(names);
    GNN_TRY(writable_file(run, name, path));
    GNN_TRY(gnn_i_replacement_open(&file, path));
    gnn_i_text_reset(text);
    for (int64_t row = 0; row < n; row++) {
        gnn_i_text_puts(text, gnn_names_get(names, row, buffer));
        gnn_i_text_append(text, "\n", 1);
        if (text->length < NAMES_BYTES && row < n - 1) continue;
        GNN_TRY(gnn_i_text_check(text));
        GNN_TRY(gnn_i_replacement_write(&file, text->bytes, text->length));
        gnn_i_text_reset(text);
    }
    GNN_TRY(gnn_i_replacement_commit(&file, false));
    run->is_dirty = true;
cleanup:
    gnn_i_replacement_drop(&file);
    return status;
}

/* The number of lines if line i reads i for all of them, else -1. */
static int64_t count_if_integers(const char *text, size_t size) {
    const char *end = text + size;
    int64_t n = 0;
    while (text < end) {
        char digits[24];
        size_t length = (size_t)snprintf(digits, sizeof digits, "%" PRId64 "\n", n);
        if ((size_t)(end - text) < length || memcmp(text, digits, length) != 0) return -1;
        text += length;
        n++;
    }
    return n;
}

/* Add the lines of a text, which ends with a newline, as rows 0, 1, …. */
static gnn_status add_lines(gnn_names *names, const char *path, const char *text,
                            size_t size) {
    const char *texts[NAMES_BATCH], *end = text + size;
    uint32_t lengths[NAMES_BATCH];
    gnn_id rows[NAMES_BATCH];
    while (text < end) {
        int n = 0;
        gnn_id first = (gnn_id)gnn_names_count(names);
        for (; n < NAMES_BATCH && text < end; n++) {
            const char *newline = memchr(text, '\n', (size_t)(end - text));
            if (newline - text > UINT32_MAX)
                return gnn_fail(GNN_ERR_INPUT, "%s:%d: a line of more than 4 GB", path,
                                first + n + 1);
            texts[n] = text;
            lengths[n] = (uint32_t)(newline - text);
            text = newline + 1;
        }
        gnn_status status = gnn_names_add_many(names, n, texts, lengths, rows);
        if (status == GNN_ERR_ARGUMENT)
            return gnn_fail(GNN_ERR_INPUT, "%s:%" PRId64 ": %s", path,
                            gnn_names_count(names) + 1, gnn_last_error());
        if (status != GNN_OK) return status;
        for (int i = 0; i < n; i++)
            if (rows[i] != first + i)
                return gnn_fail(GNN_ERR_INPUT, "%s:%d: '%.*s' is line %d already", path,
                                first + i + 1, (int)lengths[i], texts[i], rows[i] + 1);
    }
    return GNN_OK;
}

gnn_status gnn_run_read_names(gnn_run *run, const char *name, gnn_names **names) {
    gnn_status status;
    char path[GNN_I_PATH_BYTES];
    gnn_names *made = NULL;
    char *text = NULL;
    size_t size;
    *names = NULL;
    GNN_TRY(gnn_i_run_file(run, name, path));
    GNN_TRY(gnn_i_read_file(path, PTRDIFF_MAX, &text, &size));
    GNN_CHECK(size == 0 || text[size - 1] == '\n', GNN_ERR_INPUT,
              "%s: the last line does not end: the file was cut", path);
    int64_t n = count_if_integers(text, size);
    if (n >= 0 && n <= INT32_MAX) {
        GNN_TRY(gnn_names_new_integers(n, &made));
    } else {
        GNN_TRY(gnn_names_new(&made));
        GNN_TRY(add_lines(made, path, text, size));
    }
    *names = made;
    made = NULL;
cleanup:
    gnn_names_free(made);
    gnn_i_free(text);
    return status;
}

/* ---- metrics ---- */

gnn_status gnn_run_append_metrics(gnn_run *run, int n, const gnn_run_metric *metrics) {
    gnn_status status;
    char path[GNN_I_PATH_BYTES];
    gnn_i_text *line = &run->text;
    GNN_TRY(gnn_i_run_writable(run));
    GNN_TRY(gnn_i_run_file(run, GNN_I_METRICS, path));
    gnn_i_text_reset(line);
    gnn_i_text_puts(line, "{");
    for (int i = 0; i < n; i++) {
        if (i > 0) gnn_i_text_puts(line, ", ");
        gnn_i_text_json_string(line, metrics[i].name);
        gnn_i_text_puts(line, ": ");
        gnn_i_text_json_number(line, metrics[i].value);
    }
    gnn_i_text_puts(line, "}\n");
    GNN_TRY(gnn_i_text_check(line));
    status = gnn_i_write_all(run->metrics_file, path, line->bytes, line->length);
    if (status == GNN_OK)
        run->metrics_bytes += (int64_t)line->length;
    else if (ftruncate(run->metrics_file, run->metrics_bytes) != 0)
        run->is_kept = true; /* half a line stays: resuming cuts it off */
cleanup:
    return status;
}

/* ---- state ---- */

gnn_status gnn_i_run_sync(gnn_run *run) {
    if (run->is_dirty) {
        gnn_status status = gnn_i_sync_folder(run->folder);
        if (status == GNN_OK) run->is_dirty = false;
        return status;
    }
    if (fsync(run->metrics_file) == 0) return GNN_OK;
    return gnn_fail(GNN_ERR_OUTPUT, "%s/" GNN_I_METRICS ": %s", run->folder,
                    strerror(errno));
}

gnn_status gnn_run_save_state(gnn_run *run, int64_t n, const gnn_array *arrays) {
    gnn_status status;
    char path[GNN_I_PATH_BYTES], bytes[24];
    GNN_TRY(gnn_i_run_writable(run));
    GNN_TRY(gnn_i_run_file(run, GNN_I_STATE, path));
    /* The state refers to the other files: they reach the disk before it. */
    GNN_TRY(gnn_i_run_sync(run));
    snprintf(bytes, sizeof bytes, "%" PRId64, run->metrics_bytes);
    const gnn_note note = {note_metrics, bytes};
    GNN_TRY(gnn_i_safetensors_write(path, n, arrays, 1, &note, true, &run->text));
cleanup:
    return status;
}

/* The length of metrics.jsonl when the state was saved. */
static gnn_status read_metrics_bytes(const gnn_safetensors *state, int64_t *bytes) {
    gnn_status status = GNN_OK;
    char *end;
    const char *path = gnn_safetensors_path(state);
    const char *text = gnn_safetensors_note(state, note_metrics);
    GNN_CHECK(text != NULL, GNN_ERR_INPUT, "%s: the note '%s' is missing", path,
              note_metrics);
    errno = 0;
    *bytes = strtoll(text, &end, 10);
    GNN_CHECK(errno == 0 && end != text && *end == '\0' && *bytes >= 0, GNN_ERR_INPUT,
              "%s: the note '%s' is '%s', expected a number", path, note_metrics, text);
cleanup:
    return status;
}

/* Cut metrics.jsonl to what was there when the state was saved; to nothing without a
 * state. */
static gnn_status cut_metrics(gnn_run *run, const gnn_safetensors *state) {
    gnn_status status = GNN_OK;
    int64_t bytes = 0;
    if (state != NULL) GNN_TRY(read_metrics_bytes(state, &bytes));
    GNN_CHECK(bytes <= run->metrics_bytes, GNN_ERR_INPUT,
              "%s/" GNN_I_METRICS ": %" PRId64 " bytes, expected at least the %" PRId64
              " that were there when the state was saved",
              run->folder, run->metrics_bytes, bytes);
    GNN_CHECK(ftruncate(run->metrics_file, bytes) == 0, GNN_ERR_OUTPUT,
              "%s/" GNN_I_METRICS ": %s", run->folder, strerror(errno));
    run->metrics_bytes = bytes;
cleanup:
    return status;
}

gnn_status gnn_run_load_state(gnn_run *run, gnn_safetensors **state) {
    gnn_status status;
    char path[GNN_I_PATH_BYTES];
    gnn_safetensors *file = NULL;
    *state = NULL;
    GNN_TRY(gnn_i_run_file(run, GNN_I_STATE, path));
    if (gnn_i_exists(path)) GNN_TRY(gnn_safetensors_open(path, &file));
    if (run->goes_back) GNN_TRY(cut_metrics(run, file));
    run->goes_back = false;
    *state = file;
    file = NULL;
cleanup:
    gnn_safetensors_free(file);
    return status;
}
