/* The state of a training run as named arrays: position, tables, optimisers, the best
 * epoch. */
#include <stdio.h>
#include <string.h>

#include "core/alloc.h"
#include "training/trainer.h"

enum {
    FORMAT = 2,
    N_COUNTS = 6, /* format, epoch, batch, best epoch, since best, of the schedule */
    N_VALUES = 6, /* loss, best MRR, seconds, seconds before; schedule: current, best */
    MOST_ARRAYS = 2 + 5 * EMB_I_N_TABLES
};

struct emb_i_checkpoint {
    int64_t counts[N_COUNTS];
    double values[N_VALUES];
    gnn_array arrays[MOST_ARRAYS];
    char names[MOST_ARRAYS][32];
    int64_t n;
};

static const char *const table_names[] = {"entity", "relation", "shared"};

/* An optimiser's state of a table, a part of it each. */
typedef struct piece {
    const char *name;
    gnn_array_type type;
    int64_t width; /* numbers a row */
    void *data;    /* NULL: this optimiser has none */
} piece;
enum { PIECES = 3 };

static void pieces_of(const emb_i_optimizer *o, piece pieces[PIECES]) {
    const bool by_row = o->kind == EMB_I_ROW_ADAGRAD;
    const int64_t width = o->table->width;
    pieces[0] = (piece){"v.", GNN_ARRAY_REAL, by_row ? 1 : width, o->v};
    pieces[1] = (piece){"m.", GNN_ARRAY_REAL, width, o->m};
    pieces[2] = (piece){"steps.", GNN_ARRAY_I32, 1, o->steps};
}

static void add(emb_i_checkpoint *c, const char *prefix, const char *name,
                gnn_array_type type, int64_t count, const void *data) {
    if (data == NULL || count == 0) return;
    snprintf(c->names[c->n], sizeof c->names[0], "%s%s", prefix, name);
    c->arrays[c->n] = (gnn_array){.name = c->names[c->n],
                                  .type = type,
                                  .n_axes = 1,
                                  .shape = {count},
                                  .data = data};
    c->n++;
}

gnn_status emb_i_checkpoint_make(emb_i_trainer *t) {
    const emb_i_optimizer *optimizers[] = {&t->entity, &t->relation, &t->shared};
    gnn_status status = gnn_i_calloc(&t->checkpoint, 1, sizeof *t->checkpoint, "a state");
    if (status != GNN_OK) return status;
    emb_i_checkpoint *c = t->checkpoint;
    add(c, "", "counts", GNN_ARRAY_I64, N_COUNTS, c->counts);
    add(c, "", "values", GNN_ARRAY_F64, N_VALUES, c->values);
    const char *best = t->best;
    for (int i = 0; i < EMB_I_N_TABLES; i++) {
        const emb_i_table *table = emb_i_trainer_table(t, i);
        const char *name = table_names[i];
        int64_t count = table->n * table->width;
        piece pieces[PIECES];
        add(c, "now.", name, emb_i_table_type(table), count, emb_i_table_data(table));
        if (optimizers[i]->table != NULL) {
            pieces_of(optimizers[i], pieces);
            for (int k = 0; k < PIECES; k++)
                add(c, pieces[k].name, name, pieces[k].type, table->n * pieces[k].width,
                    pieces[k].data);
        }
        add(c, "best.", name, emb_i_table_type(table), count, best);
        if (best != NULL) best += emb_i_table_bytes(table);
    }
    return GNN_OK;
}

void emb_i_checkpoint_free(emb_i_checkpoint *checkpoint) {
    gnn_i_free(checkpoint);
}

gnn_status emb_i_checkpoint_save(emb_i_trainer *t, gnn_run *run) {
    emb_i_checkpoint *c = t->checkpoint;
    const emb_i_position *at = &t->at;
    const int64_t counts[N_COUNTS] = {FORMAT,         at->epoch,      at->batch,
                                      at->best_epoch, at->since_best, at->schedule.since};
    const double values[N_VALUES] = {
        at->loss,           at->best_mrr,         at->seconds,
        at->seconds_before, at->schedule.current, at->schedule.best};
    memcpy(c->counts, counts, sizeof counts);
    memcpy(c->values, values, sizeof values);
    return gnn_run_save_state(run, c->n, c->arrays);
}

gnn_status emb_i_checkpoint_load(emb_i_trainer *t, gnn_run *run, bool *read) {
    gnn_status status;
    gnn_safetensors *file = NULL;
    emb_i_checkpoint *c = t->checkpoint;
    const gnn_array *found;
    GNN_TRY(gnn_run_load_state(run, &file));
    *read = file != NULL;
    if (file == NULL) return GNN_OK;
    /* Check everything first: a state of another model changes nothing. */
    for (int64_t i = 0; i < c->n; i++)
        GNN_TRY(gnn_safetensors_need(file, c->arrays[i].name, c->arrays[i].type, 1,
                                     c->arrays[i].shape, &found));
    found = gnn_safetensors_find(file, "counts");
    GNN_CHECK(((const int64_t *)found->data)[0] == FORMAT, GNN_ERR_INPUT,
              "%s: made by another version", gnn_safetensors_path(file));
    for (int64_t i = 0; i < c->n; i++) {
        found = gnn_safetensors_find(file, c->arrays[i].name);
        memcpy((void *)c->arrays[i].data, found->data,
               (size_t)gnn_array_count(found) * gnn_array_type_size(found->type));
    }
    t->at.epoch = c->counts[1];
    t->at.batch = c->counts[2];
    t->at.best_epoch = c->counts[3];
    t->at.since_best = c->counts[4];
    t->at.schedule.since = c->counts[5];
    t->at.loss = c->values[0];
    t->at.best_mrr = c->values[1];
    t->at.seconds = c->values[2];
    t->at.seconds_before = c->values[3];
    t->at.schedule.current = c->values[4];
    t->at.schedule.best = c->values[5];
cleanup:
    gnn_safetensors_free(file);
    return status;
}

gnn_status emb_i_checkpoint_inherit(emb_i_trainer *t, const emb_growth *growth) {
    gnn_status status = GNN_OK;
    gnn_safetensors *file = NULL;
    const struct {
        const emb_i_optimizer *optimizer;
        int64_t parts, n; /* rows of a part, then */
    } tables[] = {
        {&t->entity, 1, growth->n_entities},
        {&t->relation, t->model->options.reciprocal ? 2 : 1, growth->n_relations},
        {&t->shared, 1, t->model->shared.n}};
    GNN_TRY(gnn_run_load_state(growth->run, &file));
    GNN_CHECK(file != NULL, GNN_ERR_INPUT, "%s: holds no state to go on from",
              gnn_run_path(growth->run, NULL));
    for (int i = 0; i < EMB_I_N_TABLES && tables[i].n > 0; i++) {
        const emb_i_optimizer *o = tables[i].optimizer;
        piece pieces[PIECES];
        pieces_of(o, pieces);
        for (int k = 0; k < PIECES; k++) {
            char name[32];
            const gnn_array *found;
            const int64_t count = tables[i].parts * tables[i].n * pieces[k].width;
            if (pieces[k].data == NULL) continue;
            snprintf(name, sizeof name, "%s%s", pieces[k].name, table_names[i]);
            GNN_TRY(gnn_safetensors_need(file, name, pieces[k].type, 1, &count, &found));
            size_t row = (size_t)pieces[k].width * gnn_array_type_size(found->type);
            emb_i_rows_spread(tables[i].parts, tables[i].n, o->table->n / tables[i].parts,
                              row, found->data, pieces[k].data);
        }
    }
cleanup:
    gnn_safetensors_free(file);
    return status;
}
