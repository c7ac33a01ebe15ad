/* Ids and their two modes. */
#include "text/ids.h"

#include <inttypes.h>
#include <stdio.h>

gnn_status data_i_ids_init(data_i_ids *ids, const data_options *options) {
    *ids = (data_i_ids){.mode = DATA_I_IDS_AUTO};
    if (options->ids < 0 || options->ids > 2)
        return gnn_fail(GNN_ERR_ARGUMENT,
                        "ids is %d, expected 0 (auto), 1 (integer), 2 (string)",
                        options->ids);
    ids->mode = (data_i_id_mode)options->ids;
    return ids->mode == DATA_I_IDS_STRING ? gnn_names_new(&ids->names) : GNN_OK;
}

void data_i_ids_clear(data_i_ids *ids) {
    gnn_names_free(ids->names);
    *ids = (data_i_ids){.mode = DATA_I_IDS_AUTO};
}

gnn_status data_i_ids_settle(data_i_ids *ids, data_i_field first) {
    if (ids->mode != DATA_I_IDS_AUTO) return GNN_OK;
    gnn_id value;
    data_i_integer_kind kind = data_i_parse_integer(first, &value);
    if (kind == DATA_I_INTEGER || kind == DATA_I_TOO_LARGE) {
        ids->mode = DATA_I_IDS_INTEGER;
        return GNN_OK;
    }
    ids->mode = DATA_I_IDS_STRING;
    return gnn_names_new(&ids->names);
}

int64_t data_i_ids_count(const data_i_ids *ids) {
    if (ids->names != NULL) return gnn_names_count(ids->names);
    return ids->n;
}

const char *data_i_id_complaint(data_i_id_mode mode, data_i_field field,
                                char message[DATA_I_COMPLAINT]) {
    char quoted[DATA_I_QUOTED];
    gnn_id value;
    if (field.length == 0) return "a node id is empty";
    if (mode == DATA_I_IDS_STRING) {
        if (field.length <= DATA_I_LONGEST_ID) return NULL;
        snprintf(message, DATA_I_COMPLAINT, "a node id of %zu bytes, expected at most %d",
                 field.length, DATA_I_LONGEST_ID);
        return message;
    }
    data_i_quote(field, quoted);
    switch (data_i_parse_integer(field, &value)) {
    case DATA_I_INTEGER: return NULL;
    case DATA_I_NEGATIVE:
        snprintf(message, DATA_I_COMPLAINT, "node id %s is negative, expected 0 or more",
                 quoted);
        break;
    case DATA_I_TOO_LARGE:
        snprintf(message, DATA_I_COMPLAINT,
                 "node id %s is too large: integer ids are row numbers up to %d; "
                 "--ids string takes any id",
                 quoted, INT32_MAX - 1);
        break;
    case DATA_I_LEADING_ZERO:
        snprintf(message, DATA_I_COMPLAINT,
                 "node id %s begins with a zero: integer ids are row numbers; "
                 "--ids string keeps ids as they are written",
                 quoted);
        break;
    case DATA_I_NO_INTEGER:
        snprintf(message, DATA_I_COMPLAINT,
                 "node id %s is not a number, as the first id of the edges is; "
                 "--ids string takes any id",
                 quoted);
        break;
    }
    return message;
}

gnn_status data_i_ids_add_many(data_i_ids *ids, const char *path, int64_t n,
                               const char *const *texts, const uint32_t *lengths,
                               gnn_id *rows) {
    gnn_status status = gnn_names_add_many(ids->names, n, texts, lengths, rows);
    if (status == GNN_ERR_ARGUMENT)
        return gnn_fail(GNN_ERR_INPUT, "%s: %s", path, gnn_last_error());
    return status;
}

gnn_status data_i_ids_row(data_i_ids *ids, const data_i_lines *lines, data_i_field field,
                          bool may_add, gnn_id *row) {
    gnn_status status = data_i_ids_settle(ids, field);
    if (status != GNN_OK) return status;
    /* In a closed set of strings anything that is no id is merely unknown. */
    char message[DATA_I_COMPLAINT];
    const char *complaint = data_i_id_complaint(ids->mode, field, message);
    if (complaint != NULL) return data_i_lines_fail(lines, "%s", complaint);
    may_add = may_add && ids->closed_by == NULL;
    if (ids->mode == DATA_I_IDS_INTEGER) {
        data_i_parse_integer(field, row);
        if (*row >= ids->n && may_add) ids->n = *row + 1;
        if (*row >= ids->n) *row = -1;
        ids->n_mentions++;
        return GNN_OK;
    }
    if (may_add) {
        uint32_t length = (uint32_t)field.length;
        return data_i_ids_add_many(ids, lines->source.path, 1, &field.text, &length, row);
    }
    *row = (gnn_id)gnn_names_find(ids->names, field.text, field.length);
    return GNN_OK;
}

gnn_status data_i_ids_check_gaps(const data_i_ids *ids, const char *path) {
    enum { FREE = 1 << 20, FACTOR = 100 };
    if (ids->mode != DATA_I_IDS_INTEGER || ids->n < FREE) return GNN_OK;
    if (ids->n / FACTOR <= ids->n_mentions) return GNN_OK;
    return gnn_fail(GNN_ERR_INPUT,
                    "%s: node id %d, but only %" PRId64
                    " ids are mentioned: integer ids are "
                    "row numbers from 0; --ids string numbers the nodes itself",
                    path, ids->n - 1, ids->n_mentions);
}

gnn_status data_i_ids_take(data_i_ids *ids, gnn_names **names) {
    if (ids->names == NULL) return gnn_names_new_integers(ids->n, names);
    *names = ids->names;
    ids->names = NULL;
    return GNN_OK;
}

data_i_ids data_i_ids_of(const gnn_names *names, const char *closed_by) {
    bool integers = gnn_names_are_integers(names);
    return (data_i_ids){.mode = integers ? DATA_I_IDS_INTEGER : DATA_I_IDS_STRING,
                        .n = (gnn_id)(integers ? gnn_names_count(names) : 0),
                        .names = integers ? NULL : (gnn_names *)names,
                        .closed_by = closed_by};
}
