/* Row optimisers. */
#include "optimizers/optimizer.h"

#include <math.h>

#include "core/alloc.h"
#include "kernels/table.h"

gnn_status emb_i_optimizer_make(emb_i_optimizer *optimizer, emb_i_optimizer_kind kind,
                                emb_i_table *table, double lr) {
    gnn_status status = GNN_OK;
    size_t n = (size_t)table->n, all = n * (size_t)table->width;
    *optimizer = (emb_i_optimizer){
        .kind = kind,
        .table = table,
        .lr = lr,
        .eps = 1e-10,
        .beta1 = .9,
        .beta2 = .999,
        .period = table->n,
    };
    if (kind == EMB_I_ADAM) {
        optimizer->eps = 1e-8;
        GNN_TRY(gnn_i_calloc(&optimizer->m, all, sizeof *optimizer->m, "moments"));
        GNN_TRY(gnn_i_calloc(&optimizer->steps, n, sizeof *optimizer->steps, "moments"));
    }
    if (kind == EMB_I_ROW_ADAGRAD) all = n;
    if (kind != EMB_I_SGD)
        GNN_TRY(gnn_i_calloc(&optimizer->v, all, sizeof *optimizer->v, "moments"));
    return GNN_OK;
cleanup:
    emb_i_optimizer_clear(optimizer);
    return status;
}

void emb_i_optimizer_clear(emb_i_optimizer *optimizer) {
    gnn_i_free(optimizer->v);
    gnn_i_free(optimizer->m);
    gnn_i_free(optimizer->steps);
    *optimizer = (emb_i_optimizer){0};
}

static void fetch(const void *address, size_t bytes) {
    for (size_t at = 0; at < bytes; at += 64)
        __builtin_prefetch((const char *)address + at, 1);
}

void emb_i_optimizer_fetch(const emb_i_optimizer *o, int64_t row) {
    const int64_t width = o->table->width;
    const size_t state = (size_t)width * sizeof *o->v;
    fetch(emb_i_table_place(o->table, row), emb_i_table_row_bytes(o->table));
    if (o->kind == EMB_I_ROW_ADAGRAD)
        fetch(o->v + row, sizeof *o->v);
    else if (o->v != NULL)
        fetch(o->v + row * width, state);
    if (o->m != NULL) fetch(o->m + row * width, state);
}

gnn_i_ahead emb_i_optimizer_ahead(const emb_i_optimizer *o, int64_t first, int64_t n) {
    const int64_t state = o->kind == EMB_I_ROW_ADAGRAD ? 1 : o->table->width;
    gnn_i_ahead ahead = {{emb_i_table_place(o->table, first)},
                         {(size_t)n * emb_i_table_row_bytes(o->table)}};
    if (o->v != NULL) {
        ahead.at[1] = o->v + first * state;
        ahead.bytes[1] = (size_t)(n * state) * sizeof *o->v;
    }
    return ahead;
}

/* One update of a row. */
typedef struct update {
    const emb_i_optimizer *o;
    int64_t row;
    double step; /* ROW_ADAGRAD, SGD: x -= step g */
    int32_t t;   /* ADAM: which of the row it is, from 1 */
} update;

/* x (n) of the row, from column k on, by its gradient there. */
static void follow(const update *u, int64_t k, int64_t n, gnn_real *x,
                   const gnn_real *g) {
    const emb_i_optimizer *o = u->o;
    const gnn_i_kernels *kernels = gnn_i_kernels_get();
    const int64_t at = u->row * o->table->width + k;
    switch (o->kind) {
    case EMB_I_SGD:
    case EMB_I_ROW_ADAGRAD: {
        const gnn_i_combine_args args = {
            .alpha = 1, .a = x, .beta = (gnn_real)-u->step, .b = g, .y = x};
        kernels->combine(&args, 0, n);
        break;
    }
    case EMB_I_ADAGRAD: {
        const gnn_i_adagrad_job job = {.lr = (gnn_real)o->lr,
                                       .eps = (gnn_real)o->eps,
                                       .g = g,
                                       .w = x,
                                       .sum = o->v + at};
        kernels->adagrad(&job, 0, n);
        break;
    }
    case EMB_I_ADAM: {
        const gnn_i_adam_job job = {.grad_scale = 1,
                                    .shrink = 1,
                                    .beta1 = (gnn_real)o->beta1,
                                    .rest1 = (gnn_real)(1 - o->beta1),
                                    .beta2 = (gnn_real)o->beta2,
                                    .rest2 = (gnn_real)(1 - o->beta2),
                                    .size = (gnn_real)(o->lr / (1 - pow(o->beta1, u->t))),
                                    .bias = (gnn_real)(1 / (1 - pow(o->beta2, u->t))),
                                    .eps = (gnn_real)o->eps,
                                    .g = g,
                                    .w = x,
                                    .m = o->m + at,
                                    .v = o->v + at};
        kernels->adam(&job, 0, n);
        break;
    }
    }
}

/* A row of halves, a piece at a time. */
static void follow_halves(const update *u, const gnn_real *g) {
    enum { PIECE = 256 };
    const gnn_i_kernels *kernels = gnn_i_kernels_get();
    const int64_t width = u->o->table->width;
    uint16_t *halves = u->o->table->halves + u->row * width;
    gnn_real x[PIECE];
    for (int64_t k = 0; k < width; k += PIECE) {
        const int64_t n = width - k < PIECE ? width - k : PIECE;
        kernels->bf16_widen(n, halves + k, x);
        follow(u, k, n, x, g + k);
        const gnn_i_bf16_args rounding = {.n = n,
                                          .x = x,
                                          .y = halves + k,
                                          .stochastic = true,
                                          .key = u->o->step << 32 ^
                                                 (uint64_t)(u->row * width + k)};
        kernels->bf16_narrow(&rounding);
    }
}

void emb_i_optimizer_rows(const emb_i_optimizer *o, int64_t first, int64_t n,
                          const gnn_real *g) {
    const int64_t width = o->table->width;
    if (o->kind == EMB_I_ADAGRAD && o->table->halves == NULL && o->frozen == 0) {
        const update all = {.o = o, .row = first};
        follow(&all, 0, n * width, o->table->values + first * width, g);
        return;
    }
    for (int64_t i = 0; i < n; i++) emb_i_optimizer_row(o, first + i, g + i * width);
}

void emb_i_optimizer_row(const emb_i_optimizer *o, int64_t row, const gnn_real *g) {
    const int64_t width = o->table->width;
    update u = {.o = o, .row = row, .step = o->lr};
    if (row % o->period < o->frozen) return;
    if (o->kind == EMB_I_ADAM) u.t = ++o->steps[row];
    if (o->kind == EMB_I_ROW_ADAGRAD) {
        o->v[row] += (gnn_real)(gnn_i_kernels_get()->sum(g, g, width) / (double)width);
        u.step = o->lr / (sqrt((double)o->v[row]) + o->eps);
    }
    if (o->table->halves != NULL)
        follow_halves(&u, g);
    else
        follow(&u, 0, width, o->table->values + row * width, g);
}
