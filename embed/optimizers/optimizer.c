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

static void fetch(const gnn_real *values, int64_t n) {
    const char *bytes = (const char *)values;
    for (size_t at = 0; at < (size_t)n * sizeof *values; at += 64)
        __builtin_prefetch(bytes + at, 1);
}

void emb_i_optimizer_fetch(const emb_i_optimizer *o, int64_t row) {
    const int64_t width = o->table->width;
    fetch(o->table->values + row * width, width);
    if (o->kind == EMB_I_ROW_ADAGRAD)
        fetch(o->v + row, 1);
    else if (o->v != NULL)
        fetch(o->v + row * width, width);
    if (o->m != NULL) fetch(o->m + row * width, width);
}

/* x -= step g */
static void follow(const gnn_i_kernels *kernels, int64_t width, gnn_real *x,
                   const gnn_real *g, double step) {
    const gnn_i_combine_args args = {
        .alpha = 1, .a = x, .beta = (gnn_real)-step, .b = g, .y = x};
    kernels->combine(&args, 0, width);
}

static void adam(const emb_i_optimizer *o, const gnn_i_kernels *kernels, int64_t row,
                 int64_t width, gnn_real *x, const gnn_real *g) {
    int32_t t = ++o->steps[row];
    const gnn_i_adam_job job = {.grad_scale = 1,
                                .shrink = 1,
                                .beta1 = (gnn_real)o->beta1,
                                .rest1 = (gnn_real)(1 - o->beta1),
                                .beta2 = (gnn_real)o->beta2,
                                .rest2 = (gnn_real)(1 - o->beta2),
                                .size = (gnn_real)(o->lr / (1 - pow(o->beta1, t))),
                                .bias = (gnn_real)(1 / (1 - pow(o->beta2, t))),
                                .eps = (gnn_real)o->eps,
                                .g = g,
                                .w = x,
                                .m = o->m + row * width,
                                .v = o->v + row * width};
    kernels->adam(&job, 0, width);
}

void emb_i_optimizer_row(const emb_i_optimizer *o, int64_t row, const gnn_real *g) {
    const gnn_i_kernels *kernels = gnn_i_kernels_get();
    const int64_t width = o->table->width;
    gnn_real *x = o->table->values + row * width;
    if (row % o->period < o->frozen) return;
    switch (o->kind) {
    case EMB_I_SGD: follow(kernels, width, x, g, o->lr); break;
    case EMB_I_ROW_ADAGRAD:
        o->v[row] += (gnn_real)(kernels->sum(g, g, width) / (double)width);
        follow(kernels, width, x, g, o->lr / (sqrt((double)o->v[row]) + o->eps));
        break;
    case EMB_I_ADAGRAD: {
        const gnn_i_adagrad_job job = {.lr = (gnn_real)o->lr,
                                       .eps = (gnn_real)o->eps,
                                       .g = g,
                                       .w = x,
                                       .sum = o->v + row * width};
        kernels->adagrad(&job, 0, width);
        break;
    }
    case EMB_I_ADAM: adam(o, kernels, row, width, x, g); break;
    }
}
