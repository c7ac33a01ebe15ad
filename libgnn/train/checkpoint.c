/* Checkpoints: parameters now and at the best epoch, the optimiser's moments, and the
 * position. Random numbers depend on seed and step alone, so there is no other state.
 *
 * Arrays of state.safetensors:
 *   counts (8)  i64  format, epoch, step, updates, best epoch, since best, plateau's
 *   since, 0 values (4)  f64  best value, seconds, plateau's factor and best
 *   now.NAME, best.NAME          parameters
 *   first.NAME, second.NAME, velocity.NAME   moments */
#include <stdio.h>
#include <string.h>

#include "core/alloc.h"
#include "train/trainer.h"

enum { FORMAT = 1, N_COUNTS = 8, N_VALUES = 4, NAME_ROOM = 192 };

int64_t gnn_i_parameters_count(const gnn_model *model) {
    int64_t n = 0;
    for (int i = 0; i < gnn_model_n_parameters(model); i++)
        n += gnn_tensor_count(gnn_model_parameter(model, i));
    return n;
}

void gnn_i_parameters_get(const gnn_model *model, gnn_real *values) {
    for (int i = 0; i < gnn_model_n_parameters(model); i++) {
        const gnn_tensor *p = gnn_model_parameter(model, i);
        memcpy(values, p->data, (size_t)gnn_tensor_count(p) * sizeof *values);
        values += gnn_tensor_count(p);
    }
}

void gnn_i_parameters_set(gnn_model *model, const gnn_real *values) {
    for (int i = 0; i < gnn_model_n_parameters(model); i++) {
        gnn_tensor *p = gnn_model_parameter(model, i);
        memcpy(p->data, values, (size_t)gnn_tensor_count(p) * sizeof *values);
        values += gnn_tensor_count(p);
    }
}

/* ---- the arrays of a state: described once, their contents are where they always are
 * ---- */

struct gnn_i_checkpoint {
    int64_t counts[N_COUNTS];
    double values[N_VALUES];
    int64_t n;
    gnn_array *arrays;
    char (*names)[NAME_ROOM];
};

static void add_array(gnn_i_checkpoint *c, const char *prefix, const char *name,
                      gnn_array_type type, int64_t count, const void *data) {
    snprintf(c->names[c->n], NAME_ROOM, "%s%s", prefix, name);
    c->arrays[c->n] = (gnn_array){.name = c->names[c->n],
                                  .type = type,
                                  .n_axes = 1,
                                  .shape = {count},
                                  .data = data};
    c->n++;
}

void gnn_i_checkpoint_free(gnn_i_checkpoint *c) {
    if (!c) return;
    gnn_i_free(c->arrays);
    gnn_i_free(c->names);
    gnn_i_free(c);
}

gnn_status gnn_i_checkpoint_new(gnn_i_trainer *t, gnn_i_checkpoint **out) {
    gnn_status status = GNN_OK;
    gnn_i_checkpoint *c = NULL;
    int n_parameters = gnn_model_n_parameters(t->model);
    int n_states = gnn_optimizer_n_states(t->optimizer);
    size_t n = 2 + 2 * (size_t)n_parameters + (size_t)n_states;
    *out = NULL;
    GNN_TRY(gnn_i_calloc(&c, 1, sizeof *c, "a checkpoint"));
    GNN_TRY(gnn_i_alloc(&c->arrays, n, sizeof *c->arrays, "a checkpoint"));
    GNN_TRY(gnn_i_alloc(&c->names, n, sizeof *c->names, "a checkpoint"));
    add_array(c, "", "counts", GNN_ARRAY_I64, N_COUNTS, c->counts);
    add_array(c, "", "values", GNN_ARRAY_F64, N_VALUES, c->values);
    const gnn_real *best = t->best;
    for (int i = 0; i < n_parameters; i++) {
        const gnn_tensor *p = gnn_model_parameter(t->model, i);
        add_array(c, "now.", p->name, GNN_ARRAY_REAL, gnn_tensor_count(p), p->data);
        add_array(c, "best.", p->name, GNN_ARRAY_REAL, gnn_tensor_count(p), best);
        best += gnn_tensor_count(p);
    }
    for (int i = 0; i < n_states; i++) {
        const char *name;
        int64_t count;
        const gnn_real *data = gnn_optimizer_state(t->optimizer, i, &name, &count);
        add_array(c, "", name, GNN_ARRAY_REAL, count, data);
    }
    *out = c;
    return GNN_OK;
cleanup:
    gnn_i_checkpoint_free(c);
    return status;
}

gnn_status gnn_i_checkpoint_save(gnn_i_trainer *t, gnn_run *run) {
    gnn_i_checkpoint *c = t->checkpoint;
    const gnn_i_position *at = &t->at;
    memcpy(c->counts,
           (int64_t[N_COUNTS]){FORMAT, at->epoch, at->step,
                               gnn_optimizer_updates(t->optimizer), at->best_epoch,
                               at->since_best, at->schedule.since, 0},
           sizeof c->counts);
    memcpy(c->values,
           (double[N_VALUES]){at->best_value, at->seconds, at->schedule.current,
                              at->schedule.best},
           sizeof c->values);
    return gnn_run_save_state(run, c->n, c->arrays);
}

gnn_status gnn_i_checkpoint_load(gnn_i_trainer *t, gnn_run *run) {
    gnn_status status = GNN_OK;
    gnn_safetensors *file = NULL;
    gnn_i_checkpoint *c = t->checkpoint;
    const gnn_array *found;
    GNN_TRY(gnn_run_load_state(run, &file));
    if (!file) return GNN_OK;
    /* Check everything first: a state of another model changes nothing. */
    for (int64_t i = 0; i < c->n; i++) {
        GNN_TRY(gnn_safetensors_need(file, c->arrays[i].name, c->arrays[i].type, 1,
                                     c->arrays[i].shape, &found));
        GNN_CHECK(i > 0 || ((const int64_t *)found->data)[0] == FORMAT, GNN_ERR_INPUT,
                  "%s: made by another version (format %lld, expected %d)",
                  gnn_safetensors_path(file),
                  (long long)((const int64_t *)found->data)[0], FORMAT);
    }
    for (int64_t i = 0; i < c->n; i++) {
        found = gnn_safetensors_find(file, c->arrays[i].name);
        memcpy((void *)c->arrays[i].data, found->data,
               (size_t)gnn_array_count(found) * gnn_array_type_size(found->type));
    }
    t->at.epoch = c->counts[1];
    t->at.step = c->counts[2];
    gnn_optimizer_updates_set(t->optimizer, c->counts[3]);
    t->at.best_epoch = c->counts[4];
    t->at.since_best = c->counts[5];
    t->at.schedule.since = c->counts[6];
    t->at.best_value = c->values[0];
    t->at.seconds = c->values[1];
    t->at.schedule.current = c->values[2];
    t->at.schedule.best = c->values[3];
cleanup:
    gnn_safetensors_free(file);
    return status;
}

/* ---- finished models ---- */

gnn_status gnn_model_save(const gnn_model *model, gnn_run *run) {
    gnn_array *arrays = NULL;
    int n = gnn_model_n_parameters(model);
    gnn_status status =
        gnn_i_calloc(&arrays, (size_t)n, sizeof *arrays, "a model's arrays");
    if (status != GNN_OK) return status;
    for (int i = 0; i < n; i++) {
        const gnn_tensor *p = gnn_model_parameter(model, i);
        arrays[i] = (gnn_array){.name = p->name,
                                .type = GNN_ARRAY_REAL,
                                .n_axes = p->n_axes,
                                .data = p->data};
        memcpy(arrays[i].shape, p->shape, sizeof p->shape);
    }
    gnn_note note = {"model", gnn_model_kind(model) ? gnn_model_kind(model) : "custom"};
    status = gnn_run_write_arrays(run, "model.safetensors", n, arrays, 1, &note);
    gnn_i_free(arrays);
    return status;
}

gnn_status gnn_model_load(gnn_model *model, const char *path) {
    gnn_status status = GNN_OK;
    gnn_safetensors *file = NULL;
    const gnn_array *found;
    int n = gnn_model_n_parameters(model);
    GNN_TRY(gnn_safetensors_open(path, &file));
    for (int i = 0; i < n; i++) {
        const gnn_tensor *p = gnn_model_parameter(model, i);
        GNN_TRY(gnn_safetensors_need(file, p->name, GNN_ARRAY_REAL, p->n_axes, p->shape,
                                     &found));
    }
    for (int i = 0; i < n; i++) {
        gnn_tensor *p = gnn_model_parameter(model, i);
        found = gnn_safetensors_find(file, p->name);
        memcpy(p->data, found->data, (size_t)gnn_tensor_count(p) * sizeof(gnn_real));
    }
cleanup:
    gnn_safetensors_free(file);
    return status;
}
